# strip family, justification, zfill, expandtabs, center.
for text in ("  abc  ", "xxabcxx", "", "   ", "\t\nabc\r\n ", "xyxabcyx", "\u00a0abc\u3000"):
    print(repr(text.strip()), repr(text.lstrip()), repr(text.rstrip()), repr(text.strip("x")), repr(text.lstrip("xy")), repr(text.rstrip("yx")), repr(text.strip(None)), repr(text.strip("")))
for text in ("", "a", "ab", "abc", "é", "😀"):
    for width in (0, 1, 2, 3, 4, 5, 8, -3):
        print(repr(text.ljust(width)), repr(text.rjust(width)), repr(text.center(width)), repr(text.center(width, "*")), repr(text.ljust(width, ".")), repr(text.rjust(width, "é")), repr(text.zfill(width)))
for text in ("5", "-5", "+5", "--5", "", "-", "abc", "+-1", "٣"):
    print(text.zfill(0), text.zfill(4), text.zfill(6))
for text in ("a\tb", "\t", "ab\tcd\tef", "a\n\tb", "\t\t", "abcdefgh\ti", "a\r\tb"):
    print(repr(text.expandtabs()), repr(text.expandtabs(4)), repr(text.expandtabs(0)), repr(text.expandtabs(1)), repr(text.expandtabs(tabsize=3)), repr(text.expandtabs(-1)))
for f in (lambda: "a".ljust("b"), lambda: "a".center(5, "ab"), lambda: "a".center(5, ""), lambda: "a".rjust(5, 5), lambda: "a".strip(5), lambda: "a".zfill("x"), lambda: "a".zfill(), lambda: "a".center()):
    try:
        print(f())
    except Exception as e:
        print(type(e).__name__, e)
