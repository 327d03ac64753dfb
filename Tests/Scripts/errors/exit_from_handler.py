# SystemExit passes "except Exception", and replaces the exception being handled.
import sys
try:
    try:
        1 / 0
    except ZeroDivisionError:
        sys.exit(6)
except Exception:
    print("never")
else:
    print("never")
finally:
    print("cleanup")
