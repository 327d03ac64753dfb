# Every message of a call whose arguments do not fit.
def none(): pass
def one(a): pass
def two(a, b): pass
def three(a, b, c): pass
def default(a, b=1): pass
def defaults(a=1, b=2): pass
def kw1(*, k): pass
def kw2(*, k, j): pass
def kw3(*, k, j, i): pass
def mixed(a, b=1, *, c, d=2): pass
def pos(a, /, b): pass
def pos2(a, b, /): pass
def star(a, *rest): pass
def named(a, **kw): pass
class C:
    def method(self): pass
    def method1(self, a): pass
class D:
    def __init__(self, a, b): pass
class E: pass
def attempt(name, f):
    try:
        f()
        print(name, "ok")
    except TypeError as e:
        print(name, "|", e)
attempt("none 1", lambda: none(1))  # expect: none 1 | none() takes 0 positional arguments but 1 was given
attempt("none 2", lambda: none(1, 2))
attempt("none kw", lambda: none(a=1))
attempt("one 0", lambda: one())  # expect: one 0 | one() missing 1 required positional argument: 'a'
attempt("one 2", lambda: one(1, 2))
attempt("one kw", lambda: one(b=1))
attempt("one both", lambda: one(1, a=2))  # expect: one both | one() got multiple values for argument 'a'
attempt("two 0", lambda: two())  # expect: two 0 | two() missing 2 required positional arguments: 'a' and 'b'
attempt("two 1", lambda: two(1))
attempt("two b", lambda: two(b=1))
attempt("two 3", lambda: two(1, 2, 3))
attempt("three 0", lambda: three())  # expect: three 0 | three() missing 3 required positional arguments: 'a', 'b', and 'c'
attempt("three 1", lambda: three(1))
attempt("three 4", lambda: three(1, 2, 3, 4))
attempt("default 0", lambda: default())
attempt("default 3", lambda: default(1, 2, 3))  # expect: default 3 | default() takes from 1 to 2 positional arguments but 3 were given
attempt("defaults 3", lambda: defaults(1, 2, 3))
attempt("kw1", lambda: kw1())  # expect: kw1 | kw1() missing 1 required keyword-only argument: 'k'
attempt("kw1 pos", lambda: kw1(1))
attempt("kw2", lambda: kw2())
attempt("kw3", lambda: kw3())
attempt("kw2 pos", lambda: kw2(1, k=1, j=2))
attempt("mixed 3", lambda: mixed(1, 2, 3))
attempt("mixed 3c", lambda: mixed(1, 2, 3, c=4))
attempt("mixed 3cd", lambda: mixed(1, 2, 3, c=4, d=5))
attempt("mixed 0", lambda: mixed())
attempt("mixed no c", lambda: mixed(1))
attempt("mixed unknown", lambda: mixed(1, c=2, z=3))
attempt("pos kw", lambda: pos(a=1, b=2))  # expect: pos kw | pos() got some positional-only arguments passed as keyword arguments: 'a'
attempt("pos2 kw", lambda: pos2(a=1, b=2))
attempt("pos 0", lambda: pos())
attempt("star 0", lambda: star())
attempt("star a", lambda: star(1, a=2))
attempt("star kw", lambda: star(1, z=2))
attempt("named 0", lambda: named())
attempt("named 2", lambda: named(1, 2))
attempt("named a", lambda: named(1, a=2))
attempt("method 1", lambda: C().method(1))
attempt("method1 0", lambda: C().method1())
attempt("method1 2", lambda: C().method1(1, 2))
attempt("method unbound", lambda: C.method())
attempt("init 0", lambda: D())
attempt("init 3", lambda: D(1, 2, 3))
attempt("no init", lambda: E(1))
attempt("no init kw", lambda: E(a=1))
attempt("object", lambda: object(1))
attempt("lambda", lambda: (lambda x: x)())
attempt("lambda 2", lambda: (lambda: 0)(1))
attempt("star not iterable", lambda: two(*5))
attempt("double star not mapping", lambda: two(**5))
attempt("double star list", lambda: named(1, **[1]))
attempt("duplicate", lambda: two(1, **{"b": 1}, **{"b": 2}))
attempt("duplicate 2", lambda: named(1, x=1, **{"x": 2}))
attempt("non-string key", lambda: named(1, **{2: 3}))
attempt("not callable", lambda: (5)(1))
attempt("none call", lambda: None())
attempt("module call", lambda: "text"(1))
def local():
    def inner(x, y): pass
    return inner
attempt("nested", lambda: local()())
