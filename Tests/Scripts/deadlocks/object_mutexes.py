# Threads that cross in operations on containers. With `--lock-order access` each scene up to the mixed ones is a deadlock; the victim tries again, and what is
# printed is the same as where no operation keeps an object while it waits for another one.
import threading
import time


def scene(*bodies):
    """Run the bodies at the same time, and afterwards those that failed once more."""
    failed = []

    def attempt(body):
        try:
            body(True)
        except RuntimeError as error:
            assert type(error).__name__ == "DeadlockError", error
            failed.append(body)

    threads = [threading.Thread(target=attempt, args=(body,)) for body in bodies]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    # Not at once: who tries again while the other one is still on its way has its own object again and wants that one's.
    for body in failed:
        body(False)


class Arriving:
    """The items of a container, once all have arrived."""

    def __init__(self, items, gate):
        self.items = items
        self.gate = gate

    def __iter__(self):
        if self.gate:
            self.gate.wait()
        items = tuple(self.items)
        return iter([(key, key) for key in items] if isinstance(self.items, dict) else items)


class Comparing:
    """Calls a function when it is compared."""

    def __init__(self, function):
        self.function = function

    def __eq__(self, other):
        self.function()
        return False


# Two lists, two sets, and two dicts, extended into each other.
def crossing(one, other, add):
    gate = threading.Barrier(2)

    def body(changed, read):
        def work(is_first):
            size = len(changed)
            try:
                add(changed, Arriving(read, gate if is_first else None))
            except RuntimeError:
                assert len(changed) == size
                raise
        return work

    scene(body(one, other), body(other, one))
    print(len(one) >= 6, len(other) >= 6)


crossing([1, 2, 3], [4, 5, 6], lambda changed, read: changed.extend(read))  # expect: True True
crossing({1, 2, 3}, {4, 5, 6}, lambda changed, read: changed.update(read))  # expect: True True
crossing({1: 1, 2: 2, 3: 3}, {4: 4, 5: 5, 6: 6}, lambda changed, read: changed.update(read))  # expect: True True


# Three lists in a ring.
ring = [[1], [2], [3]]
ring_gate = threading.Barrier(3)


def turn(place):
    return lambda is_first: ring[place].extend(Arriving(ring[(place + 1) % 3], ring_gate if is_first else None))


scene(turn(0), turn(1), turn(2))
print([len(items) >= 2 for items in ring])  # expect: [True, True, True]


# A list's mutex and a lock that the script takes while an operation on the list calls it.
def mixed(lock, change_items):
    gate = threading.Barrier(2)
    items = []

    def search(is_first):
        def compare():
            if is_first:
                gate.wait()
            with lock:
                pass
        items[:] = [Comparing(compare)]
        assert 1 not in items

    def change(is_first):
        with lock:
            if is_first:
                gate.wait()
            change_items(items)

    scene(search, change)
    print(len(items) in (1, 2))


mixed(threading.Lock(), lambda items: items.append(2))  # expect: True
mixed(threading.RLock(), lambda items: items.append(2))  # expect: True
# A step that has no exception to raise: the thread that searches is the victim, whoever came last.
mixed(threading.Lock(), len)  # expect: True


# From here on nobody waits for ever. A wait that takes long:
def patient(wait, hold):
    gate = threading.Barrier(2)
    items = []
    items.append(Comparing(lambda: (gate.wait(), wait())))

    def search():
        assert 1 not in items

    def change():
        with hold:
            gate.wait()
            items.append(2)

    threads = [threading.Thread(target=search), threading.Thread(target=change)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    print(len(items))


patient(lambda: time.sleep(0.15), threading.Lock())  # expect: 2

# A wait with a time-out:
limited = threading.Lock()
patient(lambda: limited.acquire(timeout=0.1) and limited.release(), limited)  # expect: 2
