# Attribute loads and stores on instances and classes.
import sys


class Point:
    scale = 3

    def __init__(self, x, y):
        self.x = x
        self.y = y
        self.count = 0


def work(n):
    points = [Point(i, -i) for i in range(10)]
    for i in range(n):
        p = points[i % 10]
        p.x += p.scale
        p.y = p.x - p.y
        p.count += 1
        if p.y > 100000:
            p.y = 0
    return sum([p.x + p.y + p.count for p in points])


N = int(sys.argv[1]) if len(sys.argv) > 1 else 3000000
print("attributes", work(N))
