# Repeats of up to three are printed, more are folded.
def f(n):
    if n == 0:
        raise ValueError("bottom")
    f(n - 1)
for n in (1, 2, 3):
    try:
        f(n)
    except ValueError as e:
        print(n, e)
f(5)
