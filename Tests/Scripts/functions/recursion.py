# Recursive programs; RecursionError can be caught and the program goes on.
def fact(n): return 1 if n == 0 else n * fact(n - 1)
def fib(n): return n if n < 2 else fib(n - 1) + fib(n - 2)
def ackermann(m, n):
    if m == 0:
        return n + 1
    if n == 0:
        return ackermann(m - 1, 1)
    return ackermann(m - 1, ackermann(m, n - 1))
def hanoi(n, a, b, c):
    return [] if n == 0 else hanoi(n - 1, a, c, b) + [(a, c)] + hanoi(n - 1, b, a, c)
def is_even(n): return True if n == 0 else is_odd(n - 1)
def is_odd(n): return False if n == 0 else is_even(n - 1)
def flatten(x): return [v for item in x for v in (flatten(item) if isinstance(item, list) else [item])]
print(fact(20), fact(50), fib(18), ackermann(2, 5), len(hanoi(8, "a", "b", "c")), hanoi(2, "a", "b", "c"), is_even(200), flatten([1, [2, [3, [4]], 5], []]))
def binary(n): return "" if n == 0 else binary(n // 2) + str(n % 2)
def power_set(s): return [[]] if not s else [x for rest in power_set(s[1:]) for x in (rest, [s[0]] + rest)]
def gcd(a, b): return a if b == 0 else gcd(b, a % b)
print(binary(1000), power_set([1, 2, 3]), gcd(1071, 462))
def forever(n): return forever(n + 1)
for attempt in range(3):
    try:
        forever(0)
    except RecursionError as e:
        print(type(e).__name__, e, isinstance(e, RuntimeError))
depth = 0
def count():
    global depth
    depth += 1
    count()
try:
    count()
except RecursionError:
    print(900 < depth <= 1000)
class Loop:
    def __repr__(self):
        return repr(self)
    def __eq__(self, other):
        return self == other
    def __len__(self):
        return len(self)
for f in (lambda: repr(Loop()), lambda: Loop() == 1, lambda: len(Loop())):
    try:
        f()
    except RecursionError as e:
        print("RecursionError", str(e).startswith("maximum recursion depth exceeded"))
def guarded(n):
    try:
        return guarded(n + 1)
    except RecursionError:
        return n
print(guarded(0) > 900)
def with_finally(n, log):
    try:
        with_finally(n + 1, log)
    finally:
        log[0] += 1
log = [0]
try:
    with_finally(0, log)
except RecursionError:
    print(log[0] > 900)
import sys
print(sys.getrecursionlimit())  # expect: 1000
sys.setrecursionlimit(3000)
def deep(n): return 0 if n == 0 else 1 + deep(n - 1)
print(deep(2500))
sys.setrecursionlimit(200)
try:
    deep(250)
except RecursionError as e:
    print(e)
for bad in (0, -5, "x"):
    try:
        sys.setrecursionlimit(bad)
    except (ValueError, TypeError) as e:
        print(type(e).__name__, e)
sys.setrecursionlimit(1000)
print(deep(900))
def queens(n, row=0, cols=(), d1=(), d2=()):
    if row == n:
        return 1
    total = 0
    for c in range(n):
        if c not in cols and row + c not in d1 and row - c not in d2:
            total += queens(n, row + 1, cols + (c,), d1 + (row + c,), d2 + (row - c,))
    return total
print([queens(n) for n in range(1, 7)])
