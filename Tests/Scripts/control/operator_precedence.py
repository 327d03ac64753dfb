# Precedence and associativity of every operator.
print(2 + 3 * 4, (2 + 3) * 4, 2 ** 3 ** 2, (2 ** 3) ** 2, -2 ** 2, 2 ** -1, 10 - 4 - 3, 100 / 10 / 5, 7 // 2 * 2, 7 % 4 * 2, 2 * 7 % 4)
print(1 << 2 + 1, (1 << 2) + 1, 1 | 2 & 3, (1 | 2) & 3, 1 ^ 3 & 2, 1 | 6 ^ 5, 8 >> 1 << 2, ~5 + 1, ~(5 + 1), -5 // 2, -(5 // 2), - 5 % 3)
print(not 1 == 2, not True and False, not (True and False), True or False and False, (True or False) and False, 1 or 1 / 0, 0 and 1 / 0)
print(1 + 2 < 4, 1 < 2 + 3 == 5, 3 & 1 == 1, (3 & 1) == 1, 1 | 2 == 2, not 0 in [0], 1 in [1, 2] and 3 not in [1], 2 is not None)
print(lambda: 1 if 1 else 2) if 0 else print((lambda x: x + 1 if x else 0)(3), (lambda: (1, 2))())
print(1 if 0 else 2 if 0 else 3, (1 if 0 else 2) + 1, 1 if 1 else 2 + 1, [1, 2][0] + 1, "a" "b" * 2, "ab"[1] * 3, -"5".__len__())
print(5 - -3, 5 - +3, 5 * -3, 5 ** -1 * 2, +-+5, not not 1, ~~5, -~5, 2 ** 2 * 3, 2 * 3 ** 2, -3 ** 2 * 2)
a = [1, 2, 3]
print(a[0] + a[1] * a[2], a[-1] ** 2, -a[0], a[1:][0], a.index(2) + 1, len(a) - 1 and "x", a and a[0])
print(1 < 2 if 3 < 4 else 5, (1, 2) + (3,), 1, 2 + 3, *a, sep=" ")
print(10 == 10.0 != 11 > 3 >= 3, 5 > 4 > 3 > 2, 5 > 4 < 3, 1 < 3 > 2 < 4, 2 & 3 | 4 ^ 1 << 1, 6 & 3 + 1, 6 & 3 == 2)
x = 10
x += 2 * 3
x -= 1 if x else 0
x *= 1 + 1
print(x, x // 4 ** 2, x % 7 - 2, x & 0xf | 0x10)
print(3 if not 0 else 4, not 3 if 0 else 5, [not 1, not 0], (not 1) + 1, 1 - (not 0))
print("%d" % 3 + "x", "%d" % (3 + 4), "a" + "b" * 2 + "c", "a" < "b" < "c", "%s-%s" % (1, 2) * 2)
