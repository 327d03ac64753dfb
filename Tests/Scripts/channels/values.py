# Every kind of value makes the way through a channel, and its copy is a new object where the original is mutable.
import gild

channel = gild.channel("values")


def through(value):
    channel.send(value)
    return channel.recv()


values = [
    None, True, False, 0, -1, 2**62 - 1, 2**62, -2**62, -2**62 - 1, 2**63, 2**64 - 1, -2**64, 3**500, -7**333,
    0.0, -0.0, 1.5, -1e300, 5e-324, 1e-320, float("inf"), float("-inf"),
    "", "a", "é", "word", "x" * 1000, "日本語", "é" * 9, "\ud800 alone", "\U0001F600",
    (), (1,), ((), ((),)), [], [1, [2, [3]]], {}, {"a": 1, 2: [3], (4, 5): {"b": ()}}, {None: None, True: 2.5},
    set(), {1, 2, 3}, {"one"}, frozenset(), frozenset([1, (2, 3)]), {frozenset([frozenset([1]), (frozenset([2]),)])},
]
same = 0
for value in values:
    copy = through(value)
    assert type(copy) is type(value), (value, copy)
    assert repr(copy) == repr(value) and copy == value, (value, copy)
    same += 1
print("same:", same == len(values))  # expect: same: True

nan = through(float("nan"))
print("nan:", nan != nan)  # expect: nan: True
everything = through(values)
print("all at once:", repr(everything) == repr(values))  # expect: all at once: True

original = [1, {"k": {2}}]
copy = through(original)
original[1]["k"].add(3)
copy.append(4)
print(original, copy)  # expect: [1, {'k': {2, 3}}] [1, {'k': {2}}, 4]

many = list(range(-500, 1000)) + [str(i) for i in range(1000)]
print(through(many) == many, through(set(many)) == set(many))  # expect: True True
table = {}
for i in range(2000):
    table[str(i)] = i
    table[i] = (i, str(i))
for i in range(0, 2000, 3):
    del table[i]
print(through(table) == table, list(through(table)) == list(table))  # expect: True True
print(len(channel), channel.closed)  # expect: 0 False
