# int() from text and numbers, bases, and back.
for text in ("0", "-0", "+5", " 12 ", "\t7\n", "1_000", "-1_2_3", "007", "123456789012345678901234567890"):
    print(repr(text), int(text))
for text, base in (("ff", 16), ("FF", 16), ("0xff", 16), ("0xff", 0), ("0b101", 0), ("0o17", 0), ("10", 0),
                   ("z", 36), ("Zz", 36), ("101", 2), ("-0b11", 2), ("777", 8), ("0_1", 8), ("11", 3)):
    print(text, base, int(text, base))
for text, base in (("", 10), ("1__0", 10), ("_1", 10), ("1_", 10), ("0x", 16), ("9", 8), ("010", 0), ("1.5", 10),
                   ("1e5", 10), ("- 1", 10), ("a", 10), ("--1", 10)):
    try:
        print(int(text, base))
    except ValueError as e:
        print(e)
for f in (0.0, -0.0, 1.9, -1.9, 1e20, -1e22, 2.0 ** 70):
    print(f, int(f))
print(int(), int(True), int(False), int("10", base=2))
for n in (0, 1, -1, 255, -255, 2 ** 70, -(2 ** 70)):
    print(bin(n), oct(n), hex(n), str(n), repr(n))
print(format(255, "x"), format(255, "#X"), format(255, "08b"), format(-255, "+d"), format(10 ** 12, ","))
print(format(10 ** 12, "_"), format(65, "c"), format(255, "_b"), format(2 ** 40, "_x"), format(12, "e"), format(1, "%"))
print(int("٣"), int("12".zfill(30)))
n = 1
while n < 10 ** 60:
    n = n * 1000003 + 17
    print(n, int(str(n)) == n, int(hex(n), 16) == n, int(bin(n), 2) == n, int(oct(n), 8) == n)
