# Five philosophers and five forks. Everyone takes the fork with the lower number first, so that no
# circle of waiting can close.
import threading

SEATS, MEALS = 5, 200
forks = [threading.Lock() for _ in range(SEATS)]
meals = [0] * SEATS


def dine(seat):
    low, high = sorted([seat, (seat + 1) % SEATS])
    for _ in range(MEALS):
        with forks[low], forks[high]:
            meals[seat] += 1


philosophers = [threading.Thread(target=dine, args=(seat,), name=f"philosopher-{seat}") for seat in range(SEATS)]
for thread in philosophers:
    thread.start()
for thread in philosophers:
    thread.join()
print("meals:", meals)  # expect: meals: [200, 200, 200, 200, 200]
