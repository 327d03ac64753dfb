# What is reachable from outside a cycle survives a collection.
import gc
gc.disable()
gc.collect()
class Node:
    def __init__(self, n):
        self.n = n
        self.links = []
nodes = [Node(i) for i in range(100)]
for i, a in enumerate(nodes):
    a.links.append(nodes[(i * 7 + 1) % 100])
    a.links.append(nodes[(i * 3 + 2) % 100])
root = nodes[0]
nodes = None
a = None
gc.collect()
seen, stack = set(), [root]
while stack:
    n = stack.pop()
    if n.n not in seen:
        seen.add(n.n)
        stack += n.links
print(len(seen), sum(seen))
root = n = stack = None
print(gc.collect() > 0, gc.collect())
ring = []
for i in range(1000):
    ring = [ring]
inner = ring
while inner:
    last = inner
    inner = inner[0]
inner.append(ring)
print(inner[0] is ring)
ring = inner = last = None
print(gc.collect())  # expect: 1001
d = {}
for i in range(50):
    d[i] = {"up": d, "self": [d]}
d = None
print(gc.collect())  # expect: 101
s = {1, 2}
l = [s]
t = (l,)
l.append(t)
s = t = None
print(gc.collect(), l[0])
l = None
print(gc.collect() >= 2)
class Keeper:
    registry = []
    def __init__(self):
        Keeper.registry.append(self)
        self.me = self
for i in range(5):
    Keeper()
print(gc.collect(), len(Keeper.registry))
Keeper.registry.clear()
print(gc.collect() >= 5)
def make():
    def outer():
        return inner
    def inner():
        return outer
    return outer
f = make()
print(gc.collect(), f()() is f)
f = None
print(gc.collect() > 0)
# stress: switch
