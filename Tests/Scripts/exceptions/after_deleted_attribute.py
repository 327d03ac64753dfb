# An exception that has lost an attribute is raised like any other: it keeps context, cause and traceback.
class E(Exception):
    pass

def lost(text):
    e = E(text)
    e.x = 1
    del e.x
    return e

try:
    try:
        raise E("first")
    except E:
        raise lost("second")
except E as e:
    print(e.__context__, e.__traceback__ is not None, e.__suppress_context__)  # expect: first True False
try:
    raise lost("third") from lost("cause")
except E as e:
    print(e.__cause__, e.__suppress_context__, e.__context__)  # expect: cause True None
    again = e
try:
    try:
        raise again
    except E as e:
        raise lost("fourth")
except E as e:
    print(e.__context__ is again)  # expect: True
    try:
        raise again
    except E as f:
        print(f.__context__ is e, e.__context__)  # expect: True None
again = None
s = SystemExit(3)
s.x = 1
del s.x
try:
    raise s
except SystemExit as e:
    print(e.code, e.args)  # expect: 3 (3,)
