# The classic benchmark of a lock: threads that hold it for a while, and let it go in different ways.
import channel_bench
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
    print(name, done, "longest wait below a second:", longest < 1000000)


run("checkpoints", 100, 0)  # expect: checkpoints [50, 50, 50, 50] longest wait below a second: True
run("leaves", 100, 100)  # expect: leaves [50, 50, 50, 50] longest wait below a second: True
