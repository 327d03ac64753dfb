# Statement 3: an object is freed at the moment its count reaches zero, not later.
#
# __del__ is the object's last word. It prints between the lines around it, so the moment is visible.


class Loud:
    def __init__(self, name):
        self.name = name

    def __del__(self):
        print("  freed:", self.name)


print("one name")
a = Loud("one name")
del a

print("two names")
a = Loud("two names")
b = a
del a
print("  one is left")
b = None

print("the end of a function")


def scope():
    local = Loud("a local variable")
    print("  leaving")


scope()

print("a container gives up what it holds")
box = [Loud("first"), Loud("second")]
box.pop()
del box

print("a cycle is not freed by counting: each keeps the other above zero")
import gc

gc.disable()
a, b = Loud("cycle a"), Loud("cycle b")
a.other, b.other = b, a
del a, b
print("  still there")
found = gc.collect()
print("  the cycle collector found them:", found >= 2)
print("end")
# stress: switch
