# Slice assignment and deletion, plain and extended.
def show(start, stop, step, values):
    x = list(range(8))
    try:
        x[start:stop:step] = values
        print(start, stop, step, values, "->", x)
    except Exception as e:
        print(start, stop, step, values, type(e).__name__, e)

for start in (None, 0, 2, 5, 8, 20, -3, -20):
    for stop in (None, 0, 3, 6, 20, -2):
        show(start, stop, None, ["a", "b"])
        show(start, stop, None, [])
for step in (2, 3, -1, -2, 1):
    for values in (["a"], ["a", "b", "c", "d"], ["a", "b", "c"], [], "wxyz"):
        show(None, None, step, values)
        show(1, 6, step, values)
        show(6, 1, step, values)
show(0, 3, 0, [1])
show(0, 3, 2, 5)
show("a", None, None, [])
show(2, 4, None, {7: 1, 8: 2})
show(2, 4, None, range(3))
for start in (None, 0, 2, -3, 20):
    for stop in (None, 5, -1, 0):
        for step in (None, 1, 2, 3, -1, -2):
            x = list(range(8))
            del x[start:stop:step]
            print(start, stop, step, x)
x = list(range(5))
x[1:3] = x
print(x)
x[:] = x[::-1]
print(x)
x[::2] = [0] * len(x[::2])
print(x)
del x[0], x[-1], x[1:3]
print(x)
x[len(x):] = ["end"]
x[:0] = ["start"]
x[2:2] = ["mid"]
print(x)
del x[:]
print(x)  # expect: []
a = [1, 2, 3, 4]
a[0], a[-1] = a[-1], a[0]
i = 0
i, a[i] = 2, "x"
print(a)
a[1:3] += ["y"]
print(a)
a[1] *= 2 if a[1] != "x" else 3
print(a)
