# Every method of set and frozenset, on small integers, whose order is that of the table.
a = {3, 1, 2}
print(a, len(a), 2 in a, 5 not in a, set(), {1}, set([2, 2, 1]), set("a"), set(range(5)), set({1: 0}))
a.add(4); a.add(1); a.discard(9); a.discard(1)
print(a)
a.remove(4)
a.update([7, 8], {9}, (7,))
print(a, a.pop() in {2, 3, 7, 8, 9}, len(a))
b, c = {1, 2, 3, 4}, {3, 4, 5}
print(b | c, b & c, b - c, c - b, b ^ c, b.union(c, [9]), b.intersection([1, 2, 99], {2}), b.difference([1], [2]), b.symmetric_difference([4, 5, 6]))
print(b.issubset(range(10)), b.issuperset([1]), b.isdisjoint([7]), b < {1, 2, 3, 4, 5}, b <= b, b < b, b > {1}, b >= {9}, b == {4, 3, 2, 1}, b != c, b == [1, 2, 3, 4])
d = b.copy()
d |= {10}; d &= {1, 2, 10, 11}; d -= {1}; d ^= {2, 3}
print(d, b, d is b)
d.intersection_update([3, 10]); d.difference_update([3]); d.symmetric_difference_update([10, 12]); d.clear()
print(d)  # expect: set()
f = frozenset([1, 2, 3])
print(f, frozenset(), f | {4}, {4} | f, type(f | {4}).__name__, type({4} | f).__name__, f & {1}, f - {1}, f ^ {1}, hash(f) == hash(frozenset([3, 2, 1])), f == {1, 2, 3}, {f: 1}[frozenset({1, 2, 3})], f.copy() is f, f.union([5]), f in {f}, {1, 2, 3} in {f})
print({frozenset()}, [frozenset({1})], {1, 1.0, True}, {0, False, 0.0}, {(1, 2), (1, 2)}, {None}, {2.5})
print({0, 8, 16}, {16, 8, 0}, {5, 13, 21}, {100, 1, 50}, set(range(20, 0, -1)), {-1, -2, 3}, {1000, 10, 1}, set([64, 32, 0, 8]), {7, 15, 23, 31, 39})
s = set()
for i in range(0, 200, 7):
    s.add(i)
print(s)
for i in range(0, 200, 14):
    s.discard(i)
print(s, sorted(s), max(s), min(s), sum(s), len(s))
print({x % 5 for x in range(20)}, {x * x for x in (-2, -1, 0, 1, 2)}, sorted({c for c in "hello"}))
print(all([x in f for x in (1, 2)]), list(map(lambda x: x * 2, {1, 2, 3})), [x for x in {3, 2, 1}], {*[1, 2], *(2, 3)})
def attempt(g):
    try:
        print(g())
    except Exception as e:
        print(type(e).__name__, e)
attempt(lambda: set().pop())
attempt(lambda: {1}.remove(2))
attempt(lambda: {1}.remove("x"))
attempt(lambda: {[]})
attempt(lambda: {1, {}})
attempt(lambda: {1} + {2})
attempt(lambda: {1} | [2])
attempt(lambda: {1} & 5)
attempt(lambda: {1} < [1])
attempt(lambda: {1}[0])
attempt(lambda: hash({1}))
attempt(lambda: {{1}})
attempt(lambda: set(5))
attempt(lambda: set(1, 2))
attempt(lambda: frozenset().add(1))
attempt(lambda: {1}.add())
attempt(lambda: {1}.union(5))
attempt(lambda: [] in {1})
attempt(lambda: {1}.foo)
def mutate():
    s = {1, 2, 3}
    for x in s:
        s.add(x + 10)
attempt(mutate)
def grow():
    s = {1}
    s |= [2]
attempt(grow)
