# join: timeouts, several joiners, joining finished threads, join in a cycle of threads.
import threading, time
gate = threading.Event()
t = threading.Thread(target=gate.wait)
t.start()
print(t.join(0), t.is_alive(), t.join(timeout=0.01), t.join(-1), t.is_alive())
joined, lock = [], threading.Lock()
def joiner(i):
    t.join()
    with lock:
        joined.append((i, t.is_alive()))
joiners = [threading.Thread(target=joiner, args=(i,)) for i in range(4)]
for j in joiners:
    j.start()
time.sleep(0.01)
print(joined)
gate.set()
for j in joiners:
    j.join()
print(sorted(joined), t.join(), t.join(5))
errors = []
def self_join():
    try:
        threading.current_thread().join()
    except RuntimeError as e:
        errors.append(str(e))
s = threading.Thread(target=self_join)
s.start()
s.join()
print(errors)
def join_main():
    threading.main_thread().join(0.01)
    errors.append(threading.main_thread().is_alive())
s = threading.Thread(target=join_main)
s.start()
s.join()
print(errors)
try:
    t.join("x")
    print("finished thread")
except TypeError as e:
    print("TypeError")
chain = []
def link(i, previous):
    if previous:
        previous.join()
    chain.append(i)
previous, all_threads = None, []
for i in range(6):
    previous = threading.Thread(target=link, args=(i, previous))
    all_threads.append(previous)
for x in reversed(all_threads[1:]):
    pass
for x in all_threads:
    x.start()
previous.join()
print(chain)
many = [threading.Thread(target=lambda: None) for _ in range(100)]
for m in many:
    m.start()
for m in many:
    m.join()
print(len(many), any([m.is_alive() for m in many]))
