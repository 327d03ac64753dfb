# "from None" hides the context; finally runs first.
def convert(text):
    try:
        return int(text)
    except ValueError:
        raise TypeError("not a number: " + repr(text)) from None
    finally:
        print("finally runs before the report")
print(convert("5"))
print(convert("x"))
