# Error messages around classes and instances.
class A:
    x = 1
    def m(self): return 1
a = A()
def attempt(f):
    try:
        print(f())
    except Exception as e:
        print(type(e).__name__, e)
attempt(lambda: a.y)
attempt(lambda: A.y)
attempt(lambda: a.m.y)
attempt(lambda: a())
attempt(lambda: a + a)
attempt(lambda: a < a)
attempt(lambda: a[0])
attempt(lambda: A[0])
attempt(lambda: len(a))
attempt(lambda: iter(a))
attempt(lambda: -a)
attempt(lambda: a in a)
attempt(lambda: "%d" % a)
attempt(lambda: "x" + a)
attempt(lambda: [1] + a)
attempt(lambda: int(a))
attempt(lambda: float(a))
attempt(lambda: a.m(1))
attempt(lambda: A.m())
attempt(lambda: A(1))
attempt(lambda: A() + 1)
attempt(lambda: A + A)
attempt(lambda: A < A)
attempt(lambda: len(A))
attempt(lambda: A.m.x)
attempt(lambda: a.m + 1)
attempt(lambda: (lambda: 1).x)
attempt(lambda: range(a))
attempt(lambda: chr(a))
attempt(lambda: "abc"[a])
attempt(lambda: ",".join([a]))
attempt(lambda: sum([a, a]))
attempt(lambda: sorted([a, a]))
attempt(lambda: isinstance(a, a))
attempt(lambda: a.x())
attempt(lambda: a.x.y.z)
attempt(lambda: setattr(a, 5, 1))
attempt(lambda: [][a])
attempt(lambda: {}[a.y])
attempt(lambda: print(*a))
attempt(lambda: print(**a))
def delete():
    del a.x
attempt(delete)
def base_missing():
    class B(NotDefined): pass
attempt(base_missing)
def base_bool():
    class B(bool): pass
attempt(base_bool)
def with_instance():
    with a: pass
attempt(with_instance)
def for_instance():
    for x in a: pass
attempt(for_instance)
def unpack():
    p, q = a
attempt(unpack)
def aug():
    b = A()
    b += 1
attempt(aug)
def raise_instance():
    raise a
attempt(raise_instance)
def raise_class():
    raise A
attempt(raise_class)
def init_fails():
    class B:
        def __init__(self):
            raise ValueError("in init")
    B()
attempt(init_fails)
def body_fails():
    class B:
        x = 1 / 0
attempt(body_fails)
