# Long chains are freed without deep recursion, and __del__ runs for every link.
class Link:
    freed = 0
    def __init__(self, next):
        self.next = next
    def __del__(self):
        Link.freed += 1
head = None
for i in range(5000):
    head = Link(head)
head = None
print(Link.freed)  # expect: 5000
nested = None
for i in range(500000):
    nested = [nested]
nested = None
print("list freed")
nested = None
for i in range(500000):
    nested = (nested,)
del nested
print("tuple freed")
d = {}
for i in range(200000):
    d = {0: d}
d = 0
print("dict freed")
def chain(n):
    f = lambda: 0
    for i in range(n):
        def g(f=f):
            return f
        f = g
    return f
f = chain(20000)
f = None
print("functions freed")
mixed = None
for i in range(100000):
    mixed = [{"k": (mixed, i)}]
mixed = None
print("mixed freed")
# stress: switch
