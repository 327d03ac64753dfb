# Nanoseconds for a call of a native function that does nothing: a loop with it, less the same loop without.
import empty
import sys
import time


def calls(n):
    nothing = empty.nothing
    start = time.perf_counter_ns()
    for _ in range(n):
        nothing()
    return time.perf_counter_ns() - start


def calls_with_arguments(n):
    nothing = empty.nothing
    start = time.perf_counter_ns()
    for i in range(n):
        nothing(i, n)
    return time.perf_counter_ns() - start


def loop(n):
    start = time.perf_counter_ns()
    for _ in range(n):
        pass
    return time.perf_counter_ns() - start


n = int(sys.argv[1])
base = min([loop(n) for _ in range(5)])
print((min([calls(n) for _ in range(5)]) - base) / n, (min([calls_with_arguments(n) for _ in range(5)]) - base) / n)
