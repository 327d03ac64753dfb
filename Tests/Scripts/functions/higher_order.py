# map, filter, sorted and friends with user functions that fail or have state.
def reduce(f, items, start):
    for x in items:
        start = f(start, x)
    return start
print(reduce(lambda a, b: a + b, range(10), 0), reduce(lambda a, b: a * b, range(1, 11), 1), reduce(max, [3, 9, 2], 0))
def take(n, it):
    out = []
    for x in it:
        if len(out) >= n:
            break
        out.append(x)
    return out
class Naturals:
    def __init__(self):
        self.n = -1
    def __iter__(self):
        return self
    def __next__(self):
        self.n += 1
        return self.n
print(take(5, map(lambda x: x * x, filter(lambda x: x % 2, Naturals()))), take(3, zip(Naturals(), "abcdef")), take(3, enumerate(Naturals(), 5)))
log = []
def noisy(x):
    log.append(x)
    return x > 1
print(any(map(noisy, [1, 2, 3])), log, all(map(noisy, [5, 0, 7])), log)
def fails_at(n):
    def f(x):
        if x == n:
            raise ValueError("at %d" % n)
        return x
    return f
m = map(fails_at(2), [1, 2, 3])
out = []
while True:
    try:
        out.append(next(m))
    except ValueError as e:
        out.append(str(e))
    except StopIteration:
        break
print(out)
for f in (lambda: list(map(fails_at(1), [1])), lambda: sorted([1, 2], key=fails_at(2)), lambda: max([1, 2], key=fails_at(2)), lambda: list(filter(fails_at(3), [3])), lambda: sum(map(fails_at(0), [0])), lambda: [fails_at(1)(x) for x in [1]], lambda: dict(map(lambda x: (x, fails_at(x)(x)), [9])), lambda: "".join(map(fails_at(4), [4])), lambda: tuple(map(fails_at(4), [4]))):
    try:
        print(f())
    except ValueError as e:
        print(e)
def group_by(key, items):
    out = {}
    for x in items:
        out.setdefault(key(x), []).append(x)
    return out
print(group_by(len, ["a", "bb", "cc", "d"]), group_by(lambda x: x % 3, range(10)))
pipeline = [str.strip, str.lower, lambda s: s.replace(" ", "_")]
print(reduce(lambda v, f: f(v), pipeline, "  Hello World "))
def partition(f, items):
    yes, no = [], []
    for x in items:
        (yes if f(x) else no).append(x)
    return yes, no
print(partition(lambda x: x % 2, range(7)))
print(list(map(lambda f, x: f(x), [abs, str, bool], [-1, -1, -1])), sorted("banana", key=lambda c: (-"banana".count(c), c)), max({"a": 3, "b": 7}.items(), key=lambda kv: kv[1]))
def twice(f): return lambda x: f(f(x))
print(twice(twice)(lambda x: x + 1)(0), twice(twice(twice))(lambda x: x * 2)(1))
def zip_with(f, a, b): return [f(x, y) for x, y in zip(a, b)]
print(zip_with(pow, [2, 3], [5, 2]), zip_with(divmod, [7, 9], [2, 4]), list(map(pow, [2, 3], [5, 2], [7, 7])))
