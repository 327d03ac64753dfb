# Sequence repetition with wrong operands, in place too; types that cannot be called.
class C: pass
for f in (lambda: C() * "a", lambda: "a" * C(), lambda: [] * C(), lambda: C() * [], lambda: 1.5 * [], lambda: [] * 1.5, lambda: "a" * "b"):
    try: f()
    except TypeError as e: print(e)
x = C()
try: x *= "a"
except TypeError as e: print(e)
x = "a"
try: x *= C()
except TypeError as e: print(e)
x = [1]
try: x *= C()
except TypeError as e: print(e)
x = 1.5
try: x *= [1]
except TypeError as e: print(e)
for t in (type(lambda: 0), type(iter([])), type(None), type([].append), type(print), type({}.keys())):
    try:
        t(1)
        print("made")
    except TypeError:
        print("refused")
