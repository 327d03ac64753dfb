"""Threads that start, list, rename and join threads."""
import threading

barrier = threading.Barrier(4)
counts = []


def leaf(out, n):
    out.append(n)


def work(me):
    barrier.wait()
    out = []
    for i in range(10):
        t = threading.Thread(target=leaf, args=(out, i), name=f"leaf-{me}-{i}")
        t.start()
        names = [u.name for u in threading.enumerate()]
        if "MainThread" not in names:
            counts.append(names)
        t.name = "renamed"
        t.join()
        if t.is_alive():
            counts.append(t)
    if out != list(range(10)):
        counts.append(out)


threads = [threading.Thread(target=work, args=(i,)) for i in range(4)]
for t in threads:
    t.start()
for t in threads:
    t.join()
print(counts, threading.active_count())  # expect: [] 1

