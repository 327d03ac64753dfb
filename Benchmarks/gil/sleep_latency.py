# How late does a sleeping thread wake up while others compute? It has to win the GIL back.
#
# Usage: sleep_latency.py [CPU_THREADS [NAPS]]
#
# Without competition a nap of 1 ms ends a little late; with CPU-bound threads it ends up to a switch
# interval (5 ms) later, the convoy effect. The figures go to standard output.
import sys
import threading
import time

CPU_THREADS = int(sys.argv[1]) if len(sys.argv) > 1 else 2
NAPS = int(sys.argv[2]) if len(sys.argv) > 2 else 100
NAP = 0.001
stop = False


def compute():
    count = 0
    while not stop:
        count += 1


def late():
    delays = []
    for _ in range(NAPS):
        started = time.perf_counter()
        time.sleep(NAP)
        delays.append((time.perf_counter() - started - NAP) * 1e3)
    delays.sort()
    return delays


def show(name, delays):
    print("%s: median %.3f ms late, p90 %.3f, max %.3f" % (name, delays[NAPS // 2], delays[NAPS * 9 // 10], delays[-1]))


show("alone", late())
threads = [threading.Thread(target=compute, name="cpu-%d" % i) for i in range(CPU_THREADS)]
for thread in threads:
    thread.start()
show("with %d CPU-bound threads" % CPU_THREADS, late())
stop = True
for thread in threads:
    thread.join()
