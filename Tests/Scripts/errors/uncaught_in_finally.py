# An exception raised in finally has the first as its context.
def work():
    try:
        raise ValueError("first")
    finally:
        print("in finally")
        [].pop()
work()
