# Float operators: floor division and modulo take the sign of the divisor, zeros keep theirs.
values = [0.0, -0.0, 1.0, -1.0, 2.5, -2.5, 7.25, -7.25, 1e10, 3]
for a in values:
    for b in (1.0, -1.0, 2.0, -2.0, 0.75, -0.75, 4):
        print(a + b, a - b, a * b, a / b, a // b, a % b, divmod(a, b))
for f in (lambda: 1.0 / 0, lambda: 1.0 // 0.0, lambda: divmod(1.0, 0.0), lambda: 1 / 0.0, lambda: 0.0 ** -1, lambda: 1 // 0.0):
    try:
        print(f())
    except ZeroDivisionError as e:
        print(e)
print(-0.0 + 0.0, -0.0 - 0.0, 0.0 * -1, -0.0 == 0.0, abs(-0.0), -(0.0), 0.0 - 0.0)
print((-8.0) ** 3, 2.0 ** -2, 4 ** 0.5, 0.0 ** 0, (-0.0) ** 3, 1.0 ** 1000, 2.0 ** 1023)
print(0.1 + 0.2 == 0.3, 0.1 * 3, 1 - 0.9, 1e16 + 1, 1e16 + 2, 3 * 1.1)
print(5.0 // 2, -5.0 // 2, 5.0 % -2, -5.0 % 2, 5.5 // 0.1, 5.5 % 0.1, 1e300 * 1e10, -1e300 * 1e10)
x = 10.0
x += 1; x -= 0.5; x *= 2; x /= 4; x //= 1; x **= 3; x %= 7
print(x)
print((0.5).as_integer_ratio(), (2.0).is_integer(), (2.5).is_integer(), (-0.75).as_integer_ratio(), (1e10).as_integer_ratio())
print((1.5).real, (1.5).imag, (1.5).conjugate(), float("inf").is_integer(), (3.7).__class__.__name__)
for f in (lambda: 1.5 & 1, lambda: 1.5 | 2.5, lambda: 1.5 << 1, lambda: ~1.5, lambda: 1.5 + "a", lambda: "a" * 1.5, lambda: [1] * 2.0, lambda: [1, 2][1.0], lambda: range(1.0), lambda: "abc"[1.0], lambda: 1.5 < "a", lambda: (1.5)(), lambda: chr(65.0)):
    try:
        print(f())
    except TypeError as e:
        print(e)
total = 0.0
for i in range(1, 1000):
    total += 1.0 / i
print(total)
print(7 / 2, 8 / 2, -7 / 2, 10 ** 25 / 10 ** 20, 10 ** 30 / 3, (2 ** 53 + 1) / 1, 1 / 3.0, 2 ** 1000 / 2 ** 990, 1 / 2 ** 1070)
