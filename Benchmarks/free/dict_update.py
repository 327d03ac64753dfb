# Threads that write to one dict, each its own keys. Usage: dict_update.py THREADS. Prints writes a second, of all threads together.
import sys
import threading
import time

THREADS = int(sys.argv[1]) if len(sys.argv) > 1 else 1
STEPS = 4000000 // THREADS
shared = {}


def work(first):
    start.wait()
    for i in range(STEPS):
        shared[first + i % 1000] = i


start = threading.Barrier(THREADS + 1)
threads = [threading.Thread(target=work, args=(k * 1000,)) for k in range(THREADS)]
for thread in threads:
    thread.start()
start.wait()
began = time.perf_counter()
for thread in threads:
    thread.join()
seconds = time.perf_counter() - began
assert len(shared) == THREADS * 1000
print(THREADS * STEPS / seconds)
