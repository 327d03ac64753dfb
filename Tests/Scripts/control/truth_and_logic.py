# and, or, not return operands and skip what they need not evaluate.
def v(x):
    print("eval", x, end="; ")
    return x
print(v(0) and v(1), v(1) and v(2), v(0) or v(3), v(4) or v(5), not v(0), v(1) and v(0) or v(7), v("") or v([]) or v(None))
print(v(1) if v(0) else v(2), v(1) or v(2) and v(3), (v(1) or v(2)) and v(3), not v(1) or v(2), not (v(1) and v(0)))
print(1 < 2 and 2 < 3, 1 and 2 and 3, 0 or "" or [] or "last", [] and 1, {} or {1: 2}, not [] and 5)
class T:
    def __init__(self, value):
        self.value = value
    def __bool__(self):
        print("bool", self.value, end="; ")
        return self.value
class L:
    def __init__(self, n):
        self.n = n
    def __len__(self):
        return self.n
class Plain:
    pass
t, f = T(True), T(False)
print((t and f) is f, (f and t) is f, (t or f) is t, (f or t) is t, not t, not f, bool(t))
if t and not f:
    print("if")
while f:
    print("never")
print(1 if L(0) else 2, 1 if L(3) else 2, 1 if Plain() else 2, bool(L(0)), not L(5), [x.n for x in (L(0), L(1)) if x])
class BadBool:
    def __bool__(self):
        return 5
class BadLen:
    def __len__(self):
        return -1
class StrLen:
    def __len__(self):
        return "a"
class FloatLen:
    def __len__(self):
        return 1.5
for x in (BadBool(), BadLen(), StrLen(), FloatLen()):
    try:
        if x:
            print("true")
    except Exception as e:
        print(type(e).__name__, e)
    try:
        print(len(x))
    except Exception as e:
        print(type(e).__name__, e)
print(any([T(False), T(True), T(True)]), all([T(True), T(False), T(True)]))
assert t or f, "not raised"
print(None is None, 1 is not None)
x = 5
print(0 < x < 10, 0 < x > 3, x == 5 == 5.0, 1 < x < 3 < 10, x in [5] in [[5]], x not in [1] and x in [5], (x in [5]) == True)
print(1 == 1 in [1], 1 in [1] == True, not 1 == 2, not x in [5], 3 > 2 == 2)
print("yes" if x > 3 else "no" if x > 1 else "maybe", (lambda: 1 if x else 2)(), [a if a else "z" for a in (0, 1)])
print(True and 1 or 2, False and 1 or 2, 0 and 1 or 2, 1 and 0 or 2, True if 1 else 0 and 5)
