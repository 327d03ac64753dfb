# threading.local: each thread sees its own attributes.
import threading
data = threading.local()
data.x = "main"
seen = []
lock = threading.Lock()
def work(n):
    missing = not hasattr(data, "x")
    data.x = n
    data.items = [n]
    data.items.append(n * 2)
    with lock:
        seen.append((n, missing, data.x, data.items))
ts = [threading.Thread(target=work, args=(i,)) for i in range(4)]
for t in ts:
    t.start()
for t in ts:
    t.join()
print(sorted(seen))
print(data.x, hasattr(data, "items"))  # expect: main False
try:
    data.items
except AttributeError as e:
    print(type(e).__name__)
try:
    del data.nothing
except AttributeError as e:
    print(type(e).__name__)
del data.x
print(hasattr(data, "x"), getattr(data, "x", "default"))
setattr(data, "y", 5)
print(data.y)
class Local(threading.local):
    kind = "class attribute"
    def __init__(self, start):
        self.n = start
    def bump(self):
        self.n += 1
        return self.n
l = Local(10)
print(l.bump(), l.bump(), l.kind)
out = []
def use():
    out.append((l.bump(), l.kind))
for _ in range(2):
    t = threading.Thread(target=use)
    t.start()
    t.join()
print(out, l.n)  # expect: [(11, 'class attribute'), (11, 'class attribute')] 12
class Loud:
    def __init__(self, name):
        self.name = name
    def __del__(self):
        print("freed", self.name)
def keep():
    data.loud = Loud("thread value")
    print("thread ends")
t = threading.Thread(target=keep)
t.start()
t.join()
print("joined")
