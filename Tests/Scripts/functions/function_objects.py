# Functions are objects: attributes, identity, dispatch tables.
def f(a, b=1):
    "documentation of f"
    return a + b
print(f.__name__, f.__doc__, callable(f), type(f).__name__, f == f, f is f, f(1))
f.calls = 0
f.calls += 5
print(f.calls, hasattr(f, "calls"), hasattr(f, "missing"))
try:
    f.missing
except AttributeError as e:
    print(e)
g = f
f = None
print(g(2), g.__name__)
table = {"+": lambda a, b: a + b, "-": lambda a, b: a - b, "max": max, "str": str, "len": len}
print(table["+"](1, 2), table["-"](5, 3), table["max"](1, 9), table["str"](5), table["len"]("abc"))
print([h(3) for h in (abs, str, float, bool, lambda x: x * 2, range, [].append)])
def apply(h, *args, **kw): return h(*args, **kw)
print(apply(sorted, [3, 1], reverse=True), apply(apply, apply, int, "7"), apply(lambda: "none"))
def outer():
    def inner(): pass
    return inner
print(outer().__name__, outer() == outer(), outer() is outer(), len({outer(), outer()}))
print(type(len).__name__, type(print).__name__, type([].append).__name__, type(lambda: 0).__name__, type(int).__name__, type(outer).__name__)
class C:
    def m(self): return "m"
    static = len
    function = lambda self: "lambda method"
c = C()
print(type(c.m).__name__, type(C.m).__name__, c.m(), C.m(c), c.static("abc"), c.function(), c.m == c.m, c.m.__name__, C.m is C.m)
m = c.m
print(m(), m.__self__ is c)
c.own = lambda: "instance function"
print(c.own())
C.added = lambda self, x: ("added", x)
print(c.added(5), C().added(6))
def no_return(): pass
def bare_return(): return
def empty_return():
    if False:
        return 1
print(no_return(), bare_return(), empty_return(), print("x", end=" "))
print((lambda: 3)())
def many(): return 1, 2, *[3, 4]
print(many(), (lambda: [])() is (lambda: [])(), (lambda x=[]: x)() is not None)
print(len.__name__, print.__name__, int.__name__, "".join.__name__, [].append.__name__, C.__name__)
def redefine(): return 1
first = redefine
def redefine(): return 2
print(first(), redefine(), first is redefine)
if True:
    def conditional(): return "if"
else:
    def conditional(): return "else"
print(conditional())
for k in range(2):
    def in_loop(k=k): return k
print(in_loop(), in_loop(7))
del in_loop
try:
    in_loop
except NameError as e:
    print(e)
print(hash(g) == hash(g), bool(g), not g, g in [g], {g: 1}[g], g != first)
for bad in (lambda: g < first, lambda: g + 1, lambda: g[0], lambda: len(g), lambda: iter(g), lambda: int(g)):
    try:
        bad()
    except TypeError as e:
        print(e)
