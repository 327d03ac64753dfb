# Condition: wait, wait_for, notify, notify_all, errors without the lock.
import threading
c = threading.Condition()
def attempt(f):
    try:
        print(f())
    except Exception as e:
        print(type(e).__name__, e)
attempt(c.wait)  # expect: RuntimeError cannot wait on un-acquired lock
attempt(c.notify)  # expect: RuntimeError cannot notify on un-acquired lock
attempt(c.notify_all)
attempt(lambda: c.wait(0.1))
attempt(c.release)
with c:
    print(c.wait(0.01), c.wait_for(lambda: False, 0.01), c.wait_for(lambda: True), c.wait_for(lambda: "truthy"), c.notify(), c.notify_all())
items, got = [], []
def consumer(n):
    for _ in range(n):
        with c:
            while not items:
                c.wait()
            got.append(items.pop(0))
            c.notify_all()
ts = [threading.Thread(target=consumer, args=(20,)) for _ in range(3)]
for t in ts:
    t.start()
for i in range(60):
    with c:
        items.append(i)
        c.notify()
for t in ts:
    t.join()
print(sorted(got) == list(range(60)), items)
turn, log = [0], []
def player(me, players, rounds):
    for r in range(rounds):
        with c:
            c.wait_for(lambda: turn[0] % players == me)
            log.append(me)
            turn[0] += 1
            c.notify_all()
ts = [threading.Thread(target=player, args=(i, 3, 4)) for i in range(3)]
for t in ts:
    t.start()
for t in ts:
    t.join()
print(log)  # expect: [0, 1, 2, 0, 1, 2, 0, 1, 2, 0, 1, 2]
waiting, woken = [0], []
ready = threading.Condition(threading.Lock())
go = [0]
def sleeper(i):
    with ready:
        waiting[0] += 1
        while not go[0]:
            ready.wait()
        go[0] -= 1
        woken.append(i)
ts = [threading.Thread(target=sleeper, args=(i,)) for i in range(4)]
for t in ts:
    t.start()
while True:
    with ready:
        if waiting[0] == 4:
            break
with ready:
    go[0] = 2
    ready.notify(2)
with ready:
    go[0] += 2
    ready.notify(10)
for t in ts:
    t.join()
print(sorted(woken), go)
lock = threading.Lock()
a, b = threading.Condition(lock), threading.Condition(lock)
with a:
    print(lock.locked(), b.acquire(False) if hasattr(b, "acquire") else None)
print(lock.locked())
r = threading.Condition(threading.RLock())
with r:
    with r:
        print(r.wait(0.01))
