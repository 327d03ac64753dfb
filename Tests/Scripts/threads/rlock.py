# RLock: owned by a thread, taken several times.
import threading
r = threading.RLock()
print(r.acquire(), r.acquire(), r.acquire(blocking=False))
other = []
def probe():
    other.append(r.acquire(blocking=False))
    other.append(r.acquire(timeout=0.01))
    try:
        r.release()
    except RuntimeError as e:
        other.append(str(e))
t = threading.Thread(target=probe)
t.start()
t.join()
print(other)
r.release()
r.release()
r.release()
try:
    r.release()
except RuntimeError as e:
    print(e)  # expect: cannot release un-acquired lock
with r:
    with r:
        print("nested")
def recursive(n):
    with r:
        return 0 if n == 0 else n + recursive(n - 1)
print(recursive(50))
class Account:
    def __init__(self):
        self.lock = threading.RLock()
        self.balance = 0
    def deposit(self, n):
        with self.lock:
            self.balance += n
    def deposit_twice(self, n):
        with self.lock:
            self.deposit(n)
            self.deposit(n)
a = Account()
ts = [threading.Thread(target=lambda: [a.deposit_twice(1) for _ in range(200)]) for _ in range(4)]
for t in ts:
    t.start()
for t in ts:
    t.join()
print(a.balance)  # expect: 1600
held = threading.Event()
done = threading.Event()
def holder():
    with r:
        held.set()
        done.wait()
t = threading.Thread(target=holder)
t.start()
held.wait()
print(r.acquire(False), r.acquire(True, 0.02))
done.set()
t.join()
print(r.acquire(False))
r.release()
try:
    r.acquire(False, 5)
except ValueError as e:
    print(e)
