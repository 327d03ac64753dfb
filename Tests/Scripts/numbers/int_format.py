# Presentation types of integers.
values = [0, 1, -1, 42, -42, 255, 1234567, -1234567, 2 ** 64, True]
specs = ["", "d", "b", "o", "x", "X", "#b", "#o", "#x", "#X", "5d", "<5d|", "^5d|", ">5d|", "05d", "+d", " d", "-d", ",", "_", ",d", "_d", "_b", "_x", "#_x", "*^12", "=+12", "0=12", "012,", "x^+12d", "e", ".2e", "f", ".1f", "g", "%", "08b", "#010x", "+#x", "n", "0>8", "<08"]
for v in values:
    for s in specs:
        print(format(v, s), end=" | ")
    print()
for v in (0, 65, 8364, 128512):
    print(format(v, "c"), format(v, "5c") + "|", format(v, "<5c") + "|")
for v, spec in ((5, "s"), (5, ".2"), (5, ".2d"), (5, "+c"), (5, ",x"), (5, ",b"), (5, "#c"), (-1, "c"), (5, "zz"), (5, "q"), (5, "5.d"), (0x110000, "c")):
    try:
        print(format(v, spec))
    except (ValueError, OverflowError) as e:
        print(type(e).__name__, e)
for v in (0, 7, -7, 255, -255, 10 ** 20, True):
    print("%d|%i|%5d|%-5d|%05d|%+d|% d|%x|%X|%#x|%o|%#o|%s|%r|%u|%.5d|%8.5d" % ((v,) * 17))
print("%c%c" % (65, "z"), "%d%%" % 5, "%d" % 3.99, "%s" % 3.0, "%i" % -3.99, "%*d|%-*d|" % (5, 42, 5, 42))
for f in (lambda: "%d" % "a", lambda: "%d" % None, lambda: "%x" % 1.5, lambda: "%c" % "ab", lambda: "%c" % 1.5, lambda: "%f" % "a", lambda: "%c" % -1, lambda: "%c" % 0x110000):
    try:
        print(f())
    except (TypeError, OverflowError) as e:
        print(type(e).__name__, e)
