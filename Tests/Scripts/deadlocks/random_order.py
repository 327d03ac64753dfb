# Eight threads take random pairs of five locks, nested, in random order: every round ends, with both locks or with
# DeadlockError. A deadlock that is not found hangs the program. In ascending order there is none.
# oracle: none
# args: 20261122
import sys
import threading

seed = int(sys.argv[1])
locks = [threading.Lock(), threading.RLock(), threading.Lock(), threading.RLock(), threading.Condition()]
rounds = 150


def meet(is_sorted):
    gate = threading.Barrier(8)
    both, errors = [], []

    def body(state):
        gate.wait()
        for _ in range(rounds):
            state = (state * 1103515245 + 12345) % 2147483648
            i = state // 65536 % 5
            j = (i + 1 + state // 1048576 % 4) % 5
            if is_sorted and i > j:
                i, j = j, i
            try:
                with locks[i]:
                    with locks[j]:
                        both.append(i)
            except DeadlockError as error:
                errors.append(error)

    threads = [threading.Thread(target=body, args=(seed + i,)) for i in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return both, errors


both, errors = meet(False)
print(len(both) + len(errors) == 8 * rounds)  # expect: True
both, errors = meet(True)
print(len(both), len(errors))  # expect: 1200 0
print([lock.acquire(False) for lock in locks])  # expect: [True, True, True, True, True]
print(f"seed {seed}", file=sys.stderr)
