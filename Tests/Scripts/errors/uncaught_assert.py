# assert with and without message.
try:
    assert False
except AssertionError as e:
    print(repr(e), str(e) == "", e.args)
try:
    assert 1 == 2, ("tuple", "message")
except AssertionError as e:
    print(repr(e), e)
assert True, "never evaluated" + undefined
def check(x):
    assert x > 0, f"x is {x}"
check(1)
check(-1)
