# The tree of built-in exceptions; arguments, str and repr.
tree = [BaseException, SystemExit, KeyboardInterrupt, Exception, StopIteration, ArithmeticError, ZeroDivisionError, OverflowError, FloatingPointError, AssertionError, AttributeError, EOFError, ImportError, LookupError, IndexError, KeyError, MemoryError, NameError, UnboundLocalError, OSError, RuntimeError, NotImplementedError, RecursionError, SyntaxError, SystemError, TypeError, ValueError, UnicodeError, TimeoutError, BufferError, ReferenceError]
for a in tree:
    print(a.__name__, [b.__name__ for b in tree if issubclass(a, b) and a is not b])
for cls in (ValueError, KeyError, RuntimeError, IndexError, StopIteration, ZeroDivisionError, AssertionError, Exception, LookupError):
    for args in ((), ("one",), ("one", 2), (None,), ("it's",), ([1, "a"],), (("t",),)):
        e = cls(*args)
        print(str(e), repr(e), e.args, end=" | ")
    print()
print(StopIteration(5).value, StopIteration().value, SystemExit(3).code, SystemExit().code, SystemExit("a", "b").code)
print(KeyError("x"), KeyError(("a", 1)), str(KeyError()), KeyError("a", "b"), str(KeyError(5)), OSError("plain"), OSError(2, "No such file"), str(OSError(2, "No such file")), OSError(1, "a").errno)
class MyError(ValueError):
    pass
class Coded(Exception):
    code = 7
    def __init__(self, message, *rest):
        super().__init__(message)
        self.rest = rest
class NoSuper(Exception):
    def __init__(self, a, b):
        self.a = a
class WithStr(Exception):
    def __str__(self): return "custom:" + repr(self.args)
for e in (MyError(), MyError("m"), Coded("msg", 1, 2), NoSuper(1, 2), WithStr("s", 1)):
    try:
        raise e
    except ValueError as v:
        print("ValueError", repr(v), v)
    except Exception as x:
        print("Exception", repr(x), x, x.args)
print(Coded("a", 5).rest, Coded.code, issubclass(MyError, ValueError), isinstance(MyError(), Exception), MyError.__name__)
try:
    raise MyError
except MyError as e:
    print(repr(e), e.args, type(e) is MyError)
e = ValueError("a")
e.args = ("changed", 2)
e.extra = "attribute"
print(e, e.args, e.extra, e == ValueError("changed", 2), e == e)
e.args = [1, 2]
print(e.args)
try:
    ValueError(key=1)
except TypeError as t:
    print(t)
def raiser(cls, *args): raise cls(*args)
for cls in (KeyError, IndexError):
    try: raiser(cls, "x")
    except LookupError as e: print(type(e).__name__, e)
try:
    raise Exception("a") from None
except Exception as x:
    print(x.__cause__, x.__suppress_context__)
e = Exception("noted")
e.add_note("a note")
e.add_note("another")
print(e.__notes__, e)
