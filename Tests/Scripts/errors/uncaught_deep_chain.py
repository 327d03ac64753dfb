# Contexts three deep, one of them cut by "from None", one replaced by "from".
def a():
    raise ValueError("a")
def b():
    try:
        a()
    except ValueError:
        raise KeyError("b")
def c():
    try:
        b()
    except KeyError:
        raise IndexError("c") from None
def d():
    try:
        c()
    except IndexError as e:
        raise OSError("d") from e
def e():
    try:
        d()
    except OSError:
        int("e")
try:
    e()
except ValueError as error:
    chain = []
    x = error
    while x is not None:
        chain.append((type(x).__name__, x.__suppress_context__, type(x.__cause__).__name__))
        x = x.__context__
    print(chain)
e()
