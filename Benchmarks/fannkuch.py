# List indexing and slice reversal: the longest chain of prefix reversals over all permutations.
import sys


def flips(permutation):
    p = permutation[:]
    count = 0
    first = p[0]
    while first:
        p[:first + 1] = p[first::-1]
        first = p[0]
        count += 1
    return count


def fannkuch(n):
    permutation = list(range(n))
    counters = [0] * n
    longest = checksum = 0
    sign = 1
    while True:
        if permutation[0]:
            count = flips(permutation)
            if count > longest:
                longest = count
            checksum += sign * count
        sign = -sign
        i = 1
        while i < n:
            first = permutation[0]
            j = 0
            while j < i:
                permutation[j] = permutation[j + 1]
                j += 1
            permutation[i] = first
            counters[i] += 1
            if counters[i] <= i:
                break
            counters[i] = 0
            i += 1
        if i == n:
            return checksum, longest


N = int(sys.argv[1]) if len(sys.argv) > 1 else 9
print("fannkuch", *fannkuch(N), fannkuch(N)[1])
