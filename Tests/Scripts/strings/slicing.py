# Indexing and slicing of str, list, tuple: every sign of start, stop, step.
text = "abcdefghij"
data = list(range(10))
tup = tuple(data)
bounds = [None, -20, -10, -3, 0, 2, 5, 10, 20]
for start in bounds:
    for stop in bounds:
        line = []
        for step in (None, 1, 2, 3, 20, -1, -2, -20):
            part = text[start:stop:step]
            assert list(part) == [text[i] for i in range(10)[start:stop:step]]
            assert data[start:stop:step] == list(tup[start:stop:step])
            line.append(part)
        print(start, stop, line)
print(text[0], text[-1], text[3:], text[:3], text[:], text[::-1], text[::2], text[-3:], text[:-3])
print(data[2:5], data[-1], data[::-3], tup[1:4], tup[::-1], tup[5:2], ""[0:5], ""[::-1])
big = 10 ** 30
print(text[:big], text[-big:], text[big:], text[::big], text[::-big], data[-big:big])
print(text[True], text[False], text[True:True + 2])
for f in (lambda: text[10], lambda: text[-11], lambda: data[10], lambda: tup[10], lambda: text[::0], lambda: data[::0], lambda: text["a"], lambda: data["a"], lambda: tup["a"],
          lambda: data[1.0], lambda: text["a":], lambda: data[:1.5], lambda: text[None], lambda: data[10 ** 30], lambda: range(3)[5], lambda: range(3)["a"]):
    try:
        print(f())
    except Exception as e:
        print(type(e).__name__, e)
s = slice(1, 5, 2)
print(text[s], data[s], tup[s], s)
