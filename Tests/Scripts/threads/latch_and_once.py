# A countdown latch, a once-cell and a lazy value built from the primitives.
import threading
class Latch:
    def __init__(self, n):
        self.n = n
        self.condition = threading.Condition()
    def count_down(self):
        with self.condition:
            self.n -= 1
            if self.n <= 0:
                self.condition.notify_all()
    def wait(self):
        with self.condition:
            return self.condition.wait_for(lambda: self.n <= 0, timeout=10)
class Once:
    def __init__(self, make):
        self.make = make
        self.lock = threading.Lock()
        self.ready = False
    def get(self):
        if not self.ready:
            with self.lock:
                if not self.ready:
                    self.value = self.make()
                    self.ready = True
        return self.value
latch = Latch(5)
made = []
once = Once(lambda: made.append("made") or object())
values = []
def work():
    values.append(once.get())
    latch.count_down()
ts = [threading.Thread(target=work) for _ in range(5)]
for t in ts:
    t.start()
print(latch.wait(), made, len(values), all([v is values[0] for v in values]))
for t in ts:
    t.join()
start = threading.Event()
winners, lock = [], threading.Lock()
def race(i):
    start.wait()
    if lock.acquire(blocking=False):
        winners.append(i)
ts = [threading.Thread(target=race, args=(i,)) for i in range(8)]
for t in ts:
    t.start()
start.set()
for t in ts:
    t.join()
print(len(winners), lock.locked())  # expect: 1 True
