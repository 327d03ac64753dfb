# Dicts with integer keys: insert, look up, update, delete, iterate.
import sys


def work(n):
    table = {}
    for i in range(n):
        table[i * 31 % n] = i
    total = 0
    for i in range(n):
        total += table[i]
    for i in range(n):
        key = i * i % 1009
        table[key] = table.get(key, 0) + 1
    for i in range(0, n, 2):
        if i in table:
            del table[i]
    for key, value in table.items():
        total += key ^ value
    return total


N = int(sys.argv[1]) if len(sys.argv) > 1 else 30
checksum = 0
for _ in range(N):
    checksum += work(40000)
print("dict_int", checksum)
