# Literals, escapes, repr and ascii.
samples = ["", "plain", "it's", 'say "hi"', "both ' and \"", "tab\t newline\n return\r", "back\\slash", "\x00\x01\x1f\x7f", "\x80\x9f\xa0\xad\xff", "é€", "\u200b\u2028\ufeff", "😀\U0001F468", "\ud800", "\a\b\f\v", "\N{GREEK SMALL LETTER ALPHA}", "日本語", "\u0378", "\xe9"]
for s in samples:
    print(repr(s), ascii(s), len(s))
print([samples[3]], (samples[2],), {samples[6]: samples[4]})
print('single', "double", '''triple
lines''', """more "quotes" ''' here""")
print("adj" "acent" 'joined' """too""", ("paren"
      "thesised"))
print(r"raw\n\t\'", R'a\\b', r"\x", len(r"\n"))
print("\101\60\x41\u0041\U00000041", "\0" == "\x00", "a\
b")
print("\'\"", '\'\"', "don't", 'a"b', "\\", "\\n", len("\\n"))
print(str("x"), repr(repr("x")), repr(repr("'")), ascii("é'\""), repr("a'b"), repr('a"b'), repr("a'b\"c"))
print(str(5), str(5.0), str(None), str(True), str([1, "a"]), str(("a",)), str({"a": 1}), str(), repr(""), str(range(3)))
print(f"{'nested'!r} {'é'!a} {5!s}", "%r %s %a" % ("é", "é", "é"), "{!r} {!s} {!a}".format("é", "é", "é"))
print("a" < "b", "a" < "B", "" < "a", "abc" < "abd", "ab" < "abc", "é" > "z", "😀" > "\uffff", "a" == "a", "a" != "b", "Z" <= "Z", "10" < "9")
print("ab" * 3, 3 * "ab", "ab" * 0, "ab" * -1, "a" + "b", "" * 5, "é" * 3, "ab" * True)
s = "x"
s += "y"
s *= 3
print(s, len(s), s[0] is s[2] or True, hash("a") == hash("a"), "a" in "cat", "" in "", "x" not in s)
for f in (lambda: "a" + 1, lambda: "a" - "b", lambda: "a" * "b", lambda: "a" < 1, lambda: "a"(), lambda: "a".foo, lambda: len("a", "b"), lambda: "a" / 2, lambda: -"a", lambda: "a" & "b", lambda: "a" + None, lambda: 1 + "a", lambda: "a" * 1.5):
    try:
        print(f())
    except Exception as e:
        print(type(e).__name__, e)
try:
    "abc"[0] = "x"
except TypeError as e:
    print(e)
try:
    s = "abc"
    del s[0]
except TypeError as e:
    print(e)
