# Iterators that several threads advance: every item comes out once, and nothing falls apart.
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


def drain(iterator):
    parts = [[] for _ in range(THREADS)]

    def take(mine):
        def work():
            for item in iterator:
                mine.append(item)
        return work

    run(*[take(mine) for mine in parts])
    return sorted([item for mine in parts for item in mine])


numbers = list(range(N))
print(drain(iter(range(N))) == numbers)  # expect: True
print(drain(iter(numbers)) == numbers)  # expect: True
print(drain(iter(tuple(numbers))) == numbers)  # expect: True
print(drain(reversed(numbers)) == numbers)  # expect: True
print(drain(iter("abcdefgh" * 10)) == sorted("abcdefgh" * 10))  # expect: True
print(drain(iter(set(numbers))) == numbers)  # expect: True
print(drain(iter({number: 0 for number in numbers})) == numbers)  # expect: True
print(drain(iter({number: number for number in numbers}.items())) == [(n, n) for n in numbers])  # expect: True
print(drain(reversed({number: number for number in numbers}.values())) == numbers)  # expect: True
print([number for number, _ in drain(enumerate("x" * N))] == numbers)  # expect: True
print(drain(zip(numbers, numbers[:])) is not None)  # expect: True
print(drain(map(lambda n: n * 2, numbers)) == [n * 2 for n in numbers])  # expect: True
print(drain(filter(lambda n: n % 2, numbers)) == [n for n in numbers if n % 2])  # expect: True
print(drain(iter(range(10 ** 20, 10 ** 20 + N))) == [10 ** 20 + n for n in numbers])  # expect: True

left = iter([n for n in numbers])


def pull():
    try:
        return next(left)
    except StopIteration:
        return -1


print(drain(iter(pull, -1)) == numbers)  # expect: True


class Sequence:
    def __getitem__(self, index):
        if index >= N:
            raise IndexError
        return index


print(set(drain(iter(Sequence()))) == set(numbers))  # expect: True

# Pairs of enumerate and items are tuples of their own, however fast they are dropped.
wrong = []
source = {n: str(n) for n in range(50)}


def walk():
    for _ in range(10):
        for index, (key, value) in enumerate(source.items()):
            if str(key) != value or index != key:
                wrong.append((index, key, value))
        for a, b in zip(range(50), source.values()):
            if str(a) != b:
                wrong.append((a, b))


run(walk, walk, walk, walk)
print(wrong)  # expect: []

# Walking over a list that grows and shrinks ends, and gives what was in it.
growing = list(range(20))


def grow():
    for i in range(N):
        growing.append(i)
        if i % 10 == 9:
            del growing[20:]


def follow():
    for _ in range(20):
        for item in growing:
            if not 0 <= item < N:
                wrong.append(item)
        if sum(growing) < sum(range(20)) or min(growing) != 0 or "," not in ",".join(map(str, growing)):
            wrong.append("whole")


run(grow, follow, follow, follow)
print(wrong)  # expect: []

# A dict whose size changes: the loop says so, or has ended before.
changing = {n: n for n in range(20)}


def resize():
    for i in range(N):
        changing[100 + i] = 100 + i
        del changing[100 + i]


def loop():
    for _ in range(20):
        try:
            for key in changing:
                if changing.get(key, key) != key:
                    wrong.append(key)
        except RuntimeError as error:
            if "changed" not in str(error):
                wrong.append(str(error))


run(resize, loop, loop, loop)
print(wrong)  # expect: []
