# An exception ends its thread, prints a traceback on stderr, and leaves the program alone.
import threading, sys
def fail(kind):
    raise kind("in thread")
def chained():
    try:
        {}["missing"]
    except KeyError as e:
        raise RuntimeError("second") from e
for target, args in ((fail, (ValueError,)), (fail, (KeyError,)), (chained, ())):
    t = threading.Thread(target=target, args=args, name="failing")
    t.start()
    t.join()
    print(t.is_alive())
t = threading.Thread(target=sys.exit, args=(5,))
t.start()
t.join()
print("sys.exit in a thread is silent")
def finish():
    try:
        raise ValueError("kept inside")
    except ValueError as e:
        print("handled", e)
    finally:
        print("finally")
t = threading.Thread(target=finish)
t.start()
t.join()
t = threading.Thread(target=lambda x: x)
t.start()
t.join()
class Failing(threading.Thread):
    def run(self):
        try:
            1 / 0
        finally:
            print("cleanup")
t = Failing(name="Failing-thread")
t.start()
t.join()
results = []
def guarded(f):
    try:
        results.append(f())
    except Exception as e:
        results.append(e)
for f in (lambda: 5, lambda: [][0], lambda: {}["k"]):
    t = threading.Thread(target=guarded, args=(f,))
    t.start()
    t.join()
print([repr(r) for r in results])
try:
    raise results[1]
except IndexError as e:
    print("raised again", e)
print("main ends normally")
