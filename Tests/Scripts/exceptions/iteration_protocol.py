# StopIteration and other exceptions from __iter__, __next__, __getitem__, __len__, __contains__.
class Fails:
    def __init__(self, at, kind=ValueError): self.at, self.kind, self.n = at, kind, 0
    def __iter__(self): return self
    def __next__(self):
        self.n += 1
        if self.n == self.at: raise self.kind("at %d" % self.n)
        return self.n
def attempt(f):
    try:
        print(f())
    except Exception as e:
        print(type(e).__name__, e)
out = []
def loop():
    for x in Fails(4):
        out.append(x)
attempt(loop)
print(out)
attempt(lambda: list(Fails(3)))
attempt(lambda: list(Fails(3, StopIteration)))
attempt(lambda: sum(Fails(3)))
attempt(lambda: sum(Fails(5, StopIteration)))
attempt(lambda: [x * 2 for x in Fails(2, KeyError)])
attempt(lambda: tuple(map(str, Fails(3))))
attempt(lambda: dict(zip("abc", Fails(2))))
attempt(lambda: dict(zip("abc", Fails(9))))
attempt(lambda: sorted(Fails(4, StopIteration), reverse=True))
attempt(lambda: max(Fails(3, OSError)))
attempt(lambda: 5 in Fails(3))
attempt(lambda: 2 in Fails(3))
attempt(lambda: 9 in Fails(4, StopIteration))
attempt(lambda: ",".join(map(str, Fails(4, StopIteration))))
attempt(lambda: print(*Fails(3)))
attempt(lambda: set(Fails(3, StopIteration)))
attempt(lambda: list(enumerate(Fails(2, StopIteration))))
attempt(lambda: next(Fails(1, StopIteration)))
attempt(lambda: next(Fails(1, StopIteration), "default"))
attempt(lambda: next(Fails(1), "default"))
def unpack():
    a, b = Fails(3, StopIteration)
    return a, b
def unpack_few():
    a, b, c = Fails(3, StopIteration)
def unpack_many():
    a, b = Fails(9)
def unpack_fails():
    a, b = Fails(2)
attempt(unpack)
attempt(unpack_few)
attempt(unpack_many)
attempt(unpack_fails)
l = [0]
attempt(lambda: l.extend(Fails(3)))
print(l)
class IterFails:
    def __iter__(self): raise KeyError("iter")
attempt(lambda: list(IterFails()))
attempt(lambda: [x for x in IterFails()])
class GetItem:
    def __init__(self, kind): self.kind = kind
    def __getitem__(self, i):
        if i == 2: raise self.kind("getitem")
        return i
attempt(lambda: list(GetItem(IndexError)))
attempt(lambda: list(GetItem(KeyError)))
attempt(lambda: list(GetItem(StopIteration)))
attempt(lambda: 7 in GetItem(IndexError))
class Contains:
    def __contains__(self, x): raise ValueError("contains")
class Len:
    def __len__(self): raise ValueError("len")
class Bool:
    def __bool__(self): raise ValueError("bool")
class Call:
    def __call__(self): raise StopIteration("call")
attempt(lambda: 1 in Contains())
attempt(lambda: len(Len()))
attempt(lambda: bool(Len()))
attempt(lambda: not Bool())
attempt(lambda: 1 if Bool() else 2)
attempt(lambda: Bool() and 1)
attempt(lambda: [x for x in [Bool()] if x])
attempt(lambda: list(iter(Call(), 5)))
attempt(Call())
attempt(lambda: all([Bool()]))
attempt(lambda: list(filter(None, [Bool()])))
attempt(lambda: sorted([1, 2], key=lambda x: Bool() and 1))
exhausted = iter([1])
print(list(exhausted), list(exhausted), next(exhausted, None))
