# Threads that sleep and wait beside threads that compute, with priority for those that come back: everybody gets on, and nobody's work is lost.
# regimes: gil gil-3.2
# options: --scheduling priority
import threading
import time

COMPUTING = 4
NAPPING = 3
counts = [0] * COMPUTING
naps = [0] * NAPPING
lock = threading.Lock()
order = []
running = True


def compute(index):
    while running:
        total = 0
        for number in range(200):
            total += number
        assert total == 19900
        counts[index] += 1


def nap(index):
    for _ in range(20):
        time.sleep(0.0005)
        with lock:
            order.append(index)
            naps[index] += 1


def long_nap(event, done):
    # Comes back, and then computes for as long as others do: it loses its priority and no more.
    event.wait()
    total = 0
    for number in range(200000):
        total += number
    done.append(total)


computing = [threading.Thread(target=compute, args=(index,)) for index in range(COMPUTING)]
napping = [threading.Thread(target=nap, args=(index,)) for index in range(NAPPING)]
event = threading.Event()
done = []
late = threading.Thread(target=long_nap, args=(event, done))
for thread in computing + napping + [late]:
    thread.start()
event.set()
for thread in napping + [late]:
    thread.join()
while min(counts) == 0:
    time.sleep(0.001)
running = False
for thread in computing:
    thread.join()
print(naps, len(order), [order.count(index) for index in range(NAPPING)])  # expect: [20, 20, 20] 60 [20, 20, 20]
print(done == [sum(range(200000))], min(counts) > 0)  # expect: True True
