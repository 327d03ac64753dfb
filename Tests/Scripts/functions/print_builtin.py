# print: sep, end, file, flush, str of every type.
import sys
print()
print("a", 1, None, True, 1.5, [1, "x"], (1,), {"k": "v"}, {1}, range(3), int, len)
print("a", "b", sep="")
print("a", "b", sep=", ", end="!\n")
print("a", "b", sep=None, end=None)
print(sep="x")
print("x", end="")
print("y", end="\n\n")
print(*[1, 2, 3], sep="\n")
print("to stderr", file=sys.stderr)
print("to stdout", file=sys.stdout, flush=True)
print("none file", file=None)
class Writer:
    def __init__(self):
        self.parts = []
    def write(self, text):
        self.parts.append(text)
w = Writer()
print("a", 1, sep="-", end=";", file=w)
print(w.parts)
class Loud:
    def __str__(self):
        return "loud"
class Bad:
    def __str__(self):
        return 5
class BadRepr:
    def __repr__(self):
        return None
class Raises:
    def __repr__(self):
        raise ValueError("repr fails")
print(Loud(), [1])
for x in (Bad(), BadRepr(), Raises(), [BadRepr()], {1: Raises()}):
    try:
        print(x)
    except Exception as e:
        print(type(e).__name__, e)
try:
    print("x", file=5)
except AttributeError as e:
    print(e)
print("tab\there", "quote's", "uni é😀", "nul" + chr(0) + "l")
print(int, str, list, dict, type, object, bool, float, set, tuple, range, frozenset, ValueError, Exception)
print(type(1), type("a"), type(None), type([]), type(print), type(type), type(ValueError()), type(range(1)), type({}.keys()))
print([int, None, print is print], {"t": str}, (len,))
print(str(None), repr(None))
print(1, 2, 3, sep="é", end="😀\n")
print("multi\nline", "text")
print("%" * 3, "{}", "\\n", r"\n")
n = print("returns", end=" ")
print(n)
