# Keys with __eq__ and __hash__; equality rules of dict and set lookups.
class Key:
    def __init__(self, v):
        self.v = v
    def __hash__(self):
        return self.v % 3
    def __eq__(self, other):
        return isinstance(other, Key) and self.v == other.v
    def __repr__(self):
        return "K" + str(self.v)
d = {}
for i in range(9):
    d[Key(i)] = i
print(d, len(d), d[Key(4)], Key(4) in d, Key(10) in d, 4 in d)
del d[Key(4)]
d[Key(4)] = "again"
print(d)
s = {Key(1), Key(4), Key(1)}
print(len(s), Key(4) in s, Key(7) in s)
try:
    d[Key(100)]
except KeyError as e:
    print(repr(e), e.args)
class NoHash:
    def __eq__(self, other):
        return True
try:
    hash(NoHash())
except TypeError as e:
    print(e)
try:
    {NoHash(): 1}
except TypeError as e:
    print(e)
print(NoHash() == 5, NoHash() != 5, NoHash() in [1], [1].count(NoHash()))
class BadHash:
    def __hash__(self):
        return "x"
try:
    hash(BadHash())
except TypeError as e:
    print(e)
class RaisingEq:
    def __hash__(self):
        return 1
    def __eq__(self, other):
        raise ValueError("no comparing")
try:
    {1: 0}[RaisingEq()]
except ValueError as e:
    print(e)
r = RaisingEq()
print({r: 5}[r], r in [r], [r].index(r))
class BigHash:
    def __hash__(self):
        return 2 ** 61
print(hash(BigHash()))
class NegHash:
    def __hash__(self):
        return -1
print(hash(NegHash()))
plain = object()
print(plain == plain, plain == object(), plain != plain, hash(plain) == hash(plain), {plain: 1}[plain])
class Sub(Key):
    pass
class Both(Key):
    def __eq__(self, other):
        return True
print(Sub(1) == Key(1), {Sub(1): 1}[Key(1)])
try:
    hash(Both(1))
except TypeError as e:
    print(e)
nan = float("nan")
dn = {nan: 1}
print(dn[nan], nan in dn, float("nan") in dn, len({nan, nan, float("nan")}))
print({1: "a"}[1.0], {1.0: "a"}[True], {"a": 1, "b": 2}["a"], {(1, (2, 3)): "t"}[1, (2.0, 3)], {2 ** 70: 1}[2.0 ** 70])
