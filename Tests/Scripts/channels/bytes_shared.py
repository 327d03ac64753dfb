# Threads look at lists of bytes while another takes the bytes out and sends them: who finds an object has it whole. Now and then they sleep, so that the sender is the only
# thread that runs, and may move what it sends.
# regimes: gil gil-3.2 gil-ticks object-lock atomic biased
import gild
import threading
import time

channel = gild.channel("bytes, shared", 8)
slots = [[], [], [], []]
start = threading.Barrier(4)
done = []


def make(number):
    return bytes([number % 256]) * (8000 + number % 1500)


def is_whole(data):
    return len(data) >= 8000 and data[0] == data[-1] == data[len(data) // 2] and len(data) < 9500


def send():
    start.wait()
    for number in range(450):
        slot = slots[number % 4]
        slot.append(make(number))
        if number % 3 == 0:
            slot.append(make(number + 1))
            slot.reverse()
            channel.send([slot.pop()])
        channel.send(slot.pop())
    channel.close()
    done.append(True)


def look(found):
    start.wait()
    good = bad = 0
    while not done:
        for slot in slots:
            for data in slot:
                if is_whole(data):
                    good += 1
                else:
                    bad += 1
            try:
                data = slot[-1]
            except IndexError:
                continue
            bad += not is_whole(data)
        time.sleep(0.0001)
    found.append(bad)


def receive(found):
    start.wait()
    count = bad = 0
    for message in channel:
        data = message[0] if type(message) is list else message
        bad += not is_whole(data)
        count += 1
    found.append((count, bad))


looked = []
received = []
threads = [threading.Thread(target=send), threading.Thread(target=look, args=(looked,)), threading.Thread(target=look, args=(looked,)), threading.Thread(target=receive, args=(received,))]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
print(received, looked)  # expect: [(600, 0)] [0, 0]
print([len(slot) for slot in slots])  # expect: [0, 0, 0, 0]
