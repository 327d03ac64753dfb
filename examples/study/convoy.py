"""The convoy effect: how late a thread that sleeps a millisecond gets the lock back beside threads that only compute.

usage: convoy.py [CPU_THREADS [SLEEPS]]; the figures go to standard error

A thread that has slept owns the processor at once but not the lock. Under the interval order it waits until the holder's
5 ms are over, and when it is unlucky another computing thread gets the lock first, and keeps it for its own 5 ms. So the
lateness grows with the number of computing threads, although the sleeper needs the lock for microseconds.

    gild run examples/study/convoy.py 4
    gild run --scheduling priority examples/study/convoy.py 4
    python3 examples/study/convoy.py 4
"""
import sys
import threading
import time

cpu_threads = int(sys.argv[1]) if len(sys.argv) > 1 else 2
sleeps = int(sys.argv[2]) if len(sys.argv) > 2 else 300
running = True
rounds = [0] * cpu_threads
everybody = threading.Barrier(cpu_threads + 1)


def compute(index):
    everybody.wait()
    while running:
        total = 0
        for number in range(200):
            total += number * number
        rounds[index] += 1


threads = [threading.Thread(target=compute, args=(index,), name=f"cpu {index}") for index in range(cpu_threads)]
for thread in threads:
    thread.start()
everybody.wait()

late = []
started = time.monotonic()
for _ in range(sleeps):
    before = time.monotonic()
    time.sleep(0.001)
    late.append(time.monotonic() - before - 0.001)
seconds = time.monotonic() - started
running = False
for thread in threads:
    thread.join()

late.sort()
print(f"{cpu_threads} computing threads, {sleeps} sleeps of 1 ms")
print(f"lateness: median {late[len(late) // 2] * 1e3:.3f} ms, 99 % {late[len(late) * 99 // 100] * 1e3:.3f} ms", file=sys.stderr)
print(f"computed: {sum(rounds) / seconds:.0f} rounds a second", file=sys.stderr)
# stress: switch
