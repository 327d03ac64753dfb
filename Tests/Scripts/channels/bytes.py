# bytes of every size make the way through a channel: alone, inside containers, as keys, twice in one message; and what the sender still has stays as it is.
# Large ones are moved where nothing else refers to them, and copied where something does: nobody can tell which, but by what it costs.
import gild
import threading

channel = gild.channel("bytes")


def through(value):
    channel.send(value)
    return channel.recv()


def make(size, first=0):
    return bytes([(first + i * 7) % 256 for i in range(256)]) * (size // 256) + b"#" * (size % 256)


sizes = [0, 1, 255, 256, 440, 456, 470, 471, 472, 473, 474, 488, 504, 512, 1000, 8191, 8192, 8193, 65536, 100001, 1 << 20]
print(all([through(make(size)) == make(size) for size in sizes]))  # expect: True
print(all([type(through(make(size))) is bytes and len(through(make(size))) == size for size in sizes]))  # expect: True

# The sender has another reference: a variable, a container, the message of before.
kept = make(100000)
print(through(kept) == kept, kept == make(100000))  # expect: True True
shelf = [make(50000), make(60000)]
got = through(shelf[1])
print(got == shelf[1], len(shelf[0]), len(shelf[1]))  # expect: True 50000 60000
got = through(shelf)
print(got == shelf, got is shelf, got[0] == make(50000))  # expect: True False True
got = through([kept, make(20000)])
print(got[0] == kept, got[1] == make(20000), kept == make(100000))  # expect: True True True
channel.send(kept)
channel.send(kept)
first, second = channel.recv(), channel.recv()
print(first == second == kept)  # expect: True

# By name, and by an unpacked call: the tuple keeps what it holds.
channel.send(value=make(30000), timeout=5)
print(channel.recv() == make(30000))  # expect: True
arguments = (make(70000),)
channel.send(*arguments)
print(channel.recv() == arguments[0] == make(70000))  # expect: True
named = {"value": make(80000), "timeout": None}
channel.send(**named)
print(channel.recv() == named["value"] == make(80000))  # expect: True
send = channel.send
send(make(90000))
print(channel.recv() == make(90000))  # expect: True
gild.Channel.send(channel, make(90010))
print(channel.recv() == make(90010))  # expect: True

# Within one message, what was one object is one object; cycles stay cycles; a key is found again.
def twice(size):
    data = make(size)
    return [data, data, (data,)]


got = through(twice(10000))
print(got[0] is got[1] is got[2][0], got[0] == make(10000))  # expect: True True


def cycle(size):
    loop = [make(size)]
    loop.append(loop)
    return loop


got = through(cycle(20000))
print(got[1] is got, got[0] == make(20000))  # expect: True True
got = None
table = through({make(30000): make(40000), (make(30010), 1): {"in": [make(40010)]}})
print(table[make(30000)] == make(40000), table[(make(30010), 1)]["in"][0] == make(40010))  # expect: True True
print(through({make(30000), make(30010)}) == {make(30010), make(30000)})  # expect: True
print(through(frozenset([make(600)])) == frozenset([make(600)]))  # expect: True
deep = make(30000)
for _ in range(200):
    deep = [deep]
got = through((deep, deep))
while type(got) is not bytes:
    got = got[0]
print(got == make(30000), len(deep))  # expect: True 1

# What was received is an object like any other: it can be sent on, and hashed, cut and decoded.
data = through(make(50000))
print(hash(data) == hash(make(50000)), data[7], data[-1:], data[1000:1003])  # expect: True 49 b'#' b'X_f'
print(through(through(through(make(1 << 17)))) == make(1 << 17))  # expect: True
print(through(b"x" * 5000).decode() == "x" * 5000)  # expect: True

# What cannot be sent leaves everything as it was.
holder = [make(40000), print]
try:
    channel.send(holder)
except TypeError as error:
    print(error, len(holder[0]), len(channel))  # expect: cannot send 'builtin_function_or_method' object over a channel: value[1] 40000 0
try:
    channel.send([make(40000), {"k": (make(600), print)}])
except TypeError as error:
    print(error)  # expect: cannot send 'builtin_function_or_method' object over a channel: value[1]['k'][1]
narrow = gild.channel("bytes, one at a time", 1)
narrow.send(make(1000))
try:
    narrow.send(make(20000), timeout=0)
except TimeoutError:
    print(len(narrow), narrow.recv() == make(1000))  # expect: 1 True
narrow.close()
try:
    narrow.send(make(30000))
except gild.ChannelClosed:
    print("closed")  # expect: closed

# From thread to thread, with room for one message: senders and receivers wait for each other.
pipe = gild.channel("bytes of threads", 1)
sums = gild.channel("sums of bytes")


def produce(number):
    for i in range(30):
        pipe.send((number, i, make(500 + 1000 * i, number)))


def consume():
    good = 0
    for number, i, data in pipe:
        good += data == make(500 + 1000 * i, number)
    sums.send(good)


consumers = [threading.Thread(target=consume) for _ in range(2)]
producers = [threading.Thread(target=produce, args=(number,)) for number in range(3)]
for thread in consumers + producers:
    thread.start()
for thread in producers:
    thread.join()
pipe.close()
for thread in consumers:
    thread.join()
print(sums.recv() + sums.recv())  # expect: 90
