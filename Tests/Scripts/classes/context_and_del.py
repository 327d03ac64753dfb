# __enter__/__exit__ and __del__ together: order and references.
class Resource:
    open_count = 0
    def __init__(self, name):
        self.name = name
        Resource.open_count += 1
    def __enter__(self):
        print("open", self.name)
        return self
    def __exit__(self, kind, value, tb):
        print("close", self.name, kind is None)
        Resource.open_count -= 1
    def __del__(self):
        print("free", self.name)
with Resource("a") as r:
    print("using", r.name, Resource.open_count)
print("closed")
r = None
with Resource("temporary"):
    print("no name")
print("after temporary")
def use(name):
    with Resource(name) as x:
        return x.name
print(use("returned"))
try:
    with Resource("fails"):
        raise ValueError("body")
except ValueError as e:
    print(e)
with Resource("outer") as o, Resource("inner") as i:
    print(o.name, i.name)
del o, i
class Stack:
    def __init__(self): self.items = []
    def __enter__(self): return self
    def push(self, r):
        r.__enter__()
        self.items.append(r)
        return r
    def __exit__(self, *details):
        while self.items:
            self.items.pop().__exit__(*details)
with Stack() as s:
    for n in "xyz":
        s.push(Resource(n))
    print("all open")
print("all closed", Resource.open_count)
s = None
class Transaction:
    def __init__(self, data): self.data = data
    def __enter__(self):
        self.saved = list(self.data)
        return self.data
    def __exit__(self, kind, value, tb):
        if kind is not None:
            self.data[:] = self.saved
        return kind is not None and issubclass(kind, ValueError)
data = [1, 2, 3]
with Transaction(data) as d:
    d.append(4)
with Transaction(data) as d:
    d.clear()
    raise ValueError("rolled back and swallowed")
try:
    with Transaction(data) as d:
        d.append(5)
        raise KeyError("rolled back")
except KeyError as e:
    print(repr(e))
print(data)
class Reentrant:
    depth = 0
    def __enter__(self):
        self.depth += 1
        return self.depth
    def __exit__(self, *a):
        self.depth -= 1
r = Reentrant()
with r as one:
    with r as two, r as three:
        print(one, two, three, r.depth)
print(r.depth)
class Count:
    def __init__(self): self.log = []
    def __enter__(self): self.log.append("enter")
    def __exit__(self, *a): self.log.append(a[0].__name__ if a[0] else "ok"); return True
c = Count()
for i in range(4):
    with c:
        if i == 1: continue
        if i == 2: raise OSError
        if i == 3: break
print(c.log)
