# How late does a thread get the lock back after a nap of 1 ms, and what does it cost the threads that compute?
#
# Usage: convoy.py CPU_THREADS NAPS [WINDOWS]
#
# Windows with naps, at least one in each, lie between windows without: the speed of a machine that others use drifts, and a window and its two neighbours
# share it. Prints three numbers: median and 99th percentile of the lateness in milliseconds, and what part of their rate beside
# nobody the computing threads keep beside the naps, the median over the windows. Runs on Python 2.
import sys
import threading
import time

CPU_THREADS = int(sys.argv[1])
NAPS = int(sys.argv[2])
WINDOWS = int(sys.argv[3]) if len(sys.argv) > 3 else 10
NAP = 0.001
QUIET = 0.1
now = getattr(time, "perf_counter", time.time)
running = True
rounds = [0] * CPU_THREADS


def compute(index):
    while running:
        total = 0
        for number in range(100):
            total += number
        rounds[index] += 1


def rate(work):
    before = sum(rounds)
    started = now()
    work()
    return (sum(rounds) - before) / (now() - started)


def quiet():
    time.sleep(QUIET)


def naps():
    for _ in range(max(1, NAPS // WINDOWS)):
        at = now()
        time.sleep(NAP)
        late.append((now() - at - NAP) * 1e3)


threads = [threading.Thread(target=compute, args=(index,)) for index in range(CPU_THREADS)]
for thread in threads:
    thread.start()
quiet()
late = []
kept = []
before = rate(quiet)
for _ in range(WINDOWS):
    beside = rate(naps)
    after = rate(quiet)
    kept.append(2 * beside / (before + after))
    before = after
running = False
for thread in threads:
    thread.join()
late.sort()
kept.sort()
sys.stdout.write("%.4f %.4f %.4f\n" % (late[len(late) // 2], late[len(late) * 99 // 100], kept[len(kept) // 2]))
