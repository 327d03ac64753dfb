# A counter under a lock loses nothing.
import threading, sys
sys.setswitchinterval(0.00001)
n = 0
m = 0
lock = threading.Lock()
def locked():
    global n
    for _ in range(3000):
        with lock:
            n = n + 1
def acquired():
    global m
    for _ in range(2000):
        lock.acquire()
        try:
            m += int(1)
        finally:
            lock.release()
for target in (locked, acquired):
    ts = [threading.Thread(target=target) for _ in range(4)]
    for t in ts:
        t.start()
    for t in ts:
        t.join()
print(n, m)  # expect: 12000 8000
class Counter:
    def __init__(self):
        self.value = 0
        self.lock = threading.Lock()
    def increment(self):
        with self.lock:
            self.value += 1
c = Counter()
def many():
    for _ in range(2000):
        c.increment()
ts = [threading.Thread(target=many) for _ in range(4)]
for t in ts:
    t.start()
for t in ts:
    t.join()
print(c.value)
d = {}
def count_words(words):
    for w in words:
        with lock:
            d[w] = d.get(w, 0) + 1
ts = [threading.Thread(target=count_words, args=("a b a c".split() * 50,)) for _ in range(4)]
for t in ts:
    t.start()
for t in ts:
    t.join()
print(sorted(d.items()))
shared = []
ts = [threading.Thread(target=lambda i=i: [shared.append((i, j)) for j in range(500)]) for i in range(4)]
for t in ts:
    t.start()
for t in ts:
    t.join()
print(len(shared), len(set(shared)), all([[j for i, j in shared if i == k] == list(range(500)) for k in range(4)]))
print(sys.getswitchinterval())
# stress: switch
