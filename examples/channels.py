# One script in several runtimes, each with a heap and a lock of its own; their results meet in a channel.
#
#     gild run --runtimes 2 examples/channels.py
#
# Every runtime counts the primes among its share of the numbers and sends what it found; runtime 0 adds up. Threads of one
# runtime would take turns at this; runtimes work at the same time, and share nothing but what they send.
import gild

LIMIT = 40000


def is_prime(number):
    divisor = 3
    while divisor * divisor <= number:
        if number % divisor == 0:
            return False
        divisor += 2
    return True


def primes_of_share(share, shares):
    found = 0
    largest = 0
    for index in range(1 + share, LIMIT // 2, shares):
        number = 2 * index + 1
        if is_prime(number):
            found += 1
            largest = number
    return {"share": share, "found": found, "largest": largest}


results = gild.channel("results")
results.send(primes_of_share(gild.runtime, gild.runtimes))
if gild.runtime == 0:
    parts = [results.recv(timeout=60) for _ in range(gild.runtimes)]
    print("shares:", sorted([part["share"] for part in parts]) == list(range(gild.runtimes)))  # expect: shares: True
    print("primes:", 1 + sum([part["found"] for part in parts]))  # expect: primes: 4203
    print("largest:", max([part["largest"] for part in parts]))  # expect: largest: 39989
