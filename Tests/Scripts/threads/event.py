# Event: set, clear, wait with and without timeout.
import threading, time
e = threading.Event()
print(e.is_set(), e.wait(0), e.wait(0.01), e.wait(timeout=0.01))
e.set()
print(e.is_set(), e.wait(), e.wait(0))
e.clear()
print(e.is_set())
log = []
def waiter(n):
    log.append((n, e.wait()))
ts = [threading.Thread(target=waiter, args=(i,)) for i in range(5)]
for t in ts:
    t.start()
time.sleep(0.02)
print(log)
e.set()
for t in ts:
    t.join()
print(sorted(log))
ping, pong = threading.Event(), threading.Event()
out = []
def ponger():
    for i in range(5):
        ping.wait()
        ping.clear()
        out.append("pong%d" % i)
        pong.set()
t = threading.Thread(target=ponger)
t.start()
for i in range(5):
    out.append("ping%d" % i)
    ping.set()
    pong.wait()
    pong.clear()
t.join()
print(out)
started = time.perf_counter()
print(threading.Event().wait(0.05), 0.04 < time.perf_counter() - started < 2)
stop = threading.Event()
counts = [0]
def spin():
    while not stop.is_set():
        counts[0] += 1
t = threading.Thread(target=spin)
t.start()
while counts[0] < 1000:
    time.sleep(0.001)
stop.set()
t.join()
print(counts[0] >= 1000)
chain = [threading.Event() for _ in range(6)]
order = []
def link(i):
    chain[i].wait()
    order.append(i)
    chain[i + 1].set()
ts = [threading.Thread(target=link, args=(i,)) for i in range(5)]
for t in reversed(ts):
    t.start()
chain[0].set()
chain[5].wait()
for t in ts:
    t.join()
print(order)  # expect: [0, 1, 2, 3, 4]
