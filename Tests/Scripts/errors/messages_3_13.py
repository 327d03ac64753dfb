# requires: 3.13
# Messages whose words changed in 3.13.
def attempt(f):
    try:
        print(f())
    except Exception as e:
        print(type(e).__name__, e)
attempt(lambda: 1.0 % 0)  # expect: ZeroDivisionError float modulo by zero
attempt(lambda: min([]))  # expect: ValueError min() iterable argument is empty
attempt(lambda: max(()))
attempt(lambda: "abc".find(5))
attempt(lambda: "abc".count(None))
attempt(lambda: "abc".replace("a"))
attempt(lambda: "abc".find())
attempt(lambda: sorted([1], foo=1))
attempt(lambda: iter(5, 5))
def set_attribute():
    "abc".attr = 5
attempt(set_attribute)
def assign_slice():
    x = [1, 2]
    x[0:1] = 5
attempt(assign_slice)
import threading
attempt(lambda: threading.Lock().acquire(timeout=-2))
attempt(lambda: setattr(None, "x", 1))
attempt(lambda: int(1, 2, 3))
attempt(lambda: print(1, foo=2))
attempt(lambda: super(int, "x").real)
attempt(lambda: chr(2 ** 40))
def unbound_comprehension():
    return [q for _ in range(1)]
    q = 1
attempt(unbound_comprehension)
