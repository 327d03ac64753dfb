# Large containers, and deep nesting that is freed without deep recursion.
a = list(range(200000))
print(len(a), sum(a), a[123456], a[-1])
a.reverse()
print(a[0], a[-1], len(a[::7]), sum(a[::1000]))
del a[::2]
print(len(a), a[:3])
d = {}
for i in range(100000):
    d[i] = i * i
for i in range(0, 100000, 2):
    del d[i]
print(len(d), d[99999], 50000 in d, sum(d.keys()))
s = set()
for i in range(50000):
    s.add(i * 37 % 65536)
print(len(s), sum(s), 36 in s)
strings = {}
for i in range(20000):
    strings["key" + str(i)] = i
print(len(strings), strings["key12345"], "key20000" in strings)
nested = []
for i in range(300000):
    nested = [nested]
depth = 0
node = nested
while node:
    node = node[0]
    depth += 1
print(depth)  # expect: 300000
del nested, node
t = ()
for i in range(200000):
    t = (t, i)
print(t[1])
t = None
chain = None
for i in range(100000):
    chain = {"next": chain}
print(len(chain))
chain = None
class Node:
    def __init__(self, next):
        self.next = next
head = None
for i in range(100000):
    head = Node(head)
count = 0
n = head
while n is not None:
    n = n.next
    count += 1
print(count)
head = None
print("freed")
matrix = [[i * j for j in range(300)] for i in range(300)]
print(sum([sum(row) for row in matrix]))
text = ",".join([str(i) for i in range(50000)])
print(len(text), text.count(","), sum([int(p) for p in text.split(",")]))
# stress: switch
