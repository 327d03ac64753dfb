# Semaphore and BoundedSemaphore.
import threading, time
s = threading.Semaphore(2)
print(s.acquire(), s.acquire(), s.acquire(False), s.acquire(blocking=False), s.acquire(timeout=0.01))
s.release()
print(s.acquire(False))
s.release(2)
print(s.acquire(False), s.acquire(False), s.acquire(False))
s.release(); s.release(); s.release()
b = threading.BoundedSemaphore(1)
with b:
    print("inside", b.acquire(False))
def attempt(f):
    try:
        print(f())
    except Exception as e:
        print(type(e).__name__, e)
attempt(b.release)  # expect: ValueError Semaphore released too many times
attempt(lambda: threading.Semaphore(-1))
attempt(lambda: s.release(0))
attempt(lambda: s.acquire(False, 1))
print(threading.Semaphore().acquire(False), threading.Semaphore(0).acquire(False), threading.Semaphore(value=3).acquire())
active, peak, lock = [0], [0], threading.Lock()
pool = threading.Semaphore(3)
def job():
    with pool:
        with lock:
            active[0] += 1
            if active[0] > peak[0]:
                peak[0] = active[0]
        time.sleep(0.002)
        with lock:
            active[0] -= 1
ts = [threading.Thread(target=job) for _ in range(10)]
for t in ts:
    t.start()
for t in ts:
    t.join()
print(active, peak[0] <= 3, peak[0] >= 1)
empty, full, buffer, taken = threading.Semaphore(4), threading.Semaphore(0), [], []
def produce():
    for i in range(40):
        empty.acquire()
        with lock:
            buffer.append(i)
            assert len(buffer) <= 4
        full.release()
def consume():
    for _ in range(40):
        full.acquire()
        with lock:
            taken.append(buffer.pop(0))
        empty.release()
ts = [threading.Thread(target=produce), threading.Thread(target=consume)]
for t in ts:
    t.start()
for t in ts:
    t.join()
print(taken == list(range(40)), buffer)
hold = threading.Semaphore(0)
results = []
t = threading.Thread(target=lambda: results.append(hold.acquire(timeout=10)))
t.start()
hold.release()
t.join()
print(results)
ordered = [threading.Semaphore(1 if i == 0 else 0) for i in range(3)]
out = []
def stage(i):
    for r in range(3):
        ordered[i].acquire()
        out.append("abc"[i] + str(r))
        ordered[(i + 1) % 3].release()
ts = [threading.Thread(target=stage, args=(i,)) for i in (2, 1, 0)]
for t in ts:
    t.start()
for t in ts:
    t.join()
print(out)
