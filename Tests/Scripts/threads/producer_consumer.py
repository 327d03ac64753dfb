# A bounded queue written on a condition, several producers and consumers.
import threading
class Queue:
    def __init__(self, size):
        self.items = []
        self.size = size
        self.lock = threading.Lock()
        self.not_empty = threading.Condition(self.lock)
        self.not_full = threading.Condition(self.lock)
    def put(self, item):
        with self.not_full:
            while len(self.items) >= self.size:
                self.not_full.wait()
            self.items.append(item)
            self.not_empty.notify()
    def get(self):
        with self.not_empty:
            while not self.items:
                self.not_empty.wait()
            item = self.items.pop(0)
            self.not_full.notify()
            return item
queue = Queue(4)
results = {}
def producer(n):
    for i in range(100):
        queue.put((n, i))
def consumer(n):
    mine = []
    while True:
        item = queue.get()
        if item is None:
            break
        mine.append(item)
    results[n] = mine
producers = [threading.Thread(target=producer, args=(i,)) for i in range(3)]
consumers = [threading.Thread(target=consumer, args=(i,)) for i in range(2)]
for t in producers + consumers:
    t.start()
for t in producers:
    t.join()
for _ in consumers:
    queue.put(None)
for t in consumers:
    t.join()
everything = results[0] + results[1]
print(len(everything), len(set(everything)), sum([i for _, i in everything]))  # expect: 300 300 14850
for mine in results.values():
    for p in range(3):
        sequence = [i for n, i in mine if n == p]
        print(sequence == sorted(sequence))
