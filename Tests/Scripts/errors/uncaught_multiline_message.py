# Messages with newlines, unicode and an exception whose str fails.
class Bad(Exception):
    def __str__(self):
        raise ValueError("no text")
try:
    raise Bad()
except Bad as e:
    print(type(e).__name__, e.args)
try:
    raise ValueError("line one\nline two é😀")
except ValueError:
    raise Bad("x")
