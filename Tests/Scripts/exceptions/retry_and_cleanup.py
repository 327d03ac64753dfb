# Programs in the style of real ones: retry, validation, cleanup, result collection.
class Transient(Exception): pass
class Permanent(Exception): pass
calls = []
def flaky(fail_times, error=Transient):
    state = [0]
    def f():
        state[0] += 1
        calls.append(state[0])
        if state[0] <= fail_times: raise error("attempt %d" % state[0])
        return "ok after %d" % state[0]
    return f
def retry(f, times):
    last = None
    for i in range(times):
        try:
            return f()
        except Transient as e:
            last = e
        except Permanent:
            raise
        finally:
            calls.append("tried")
    raise RuntimeError("gave up after %d" % times) from last
print(retry(flaky(2), 5), calls)
for f, n in ((flaky(5), 3), (flaky(1, Permanent), 3)):
    try:
        retry(f, n)
    except (RuntimeError, Permanent) as e:
        print(type(e).__name__, e, repr(e.__cause__))
def validate(record):
    errors = []
    for field, check in (("name", str), ("age", int), ("score", float)):
        try:
            value = record[field]
            if not isinstance(value, check):
                raise TypeError("%s must be %s, not %s" % (field, check.__name__, type(value).__name__))
        except KeyError as e:
            errors.append("missing %s" % e)
        except TypeError as e:
            errors.append(str(e))
    return errors
print(validate({"name": "a", "age": 1, "score": 1.0}), validate({"name": 1, "age": "x"}), validate({}))
def parse(lines):
    good, bad = [], []
    for number, line in enumerate(lines, 1):
        try:
            key, value = line.split("=")
            good.append((key.strip(), int(value)))
        except ValueError as e:
            bad.append((number, str(e)))
    return good, bad
print(parse(["a=1", "b = 2", "c", "d=x", "e=1=2"]))
log = []
def step(name, fail=False):
    log.append("+" + name)
    try:
        if fail: raise ValueError(name)
    finally:
        log.append("-" + name)
def transaction(*steps):
    done = []
    try:
        for name, fail in steps:
            step(name, fail)
            done.append(name)
    except ValueError as e:
        while done:
            log.append("undo " + done.pop())
        return "rolled back at %s" % e
    else:
        return "committed"
    finally:
        log.append("end")
print(transaction(("a", False), ("b", False)), transaction(("a", False), ("b", False), ("c", True)), log)
def first_success(*fs):
    errors = []
    for f in fs:
        try:
            return f(), errors
        except Exception as e:
            errors.append(type(e).__name__)
    raise LookupError(errors)
print(first_success(lambda: 1 / 0, lambda: [][0], lambda: "third"))
try:
    first_success(lambda: {}["a"], lambda: None.x)
except LookupError as e:
    print(repr(e))
def count_errors(n):
    total = 0
    for i in range(n):
        try:
            try:
                if i % 3 == 0: raise ValueError
                if i % 3 == 1: raise KeyError
            except KeyError:
                total += 10
                raise IndexError
        except ValueError: total += 1
        except IndexError: total += 100
        else: total += 1000
    return total
print(count_errors(9))
def safe(f, *args, default=None):
    try: return f(*args)
    except Exception: return default
print(safe(int, "5"), safe(int, "x"), safe(int, "x", default=-1), [safe(divmod, 7, d) for d in range(3)])
import sys
def exit_code(f):
    try:
        f()
    except SystemExit as e:
        return e.code
print(exit_code(lambda: sys.exit(3)), exit_code(lambda: sys.exit()), exit_code(lambda: sys.exit("bye")), exit_code(lambda: None))
