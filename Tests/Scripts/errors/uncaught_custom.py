# Custom exceptions: __str__, no arguments, several arguments.
class Problem(Exception):
    def __init__(self, code, detail):
        super().__init__(code, detail)
        self.code = code
        self.detail = detail
    def __str__(self):
        return "[%d] %s" % (self.code, self.detail)
class Quiet(Exception):
    pass
try:
    raise Quiet
except Quiet as e:
    print(repr(e), str(e) == "")
try:
    raise Quiet("a", 2)
except Quiet as e:
    print(repr(e), e)
def run():
    try:
        raise Quiet
    except Quiet:
        raise Problem(7, "something broke")
run()
