# stdin: first line\nsecond é\n\nlast without newline
# input() reads lines until EOFError.
print(repr(input()))
print(repr(input("prompt> ")))
print(repr(input()))
print(repr(input("")))
try:
    input("more? ")
except EOFError as e:
    print()
    print(type(e).__name__, e)
input()
