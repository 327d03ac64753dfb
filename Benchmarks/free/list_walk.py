# Threads that walk over one list. Usage: list_walk.py THREADS [objects]. Prints items a second, of all threads together.
# The items are small integers, which nobody counts; with `objects` each read counts a reference to an object as well.
import sys
import threading
import time

THREADS = int(sys.argv[1]) if len(sys.argv) > 1 else 1
STEPS = 10000000 // THREADS
COUNT = 1000
shared = [[i] for i in range(COUNT)] if "objects" in sys.argv else list(range(COUNT))


def work():
    start.wait()
    items = shared
    for _ in range(STEPS // COUNT):
        for item in items:
            pass


start = threading.Barrier(THREADS + 1)
threads = [threading.Thread(target=work) for _ in range(THREADS)]
for thread in threads:
    thread.start()
start.wait()
began = time.perf_counter()
for thread in threads:
    thread.join()
print(THREADS * STEPS / (time.perf_counter() - began))
