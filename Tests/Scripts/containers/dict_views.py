# Views are live, and keys and items behave as sets.
d = {1: "a", 2: "b", 3: "c"}
k, v, i = d.keys(), d.values(), d.items()
print(k, v, i, len(k), len(v), len(i))
d[4] = "d"
del d[1]
print(k, v, i, 4 in k, 1 in k, "d" in v, (2, "b") in i, (2, "x") in i, 2 in i, "b" in k)
print(k & {2, 3, 9}, sorted(k | {9}), k - {2}, sorted(k ^ {2, 9}), {2, 9} - k, {2, 9} & k)
print(sorted(i & {(2, "b"), (5, "z")}), sorted(i - {(2, "b")}), sorted(i | {(0, "0")}), k == {2, 3, 4}, k == [2, 3, 4], i == {(2, "b"), (3, "c"), (4, "d")})
print(k < {2, 3, 4, 5}, k <= {2, 3, 4}, k > {2}, k >= {2, 9}, k.isdisjoint({7}), k.isdisjoint([2]), k & [2], sorted(k | [7]))
print(list(k), list(v), list(i), sorted(v, reverse=True), max(k), list(reversed(k)), list(zip(k, v)), dict(i), {b: a for a, b in i})
print(v == d.values(), k == d.keys(), i == d.items(), isinstance(k, type({}.keys())), type(k).__name__, type(v).__name__, type(i).__name__)
print(type(iter(k)).__name__, type(iter(v)).__name__, type(iter(i)).__name__)
it = iter(d)
print(next(it), next(it), next(it), next(it, "done"))
def attempt(name, f):
    try:
        print(name, f())
    except Exception as e:
        print(name, type(e).__name__, e)
def grow():
    d = {1: 1, 2: 2}
    for key in d:
        d[key + 10] = 0
def shrink():
    d = {1: 1, 2: 2}
    for key in d:
        del d[key]
def grow_items():
    d = {1: 1}
    for key, value in d.items():
        d[key + 1] = value
def same_size():
    d = {1: 1, 2: 2}
    for key in d:
        d[key] = 5
    return d
def swap():
    d = {1: 1, 2: 2, 3: 3}
    out = []
    for key in list(d):
        del d[key]
        d[key + 5] = key
        out.append(key)
    return d, out
def keys_changed():
    d = {1: 1, 2: 2}
    for key in d:
        del d[key]
        d[key + 100] = 1
        if len(d) > 5:
            break
    return "ended"
attempt("grow", grow)  # expect: grow RuntimeError dictionary changed size during iteration
attempt("shrink", shrink)
attempt("grow_items", grow_items)
attempt("same_size", same_size)
attempt("swap", swap)
attempt("keys_changed", keys_changed)
attempt("index", lambda: k[0])
attempt("add", lambda: k + k)
attempt("and", lambda: k & 5)
attempt("values and", lambda: v & v)
attempt("lt", lambda: k < 5)
attempt("append", lambda: k.append(1))
attempt("next", lambda: next(k))
empty = {}
print(empty.keys(), empty.values(), empty.items(), list(empty), bool(empty.keys()), bool(d.keys()))
