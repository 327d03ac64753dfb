# Floats in lists: a smoothing stencil over a ring, and sums.
import sys


def smooth(values, rounds):
    n = len(values)
    for _ in range(rounds):
        following = [0.0] * n
        for i in range(n):
            left = values[i - 1]
            right = values[i + 1] if i + 1 < n else values[0]
            following[i] = 0.25 * left + 0.5 * values[i] + 0.25 * right
        values = following
    return values


N = int(sys.argv[1]) if len(sys.argv) > 1 else 900
values = smooth([float(i % 17) * 1.5 for i in range(10000)], N // 10)
mean = sum(values) / len(values)
variance = sum([(v - mean) * (v - mean) for v in values])
norm = 0.0
for _ in range(N // 3):
    for v in values:
        norm += v * v
print("float_list %.9f %.9f %.6e" % (mean, variance, norm))
