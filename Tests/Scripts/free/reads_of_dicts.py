# Two threads look keys up in a dict beside two that change it: a value belongs to its key, and is alive.
import threading

N = 100
wrong = []


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
    def __init__(self, key):
        self.key = key


def check(key, box):
    if box is not None and box.key != key:
        wrong.append((key, box.key))


# Keys that stay, and whose values are replaced, beside others that make the table grow, shrink and move.
table = {i: Box(i) for i in range(10)}


def replace():
    for i in range(N):
        table[i % 10] = Box(i % 10)


def come_and_go():
    for i in range(N):
        table[10 + i] = Box(10 + i)
        if i % 50 == 49:
            for j in range(i - 49, i + 1):
                del table[10 + j]


def look():
    for i in range(N):
        key = i % 10
        check(key, table[key])
        check(10 + i, table.get(10 + i))
        if key not in table or -1 in table or len(table) < 10:
            wrong.append(key)


run(replace, come_and_go, look, look)
print(len(table), wrong)  # expect: 10 []

# Strings, made anew for each look.
named = {"key " + str(i): Box("key " + str(i)) for i in range(20)}


def replace_named():
    for i in range(N):
        key = "key " + str(i % 20)
        named[key] = Box(key)
        named["other " + str(i)] = Box("other " + str(i))
        if i % 20 == 19:
            for j in range(20):
                check("other " + str(i - j), named.pop("other " + str(i - j)))


def look_named():
    for i in range(N):
        key = "key " + str(i % 20)
        check(key, named[key])
        key = "other " + str(i)
        check(key, named.get(key))
        if "key " + str(i % 20) not in named or "nobody's" in named:
            wrong.append(i)


run(replace_named, look_named, look_named, look_named)
print(len(named), wrong)  # expect: 20 []

# An update is one step: what is read later is never older.
generations = dict.fromkeys(range(500), 0)


def update():
    for g in range(1, N):
        generations.update(dict.fromkeys(range(500), g))


def compare():
    for _ in range(N):
        first = generations[0]
        last = generations[499]
        middle = generations.get(250)
        if not first <= last <= middle:
            wrong.append((first, last, middle))


run(update, compare, compare, compare)
print(generations[0] == N - 1, wrong)  # expect: True []

# Tables that are cleared and filled again, keys that are taken out and put back.
storm = {}


def fill_and_clear():
    for i in range(N // 10):
        for j in range(30):
            storm[j] = Box(j)
            storm["s" + str(j)] = Box("s" + str(j))
        for j in range(10):
            del storm[j]
            storm[j] = Box(j)
        if i % 2 == 0:
            storm.clear()
        else:
            while len(storm) > 3:
                key, value = storm.popitem()
                check(key, value)


def look_around():
    for i in range(N):
        check(i % 30, storm.get(i % 30))
        check("s" + str(i % 30), storm.get("s" + str(i % 30)))
        try:
            check(i % 7, storm[i % 7])
        except KeyError as error:
            if error.args != (i % 7,):
                wrong.append(error.args)


run(fill_and_clear, look_around, look_around, look_around)
print(len(storm) <= 3, wrong)  # expect: True []

# Keys with the same hash, equal keys of other types, and keys whose comparison is a script's.
prime = 2 ** 61 - 1
mixed = {1: "one", 1 + prime: "far", 2.0: "two", "1": "text", (1, 2): "pair"}


class Key:
    def __init__(self, number):
        self.number = number

    def __hash__(self):
        return self.number

    def __eq__(self, other):
        return isinstance(other, Key) and self.number == other.number


keys = [Key(i) for i in range(5)]
for key in keys:
    mixed[key] = key.number


def disturb():
    for i in range(N):
        mixed[1000 + i % 20] = i
        mixed.pop(1000 + (i + 7) % 20, None)


def look_mixed():
    for i in range(N):
        found = (mixed[1], mixed[True], mixed[1.0], mixed[1 + prime], mixed[2], mixed[2.0], mixed["1"], mixed[(1, 2)])
        if found != ("one", "one", "one", "far", "two", "two", "text", "pair"):
            wrong.append(found)
        if mixed[keys[i % 5]] != i % 5 or mixed[Key(i % 5)] != i % 5 or Key(9) in mixed or 1 + 2 * prime in mixed:
            wrong.append(i)


run(disturb, look_mixed, look_mixed, look_mixed)
print(wrong)  # expect: []

# A look-up of a key that cannot be hashed fails as ever.
try:
    mixed[[]]
except TypeError as error:
    print(error)  # expect: unhashable type: 'list'
