# requires: 3.12
# Order of frees at interpreter exit: breadth first from the module globals, in order of definition.
class Loud:
    def __init__(self, name):
        self.name = name
    def __del__(self):
        print("del", self.name)
first = Loud("first")
second = Loud("second")
third = [Loud("third 0"), Loud("third 1")]
shared = Loud("shared")
also_shared = shared
def function(v=Loud("default argument")):
    return v
class Holder:
    attribute = Loud("class attribute")
def closure():
    captured = Loud("captured")
    return lambda: captured
keep = closure()
second = None
first = Loud("first, reassigned")
_private = Loud("private")
del third[0]
print("last line")
