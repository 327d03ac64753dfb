# Cycles through join: a thread that is joined waits for a lock of the one that joins it; two threads join each other; a
# thread joins the main thread, which joins it.
# oracle: none
import threading

lock = threading.Lock()
victims = []


def wants_lock():
    try:
        with lock:
            pass
    except DeadlockError as error:
        victims.append(str(error))


worker = threading.Thread(target=wants_lock)
with lock:
    worker.start()
    try:
        worker.join()
    except DeadlockError as error:
        victims.append(str(error))
worker.join()
print(["MainThread wants the end of Thread-1 (wants_lock)" in text for text in victims])  # expect: [True]

# As before, with a lock that the holder took by acquire(): there is nobody else who could release it.
lock.acquire()
worker = threading.Thread(target=wants_lock)
worker.start()
try:
    worker.join()
except DeadlockError as error:
    victims.append(str(error))
lock.release()
worker.join()
print(len(victims))  # expect: 2

# Two threads that join each other.
gate = threading.Barrier(2)
log = []
threads = []


def join_other(i):
    gate.wait()
    try:
        threads[1 - i].join()
        log.append("joined")
    except DeadlockError:
        log.append("DeadlockError")


threads += [threading.Thread(target=join_other, args=(i,)) for i in range(2)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
print(log)  # expect: ['DeadlockError', 'joined']

# A thread joins the main thread, which joins it: whoever comes second is the victim.
victims.clear()


def join_main():
    try:
        threading.main_thread().join()
    except DeadlockError:
        victims.append("joiner")


joiner = threading.Thread(target=join_main)
joiner.start()
try:
    joiner.join()
except DeadlockError:
    victims.append("main")
print(len(victims))  # expect: 1

try:
    threading.current_thread().join()
except RuntimeError as error:
    print(type(error).__name__, error)  # expect: RuntimeError cannot join current thread
