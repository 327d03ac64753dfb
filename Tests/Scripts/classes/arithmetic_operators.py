# Arithmetic dunders, reflected and in place.
log = []
class N:
    def __init__(self, v): self.v = v
    def __repr__(self): return "N(%r)" % (self.v,)
    def __add__(self, o): return self.op("add", o)
    def __sub__(self, o): return self.op("sub", o)
    def __mul__(self, o): return self.op("mul", o)
    def __truediv__(self, o): return self.op("truediv", o)
    def __floordiv__(self, o): return self.op("floordiv", o)
    def __mod__(self, o): return self.op("mod", o)
    def __divmod__(self, o): return self.op("divmod", o)
    def __pow__(self, o, m=None): return self.op("pow", (o, m))
    def __lshift__(self, o): return self.op("lshift", o)
    def __rshift__(self, o): return self.op("rshift", o)
    def __and__(self, o): return self.op("and", o)
    def __or__(self, o): return self.op("or", o)
    def __xor__(self, o): return self.op("xor", o)
    def __matmul__(self, o): return self.op("matmul", o)
    def __radd__(self, o): return self.op("radd", o)
    def __rsub__(self, o): return self.op("rsub", o)
    def __rmul__(self, o): return self.op("rmul", o)
    def __rtruediv__(self, o): return self.op("rtruediv", o)
    def __rfloordiv__(self, o): return self.op("rfloordiv", o)
    def __rmod__(self, o): return self.op("rmod", o)
    def __rdivmod__(self, o): return self.op("rdivmod", o)
    def __rpow__(self, o): return self.op("rpow", o)
    def __rlshift__(self, o): return self.op("rlshift", o)
    def __rrshift__(self, o): return self.op("rrshift", o)
    def __rand__(self, o): return self.op("rand", o)
    def __ror__(self, o): return self.op("ror", o)
    def __rxor__(self, o): return self.op("rxor", o)
    def __neg__(self): return "neg"
    def __pos__(self): return "pos"
    def __invert__(self): return "invert"
    def __abs__(self): return "abs"
    def __int__(self): return 42
    def __float__(self): return 4.5
    def __index__(self): return 2
    def __round__(self, n=None): return "round %s" % n
    def op(self, name, o): return "%s(%r, %r)" % (name, self.v, o.v if isinstance(o, N) else o)
a, b = N(1), N(2)
print(a + b, a - b, a * b, a / b, a // b, a % b, divmod(a, b), a ** b, a << b, a >> b, a & b, a | b, a ^ b, a @ b)
print(a + 5, a - 5, a * 5, a / 5, a // 5, a % 5, divmod(a, 5), a ** 5, a << 5, a >> 5, a & 5, a | 5, a ^ 5)
print(5 + a, 5 - a, 5 * a, 5 / a, 5 // a, 5 % a, divmod(5, a), 5 ** a, 5 << a, 5 >> a, 5 & a, 5 | a, 5 ^ a)
print(1.5 + a, [1] + a, "x" + a, None + a, "", pow(a, 2, 3), "")
print(-a, +a, ~a, abs(a), int(a), float(a), round(a), round(a, 2), [10, 20, 30][a], "abc"[a], bin(a), hex(a), range(a), [1, 2, 3][:a], chr(N(0)))
class I:
    def __init__(self, v): self.v = v
    def __iadd__(self, o):
        self.v.append(o)
        return self
    def __isub__(self, o): return "replaced"
    def __imul__(self, o): return NotImplemented
    def __mul__(self, o): return "mul fallback"
i = I([])
j = i
i += 1
i += 2
print(i.v, i is j)
j -= 1
print(j)
i *= 3
print(i)
a += 1
print(a)
class Left:
    def __add__(self, o): return NotImplemented
class Right:
    def __radd__(self, o): return "right took it"
print(Left() + Right())
def attempt(f):
    try:
        print(f())
    except TypeError as e:
        print(e)
attempt(lambda: Left() + Left())
attempt(lambda: Left() + 1)
attempt(lambda: 1 + Left())
attempt(lambda: Right() + 1)
attempt(lambda: Left() - 1)
attempt(lambda: -Left())
attempt(lambda: ~Left())
attempt(lambda: abs(Left()))
attempt(lambda: int(Left()))
attempt(lambda: float(Left()))
attempt(lambda: round(Left()))
attempt(lambda: [1][Left()])
attempt(lambda: Left() ** 2)
attempt(lambda: Left() @ 2)
attempt(lambda: divmod(Left(), 1))
def aug():
    x = Left()
    x += 1
attempt(aug)
def aug2():
    x = Left()
    x <<= 1
attempt(aug2)
class Base:
    def __add__(self, o): return "base add"
    def __radd__(self, o): return "base radd"
class Derived(Base):
    def __radd__(self, o): return "derived radd first"
print(Base() + Derived(), Derived() + Base(), Base() + Base())
