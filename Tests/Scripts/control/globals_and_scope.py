# global, nonlocal, shadowing, unbound locals, class scope.
x = "global"
def read():
    return x
def shadow():
    x = "local"
    return x
def change():
    global x
    x = "changed"
def unbound():
    try:
        print(x)
    except UnboundLocalError as e:
        print(type(e).__name__, e)
    x = 1
def unbound_aug():
    try:
        x += "a"
    except UnboundLocalError as e:
        print(e)
    if False:
        x = 0
print(read(), shadow(), x)
change()
print(x, read())
unbound()
unbound_aug()
def make_global():
    global created
    created = 5
try:
    created
except NameError as e:
    print(type(e).__name__, e)
make_global()
print(created)
def outer():
    n = 0
    def inc():
        nonlocal n
        n += 1
        return n
    def get():
        return n
    return inc, get
inc, get = outer()
print(inc(), inc(), get())
def free_unbound():
    def inner():
        return later
    try:
        inner()
    except NameError as e:
        print(type(e).__name__, e)
    later = 1
    return inner()
print(free_unbound())
def three_levels():
    v = "a"
    def mid():
        nonlocal v
        v += "b"
        def low():
            nonlocal v
            v += "c"
        low()
        return v
    return mid(), v
print(three_levels())
class Scope:
    x = "class"
    def method(self):
        return x, self.x
    y = x + "!"
print(Scope().method(), Scope.y, x)
def class_in_function():
    x = "enclosing"
    class Inner:
        value = x
        def get(self):
            return x
    x = "later"
    return Inner.value, Inner().get()
print(class_in_function())
def param(x):
    x = x + 1
    return x
print(param(1), x)
for loop_variable in range(3):
    inner_value = loop_variable * 2
print(loop_variable, inner_value)
if False:
    never = 1
try:
    never
except NameError as e:
    print(e)
def del_local():
    z = 1
    def use():
        return z
    print(use())
    del z
    try:
        use()
    except NameError as e:
        print(type(e).__name__, e)
del_local()
len_backup = len
len = lambda s: "shadowed"
print(len([1, 2]))
del len
print(len([1, 2]))
print = print
print(callable(print))
def f():
    global g
    def g():
        return "global function"
f()
print(g())
def use_global_loop():
    global counter
    for counter in range(4):
        pass
use_global_loop()
print(counter)
