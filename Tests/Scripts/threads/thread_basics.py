# Thread: target, args, kwargs, name, daemon, join, is_alive, ident.
import threading
def work(a, b=2, *rest, **named):
    print("work", a, b, rest, sorted(named.items()), threading.current_thread().name)
t = threading.Thread(target=work, args=(1,), kwargs={"k": 5}, name="worker")
print(t.name, t.is_alive(), t.daemon, t.ident)
t.start()
t.join()
print(t.is_alive(), isinstance(t.ident, int), t.join(), t.name)
t = threading.Thread(target=work, args=[1, 2, 3, 4])
t.name = "renamed"
t.start()
t.join()
threading.Thread(None, work, "positional", (7,)).start()
for u in threading.enumerate():
    if u is not threading.current_thread():
        u.join()
print(threading.main_thread() is threading.current_thread(), threading.current_thread().name, threading.active_count())
empty = threading.Thread()
empty.start()
empty.join()
print("no target", empty.is_alive())
d = threading.Thread(target=work, args=(0,), daemon=True)
print(d.daemon)
d.start()
d.join()
d2 = threading.Thread(target=work)
d2.daemon = True
print(d2.daemon)
def attempt(f):
    try:
        print(f())
    except Exception as e:
        print(type(e).__name__, e)
attempt(t.start)  # expect: RuntimeError threads can only be started once
attempt(threading.Thread(target=print).join)  # expect: RuntimeError cannot join thread before it is started
attempt(threading.current_thread().join)  # expect: RuntimeError cannot join current thread
def set_daemon():
    t.daemon = True
    return "allowed"
running = threading.Event()
release = threading.Event()
def wait():
    running.set()
    release.wait()
t = threading.Thread(target=wait)
t.start()
running.wait()
attempt(set_daemon)
print(t.is_alive(), threading.active_count(), t in threading.enumerate(), t.join(0.01), t.is_alive())
release.set()
t.join(10)
print(t.is_alive(), threading.active_count())
