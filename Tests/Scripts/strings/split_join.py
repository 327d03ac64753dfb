# split, rsplit, splitlines, partition, rpartition, join.
for text in ("a b c", "  a  b  ", "", " ", "abc", "a\tb\nc\r\nd", "a,b,,c,", ",", ",,"):
    print(repr(text), text.split(), text.rsplit(), text.split(","), text.rsplit(","), text.split(",", 1), text.rsplit(",", 1), text.split(None, 1), text.rsplit(None, 1))
    print(text.partition(","), text.rpartition(","), text.split(maxsplit=1), text.split(sep=",", maxsplit=2), text.split(",", 0), text.split(None, 0), text.split(",", -1))
print("a--b--c".split("--"), "a--b--c".rsplit("--", 1), "aaa".split("a"), "aaaa".split("aa"), "aaaaa".rsplit("aa"))
print("one\ntwo\r\nthree\rfour\x0bfive\x0csix\x1cseven\x85eight\u2028nine\n".splitlines())
print("one\ntwo\r\nthree\rfour\n".splitlines(True), "".splitlines(), "\n".splitlines(), "\n\n".splitlines(keepends=True), "a".splitlines())
print("\u00a0a\u2003b\u3000".split(), "x\x1fy".split())
print(",".join([]), ",".join(["a"]), ",".join(["a", "b"]), "".join(["x", "y"]), ", ".join("abc"), "-".join(("p", "q")), " ".join({"k": 1}))
print("".join(["é", "a", "😀"]), "😀".join(["a", "b"]))
for f in (lambda: "a".split(""), lambda: "a".partition(""), lambda: "a".rpartition(""), lambda: ",".join([1]), lambda: ",".join(["a", 2, "b"]), lambda: ",".join(5), lambda: "a".split(5), lambda: "a".split(",", "x"), lambda: "a".join(), lambda: ",".join(None), lambda: "a".partition(None)):
    try:
        print(f())
    except Exception as e:
        print(type(e).__name__, e)
words = "the quick brown fox jumps over the lazy dog".split()
print(words, " ".join(words[::-1]), " ".join([w.capitalize() for w in words]), "".join([w[0] for w in words]))
