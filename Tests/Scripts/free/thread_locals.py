"""Every thread has attributes of its own, and takes nothing but those away."""
import threading

barrier = threading.Barrier(4)
made = []


class Local(threading.local):
    def __init__(self, start):
        self.number = start


local = Local(10)
plain = threading.local()
wrong = []


def work(me):
    barrier.wait()
    for i in range(200):
        local.number += me
        plain.value = (me, i)
        short = threading.local()
        short.mine = me
        if plain.value != (me, i) or short.mine != me:
            wrong.append(me)
    made.append((me, local.number))


for round in range(3):
    threads = [threading.Thread(target=work, args=(i,)) for i in range(4)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
print(wrong, sorted(made)[::3])  # expect: [] [(0, 10), (1, 210), (2, 410), (3, 610)]
print(local.number, hasattr(plain, "value"))  # expect: 10 False
