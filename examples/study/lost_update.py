# Why CPython has one lock: without it, reference counts lose updates.
#
#     gild run --regime unsynchronized --report examples/study/lost_update.py
#     gild run --regime gil --report examples/study/lost_update.py
#
# Two threads share one object, `foo`. Each takes references to it and drops them again. To take one, a runtime loads the count, adds one and stores
# it. When two threads do that at the same moment, one of them stores over what the other one has stored: an update is lost.
#
#     a lost decref   the count stays too high: nothing refers to the object any more, and nobody frees it. A leak.
#     a lost incref   the count reaches zero while the object is in use: it is freed too early.
#
# Under `unsynchronized` the counts are changed like that, and the report names every object, where it was made, what its count should have been and what
# it was, and the two operations of the first hundred updates that were lost. Under all other regimes nothing is lost and nothing leaks.
#
# Usage: lost_update.py [rounds]
import sys
import threading

ROUNDS = int(sys.argv[1]) if len(sys.argv) > 1 else 20000


class Foo:
    pass


def take_and_drop(foo, start):
    start.wait()
    for _ in range(ROUNDS):
        one = foo
        two = one
        one = None
        two = None


def main():
    foo = Foo()
    start = threading.Barrier(2)
    threads = [threading.Thread(target=take_and_drop, args=(foo, start)) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


try:
    main()
    print("every reference was taken and dropped")
except ReferenceError:
    # Only without any synchronisation.
    print("an object was freed too early")
