# The shortest text that reads back as the same float.
values = [0.0, -0.0, 1.0, -1.0, 0.1, 0.2, 0.3, 0.1 + 0.2, 1 / 3, 2 / 3, 1e15, 1e16, 1e17, 123456789012345678.0,
          1e22, 1e23, 1e-4, 1e-5, 0.0001234, 0.00001234, 5e-324, 2.2250738585072014e-308, 1.7976931348623157e308,
          1e100, 1e-100, 3.14159265358979, 2.718281828459045, 1e5, 12345.678, 100000000000000000000.0, 0.5, 1.5, 9007199254740993.0,
          4.35, 4.349999999999999, 1e21, 999999999999999.9, 9999999999999998.0, 99999999999999990.0, 1.0000000000000002]
for v in values:
    print(repr(v), str(v), float(repr(v)) == v, [v])
inf = float("inf")
nan = float("nan")
print(inf, -inf, nan, [inf, -inf, nan], inf - inf, inf * 0, inf + 1, -inf < inf, inf == inf, 1e309, -1e309)
print(1e400 == inf, inf // 1, inf % 2, 5 % inf, -5 % inf, 5 // inf, -5 // inf, 0.0 * -1)
for text in ("1", "1.", ".5", "1e5", "1E-5", "-inf", "+Infinity", "nan", "-nan", " 3.5\n", "1_0.5", "0x1", "", "1e", "e5", ".", "1__0", "infinit", "1e400", "-1e-400"):
    try:
        print(repr(text), float(text))
    except ValueError as e:
        print(e)
print(float(), float(5), float(True), float("12" * 10), float(2 ** 60 + 1), float(10 ** 22))
x = 1.0
for i in range(30):
    x = x * 7.3 / 1.9
    print(x)
x = 1.0
for i in range(30):
    x = x / 13.7
    print(x)
