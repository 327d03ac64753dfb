# What looks like a deadlock and is none: somebody else releases, or the wait has a time-out.
import threading
import time


def run(*bodies):
    threads = [threading.Thread(target=body) for body in bodies]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


# Opposite order with time-outs.
a, b = threading.Lock(), threading.Lock()
gate = threading.Barrier(2)
log = []


def with_timeout(first, second):
    with first:
        gate.wait()
        log.append(second.acquire(timeout=0.05))
        gate.wait()


run(lambda: with_timeout(a, b), lambda: with_timeout(b, a))
print(log)  # expect: [False, False]

# One of the two waits with a time-out: it gives way.
log.clear()


def patient():
    with a:
        gate.wait()
        with b:
            log.append("patient")


def impatient():
    with b:
        gate.wait()
        if not a.acquire(timeout=0.05):
            log.append("impatient")


run(patient, impatient)
print(log)  # expect: ['impatient', 'patient']

# A lock as a signal: the taker waits for a thread that another one lets go on.
ping, pong = threading.Lock(), threading.Lock()
pong.acquire()
order = []


def first():
    for i in range(20):
        ping.acquire()
        time.sleep(0.001)
        order.append("ping")
        pong.release()


def second():
    for i in range(20):
        pong.acquire()
        order.append("pong")
        ping.release()


players = [threading.Thread(target=second), threading.Thread(target=first)]
for player in players:
    player.start()
for player in players:
    player.join()
print(order == ["ping", "pong"] * 20)  # expect: True

# A lock that one thread takes twice, and another one releases.
lock = threading.Lock()
lock.acquire()
releaser = threading.Timer(0.02, lock.release)
releaser.start()
lock.acquire()
releaser.join()
print("released")  # expect: released

# Readers and writers: the first reader takes the room, the last one releases it, and they are not the same.
turnstile, room, mutex = threading.Lock(), threading.Lock(), threading.Lock()
readers = [0]
events = {name: threading.Event() for name in ("one in", "two in", "one out", "writer waits")}


def enter():
    with turnstile:
        pass
    with mutex:
        readers[0] += 1
        if readers[0] == 1:
            room.acquire()


def leave():
    with mutex:
        readers[0] -= 1
        if readers[0] == 0:
            room.release()


def reader_one():
    for turn in range(2):
        turnstile.acquire()
        turnstile.release()
        mutex.acquire()
        readers[0] += 1
        if readers[0] == 1:
            room.acquire()
        mutex.release()
        events["one in"].set()
        events["two in"].wait()
        leave()
        events["one out"].set()
        events["writer waits"].wait()
        time.sleep(0.02)


def reader_two():
    events["one in"].wait()
    enter()
    events["two in"].set()
    events["writer waits"].wait()
    time.sleep(0.1)
    leave()


def writer():
    events["one out"].wait()
    with turnstile:
        events["writer waits"].set()
        with room:
            print("writes")  # expect: writes


run(reader_one, reader_two, writer)
print(readers)  # expect: [0]

# Waiting for each other through conditions, in turn.
turn = threading.Condition()
count = [0]


def step(parity):
    for i in range(100):
        with turn:
            while count[0] % 2 != parity:
                turn.wait()
            count[0] += 1
            turn.notify_all()


run(lambda: step(0), lambda: step(1))
print(count)  # expect: [200]
