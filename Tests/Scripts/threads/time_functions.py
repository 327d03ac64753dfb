# time: sleep, monotonic, perf_counter and their errors.
import time, threading
a = time.monotonic()
time.sleep(0.02)
b = time.monotonic()
print(0.019 <= b - a < 2, isinstance(a, float))
a = time.perf_counter()
time.sleep(0)
b = time.perf_counter()
print(b >= a, b - a < 1, time.sleep(0.001))
for bad in (-1, "x", None):
    try:
        time.sleep(bad)
    except (ValueError, TypeError) as e:
        print(type(e).__name__, e)
print(isinstance(time.time(), float), time.time() > 1600000000)
started = time.monotonic()
ts = [threading.Thread(target=time.sleep, args=(0.05,)) for _ in range(5)]
for t in ts:
    t.start()
for t in ts:
    t.join()
elapsed = time.monotonic() - started
print(0.045 < elapsed or elapsed)  # expect: True
order = []
def after(delay, name):
    begun = time.monotonic()
    time.sleep(delay)
    order.append((name, time.monotonic() - begun >= delay))
ts = [threading.Thread(target=after, args=(d, n)) for d, n in ((0.06, "c"), (0.0, "a"), (0.03, "b"))]
for t in ts:
    t.start()
for t in ts:
    t.join()
print(sorted(order))
release = threading.Event()
t = threading.Thread(target=release.wait)
t.start()
started = time.monotonic()
t.join(0.02)
print(t.is_alive(), 0.015 < time.monotonic() - started)
release.set()
t.join()
print(t.is_alive())
# stress: switch
