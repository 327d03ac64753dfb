# A thread that sleeps and a thread that computes: the sleeper drops the GIL and pays to get it back.
import threading
import time

done = threading.Event()
naps = 0


def sleeper():
    global naps
    while not done.is_set():
        time.sleep(0.001)
        naps += 1


def computer():
    total = 0
    for i in range(1500000):
        total += i * i % 7
    done.set()
    return total


threads = [threading.Thread(target=sleeper, name="sleeper"), threading.Thread(target=computer, name="computer")]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
print("the sleeper woke up while the other computed:", naps > 0)
# stress: switch
