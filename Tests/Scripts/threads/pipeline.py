# Three stages joined by channels built on conditions.
import threading
class Channel:
    def __init__(self, capacity=1):
        self.queue = []
        self.capacity = capacity
        self.changed = threading.Condition()
        self.closed = False
    def send(self, value):
        with self.changed:
            self.changed.wait_for(lambda: len(self.queue) < self.capacity)
            self.queue.append(value)
            self.changed.notify_all()
    def close(self):
        with self.changed:
            self.closed = True
            self.changed.notify_all()
    def __iter__(self):
        return self
    def __next__(self):
        with self.changed:
            self.changed.wait_for(lambda: self.queue or self.closed)
            if not self.queue:
                raise StopIteration
            value = self.queue.pop(0)
            self.changed.notify_all()
            return value
def source(out, n):
    for i in range(n):
        out.send(i)
    out.close()
def stage(f, inbox, out):
    for value in inbox:
        result = f(value)
        if result is not None:
            out.send(result)
    out.close()
a, b, c = Channel(2), Channel(1), Channel(3)
ts = [threading.Thread(target=source, args=(a, 30)),
      threading.Thread(target=stage, args=(lambda x: x * x, a, b)),
      threading.Thread(target=stage, args=(lambda x: x if x % 2 else None, b, c))]
for t in ts:
    t.start()
print(list(c))
for t in ts:
    t.join()
def sieve(limit):
    primes = []
    channel = Channel(4)
    threads = [threading.Thread(target=source, args=(channel, limit))]
    threads[0].start()
    numbers = [x for x in channel if x >= 2]
    while numbers:
        p = numbers[0]
        primes.append(p)
        following, inbox = Channel(4), Channel(4)
        def feed(values=numbers, inbox=inbox):
            for v in values:
                inbox.send(v)
            inbox.close()
        workers = [threading.Thread(target=feed), threading.Thread(target=stage, args=(lambda x, p=p: x if x % p else None, inbox, following))]
        for w in workers:
            w.start()
        numbers = list(following)
        threads += workers
    for t in threads:
        t.join()
    return primes, len(threads)
print(sieve(30))
