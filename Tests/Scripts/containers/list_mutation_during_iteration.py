# A list may change while it is iterated: the iterator keeps an index.
a = [1, 2, 3, 4, 5, 6]
for x in a:
    if x % 2 == 0:
        a.remove(x)
print(a)
a = [1, 2, 3]
for x in a:
    if len(a) < 8:
        a.append(x * 10)
print(a)
a = [1, 2, 3, 4]
seen = []
for x in a:
    seen.append(x)
    a.pop()
print(seen, a)
a = [1, 2, 3, 4]
for x in a[:]:
    a.remove(x)
print(a)
a = [1, 2, 3]
it = iter(a)
print(next(it), next(it), next(it), next(it, "end"))
a.append(4)
print(next(it, "still end"))
it = iter(a)
next(it)
a.insert(0, 0)
print(next(it), list(it), list(it))
r = reversed([1, 2, 3])
print(next(r), list(r), next(r, None))
a = [1, 2, 3]
for i, x in enumerate(a):
    a[i] = x * x
print(a)
for i in range(len(a) - 1, -1, -1):
    if a[i] > 3:
        del a[i]
print(a)
b = [0]
for x in b:
    b[0] += 1
    if b[0] > 3:
        break
print(b, x)
for x in []:
    print("never")
else:
    print("else of empty")
n = [3, 2, 1]
while n:
    print(n.pop(), end=" ")
print(n)
c = [[1, 2], [3]]
for sub in c:
    for x in sub:
        if len(sub) < 3:
            sub.append(x)
print(c)
it = iter([])
try:
    next(it)
except StopIteration as e:
    print("StopIteration", e.args, e.value)
