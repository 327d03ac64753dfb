# Lock: acquire, release, with, timeout, locked, errors.
import threading, time
lock = threading.Lock()
print(lock.locked(), lock.acquire(), lock.locked(), lock.acquire(False), lock.acquire(blocking=False), lock.acquire(timeout=0.01), lock.acquire(True, 0.01))
lock.release()
print(lock.locked())
with lock:
    print("held", lock.locked())
print(lock.locked())
with lock as got:
    print(got)
def attempt(f):
    try:
        print(f())
    except Exception as e:
        print(type(e).__name__, e)
attempt(lock.release)  # expect: RuntimeError release unlocked lock
attempt(lambda: lock.acquire(False, 1))
attempt(lambda: lock.acquire(timeout=-1) and lock.release())
attempt(lambda: lock.acquire(timeout=1e100))
try:
    with lock:
        raise ValueError("inside")
except ValueError as e:
    print(e, lock.locked())
lock.acquire()
t = threading.Thread(target=lock.release)
t.start()
t.join()
print("released by another thread", lock.locked())
order = []
lock.acquire()
def contender(n):
    with lock:
        order.append(n)
ts = []
for i in range(3):
    t = threading.Thread(target=contender, args=(i,))
    t.start()
    ts.append(t)
print(order)
lock.release()
for t in ts:
    t.join()
print(sorted(order))
started = time.monotonic()
lock.acquire()
got = lock.acquire(timeout=0.05)
waited = time.monotonic() - started
print(got, 0.04 < waited < 2)
results = []
def try_it():
    results.append(lock.acquire(timeout=5))
    lock.release()
t = threading.Thread(target=try_it)
t.start()
time.sleep(0.02)
lock.release()
t.join()
print(results, lock.locked())
