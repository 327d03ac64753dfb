# An exception in the main thread is reported, then the other threads are awaited; status 1.
import threading, time
def late():
    time.sleep(0.03)
    print("thread survives the main thread")
threading.Thread(target=late).start()
def main():
    values = {"a": 1}
    print(values["a"])
    print(values["b"])
main()
