# When __del__ runs: at zero, at once.
class Loud:
    def __init__(self, name):
        self.name = name
    def __del__(self):
        print("del", self.name)
    def __repr__(self):
        return self.name
a = Loud("a")
b = a
del a
print("one name is left")
del b
print("gone")
x = Loud("x1")
x = Loud("x2")
print("reassigned")
x = None
def scope():
    p = Loud("p")
    q = Loud("q")
    print("leaving")
scope()
print("left")
def returning():
    r = Loud("r")
    s = Loud("s")
    return r
kept = returning()
print("kept", kept)
kept = 0
Loud("temporary")
print("after temporary")
Loud("in expression").name.upper()
print("after expression")
l = [Loud("l0"), Loud("l1"), Loud("l2")]
l[1] = None
print("replaced")
l.pop()
print("popped")
del l[0]
print("deleted")
d = {"k": Loud("dk"), Loud("key"): 1}
d["k"] = 2
print("dict replaced")
d.clear()
print("dict cleared")
t = (Loud("t0"), Loud("t1"))
t = None
print("tuple gone")
def argument(v):
    print("got", v)
    v = None
    print("dropped in function")
argument(Loud("arg"))
for i in [Loud("i0"), Loud("i1")]:
    print("loop", i)
del i
print("loop done")
class Holder:
    def __init__(self):
        self.a = Loud("attr a")
        self.b = Loud("attr b")
    def __del__(self):
        print("del holder")
h = Holder()
del h
print("holder gone")
h = Holder()
h.a = None
del h.b
print("attributes gone")
h = None
try:
    e = Loud("in try")
    raise ValueError
except ValueError:
    print("handler")
del e
with_default = lambda v=Loud("default"): v
del with_default
print("lambda gone")
[Loud("comp%d" % i) for i in range(2)]
print("comprehension gone")
c, c = Loud("first"), Loud("second")
print("unpacked")
c = [c]
c.append(Loud("third"))
c = c[1:]
print("sliced")
a = Loud("swap a"); b = Loud("swap b")
a, b = b, a
del a
print("end of program")
