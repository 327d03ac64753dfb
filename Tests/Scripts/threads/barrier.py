# Barrier: index, action, reset, abort, timeouts.
import threading
b = threading.Barrier(3)
print(b.parties, b.n_waiting, b.broken)
indexes, log, lock = [], [], threading.Lock()
def party(n):
    for phase in range(3):
        with lock:
            log.append(phase)
        i = b.wait()
        if phase == 0:
            with lock:
                indexes.append(i)
        b.wait()
ts = [threading.Thread(target=party, args=(i,)) for i in range(3)]
for t in ts:
    t.start()
for t in ts:
    t.join()
print(sorted(indexes), log)  # expect: [0, 1, 2] [0, 0, 0, 1, 1, 1, 2, 2, 2]
actions = []
b = threading.Barrier(2, action=lambda: actions.append("action"))
t = threading.Thread(target=b.wait)
t.start()
b.wait()
t.join()
print(actions, b.broken)
b = threading.Barrier(2)
try:
    b.wait(timeout=0.01)
except threading.BrokenBarrierError as e:
    print(type(e).__name__, str(e) == "", b.broken)
try:
    b.wait()
except threading.BrokenBarrierError:
    print("still broken")
b.reset()
print(b.broken, b.n_waiting)
results = []
def waiter():
    try:
        b.wait()
        results.append("passed")
    except threading.BrokenBarrierError:
        results.append("broken")
t = threading.Thread(target=waiter)
t.start()
while b.n_waiting == 0:
    pass
b.abort()
t.join()
print(results, b.broken)
def failing():
    raise ValueError("action failed")
b = threading.Barrier(1, failing)
try:
    b.wait()
except ValueError as e:
    print(e, b.broken)
print(threading.Barrier(1).wait(), isinstance(threading.BrokenBarrierError(), RuntimeError))
try:
    b = threading.Barrier(2, timeout=0.01)
    b.wait()
except threading.BrokenBarrierError:
    print("default timeout")
n = 4
b = threading.Barrier(n)
data = list(range(n))
def step(i):
    for _ in range(3):
        left = data[i - 1]
        b.wait()
        data[i] = left
        b.wait()
ts = [threading.Thread(target=step, args=(i,)) for i in range(n)]
for t in ts:
    t.start()
for t in ts:
    t.join()
print(data)  # expect: [1, 2, 3, 0]
