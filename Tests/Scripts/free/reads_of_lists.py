# Two threads read a list, by index and in loops, beside two that change it: what is read was in the list at that moment, and is alive.
import threading

N = 120
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
    def __init__(self, number):
        self.number = number
        self.double = number * 2


def check(box):
    if box.double != box.number * 2:
        wrong.append(box)


# Places whose objects are replaced again and again.
cells = [Box(i) for i in range(8)]


def replace():
    for i in range(N):
        cells[i % 8] = Box(i)


def read():
    for i in range(N):
        check(cells[i % 8])
        check(cells[-1 - i % 8])


run(replace, replace, read, read)
print(len(cells), wrong)  # expect: 8 []

# A slice assignment is one step: what is read later is never older.
generations = [0] * 2000


def assign():
    for g in range(1, N):
        generations[:] = [g] * 2000


def compare_ends():
    for _ in range(N):
        first = generations[0]
        last = generations[1999]
        again = generations[1000]
        if not first <= last <= again:
            wrong.append((first, last, again))


run(assign, compare_ends, compare_ends, compare_ends)
print(generations[0] == N - 1, wrong)  # expect: True []

# So is an insertion in front, however many items it moves: between two reads the numbers at all places may only have grown.
queue = list(range(2000, 0, -1))


def push():
    for g in range(2001, 2001 + N):
        queue.insert(0, g)
        queue.pop()


def compare_places():
    for i in range(2 * N):
        far = queue[1999 - i % 100]
        near = queue[i % 100]
        if near - far < 1999 - 2 * (i % 100):
            wrong.append((i, far, near))


run(push, compare_places, compare_places, compare_places)
print(queue[0] == 2000 + N, len(queue), wrong)  # expect: True 2000 []

# And a deletion.
shrinking = list(range(2000 + 3 * N))


def drop():
    for _ in range(N):
        del shrinking[0]
    for _ in range(N):
        del shrinking[0:2]


def compare_behind():
    while True:
        try:
            first = shrinking[0]
            last = shrinking[1999]
        except IndexError:
            return
        if last - first < 1999:
            wrong.append((first, last))
        if first == 3 * N:
            return


run(drop, compare_behind, compare_behind, compare_behind)
print(shrinking[0] == 3 * N, wrong)  # expect: True []

# Buffers that grow, shrink and go while they are read.
storm = [Box(0)]


def grow_and_clear():
    for i in range(N // 10):
        for j in range(30):
            storm.append(Box(j))
        storm.extend([Box(i), Box(i + 1)])
        if i % 3 == 0:
            storm.clear()
        elif i % 3 == 1:
            del storm[1:]
        else:
            while len(storm) > 5:
                storm.pop()
        storm.append(Box(i))


def read_ends():
    for i in range(N):
        try:
            check(storm[0])
            check(storm[-1])
            check(storm[len(storm) // 2])
        except IndexError:
            pass


def walk():
    for _ in range(N // 10):
        for box in storm:
            check(box)


run(grow_and_clear, read_ends, read_ends, walk)
print(len(storm) > 0, wrong)  # expect: True []

# A list that is sorted and turned round holds the same objects at other places; while a key function runs it is empty.
shuffled = [Box(i * 37 % 100) for i in range(100)]


def sort():
    for i in range(N // 15):
        try:
            shuffled.sort(key=lambda box: box.number, reverse=i % 2 == 0)
        except ValueError:
            pass


def turn():
    for _ in range(N // 2):
        shuffled.reverse()


def read_all():
    for i in range(N):
        try:
            check(shuffled[i % 100])
        except IndexError:
            pass


run(sort, turn, read_all, read_all)
print(sorted([box.number for box in shuffled]) == list(range(100)), wrong)  # expect: True []

numbers = list(range(200))


def sort_numbers():
    for i in range(N // 5):
        numbers.sort(reverse=i % 2 == 0)


def read_middle():
    for _ in range(N):
        # It is in order, one way or the other, whenever it is looked at.
        if numbers[50] not in (50, 149):
            wrong.append(numbers[50])


run(sort_numbers, read_middle, read_middle, read_middle)
print(len(numbers), wrong)  # expect: 200 []

# The last reference to what is read may be the reader's, and its finaliser looks at the list.
class Last:
    def __init__(self, number):
        self.number = number

    def __del__(self):
        if len(lasts) != 4 or lasts[0].number < 0:
            wrong.append(self.number)


lasts = [Last(0), Last(1), Last(2), Last(3)]


def drop_last():
    for i in range(N):
        lasts[i % 4] = Last(i)


def read_last():
    for i in range(N):
        if lasts[i % 4].number < 0:
            wrong.append(i)


run(drop_last, drop_last, read_last, read_last)
print(len(lasts), wrong)  # expect: 4 []
del Last.__del__
