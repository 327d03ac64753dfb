# SHA-256 of 1 MiB blocks on one thread and on four: seconds for the same work. Arguments: blocks, and `sha256` or `sha256_locked`. CPython finds a
# module `hash` in the folder cpython.
import hash
import sys
import threading
import time

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
