# Two threads take two locks in opposite order: one gets DeadlockError, the other goes on. For each kind of lock, and for
# locks taken by acquire() as well as by `with`, while a third thread runs.
# oracle: none
import threading
import time


def by_with(first, second, gate, log):
    with first:
        gate.wait()
        try:
            with second:
                log.append("both")
        except DeadlockError as error:
            log.append(type(error).__name__)


def by_acquire(first, second, gate, log):
    first.acquire()
    gate.wait()
    try:
        second.acquire()
        log.append("both")
        second.release()
    except RuntimeError as error:
        log.append(type(error).__name__)
    first.release()


def meet(make, body):
    a, b = make(), make()
    gate = threading.Barrier(2)
    log = []
    stop = []

    def bystander():
        while not stop:
            time.sleep(0.001)

    others = threading.Thread(target=bystander)
    others.start()
    threads = [threading.Thread(target=body, args=(x, y, gate, log)) for x, y in [(a, b), (b, a)]]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    stop.append(True)
    others.join()
    return sorted(log)


print(meet(threading.Lock, by_with))  # expect: ['DeadlockError', 'both']
print(meet(threading.RLock, by_with))  # expect: ['DeadlockError', 'both']
print(meet(threading.Condition, by_with))  # expect: ['DeadlockError', 'both']
print(meet(threading.Lock, by_acquire))  # expect: ['DeadlockError', 'both']
print(meet(threading.RLock, by_acquire))  # expect: ['DeadlockError', 'both']
print(issubclass(DeadlockError, RuntimeError), DeadlockError.__module__)  # expect: True builtins
