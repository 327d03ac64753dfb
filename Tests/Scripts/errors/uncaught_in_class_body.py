# A class body that fails, at its own line of the traceback.
print("before")
class Broken:
    x = 1
    y = x + undefined
print("after")
