# Comprehensions have a scope of their own; clauses nest from left to right.
print([x * x for x in range(5)], [x for x in range(10) if x % 2 if x % 3], [(x, y) for x in range(3) for y in range(x)], [[y for y in range(x)] for x in range(4)])
print({x: x * x for x in range(4)}, {k: v for k, v in [("a", 1), ("b", 2), ("a", 3)]}, {x % 3 for x in range(10)}, {v: k for k, v in {"x": 1}.items()})
x = "outer"
values = [x for x in range(3)]
print(x, values)  # expect: outer [0, 1, 2]
print([x for x in [1, 2] for x in [x * 10, x * 20]], x)
n = 3
print([n * i for i in range(n)], [[i * j for j in range(3)] for i in range(3)])
fs = [lambda: i for i in range(3)]
print([f() for f in fs])  # expect: [2, 2, 2]
fs = [lambda i=i: i for i in range(3)]
print([f() for f in fs])  # expect: [0, 1, 2]
def outer(k):
    return [k + j for j in range(k) if j != k - 1], {j: k for j in range(2)}
print(outer(4))
class C:
    size = 3
    items = [i for i in range(size)]
    pairs = [(a, b) for a in range(2) for b in "xy"]
print(C.items, C.pairs, hasattr(C, "i"))
class D:
    base = 10
    try:
        shifted = [base + i for i in range(2)]
    except NameError as e:
        print("NameError", e)
matrix = [[1, 2, 3], [4, 5, 6]]
print([[row[i] for row in matrix] for i in range(3)], [v for row in matrix for v in row], [v for row in matrix if row[0] > 1 for v in row if v % 2])
print([a + b for a, b in zip("abc", "xyz")], [first for first, *rest in ["abc", "de"]], [rest for first, *rest in ["abc", "de"]], [i for i, c in enumerate("hello") if c == "l"])
print([x if x % 2 else -x for x in range(5)], [(lambda y: y + x)(1) for x in range(3)], [None for _ in range(2)], [[] for _ in range(2)], [not x for x in (0, 1)])
log = []
def noisy(v):
    log.append(v)
    return v
result = [noisy(("in", a, b)) for a in (noisy("A"), noisy("B")) for b in (noisy("1"), noisy("2")) if noisy("cond")]
print(len(result), log[:6], len(log))
try:
    [1 / v for v in (1, 0)]
except ZeroDivisionError as e:
    print(e)
try:
    [undefined for v in (1,)]
except NameError as e:
    print(e)
try:
    [v for v in 5]
except TypeError as e:
    print(e)
try:
    [a for a, b in [(1, 2, 3)]]
except ValueError as e:
    print(e)
try:
    {v: 1 for v in [[]]}
except TypeError as e:
    print(e)
try:
    print(v)
except NameError as e:
    print(e)
total = 0
def add(v):
    global total
    total += v
[add(v) for v in range(5)]
print(total)
primes = [p for p in range(2, 50) if all([p % q for q in range(2, p)])]
print(primes)
print(sorted([w for w in "the cat sat on the mat".split()], key=len), {w: len(w) for w in ["a", "bb"]}, len({c for c in "mississippi"}))
