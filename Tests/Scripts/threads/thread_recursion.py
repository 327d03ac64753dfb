# Every thread has a recursion limit of its own; RecursionError is caught and the thread goes on.
import threading, sys
def down(n):
    return down(n + 1)
results = []
lock = threading.Lock()
def work(i):
    try:
        down(0)
    except RecursionError as e:
        with lock:
            results.append((i, str(e)))
    with lock:
        results.append((i, "goes on"))
ts = [threading.Thread(target=work, args=(i,)) for i in range(3)]
for t in ts:
    t.start()
for t in ts:
    t.join()
print(sorted(results))
def depth(n):
    return 0 if n == 0 else 1 + depth(n - 1)
out = []
ts = [threading.Thread(target=lambda: out.append(depth(500))) for _ in range(4)]
for t in ts:
    t.start()
for t in ts:
    t.join()
print(out, sys.getrecursionlimit())  # expect: [500, 500, 500, 500] 1000
