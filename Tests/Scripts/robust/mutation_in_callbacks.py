# Containers that change while an operation on them runs a script's methods.
import gc

targets = []


class Key:
    """Its methods empty or fill whatever is in `targets`."""

    def __init__(self, value, change):
        self.value = value
        self.change = change

    def __hash__(self):
        return 1

    def __eq__(self, other):
        for target in targets:
            self.change(target)
        return isinstance(other, Key) and self.value == other.value

    def __lt__(self, other):
        for target in targets:
            self.change(target)
        return self.value < other.value

    def __repr__(self):
        for target in targets:
            self.change(target)
        return "K%d" % self.value


def clear(target):
    target.clear()


def grow(target):
    if isinstance(target, list):
        target.append(len(target))
    elif isinstance(target, dict):
        target[len(target) + 100] = 1
    else:
        target.add(len(target) + 100)


def attempt(name, action):
    try:
        result = action()
        print(name, type(result).__name__)
    except Exception as error:
        print(name, type(error).__name__, error)
    targets.clear()


def watched(target):
    targets.append(target)
    return target


def repr_of(target):
    return lambda: repr(watched(target))


l = [Key(3, clear), Key(1, clear), Key(2, clear)]
attempt("sort", lambda: watched(l).sort())
l = [Key(1, clear), Key(2, clear)]
attempt("index", lambda: watched(l).index(Key(7, clear)))
l = [Key(1, clear), Key(2, clear)]
attempt("remove", lambda: watched(l).remove(Key(7, clear)))
l = [Key(1, clear), Key(2, clear)]
attempt("count", lambda: watched(l).count(Key(7, clear)))
l = [Key(1, clear), Key(2, clear)]
attempt("equal", lambda: watched(l) == [Key(1, clear), Key(2, clear)])
l = [Key(1, clear), Key(2, clear)]
attempt("in", lambda: Key(7, clear) in watched(l))
l = [Key(1, clear), Key(2, clear)]
attempt("repr", repr_of(l))
d = {Key(1, clear): 1}
attempt("get", lambda: watched(d).get(Key(2, clear)))
d = {Key(1, clear): 1}
attempt("dict repr", lambda: type(repr(watched(d))))
s = {Key(1, clear)}
attempt("set in", lambda: Key(2, clear) in watched(s))
l = [Key(1, clear)]
attempt("slice", lambda: watched(l).__getitem__(slice(None)))
l = [1, 2, 3]
l[:] = l
l[1:1] = l
l.extend(l)
print(l)


class Collects:
    def __init__(self, other):
        self.other = other
        self.own = self

    def __del__(self):
        gc.collect()


# A finaliser that collects while the container around it is being released.
for i in range(50):
    l = [[], Collects([]), {1: Collects(1)}, (Collects(2),)]
    del l
gc.collect()


class Inside:
    def __del__(self):
        gc.collect()


for make in (lambda x: [x], lambda x: (x, []), lambda x: {1: x}, lambda x: {(x,)}, lambda x: [[x], [x]]):
    l = make(Inside())
    del l
print("done")
