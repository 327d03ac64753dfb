# Two functions that call each other do not fold; the limit is lowered to keep it short.
import sys
sys.setrecursionlimit(60)
def ping(n):
    pong(n + 1)
def pong(n):
    ping(n + 1)
print("start")
ping(0)
