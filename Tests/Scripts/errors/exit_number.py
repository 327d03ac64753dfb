# sys.exit with a number; finally and with still run.
import sys
class Manager:
    def __enter__(self):
        print("enter")
    def __exit__(self, kind, value, traceback):
        print("exit", kind.__name__, value.code)
try:
    with Manager():
        print("leaving")
        sys.exit(42)
except ValueError:
    print("not this one")
finally:
    print("finally")
