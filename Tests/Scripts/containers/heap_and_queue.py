# Data structures written on lists: binary heap, ring buffer, union-find, trie, linked list.
class Heap:
    def __init__(self):
        self.items = []
    def push(self, x):
        items = self.items
        items.append(x)
        i = len(items) - 1
        while i and items[(i - 1) // 2] > items[i]:
            items[i], items[(i - 1) // 2] = items[(i - 1) // 2], items[i]
            i = (i - 1) // 2
    def pop(self):
        items = self.items
        top = items[0]
        last = items.pop()
        if items:
            items[0] = last
            i = 0
            while True:
                child = 2 * i + 1
                if child >= len(items):
                    break
                if child + 1 < len(items) and items[child + 1] < items[child]:
                    child += 1
                if items[child] >= items[i]:
                    break
                items[i], items[child] = items[child], items[i]
                i = child
        return top
    def __len__(self):
        return len(self.items)
h = Heap()
for x in [5, 3, 8, 1, 9, 2, 7, 3]:
    h.push(x)
out = []
while h:
    out.append(h.pop())
print(out)
edges = {0: [(1, 4), (2, 1)], 1: [(3, 1)], 2: [(1, 2), (3, 5)], 3: []}
best, h = {0: 0}, Heap()
h.push((0, 0))
while len(h):
    distance, node = h.pop()
    if distance > best[node]:
        continue
    for target, cost in edges[node]:
        if distance + cost < best.get(target, 10 ** 9):
            best[target] = distance + cost
            h.push((distance + cost, target))
print(best)
class Ring:
    def __init__(self, size):
        self.slots = [None] * size
        self.head = self.count = 0
    def put(self, x):
        if self.count == len(self.slots):
            raise OverflowError("ring is full")
        self.slots[(self.head + self.count) % len(self.slots)] = x
        self.count += 1
    def get(self):
        if not self.count:
            raise LookupError("ring is empty")
        x = self.slots[self.head]
        self.slots[self.head] = None
        self.head = (self.head + 1) % len(self.slots)
        self.count -= 1
        return x
ring = Ring(3)
try:
    for i in range(5):
        ring.put(i)
except OverflowError as e:
    print(e, ring.slots)
print(ring.get(), ring.get())
ring.put("x")
print(ring.slots, ring.get(), ring.get())
try:
    ring.get()
except LookupError as e:
    print(e)
parent = list(range(10))
def find(x):
    while parent[x] != x:
        parent[x] = parent[parent[x]]
        x = parent[x]
    return x
for a, b in [(1, 2), (3, 4), (2, 3), (7, 8), (5, 5)]:
    parent[find(a)] = find(b)
print([find(x) for x in range(10)], len({find(x) for x in range(10)}))
trie = {}
for word in ["car", "cart", "cat", "dog"]:
    node = trie
    for c in word:
        node = node.setdefault(c, {})
    node["$"] = word
def words(node):
    found = []
    for k, v in node.items():
        found += [v] if k == "$" else words(v)
    return found
print(words(trie), words(trie["c"]), trie["d"])
class Link:
    def __init__(self, value, rest=None):
        self.value = value
        self.rest = rest
def from_list(items):
    head = None
    for x in items[::-1]:
        head = Link(x, head)
    return head
def reverse(link):
    previous = None
    while link:
        link.rest, previous, link = previous, link, link.rest
    return previous
link, out = reverse(from_list([1, 2, 3, 4])), []
while link:
    out.append(link.value)
    link = link.rest
print(out)
