# Since CPython 3.10 nothing can come between the load and the store of n += 1.
# regimes: gil
import threading, sys
sys.setswitchinterval(0.00001)
n = 0
start = threading.Barrier(4)
def plain():
    global n
    start.wait()
    for _ in range(20000):
        n += 1
ts = [threading.Thread(target=plain) for _ in range(4)]
for t in ts:
    t.start()
for t in ts:
    t.join()
print(n)  # expect: 80000
