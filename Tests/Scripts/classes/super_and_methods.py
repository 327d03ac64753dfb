# super() in every position; bound methods; overriding and cooperation along a single chain.
class A:
    def __init__(self, *args, **kw):
        self.trace = ["A"]
        self.args, self.kw = args, kw
    def f(self, x): return ["A.f", x]
    def g(self): return self.h()
    def h(self): return "A.h"
    attr = "A.attr"
class B(A):
    def __init__(self, *args, **kw):
        super().__init__(*args, extra=1, **kw)
        self.trace.append("B")
    def f(self, x): return ["B.f"] + super().f(x + 1)
    def h(self): return "B.h+" + super().h()
    attr = "B.attr"
    def up(self): return super().attr
class C(B):
    def __init__(self, n):
        super().__init__(n, n + 1)
        self.trace.append("C")
    def f(self, x): return ["C.f"] + super().f(x * 2)
c = C(5)
print(c.trace, c.args, c.kw, c.f(3), c.g(), c.up(), c.attr)
print(A.f(c, 1), B.f(c, 1), super(C, c).f(1), super(B, c).f(1), super(C, c).attr, super(B, c).attr)
class D(A):
    def nested(self):
        def inner():
            return super(D, self).h()
        return inner(), [super(D, self).h() for _ in range(2)]
    def in_lambda(self):
        return (lambda: super(D, self).f(0))()
    def zero_arg_nested(self):
        s = super()
        return s.f(9)
print(D().nested(), D().in_lambda(), D().zero_arg_nested())
def attempt(f):
    try:
        print(f())
    except Exception as e:
        print(type(e).__name__, e)
class E(A):
    def missing(self): return super().not_there
    def no_parent_method(self): return super().zzz()
attempt(E().missing)
attempt(E().no_parent_method)
attempt(lambda: super())
class F:
    def init_object(self): return super().__repr__()[:1]
print(F().init_object())
m = c.f
c.f = lambda x: "instance override"
print(c.f(1), m(1), type(c).f(c, 1))
del c.f
print(c.f(1))
methods = [obj.h for obj in (A(), B(), C(1))]
print([h() for h in methods], methods[0].__self__.trace, methods[0] == methods[0], methods[0] == methods[1])
B.h = lambda self: "patched " + A.h(self)
print(c.g(), C(1).h())
del B.h
print(c.g())
class Stack(A):
    def push(self, x): self.args += (x,)
s = Stack(1)
s.push(2)
print(s.args)
class Template:
    def run(self): return self.before() + ["run"] + self.after()
    def before(self): return []
    def after(self): return []
class Step(Template):
    def before(self): return super().before() + ["before"]
class MoreStep(Step):
    def before(self): return super().before() + ["more"]
    def after(self): return ["after"] + super().after()
print(Template().run(), Step().run(), MoreStep().run())
class Visitor:
    def visit(self, node): return getattr(self, "visit_" + type(node).__name__, self.generic)(node)
    def generic(self, node): return "generic " + type(node).__name__
    def visit_int(self, node): return "int %d" % node
    def visit_list(self, node): return [self.visit(x) for x in node]
print(Visitor().visit([1, "a", [2.5, 3]]))
