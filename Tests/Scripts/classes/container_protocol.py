# __len__, __getitem__, __setitem__, __delitem__, __contains__, __iter__, slices.
class Box:
    def __init__(self, *items): self.items = list(items)
    def __len__(self): return len(self.items)
    def __getitem__(self, key):
        print("get", key, end="; ")
        return self.items[key]
    def __setitem__(self, key, value):
        print("set", key, value, end="; ")
        self.items[key] = value
    def __delitem__(self, key):
        print("del", key, end="; ")
        del self.items[key]
    def __contains__(self, x):
        print("contains", x, end="; ")
        return "yes" if x in self.items else 0
    def __repr__(self): return "Box" + repr(self.items)
b = Box(1, 2, 3, 4)
print(len(b), b[0], b[-1], b[1:3], b[::2], b[:], b[None:None:-1])
b[0] = "a"
b[1:3] = ["x", "y", "z"]
b[-1] += 10
del b[0]
del b[0:2]
print(b, 3 in b, 14 in b, 99 not in b)
print([x for x in b], list(b), bool(b), bool(Box()), max(b.items))
try:
    b[10]
except IndexError as e:
    print(e)
class Grid:
    def __init__(self): self.cells = {}
    def __getitem__(self, key): return self.cells.get(key, ".")
    def __setitem__(self, key, value): self.cells[key] = value
g = Grid()
g[1, 2] = "x"
g[(3, 4)] = "y"
g["name"] = "z"
print(g[1, 2], g[3, 4], g["name"], g[0, 0], g.cells)
class Show:
    def __getitem__(self, key): return key
s = Show()
print(s[1], s[1:2], s[1:2:3], s[:], s[::], s[1, 2:3], s[:, 1], s[()], s["k"], s[-1], s[None], s[1:2, ::3], s[[1]], s[1,])
class OnlyIter:
    def __iter__(self): return iter([3, 1, 2])
print(list(OnlyIter()), 1 in OnlyIter(), 9 in OnlyIter(), sorted(OnlyIter()), sum(OnlyIter()), [*OnlyIter()], min(OnlyIter()), tuple(OnlyIter()), set(OnlyIter()), dict(zip(OnlyIter(), "abc")))
x, y, z = OnlyIter()
print(x, y, z)
class Missing: pass
m = Missing()
def attempt(f):
    try:
        print(f())
    except (TypeError, AttributeError) as e:
        print(e)
def set_item(): m[0] = 1
def del_item(): del m[0]
attempt(lambda: m[0])
attempt(set_item)
attempt(del_item)
attempt(lambda: len(m))
attempt(lambda: iter(m))
attempt(lambda: 1 in m)
attempt(lambda: [x for x in m])
attempt(lambda: next(m))
attempt(lambda: reversed(m))
attempt(lambda: m())
attempt(lambda: [*m])
attempt(lambda: sum(m))
attempt(lambda: list(m))
attempt(lambda: Missing[0])
class Counter:
    def __init__(self, n): self.n, self.i = n, 0
    def __iter__(self): return self
    def __next__(self):
        if self.i >= self.n:
            raise StopIteration
        self.i += 1
        return self.i
c = Counter(5)
for v in c:
    if v == 2:
        break
print(v, list(c), list(c))
it = iter(Counter(2))
print(next(it), next(it), next(it, "done"))
class Nested:
    def __init__(self, depth): self.depth = depth
    def __iter__(self):
        return iter([Nested(self.depth - 1) for _ in range(2)] if self.depth else [])
    def count(self): return 1 + sum([n.count() for n in self])
print(Nested(4).count())
class Reversible:
    def __reversed__(self): return iter("reversed")
    def __len__(self): return 3
print(list(reversed(Reversible())))
class LenHint:
    def __len__(self): return 10 ** 30
try:
    len(LenHint())
except OverflowError as e:
    print(e)
