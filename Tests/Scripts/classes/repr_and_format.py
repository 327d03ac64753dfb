# __repr__, __str__, __format__, __bool__, __call__ and their fallbacks.
class Both:
    def __repr__(self): return "repr"
    def __str__(self): return "str"
class OnlyRepr:
    def __repr__(self): return "only repr"
class OnlyStr:
    def __str__(self): return "only str"
class Formatted:
    def __format__(self, spec): return "<%s>" % spec
b, r, s, f = Both(), OnlyRepr(), OnlyStr(), Formatted()
print(b, [b], str(b), repr(b), f"{b} {b!r} {b!s:>5} {b:>5}", "%s %r" % (b, b), "{} {!r}".format(b, b))
print(r, [r], str(r), repr(r), f"{r} {r!r}", str(s), repr(s)[:len("<__main__.OnlyStr object at 0x")])
print(f"{f} {f:abc} {f:{1}{2}}", format(f), format(f, "spec"), "{:x} {}".format(f, f), "{:>{}}".format(f, 5))
try:
    format(b, "d")
except (TypeError, ValueError) as e:
    print(type(e).__name__, e)
try:
    f"{r:5}"
except TypeError as e:
    print(e)
class BadFormat:
    def __format__(self, spec): return 5
try:
    format(BadFormat())
except TypeError as e:
    print(e)
class BadStr:
    def __str__(self): return None
    def __repr__(self): return 7
for g in (str, repr, format):
    try:
        g(BadStr())
    except TypeError as e:
        print(e)
class Adder:
    def __init__(self, n): self.n = n
    def __call__(self, x, *more, scale=1): return (self.n + x + sum(more)) * scale
add = Adder(10)
print(add(1), add(1, 2, 3, scale=2), list(map(add, [1, 2])), callable(add), Adder(1)(2))
try:
    add()
except TypeError as e:
    print(e)
class Parent:
    def __repr__(self): return type(self).__name__ + "()"
class Child(Parent):
    def __str__(self): return "child of " + super().__repr__()
print(Parent(), Child(), [Parent(), Child()], repr(Child()))
class Tree:
    def __init__(self, value, *children): self.value, self.children = value, children
    def __repr__(self):
        return "Tree(" + ", ".join([repr(self.value)] + [repr(c) for c in self.children]) + ")"
print(Tree(1, Tree("two"), Tree(3.0, Tree(None))))
class Switch:
    def __init__(self, on): self.on = on
    def __bool__(self): return self.on
print(bool(Switch(True)), bool(Switch(False)), not Switch(True), [x.on for x in (Switch(True), Switch(False)) if x], "on" if Switch(False) else "off", Switch(False) and 1 or 2)
class Length:
    def __init__(self, n): self.n = n
    def __len__(self): return self.n
class BoolWins(Length):
    def __bool__(self): return True
print(bool(Length(0)), bool(Length(2)), bool(BoolWins(0)), any([Length(0), Length(1)]), all([Length(1), Length(0)]))
class Money:
    def __init__(self, cents): self.cents = cents
    def __str__(self): return "%d.%02d" % divmod(self.cents, 100)
    def __format__(self, spec): return format(str(self), spec)
    def __add__(self, o): return Money(self.cents + o.cents)
    def __radd__(self, o): return self if o == 0 else NotImplemented
print(f"{Money(1234):>10}|{Money(5):<8}|", sum([Money(150), Money(275)]), str(Money(99)))
for cls in (Both, int, Exception):
    print(cls.__name__, cls, [cls], str(cls), f"{cls}")
