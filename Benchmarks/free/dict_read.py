# Threads that read one dict. Usage: dict_read.py THREADS [strings]. Prints reads a second, of all threads together.
# Keys and values are small integers; with `strings` the keys are strings, made by each thread for itself.
import sys
import threading
import time

THREADS = int(sys.argv[1]) if len(sys.argv) > 1 else 1
STEPS = 10000000 // THREADS
COUNT = 1000
key = str if "strings" in sys.argv else int
shared = {key(i): i for i in range(COUNT)}


def work():
    table = shared
    keys = [key(i) for i in range(COUNT)]
    start.wait()
    for i in range(STEPS):
        table[keys[i % COUNT]]


start = threading.Barrier(THREADS + 1)
threads = [threading.Thread(target=work) for _ in range(THREADS)]
for thread in threads:
    thread.start()
start.wait()
began = time.perf_counter()
for thread in threads:
    thread.join()
print(THREADS * STEPS / (time.perf_counter() - began))
