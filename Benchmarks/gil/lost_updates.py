# How many of four threads' increments are lost, with n += 1 and with n += int(1)?
#
# Usage: lost_updates.py [INCREMENTS]
#
# Prints the two numbers. Runs on Python 2, which has no barrier.
import sys
import threading

INCREMENTS = int(sys.argv[1]) if len(sys.argv) > 1 else 1000000
THREADS = 4
n = 0
start = threading.Event()


def constant():
    global n
    start.wait()
    for _ in range(INCREMENTS):
        n += 1


def call():
    global n
    start.wait()
    for _ in range(INCREMENTS):
        n += int(1)


lost = []
for target in (constant, call):
    n = 0
    start.clear()
    threads = [threading.Thread(target=target) for _ in range(THREADS)]
    for thread in threads:
        thread.start()
    start.set()
    for thread in threads:
        thread.join()
    lost.append(THREADS * INCREMENTS - n)
sys.stdout.write("%d %d\n" % (lost[0], lost[1]))
