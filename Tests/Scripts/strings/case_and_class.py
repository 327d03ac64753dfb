# Case conversion and the is... family, ASCII and beyond.
words = ["hello", "HELLO", "Hello World", "hELLO wORLD", "", "123", "abc123", " ", "a b", "_x1", "1x", "ß", "Straße", "ÀÉÎ", "àéî", "ŉ", "ǆ", "Σας", "they're bill's", "x-ray 2go", "\n", "٣", "²", "½", "Ⅷ", "日本", "a\tb", "İ", "ﬁ"]
for w in words:
    print(repr(w), w.upper(), w.lower(), w.title(), w.capitalize(), w.swapcase(), w.casefold())
    print(w.isalpha(), w.isdigit(), w.isdecimal(), w.isnumeric(), w.isalnum(), w.isspace(), w.islower(), w.isupper(), w.istitle(), w.isidentifier(), w.isascii(), w.isprintable())
print("def".isidentifier(), "é".isidentifier(), "a-b".isidentifier())
print("ß".upper(), len("ß".upper()), "ﬁ".upper(), "Ω".lower(), "ΑΣ".lower(), "ΑΣ Β".lower(), "Σ".lower())
print("hello world".title(), "hello-world's".title(), "1a2b".title(), "ab\tcd".title())
