# __del__ may make its object reachable again; it runs only once.
saved = []
class Phoenix:
    def __init__(self, name):
        self.name = name
    def __del__(self):
        print("del", self.name)
        saved.append(self)
p = Phoenix("p")
p = None
print(len(saved), saved[0].name)
back = saved.pop()
print(back.name)
back = None
print("second death is silent", len(saved))
class Once:
    count = 0
    keep = None
    def __del__(self):
        Once.count += 1
        Once.keep = self
o = Once()
del o
print(Once.count, Once.keep is not None)
Once.keep = None
print(Once.count)
class Chain:
    def __init__(self, n):
        self.n = n
    def __del__(self):
        print("chain", self.n)
        if self.n:
            Chain(self.n - 1)
Chain(4)
print("end of chain")
class Creates:
    def __del__(self):
        global created
        created = [1, 2, 3]
        print("creating")
c = Creates()
c = None
print(created)
class ReadsGlobals:
    def __del__(self):
        print("reads", created, len(created))
r = ReadsGlobals()
r = None
class Parent:
    def __init__(self):
        self.child = Child()
    def __del__(self):
        print("parent sees", self.child.value)
class Child:
    value = 5
    def __del__(self):
        print("child")
Parent()
print("done")
