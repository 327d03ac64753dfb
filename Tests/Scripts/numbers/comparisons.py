# Comparisons and hashing of int, float and bool agree, whatever the size.
values = [0, -0.0, False, True, 1, 1.0, -1, 2 ** 53, 2.0 ** 53, 2 ** 53 + 1, 10 ** 20, 1e20, 10 ** 22, 1e22,
          10 ** 23, 1e23, float("inf"), float("-inf"), 10 ** 400, -(10 ** 400), 0.1, 1 / 3]
for a in values:
    row = ""
    for b in values:
        row += str(int(a == b)) + str(int(a < b)) + str(int(a <= b)) + str(int(a > b)) + str(int(a >= b)) + str(int(a != b)) + " "
    print(row)
for a in values:
    for b in values:
        if a == b and hash(a) != hash(b):
            print("hash mismatch", a, b)
nan = float("nan")
print(nan == nan, nan != nan, nan < 1, nan > 1, nan <= nan, nan is nan, nan in [nan], [nan] == [nan], nan == 1)
print(1 < 2 < 3, 1 < 3 < 2, 3 > 2 > 1, 1 == 1.0 == True, 1 < 2 > 1, 1 != 2 != 1, 1 < 2 == 2, (1 < 2) == 2)
def note(x):
    print("note", x)
    return x
print(note(1) < note(2) < note(3))
print(note(3) < note(2) < note(1))
d = {1: "int"}
d[1.0] = "float"
d[True] = "bool"
print(d)  # expect: {1: 'bool'}
s = {0, 0.0, False, 1, True, 1.0, 2}
print(s)  # expect: {0, 1, 2}
print({1.0, 1}, {1, 1.0}, {True, 1}, len({1, 1.0, True, 2, 2.0}))
print(1 in {1.0: 0}, 2 ** 60 in {2.0 ** 60}, 1.5 in {1, 2}, False in [0], True in (1.0,))
print(max(1, 1.0), max(1.0, 1), min(True, 1), min(1, True), max(0, False), sorted([1, True, 1.0, 0, False]))
print(2 ** 1024 > 1e308, 2 ** 1024 < float("inf"), -(2 ** 1024) > float("-inf"), 2 ** 53 + 1 > 2.0 ** 53)
print(1 is not None, None == 0, None != False, None == None, "" == 0, [] == (), "1" == 1, (1,) == [1])
