# Attributes of shared objects, added, changed, deleted and read by four threads at once.
import threading

THREADS = 4
ROUNDS = 300


def together(work):
    barrier = threading.Barrier(THREADS)

    def run(number):
        barrier.wait()
        work(number)

    threads = [threading.Thread(target=run, args=(n,)) for n in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


class Point:
    def __init__(self):
        self.x = [0]
        self.y = (0, 0)


class Bag:
    pass


# A slot that all replace: a read gives what somebody wrote.
point = Point()
errors = []


def replace(number):
    for i in range(ROUNDS * 4):
        point.x = [number, i]
        seen = point.x
        if len(seen) != 2 or not 0 <= seen[0] < THREADS:
            errors.append(seen)


together(replace)
print("replaced", len(point.x), errors)  # expect: replaced 2 []

# Every thread adds attributes of its own to objects that all know; none is lost.
bags = [Bag() for _ in range(ROUNDS)]
names = [["a%d_%d" % (n, i) for i in range(6)] for n in range(THREADS)]


def add(number):
    for bag in bags:
        for name in names[number]:
            setattr(bag, name, [number, name])


together(add)
whole = 0
for bag in bags:
    whole += all([getattr(bag, name) == [n, name] for n in range(THREADS) for name in names[n]])
print("whole", whole)  # expect: whole 300

# One deletes an attribute, so that the instance keeps a dict from then on; the others' writes are not lost.
points = [Point() for _ in range(ROUNDS)]


def change(number):
    for i, p in enumerate(points):
        if number == 0:
            del p.y
        elif number == 1:
            p.x = ["one", i]
            if p.x[0] != "one":
                errors.append((number, p.x))
        elif number == 2:
            p.z = ["two", i]
            if p.z != ["two", i]:
                errors.append((number, p.z))
        else:
            for _ in range(4):
                if len(p.x) > 2:
                    errors.append((number, p.x))


together(change)
print("changed", sum([p.x == ["one", i] and p.z == ["two", i] and not hasattr(p, "y") for i, p in enumerate(points)]), errors)
# expect: changed 300 []

# Many attributes, beyond those that lie in the object.
wide = [Bag() for _ in range(20)]


def widen(number):
    for bag in wide:
        for i in range(40):
            setattr(bag, "w%d" % i, (number, i))
            if getattr(bag, "w%d" % i)[1] != i:
                errors.append(i)


together(widen)
print("wide", sum([getattr(bag, "w%d" % i)[1] == i for bag in wide for i in range(40)]), errors)  # expect: wide 800 []


# Functions have attributes, too.
def target():
    pass


def annotate(number):
    for i in range(ROUNDS):
        setattr(target, "f%d" % number, [i])
        if getattr(target, "f%d" % number) != [i]:
            errors.append(number)
        target.__doc__ = "doc %d" % i
        target.__name__ = "name%d" % i
        if not target.__doc__.startswith("doc ") or not target.__name__.startswith("name"):
            errors.append(target.__doc__)


together(annotate)
print("function", [getattr(target, "f%d" % n) for n in range(THREADS)], errors)  # expect: function [[299], [299], [299], [299]] []
