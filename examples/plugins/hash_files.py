# Native code that gives the lock up runs beside other threads, even under the GIL: the same work on one and on four threads.
import hash
import threading
import time

block = b"0123456789abcdef" * 65536
rounds = 16


def work(function, count):
    for _ in range(count):
        function(block)


def seconds(function, threads):
    start = time.perf_counter()
    workers = [threading.Thread(target=work, args=(function, rounds // threads)) for _ in range(threads)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    return time.perf_counter() - start


print(hash.sha256(b"abc"))  # expect: ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad
print(hash.crc32(b"123456789"))  # expect: 3421780262
for name, function in [("gives the lock up", hash.sha256), ("keeps the lock", hash.sha256_locked)]:
    one = seconds(function, 1)
    four = seconds(function, 4)
    print(f"{name}: {len(block) >> 20} MiB × {rounds} in {one * 1000:.0f} ms on one thread, {four * 1000:.0f} ms on four: × {one / four:.2f}")
