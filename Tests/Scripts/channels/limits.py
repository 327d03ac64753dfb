# oracle: none
# Deep values need no native stack; a channel holds 64 MiB and no message is larger.
import gild

channel = gild.channel("limits")
deep = []
for _ in range(100000):
    deep = [deep]
channel.send(deep)
deep = channel.recv()
depth = 0
while deep:
    deep = deep[0]
    depth += 1
print(depth)  # expect: 100000

deep = ()
for _ in range(50000):
    deep = (deep, {0: None})
try:
    bad = [print]
    for _ in range(20):
        bad = [bad]
    channel.send((deep, bad))
except TypeError as error:
    print(error)  # expect: cannot send 'builtin_function_or_method' object over a channel: value[1][0][0][0][… 14 more …][0][0][0][0]
deep = None

large = "x" * (30 << 20)
channel.send(large)
channel.send(large)
try:
    channel.send(large, timeout=0)
except TimeoutError as error:
    print(error)  # expect: channel 'limits' had no room in time
channel.send("small")
print(len(channel), len(channel.recv()))  # expect: 3 31457280
channel.send(large, timeout=0)
print([len(channel.recv()) for _ in range(3)])  # expect: [31457280, 5, 31457280]
try:
    channel.send(large + large + large)
except ValueError as error:
    print(error)  # expect: the message takes more than the 64 MiB that a channel holds
try:
    channel.send([None] * (9 << 20))
except ValueError as error:
    print(error)  # expect: the message takes more than the 64 MiB that a channel holds
print(len(channel))  # expect: 0
