# A readers-writers lock on a condition; invariants hold for every reader.
import threading
class ReadWriteLock:
    def __init__(self):
        self.condition = threading.Condition()
        self.readers = 0
        self.writing = False
    def start_read(self):
        with self.condition:
            self.condition.wait_for(lambda: not self.writing)
            self.readers += 1
    def end_read(self):
        with self.condition:
            self.readers -= 1
            if not self.readers:
                self.condition.notify_all()
    def start_write(self):
        with self.condition:
            self.condition.wait_for(lambda: not self.writing and not self.readers)
            self.writing = True
    def end_write(self):
        with self.condition:
            self.writing = False
            self.condition.notify_all()
guard = ReadWriteLock()
pair = [0, 0]
torn, reads = [], []
def reader():
    for _ in range(50):
        guard.start_read()
        try:
            if pair[0] != pair[1]:
                torn.append(tuple(pair))
            reads.append(1)
        finally:
            guard.end_read()
def writer():
    for _ in range(25):
        guard.start_write()
        try:
            pair[0] += 1
            pair[1] += 1
        finally:
            guard.end_write()
ts = [threading.Thread(target=reader) for _ in range(4)] + [threading.Thread(target=writer) for _ in range(2)]
for t in ts:
    t.start()
for t in ts:
    t.join()
print(pair, torn, len(reads), guard.readers, guard.writing)  # expect: [50, 50] [] 200 0 False
