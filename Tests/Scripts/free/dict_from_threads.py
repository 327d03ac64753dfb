# Four threads work on the same dict: every key is there once, every value belongs to its key.
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


table = {}


def fill(first):
    def work():
        for i in range(first, first + N):
            table[i] = [i]
            table["k" + str(i)] = (i,)
    return work


run(*[fill(k * N) for k in range(THREADS)])
print(len(table), all([table[i] == [i] and table["k" + str(i)] == (i,) for i in range(THREADS * N)]))  # expect: 1600 True

# setdefault makes one value for a key, whoever is first.
first = {}
seen = [[] for _ in range(THREADS)]


def default(mine):
    def work():
        for i in range(N):
            mine.append(first.setdefault(i, [i]))
    return work


run(*[default(mine) for mine in seen])
print(len(first), all([mine[i] is first[i] for mine in seen for i in range(N)]))  # expect: 200 True

# pop and popitem give every value to one thread.
taken = [[] for _ in range(THREADS)]


def pop(mine):
    def work():
        for i in range(THREADS * N):
            value = table.pop(i, None)
            if value is not None:
                mine.append(value[0])
    return work


def popitem(mine):
    def work():
        while True:
            try:
                key, value = table.popitem()
            except KeyError:
                return
            mine.append(value[0])
    return work


run(pop(taken[0]), pop(taken[1]), popitem(taken[2]), popitem(taken[3]))
numbers = sorted([number for mine in taken for number in mine])
print(numbers == sorted(list(range(THREADS * N)) * 2), table)  # expect: True {}

# Values that are replaced while they are read; copies, listings and comparisons while keys come and go.
wrong = []
live = {key: [key] for key in range(20)}


def replace():
    for i in range(N):
        live[i % 20] = [i % 20]
        live.update({i % 20: [i % 20], "extra": ["extra"]})


def come_and_go():
    for i in range(N):
        live[100 + i % 5] = [100 + i % 5]
        live.pop(100 + (i + 2) % 5, None)
        if i % 20 == 0:
            live.pop("extra", None)


def look():
    for i in range(N):
        if live[i % 20] != [i % 20] or live.get(i % 20) != [i % 20]:
            wrong.append(i)
        if i % 10 == 0:
            for key, value in list(live.items()):
                if value != [key]:
                    wrong.append((key, value))
            for key, value in dict(live).items():
                if value != [key]:
                    wrong.append((key, value))
            if len(live) < 20 or not set(range(20)) <= set(live) or 3 not in live.keys():
                wrong.append(len(live))
            live == dict(live)
            repr(live)


run(replace, come_and_go, look, look)
print(wrong, sorted([key for key in live if isinstance(key, int) and key < 100]) == list(range(20)))  # expect: [] True


# Keys whose comparison runs Python code: the search goes on where the table has changed.
class Key:
    def __init__(self, number):
        self.number = number

    def __hash__(self):
        return self.number % 7

    def __eq__(self, other):
        return isinstance(other, Key) and self.number == other.number


slow = {}


def work(start):
    def body():
        for i in range(30):
            slow[Key((start + i) % 30)] = (start + i) % 30
            slow.get(Key(i))
            if i % 3 == 0:
                slow.pop(Key((start + i) % 30), None)
    return body


run(work(0), work(7), work(14), work(21))
print(all([key.number == value for key, value in slow.items()]), len(slow) == len(set([key.number for key in slow])))  # expect: True True


# Two dicts that are merged into each other.
a = {1: 1}
b = {2: 2}


def cross(x, y):
    def body():
        nonlocal x
        for i in range(20):
            x.update(y)
            x |= y
            x | y
            x == y
    return body


run(cross(a, b), cross(b, a), cross(a, b), cross(b, a))
print(sorted(a), sorted(b))  # expect: [1, 2] [1, 2]


# Keywords and positional arguments from containers that change.
def total(*args, **keywords):
    return len(args) == len(set(args)), all([name == value for name, value in keywords.items()])


options = {"a": "a", "b": "b"}
positional = [1, 2, 3]


def call():
    for i in range(N // 4):
        if total(*positional, **options) != (True, True):
            wrong.append("call")


def change():
    for i in range(N // 4):
        options["c" + str(i % 9)] = "c" + str(i % 9)
        options.pop("c" + str((i + 3) % 9), None)
        positional.append(10 + i)
        if i % 9 == 8:
            del positional[3:]


run(call, call, call, change)
print(wrong)  # expect: []
