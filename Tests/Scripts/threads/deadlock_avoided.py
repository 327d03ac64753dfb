# try-lock with back-off, and timeouts that detect a deadlock.
import threading, time
a, b = threading.Lock(), threading.Lock()
both = threading.Barrier(2)
results = {}
def grab(name, first, second):
    with first:
        both.wait()
        got = second.acquire(timeout=0.05)
        results[name] = got
        if got:
            second.release()
        both.wait()
ts = [threading.Thread(target=grab, args=("ab", a, b)), threading.Thread(target=grab, args=("ba", b, a))]
for t in ts:
    t.start()
for t in ts:
    t.join()
print(results["ab"], results["ba"])  # expect: False False
finished = []
def polite(name, first, second):
    while True:
        with first:
            if second.acquire(blocking=False):
                finished.append(name)
                second.release()
                return
        time.sleep(0.001)
ts = [threading.Thread(target=polite, args=("ab", a, b)), threading.Thread(target=polite, args=("ba", b, a))]
for t in ts:
    t.start()
for t in ts:
    t.join()
print(sorted(finished), a.locked(), b.locked())
class Account:
    def __init__(self, number, balance):
        self.number = number
        self.balance = balance
        self.lock = threading.Lock()
accounts = [Account(i, 100) for i in range(4)]
def transfer(source, target, amount):
    first, second = (source, target) if source.number < target.number else (target, source)
    with first.lock, second.lock:
        if source.balance >= amount:
            source.balance -= amount
            target.balance += amount
def mover(seed):
    for i in range(200):
        seed = (seed * 1103515245 + 12345) % 2147483648
        source = accounts[seed // 65536 % 4]
        target = accounts[(seed // 65536 % 4 + 1 + seed // 1048576 % 3) % 4]
        transfer(source, target, seed % 30)
ts = [threading.Thread(target=mover, args=(s,)) for s in range(4)]
for t in ts:
    t.start()
for t in ts:
    t.join()
print(sum([x.balance for x in accounts]), min([x.balance for x in accounts]) >= 0)
