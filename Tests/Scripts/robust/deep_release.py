# Structures far deeper than any stack are freed, at once or by the collector.
import gc


class Node:
    def __init__(self, next):
        self.next = next


class Finalized:
    def __init__(self, next):
        self.next = next

    def __del__(self):
        global ended
        ended += 1


def as_list(x):
    return [x]


def as_tuple(x):
    return (x,)


def as_dict(x):
    return {1: x}


def as_closure(x):
    return lambda: x


def chain(make, depth):
    x = None
    for i in range(depth):
        x = make(x)
    return x


ended = 0
for make in (as_list, as_tuple, as_dict, as_closure, Node):
    x = chain(make, 100000)
    del x
print("freed")
x = chain(Finalized, 20000)
del x
print(ended)

bottom = []
top = bottom
for i in range(100000):
    top = [top]
bottom.append(top)
del bottom, top
print(gc.collect() > 0)

error = None
for i in range(50000):
    next = ValueError(i)
    next.__context__ = error
    error = next
del error, next
print("done")
# stress: switch
