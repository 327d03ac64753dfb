# sys.getrefcount: names add one each, the argument of the call one more.
import sys
foo = []
print(sys.getrefcount(foo))  # expect: 2
bar = foo
print(sys.getrefcount(foo))  # expect: 3
baz = bar
print(sys.getrefcount(foo), sys.getrefcount(baz))
del baz
print(sys.getrefcount(foo))
bar = None
print(sys.getrefcount(foo))
def local():
    x = []
    y = x
    before = sys.getrefcount(x)
    del y
    return before, sys.getrefcount(x)
print(local())
def parameter(p):
    return sys.getrefcount(p)
def parameter_twice(p):
    q = p
    return sys.getrefcount(q)
print(parameter(foo), parameter_twice(foo))
print(sys.getrefcount([]), sys.getrefcount({}), sys.getrefcount([1, 2]))
foo = bar = []
print(sys.getrefcount(foo))
foo, bar = bar, foo
print(sys.getrefcount(foo))
x, y = [], []
x, y = y, x
print(sys.getrefcount(x), sys.getrefcount(y))
z = x
print(sys.getrefcount(x))
w = x or y
print(sys.getrefcount(x), sys.getrefcount(y))
for i in range(3):
    v = x
print(sys.getrefcount(x))
def returns(a):
    return a
print(sys.getrefcount(returns(x)), sys.getrefcount(x))
