# str.format: fields, attributes, indexes, conversions, nested specs, errors.
print("{} {} {}".format(1, "b", None), "{0} {1} {0}".format("a", "b"), "{x} {y}".format(x=1, y=2), "{0} {k}".format("p", k="q"), "{{}} {{{}}}".format(5))
print("{0[1]} {0[0]}".format(["a", "b"]), "{0[k]}".format({"k": 5}), "{d[a][b]}".format(d={"a": {"b": 7}}), "{0.real} {0.imag}".format(5), "{0[0].imag}".format([3]))
print("{:5}|{:<5}|{:>5}|{:^5}|{:*^7}|".format("ab", "ab", "ab", "ab", "ab"), "{:5}|{:<5}|{:^5}|".format(42, 42, 42))
print("{:.2}|{:5.1}|{:>5.3}|{:.0}|".format("abcdef", "abc", "abcdef", "abc"), "{:s} {:d} {:f} {:x}".format("s", 1, 1, 255))
print("{:{w}}|{:{w}.{p}f}|{:{f}{a}{w}}|".format("x", 3.14159, "y", w=6, p=2, f="*", a="^"), "{:{}}|{:{}.{}}|".format("a", 4, "bcdef", 5, 2))
print("{!r} {!s} {!a} {!r:>6}|".format("a", "b", "é", "c"), "{0!r:^9}|{0!s:^9}|".format("z"))
print("{:,} {:_} {:+} {: } {:%} {:.1%} {:e} {:g}".format(1234567, 1234567, 5, 5, 0.5, 0.123, 12345.678, 1e10))
print("{:b} {:o} {:x} {:X} {:#b} {:#o} {:#x} {:c} {:08.3f} {:+08d}".format(5, 8, 255, 255, 5, 8, 255, 65, 3.14159, 42))
print("{:<10}|{:>10}|".format(True, "x"), "{!s:^10}|".format(None), "{:d} {:5}|".format(True, False))
print("{a}{a!r}{a:>3}".format_map({"a": "x"}), "é{}😀".format("日"), "{:é^5}".format("x"), "{:😀>4}".format("x"))
for template, args, kwargs in (("{}", (), {}), ("{1}", ("a",), {}), ("{x}", (), {}), ("{0} {}", (1, 2), {}), ("{} {0}", (1, 2), {}), ("{", (), {}), ("}", (), {}), ("{0", (1,), {}), ("{!x}", (1,), {}), ("{!}", (1,), {}), ("{0!r", (1,), {}), ("{:q}", ("a",), {}), ("{:d}", ("a",), {}), ("{:d}", (1.5,), {}), ("{:s}", (1,), {}), ("{:.2d}", (1,), {}), ("{0[5]}", ([1],), {}), ("{0[x]}", ({},), {}), ("{0.foo}", (1,), {}), ("{0[]}", ([1],), {}), ("{:5}", ([1],), {}), ("{:>}", (None,), {}), ("{:5}", (None,), {}), ("{0.}", (1,), {}), ("{:=5}", ("a",), {}), ("{:+}", ("a",), {}), ("{:,}", ("a",), {}), ("{:05}", ("a",), {}), ("{0]}", (1,), {}), ("a}b", (), {}), ("{a b}", (), {}), ("{:{}}", (1,), {})):
    try:
        print(repr(template), "->", template.format(*args, **kwargs))
    except Exception as e:
        print(repr(template), type(e).__name__, e)
class Point:
    def __init__(self, x, y):
        self.x = x
        self.y = y
    def __format__(self, spec):
        return "Point<" + spec + ">" + str(self.x) + "," + str(self.y)
p = Point(1, 2)
print("{}|{:abc}".format(p, p), "{0.x} {0.y}".format(p), f"{p:spec!}", format(p), format(p, "z"))
