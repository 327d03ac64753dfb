# Cycles made and collected while other threads run.
import threading, gc
gc.disable()
gc.collect()
class Node:
    freed = 0
    lock = threading.Lock()
    def __init__(self):
        self.me = self
    def __del__(self):
        with Node.lock:
            Node.freed += 1
def make():
    for _ in range(50):
        Node()
ts = [threading.Thread(target=make) for _ in range(4)]
for t in ts:
    t.start()
for t in ts:
    t.join()
print(Node.freed)  # expect: 0
found = gc.collect()
print(Node.freed, found >= 200)  # expect: 200 True
def collect_in_thread():
    for _ in range(10):
        Node()
    gc.collect()
t = threading.Thread(target=collect_in_thread)
t.start()
t.join()
print(Node.freed)
gc.enable()
def churn():
    for _ in range(2000):
        a = []
        a.append(a)
ts = [threading.Thread(target=churn) for _ in range(4)]
for t in ts:
    t.start()
for t in ts:
    t.join()
gc.collect()
print(gc.isenabled(), gc.collect())
# stress: switch
