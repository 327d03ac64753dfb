# Bitwise operators and shifts, negative and large; two's complement of infinite width.
values = [0, 1, -1, 5, -5, 255, -256, 2 ** 62, -(2 ** 62), 2 ** 63, 2 ** 64 - 1, -(2 ** 64), 3 ** 50, -(3 ** 50)]
for a in values:
    print(a, ~a, a.bit_length(), a.bit_count(), a << 3, a >> 3, a << 70, a >> 70)
for a in values:
    for b in values:
        print(a & b, a | b, a ^ b, end=";")
    print()
for s in (0, 1, 61, 62, 63, 64, 65, 127, 128):
    print(s, 1 << s, -1 << s, (1 << s) >> s, (-1 << s) >> s, (-(1 << s) - 1) >> s)
print(-1 >> 1000)  # expect: -1
print(5 >> 1000, 0 << 1000)  # expect: 0 0
print(True & 1, True | 2, True ^ True, True & False, type(True & False), type(True & 1))
print(~0, ~-1)
x = 0b1011
x &= 0b110
print(bin(x))  # expect: 0b10
x |= 1 << 100
print(x, hex(x))
x ^= x
print(x)
print((10 ** 20) & -(10 ** 10), (10 ** 20) | -(10 ** 10), (10 ** 20) ^ -(10 ** 10))
print((2 ** 100 - 1) & (2 ** 64), (2 ** 100) & (2 ** 64))
