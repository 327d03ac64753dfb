# find, rfind, index, rindex, count, replace, startswith, endswith, in, removeprefix, removesuffix.
text = "abracadabra"
for sub in ("a", "abra", "bra", "x", "", "abracadabra", "abracadabraa", "ra"):
    print(repr(sub), text.find(sub), text.rfind(sub), text.count(sub), sub in text, text.startswith(sub), text.endswith(sub))
    print(text.find(sub, 1), text.find(sub, 1, 5), text.rfind(sub, 1, 5), text.count(sub, 2), text.count(sub, 2, -2), text.find(sub, -4), text.startswith(sub, 7), text.endswith(sub, 0, 4))
    print(text.replace(sub, "-"), text.replace(sub, "-", 1), text.replace(sub, "", 2), text.replace(sub, sub), text.replace(sub, "<>", 0), text.replace(sub, "*", -1))
    print(text.removeprefix(sub), text.removesuffix(sub))
print("".find(""), "".count(""), "abc".count(""), "abc".find("", 3), "abc".find("", 4), "abc".rfind(""), "abc".rfind("", 4), "".replace("", "x"), "abc".count("", 3), "abc".count("", 4))
print("aaaa".count("aa"), "aaaa".find("aa", 1), "aaaa".rfind("aa"), "aaaa".replace("aa", "b"), "aaaaa".replace("aa", "b"))
print(text.startswith(("x", "abr")), text.endswith(("x", "bra")), text.startswith(()), text.endswith(("x",)), text.startswith(("bra",), 1))
print(text.index("c"), text.rindex("a"), text.index("a", 1), text.find("c", None, None), text.startswith("a", None))
print("héllo".find("l"), "héllo".index("é"), "日本語日本".count("日本"), "日本語".find("語"), "a😀b😀".rfind("😀"), "😀" in "a😀")
for f in (lambda: text.index("x"), lambda: text.rindex("x"), lambda: 5 in text, lambda: text.startswith(5), lambda: text.startswith(["a"]), lambda: text.endswith((5,)), lambda: text.replace("a", 5), lambda: None in text):
    try:
        print(f())
    except Exception as e:
        print(type(e).__name__, e)
