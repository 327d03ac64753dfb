# How late does a thread get the lock back after a nap of 1 ms, and what does it cost the threads that compute?
#
# Usage: convoy.py CPU_THREADS NAPS SECONDS
#
# With NAPS 0 nobody naps and the computing threads run for SECONDS: what the other figure is compared with. Prints three
# numbers: median and 99th percentile of the lateness in milliseconds, and rounds of computing a second. Runs on Python 2.
import sys
import threading
import time

CPU_THREADS = int(sys.argv[1])
NAPS = int(sys.argv[2])
SECONDS = float(sys.argv[3])
NAP = 0.001
now = getattr(time, "perf_counter", time.time)
running = True
rounds = [0] * CPU_THREADS


def compute(index):
    while running:
        total = 0
        for number in range(100):
            total += number
        rounds[index] += 1


threads = [threading.Thread(target=compute, args=(index,)) for index in range(CPU_THREADS)]
for thread in threads:
    thread.start()
time.sleep(0.1)
late = [0.0]
before = sum(rounds)
started = now()
if NAPS == 0:
    time.sleep(SECONDS)
for _ in range(NAPS):
    at = now()
    time.sleep(NAP)
    late.append((now() - at - NAP) * 1e3)
computed = (sum(rounds) - before) / (now() - started)
running = False
for thread in threads:
    thread.join()
late.sort()
sys.stdout.write("%.4f %.4f %.1f\n" % (late[len(late) // 2], late[len(late) * 99 // 100], computed))
