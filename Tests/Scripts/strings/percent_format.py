# printf-style formatting.
print("%s and %s" % ("a", 5), "%s" % "x", "%s" % (("t",),), "%s" % [1, 2], "%d items" % 3, "%%" % (), "100%%")
print("%(a)s %(b)05.1f %(a)r" % {"a": "x", "b": 3.14159}, "%(n)d%%" % {"n": 5, "unused": 1}, "%s" % {"a": 1})
print("[%10s] [%-10s] [%.2s] [%10.2s] [%-10.2s] [%*s] [%.*s]" % ("abc", "abc", "abc", "abc", "abc", 6, "abc", 1, "abc"))
print("%r %r %r" % ("a", None, 1.5), "%a" % "é", "%s %s" % (True, None), "%5r|" % "a", "%-6r|" % "a")
print("%d %d %d" % (1, True, -5.9), "%5.3d|%-8.3d|%+.2d" % (7, 7, 7), "%#x %#o %#X %x" % (255, 8, 255, -255), "%ld %hi" % (5, 6))
print("%e %.0e %E" % (12345.678, 12345.678, 0.00001), "%g %g %g %g" % (1e5, 1e6, 1e-4, 1e-5), "%#g" % 1.0, "%F" % float("inf"))
print("%c%c%c" % ("a", 98, "é"), "%5c|%-5c|" % ("x", "y"), "%s%s" % ("a", "b") + "c", "%s" * 3 % (1, 2, 3))
for template, value in (("%s %s", "a"), ("%s", ("a", "b")), ("%s %s", ("a", "b", "c")), ("%d", "x"), ("%q", 1), ("%", 1), ("%(a)s", {"b": 1}), ("%(a)s", 5), ("%(a", {}), ("abc", 5), ("abc", ()), ("abc", {}), ("abc", [1]), ("%*d", ("a", 1)), ("%.*f", (1.5, 1.5)), ("%5", ()), ("%s", ()), ("%(a)s %s", {"a": 1}), ("%i", None), ("%x", "a"), ("%e", "a"), ("%z", 1), ("%s%", "a"), ("%1$s", "a"), ("%(a)s %(b)s", {"a": 1})):
    try:
        print(template % value)
    except Exception as e:
        print(repr(template), type(e).__name__, e)
class Named:
    def __str__(self):
        return "str-of"
    def __repr__(self):
        return "repr-of"
print("%s %r %10s|" % (Named(), Named(), Named()))
text = "%s"
text %= "done"
print(text)  # expect: done
