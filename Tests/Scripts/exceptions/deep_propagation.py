# Exceptions through many frames, comprehensions, callbacks, operators and finalizers.
def level(n, log):
    try:
        if n == 0: raise ValueError("bottom")
        level(n - 1, log)
    finally:
        log.append(n)
log = []
try:
    level(50, log)
except ValueError as e:
    print(e, log[:5], len(log))
def convert(n):
    try:
        if n == 0: raise ValueError(0)
        convert(n - 1)
    except ValueError as e:
        raise ValueError(e.args[0] + 1)
try:
    convert(30)
except ValueError as e:
    depth, c = 0, e
    while c is not None:
        depth += 1
        c = c.__context__
    print(e, depth)
class Op:
    def __add__(self, o): raise KeyError("add")
    def __eq__(self, o): raise KeyError("eq")
    def __hash__(self): raise KeyError("hash")
    def __getitem__(self, i): raise KeyError("item")
    def __setitem__(self, i, v): raise KeyError("setitem")
    def __delitem__(self, i): raise KeyError("delitem")
    def __call__(self): raise KeyError("call")
    def __repr__(self): raise KeyError("repr")
    def __len__(self): raise KeyError("len")
    def __neg__(self): raise KeyError("neg")
    def __enter__(self): raise KeyError("enter")
    def __exit__(self, *a): pass
    def __iter__(self): raise KeyError("iter")
    def __bool__(self): raise KeyError("bool")
    def __lt__(self, o): raise KeyError("lt")
    def __format__(self, s): raise KeyError("format")
    def __contains__(self, x): raise KeyError("contains")
    def __index__(self): raise KeyError("index")
    def __int__(self): raise KeyError("int")
o = Op()
def setitem(): o[0] = 1
def delitem(): del o[0]
def with_(): 
    with o: pass
def for_():
    for x in o: pass
def unpack(): a, b = o
def aug():
    global o
    o += 1
def while_():
    while o: pass
for f in (lambda: o + 1, lambda: o == 1, lambda: {o}, lambda: {o: 1}, lambda: {}[o], lambda: o[0], lambda: o[1:2], setitem, delitem, lambda: o(), lambda: repr(o), lambda: str(o), lambda: f"{o}", lambda: f"{o!r}", lambda: [o] == [1], lambda: len(o), lambda: -o, with_, for_, unpack, aug, while_, lambda: o < 1, lambda: 1 in o, lambda: [1, 2][o], lambda: int(o), lambda: range(o), lambda: [*o], lambda: print(*o), lambda: sorted([o, o]), lambda: not o, lambda: o and 1, lambda: "%s" % o, lambda: "{}".format(o), lambda: [1].count(o), lambda: list(o), lambda: dict(a=1)[o], lambda: hash((1, o)), lambda: max(o, o), lambda: bool(o), lambda: "abc"[o:]):
    try:
        f()
        print("no error")
    except KeyError as e:
        print(e, end=" ")
    except NameError as e:
        print("NameError", end=" ")
print()
o = None
def stop_in_middle(items):
    total = 0
    try:
        for i in items:
            try:
                total += 10 // i
            except ZeroDivisionError:
                break
            else:
                total += 1000
    except TypeError as e:
        return "type", str(e), total
    return total
print(stop_in_middle([1, 2, 0, 5]), stop_in_middle([5, "x"]), stop_in_middle([]))
results = []
for i in range(200):
    try:
        if i % 7 == 0: raise ValueError
        elif i % 5 == 0: [][i]
        elif i % 3 == 0: {}[i]
        results.append(i)
    except ValueError: results.append("v")
    except LookupError as e: results.append(type(e).__name__[0])
print(len(results), results.count("v"), results.count("I"), results.count("K"))
