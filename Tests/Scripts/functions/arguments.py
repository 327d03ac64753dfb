# Every kind of parameter and every way to call.
def f(a, b=2, *args, c, d=4, **kw):
    return a, b, args, c, d, kw
print(f(1, c=3), f(1, 5, 6, 7, c=8, d=9, e=10), f(c=1, a=2), f(*[1, 2, 3], **{"c": 4, "z": 5}), f(*"ab", *[1], c=0, **{"x": 1}, **{"y": 2}))
def pos(a, b, /, c, d=1, *, e=2):
    return a, b, c, d, e
print(pos(1, 2, 3), pos(1, 2, c=3, e=5), pos(1, 2, 3, 4, e=6))
def shadow(a, /, **kw):
    return a, kw
print(shadow(1, a=2, b=3))
def kwonly(*, x, y=5):
    return x, y
print(kwonly(x=1), kwonly(y=2, x=3), kwonly(**{"x": 7}))
def rest(*args): return args
def named(**kw): return kw
print(rest(), rest(1, *range(3), 9), named(), named(a=1, **{"b": 2}), rest(*[], *()), named(**{}), rest([1], *{2: 3}))
def order(**kw): return list(kw)
print(order(z=1, a=2, m=3))
def mutate(*args, **kw):
    kw["new"] = 1
    return args
d = {"k": 1}
mutate(**d)
print(d)
def default(x, acc=[]):
    acc.append(x)
    return acc
print(default(1), default(2), default(3, []), default(4))
n = 10
def early(x=n): return x
n = 20
print(early())
def computed(a, b=lambda: "called"): return b()
print(computed(1), computed(1, lambda: "mine"))
print((lambda *a, k=1, **kw: (a, k, kw))(1, 2, k=3, z=4), (lambda: None)(), (lambda x, y=2: x + y)(1))
def inner_default():
    fs = []
    for i in range(3):
        def g(i=i):
            return i
        fs.append(g)
    return [g() for g in fs], fs[0](9)
print(inner_default())
def trace(name):
    print("eval", name, end="; ")
    return name
print(f(trace("a"), *[trace("b")], c=trace("c"), **{trace("k"): trace("v")}))
def star_unpack(a, *rest, last): return a, rest, last
print(star_unpack(1, last=2), star_unpack(*range(4), last="z"))
print(print(end=""), max(*[3, 1], *[2]), sorted(*[[2, 1]], **{"reverse": True}), dict(**{"a": 1}, b=2), "{} {x}".format(*[1], **{"x": 2}))
def recursive_default(n, f=None):
    return 1 if n == 0 else n * recursive_default(n - 1, f)
print(recursive_default(10), f.__name__, (lambda: 0).__name__)
def many(a1, a2, a3, a4, a5, a6, a7, a8, a9, a10, a11=11, a12=12):
    return a1 + a2 + a3 + a4 + a5 + a6 + a7 + a8 + a9 + a10 + a11 + a12
print(many(*range(10)), many(1, 2, 3, 4, 5, 6, 7, 8, 9, a10=10, a12=0))
