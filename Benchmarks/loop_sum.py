# An integer loop: add, multiply, compare, jump.
import sys


def loop(n):
    total = 0
    i = 0
    while i < n:
        if i % 3 == 0:
            total += i
        else:
            total -= 1
        i += 1
    for j in range(n):
        total += j & 7
    return total


N = int(sys.argv[1]) if len(sys.argv) > 1 else 4000000
print("loop_sum", loop(N))
