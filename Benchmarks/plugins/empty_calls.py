# Nanoseconds for a call of a native function that does nothing: rounds of ten calls, less the same rounds with nothing in them.
import empty
import sys
import time


def calls(n):
    nothing = empty.nothing
    start = time.perf_counter_ns()
    for _ in range(n):
        nothing(); nothing(); nothing(); nothing(); nothing()
        nothing(); nothing(); nothing(); nothing(); nothing()
    return time.perf_counter_ns() - start


def calls_with_arguments(n):
    nothing = empty.nothing
    start = time.perf_counter_ns()
    for i in range(n):
        nothing(i, n); nothing(i, n); nothing(i, n); nothing(i, n); nothing(i, n)
        nothing(i, n); nothing(i, n); nothing(i, n); nothing(i, n); nothing(i, n)
    return time.perf_counter_ns() - start


def loop(n):
    start = time.perf_counter_ns()
    for _ in range(n):
        pass
    return time.perf_counter_ns() - start


n = int(sys.argv[1]) // 10
base = min([loop(n) for _ in range(9)])
print((min([calls(n) for _ in range(9)]) - base) / (10 * n), (min([calls_with_arguments(n) for _ in range(9)]) - base) / (10 * n))
