# options: --ledger-type Node --ledger-type list --ledger-type work --report-json /dev/null
# Objects that the ledger follows, shared by four threads: taken from places that others overwrite, handed over, revived, collected in cycles, and freed beside
# others that are not followed and get the same memory.
import gc
import threading

THREADS = 4
ROUNDS = 60


class Node:
    def __init__(self, next=None):
        self.next = next


class Plain:
    def __init__(self):
        self.next = None


class Phoenix(Node):
    risen = []

    def __del__(self):
        Phoenix.risen.append(self)


Phoenix.__name__ = "Node"
shared = Node()
place = Node()
queues = [[] for _ in range(THREADS)]
start = threading.Barrier(THREADS)
lock = threading.Lock()
totals = {"handed": 0, "risen": 0}


def work(index):
    global place
    mine = queues[index]
    theirs = queues[(index + 1) % THREADS]
    start.wait()
    handed = 0
    for i in range(ROUNDS):
        # References to one object, from all threads.
        one = shared
        two = [one, one, (one,)]
        one = None
        # A place that all write and read.
        place = Node(place.next) if i % 3 else Plain()
        seen = place
        seen.next = None
        seen = place.next
        # What this thread makes another one drops.
        theirs.append(Node(Node()))
        try:
            while True:
                mine.pop()
                handed += 1
        except IndexError:
            pass
        # Cycles, and what comes back to life.
        a = Node()
        a.next = Node(a)
        Phoenix()
        if i % 20 == 0:
            gc.collect()
    with lock:
        totals["handed"] += handed


threads = [threading.Thread(target=work, args=(index,)) for index in range(THREADS)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
left = sum([len(queue) for queue in queues])
print(totals["handed"] + left)  # expect: 240
print(len(Phoenix.risen))  # expect: 240
for queue in queues:
    queue.clear()
Phoenix.risen.clear()
place = None
gc.collect()
print(gc.collect())  # expect: 0
print(shared.next)  # expect: None
