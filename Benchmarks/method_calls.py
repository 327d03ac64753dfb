# Method calls along an inheritance chain, through super() and on built-in types.
import sys


class Shape:
    def __init__(self, size):
        self.size = size

    def area(self):
        return 0

    def describe(self, factor):
        return self.area() * factor


class Square(Shape):
    def area(self):
        return self.size * self.size


class Cube(Square):
    def area(self):
        return 6 * super().area()


class Counter:
    def __init__(self):
        self.n = 0

    def add(self, k):
        self.n += k
        return self

    def get(self):
        return self.n


def work(n):
    shapes = [Square(2), Cube(3), Square(4), Shape(5)]
    counter = Counter()
    total = 0
    for i in range(n):
        total += shapes[i & 3].describe(2)
        counter.add(i & 7).add(1)
        total += counter.get() & 1
    return total + counter.get()


N = int(sys.argv[1]) if len(sys.argv) > 1 else 1100000
print("method_calls", work(N))
