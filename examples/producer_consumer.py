# Producers and consumers around a bounded queue: conditions, and the GIL dropped at every wait.
import threading


class BoundedQueue:
    def __init__(self, capacity):
        self.capacity = capacity
        self.items = []
        self.lock = threading.Lock()
        self.not_full = threading.Condition(self.lock)
        self.not_empty = threading.Condition(self.lock)

    def put(self, item):
        with self.not_full:
            while len(self.items) == self.capacity:
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


queue = BoundedQueue(8)
totals = {}


def produce(first, count):
    for number in range(first, first + count):
        queue.put(number)


def consume(name):
    total = count = 0
    while True:
        number = queue.get()
        if number is None:
            break
        total += number
        count += 1
    totals[name] = (count, total)


producers = [threading.Thread(target=produce, args=(i * 1000, 1000), name="producer-%d" % i) for i in range(3)]
consumers = [threading.Thread(target=consume, args=(i,), name="consumer-%d" % i) for i in range(2)]
for thread in producers + consumers:
    thread.start()
for thread in producers:
    thread.join()
for _ in consumers:
    queue.put(None)
for thread in consumers:
    thread.join()
print("items:", sum([count for count, _ in totals.values()]))  # expect: items: 3000
print("sum:", sum([total for _, total in totals.values()]))  # expect: sum: 4498500
