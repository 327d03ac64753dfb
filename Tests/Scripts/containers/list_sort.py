# Sorting: stability, key, reverse, mixed numbers, errors leave the list whole.
people = [("ann", 30), ("bob", 25), ("cid", 30), ("dan", 25), ("eve", 40)]
print(sorted(people, key=lambda p: p[1]))
print(sorted(people, key=lambda p: p[1], reverse=True))
print(sorted(people, key=lambda p: (-p[1], p[0]), reverse=False))
people.sort(key=lambda p: p[0], reverse=True)
print(people)
people.sort(key=lambda p: p[1])
print(people)
print(sorted([3, 1.5, True, 2, False, -1]), sorted("hello"), sorted({3: 0, 1: 0}), sorted((2, 1)), sorted([]), sorted({5, 3, 4}))
print(sorted([[2, 1], [1, 5], [1]], reverse=True), sorted([(1, "b"), (1, "a"), (0, "z")]), sorted(["b", "B", "a", "A"], key=str.lower))
print(sorted(["10", "9", "2"], key=int), sorted([-3, 2, -1], key=abs), sorted([1, 2, 3], key=lambda x: 0), sorted([1, 2, 3], key=lambda x: 0, reverse=True), sorted([2, 1], key=None))
calls = []
def key(x):
    calls.append(x)
    return -x
print(sorted([1, 2, 3], key=key), calls)
seed = 12345
values = []
for i in range(500):
    seed = (seed * 1103515245 + 12345) % 2147483648
    values.append(seed % 1000)
ordered = sorted(values)
ok = True
for i in range(499):
    ok = ok and ordered[i] <= ordered[i + 1]
print(ok, ordered[:10], ordered[-10:], len(ordered))
pairs = sorted(list(enumerate(values)), key=lambda p: p[1] % 10)
stable = True
for i in range(499):
    if pairs[i][1] % 10 == pairs[i + 1][1] % 10:
        stable = stable and pairs[i][0] < pairs[i + 1][0]
print(stable)
pairs = sorted(list(enumerate(values)), key=lambda p: p[1] % 10, reverse=True)
stable = True
for i in range(499):
    if pairs[i][1] % 10 == pairs[i + 1][1] % 10:
        stable = stable and pairs[i][0] < pairs[i + 1][0]
print(stable)
class Version:
    def __init__(self, major, minor):
        self.major = major
        self.minor = minor
    def __lt__(self, other):
        return (self.major, self.minor) < (other.major, other.minor)
    def __repr__(self):
        return "v%d.%d" % (self.major, self.minor)
vs = [Version(1, 2), Version(0, 9), Version(1, 0)]
print(sorted(vs), sorted(vs, reverse=True), min(vs), max(vs))
mixed = [3, 1, "a", 2]
try:
    mixed.sort()
except TypeError as e:
    print(e, sorted(mixed, key=str))
broken = [3, 1, 2]
try:
    broken.sort(key=lambda x: 1 / (x - 1))
except ZeroDivisionError as e:
    print(e, broken)
seen = []
watched = [3, 1, 2]
watched.sort(key=lambda x: (seen.append(len(watched)), x)[1])
print(seen, watched)
try:
    other = [3, 2, 1]
    other.sort(key=lambda x: other.append(1))
except ValueError as e:
    print("ValueError", e, other)
except TypeError as e:
    print("TypeError", e)
for f in (lambda: sorted(), lambda: sorted(5), lambda: sorted([1], 2), lambda: sorted([1, None]), lambda: sorted([{}, {}]), lambda: sorted([1], key=1)):
    try:
        print(f())
    except TypeError as e:
        print(e)
