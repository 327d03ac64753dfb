# Rich comparison: reflection, NotImplemented, identity fallback, sorting.
class V:
    def __init__(self, n): self.n = n
    def __eq__(self, o): return self.n == o.n if isinstance(o, V) else NotImplemented
    def __lt__(self, o): return self.n < o.n if isinstance(o, V) else NotImplemented
    def __le__(self, o): return self.n <= o.n if isinstance(o, V) else NotImplemented
    def __repr__(self): return "V%d" % self.n
a, b, c = V(1), V(2), V(1)
print(a == b, a == c, a != b, a != c, a < b, a <= c, a > b, a >= c, a == 5, a != 5, 5 == a, None == a)
print(sorted([V(3), V(1), V(2)]), sorted([V(3), V(1)], reverse=True), min(a, b), max(a, b), [a] == [c], (a, b) < (c, V(3)), a in [c], [b, a].index(c))
def attempt(f):
    try:
        print(f())
    except TypeError as e:
        print(e)
attempt(lambda: a < 5)
attempt(lambda: 5 < a)
attempt(lambda: a >= "x")
attempt(lambda: sorted([a, 1]))
attempt(lambda: hash(a))
class Plain: pass
p = Plain()
print(p == p, p == Plain(), p != p, p == 1)
attempt(lambda: Plain() < Plain())
class Odd:
    def __eq__(self, o): return "eq result"
    def __ne__(self, o): return "ne result"
    def __lt__(self, o): return []
    def __gt__(self, o): return [1]
    __hash__ = None
o = Odd()
print(o == 1, o != 1, o < 1, o > 1, 1 < o, 1 > o, not o == 1, 1 == o, o in [1], bool(o < 1))
print(1 < o < 2, o < 1 < 2)
class Reflect:
    def __init__(self, name): self.name = name
    def __eq__(self, other):
        print("eq", self.name, end="; ")
        return NotImplemented
    def __lt__(self, other):
        print("lt", self.name, end="; ")
        return NotImplemented
    def __gt__(self, other):
        print("gt", self.name, end="; ")
        return True
x, y = Reflect("x"), Reflect("y")
print(x == y)
print(x != y)
print(x < y)
print(x == x)
class Sub(Reflect):
    def __eq__(self, other):
        print("sub eq", self.name, end="; ")
        return True
print(x == Sub("s"), Sub("s") == x)
class OnlyEq:
    def __eq__(self, o): return True
print(OnlyEq() != 1, OnlyEq() == 1, 1 != OnlyEq(), [OnlyEq()] == [5], (1, OnlyEq()) == (1, 2), {1: OnlyEq()} == {1: 7})
class Raises:
    def __eq__(self, o): raise ValueError("comparing")
    def __lt__(self, o): raise ValueError("ordering")
for f in (lambda: Raises() == 1, lambda: Raises() in [1], lambda: [1].index(Raises()), lambda: sorted([Raises(), Raises()]), lambda: [Raises()] == [1], lambda: [1].count(Raises()), lambda: min([Raises(), Raises()]), lambda: Raises() != 1):
    try:
        print(f())
    except ValueError as e:
        print(e)
class Hashed:
    def __init__(self, v): self.v = v
    def __eq__(self, o): return isinstance(o, Hashed) and o.v == self.v
    def __hash__(self): return hash(self.v)
print(Hashed(1) == Hashed(1), len({Hashed(1), Hashed(1), Hashed(2)}), {Hashed("k"): 1}[Hashed("k")], hash(Hashed(5)), Hashed(1) is Hashed(1))
