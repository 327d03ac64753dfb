# requires: 3.12
# Immortal objects report a fixed, huge count (PEP 683).
import sys
print(sys.getrefcount(None))  # expect: 4294967295
print(sys.getrefcount(True), sys.getrefcount(False), sys.getrefcount(0), sys.getrefcount(1), sys.getrefcount(256), sys.getrefcount(-5))
x = [None] * 1000
y = [True, False, 0, 1]
print(sys.getrefcount(None), sys.getrefcount(1))
print(sys.getrefcount(()), sys.getrefcount(""), sys.getrefcount("a"))
print(sys.getrefcount(int), sys.getrefcount(list)) if sys.getrefcount(int) == 4294967295 else print("types are immortal", False)
