# A rational number class: operators, hashing, ordering, conversion.
import math
class Fraction:
    def __init__(self, numerator, denominator=1):
        if denominator == 0:
            raise ZeroDivisionError("Fraction(%d, 0)" % numerator)
        if denominator < 0:
            numerator, denominator = -numerator, -denominator
        g = math.gcd(numerator, denominator)
        self.n, self.d = numerator // g, denominator // g
    def lift(self, x): return x if isinstance(x, Fraction) else Fraction(x)
    def __add__(self, o):
        o = self.lift(o)
        return Fraction(self.n * o.d + o.n * self.d, self.d * o.d)
    def __sub__(self, o):
        o = self.lift(o)
        return Fraction(self.n * o.d - o.n * self.d, self.d * o.d)
    def __mul__(self, o):
        o = self.lift(o)
        return Fraction(self.n * o.n, self.d * o.d)
    def __truediv__(self, o):
        o = self.lift(o)
        return Fraction(self.n * o.d, self.d * o.n)
    def __radd__(self, o): return self + o
    def __rsub__(self, o): return Fraction(o) - self
    def __rmul__(self, o): return self * o
    def __rtruediv__(self, o): return Fraction(o) / self
    def __pow__(self, k): return Fraction(self.n ** k, self.d ** k) if k >= 0 else Fraction(self.d ** -k, self.n ** -k)
    def __neg__(self): return Fraction(-self.n, self.d)
    def __abs__(self): return Fraction(abs(self.n), self.d)
    def __eq__(self, o):
        if isinstance(o, int):
            return self.d == 1 and self.n == o
        return isinstance(o, Fraction) and (self.n, self.d) == (o.n, o.d)
    def __lt__(self, o):
        o = self.lift(o)
        return self.n * o.d < o.n * self.d
    def __hash__(self): return hash(self.n) if self.d == 1 else hash((self.n, self.d))
    def __float__(self): return self.n / self.d
    def __int__(self): return self.n // self.d if self.n >= 0 else -(-self.n // self.d)
    def __bool__(self): return self.n != 0
    def __str__(self): return str(self.n) if self.d == 1 else "%d/%d" % (self.n, self.d)
    def __repr__(self): return "Fraction(%d, %d)" % (self.n, self.d)
a, b = Fraction(1, 2), Fraction(-3, 4)
print(a + b, a - b, a * b, a / b, -a, abs(b), a ** 3, a ** -2, 1 + a, 1 - a, 2 * a, 1 / a, a + 1)
print(a == Fraction(2, 4), a == 1, Fraction(4, 2) == 2, 2 == Fraction(4, 2), a != b, a < b, a > b, a < 1, a > 0)
print(float(a), int(Fraction(-7, 2)), bool(Fraction(0, 5)), [a, b], str(a), sorted([a, b, Fraction(1, 3), 0 * a]), max(a, b))
print({a: "half"}[Fraction(5, 10)], hash(Fraction(6, 3)) == hash(2), {Fraction(1): 1, 1: 2}, sum([Fraction(1, k) for k in range(1, 21)]))
a += 1
print(a)
try:
    Fraction(1, 0)
except ZeroDivisionError as e:
    print(e)
try:
    Fraction(1) / Fraction(0)
except ZeroDivisionError as e:
    print(e)
x = Fraction(1)
for _ in range(6):
    x = (x + 2 / x) / 2
print(x, float(x))
def continued(n):
    v = Fraction(1)
    for _ in range(n):
        v = 1 + 1 / v
    return v
print([str(continued(n)) for n in range(8)], continued(60))
