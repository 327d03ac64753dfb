# Primes found by four CPU-bound threads: correct, but not faster than one, because of the GIL.
import threading


def primes_between(low, high, found):
    for number in range(low, high):
        divisor = 2
        while divisor * divisor <= number:
            if number % divisor == 0:
                break
            divisor += 1
        else:
            if number > 1:
                found.append(number)


STEP = 2500
results = [[] for _ in range(4)]
threads = [threading.Thread(target=primes_between, args=(i * STEP, (i + 1) * STEP, results[i])) for i in range(4)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
primes = results[0] + results[1] + results[2] + results[3]
print("primes below", 4 * STEP, ":", len(primes))  # expect: primes below 10000 : 1229
print("the last ones:", primes[-5:])
