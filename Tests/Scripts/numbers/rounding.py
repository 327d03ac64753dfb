# round(): half to even for whole results, correctly rounded decimal places otherwise.
for x in (0.5, 1.5, 2.5, 3.5, -0.5, -1.5, -2.5, 0.4999999999999999, 2.6, -2.6, 1e20, -0.2):
    print(x, round(x), type(round(x)).__name__, round(x, None))
for x, n in ((2.675, 2), (2.665, 2), (1.005, 2), (0.5, 0), (1.5, 0), (2.5, 0), (-0.5, 0), (1234.5678, -2), (1234.5678, 3),
             (1e22, -20), (0.1, 20), (5.015, 2), (1.25, 1), (1.35, 1), (-1.25, 1), (1e-10, 5), (1e300, -300), (15.0, -1), (25.0, -1),
             (123.456, 0), (1.1, 400), (1.1, -400), (float("inf"), 2), (999.9999, 2)):
    print(x, n, round(x, n), type(round(x, n)).__name__)
for x in (float("inf"), float("nan"), float("-inf")):
    try:
        print(round(x))
    except (OverflowError, ValueError) as e:
        print(type(e).__name__, e)
print(round(True), round(7, 1), round(-7, -1), round(5, -1), round(15, -1), round(number=2.567, ndigits=1))
for args in ((), ("a",), ([],), (1.5, 1.5), (1.5, "a")):
    try:
        print(round(*args))
    except TypeError as e:
        print(e)
import math
for x in (0.5, -0.5, 1.5, -1.5, 2.0, -2.0, 1e20, 0.0):
    print(x, math.floor(x), math.ceil(x), math.trunc(x), int(x), x // 1)
print("%.0f %.0f %.0f %.0f" % (0.5, 1.5, 2.5, 3.5))  # expect: 0 2 2 4
print("%.1f %.1f %.2f" % (0.25, 0.35, 1.005))
print(f"{0.125:.2f} {0.375:.2f} {2.5:.0f} {1e23:.0f} {0.1:.30f}")
