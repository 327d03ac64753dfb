# Lines written by threads in turn, to standard output and error.
import threading, sys
turn = threading.Condition()
current = [0]
def speaker(i, n, rounds):
    for r in range(rounds):
        with turn:
            turn.wait_for(lambda: current[0] == r * n + i)
            print("thread", i, "round", r, sep=" ", flush=True)
            print("error line", i, r, file=sys.stderr)
            current[0] += 1
            turn.notify_all()
ts = [threading.Thread(target=speaker, args=(i, 3, 3)) for i in range(3)]
for t in ts:
    t.start()
for t in ts:
    t.join()
sys.stdout.write("written\n")
sys.stderr.write("written to stderr\n")
print("x" * 10, end="")
print()
lines = []
lock = threading.Lock()
def shout(i):
    with lock:
        for c in "abc":
            lines.append(c)
ts = [threading.Thread(target=shout, args=(i,)) for i in range(5)]
for t in ts:
    t.start()
for t in ts:
    t.join()
print("".join(lines))
