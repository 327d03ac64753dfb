# Within one message what was one object is one object, and cycles stay cycles.
import gild

channel = gild.channel("identity")


def through(value):
    channel.send(value)
    return channel.recv()


text = "shared " * 3
big = 10**50
part = [text, big]
copy = through([part, part, text, {"part": part}, (part, big)])
print(copy[0] is copy[1], copy[0] is copy[3]["part"], copy[0] is copy[4][0])  # expect: True True True
print(copy[0][0] is copy[2], copy[0][1] is copy[4][1])  # expect: True True
print(copy[0] is part)  # expect: False

loop = []
loop.append(loop)
copy = through(loop)
print(copy[0] is copy, copy is not loop)  # expect: True True

table = {}
table["self"] = table
table["list"] = [table, {1: table}]
copy = through(table)
print(copy["self"] is copy, copy["list"][0] is copy, copy["list"][1][1] is copy)  # expect: True True True

inside = []
pair = (inside, 1)
inside.append(pair)
copy = through(pair)
print(copy[0][0] is copy)  # expect: True

key = frozenset([1, ("a", frozenset([2]))])
copy = through([key, {key: "value"}, {key}])
print(copy[1][copy[0]], copy[0] in copy[2])  # expect: value True
for found in copy[1]:
    print(found is copy[0])  # expect: True

# A channel is itself wherever it arrives.
other = gild.channel("other")
copy = through([other, other, {other: 1}])
print(copy[0] is copy[1], copy[0] == other, copy[2][other])  # expect: True True 1
copy[0].send("by the copy")
print(other.recv(), gild.channel("other") == other, other == channel, other != channel)  # expect: by the copy True False True
loop.clear()
table.clear()
inside.clear()
