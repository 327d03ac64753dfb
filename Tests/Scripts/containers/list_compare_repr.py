# Comparison is lexicographic; repr of containers that contain themselves.
lists = [[], [1], [1, 2], [2], [1, 1], [1, [2]], [1.0, 2], [True]]
for a in lists:
    row = ""
    for b in lists:
        try:
            row += "%d%d%d " % (a == b, a < b, a >= b)
        except TypeError as e:
            row += "(" + str(e) + ") "
    print(row)
tuples = [(), (1,), (1, 2), (2,), (0, 99)]
print(sorted(tuples), max(tuples), (1, 2) < (1, 2, 0), (1,) == [1], (1, "a") < (1, "b"), (1, 2) != (1, 3))
a = [1]
a.append(a)
print(a, str(a), len(a), a[1] is a, a[1][1][0])
d = {}
d["self"] = d
print(d)
t = ([],)
t[0].append(t)
print(t, t[0])
b = [a, d]
d["b"] = b
print(b)
d2 = {1: {}}
d2[1][2] = d2
print(d2, [d2])
print([[]] * 3, [()], [{}], [set()], [None, True, 1.0, "s", range(3), 1 + 10 ** 20])
grid = [[0] * 2] * 3
grid[0][0] = 1
print(grid)
grid = [[0] * 2 for _ in range(3)]
grid[0][0] = 1
print(grid)
class R:
    def __repr__(self):
        return "<R>"
    def __str__(self):
        return "str R"
print([R()], (R(),), {R(): R()}.values(), str([R()]), str(R()), {1: R()}, f"{[R()]} {R()} {R()!r}")
class Eq:
    def __eq__(self, other):
        print("eq called")
        return True
print([Eq()] == [1], Eq() in [1, 2], [1, 2].index(Eq()), [1, 1].count(Eq()))
same = Eq()
print([same] == [same], same in [same])
