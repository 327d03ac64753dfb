# Powers: int, negative exponents become floats, three-argument pow and modular inverses.
for b in (0, 1, -1, 2, -2, 3, 10, -10):
    for e in (0, 1, 2, 3, 31, 32, 63, 64):
        print(b ** e, end=" ")
    print()
print(2 ** -1, (-2) ** -3, 10 ** -2)  # expect: 0.5 -0.125 0.01
print(-2 ** 2, (-2) ** 2, 2 ** 3 ** 2, -2 ** -2)  # expect: -4 4 512 -0.25
print(pow(3, 200, 13), pow(-3, 5, 7), pow(3, 5, -7), pow(-3, 5, -7))
print(pow(7, 10 ** 30, 10 ** 9 + 7))
print(pow(3, -1, 7), pow(3, -2, 7), pow(5, -1, 1))
print(pow(0, 0), pow(0, 0, 5), pow(2, 0, 1), 0 ** 0, 0.0 ** 0)
print(pow(2, 3), pow(2.0, 3), pow(2, 0.5), pow(4, -0.5))
print(pow(base=2, exp=5), pow(2, exp=5, mod=7))
print(2 ** 1000)
print(3 ** 100 % 1000, (-3) ** 101)
print(True ** 5, 2 ** True, 2 ** False, type(True ** True))
print(10 ** 18, 10 ** 19, 10 ** 20)
print(len(str(7 ** 1000)), str(7 ** 1000)[:20], str(7 ** 1000)[-20:])
try:
    print(2.0 ** 10000)
except OverflowError as e:
    print("OverflowError", e.args[1])
try:
    pow(2, 3.0, 5)
except TypeError as e:
    print(e)
x = 3
x **= 4
print(x)  # expect: 81
