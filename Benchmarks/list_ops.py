# Lists: append, pop, index, slice, comprehension, reverse, sort.
import sys


def work(n):
    values = []
    for i in range(n):
        values.append(i * 7919 % 10007)
    total = 0
    for i in range(0, n, 2):
        values[i], values[n - 1 - i] = values[n - 1 - i], values[i]
    for value in values:
        total += value
    evens = [value for value in values if value % 2 == 0]
    squares = [value * value for value in evens]
    evens.reverse()
    stack = []
    for value in squares:
        stack.append(value)
        if len(stack) > 50:
            total += stack.pop() - stack.pop()
    for i in range(0, n - 10, 10):
        total += len(values[i:i + 10])
    values.sort()
    return total + values[n // 2] + len(evens) + sum(values[::3])


N = int(sys.argv[1]) if len(sys.argv) > 1 else 30
checksum = 0
for _ in range(N):
    checksum += work(30000)
print("list_ops", checksum)
