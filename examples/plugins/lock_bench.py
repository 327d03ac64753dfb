# The classic benchmark of a lock: threads that hold it for a while, and let it go in different ways.
import channel_bench
import sys
import threading


def run(name, hold, away):
    results = [None] * 4

    def turns(index):
        results[index] = channel_bench.run(50, hold, away)

    threads = [threading.Thread(target=turns, args=(index,)) for index in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    done = [result[0] for result in results]
    longest = max([result[1] for result in results])
    print(name, done)
    # How long depends on the machine and on what else it does.
    print(name + ": longest wait", longest, "us", file=sys.stderr)


run("checkpoints", 100, 0)  # expect: checkpoints [50, 50, 50, 50]
run("leaves", 100, 100)  # expect: leaves [50, 50, 50, 50]
