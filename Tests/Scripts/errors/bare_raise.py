# raise without an active exception, and raising what is not an exception.
def attempt(f):
    try:
        f()
    except BaseException as e:
        print(type(e).__name__, e)
def bare():
    raise
def number():
    raise 5
def text():
    raise "text"
def none():
    raise None
def plain_class():
    class C: pass
    raise C
def bad_cause():
    raise ValueError from 5
def constructor_fails():
    raise UnicodeDecodeError
def after_handler():
    try:
        1 / 0
    except ZeroDivisionError:
        pass
    raise
attempt(bare)  # expect: RuntimeError No active exception to reraise
attempt(number)
attempt(text)
attempt(none)
attempt(plain_class)
attempt(bad_cause)
attempt(after_handler)
def bad_except():
    try:
        1 / 0
    except 5:
        pass
def bad_except_tuple():
    try:
        1 / 0
    except (ValueError, "x"):
        pass
attempt(bad_except)
attempt(bad_except_tuple)
def not_reached():
    try:
        pass
    except undefined_name:
        pass
    print("no exception, so the name is not evaluated")
attempt(not_reached)
