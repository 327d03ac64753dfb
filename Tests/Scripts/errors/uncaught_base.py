# KeyboardInterrupt raised by hand is caught here; a GeneratorExit-like BaseException is not an Exception.
class Stop(BaseException):
    pass
try:
    raise KeyboardInterrupt
except Exception:
    print("never")
except BaseException as e:
    print(repr(e))
try:
    raise Stop("uncaught base")
except Exception:
    print("never")
