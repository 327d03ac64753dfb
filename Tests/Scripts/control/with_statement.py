# Context managers: order, suppression, exceptions in enter and exit, return and break inside.
class Manager:
    def __init__(self, name, suppress=False, fail_enter=False, fail_exit=False):
        self.name = name
        self.suppress = suppress
        self.fail_enter = fail_enter
        self.fail_exit = fail_exit
    def __enter__(self):
        print("enter", self.name)
        if self.fail_enter:
            raise ValueError("enter " + self.name)
        return self.name.upper()
    def __exit__(self, kind, value, traceback):
        print("exit", self.name, kind.__name__ if kind else None, value, traceback is not None)
        if self.fail_exit:
            raise KeyError("exit " + self.name)
        return self.suppress
with Manager("a") as a:
    print("body", a)
with Manager("b") as b, Manager("c") as c:
    print("body", b, c)
with (Manager("p") as p, Manager("q")):
    print("parenthesised", p)
with Manager("s", suppress=True):
    raise RuntimeError("swallowed")
print("after")
try:
    with Manager("t"):
        raise RuntimeError("seen")
except RuntimeError as e:
    print("caught", e)
try:
    with Manager("outer", suppress=False), Manager("inner", suppress=True):
        1 / 0
    print("went on")
    with Manager("o"), Manager("i", fail_enter=True):
        print("never")
except ValueError as e:
    print("caught", e)
try:
    with Manager("x", fail_exit=True):
        raise RuntimeError("first")
except KeyError as e:
    print(repr(e), repr(e.__context__))
def returning():
    with Manager("r"):
        return "value"
print(returning())
for i in range(3):
    with Manager("loop" + str(i)):
        if i == 0:
            continue
        if i == 1:
            break
def nested():
    with Manager("n1", suppress=True):
        with Manager("n2"):
            raise ValueError("inside")
        print("skipped")
    return "suppressed"
print(nested())
class Truthy:
    def __enter__(self):
        return self
    def __exit__(self, *details):
        print(len(details), [d is None for d in details])
        return [1]
with Truthy() as t:
    raise KeyError("gone")
with Truthy():
    pass
class NoExit:
    def __enter__(self):
        return 1
class NoEnter:
    def __exit__(self, a, b, c):
        return 1
for thing in (NoExit(), NoEnter(), 5):
    try:
        with thing:
            print("never")
    except (TypeError, AttributeError) as e:
        print(type(e).__name__, e)
with Manager("u") as (first):
    pass
class Pair:
    def __enter__(self):
        return 1, (2, 3)
    def __exit__(self, *a):
        pass
with Pair() as (x, (y, z)):
    print(x, y, z)
d = {}
with Pair() as d["k"]:
    print(d)
def generator_like():
    with Manager("f"):
        try:
            return "try"
        finally:
            print("finally inside with")
print(generator_like())
import sys
try:
    with Manager("exit"):
        sys.exit(3)
except SystemExit as e:
    print("SystemExit", e.code)
