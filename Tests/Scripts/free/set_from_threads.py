# Four threads work on the same set.
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


numbers = set()


def add(step):
    def work():
        for i in range(N):
            numbers.add(i * step % (N * 3))
            numbers.add("s" + str(i))
    return work


run(*[add(step) for step in (1, 2, 3, 1)])
expected = {i * step % (N * 3) for i in range(N) for step in (1, 2, 3)} | {"s" + str(i) for i in range(N)}
print(numbers == expected, len(numbers) == len(expected))  # expect: True True

# pop and remove give every element to one thread.
taken = [[] for _ in range(THREADS)]


def pop(mine):
    def work():
        while True:
            try:
                mine.append(numbers.pop())
            except KeyError:
                return
    return work


def remove(mine):
    def work():
        for i in range(N * 3):
            try:
                numbers.remove(i)
            except KeyError:
                continue
            mine.append(i)
    return work


run(pop(taken[0]), pop(taken[1]), remove(taken[2]), remove(taken[3]))
everything = [element for mine in taken for element in mine]
print(len(everything) == len(expected), set(everything) == expected, numbers)  # expect: True True set()

# Algebra on operands that change: the part that stays is always there.
base = set(range(20))
other = frozenset(range(10, 30))
wrong = []


def change():
    for i in range(N):
        base.add(100 + i % 7)
        base.discard(100 + (i + 3) % 7)


def compute():
    for i in range(N // 4):
        if base & other != set(range(10, 20)):
            wrong.append("and")
        if not base | other >= set(range(30)):
            wrong.append("or")
        if not base - other >= set(range(10)):
            wrong.append("sub")
        if not set(range(10)) <= base ^ other:
            wrong.append("xor")
        if not base >= {1, 2, 3} or base.isdisjoint({5}) or 5 not in base:
            wrong.append("in")
        if not set(list(base)) >= set(range(20)) or len(base.copy()) < 20:
            wrong.append("list")
        repr(base)


run(change, change, compute, compute)
print(wrong)  # expect: []

left = {1, 2}
right = {3}


def cross(a, b):
    def work():
        nonlocal a
        for i in range(20):
            a |= b
            a == b
            a.update(b, [1, 2])
            a.intersection_update({1, 2, 3})
            a & b
    return work


run(cross(left, right), cross(right, left), cross(left, right), cross(right, left))
print(left, right)  # expect: {1, 2, 3} {1, 2, 3}

# The hash of a frozenset, asked for the first time by all threads at once.
frozen = [frozenset(range(i, i + 5)) for i in range(N)]
hashes = [[] for _ in range(THREADS)]


def ask(mine):
    def work():
        for value in frozen:
            mine.append(hash(value))
    return work


run(*[ask(mine) for mine in hashes])
print(all([mine == hashes[0] for mine in hashes]), len({value: 1 for value in frozen}))  # expect: True 200
