# Primes found by as many threads as the first argument says: the work is the same for every number of threads.
#
# args: 2
#
# For `gild compare examples/compare_primes.py`; python3 runs it too. The second argument is how far to look.
import sys
import threading

THREADS = int(sys.argv[1]) if len(sys.argv) > 1 else 2
LIMIT = int(sys.argv[2]) if len(sys.argv) > 2 else 20000
STEP = 100


def is_prime(number):
    if number < 2:
        return False
    divisor = 2
    while divisor * divisor <= number:
        if number % divisor == 0:
            return False
        divisor += 1
    return True


def count_primes(index):
    # Every THREADS-th step of the range, so that each thread has as many large numbers as the others.
    count = 0
    for low in range(index * STEP, LIMIT, THREADS * STEP):
        for number in range(low, min(low + STEP, LIMIT)):
            if is_prime(number):
                count += 1
    counts[index] = count


counts = [0] * THREADS
threads = [threading.Thread(target=count_primes, args=(i,), name="primes-%d" % i) for i in range(THREADS)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
print("primes below %d: %d" % (LIMIT, sum(counts)))
