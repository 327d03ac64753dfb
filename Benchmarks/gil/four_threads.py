# Four threads that only compute: what regime, interval and measuring cost where the lock changes hands.
import threading

ROUNDS = 400000
results = [0] * 4


def compute(index):
    total = 0
    for number in range(ROUNDS):
        total += number & 7
    results[index] = total


threads = [threading.Thread(target=compute, args=(index,)) for index in range(4)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
print(results)
