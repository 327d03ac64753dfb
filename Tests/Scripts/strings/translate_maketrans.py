# str.translate with a dict, str.maketrans, and methods reached through the type.
table = {ord("a"): "A", ord("b"): None, ord("c"): 67, ord("d"): "<d>"}
print("abcdabcd".translate(table), "xyz".translate(table), "".translate(table), "abc".translate({}))
print(str.maketrans("abc", "xyz"), str.maketrans({"a": "1", 98: "2"}), str.maketrans("ab", "cd", "e"))
print("hello world".translate(str.maketrans("lo", "01")), "hello".translate(str.maketrans("", "", "l")))
print(str.upper("abc"), str.join("-", ["a", "b"]), str.split("a b"), list(map(str.upper, ["a", "b"])), list(map(str.strip, [" a ", "b "])), sorted(["b", "A", "c"], key=str.lower))
bound = "abc".upper
print(bound())
methods = ["abc".startswith, "abc".find]
print(methods[0]("a"), methods[1]("c"))
for f in (lambda: str.maketrans("ab", "c"), lambda: str.maketrans(5), lambda: "a".translate(), lambda: str.upper(5), lambda: str.upper(), lambda: "abc".nope(), lambda: str.nope, lambda: str.join("a")):
    try:
        print(f())
    except Exception as e:
        print(type(e).__name__, e)
