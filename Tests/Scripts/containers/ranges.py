# Ranges are sequences computed on demand.
rs = [range(5), range(0), range(2, 8), range(0, 10, 3), range(10, 0, -3), range(5, 5), range(5, 0), range(-3, 3), range(0, -10, -4), range(10 ** 20, 10 ** 20 + 5, 2)]
for r in rs:
    print(r, len(r), list(r), bool(r), r[::-1], list(reversed(r)), r.start, r.stop, r.step, str(r), repr(r))
    print(list(r[1:]), r[1:], r[:-1], r[::2], r[-2:], r[5:1:-1])
r = range(0, 20, 3)
print(r[0], r[-1], r[2], 9 in r, 10 in r, 9.0 in r, "a" in r, 9.5 in r, r.index(9), r.count(9), r.count(10), True in range(2), None in r)
print(range(3) == range(0, 3, 1), range(0) == range(5, 5), range(0, 3, 2) == range(0, 4, 2), range(3) == [0, 1, 2], range(1) != range(2), hash(range(3)) == hash(range(0, 3)))
print(10 ** 18 in range(0, 10 ** 19, 10), len(range(10 ** 15)), range(10 ** 30)[10 ** 25], sum(range(1, 101)), max(range(5)), min(range(3, 9)), range(10)[3:7][1], sorted(range(3), reverse=True))
print(range(2 ** 62, 2 ** 62 + 3)[2], list(range(2 ** 62 - 1, 2 ** 62 + 2)), list(range(-(2 ** 62) - 1, -(2 ** 62) + 1)), [x for x in range(2 ** 63 - 1, 2 ** 63 + 2)], range(0, 2 ** 70, 2 ** 69)[1])
print(range(True), range(False, True), *range(3), [*range(3)], tuple(range(3)), {*range(3)}, dict(zip(range(2), range(2))))
total = 0
for i in range(10, 0, -2):
    total += i
    i = 100
print(total, i)
for i in range(3):
    pass
print(i)
for i in range(0):
    print("no")
it = iter(range(2))
print(next(it), next(it), next(it, None), type(it).__name__, type(range(1)).__name__)
a, b, c = range(3)
print(a, b, c)
for f in (lambda: range(), lambda: range(1.5), lambda: range("a"), lambda: range(1, 2, 0), lambda: range(1, 2, 3, 4), lambda: range(3)[3], lambda: range(3)[-4], lambda: range(3).index(5), lambda: range(0).index(0), lambda: range(3) + range(3), lambda: range(3) * 2, lambda: range(3) < range(4), lambda: range(None), lambda: len(range(10 ** 30)), lambda: range(3)[1.0], lambda: range(3).append(1), lambda: range(a=1), lambda: next(range(3)), lambda: range(3).index("a")):
    try:
        print(f())
    except Exception as e:
        print(type(e).__name__, e)
try:
    r = range(3)
    r[0] = 1
except TypeError as e:
    print(e)
try:
    r.start = 5
except AttributeError as e:
    print(e)
