# An exception keeps frames, and their locals, alive until it is cleared.
import sys
class Loud:
    def __init__(self, name):
        self.name = name
    def __del__(self):
        print("del", self.name)
def fail():
    local = Loud("local of failing frame")
    raise ValueError("x")
try:
    fail()
except ValueError as e:
    print("handling")
print("handler left")
saved = None
try:
    fail()
except ValueError as e:
    saved = e
print("saved")
saved = None
print("cleared")
def swallow():
    x = Loud("x")
    try:
        raise KeyError
    except KeyError:
        pass
    print("swallowed")
swallow()
print("swallow left")
try:
    e
except NameError as n:
    print(n)
e = "outer"
try:
    1 / 0
except ZeroDivisionError as e:
    pass
try:
    print(e)
except NameError as n:
    print(n)
def nested():
    try:
        try:
            a = Loud("a")
            raise ValueError
        finally:
            print("finally")
    except ValueError:
        print("except")
    a = None
    print("end")
nested()
try:
    raise ValueError(Loud("argument"))
except ValueError:
    print("in handler")
print("after handler")
