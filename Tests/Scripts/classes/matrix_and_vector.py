# Vectors, matrices and polynomials with operators and indexing.
class Vector:
    def __init__(self, *xs): self.xs = list(xs)
    def __len__(self): return len(self.xs)
    def __getitem__(self, i): return Vector(*self.xs[i]) if isinstance(i, slice) else self.xs[i]
    def __setitem__(self, i, v): self.xs[i] = v
    def __add__(self, o): return Vector(*[a + b for a, b in zip(self, o, strict=True)])
    def __iadd__(self, o):
        for i in range(len(self)):
            self.xs[i] += o[i]
        return self
    def __mul__(self, k): return sum([a * b for a, b in zip(self.xs, k.xs)]) if isinstance(k, Vector) else Vector(*[a * k for a in self.xs])
    def __rmul__(self, k): return self * k
    def __neg__(self): return self * -1
    def __eq__(self, o): return self.xs == o.xs
    def __repr__(self): return "Vector(" + ", ".join([str(x) for x in self.xs]) + ")"
    def __abs__(self): return (self * self) ** 0.5
    def __bool__(self): return any(self.xs)
    def __contains__(self, x): return x in self.xs
v, w = Vector(1, 2, 3), Vector(4, 5, 6)
print(v + w, v * w, v * 2, 2 * v, -v, v == Vector(1, 2, 3), v != w, abs(Vector(3, 4)), v[0], v[-1], v[1:], len(v), 2 in v, bool(Vector(0, 0)))
alias = v
v += w
v[0] = 100
print(alias, v is alias, [x * 2 for x in v], list(reversed(v)), max(v), sum(v), sorted(v, reverse=True))
try:
    v + Vector(1)
except ValueError as e:
    print(e)
a, b, c = w
print(a, b, c, [*w], dict(enumerate(w)))
class Matrix:
    def __init__(self, rows): self.rows = [list(r) for r in rows]
    def __matmul__(self, o): return Matrix([[sum([a * b for a, b in zip(r, c)]) for c in zip(*o.rows)] for r in self.rows])
    def __getitem__(self, key):
        i, j = key
        return self.rows[i][j]
    def __setitem__(self, key, value):
        i, j = key
        self.rows[i][j] = value
    def __repr__(self): return "\n".join([" ".join(["%4d" % x for x in r]) for r in self.rows])
    def __pow__(self, n):
        result = Matrix([[int(i == j) for j in range(len(self.rows))] for i in range(len(self.rows))])
        base = self
        while n:
            if n & 1:
                result = result @ base
            base = base @ base
            n >>= 1
        return result
m = Matrix([[1, 1], [1, 0]])
print(m ** 10, (m ** 90)[0, 1], m @ m, sep="\n")
m[0, 1] = 7
m[1, 1] += 3
print(m, m[0, 1])
try:
    m[5]
except TypeError as e:
    print(e)
class Polynomial:
    def __init__(self, *c): self.c = list(c)
    def __call__(self, x):
        r = 0
        for a in reversed(self.c):
            r = r * x + a
        return r
    def __mul__(self, o):
        out = [0] * (len(self.c) + len(o.c) - 1)
        for i, a in enumerate(self.c):
            for j, b in enumerate(o.c):
                out[i + j] += a * b
        return Polynomial(*out)
    def __str__(self):
        parts = [("%d" % a if i == 0 else "%dx" % a if i == 1 else "%dx^%d" % (a, i)) for i, a in enumerate(self.c) if a]
        return " + ".join(reversed(parts)) or "0"
p = Polynomial(1, 1)
q = p
for _ in range(5):
    q = q * p
print(q, q(1), q(-1), q(10), Polynomial(0), list(map(p, range(3))))
