# An uncaught exception: traceback on stderr, status 1.
print("before")
def f(x):
    return g(x) + 1
def g(x):
    return 10 // x
f(5)
f(0)
print("never")
