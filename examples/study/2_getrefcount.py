# Statement 2: every object counts the references to it.
#
# The list is named by `foo` and by `bar`; while getrefcount runs, its own argument is a third
# reference. So the answer is one more than the program can see by itself.
import sys

foo = []
bar = foo
print(sys.getrefcount(foo))  # expect: 3

del bar
print(sys.getrefcount(foo))  # expect: 2

holders = [foo, {"key": foo}, (foo,)]
print(sys.getrefcount(foo))  # expect: 5

holders = None
print(sys.getrefcount(foo))  # expect: 2
print(sys.getrefcount([]))  # expect: 1
