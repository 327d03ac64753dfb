# The sieve of Eratosthenes over a list of booleans.
import sys


def sieve(limit):
    prime = [True] * (limit + 1)
    prime[0] = prime[1] = False
    i = 2
    while i * i <= limit:
        if prime[i]:
            for j in range(i * i, limit + 1, i):
                prime[j] = False
        i += 1
    count = 0
    for flag in prime:
        if flag:
            count += 1
    return count


N = int(sys.argv[1]) if len(sys.argv) > 1 else 6000000
print("sieve", sieve(N))
