# The name after "as" is deleted at the end of its handler.
e = "outer"
try:
    raise ValueError("x")
except ValueError as e:
    print("in handler", e)
try:
    print(e)
except NameError as error:
    print(error)
def local():
    try:
        raise ValueError("local")
    except ValueError as e:
        kept = e
    try:
        return e
    except UnboundLocalError as error:
        return str(error), str(kept)
print(local())
def with_del():
    try:
        raise ValueError
    except ValueError as e:
        del e
    return "deleted by hand is fine"
print(with_del())
def reassigned():
    try:
        raise ValueError
    except ValueError as e:
        e = 5
    try:
        return e
    except NameError as error:
        return type(error).__name__
print(reassigned())
def no_exception():
    e = "kept"
    try:
        pass
    except ValueError as e:
        pass
    return e
print(no_exception())
def loop():
    out = []
    for k in range(3):
        try:
            raise ValueError(k)
        except ValueError as e:
            out.append(e.args[0])
            continue
    return out
print(loop())
def returned():
    try:
        raise ValueError("returned")
    except ValueError as e:
        return e
print(repr(returned()))
def global_name():
    global g
    try:
        raise KeyError("g")
    except KeyError as g:
        print(g)
global_name()
try:
    g
except NameError as error:
    print(error)
def captured():
    try:
        raise ValueError("captured")
    except ValueError as e:
        f = lambda: str(e)
        print(f())
    try:
        return f()
    except NameError as error:
        return str(error)
print(captured())
def nested():
    try:
        raise ValueError("outer")
    except ValueError as e:
        try:
            raise KeyError("inner")
        except KeyError as e:
            print("inner", e)
        try:
            print(e)
        except NameError as error:
            print(error)
nested()
def different_names():
    try:
        raise ValueError("a")
    except ValueError as x:
        try:
            raise KeyError("b")
        except KeyError as y:
            return str(x), str(y), str(y.__context__) == str(x)
print(different_names())
class C:
    try:
        1 / 0
    except ZeroDivisionError as err:
        message = str(err)
print(C.message, hasattr(C, "err"))
