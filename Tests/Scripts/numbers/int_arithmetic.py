# Integers of any size: the binary operators, with every combination of signs.
pairs = [(7, 3), (-7, 3), (7, -3), (-7, -3), (0, 5), (6, 3), (-6, 3), (1, -1)]
for a, b in pairs:
    print(a, b, a + b, a - b, a * b, a // b, a % b, divmod(a, b), a / b)
print(-7 // 2)  # expect: -4
print(-7 % 3)  # expect: 2
big = 2 ** 64
print(big)  # expect: 18446744073709551616
for a in (big, -big, big + 1, 10 ** 40, -(10 ** 40)):
    for b in (3, -3, 7 ** 20, -(7 ** 20), 2 ** 63, -(2 ** 63)):
        q, r = divmod(a, b)
        print(q, r, q * b + r == a, a // b == q, a % b == r)
print((2 ** 62) + (2 ** 62), (2 ** 62) * 2, -(2 ** 62) - (2 ** 62))
print(2 ** 61 + 2 ** 61, 2 ** 62 - 1 + 2 ** 62)
print(-(2 ** 63) - 1, 2 ** 63 - 1 + 1)
print(9223372036854775807 + 1)  # expect: 9223372036854775808
print(-9223372036854775808 - 1)
print(4611686018427387903 + 1, -4611686018427387904 - 1)
print(3037000500 * 3037000500, -3037000500 * 3037000500)
print(abs(-(10 ** 30)), -(10 ** 30), +(10 ** 30), ~(10 ** 30))
print(10 ** 30 - 10 ** 30, 10 ** 30 - 10 ** 30 + 5, (10 ** 30) // (10 ** 29))
n = 1
for i in range(1, 41):
    n *= i
print(n)
for i in range(40, 0, -1):
    n //= i
print(n)  # expect: 1
x = 5
x += 3; x -= 1; x *= 6; x //= 4; x %= 7; x **= 5; x <<= 2; x >>= 1; x |= 9; x &= 0xff; x ^= 0x55
print(x)
x = 7
x /= 2
print(x)  # expect: 3.5
print(1_000_000, 0x_ff, 0b1010_1010, 0o17, 0XAB, 0B11, 0O7, 00)
