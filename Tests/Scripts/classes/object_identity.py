# is, id, equality and truth of plain objects; many instances, many attributes.
class P: pass
a, b = P(), P()
c = a
print(a is c, a is b, a is not b, a == c, a == b, id(a) == id(c), id(a) != id(b), a in [b, c], [a, b].index(c))
o = object()
print(o == o, o is o, bool(o), type(o).__name__, isinstance(o, object), hash(o) == hash(o))
try:
    o.x = 1
except AttributeError as e:
    print(type(e).__name__)
for i in range(50):
    setattr(a, "attr%d" % i, i)
print(sum([getattr(a, "attr%d" % i) for i in range(50)]), a.attr49)
for i in range(0, 50, 2):
    delattr(a, "attr%d" % i)
print([i for i in range(50) if hasattr(a, "attr%d" % i)][:5])
a.attr0 = "back"
print(a.attr0, a.attr1)
class Order:
    def __init__(self, flip):
        if flip:
            self.y = 1
            self.x = 2
        else:
            self.x = 1
            self.y = 2
print([(p.x, p.y) for p in [Order(i % 2) for i in range(4)]])
class Lazy:
    def get(self):
        if not hasattr(self, "cached"):
            print("computing", end=" ")
            self.cached = 42
        return self.cached
l = Lazy()
print(l.get(), l.get())
class Meta:
    level = 0
    def up(self):
        self.level += 1
        return self.level
m = Meta()
print(m.up(), m.up(), Meta.level, Meta().level)
class Swap:
    pass
s = Swap()
s.a, s.b = 1, 2
s.a, s.b = s.b, s.a
s.a += 10
s.b *= s.a
print(s.a, s.b)
s.self = s
s.list = [s]
print(s.self.self.list[0].a, s.list[0] is s)
s.list[0].a = "through"
print(s.a)
s.self = s.list = None
class Method:
    def m(self): return "class"
x = Method()
x.m = lambda: "instance"
print(x.m())
Method.m = lambda self: "patched"
print(x.m(), Method().m())
y = Method()
f = y.m
Method.m = lambda self: "again"
print(f(), y.m())
points = [P() for _ in range(1000)]
for i, p in enumerate(points):
    p.x = i
    p.y = -i
    if i % 3 == 0:
        p.z = i
print(sum([p.x + p.y for p in points]), sum([p.z for p in points if hasattr(p, "z")]), len({id(p) for p in points}))
print(() is (), None is None, True is True, (1 == 1) is True, type(1) is type(2), [] is [], {} is {}, "a" is not None)
