# while, for, else, break, continue, nesting.
i = 0
while i < 5:
    i += 1
    if i == 2:
        continue
    if i == 4:
        break
    print("loop", i)
else:
    print("never")
while i > 0:
    i -= 1
else:
    print("else", i)
for x in range(3):
    if x == 5:
        break
else:
    print("for else", x)
for x in range(3):
    if x == 1:
        break
else:
    print("not reached")
for a in range(3):
    for b in range(3):
        if b == 1:
            continue
        if a == 1:
            break
        print(a, b)
    else:
        print("inner else", a)
        continue
    print("inner broke", a)
n, steps = 27, 0
while n != 1:
    n = n // 2 if n % 2 == 0 else 3 * n + 1
    steps += 1
print(steps)  # expect: 111
while True:
    n += 1
    if n > 10: break
print(n)
for c in "abc": print(c, end=","); print("x", end=" ")
print()
for i in range(2):
    for j in range(2):
        for k in range(2):
            if i == j == k:
                continue
            print(i, j, k, end="; ")
print()
while 0:
    print("no")
else:
    print("zero else")
for x in (): pass
else: print("empty else")
count = 0
for i in range(1000):
    if i % 3: continue
    if i > 500: break
    count += 1
print(count, i)
def search(rows, wanted):
    for r, row in enumerate(rows):
        for c, value in enumerate(row):
            if value == wanted:
                return r, c
    return None
print(search([[1, 2], [3, 4]], 3), search([[1]], 9))
x = 10
for x in range(x):
    pass
print(x)
items = [1, 2, 3]
for items in items:
    pass
print(items)
def loop_return():
    while True:
        for i in range(10):
            if i == 3:
                return i
print(loop_return())
def early():
    for i in range(3):
        try:
            if i == 1:
                continue
            if i == 2:
                break
        finally:
            print("finally", i)
    else:
        print("else skipped")
    return "done"
print(early())
