# Global variables, modules and names that four threads use at once.
import sys
import threading

THREADS = 4
ROUNDS = 400


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
shared = [0, 0]


def replace(number):
    global shared
    for i in range(ROUNDS * 4):
        shared = [number, i]
        seen = shared
        if len(seen) != 2:
            errors.append(seen)


together(replace)
print("replaced", len(shared), errors)  # expect: replaced 2 []


# A variable that comes and goes: bound or not, never anything else.
def flicker(number):
    global flickering, own0, own1, own2, own3
    for i in range(ROUNDS):
        flickering = [i]
        try:
            if len(flickering) != 1:
                errors.append("flickering")
            del flickering
        except NameError:
            pass
        if number == 0:
            own0 = i
        elif number == 1:
            own1 = i
        elif number == 2:
            own2 = i
        else:
            own3 = i


together(flicker)
flickering = "bound"
print("flickered", flickering, own0, own1, own2, own3, errors)  # expect: flickered bound 399 399 399 399 []


# A module imported for the first time by all of them, and attributes of a module.
modules = [None] * THREADS


def use_modules(number):
    import math
    import time

    modules[number] = math
    for i in range(ROUNDS):
        setattr(math, "marker", [number, i])
        if len(math.marker) != 2 or math.sqrt(16) != 4.0:
            errors.append("module")
        setattr(math, "own%d" % number, i)
        if getattr(math, "own%d" % number) != i:
            errors.append("own")
        delattr(math, "own%d" % number)


together(use_modules)
print("modules", all([m is modules[0] for m in modules]), errors)  # expect: modules True []

# One text is one name, whoever interns it first.
names = [None] * THREADS


def name(number):
    names[number] = [sys.intern("".join(["na", "me", str(i)])) for i in range(ROUNDS)]


together(name)
print("names", all([names[0][i] is names[n][i] for n in range(THREADS) for i in range(ROUNDS)]))  # expect: names True


# Names are made while a shared string is used as one.
class Holder:
    pass


keys = ["".join(["key", str(i)]) for i in range(50)]


def use_keys(number):
    holder = Holder()
    for i, key in enumerate(keys):
        setattr(holder, key, i)
        if getattr(holder, key) != i:
            errors.append(key)


together(use_keys)
print("keys", keys[7], errors)  # expect: keys key7 []


# Functions and closures made by all of them.
def closures(number):
    made = []
    for i in range(ROUNDS):
        def inner(a, b=i, *, c=number):
            return a + b + c + i

        made.append(inner)
    # `i` is one cell; `b` is its value when the function was made.
    if sum([f(1) for f in made]) != ROUNDS * (1 + number + ROUNDS - 1) + sum(range(ROUNDS)):
        errors.append("closures")


together(closures)
print("closures", errors)  # expect: closures []
