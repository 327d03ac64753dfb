# sys.exit without a value: status 0, nothing is reported.
import sys
for value in (None, 0, 3, "text", [1], True, 2.5):
    try:
        sys.exit(value)
    except SystemExit as e:
        print(repr(e.code), e.args, repr(e))
try:
    sys.exit()
except SystemExit as e:
    print(e.code, e.args)
try:
    raise SystemExit
except SystemExit as e:
    print(e.code)
print(issubclass(SystemExit, Exception), issubclass(SystemExit, BaseException))
def deep(n):
    if n == 0:
        sys.exit()
    deep(n - 1)
deep(5)
print("never")
