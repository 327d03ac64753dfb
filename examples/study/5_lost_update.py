# Statement 5: the GIL does not make a program's own steps atomic.
#
# `n += 1` reads n, adds, and writes n: three steps. Since CPython 3.10 a thread that is asked to drop
# the GIL does so only at a checkpoint: where a function is entered, where a loop jumps back, and after
# a call. `n += 1` has none between its read and its write, so no update is lost, by luck of the
# implementation. `n += int(1)` makes a call after n was read: a switch there lets the other threads
# write, and then overwrites what they wrote.
#
# A short switch interval makes the switches frequent. The loop of the second part ends as soon as an
# update is lost, which is within the first rounds.
# regimes: gil
import sys
import threading

sys.setswitchinterval(0.000005)
THREADS = 4
n = 0
start = threading.Barrier(THREADS)


def add_constant(count):
    global n
    start.wait()
    for _ in range(count):
        n += 1


def add_call(count):
    global n
    start.wait()
    for _ in range(count):
        n += int(1)


def lost(work, count):
    """The number of updates lost by four threads that add one `count` times each."""
    global n
    n = 0
    threads = [threading.Thread(target=work, args=(count,)) for _ in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return THREADS * count - n


constant = lost(add_constant, 100000)
call = 0
for attempt in range(50):
    call += lost(add_call, 50000)
    if call:
        break
print("n += 1:", "updates lost" if constant else "no update lost")  # expect: n += 1: no update lost
print("n += int(1):", "updates lost" if call else "no update lost")  # expect: n += int(1): updates lost
print("never more than there were:", n > 0 and constant >= 0 and call >= 0)
# stress: switch
