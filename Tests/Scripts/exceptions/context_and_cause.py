# __context__, __cause__, __suppress_context__, and when they are set.
def chain(e):
    out = []
    while e is not None:
        out.append("%s(%s)%s%s" % (type(e).__name__, e, " cause" if e.__cause__ is not None else "", " suppressed" if e.__suppress_context__ else ""))
        e = e.__cause__ if e.__cause__ is not None else None if e.__suppress_context__ else e.__context__
    return out
def attempt(f):
    try:
        f()
    except Exception as e:
        print(f.__name__, chain(e))
def implicit():
    try: raise ValueError("a")
    except ValueError: raise KeyError("b")
def explicit():
    try: raise ValueError("a")
    except ValueError as e: raise KeyError("b") from e
def from_none():
    try: raise ValueError("a")
    except ValueError: raise KeyError("b") from None
def from_class():
    raise KeyError("b") from ValueError
def in_finally():
    try: raise ValueError("a")
    finally: raise KeyError("b")
def three():
    try:
        try: raise ValueError("a")
        except ValueError: raise KeyError("b")
    except KeyError: raise IndexError("c")
def reraise():
    try: raise ValueError("a")
    except ValueError: raise
def reraise_named():
    try: raise ValueError("a")
    except ValueError as e: raise e
def raise_old():
    saved = None
    try: raise ValueError("old")
    except ValueError as e: saved = e
    try: raise KeyError("new")
    except KeyError: raise saved
def handled_before():
    try: raise ValueError("handled")
    except ValueError: pass
    raise KeyError("fresh")
def called_in_handler():
    def g(): raise KeyError("from callee")
    try: raise ValueError("a")
    except ValueError: g()
def caught_in_handler():
    try: raise ValueError("a")
    except ValueError:
        try: raise KeyError("b")
        except KeyError: pass
        raise IndexError("c")
def error_in_expression():
    try: {}["x"]
    except KeyError: 1 / 0
def with_exit():
    class M:
        def __enter__(self): pass
        def __exit__(self, *a): raise KeyError("exit")
    with M(): raise ValueError("body")
def self_cycle():
    e = ValueError("self")
    try: raise e
    except ValueError: raise e
for f in (implicit, explicit, from_none, from_class, in_finally, three, reraise, reraise_named, raise_old, handled_before, called_in_handler, caught_in_handler, error_in_expression, with_exit, self_cycle):
    attempt(f)
e = ValueError("x")
print(e.__context__, e.__cause__, e.__suppress_context__, e.__traceback__)
e.__cause__ = KeyError("set by hand")
print(chain(e), e.__suppress_context__)
try:
    raise e
except ValueError as caught:
    print(caught is e, caught.__traceback__ is not None)
try:
    e.__cause__ = 5
except TypeError as error:
    print(error)
def not_leaking():
    try: raise ValueError("inner")
    except ValueError: pass
    try: raise KeyError("second")
    except KeyError as k: return k.__context__
print(not_leaking())
import sys
print(sys.exc_info() == (None, None, None))
