# __exit__ fails while an exception is in flight.
class Manager:
    def __enter__(self):
        return self
    def __exit__(self, *details):
        print("exit", details[0].__name__)
        raise TypeError("exit failed")
with Manager():
    raise KeyError("body failed")
