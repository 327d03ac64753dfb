# N CPU-bound threads for some seconds: what share of the work does each one get?
#
# Usage: cpu_threads.py [THREADS [SECONDS]]
#
# Each thread counts rounds of the same small loop until the time is over. Jain's index of the counts,
# (sum x)^2 / (n * sum x^2), is 1 when all are equal and 1/n when one thread got everything.
import sys
import threading
import time

THREADS = int(sys.argv[1]) if len(sys.argv) > 1 else 4
SECONDS = float(sys.argv[2]) if len(sys.argv) > 2 else 2.0
start = threading.Barrier(THREADS)
rounds = [0] * THREADS


def work(index):
    start.wait()
    end = time.monotonic() + SECONDS
    count = 0
    while time.monotonic() < end:
        for i in range(100):
            count += 1
    rounds[index] = count


threads = [threading.Thread(target=work, args=(i,), name="cpu-%d" % i) for i in range(THREADS)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
total = sum(rounds)
for i in range(THREADS):
    print("thread %d: %d rounds, %.1f %%" % (i, rounds[i], 100.0 * rounds[i] / total))
index = total * total / (THREADS * sum([x * x for x in rounds]))
print("Jain's index: %.4f" % index)
