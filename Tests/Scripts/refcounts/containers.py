# References held by containers.
import sys
x = object()
print(sys.getrefcount(x))  # expect: 2
l = [x, x, x]
print(sys.getrefcount(x))  # expect: 5
t = (x, x)
d = {"k": x, x: 1}
s = {x}
print(sys.getrefcount(x))
l.append(x)
l.extend([x, x])
print(sys.getrefcount(x))
l.pop()
del l[0]
l[0] = None
print(sys.getrefcount(x), l.count(x))
l.clear()
t = None
print(sys.getrefcount(x))
d["k"] = 0
s.discard(x)
print(sys.getrefcount(x))
del d[x]
print(sys.getrefcount(x))  # expect: 2
m = [x] * 100
print(sys.getrefcount(x))  # expect: 102
m2 = m[:]
m3 = m + m
print(sys.getrefcount(x))
del m2, m3
m[10:20] = []
print(sys.getrefcount(x))
m.reverse()
m.sort(key=id)
print(sys.getrefcount(x))
del m
nested = [[x], {"a": [x]}, (x, (x,))]
print(sys.getrefcount(x))
nested = None
print(sys.getrefcount(x))
a = []
b = [a]
c = {"a": a}
print(sys.getrefcount(a), sys.getrefcount(b), sys.getrefcount(c))
for item in b:
    print(sys.getrefcount(item), sys.getrefcount(a))
del item
it = iter(b)
print(sys.getrefcount(b), sys.getrefcount(a))
first = next(it)
print(sys.getrefcount(a))
copy = dict(c)
z = list(zip(b, b))
print(sys.getrefcount(a))
u = {**c}
p, *q = b
print(sys.getrefcount(a))
