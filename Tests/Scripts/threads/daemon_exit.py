# inexact: daemon threads still run when the figures are read
# The interpreter waits for threads that are not daemons, and abandons those that are.
import threading, time
def forever():
    while True:
        time.sleep(0.01)
def slow():
    time.sleep(0.05)
    print("slow thread finished")
def spinning():
    n = 0
    while True:
        n += 1
threading.Thread(target=forever, daemon=True).start()
threading.Thread(target=spinning, daemon=True).start()
blocked = threading.Lock()
blocked.acquire()
threading.Thread(target=blocked.acquire, daemon=True).start()
threading.Thread(target=slow).start()
print("main finished")
