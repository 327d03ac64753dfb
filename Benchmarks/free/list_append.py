# Threads that append to one list. Usage: list_append.py THREADS. Prints appends a second, of all threads together.
import sys
import threading
import time

THREADS = int(sys.argv[1]) if len(sys.argv) > 1 else 1
STEPS = 4000000 // THREADS
shared = []


def work():
    start.wait()
    for i in range(STEPS):
        shared.append(i)


start = threading.Barrier(THREADS + 1)
threads = [threading.Thread(target=work) for _ in range(THREADS)]
for thread in threads:
    thread.start()
start.wait()
began = time.perf_counter()
for thread in threads:
    thread.join()
seconds = time.perf_counter() - began
assert len(shared) == THREADS * STEPS
print(THREADS * STEPS / seconds)
