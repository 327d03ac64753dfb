# Ordered locks let every philosopher eat.
import threading
N, MEALS = 5, 40
forks = [threading.Lock() for _ in range(N)]
meals = [0] * N
eating = [False] * N
clashes = []
def philosopher(i):
    first, second = sorted((i, (i + 1) % N))
    for _ in range(MEALS):
        with forks[first]:
            with forks[second]:
                eating[i] = True
                if eating[(i + 1) % N] or eating[i - 1]:
                    clashes.append(i)
                meals[i] += 1
                eating[i] = False
threads = [threading.Thread(target=philosopher, args=(i,)) for i in range(N)]
for t in threads:
    t.start()
for t in threads:
    t.join()
print(meals, clashes)  # expect: [40, 40, 40, 40, 40] []
