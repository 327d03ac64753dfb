# Every method of dict; order of insertion.
d = {"b": 1, "a": 2}
d["c"] = 3
d["b"] = 10
print(d, len(d), list(d), d["a"], d.get("z"), d.get("z", 0), d.get("a", 0), "a" in d, "z" not in d)
del d["b"]
d["b"] = 11
print(d)
print(d.pop("a"), d.pop("zz", "default"), d.pop("zz", None), d)
print(d.setdefault("c", 9), d.setdefault("new", []), d.setdefault("none"), d)
d.setdefault("new", []).append(1)
d.update({"c": 4}, extra=5)
d.update([("p", 1), ("q", 2)])
d.update(r=3)
d.update()
d.update((("s", 4), ["t", 5]))
d.update(["uv", "wx"])
print(d)
print(d.popitem(), d.popitem(), len(d))
c = d.copy()
c.clear()
print(c, len(d), d.copy() == d, d.copy() is d)
print(dict(), dict(a=1, b=2), dict([("x", 1)]), dict({"k": "v"}, z=1), dict(zip("ab", [1, 2])), dict({1: 2}), dict.fromkeys("abc"), dict.fromkeys([1, 2], 0), dict.fromkeys(range(3), []))
print({1: "a", 1.0: "b", True: "c"}, {**{1: 2}, 1: 3}, {"a": 1, "a": 2})
print({1: 2} | {3: 4}, {1: 2} | {1: 3}, {1: 2} == {1: 2.0}, {1: 2, 3: 4} == {3: 4, 1: 2}, {1: 2} != {1: 3}, {} == {})
e = {1: "x"}
f = e
e |= {2: "y"}
e |= [(3, "z")]
print(e, f is e)
print(list(reversed({1: 0, 2: 0, 3: 0})), list(reversed({1: 5}.items())), list(reversed({1: 5}.values())))
print({None: 1, (1, 2): 2, 1.5: 3, "s": 4, True: 5, frozenset({1}): 6})
for k in {"x": 1, "y": 2}:
    print(k, end=" ")
for k, v in {"x": 1, "y": 2}.items():
    print(k, v, end=" ")
print(max({"a": 1, "c": 0}), sorted({"b": 1, "a": 2}), sum({1: "x", 2: "y"}), list(map(str, {1: 2})))
n = {}
for i in range(1000):
    n[i * 7 % 1000] = i
for i in range(0, 1000, 3):
    del n[i]
for i in range(5):
    n[-i] = i
print(len(n), list(n)[:10], list(n)[-8:], n[-3], sum(n.values()))
def attempt(g):
    try:
        print(g())
    except Exception as e:
        print(type(e).__name__, e)
attempt(lambda: {}["a"])
attempt(lambda: {}[(1, 2)])
attempt(lambda: {1: 2}[None])
attempt(lambda: {}.pop("x"))
attempt(lambda: {}.popitem())
attempt(lambda: {[]: 1})
attempt(lambda: {}[[]])
attempt(lambda: {} < {})
attempt(lambda: {} + {})
attempt(lambda: {} | 5)
attempt(lambda: dict(5))
attempt(lambda: dict([1]))
attempt(lambda: dict([(1, 2, 3)]))
attempt(lambda: dict(["abc"]))
attempt(lambda: {}.get())
attempt(lambda: {}.update(5))
attempt(lambda: {}.foo)
attempt(lambda: dict({}, {}))
attempt(lambda: {1: 2}(3))
attempt(lambda: [] in {})
attempt(lambda: {}.setdefault([]))
attempt(lambda: {}.update([(1,)]))
attempt(lambda: dict(**{1: 2}))
attempt(lambda: hash({}.items()))
def delete():
    d = {}
    del d["missing"]
attempt(delete)
