# gc.enable, disable, isenabled, get_threshold, set_threshold, get_count.
import gc
print(gc.isenabled())  # expect: True
gc.disable()
print(gc.isenabled())
gc.enable()
print(gc.isenabled(), gc.enable(), gc.disable(), gc.isenabled())
gc.set_threshold(500, 5, 5)
print(gc.get_threshold())
gc.set_threshold(1000)
print(gc.get_threshold()[0])
gc.set_threshold(0)
print(gc.get_threshold()[0], len(gc.get_count()), len(gc.get_threshold()))
for args in ((), ("x",), (1.5,)):
    try:
        gc.set_threshold(*args)
        print("accepted", args)
    except TypeError as e:
        print(type(e).__name__)
gc.collect()
print(gc.collect(), gc.collect(0), gc.collect(1), gc.collect(2), gc.collect(generation=0))
for bad in (-1, 3, 10):
    try:
        gc.collect(bad)
    except ValueError as e:
        print(e)
try:
    gc.collect("x")
except TypeError as e:
    print(type(e).__name__)
