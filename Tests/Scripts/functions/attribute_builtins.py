# getattr, setattr, hasattr, delattr, isinstance, issubclass, type, id, callable.
class A:
    kind = "A"
    def __init__(self):
        self.x = 1
    def method(self):
        return "method"
class B(A):
    pass
a, b = A(), B()
print(getattr(a, "x"), getattr(a, "y", "default"), getattr(a, "method")(), getattr(A, "kind"), getattr(b, "kind"))
setattr(a, "y", 2)
setattr(a, "with space", 3)
print(a.y, getattr(a, "with space"), hasattr(a, "y"), hasattr(b, "y"), hasattr(A, "method"), hasattr(a, "__init__"), hasattr(5, "real"), hasattr([], "append"))
delattr(a, "y")
print(hasattr(a, "y"))
setattr(A, "new", lambda self: "new method")
print(a.new(), b.new())
B.kind = "B"
print(a.kind, b.kind, A.kind)
b.kind = "instance"
print(b.kind, B.kind)
del b.kind
print(b.kind)
del B.kind
print(b.kind)
def attempt(f):
    try:
        print(f())
    except Exception as e:
        print(type(e).__name__, e)
attempt(lambda: a.missing)  # expect: AttributeError 'A' object has no attribute 'missing'
attempt(lambda: A.missing)  # expect: AttributeError type object 'A' has no attribute 'missing'
attempt(lambda: delattr(a, "missing"))
attempt(lambda: delattr(A, "missing"))
attempt(lambda: None.missing)
attempt(lambda: (5).missing)
attempt(lambda: "s".missing())
attempt(lambda: [].missing)
attempt(lambda: len.missing)
attempt(lambda: a.method.missing)
attempt(lambda: setattr(5, "real", 1))
attempt(lambda: setattr(int, "x", 1))
attempt(lambda: delattr(int, "real"))
attempt(lambda: int.missing)
def set_on_int():
    x = 5
    x.attr = 1
def del_class_attr():
    del a.kind
attempt(del_class_attr)
print(isinstance(a, A), isinstance(b, A), isinstance(a, B), isinstance(b, (int, A)), isinstance(5, (str, (float, int))), isinstance(None, type(None)), isinstance(A, type), isinstance(a, object), isinstance(1, ()))
print(issubclass(B, A), issubclass(A, B), issubclass(A, A), issubclass(bool, (str, int)), issubclass(B, object), issubclass(ValueError, Exception))
print(type(a) is A, type(b) is A, type(A) is type, type(type) is type, type(a).__name__, a.__class__ is A, type(5)(7), type(a)().x, type([])((1, 2)))
print(id(a) == id(a), id(a) == id(b), callable(A), callable(a), callable(a.method), callable(5), callable(None), callable(lambda: 0))
class Callable:
    def __call__(self, *args):
        return args
print(callable(Callable()), Callable()(1, 2))
for name in ("x", "method", "nothing"):
    print(name, hasattr(a, name), type(getattr(a, name, None)).__name__)
def count_attributes(o, names):
    return [n for n in names if hasattr(o, n)]
print(count_attributes(b, ["x", "kind", "zzz", "new"]))
