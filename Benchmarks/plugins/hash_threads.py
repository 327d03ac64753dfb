# SHA-256 of 1 MiB blocks on one thread and on four: seconds for the same work. Arguments: blocks, and for gild the function's name.
import sys
import threading
import time

if sys.argv[2] == "hashlib":
    import hashlib

    def digest(data):
        return hashlib.sha256(data).hexdigest()
else:
    import hash

    digest = hash.sha256 if sys.argv[2] == "sha256" else hash.sha256_locked

block = b"0123456789abcdef" * 65536
blocks = int(sys.argv[1])


def work(count):
    for _ in range(count):
        digest(block)


def seconds(threads):
    workers = [threading.Thread(target=work, args=(blocks // threads,)) for _ in range(threads)]
    start = time.perf_counter()
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    return time.perf_counter() - start


print(min([seconds(1) for _ in range(3)]), min([seconds(4) for _ in range(3)]))
