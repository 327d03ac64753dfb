# References held by closures, defaults, attributes, bound methods.
import sys
x = []
def default(a=x):
    return a
print(sys.getrefcount(x))  # expect: 3
def make(v):
    def get():
        return v
    return get
get = make(x)
print(sys.getrefcount(x))
get2 = make(x)
print(sys.getrefcount(x))
del get
print(sys.getrefcount(x))
get2 = None
del default
print(sys.getrefcount(x))  # expect: 2
class C:
    shared = x
    def __init__(self, v):
        self.v = v
    def method(self):
        return sys.getrefcount(self)
print(sys.getrefcount(x))
c = C(x)
print(sys.getrefcount(x), sys.getrefcount(c))
c.again = x
print(sys.getrefcount(x))
c.v = None
del c.again
print(sys.getrefcount(x))
bound = c.method
print(sys.getrefcount(c))
bound2 = c.method
print(sys.getrefcount(c), bound is bound2, bound == bound2)
del bound, bound2
print(sys.getrefcount(c))
C.shared = None
print(sys.getrefcount(x))
objects = [C(i) for i in range(3)]
print([sys.getrefcount(o) for o in objects])
def args(*a, **k):
    return sys.getrefcount(a), sys.getrefcount(k)
print(args(1, 2, z=3))
l = lambda v=x: v
print(sys.getrefcount(x))
l = None
partial = [lambda: x]
print(sys.getrefcount(x))
def fail(v):
    raise ValueError(v)
try:
    fail(x)
except ValueError as e:
    kept = e.args
print(sys.getrefcount(x))
del kept
print(sys.getrefcount(x))
