# Work split among threads gives the same answers as one thread.
import threading
def primes_between(low, high):
    found = []
    for n in range(low, high):
        if n < 2:
            continue
        d = 2
        while d * d <= n:
            if n % d == 0:
                break
            d += 1
        else:
            found.append(n)
    return found
def in_parallel(f, jobs):
    results = [None] * len(jobs)
    def run(i, args):
        results[i] = f(*args)
    threads = [threading.Thread(target=run, args=(i, args)) for i, args in enumerate(jobs)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    return results
parts = in_parallel(primes_between, [(i * 250, i * 250 + 250) for i in range(4)])
print(sum(parts, []) == primes_between(0, 1000), [len(p) for p in parts])
text = "the cat and the dog and the bird " * 20
words = text.split()
def count(words):
    counts = {}
    for w in words:
        counts[w] = counts.get(w, 0) + 1
    return counts
merged = {}
for part in in_parallel(count, [(words[i::4],) for i in range(4)]):
    for w, n in part.items():
        merged[w] = merged.get(w, 0) + n
print(sorted(merged.items()), merged == count(words))
def row_times(row, matrix):
    return [sum([a * b for a, b in zip(row, column)]) for column in zip(*matrix)]
m = [[i * j % 7 for j in range(8)] for i in range(8)]
print(in_parallel(row_times, [(row, m) for row in m]) == [row_times(row, m) for row in m], sum([sum(r) for r in in_parallel(row_times, [(row, m) for row in m])]))
def collatz(n):
    steps = 0
    while n != 1:
        n = n // 2 if n % 2 == 0 else 3 * n + 1
        steps += 1
    return steps
print(in_parallel(collatz, [(n,) for n in range(1, 16)]))
print(in_parallel(pow, [(3, 100, m) for m in (7, 11, 13)]), in_parallel(sorted, [("cab",), ([3, 1],)]), in_parallel(lambda *a: len(a), [(), (1,), (1, 2)]))
big = in_parallel(lambda n: 3 ** n, [(500,), (501,)])
print(big[1] // big[0])
