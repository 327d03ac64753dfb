# Threads share every object: lists, dicts, instances, closures; frees happen on the last reference.
# Biased counts are merged by the thread that made the object, at its next checkpoint: `__del__` runs then.
# regimes: gil gil-3.2 gil-ticks object-lock atomic
import threading
class Loud:
    def __init__(self, name):
        self.name = name
    def __del__(self):
        log.append("del " + self.name)
log = []
box = [Loud("boxed")]
def drop():
    box.clear()
    log.append("cleared")
t = threading.Thread(target=drop)
t.start()
t.join()
print(log)  # expect: ['del boxed', 'cleared']
log.clear()
def make():
    local = Loud("local of thread")
    log.append("made")
t = threading.Thread(target=make)
t.start()
t.join()
print(log)
log.clear()
shared = Loud("argument")
t = threading.Thread(target=lambda x: log.append("got " + x.name), args=(shared,))
del shared
t.start()
t.join()
print(log[0], len(log))
del t
print(log)
d = {}
def fill(k):
    for i in range(200):
        d[k, i] = k * i
ts = [threading.Thread(target=fill, args=(k,)) for k in range(4)]
for t in ts:
    t.start()
for t in ts:
    t.join()
print(len(d), sum(d.values()), d[3, 100])
def accumulator():
    total = 0
    lock = threading.Lock()
    def add(n):
        nonlocal total
        with lock:
            total += n
    def get():
        return total
    return add, get
add, get = accumulator()
ts = [threading.Thread(target=lambda: [add(i) for i in range(100)]) for _ in range(4)]
for t in ts:
    t.start()
for t in ts:
    t.join()
print(get())
class Node:
    pass
node = Node()
def attributes(i):
    for j in range(100):
        setattr(node, "a%d_%d" % (i, j % 10), j)
ts = [threading.Thread(target=attributes, args=(i,)) for i in range(4)]
for t in ts:
    t.start()
for t in ts:
    t.join()
print(node.a0_0, node.a3_9, node.a2_5)
