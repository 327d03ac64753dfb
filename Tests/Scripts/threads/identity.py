# current_thread, main_thread, get_ident, enumerate, active_count, repr-free.
import threading
main = threading.main_thread()
print(main.name, main.is_alive(), main.daemon, main.ident == threading.get_ident(), threading.current_thread() is main)
info = {}
ready, go = threading.Barrier(4), threading.Event()
def work(i):
    me = threading.current_thread()
    info[i] = (me.name, me.ident == threading.get_ident(), me is threads[i], threading.main_thread() is main, me.is_alive(), me in threading.enumerate())
    ready.wait()
    go.wait()
threads = [threading.Thread(target=work, args=(i,), name="n%d" % i) for i in range(3)]
for t in threads:
    t.start()
ready.wait()
print(threading.active_count(), len({t.ident for t in threading.enumerate()}), [t.name for t in threading.enumerate()])
go.set()
for t in threads:
    t.join()
print([info[i] for i in range(3)], threading.active_count())
print([t.ident is not None for t in threads], threads[0].ident != main.ident)
a, b = threading.Thread(target=work), threading.Thread()
print(a.name, b.name)  # expect: Thread-1 (work) Thread-2
class Sub(threading.Thread):
    pass
print(Sub().name, threading.Thread(target=lambda: 1).name, threading.Thread(target=print).name)
def rename():
    threading.current_thread().name = "new name"
t = threading.Thread(target=rename)
t.start()
t.join()
print(t.name, a == a, a == b, a is not b, len({a, b, a}))
main.name = "Principal"
print(threading.current_thread().name)
main.name = "MainThread"
