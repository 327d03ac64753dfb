# MemoryError and OverflowError from sizes that cannot be, and life goes on.
def attempt(f):
    try:
        f()
        print("done")
    except (MemoryError, OverflowError, ValueError) as e:
        print(type(e).__name__, e)
attempt(lambda: "a" * (2 ** 62))
attempt(lambda: [0] * (2 ** 62))
attempt(lambda: (0,) * (2 ** 62))
attempt(lambda: [0] * (2 ** 70))
attempt(lambda: "ab" * (2 ** 70))
attempt(lambda: "ab" * (2 ** 63 - 1))
attempt(lambda: "x".ljust(2 ** 62))
attempt(lambda: range(2 ** 70)[2 ** 69])
attempt(lambda: len(range(2 ** 70)))
attempt(lambda: int(float("inf")))
attempt(lambda: float(2 ** 2000))
attempt(lambda: 2.0 ** 5000)
attempt(lambda: 1 << (2 ** 70))
attempt(lambda: [1, 2].insert(2 ** 40, 3))
print("still alive", [0] * 3, "ab" * 2, 2 ** 70)
