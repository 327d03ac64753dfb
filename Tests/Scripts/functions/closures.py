# Closures share variables, not values.
def counter(start=0):
    n = start
    def inc(by=1):
        nonlocal n
        n += by
        return n
    def reset():
        nonlocal n
        n = start
    def get():
        return n
    return inc, reset, get
inc, reset, get = counter(5)
inc2, _, get2 = counter()
print(inc(), inc(10), get(), inc2(), get2())
reset()
print(get(), get2())
late = []
for i in range(3):
    late.append(lambda: i)
print([f() for f in late])
i = "changed"
print([f() for f in late])
def make():
    fs = []
    for i in range(3):
        fs.append(lambda: i)
    i = 10
    return fs
print([f() for f in make()])
def bind(i):
    return lambda: i
print([f() for f in [bind(i) for i in range(3)]])
def compose(*fs):
    def composed(x):
        for f in reversed(fs):
            x = f(x)
        return x
    return composed
print(compose(lambda x: x + 1, lambda x: x * 2)(5))
def curry(f, *first):
    return lambda *rest, **kw: f(*first, *rest, **kw)
print(curry(max, 3)(1, 2), curry(print, "curried")("x", sep="-"))
def memoize(f):
    cache = {}
    def wrapper(*args):
        if args not in cache:
            cache[args] = f(*args)
        return cache[args]
    wrapper.cache = cache
    return wrapper
def fib(n):
    return n if n < 2 else fib(n - 1) + fib(n - 2)
fib = memoize(fib)
print(fib(80), len(fib.cache))
def deep():
    a = 1
    def b():
        c = a + 1
        def d():
            e = a + c
            def f():
                return a, c, e
            return f
        return d
    return b()()()
print(deep())
def unassigned():
    def use():
        return value
    try:
        use()
    except NameError as e:
        print(type(e).__name__, e)
    value = 1
    print(use())
    del value
    try:
        use()
    except NameError as e:
        print(e)
unassigned()
def parameter(x):
    def change():
        nonlocal x
        x = x * 2
        return x
    return change
c = parameter(21)
print(c(), c())
def shadow(x):
    def inner():
        x = "inner"
        return x
    return inner(), x
print(shadow("outer"))
def accumulate():
    items = []
    return items.append, items
add, items = accumulate()
add(1); add(2)
print(items)
def fixpoint(f):
    return (lambda x: f(lambda *a: x(x)(*a)))(lambda x: f(lambda *a: x(x)(*a)))
print(fixpoint(lambda self: lambda n: 1 if n == 0 else n * self(n - 1))(10))
def loop_closure():
    total = 0
    def add(k):
        nonlocal total
        total += k
    for k in range(100):
        add(k)
    return total
print(loop_closure())
def exception_in_closure():
    def f():
        return missing_name
    try:
        f()
    except NameError as e:
        return str(e)
print(exception_in_closure())
def self_reference():
    def f(n):
        return n if n == 0 else f(n - 1)
    return f
print(self_reference()(5))
def comprehension_capture():
    x = 5
    return [lambda y: x + y for _ in range(2)], {k: (lambda: x + k) for k in range(2)}
fs, gs = comprehension_capture()
print(fs[0](1), gs[0](), gs[1]())
