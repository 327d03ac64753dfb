# Capacity, time-outs, closing, iterating; and what each of them raises.
import gild


def attempt(action):
    try:
        return action()
    except (TimeoutError, gild.ChannelClosed, TypeError, ValueError) as error:
        return f"{type(error).__name__}: {error}"


channel = gild.channel("closing", capacity=2)
print(channel, channel.name, channel.capacity)  # expect: <gild.Channel 'closing': 0 waiting> closing 2
print(attempt(lambda: channel.recv(timeout=0)))  # expect: TimeoutError: no message in channel 'closing' in time
print(attempt(lambda: channel.recv(0.01)))  # expect: TimeoutError: no message in channel 'closing' in time
channel.send("first", timeout=0)
channel.send("second", timeout=5)
print(attempt(lambda: channel.send("third", timeout=0)))  # expect: TimeoutError: channel 'closing' had no room in time
print(attempt(lambda: channel.send("third", 0.01)))  # expect: TimeoutError: channel 'closing' had no room in time
print(attempt(lambda: channel.recv(timeout=-1)))  # expect: ValueError: timeout must be a non-negative number
print(len(channel), bool(channel), channel.closed)  # expect: 2 True False

print(attempt(lambda: gild.channel("closing", 3)))  # expect: ValueError: channel 'closing' is open with capacity 2, not 3
print(gild.channel("closing") == channel, gild.channel("closing", 2) == channel)  # expect: True True
print(attempt(lambda: gild.channel(5)))  # expect: TypeError: channel() name must be str, not int

channel.close()
channel.close()
print(channel, channel.closed)  # expect: <gild.Channel 'closing': 2 waiting, closed> True
print(attempt(lambda: channel.send("late")))  # expect: ChannelClosed: channel 'closing' is closed
print(channel.recv())  # expect: first
print(list(channel))  # expect: ['second']
print(list(channel))  # expect: []
print(attempt(channel.recv))  # expect: ChannelClosed: channel 'closing' is closed and empty
print(issubclass(gild.ChannelClosed, Exception), gild.ChannelClosed.__name__)  # expect: True ChannelClosed

with gild.channel("with") as channel:
    channel.send(1)
    channel.send(2)
    print(next(channel), 2 in channel)  # expect: 1 True
print(channel.closed, len(channel))  # expect: True 0
print(next(channel, "nothing"))  # expect: nothing

# A name of which nothing is left begins anew; one in which messages wait is kept.
channel = gild.channel("again")
channel.send("kept")
channel = None
print(gild.channel("again").recv())  # expect: kept
channel = gild.channel("closed for good")
channel.close()
channel = None
print(gild.channel("closed for good").closed)  # expect: False


class Mine:
    pass


def refuse(value):
    print(attempt(lambda: gild.channel("again").send(value)), len(gild.channel("again")))


refuse(Mine())  # expect: TypeError: cannot send 'Mine' object over a channel 0
refuse([1, {"a": (Mine(), 2)}])  # expect: TypeError: cannot send 'Mine' object over a channel: value[1]['a'][0] 0
refuse({5: [print]})  # expect: TypeError: cannot send 'builtin_function_or_method' object over a channel: value[5][0] 0
refuse({"a": 1, Mine: 2})  # expect: TypeError: cannot send 'type' object over a channel: value{key 1} 0
refuse({len})  # expect: TypeError: cannot send 'builtin_function_or_method' object over a channel: value{element} 0
refuse(...)  # expect: TypeError: cannot send 'ellipsis' object over a channel 0
refuse(range(3))  # expect: TypeError: cannot send 'range' object over a channel 0
refuse({(1, "x" * 50): Mine()})  # expect: TypeError: cannot send 'Mine' object over a channel: value[…] 0
