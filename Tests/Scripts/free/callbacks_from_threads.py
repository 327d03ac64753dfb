# Natives that call Python code in the middle of their work on a shared container: other threads get on meanwhile.
# lock-order: address (with access, an operation keeps its container while a callback waits for the thread that needs it)
import threading

N = 60


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


# The comparison that one thread waits in needs another thread's work on the same list.
items = []
entered = threading.Event()
arrived = threading.Event()


class Waiting:
    def __eq__(self, other):
        entered.set()
        return arrived.wait() and False


items.append(Waiting())
found = []


def search():
    found.append(1 in items)


def fill():
    entered.wait()
    items.append(2)
    arrived.set()


run(search, fill)
print(found, len(items))  # expect: [False] 2

# The same without any blocking call in the callback: it only looks until the other thread has done its part.
ready = [False]
looking = [False]


class Spinning:
    def __eq__(self, other):
        looking[0] = True
        while not ready[0]:
            pass
        return True


spun = [Spinning()]


def look():
    found.append(3 in spun)


def help():
    while not looking[0]:
        pass
    spun.append(4)
    ready[0] = True


run(look, help)
print(found, len(spun))  # expect: [False, True] 2


# Values whose finaliser works on the container that they leave.
log = []


class Leaving:
    def __init__(self, home):
        self.home = home

    def __del__(self):
        log.append(len(self.home))
        self.home[len(self.home)] = None


home = {}
rooms = [None] * 4


def move(place):
    def work():
        for i in range(N):
            home["guest" + str(place)] = Leaving(home)
            rooms[place] = Leaving(home)
    return work


run(move(0), move(1), move(2), move(3))
home.clear()
rooms.clear()
print(len(log))  # expect: 480


# Sorting with a key function while others look at the list.
wrong = []
numbers = list(range(30))


def sort():
    for i in range(10):
        try:
            numbers.sort(key=lambda n: -n if i % 2 else n)
        except ValueError:
            wrong.append("changed")


def look_at_it():
    for i in range(N):
        if len(numbers) not in (0, 30) or len(numbers[:]) not in (0, 30):
            wrong.append(len(numbers))


run(sort, look_at_it, look_at_it, look_at_it)
print(sorted(numbers) == list(range(30)), wrong)  # expect: True []
