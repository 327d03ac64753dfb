# Raising, catching, finally, and try blocks that do not raise.
import sys


class Odd(Exception):
    pass


def check(i):
    if i % 4 == 1:
        raise Odd(i)
    return i


def work(n):
    total = cleanups = 0
    for i in range(n):
        try:
            total += check(i)
        except Odd:
            total -= 1
        finally:
            cleanups += 1
        try:
            total ^= i
        except ValueError:
            total = 0
    table = {}
    for i in range(n // 4):
        try:
            total += table[i % 8]
        except KeyError:
            table[i % 16] = i
    return total, cleanups


N = int(sys.argv[1]) if len(sys.argv) > 1 else 2000000
print("exceptions", *work(N))
