# enumerate, zip, map, filter, reversed, iter and next.
print(list(enumerate("ab")), list(enumerate([5, 6], 10)), list(enumerate("a", start=-1)), dict(enumerate("xy")), list(enumerate([])))
print(list(zip([1, 2, 3], "ab")), list(zip()), list(zip([1])), list(zip([1, 2], [3, 4], strict=True)), list(zip(*[(1, 2), (3, 4)])), list(zip(range(3), range(10, 20), "xyz")))
print(list(map(str, [1, 2])), list(map(lambda a, b: a + b, [1, 2, 3], [10, 20])), list(map(len, ["a", "bb"])), list(map(int, "123")), list(map(max, [1, 5], [3, 2], [2, 9])))
print(list(filter(None, [0, 1, "", "a", None, [], [0]])), list(filter(lambda x: x > 1, [1, 2, 3])), list(filter(str.isalpha, "a1b2")))
print(list(reversed([1, 2, 3])), list(reversed("abc")), list(reversed((1, 2))), list(reversed(range(4))), "".join(reversed("abc")))
it = iter([1, 2, 3])
print(list(zip(it, it)), next(it, "empty"))
it = iter("abcdef")
print([a + b for a, b in zip(it, it)])
m = map(lambda x: print("mapping", x) or x, [1, 2])
print("lazy")
print(next(m), next(m), next(m, None))
e = enumerate(["x", "y"])
print(next(e), iter(e) is e, list(e), type(e).__name__, type(m).__name__, type(zip()).__name__, type(filter(None, [])).__name__, type(reversed([])).__name__)
calls = [0]
def tick():
    calls[0] += 1
    return calls[0]
print(list(iter(tick, 4)), calls)
for x in iter(lambda: calls.append(1) or len(calls), 4):
    print("called", x)
class Countdown:
    def __init__(self, n):
        self.n = n
    def __iter__(self):
        return self
    def __next__(self):
        if self.n == 0:
            raise StopIteration
        self.n -= 1
        return self.n
print(list(Countdown(3)), tuple(Countdown(2)), sum(Countdown(4)), max(Countdown(3)), 1 in Countdown(3), sorted(Countdown(3)), [*Countdown(2)], dict(zip(Countdown(2), "ab")), set(Countdown(3)), list(map(str, Countdown(2))), ",".join(map(str, Countdown(3))))
a, b, c = Countdown(3)
print(a, b, c, min(Countdown(2)), any(Countdown(1)), all(Countdown(2)), list(enumerate(Countdown(2))))
class Seq:
    def __getitem__(self, i):
        if i > 3:
            raise IndexError("past")
        return i * i
    def __len__(self):
        return 4
print(list(Seq()), 9 in Seq(), 5 in Seq(), list(reversed(Seq())), [x for x in Seq()], sum(Seq()), list(zip(Seq(), "ab")))
it = iter(Seq())
print(next(it), next(it), type(it).__name__)
def attempt(f):
    try:
        print(f())
    except Exception as e:
        print(type(e).__name__, e)
attempt(lambda: list(zip([1, 2], [1], strict=True)))
attempt(lambda: list(zip([1], [1, 2], strict=True)))
attempt(lambda: list(zip([1], [1], [1, 2], strict=True)))
attempt(lambda: zip(5))
attempt(lambda: zip([1], 5))
attempt(lambda: map(str))
attempt(lambda: map())
attempt(lambda: list(map(5, [1])))
attempt(lambda: map(str, 5))
attempt(lambda: filter(None))
attempt(lambda: filter(None, 5))
attempt(lambda: enumerate())
attempt(lambda: enumerate(5))
attempt(lambda: reversed({1}))
attempt(lambda: reversed(5))
attempt(lambda: next(5))
attempt(lambda: next([]))
attempt(lambda: next(iter([])))
attempt(lambda: iter(5))
attempt(lambda: iter())
attempt(lambda: next())
attempt(lambda: list(map(lambda x: 1 / x, [1, 0])))
class Bad:
    def __iter__(self):
        return 5
class NoNext:
    def __iter__(self):
        return self
attempt(lambda: list(Bad()))
attempt(lambda: list(NoNext()))
attempt(lambda: iter(NoNext()))
