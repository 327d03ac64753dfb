# Two threads hand the GIL to each other 10,000 times: through locks, then through a condition.
#
# Usage: handoff.py [HANDOFFS]
#
# Each turn blocks until the other thread has had its own, so every turn costs one handoff. A wakeup
# that gets lost would hang the program.
import sys
import threading
import time

HANDOFFS = int(sys.argv[1]) if len(sys.argv) > 1 else 10000
ROUNDS = HANDOFFS // 2


def measure(name, left, right):
    threads = [threading.Thread(target=left, name="left"), threading.Thread(target=right, name="right")]
    started = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    elapsed = time.perf_counter() - started
    print("%s: %d handoffs" % (name, 2 * ROUNDS))
    print("%s: %.2f us each" % (name, elapsed / (2 * ROUNDS) * 1e6), file=sys.stderr)


first, second = threading.Lock(), threading.Lock()
second.acquire()


def lock_left():
    for _ in range(ROUNDS):
        first.acquire()
        second.release()


def lock_right():
    for _ in range(ROUNDS):
        second.acquire()
        first.release()


measure("locks", lock_left, lock_right)

condition = threading.Condition()
turn = 0


def player(me):
    def play():
        global turn
        for _ in range(ROUNDS):
            with condition:
                while turn != me:
                    condition.wait()
                turn = 1 - me
                condition.notify()
    return play


measure("condition", player(0), player(1))
