# Why a mutex per object is not enough: with two of them, threads can wait for each other for ever.
#
#     gild run --regime object-lock --lock-order access examples/study/deadlock.py
#     gild run --regime object-lock examples/study/deadlock.py
#
# Two lists are extended into each other by two threads. With a mutex for each object, `left.extend(right)` locks `left`, because it changes it, and then `right`,
# because it reads it. The other thread does the opposite:
#
#     Ann   left.extend(right)     locks left    wants right
#     Bob   right.extend(left)     locks right   wants left
#
# Nobody wrote a lock into this program, and nobody can see one. Between the first mutex and the second lie a few nanoseconds, so it would work for years; here
# each thread waits in the middle until the other one has come as far, so that it happens every time. gild finds the cycle when the second thread
# begins to wait, prints who holds what, and raises DeadlockError in one of the two; the other one goes on.
#
# In the order of addresses (`--lock-order address`, the default) this cannot happen, and it cannot happen where one lock guards everything.
#
# What CPython prints is what gild prints everywhere else:
# lock-order: address
import threading

left = [1, 2, 3]
right = [10, 20, 30]
half_way = threading.Barrier(2)
failed = []


class Items:
    """What a list contains, once both threads are in the middle of their operation."""

    def __init__(self, items):
        self.items = items

    def __iter__(self):
        half_way.wait()
        return iter(self.items[:])


def extend(changed, read):
    before = len(changed)
    try:
        changed.extend(Items(read))
    except RuntimeError as error:
        # The operation failed as a whole.
        failed.append((type(error).__name__, changed, read))
        print("nothing is half done:", len(changed) == before)


threads = [
    threading.Thread(target=extend, args=(left, right), name="Ann"),
    threading.Thread(target=extend, args=(right, left), name="Bob"),
]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()

# Once the other one is done: at once, this would only be the same deadlock again.
for _, changed, read in failed:
    changed.extend(read)
print("both are longer:", len(left) >= 6 and len(right) >= 6)  # expect: both are longer: True
print("deadlocks:", [name for name, _, _ in failed] or "none")
