# A local that is called is not copied first: what that could change.
import sys


def order(f):
    return f((f := len)("abc"), f("de"))


def order_in_comprehension(f):
    return f([(f := str)(n) for n in range(2)]), f


def unbound(flag):
    if flag:
        g = print
    try:
        g(print("argument"))
    except UnboundLocalError as error:
        print(error)


def not_callable(x):
    try:
        x(1)
    except TypeError as error:
        print(error)


def wrong_arguments(f):
    try:
        f(1, 2, 3)
    except TypeError as error:
        print(error)


class Callable:
    def __call__(self, *arguments):
        return arguments

    def method(self, x):
        return self, x


def kinds(instance, method, cls, builtin, bound, function):
    return instance(1, 2), method(3)[1], type(cls()).__name__, builtin([1]), bound(4), function(5)


def raising(f, x):
    try:
        f(x)
    except ValueError as error:
        return str(error)


def rebinding(n):
    f = lambda x: x + 1
    for _ in range(n):
        value = f(1)
        f = lambda x, before=value: x + before
    return value


def deleted():
    f = Callable()
    f(del_later := [f])
    count = sys.getrefcount(f)
    del del_later
    return count - sys.getrefcount(f)


def many(f):
    a0 = a1 = a2 = a3 = a4 = a5 = a6 = a7 = f
    return [g(n) for n, g in enumerate([a0, a1, a2, a3, a4, a5, a6, a7])]


def nested(f, x):
    return f(f(f(x)))


print(order(lambda a, b: (a, b)))
print(order_in_comprehension(lambda a: a))
unbound(False)
unbound(True)
not_callable(7)
not_callable(None)
wrong_arguments(len)
wrong_arguments(lambda a: a)
wrong_arguments(Callable)
items = []
print(kinds(Callable(), Callable().method, Callable, len, items.append, lambda x: -x), items)
print(raising(int, "x"), raising(float, "y"))
print(rebinding(5))
print(deleted())
print(many(str))
print(nested(abs, -3), nested(lambda x: x * 2, 1))
instance = Callable()
before = sys.getrefcount(instance)


def counts(f):
    f(f, f)
    try:
        f(f, 1 // 0)
    except ZeroDivisionError:
        pass
    try:
        f(f, wrong_arguments(f, f))
    except TypeError:
        pass
    return sys.getrefcount(f)


counts(instance)
print(sys.getrefcount(instance) - before)



def beyond(
    x0, x1, x2, x3, x4, x5, x6, x7, x8, x9, x10, x11, x12, x13, x14, x15, x16, x17, x18, x19, x20, x21, x22, x23, x24, x25, x26, x27, x28, x29, x30, x31,
    x32, x33, x34, x35, x36, x37, x38, x39, x40, x41, x42, x43, x44, x45, x46, x47, x48, x49, x50, x51, x52, x53, x54, x55, x56, x57, x58, x59, x60, x61,
    x62, x63, x64, x65, x66, x67, x68, x69, x70, x71, x72, x73, x74, x75, x76, x77, x78, x79, x80, x81, x82, x83, x84, x85, x86, x87, x88, x89, x90, x91,
    x92, x93, x94, x95, x96, x97, x98, x99, x100, x101, x102, x103, x104, x105, x106, x107, x108, x109, x110, x111, x112, x113, x114, x115, x116, x117,
    x118, x119, x120, x121, x122, x123, x124, x125, x126, x127, x128, x129, x130, x131, x132, x133, x134, x135, x136, x137, x138, x139, x140, x141, x142,
    x143, x144, x145, x146, x147, x148, x149, x150, x151, x152, x153, x154, x155, x156, x157, x158, x159, x160, x161, x162, x163, x164, x165, x166, x167,
    x168, x169, x170, x171, x172, x173, x174, x175, x176, x177, x178, x179, x180, x181, x182, x183, x184, x185, x186, x187, x188, x189, x190, x191, x192,
    x193, x194, x195, x196, x197, x198, x199, x200, x201, x202, x203, x204, x205, x206, x207, x208, x209, x210, x211, x212, x213, x214, x215, x216, x217,
    x218, x219, x220, x221, x222, x223, x224, x225, x226, x227, x228, x229, x230, x231, x232, x233, x234, x235, x236, x237, x238, x239, x240, x241, x242,
    x243, x244, x245, x246, x247, x248, x249, x250, x251, x252, x253, x254, x255, x256, x257
):
    return x255(-1), x256(-2), x257(x257)(-3)


print(beyond(*([None] * 255 + [abs, abs, lambda f: abs])))
