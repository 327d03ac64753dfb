# The collector runs by itself when enabled, and does not when disabled.
import gc
class Node:
    freed = 0
    def __init__(self):
        self.me = self
    def __del__(self):
        Node.freed += 1
gc.enable()
gc.set_threshold(700, 10, 10)
for i in range(20000):
    Node()
print(Node.freed > 10000)
gc.collect()
print(Node.freed)  # expect: 20000
gc.disable()
Node.freed = 0
for i in range(5000):
    Node()
print(Node.freed)  # expect: 0
gc.collect()
print(Node.freed)  # expect: 5000
Node.freed = 0
gc.enable()
gc.set_threshold(0)
for i in range(3000):
    Node()
print(Node.freed)  # expect: 0
gc.collect()
print(Node.freed)
kept = [Node() for _ in range(100)]
gc.collect()
print(Node.freed)
kept = None
gc.collect()
print(Node.freed)  # expect: 3100
# stress: switch
