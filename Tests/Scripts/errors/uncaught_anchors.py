# Carets under the part of an expression that failed.
def binary(a, b, c):
    return a + b * c + (a - b)
def subscript(d):
    return d["outer"]["inner"][0]["x"]
def call(f):
    return f(1, 2) + f(3, 4)(5)
def attribute(o):
    return o.first.second.third
def compare(a, b):
    return a < b
for f, args in ((binary, (1, 2, None)), (subscript, ({"outer": {"inner": [{}]}},)), (call, (max,)), (attribute, (5,)), (compare, (1, "a"))):
    try:
        f(*args)
    except Exception as e:
        print(f.__name__, type(e).__name__, e)
binary(1, 2, [None])
