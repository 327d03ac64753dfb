# Closures, lambdas, default arguments, star arguments, map and filter.
import sys


def counter(step):
    count = 0

    def increment():
        nonlocal count
        count += step
        return count

    return increment


def compose(f, g):
    return lambda x: f(g(x))


def total(*values, scale=1):
    result = 0
    for value in values:
        result += value
    return result * scale


def work(n):
    one, two = counter(1), counter(2)
    f = compose(lambda x: x + 1, lambda x: x * 2)
    result = 0
    for i in range(n):
        one()
        two()
        result += f(i)
        result += total(i, 1, 2, scale=2)
        if i % 10 == 0:
            result += sum(list(map(f, [1, 2, 3]))) + len(list(filter(lambda v: v > i, [i - 1, i + 1])))
    return result + one() + two()


N = int(sys.argv[1]) if len(sys.argv) > 1 else 800000
print("closures", work(N))
