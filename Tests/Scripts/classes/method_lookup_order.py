# A method is looked up before its arguments are evaluated; what del says of items.
class A:
    def f(self, *a): return a
def g(x):
    print("g", x); return x
a = A()
print(a.f(g(1), g(2)))
try:
    a.nope(g(3))
except AttributeError as e: print(e)
a.h = lambda *x: x
print(a.h(g(4)), a.f(1), [].count(g(5)), "x".join([str(i) for i in range(3)]))
import math
print(math.sqrt(g(16)))
try: del a[1]
except TypeError as e: print(e)
try: del a["x"]
except TypeError as e: print(e)
try: del (1,2)[0]
except TypeError as e: print(e)
try: del (1)[0]
except TypeError as e: print(e)
