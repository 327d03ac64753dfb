# Subclassing Thread: run, __init__ with super, results on the instance.
import threading
class Adder(threading.Thread):
    def __init__(self, a, b):
        super().__init__(name="adder-%d-%d" % (a, b))
        self.a = a
        self.b = b
        self.result = None
    def run(self):
        self.result = self.a + self.b
threads = [Adder(i, i * i) for i in range(6)]
for t in threads:
    t.start()
for t in threads:
    t.join()
print([(t.name, t.result) for t in threads])
class Named(threading.Thread):
    def run(self):
        print("running as", self.name, threading.current_thread() is self)
n = Named(name="nn")
n.start()
n.join()
class NoInit(threading.Thread):
    def __init__(self):
        self.x = 1
try:
    NoInit().start()
except RuntimeError as e:
    print(e)  # expect: thread.__init__() not called
class Overridden(Named):
    def run(self):
        print("before")
        super().run()
        print("after")
o = Overridden(name="o")
o.start()
o.join()
n2 = Named(name="direct")
class Accumulate(threading.Thread):
    total = 0
    lock = threading.Lock()
    def __init__(self, n):
        threading.Thread.__init__(self, daemon=True)
        self.n = n
    def run(self):
        for i in range(self.n):
            with Accumulate.lock:
                Accumulate.total += 1
ts = [Accumulate(500) for _ in range(4)]
[t.start() for t in ts]
[t.join() for t in ts]
print(Accumulate.total, ts[0].daemon)  # expect: 2000 True
print(isinstance(ts[0], threading.Thread), issubclass(Accumulate, threading.Thread), isinstance(threading.main_thread(), threading.Thread))
class WithTarget(threading.Thread):
    def run(self):
        print("target ran:", end=" ")
        super().run()
w = WithTarget(target=print, args=("hello", "there"))
w.start()
w.join()
