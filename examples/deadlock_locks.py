# Two locks, taken in opposite order: each thread holds what the other one wants. CPython hangs here for ever. gild sees the
# cycle when the second thread begins to wait, prints it on standard error, and gives that thread DeadlockError: it lets go
# of its lock, and the other one finishes.
# oracle: none
import threading

forks = threading.Lock()
knives = threading.Lock()
both_have_one = threading.Barrier(2)
finished = []
gave_way = []


def eat(name, first, second):
    with first:
        both_have_one.wait()
        try:
            with second:
                finished.append(name)
        except DeadlockError:
            gave_way.append(name)


threads = [
    threading.Thread(target=eat, args=("Ann", forks, knives), name="Ann"),
    threading.Thread(target=eat, args=("Bob", knives, forks), name="Bob"),
]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()

print("finished:", len(finished))  # expect: finished: 1
print("gave way:", len(gave_way))  # expect: gave way: 1
