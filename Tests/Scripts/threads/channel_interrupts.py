# options: --time-limit 1s
# oracle: none
# status: 124
# leaks: the time limit ends the run where it is
# inexact: the time limit ends the run where it is
# The time limit ends waits in channels, of the main thread and of others.
import gild
import threading

full = gild.channel("full", capacity=1)
full.send(0)
for _ in range(2):
    threading.Thread(target=lambda: full.send(1)).start()
    threading.Thread(target=gild.channel("empty").recv).start()
print("waiting", flush=True)  # expect: waiting
gild.channel("empty").recv()
print("not reached")
