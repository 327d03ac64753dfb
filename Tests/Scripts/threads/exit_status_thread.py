# The status is that of the main thread, whatever other threads raise; the main thread waits for them.
import sys, threading, time
def failing():
    raise RuntimeError("a thread fails")
done = threading.Event()
def late():
    done.wait()
    time.sleep(0.03)
    print("late thread prints before the end")
t = threading.Thread(target=failing)
t.start()
t.join()
threading.Thread(target=late).start()
t = threading.Thread(target=sys.exit, args=(9,))
t.start()
t.join()
print("exiting with 4")
done.set()
sys.exit(4)
# stress: switch
