# Messages of the common runtime errors.
class A:
    def m(self): pass
def attempt(f):
    try:
        print(f())
    except Exception as e:
        print(type(e).__name__, "|", e)
for f in (lambda: 1 / 0, lambda: 1 // 0, lambda: 1 % 0, lambda: 1.0 / 0, lambda: divmod(1, 0), lambda: 0 ** -1,
          lambda: [][0], lambda: [1][-2], lambda: ()[0], lambda: ""[0], lambda: [].pop(), lambda: {}["k"], lambda: {}[0], lambda: {}.popitem(), lambda: set().pop(), lambda: {1}.remove(2), lambda: [1].remove(2), lambda: [1].index(5), lambda: "a".index("b"), lambda: (1,).index(2),
          lambda: int("x"), lambda: int(""), lambda: float("x"), lambda: int("9" * 10 + "z"), lambda: int("5", 99), lambda: chr(-5), lambda: ord("ab"), lambda: "a" * (10 ** 30), lambda: [0] * (10 ** 30), lambda: 1 << (10 ** 30), lambda: "%d" % "x", lambda: "{}".format(), lambda: "{a}".format(),
          lambda: None + 1, lambda: 1 + None, lambda: "a" + 1, lambda: 1 + "a", lambda: [] + (), lambda: {} + {}, lambda: None[0], lambda: None(), lambda: None.x, lambda: len(None), lambda: iter(None), lambda: [x for x in None], lambda: 5 in 5, lambda: "a" < 1, lambda: None < None, lambda: [] < {}, lambda: {} < {}, lambda: -None, lambda: not_defined, lambda: A().n, lambda: A.n, lambda: A().m.n, lambda: A() + 1, lambda: A()[0], lambda: A()(), lambda: len(A()), lambda: "abc".nope,
          lambda: [1, 2, 3]["a"], lambda: {}[[]], lambda: {[]: 1}, lambda: {[]}, lambda: hash({}), lambda: (1, 2)[1.0], lambda: "abc"["a"], lambda: range(10)["x"], lambda: [1][None], lambda: [1, 2][1:2:0], lambda: sorted([1, "a"]), lambda: sum(["a"]), lambda: "".join([1]), lambda: max([1, "a"]), lambda: abs("x"), lambda: round("x"), lambda: isinstance(1, 2), lambda: int([]), lambda: float(None), lambda: list(5), lambda: dict(5), lambda: tuple(1), lambda: set(1), lambda: str(1, 2), lambda: bool(1, 2),
          lambda: print(*5), lambda: print(**5), lambda: (lambda: 0)(1), lambda: (lambda x: 0)(), lambda: getattr(1, "x"), lambda: next(iter([])), lambda: zip([1], 5), lambda: map(1), lambda: "a".split(""), lambda: "a".replace(1, 2), lambda: [3, 1].sort(key=lambda: 0)):
    attempt(f)
def assign_tuple():
    t = (1,)
    t[0] = 2
def assign_str():
    s = "a"
    s[0] = "b"
def delete_str():
    s = "a"
    del s[0]
def assign_range():
    range(3)[0] = 1
def unpack_few():
    a, b, c = [1, 2]
def unpack_none():
    a, b = None
def unpack_int():
    a, = 5
def star_few():
    a, *b, c = [1]
def assign_none():
    None.x = 1
def del_missing_key():
    d = {}
    del d["x"]
def del_index():
    l = []
    del l[0]
def item_of_int():
    x = 5
    x[0] = 1
def item_of_none():
    x = None
    x["a"] = 1
def item_del_int():
    x = 5
    del x[0]
def assertion():
    assert [], "empty list"
def assertion_bare():
    assert 0
def for_int():
    for i in 5: pass
def with_int():
    with 5: pass
for f in (assign_tuple, assign_str, delete_str, assign_range, unpack_few, unpack_none, unpack_int, star_few, del_missing_key, del_index, item_of_int, item_of_none, item_del_int, assertion, assertion_bare, for_int, with_int):
    attempt(f)
