# A bare raise keeps the original traceback; raising again adds to it.
def first():
    raise OSError("original")
def second():
    try:
        first()
    except OSError:
        print("logging")
        raise
def third():
    try:
        second()
    except OSError as e:
        print("again", e)
        raise e
third()
