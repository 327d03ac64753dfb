# Dicts with string keys: counting words, records with fixed fields.
import sys

WORDS = ["alpha", "beta", "gamma", "delta", "epsilon", "zeta", "eta", "theta", "iota", "kappa"]


def count(words, rounds):
    counts = {}
    for _ in range(rounds):
        for word in words:
            if word in counts:
                counts[word] += 1
            else:
                counts[word] = 1
    return counts


def records(n):
    total = 0
    for i in range(n):
        record = {"name": WORDS[i % 10], "left": i, "right": i + 1, "weight": 2}
        record["sum"] = record["left"] + record["right"]
        record["weight"] += 1
        total += record["sum"] * record["weight"]
    return total


N = int(sys.argv[1]) if len(sys.argv) > 1 else 1000000
names = [WORDS[i % 10] + str(i % 97) for i in range(970)]
counts = count(names, N // 300)
print("dict_str", len(counts), sum(counts.values()), records(N))
