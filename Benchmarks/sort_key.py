# Sorting with and without key functions.
import sys


class Item:
    def __init__(self, name, value):
        self.name = name
        self.value = value


def numbers(n):
    seed = 42
    out = []
    for _ in range(n):
        seed = (seed * 1103515245 + 12345) % 2147483648
        out.append(seed)
    return out


N = int(sys.argv[1]) if len(sys.argv) > 1 else 90000
values = numbers(N)
checksum = 0
ordered = sorted(values)
checksum += ordered[N // 2]
by_key = sorted(values, key=lambda v: v % 1000)
checksum += by_key[0] + by_key[-1]
items = [Item("item%d" % v, v) for v in values]
items.sort(key=lambda item: item.value, reverse=True)
checksum += items[N // 3].value
items.sort(key=lambda item: item.name)
checksum += items[N // 4].value
pairs = sorted([(v % 100, v) for v in values])
checksum += pairs[N // 5][1]
print("sort_key", checksum)
