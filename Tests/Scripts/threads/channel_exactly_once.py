# Several senders and receivers on one channel: every message arrives once, and those of one sender in order at each receiver.
import gild
import threading

SENDERS = 4
RECEIVERS = 3
MESSAGES = 150
channel = gild.channel("work", capacity=3)
together = threading.Barrier(SENDERS + RECEIVERS)
received = [[] for _ in range(RECEIVERS)]


def send(number):
    together.wait()
    for i in range(MESSAGES):
        channel.send((number, i))


def receive(number):
    together.wait()
    for message in channel:
        received[number].append(message)


senders = [threading.Thread(target=send, args=(i,)) for i in range(SENDERS)]
receivers = [threading.Thread(target=receive, args=(i,)) for i in range(RECEIVERS)]
for thread in senders + receivers:
    thread.start()
for thread in senders:
    thread.join()
channel.close()
for thread in receivers:
    thread.join()
everything = []
for messages in received:
    everything += messages
    for sender in range(SENDERS):
        own = [i for number, i in messages if number == sender]
        assert own == sorted(own), own
print(sorted(everything) == [(s, i) for s in range(SENDERS) for i in range(MESSAGES)])  # expect: True

# Closing ends every wait: of receivers, and of senders that wait for room.
full = gild.channel("full", capacity=1)
full.send(0)
empty = gild.channel("empty")
outcomes = []


def wait(action):
    try:
        action()
    except gild.ChannelClosed as error:
        outcomes.append(str(error))


waiting = [threading.Thread(target=wait, args=(lambda: full.send(1),)) for _ in range(3)]
waiting += [threading.Thread(target=wait, args=(empty.recv,)) for _ in range(3)]
for thread in waiting:
    thread.start()
full.close()
empty.close()
for thread in waiting:
    thread.join()
for line in sorted(set(outcomes)):
    print(line, outcomes.count(line))
# expect: channel 'empty' is closed and empty 3
# expect: channel 'full' is closed 3
