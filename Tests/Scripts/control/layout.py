# Lexical layout: continuation lines, semicolons, comments, one-line suites, indentation.
a = 1; b = 2; print(a, b)
if a: print("one-line if")
else: print("no")
if a == 1 \
        and b == 2:
    print("backslash")
total = (1 +
         2 +  # a comment inside
         3)
print(total, [
    1,
    2,   # trailing comma

    3,
], {
    "k": 1,
    "j": 2,
})
def f(x,
      y=2,
      *args,
      z=3,
      ):
    return (x, y,
            args, z)
print(f(1), f(
    1,
    2, 3,
    z=4,
))
if True:
        print("eight spaces")
        if True:
          print("two more")
        print("back")
if a:
	print("tab")
for i in range(2): print(i); print("same line")
while a: a -= 1; print("while", a)
class Empty: pass
class OneLine: x = 1; y = 2
def one_line(): return 5
def two(): x = 1; return x + 1
print(OneLine.x, OneLine.y, one_line(), two(), Empty.__name__)
try: 1 / 0
except ZeroDivisionError: print("caught")
finally: print("finally")
# a comment at the end of a block
    # strangely indented comment
if b:
    pass
    # comment in block

# comment after
elif a:
    pass
else:
    pass
x = [i
     for i in range(5)
     if i % 2]
print(x)
long = "one" \
       "two" \
       'three'
print(long)
print("a"
      "b", 'multi\
line', """text
  keeps indentation
""", sep="|")
s = '''
"quoted" and 'single'
'''
print(repr(s))
if (a == 0 and
    b == 2): print("parenthesised condition")
d = {'a': [1, 2,
           3], 'b': (4,
                     5)}
print(d)
g = lambda x, \
    y: x + y
print(g(1, 2))
assert (a ==
        0), "message"
def nested():
    def inner():
        def innermost():
            return "deep"
        return innermost()
    return inner()
print(nested()); print("end")
pass; pass
if 1: pass; print("after pass")
