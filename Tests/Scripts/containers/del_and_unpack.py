# del of every target form; assignment order; augmented assignment evaluates its target once.
x = 1
del x
try:
    x
except NameError as e:
    print(e)
a = [1, 2, 3, 4]
d = {"k": 1, "j": 2}
class O:
    pass
o = O()
o.p = o.q = 5
del a[0], d["k"], o.p
print(a, d, hasattr(o, "p"), o.q)
y = z = 1
del (y, z)
try:
    y
except NameError as e:
    print(e)
try:
    del y
except NameError as e:
    print(e)
try:
    del o.p
except AttributeError as e:
    print(type(e).__name__)
try:
    del d["k"]
except KeyError as e:
    print(repr(e))
def local():
    v = 1
    del v
    try:
        return v
    except UnboundLocalError as e:
        return str(e)
print(local())
log = []
def at(name, value):
    log.append(name)
    return value
data = [10, 20, 30]
at("list", data)[at("index", 1)] += at("value", 5)
print(data, log)
log = []
at("target", data)[at("i", 0)] = at("right", 7)
print(data, log)
log = []
at("a", data)[0], at("b", data)[1] = at("c", 1), at("d", 2)
print(data, log)
log = []
{at("k1", 1): at("v1", 1), at("k2", 2): at("v2", 2)}
at("f", max)(at("x", 1), at("y", 2))
at("l", 1) + at("r", 2) * at("s", 3)
at("p", 0) or at("q", 1) and at("t", 0)
print(log)
i = [0]
def index():
    i[0] += 1
    return i[0]
data[index()] += 100
print(data, i)
a = b = [1]
a += [2]
print(a, b, a is b)
a = b = (1,)
a += (2,)
print(a, b)
first = second = third = 0
first += 1
print(first, second, third)
p, q = [1, 2], 3
p[0], p[1], q = q, p[0], p[1]
print(p, q)
n = 5
n, m = n + 1, n + 2
print(n, m)
(c) = 1
[e, f] = 1, 2
g, = [9]
[h] = "z"
print(c, e, f, g, h)
() = []
[] = ()
for k, in [(1,), (2,)]:
    print(k, end=" ")
for o.attr in range(3):
    pass
for data[0] in "ab":
    pass
print(o.attr, data)
with_star = [*range(3), *"ab"]
head, *_, tail = with_star
print(head, tail, _)
