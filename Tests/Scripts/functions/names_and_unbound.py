# NameError and UnboundLocalError in all their forms.
def attempt(f):
    try:
        print(f())
    except NameError as e:
        print(type(e).__name__, e)
def unbound():
    print(x)
    x = 1
def unbound_del():
    del y
    y = 1
def unbound_branch(flag):
    if flag:
        z = 1
    return z
def unbound_for():
    for i in []:
        pass
    return i
def unbound_after_del():
    v = 1
    del v
    return v
def unbound_aug():
    w += 1
def unbound_try():
    try:
        1 / 0
    except ZeroDivisionError as e:
        pass
    return e
def unbound_with():
    return manager
    with 5 as manager:
        pass
def unbound_nested():
    def inner():
        nonlocal n
        n += 1
    inner()
    n = 0
def missing():
    return nothing_here
def missing_call():
    return not_a_function(1)
def missing_in_lambda():
    return (lambda: absent)()
def class_scope():
    class C:
        a = 1
        def m(self):
            return a
    return C().m()
def del_global_missing():
    global gone
    del gone
attempt(unbound)  # expect: UnboundLocalError cannot access local variable 'x' where it is not associated with a value
attempt(unbound_del)
attempt(lambda: unbound_branch(True))
attempt(lambda: unbound_branch(False))
attempt(unbound_for)
attempt(unbound_after_del)
attempt(unbound_aug)
attempt(unbound_try)
attempt(unbound_with)
attempt(unbound_nested)  # expect: NameError cannot access free variable 'n' where it is not associated with a value in enclosing scope
attempt(missing)  # expect: NameError name 'nothing_here' is not defined
attempt(missing_call)
attempt(missing_in_lambda)
attempt(class_scope)
attempt(del_global_missing)
def unbound_class():
    class C:
        print(value)
        value = 1
attempt(unbound_class)
def loop_var():
    for k in range(3):
        pass
    return k
attempt(loop_var)
print([e for e in (1, 2)], "e" in "text")
try:
    del never_defined
except NameError as e:
    print(e, e.name)
defined = 1
del defined
attempt(lambda: defined)
