# Two threads hand a token back and forth: through locks, a condition, semaphores.
import threading
N = 1000
a, b = threading.Lock(), threading.Lock()
b.acquire()
trace = []
def left():
    for i in range(N):
        a.acquire()
        trace.append("L")
        b.release()
def right():
    for i in range(N):
        b.acquire()
        trace.append("R")
        a.release()
def run(*targets):
    ts = [threading.Thread(target=t) for t in targets]
    for t in ts:
        t.start()
    for t in ts:
        t.join()
run(left, right)
print("".join(trace) == "LR" * N, len(trace))
cond = threading.Condition()
turn, trace = ["A"], []
def side(me, other):
    def go():
        for _ in range(N):
            with cond:
                while turn[0] != me:
                    cond.wait()
                trace.append(me)
                turn[0] = other
                cond.notify()
    return go
run(side("A", "B"), side("B", "A"))
print("".join(trace) == "AB" * N)
x, y = threading.Semaphore(1), threading.Semaphore(0)
trace = []
def from_to(take, give, name):
    def go():
        for _ in range(N):
            take.acquire()
            trace.append(name)
            give.release()
    return go
run(from_to(x, y, 1), from_to(y, x, 2))
print(trace == [1, 2] * N)
