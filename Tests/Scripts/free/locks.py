"""Locks exclude, RLocks count for their owner alone, conditions and events wake."""
import threading

barrier = threading.Barrier(4)
lock = threading.Lock()
rlock = threading.RLock()
total = 0
deep = 0


def work(me):
    global total, deep
    barrier.wait()
    for i in range(200):
        with lock:
            total += int(1)
        with rlock:
            with rlock:
                deep += int(1)
        if lock.acquire(False):
            lock.release()


threads = [threading.Thread(target=work, args=(i,)) for i in range(4)]
for t in threads:
    t.start()
for t in threads:
    t.join()
print(total, deep, lock.locked())  # expect: 800 800 False

# A lock as a signal: one takes, another one releases.
ping = threading.Lock()
pong = threading.Lock()
ping.acquire()
pong.acquire()
log = []


def player():
    for i in range(50):
        ping.acquire()
        log.append(i)
        pong.release()


t = threading.Thread(target=player)
t.start()
for i in range(50):
    ping.release()
    pong.acquire()
t.join()
print(log == list(range(50)))  # expect: True

condition = threading.Condition()
queue = []
taken = []


def consumer():
    while True:
        with condition:
            while not queue:
                condition.wait()
            item = queue.pop()
        if item is None:
            return
        taken.append(item)


threads = [threading.Thread(target=consumer) for _ in range(3)]
for t in threads:
    t.start()
for i in range(60):
    with condition:
        queue.append(i)
        condition.notify()
while True:
    with condition:
        if not queue:
            break
with condition:
    queue.extend([None] * 3)
    condition.notify_all()
for t in threads:
    t.join()
print(sorted(taken) == list(range(60)))  # expect: True
