# Threads that share nothing but the code: each makes, links and reads objects of its own.
# Usage: private_objects.py THREADS. Prints steps a second, of all threads together.
import sys
import threading
import time

THREADS = int(sys.argv[1]) if len(sys.argv) > 1 else 1
STEPS = 600000


class Node:
    def __init__(self, value, following):
        self.value = value
        self.following = following


def work():
    start.wait()
    head = None
    total = 0
    for i in range(STEPS):
        head = Node(i, head)
        total += head.value
        if i % 100 == 99:
            head = None
    return total


start = threading.Barrier(THREADS + 1)
threads = [threading.Thread(target=work) for _ in range(THREADS)]
for thread in threads:
    thread.start()
start.wait()
began = time.perf_counter()
for thread in threads:
    thread.join()
print(THREADS * STEPS / (time.perf_counter() - began))
