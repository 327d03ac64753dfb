# Strings are sequences of code points, whatever their width.
words = ["ascii", "naïve", "Ελλάδα", "日本語", "mixed é日😀", "😀😁😂", "e\u0301", "\u00e9"]
for w in words:
    print(w, len(w), w[::-1], w[0], w[-1], w[1:3], [ord(c) for c in w], w.upper(), w * 2, w.center(12, "·"))
print("e\u0301" == "\u00e9", len("e\u0301"), "\u00e9" in "caf\u00e9")
s = "a" + "é"
s += "日"
s += "😀"
print(s, len(s), [c for c in s], list(s), tuple(s), set("aab") == {"a", "b"}, sorted("hello日é"))
print(s.find("日"), s.index("😀"), s.replace("é", "e"), s.split("日"), s.partition("😀"))
print("".join([chr(c) for c in range(0x370, 0x380)]), ascii("".join([chr(c) for c in range(0x7e, 0xa2)])))
print(max("日本"), min("日本"), "日" < "本", "z" < "é" < "日" < "😀", ord("\U0010FFFF"), repr("\U0010FFFF"))
for i, c in enumerate("aé日😀"):
    print(i, c, ord(c), hex(ord(c)), repr(c), c.isalpha(), c.isprintable(), ascii(c))
変数 = 5
café = "coffee"
print(変数, café)
class Größe:
    größe = 3
print(Größe.größe, Größe.__name__)
d = {"日": 1, "é": 2, "😀": 3}
print(d, d["日"], "é" in d, list(d), d.get("x"))
print("%s|%5s|%-5s|" % ("日", "é", "😀"), "{:>4}|{:^4}|".format("日", "😀"), f"{'é':*^5}")
print("ǅ".upper(), "ǅ".lower(), "ǅ".title(), "ﬀ".upper(), "ŉ".upper(), "ΐ".upper(), "ẞ".lower())
