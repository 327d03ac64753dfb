# Statement 1: the GIL lets one thread at a time touch objects.
#
# Two threads append to one list for a while. No lock of ours protects it, and yet nothing is lost or
# torn: a thread touches objects only while it holds the global interpreter lock. The list shows long
# runs of the same name, because a thread keeps the lock for a whole switch interval (5 ms) before it
# is asked to drop it; `gild run --report` shows those holds and handoffs.
import sys
import threading

start = threading.Barrier(2)
events = []


def work(name, count):
    start.wait()
    for i in range(count):
        events.append((name, i))


threads = [threading.Thread(target=work, args=(name, 200000)) for name in ("A", "B")]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()

runs = 1
for before, after in zip(events, events[1:]):
    if before[0] != after[0]:
        runs += 1
print("switch interval:", sys.getswitchinterval(), "s")  # expect: switch interval: 0.005 s
print("appends:", len(events))  # expect: appends: 400000
for name in ("A", "B"):
    mine = [i for n, i in events if n == name]
    print(name, "in order and complete:", mine == list(range(200000)))
print("far fewer switches than appends:", runs < len(events) // 100)
# stress: none
# regimes: gil
