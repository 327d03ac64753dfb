# gc.collect returns the number of unreachable objects; __del__ runs in cycles.
import gc
gc.collect()
gc.disable()
class Node:
    def __init__(self, name):
        self.name = name
        self.other = None
    def __del__(self):
        print("del", self.name)
def cycle():
    a, b = Node("a"), Node("b")
    a.other, b.other = b, a
cycle()
print("cycle left")
print(gc.collect() >= 2)
print(gc.collect())  # expect: 0
l = []
l.append(l)
del l
print(gc.collect())  # expect: 1
d = {}
d["d"] = d
d["l"] = [d]
d = None
print(gc.collect())  # expect: 2
t = ([],)
t[0].append(t)
t = None
print(gc.collect())  # expect: 2
x = []
y = [x]
x.append(y)
del x
print(gc.collect())  # expect: 0
print(y[0][0] is y)
y = None
print(gc.collect())
own = Node("self")
own.other = own
own = None
print("before")
gc.collect()
print("after")
for i in range(3):
    n = Node("loop%d" % i)
    n.other = [n]
n = None
print(gc.collect() > 0)
print("end")
# stress: switch
