# Tuples: construction, unpacking, immutability, hashing.
print((), (1,), (1, 2), 1, (1), (1,) + (2, 3), (1, 2) * 2, 0 * (1,), tuple(), tuple([1]), tuple("ab"), tuple({1: 2}), tuple((1, 2)))
t = 1, 2, 3
a, b, c = t
print(a, b, c, t[0], t[-1], t[1:], len(t), 2 in t, 5 in t, t.index(2), t.count(1), t.count(9))
a, *b = [1, 2, 3]
*c, d = "xyz"
e, *f, g = range(5)
h, *i = (1,)
print(a, b, c, d, e, f, g, h, i)
(j, k), l = (1, 2), 3
[m, (n, *o)] = [4, (5, 6, 7)]
print(j, k, l, m, n, o)
x, y = y, x = 1, 2
print(x, y)
a = b = c = []
a.append(1)
print(b, c is a)
for p, (q, r) in [(1, (2, 3)), (4, (5, 6))]:
    print(p, q, r)
for first, *rest in [(1, 2, 3), "ab", [7]]:
    print(first, rest)
print(*t, *[4, 5], sep="-")
print([*t, 0, *t], (*t, *"ab"), {*t, 9}, {**{"a": 1}, "b": 2, **{"a": 3}})
d = {}
d["x"], d["y"] = 1, 2
print(d)
print(hash((1, 2)) == hash((1.0, 2.0)), {(1, 2): "a"}[(1, 2)], {(): 0}[()], (1, [2]) == (1, [2]))
t2 = (1, [2])
t2[1].append(3)
print(t2)
try:
    t2[1] += [4]
except TypeError as e:
    print(e, t2)
def attempt(f):
    try:
        print(f())
    except Exception as e:
        print(type(e).__name__, e)
def unpack(values):
    a, b = values
    return a, b
def unpack_star(values):
    a, b, *c = values
    return a, b, c
attempt(lambda: unpack([1]))
attempt(lambda: unpack(5))
attempt(lambda: unpack([]))
attempt(lambda: unpack(None))
attempt(lambda: unpack("ab"))
attempt(lambda: unpack({1: 0, 2: 0}))
attempt(lambda: unpack_star([1]))
attempt(lambda: unpack_star([1, 2]))
attempt(lambda: unpack_star("abcd"))
attempt(lambda: (1,) + [2])
attempt(lambda: (1, 2).index(3))
attempt(lambda: (1, 2)[5])
attempt(lambda: hash((1, [])))
attempt(lambda: {(1, []): 2})
attempt(lambda: (1, 2) < (1, "a"))
attempt(lambda: (1,) * "a")
attempt(lambda: (1, 2).append(3))
attempt(lambda: tuple(5))
attempt(lambda: tuple([1], 2))
def assign():
    t = (1, 2)
    t[0] = 5
def delete():
    t = (1, 2)
    del t[0]
attempt(assign)
attempt(delete)
