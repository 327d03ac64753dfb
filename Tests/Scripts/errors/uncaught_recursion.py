# Repeated lines are folded in the traceback of a deep recursion.
def down(n):
    return down(n + 1)
print("going down")
down(0)
