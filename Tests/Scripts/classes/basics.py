# Classes: attributes, methods, inheritance, super().
class Animal:
    """An animal."""
    count = 0
    sounds = []
    def __init__(self, name):
        self.name = name
        Animal.count += 1
        self.sounds.append(name)
    def speak(self):
        return self.name + " makes " + self.sound()
    def sound(self):
        return "noise"
class Dog(Animal):
    def __init__(self, name, tricks=()):
        super().__init__(name)
        self.tricks = list(tricks)
    def sound(self):
        return "woof"
    def speak(self):
        return super().speak() + "!"
class Puppy(Dog):
    def sound(self):
        return super().sound() + " (small)"
class Cat(Animal):
    def sound(self): return "meow"
pets = [Dog("rex", ["sit"]), Cat("tom"), Puppy("bit"), Animal("thing")]
for p in pets:
    print(p.speak(), type(p).__name__, isinstance(p, Dog), isinstance(p, Animal))
print(Animal.count, Dog.count, Animal.sounds, Dog.sounds is Animal.sounds)
Dog.count = 100
print(Animal.count, Dog.count, Puppy.count)
pets[0].count = "own"
print(pets[0].count, Dog.count)
del pets[0].count
print(pets[0].count)
print(Animal.speak(pets[1]), Animal.sound(pets[0]), super(Dog, pets[2]).sound())
print(Animal.__name__, Animal.__doc__, pets[0].__class__.__name__, Puppy.__name__)
class Empty:
    pass
e = Empty()
e.x, e.y = 1, [2]
e.y.append(3)
print(e.x, e.y, hasattr(e, "z"))
class Shared:
    items = []
    total = 0
a, b = Shared(), Shared()
a.items.append(1)
a.total += 5
print(b.items, b.total, a.total, Shared.total)
class Chain:
    def __init__(self): self.log = []
    def add(self, x):
        self.log.append(x)
        return self
print(Chain().add(1).add(2).add(3).log)
class Nested:
    class Inner:
        value = 5
        def get(self): return self.value
    inner = Inner()
print(Nested.Inner.value, Nested().inner.get(), Nested.Inner.__name__)
def factory(n):
    class Local:
        size = n
        def grow(self):
            return self.size + n
    return Local
A, B = factory(1), factory(2)
print(A().grow(), B().grow(), A is B, A.__name__)
class Redefined:
    def m(self): return 1
    def m(self): return 2
print(Redefined().m())
class WithCode:
    values = []
    for i in range(3):
        values.append(i * i)
    if len(values) > 2:
        big = True
    print("class body runs", values)
    del i
print(WithCode.values, WithCode.big, hasattr(WithCode, "i"))
class Abstract:
    def run(self):
        raise NotImplementedError("subclass must implement run")
try:
    Abstract().run()
except NotImplementedError as error:
    print(type(error).__name__, error)
x = Dog
print(x("alias").speak(), [c("n").sound() for c in (Dog, Cat)], Animal.count)
class Init:
    def __init__(self):
        return 5
try:
    Init()
except TypeError as error:
    print(error)
class Object(object):
    def __init__(self): super().__init__()
print(type(Object()).__name__, Object() == Object(), Object() != Object())
