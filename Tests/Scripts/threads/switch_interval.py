# sys.setswitchinterval and getswitchinterval.
import sys
print(sys.getswitchinterval())  # expect: 0.005
sys.setswitchinterval(0.001)
print(sys.getswitchinterval())
sys.setswitchinterval(1)
print(sys.getswitchinterval())
sys.setswitchinterval(0.000001)
print(sys.getswitchinterval())
for bad in (0, -1, "x", None):
    try:
        sys.setswitchinterval(bad)
        print("accepted", bad)
    except (ValueError, TypeError) as e:
        print(type(e).__name__, e)
sys.setswitchinterval(0.005)
import threading
done = []
def work(i):
    total = 0
    for k in range(20000):
        total += k
    done.append((i, total))
for interval in (0.0001, 0.005, 0.1):
    sys.setswitchinterval(interval)
    ts = [threading.Thread(target=work, args=(i,)) for i in range(3)]
    for t in ts:
        t.start()
    for t in ts:
        t.join()
print(len(done), {total for _, total in done})
# stress: switch
