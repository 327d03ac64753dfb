# StopIteration leaves next() like any exception.
it = iter([1])
print(next(it), next(it, "default"))
class Source:
    def __iter__(self):
        return self
    def __next__(self):
        raise StopIteration("value")
for x in Source():
    print("never")
try:
    next(Source())
except StopIteration as e:
    print(e.value, e.args, e)
next(it)
