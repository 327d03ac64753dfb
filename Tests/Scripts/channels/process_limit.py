# oracle: none
# All channels of the process together hold at most 512 MiB; what is received makes room.
import gild

large = "x" * (60 << 20)
channels = [gild.channel(f"limit-{i}") for i in range(9)]
try:
    for channel in channels:
        channel.send(large)
except MemoryError as error:
    print(str(error).split(":")[0])  # expect: no memory for a message
print([len(channel) for channel in channels])  # expect: [1, 1, 1, 1, 1, 1, 1, 1, 0]
print(len(channels[0].recv()))  # expect: 62914560
channels[8].send(large)
for channel in channels:
    channel.close()
    for message in channel:
        message = None
print([len(channel) for channel in channels])  # expect: [0, 0, 0, 0, 0, 0, 0, 0, 0]
