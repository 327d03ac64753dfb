# No cycle, but no thread can go on: whoever waits for what nobody will give gets DeadlockError.
# oracle: none
import threading

lock = threading.Lock()
lock.acquire()
try:
    lock.acquire()
except DeadlockError:
    print("a lock of its own")  # expect: a lock of its own
lock.release()


def outcome(wait):
    result = []

    def body():
        try:
            wait()
            result.append("went on")
        except DeadlockError:
            result.append("DeadlockError")

    threads = [threading.Thread(target=body) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return result


condition = threading.Condition()


def wait_for_condition():
    with condition:
        condition.wait()


print(outcome(wait_for_condition))  # expect: ['DeadlockError', 'DeadlockError', 'DeadlockError']
print(outcome(threading.Event().wait))  # expect: ['DeadlockError', 'DeadlockError', 'DeadlockError']
print(outcome(threading.Semaphore(1).acquire))  # expect: ['went on', 'DeadlockError', 'DeadlockError']

# The last thread that could have notified ends.
event = threading.Event()
gate = threading.Barrier(2)


def wait_for_event():
    gate.wait()
    try:
        event.wait()
    except DeadlockError:
        print("nobody is left")  # expect: nobody is left


def pass_by():
    gate.wait()
    while waiter.is_alive() and not event._cond._waiters:
        pass


waiter = threading.Thread(target=wait_for_event)
passer = threading.Thread(target=pass_by)
waiter.start()
passer.start()
waiter.join()
passer.join()

# The program's end waits too: the thread gets the error, because the main thread runs no more code.
def take_again():
    try:
        lock.acquire()
    except DeadlockError:
        print("at the end")  # expect: at the end
        lock.release()


lock.acquire()
threading.Thread(target=take_again).start()
