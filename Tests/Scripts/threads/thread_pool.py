# A small thread pool with futures.
import threading
class Future:
    def __init__(self):
        self.done = threading.Event()
        self.value = self.error = None
    def result(self, timeout=None):
        if not self.done.wait(timeout):
            raise TimeoutError("no result yet")
        if self.error is not None:
            raise self.error
        return self.value
class Pool:
    def __init__(self, size):
        self.tasks = []
        self.available = threading.Condition()
        self.closed = False
        self.threads = [threading.Thread(target=self.work, name="pool-%d" % i) for i in range(size)]
        for t in self.threads:
            t.start()
    def work(self):
        while True:
            with self.available:
                while not self.tasks and not self.closed:
                    self.available.wait()
                if not self.tasks:
                    return
                future, f, args = self.tasks.pop(0)
            try:
                future.value = f(*args)
            except Exception as e:
                future.error = e
            future.done.set()
    def submit(self, f, *args):
        future = Future()
        with self.available:
            self.tasks.append((future, f, args))
            self.available.notify()
        return future
    def map(self, f, items):
        return [future.result() for future in [self.submit(f, x) for x in items]]
    def __enter__(self):
        return self
    def __exit__(self, *details):
        with self.available:
            self.closed = True
            self.available.notify_all()
        for t in self.threads:
            t.join()
def fib(n):
    return n if n < 2 else fib(n - 1) + fib(n - 2)
with Pool(3) as pool:
    print(pool.map(fib, range(15)))
    futures = [pool.submit(lambda x: 10 // x, x) for x in (5, 2, 0, 1)]
    for f in futures:
        try:
            print(f.result())
        except ZeroDivisionError as e:
            print(type(e).__name__, e)
    try:
        Future().result(0.01)
    except TimeoutError as e:
        print(e)
    print(sum(pool.map(lambda x: x * x, range(100))))
print([t.is_alive() for t in pool.threads], threading.active_count())
