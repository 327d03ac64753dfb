# The limit of 4300 digits on conversions between int and decimal text; other bases have none.
def attempt(f):
    try:
        result = f()
        print("ok", len(result) if isinstance(result, str) else result.bit_length())
    except ValueError as e:
        print("ValueError", e)

attempt(lambda: str(10 ** 4299))  # expect: ok 4300
attempt(lambda: str(10 ** 4300))
attempt(lambda: repr(-(10 ** 4300)))
attempt(lambda: int("1" * 4300))
attempt(lambda: int("1" * 4301))
attempt(lambda: int("-" + "9" * 4301))
attempt(lambda: hex(10 ** 5000))
attempt(lambda: bin(10 ** 5000))
attempt(lambda: oct(10 ** 5000))
attempt(lambda: int("f" * 5000, 16))
attempt(lambda: int("1" * 20000, 2))
attempt(lambda: int("7" * 5000, 8))
attempt(lambda: f"{10 ** 4300}")
attempt(lambda: "%x" % (10 ** 5000))
attempt(lambda: format(10 ** 4299, "d"))
try:
    print([10 ** 5000])
except ValueError as e:
    print(e)
