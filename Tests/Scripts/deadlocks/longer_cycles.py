# Cycles of three and of fifty threads: exactly one victim each, and the message names the threads.
# oracle: none
import threading


def ring(count):
    locks = [threading.RLock() if i % 2 else threading.Lock() for i in range(count)]
    gate = threading.Barrier(count)
    errors = []
    finished = []

    def philosopher(i):
        with locks[i]:
            gate.wait()
            try:
                with locks[(i + 1) % count]:
                    finished.append(i)
            except DeadlockError as error:
                errors.append((i, str(error)))

    threads = [threading.Thread(target=philosopher, args=(i,), name=f"p{i}") for i in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    (victim, message), = errors
    print(count, len(finished), f"p{victim} wants" in message, "held by" in message, "\n" in message)


ring(3)  # expect: 3 2 True True False
ring(50)  # expect: 50 49 True True False
