# Globals are freed after the report of an uncaught exception too.
class Loud:
    def __del__(self):
        print("freed after the traceback")
keep = Loud()
def fail():
    raise LookupError("uncaught")
print("start")
fail()
