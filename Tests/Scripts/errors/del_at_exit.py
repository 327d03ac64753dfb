# Globals are freed when the module is torn down, after the last statement.
import sys
class Loud:
    def __init__(self, name):
        self.name = name
    def __del__(self):
        print("del", self.name)
a = Loud("a")
b = [Loud("in list")]
c = {"k": Loud("in dict")}
a = Loud("a again")
print("last statement")
sys.exit(2)
