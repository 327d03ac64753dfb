# The echo workload: one thread asks, one answers, and each of them waits for the lock whenever its bytes have come.
import blocking_io
import threading

pair = blocking_io.open()


def answer():
    while True:
        message = blocking_io.read(pair, 1, 100)
        if message == b"":
            return
        blocking_io.write(pair, 1, message)


echo = threading.Thread(target=answer)
echo.start()
total = 0
for number in range(100):
    message = b"message %" + str(number).encode()
    blocking_io.write(pair, 0, message)
    if blocking_io.read(pair, 0, 100) == message:
        total += 1
blocking_io.close(pair, 0)
echo.join()
print(total, "messages came back")  # expect: 100 messages came back
