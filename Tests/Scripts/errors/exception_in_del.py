# An exception in __del__ is reported on stderr and ignored.
class Bad:
    def __init__(self, name):
        self.name = name
    def __del__(self):
        print("del", self.name)
        raise ValueError("in __del__ of " + self.name)
b = Bad("first")
del b
print("after del")
def scope():
    local = Bad("second")
    print("in scope")
scope()
items = [Bad("a"), Bad("b")]
items.clear()
print("cleared")
try:
    raise KeyError("pending")
except KeyError as e:
    x = Bad("inside handler")
    del x
    print(repr(e))
print("end")
