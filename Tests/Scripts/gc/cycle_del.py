# __del__ in cycles: order, resurrection, exceptions, access to the rest of the cycle.
import gc
gc.disable()
gc.collect()
log = []
class Pair:
    def __init__(self, name):
        self.name = name
    def __del__(self):
        log.append((self.name, self.other.name))
a, b = Pair("a"), Pair("b")
a.other, b.other = b, a
del a, b
gc.collect()
print(sorted(log))
saved = []
class Risen:
    def __init__(self):
        self.me = self
        self.data = [1, 2, 3]
    def __del__(self):
        saved.append(self)
Risen()
gc.collect()
print(len(saved), saved[0].data, saved[0].me is saved[0])
saved.clear()
gc.collect()
print(len(saved))
class Outer:
    def __init__(self):
        self.cycle = [self]
        self.inner = Inner()
class Inner:
    def __del__(self):
        print("inner freed with the cycle")
Outer()
print("before collect")
gc.collect()
class Fails:
    def __init__(self):
        self.me = self
    def __del__(self):
        raise ValueError("ignored in a collection")
Fails()
gc.collect()
print("collection went on")
def closure_cycle():
    def f():
        return f
    return None
closure_cycle()
print(gc.collect() > 0)
class Method:
    def __init__(self):
        self.bound = self.run
    def run(self):
        pass
Method()
print(gc.collect() > 0)
class Tree:
    count = 0
    def __init__(self, parent, depth):
        self.parent = parent
        self.children = [Tree(self, depth - 1) for _ in range(2)] if depth else []
    def __del__(self):
        Tree.count += 1
Tree(None, 6)
print(Tree.count)
gc.collect()
print(Tree.count)  # expect: 127
def exception_cycle():
    try:
        raise ValueError
    except ValueError as e:
        kept = e
exception_cycle()
print(gc.collect() > 0)
exit_cycle = Pair("exit")
exit_cycle.other = exit_cycle
print("end")
