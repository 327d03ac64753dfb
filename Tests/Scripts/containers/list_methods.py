# Every method of list.
a = [3, 1, 2]
a.append(5)
a.extend([7, 8])
a.extend("xy")
a.extend((1.5,))
a.extend({9: 0})
print(a)
a.insert(0, "first"); a.insert(100, "last"); a.insert(-1, "before last"); a.insert(-100, "zeroth")
print(a)
print(a.pop(), a.pop(0), a.pop(-2), a)
a.remove("x")
print(a, a.index(5), a.count(1), a.index(1, 2) if 1 in a[2:] else "none", len(a))
b = a.copy()
b.clear()
print(b, a is b, a == a.copy(), a is a.copy())
c = [3, 1, 2, 1]
c.reverse()
print(c, c.index(1), c.index(1, 1), c.index(1, -4, -1), c.count(1), c.count(7))
c.sort()
print(c)
c.sort(reverse=True)
print(c, c.sort(), c)
print([1] * 3, 2 * [0, 1], [1] * 0, [1] * -1, [] + [1], [1] + [2] + [3])
d = [1]
e = d
d += [2]
print(e is d, e)
d = d + [3]
print(e is d, e, d)
d *= 2
print(d)
d += "ab"
d += (1,)
d += range(2)
print(d)
f = [1, 2, 3]
f.extend(f)
print(f)
f += f
print(f)
f[:] = f[:2]
print(f, list(), list("abc"), list((1, 2)), list({1: 2}), list(range(3)), list([1]))
print(1 in f, 5 in f, 5 not in f, [1] in [[1]], 1.0 in f, True in f)
for g in (lambda: [].pop(), lambda: [1].pop(5), lambda: [1].pop(-2), lambda: [1].remove(2), lambda: [1].index(2), lambda: [1, 2].index(1, 1), lambda: [].append(), lambda: [].append(1, 2), lambda: [].extend(5), lambda: [].insert(0), lambda: [].insert("a", 1), lambda: [1].pop("a"), lambda: [1].sort(key=5), lambda: [2, "a"].sort(), lambda: [1] + (2,), lambda: [1] + 1, lambda: [1] * "a", lambda: [1] * [1], lambda: [1] - [1], lambda: [1] < 1, lambda: [1] < [None], lambda: [1, 2].foo, lambda: [1](0), lambda: list(5), lambda: list(1, 2), lambda: [].sort(1), lambda: [].reverse(1), lambda: -[1], lambda: [].clear(1)):
    try:
        print(g())
    except Exception as e:
        print(type(e).__name__, e)
x = [1]
try:
    x += 5
except TypeError as e:
    print(e)
try:
    x[5] = 1
except IndexError as e:
    print(e)
try:
    del x[5]
except IndexError as e:
    print(e)
try:
    x["a"] = 1
except TypeError as e:
    print(e)
