# What a mutex for every object costs.
#
#     gild compare --regimes gil,object-lock,atomic,biased --threads 1,2 examples/study/object_lock_cost.py
#
# The obvious way to do without one lock: give every object a mutex of its own, and hold it for each change of its count and each access to its contents.
# This program does nothing but that: it makes small objects, puts them into a list, and reads their attributes. One thread already pays for mutexes that
# nobody else wants (the figures say "under a mutex"), and two threads that share their objects wait for each other besides ("times it was not free").
#
# Usage: object_lock_cost.py [threads]
import sys
import threading

THREADS = int(sys.argv[1]) if len(sys.argv) > 1 else 1
ITEMS = 60000


class Point:
    def __init__(self, x, y):
        self.x = x
        self.y = y


def work(start, count, results):
    start.wait()
    total = 0
    points = []
    for i in range(count):
        point = Point(i, 1)
        points.append(point)
        total += point.x + point.y
    for point in points:
        total -= point.x
    results.append(total)


start = threading.Barrier(THREADS)
results = []
threads = [threading.Thread(target=work, args=(start, ITEMS // THREADS, results)) for _ in range(THREADS)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
print(sum(results))  # expect: 60000
