# try, except, else, finally: every path, with return, break and continue.
def run(kind):
    log = []
    try:
        log.append("try")
        if kind == "value": raise ValueError("v")
        if kind == "key": raise KeyError("k")
        if kind == "other": raise OSError("o")
        if kind == "return": return log
    except ValueError as e:
        log.append("value " + str(e))
    except (KeyError, IndexError) as e:
        log.append("lookup " + str(e))
    else:
        log.append("else")
    finally:
        log.append("finally")
    log.append("end")
    return log
for k in ("none", "value", "key", "return"):
    print(k, run(k))
try:
    run("other")
except OSError as e:
    print("outer", e)
def finally_wins():
    try:
        return "try"
    finally:
        return "finally"
def finally_swallows():
    try:
        raise ValueError
    finally:
        return "swallowed"
def finally_changes():
    x = 1
    try:
        return x
    finally:
        x = 2
def finally_mutates():
    x = [1]
    try:
        return x
    finally:
        x.append(2)
def finally_break():
    for i in range(3):
        try:
            raise ValueError
        finally:
            break
    return i
def finally_continue():
    out = []
    for i in range(3):
        try:
            if i == 1: raise ValueError
            out.append(i)
        except ValueError:
            continue
        finally:
            out.append("f%d" % i)
    return out
def nested_finally():
    log = []
    try:
        try:
            try:
                raise ValueError("deep")
            finally:
                log.append(1)
        finally:
            log.append(2)
    except ValueError as e:
        log.append(str(e))
    finally:
        log.append(3)
    return log
def return_in_else():
    try:
        pass
    except ValueError:
        pass
    else:
        return "else"
    finally:
        print("finally before else returns")
def return_in_except():
    try:
        raise ValueError
    except ValueError:
        return "except"
    finally:
        print("finally before except returns")
def raise_in_else():
    try:
        try:
            pass
        except ValueError:
            return "wrong"
        else:
            raise ValueError("from else")
        finally:
            print("finally")
    except ValueError as e:
        return str(e)
def while_true():
    n = 0
    while True:
        try:
            n += 1
            if n < 3: continue
            if n > 30: break
        finally:
            n += 10
    return n
for f in (finally_wins, finally_swallows, finally_changes, finally_mutates, finally_break, finally_continue, nested_finally, return_in_else, return_in_except, raise_in_else, while_true):
    print(f.__name__, f())
def loop_else():
    for i in range(3):
        try:
            if i == 5: break
        finally:
            pass
    else:
        return "loop else"
print(loop_else())
def deep_return():
    for i in range(3):
        for j in range(3):
            try:
                try:
                    if j == 1: return i, j
                finally:
                    print("inner", i, j)
            finally:
                print("outer", i, j)
print(deep_return())
def many_handlers(e):
    try:
        raise e
    except ZeroDivisionError: return "zero"
    except ArithmeticError: return "arithmetic"
    except (TypeError, ValueError): return "type or value"
    except Exception: return "exception"
    except: return "bare"
print([many_handlers(e) for e in (ZeroDivisionError(), OverflowError(), TypeError(), KeyError(), KeyboardInterrupt(), SystemExit())])
