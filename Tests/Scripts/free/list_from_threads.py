# Four threads work on the same list: no item is lost, doubled or torn.
import threading

N = 200
THREADS = 4


def run(*workers):
    barrier = threading.Barrier(len(workers))

    def start(work):
        barrier.wait()
        work()

    threads = [threading.Thread(target=start, args=(work,)) for work in workers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


class Box:
    def __init__(self, number):
        self.number = number


items = []


def append(first):
    def work():
        for i in range(N):
            items.append(Box(first + i))
    return work


run(*[append(k * N) for k in range(THREADS)])
print(sorted([box.number for box in items]) == list(range(THREADS * N)))  # expect: True

# Growing by whole lists, each of which arrives in one piece.
pieces = []


def extend(number):
    def work():
        for i in range(N // 10):
            pieces.extend([number, number, number])
            pieces.append(number)
    return work


run(*[extend(k) for k in range(THREADS)])
print(len(pieces), [pieces.count(k) for k in range(THREADS)])  # expect: 320 [80, 80, 80, 80]

# Taking out: every item goes to one thread.
taken = [[] for _ in range(THREADS)]


def pop(mine):
    def work():
        while True:
            try:
                mine.append(items.pop())
            except IndexError:
                return
    return work


run(*[pop(mine) for mine in taken])
print(sorted([box.number for mine in taken for box in mine]) == list(range(THREADS * N)), len(items))  # expect: True 0

# Replacing items while others read them, by index, by slice and by unpacking.
cells = [Box(0), Box(0), Box(0)]
wrong = []


def replace():
    for i in range(N):
        cells[i % 3] = Box(i)
        cells[0:2] = [Box(i), Box(i)]


def read():
    for i in range(N):
        a, b, c = cells
        d = cells[i % 3]
        e = cells[-1]
        f, g = cells[0:2]
        for box in (a, b, c, d, e, f, g):
            if not 0 <= box.number < N:
                wrong.append(box.number)
        if len(cells) != 3:
            wrong.append(len(cells))


run(replace, replace, read, read)
print(wrong)  # expect: []

# Sorting, reversing and rotating keep the items.
numbers = list(range(50))


def sort():
    for i in range(N // 10):
        try:
            numbers.sort(reverse=i % 2 == 0)
        except ValueError:
            pass


def rotate():
    for i in range(N // 10):
        numbers.reverse()
        copy = numbers[:]
        if sorted(copy) != list(range(50)) and len(copy) == 50:
            wrong.append(copy)


run(sort, sort, rotate, rotate)
print(sorted(numbers) == list(range(50)), wrong)  # expect: True []

# Two lists that are extended by each other and compared: nobody waits for ever.
left = [1]
right = [2]


def cross(a, b):
    def work():
        nonlocal a
        for i in range(20):
            a += b
            del a[1:]
            a == b
            a + b
            a[:] = b[:1]
    return work


run(cross(left, right), cross(right, left), cross(left, right), cross(right, left))
print(set(left) <= {1, 2}, set(right) <= {1, 2})  # expect: True True

# Objects that are shared by several lists, dropped by several threads.
shared = [[Box(i)] for i in range(10)]


def churn():
    for i in range(N):
        j = i % 10
        old = shared[j]
        shared[j] = old[:] if i % 2 else [Box(i)]
        if not isinstance(old[0], Box):
            wrong.append(old)


run(churn, churn, churn, churn)
print(len(shared), wrong)  # expect: 10 []
