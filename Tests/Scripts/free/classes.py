# Classes that four threads make, change and use at once.
import threading

THREADS = 4
ROUNDS = 150


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


errors = []


class Base:
    count = 0
    label = ["base"]

    def value(self):
        return 1

    def __len__(self):
        return 3


class Derived(Base):
    pass


# Class attributes that all replace, seen through the class, a subclass and an instance.
instance = Derived()


def relabel(number):
    for i in range(ROUNDS * 4):
        Base.label = ["label", number, i]
        Base.count += 1
        for seen in (Base.label, Derived.label, instance.label):
            if seen[0] != "label":
                errors.append(seen)


together(relabel)
print("labels", instance.label[0], 0 < Base.count <= 2400, errors)  # expect: labels label True []


# Methods that all replace while all call them.
def method(n):
    def value(self):
        return n

    return value


def patch(number):
    for i in range(ROUNDS):
        Base.value = method(number)
        if instance.value() not in range(THREADS) or Base.value(instance) not in range(THREADS):
            errors.append("value")
        bound = instance.value
        if bound() not in range(THREADS):
            errors.append("bound")


together(patch)
print("methods", instance.value() in range(THREADS), errors)  # expect: methods True []


# Special methods likewise.
def patch_special(number):
    for i in range(ROUNDS // 3):
        Base.__len__ = lambda self, n=number: n
        Base.__call__ = lambda self, n=number: [n]
        if len(instance) not in range(THREADS) or instance()[0] not in range(THREADS):
            errors.append("special")


together(patch_special)
print("special", len(instance) in range(THREADS), errors)  # expect: special True []

# Each makes subclasses of one base, with instances, and lets them go.
made = [0] * THREADS


def make(number):
    for i in range(ROUNDS):
        class Local(Base):
            def __init__(self, n):
                self.n = n
                self.other = [n]

            def __repr__(self):
                return "Local(%d)" % self.n

        if repr(Local(i)) != "Local(%d)" % i or Local(i).other != [i]:
            errors.append(i)
        made[number] += issubclass(Local, Base)


together(make)
print("made", made, errors)  # expect: made [150, 150, 150, 150] []


# Attributes of a class that come and go.
def come_and_go(number):
    name = "attr%d" % number
    for i in range(ROUNDS):
        setattr(Base, name, [i])
        if getattr(instance, name) != [i] or getattr(Derived, name) != [i]:
            errors.append(name)
        delattr(Base, name)
        if hasattr(Derived, name):
            errors.append(name)
        Base.__qualname__ = "Base" + name
        if not Base.__qualname__.startswith("Baseattr"):
            errors.append(Base.__qualname__)


together(come_and_go)
print("gone", [hasattr(Base, "attr%d" % n) for n in range(THREADS)], errors)  # expect: gone [False, False, False, False] []
