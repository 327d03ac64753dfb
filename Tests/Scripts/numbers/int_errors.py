# The messages of integer errors.
def attempt(name, f):
    try:
        print(name, f())
    except Exception as e:
        print(name, type(e).__name__, e)

attempt("floordiv", lambda: 1 // 0)  # expect: floordiv ZeroDivisionError integer division or modulo by zero
attempt("div", lambda: 1 / 0)  # expect: div ZeroDivisionError division by zero
attempt("pow zero", lambda: 0 ** -1)
attempt("shift", lambda: 1 << -1)  # expect: shift ValueError negative shift count
attempt("rshift", lambda: 1 >> -1)
attempt("big floordiv", lambda: 10 ** 30 // 0)
attempt("int str", lambda: int("12x"))
attempt("int str base", lambda: int("12", 2))
attempt("int empty", lambda: int(""))
attempt("int base", lambda: int("1", 1))
attempt("int base 37", lambda: int("1", 37))
attempt("int nonstr base", lambda: int(5, 3))
attempt("int list", lambda: int([]))
attempt("int None", lambda: int(None))
attempt("int inf", lambda: int(float("inf")))
attempt("int nan", lambda: int(float("nan")))
attempt("add str", lambda: 1 + "a")  # expect: add str TypeError unsupported operand type(s) for +: 'int' and 'str'
attempt("add none", lambda: 1 + None)
attempt("sub list", lambda: 1 - [])
attempt("mul dict", lambda: 3 * {})
attempt("and float", lambda: 1 & 1.0)
attempt("shift float", lambda: 1 << 1.0)
attempt("invert float", lambda: ~1.5)
attempt("neg str", lambda: -"a")
attempt("pos list", lambda: +[])
attempt("less", lambda: 1 < "a")  # expect: less TypeError '<' not supported between instances of 'int' and 'str'
attempt("ge", lambda: 1 >= None)
attempt("call", lambda: 5())
attempt("index", lambda: 5[0])  # expect: index TypeError 'int' object is not subscriptable
attempt("iter", lambda: list(5))
attempt("len", lambda: len(5))
attempt("attr", lambda: (5).foo)  # expect: attr AttributeError 'int' object has no attribute 'foo'
attempt("pow mod zero", lambda: pow(2, 3, 0))
attempt("pow inverse", lambda: pow(2, -1, 4))
attempt("pow types", lambda: pow(2, "a"))
attempt("pow op types", lambda: 2 ** "a")
attempt("overflow", lambda: float(10 ** 400))
attempt("div overflow", lambda: 10 ** 400 / 3)
attempt("float add overflow", lambda: 1.0 + 10 ** 400)
attempt("chr", lambda: chr(-1))
attempt("chr big", lambda: chr(0x110000))
attempt("divmod", lambda: divmod(1, 0))
attempt("bit_length", lambda: (5).bit_length(1))
attempt("round", lambda: round(5, "a"))
