# Presentation types of floats: e, f, g, n-less, %, with width, sign, fill, grouping, # and z-less.
values = [0.0, -0.0, 1.0, -1.5, 3.14159, 123456.789, 1e-7, 1e10, 1.5e300, float("inf"), float("-inf"), float("nan"), 0.1 + 0.2, 99999.5, 1e16]
specs = ["", "f", ".2f", ".0f", "e", ".3e", "E", "g", ".3g", "G", "%", ".1%", "10.2f", "<10.2f|", "^10.2f|", ">10.2f|", "010.2f", "+.1f", " .1f", "-.1f",
         ",.2f", "_.2f", "#.0f", "#g", "*^15.3e", "=+10.1f", ".10", "12", "<12", "+", "015,.2f", ".0e", "#.0e", "F", "x<8.1f"]
for v in values:
    for s in specs:
        print(format(v, s), end=" | ")
    print()
for v in values:
    print("%f|%.3f|%e|%.2e|%g|%.4g|%10.2f|%-10.2f|%+.1f|%010.3f|% .2f|%#.0f|%G|%E" % ((v,) * 14))
for spec in ("d", "x", "c", "s", "b", ".2", "10.", "..", "5.5.5", "Q", "<<<", ",_", "_,", ".2d"):
    try:
        print(format(1.5, spec))
    except ValueError as e:
        print(e)
