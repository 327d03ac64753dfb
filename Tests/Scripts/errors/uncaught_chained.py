# "During handling of the above exception" and "direct cause", nested.
def low():
    {}["missing"]
def middle():
    try:
        low()
    except KeyError as e:
        raise ValueError("middle failed") from e
def high():
    try:
        middle()
    except ValueError:
        raise RuntimeError("high failed")
print("start")
high()
