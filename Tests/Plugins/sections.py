# Critical sections of a plugin under any regime, on four threads. Prints one line for each promise; the last one differs between regimes with one
# lock, where sections are only counted, and the others. Argument: rounds of each thread.
import gc
import sections
import sys
import threading

ROUNDS = int(sys.argv[1])


def on_threads(count, work):
    start = threading.Barrier(count)

    def run(index):
        start.wait()
        work(index)

    threads = [threading.Thread(target=run, args=(index,)) for index in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


# Nobody comes between the two steps of a change, whether the lock was away before them or not.
for how in ["plain", "checkpoint", "leaving", "nested"]:
    numbers = [0]
    on_threads(4, lambda index: sections.add(numbers, ROUNDS, how))
    print("add", how, numbers[0] == 4 * ROUNDS)

# Two objects at once, named in both orders: no deadlock, and nothing gets lost between them.
left, right = [0], [0]
on_threads(4, lambda index: sections.move(left, right, ROUNDS) if index % 2 else sections.move(right, left, ROUNDS))
print("move", left[0], right[0])
same = [0]
on_threads(2, lambda index: sections.move(same, same, ROUNDS))
print("move within one", same[0])

# gild_leave suspends the sections: another thread gets in while this one waits for it, and is out when this one goes on.
for how in ["one", "nested", "two"]:
    one, other = [0], [0]
    on_threads(2, lambda index: sections.arrive(one, other) if index else sections.wait(one, other, how))
    print("wait", how, one[0])

# So does a call of a script, which may wait for another thread that needs the object.
shared = []
is_there = threading.Event()


def wait_for_item():
    is_there.wait()
    return len(shared)


def append():
    shared.append(1)
    is_there.set()


on_threads(2, lambda index: print("call", sections.call(shared, wait_for_item)) if index == 0 else append())

# A section keeps its objects alive, so that what it unlocks at its end is what it locked.
for how in ["ended", "leaving", "unended"]:
    def abandon(index):
        for _ in range(ROUNDS // 10):
            try:
                sections.abandon(how)
            except SystemError as error:
                assert "returned within 2 critical sections" in str(error)

    on_threads(4, abandon)
    gc.collect()
    print("abandon", how)
print("lives", sections.lives())
