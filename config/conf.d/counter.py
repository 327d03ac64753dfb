"""Threads that count in a dict which they share: worker(index) is called once on each.

`total = shared[key]; shared[key] = total + 1` loses updates when the lock changes hands between the two, so the total is
counted under a lock, and each thread's own count without one.

In CPython: PYTHONPATH=python python3 -c 'import runpy; runpy.run_path("config/conf.d/counter.py")["worker"](0)'
"""

import sys
import threading

import gild

rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
lock = threading.Lock()
gild.shared["counter"] = 0


def worker(index):
    own = 0
    for _ in range(rounds):
        own += 1
        if own % 100 == 0:
            with lock:
                gild.shared["counter"] += 100
    gild.log(f"thread {index} counted to {own}")


if __name__ == "__main__":
    print(f"{gild.workload}: {rounds} rounds a thread")
