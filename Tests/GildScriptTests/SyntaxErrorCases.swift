// Scripts that CPython refuses or warns about, each with what CPython 3.13.0 prints on standard error for
// it as `x.py`. Cases are parted by `%%%`, a script from the output by `--->`.

let syntaxErrorCases = #"""
    a = = 1
    --->
      File "x.py", line 1
        a = = 1
            ^
    SyntaxError: invalid syntax
    %%%
    x = (1, 2
    y = 3
    --->
      File "x.py", line 1
        x = (1, 2
            ^
    SyntaxError: '(' was never closed
    %%%
    x = [1, 2
    --->
      File "x.py", line 1
        x = [1, 2
            ^
    SyntaxError: '[' was never closed
    %%%
    print "hello"
    --->
      File "x.py", line 1
        print "hello"
        ^^^^^^^^^^^^^
    SyntaxError: Missing parentheses in call to 'print'. Did you mean print(...)?
    %%%
    print x
    --->
      File "x.py", line 1
        print x
        ^^^^^^^
    SyntaxError: Missing parentheses in call to 'print'. Did you mean print(...)?
    %%%
    exec "a"
    --->
      File "x.py", line 1
        exec "a"
        ^^^^^^^^
    SyntaxError: Missing parentheses in call to 'exec'. Did you mean exec(...)?
    %%%
    f() = 1
    --->
      File "x.py", line 1
        f() = 1
        ^^^
    SyntaxError: cannot assign to function call here. Maybe you meant '==' instead of '='?
    %%%
    a + 1 = 2
    --->
      File "x.py", line 1
        a + 1 = 2
        ^^^^^
    SyntaxError: cannot assign to expression here. Maybe you meant '==' instead of '='?
    %%%
    (a, f()) = 1
    --->
      File "x.py", line 1
        (a, f()) = 1
            ^^^
    SyntaxError: cannot assign to function call
    %%%
    a, f() = 1
    --->
      File "x.py", line 1
        a, f() = 1
           ^^^
    SyntaxError: cannot assign to function call here. Maybe you meant '==' instead of '='?
    %%%
    x = f() = 1
    --->
      File "x.py", line 1
        x = f() = 1
            ^^^
    SyntaxError: cannot assign to function call
    %%%
    if x = 3:
        pass
    --->
      File "x.py", line 1
        if x = 3:
           ^^^^^
    SyntaxError: invalid syntax. Maybe you meant '==' or ':=' instead of '='?
    %%%
    if x
        pass
    --->
      File "x.py", line 1
        if x
            ^
    SyntaxError: expected ':'
    %%%
    if x:
    pass
    --->
      File "x.py", line 2
        pass
        ^^^^
    IndentationError: expected an indented block after 'if' statement on line 1
    %%%
    while True
        pass
    --->
      File "x.py", line 1
        while True
                  ^
    SyntaxError: expected ':'
    %%%
    def f()
        pass
    --->
      File "x.py", line 1
        def f()
               ^
    SyntaxError: expected ':'
    %%%
    def f(
    --->
      File "x.py", line 1
        def f(
             ^
    SyntaxError: '(' was never closed
    %%%
    def f:
        pass
    --->
      File "x.py", line 1
        def f:
             ^
    SyntaxError: expected '('
    %%%
    class A
        pass
    --->
      File "x.py", line 1
        class A
               ^
    SyntaxError: expected ':'
    %%%
    for x in y
        pass
    --->
      File "x.py", line 1
        for x in y
                  ^
    SyntaxError: expected ':'
    %%%
    for x y in z:
        pass
    --->
      File "x.py", line 1
        for x y in z:
              ^
    SyntaxError: invalid syntax
    %%%
      x = 1
    --->
      File "x.py", line 1
        x = 1
    IndentationError: unexpected indent
    %%%
    x = 1
      y = 2
    --->
      File "x.py", line 2
        y = 2
    IndentationError: unexpected indent
    %%%
    if x:
        a
      b
    --->
      File "x.py", line 3
        b
         ^
    IndentationError: unindent does not match any outer indentation level
    %%%
    if x:
    	a
            b
    --->
      File "x.py", line 3
        b
    TabError: inconsistent use of tabs and spaces in indentation
    %%%
    x = 'abc
    --->
      File "x.py", line 1
        x = 'abc
            ^
    SyntaxError: unterminated string literal (detected at line 1)
    %%%
    x = """abc
    def
    --->
      File "x.py", line 1
        x = """abc
            ^
    SyntaxError: unterminated triple-quoted string literal (detected at line 2)
    %%%
    x = 1a
    --->
      File "x.py", line 1
        x = 1a
            ^
    SyntaxError: invalid decimal literal
    %%%
    x = 012
    --->
      File "x.py", line 1
        x = 012
            ^
    SyntaxError: leading zeros in decimal integer literals are not permitted; use an 0o prefix for octal integers
    %%%
    x = 0x
    --->
      File "x.py", line 1
        x = 0x
             ^
    SyntaxError: invalid hexadecimal literal
    %%%
    x = 0o8
    --->
      File "x.py", line 1
        x = 0o8
              ^
    SyntaxError: invalid digit '8' in octal literal
    %%%
    x = 0b2
    --->
      File "x.py", line 1
        x = 0b2
              ^
    SyntaxError: invalid digit '2' in binary literal
    %%%
    x = 1__0
    --->
      File "x.py", line 1
        x = 1__0
             ^
    SyntaxError: invalid decimal literal
    %%%
    x = 1e+
    --->
      File "x.py", line 1
        x = 1e+
              ^
    SyntaxError: invalid decimal literal
    %%%
    x = $
    --->
      File "x.py", line 1
        x = $
            ^
    SyntaxError: invalid syntax
    %%%
    x = a ? b
    --->
      File "x.py", line 1
        x = a ? b
              ^
    SyntaxError: invalid syntax
    %%%
    x = )
    --->
      File "x.py", line 1
        x = )
            ^
    SyntaxError: unmatched ')'
    %%%
    x = (]
    --->
      File "x.py", line 1
        x = (]
             ^
    SyntaxError: closing parenthesis ']' does not match opening parenthesis '('
    %%%
    x = (1,
         2]
    --->
      File "x.py", line 2
        2]
         ^
    SyntaxError: closing parenthesis ']' does not match opening parenthesis '(' on line 1
    %%%
    x = \ 1
    --->
      File "x.py", line 1
        x = \ 1
             ^
    SyntaxError: unexpected character after line continuation character
    %%%
    f(a b)
    --->
      File "x.py", line 1
        f(a b)
          ^^^
    SyntaxError: invalid syntax. Perhaps you forgot a comma?
    %%%
    [a b]
    --->
      File "x.py", line 1
        [a b]
         ^^^
    SyntaxError: invalid syntax. Perhaps you forgot a comma?
    %%%
    f(a=1, b)
    --->
      File "x.py", line 1
        f(a=1, b)
                ^
    SyntaxError: positional argument follows keyword argument
    %%%
    f(**a, b)
    --->
      File "x.py", line 1
        f(**a, b)
                ^
    SyntaxError: positional argument follows keyword argument unpacking
    %%%
    f(**a, *b)
    --->
      File "x.py", line 1
        f(**a, *b)
             ^^^^
    SyntaxError: iterable argument unpacking follows keyword argument unpacking
    %%%
    f(x for x in y, 1)
    --->
      File "x.py", line 1
        f(x for x in y, 1)
          ^^^^^^^^^^^^
    SyntaxError: Generator expression must be parenthesized
    %%%
    f(1, x for x in y)
    --->
      File "x.py", line 1
        f(1, x for x in y)
             ^^^^^^^^^^^^
    SyntaxError: Generator expression must be parenthesized
    %%%
    f(a=)
    --->
      File "x.py", line 1
        f(a=)
          ^^
    SyntaxError: expected argument value expression
    %%%
    f(a.b=1)
    --->
      File "x.py", line 1
        f(a.b=1)
          ^^^^
    SyntaxError: expression cannot contain assignment, perhaps you meant "=="?
    %%%
    f(True=1)
    --->
      File "x.py", line 1
        f(True=1)
          ^^^^^
    SyntaxError: cannot assign to True
    %%%
    f(a=x for x in y)
    --->
      File "x.py", line 1
        f(a=x for x in y)
          ^^
    SyntaxError: invalid syntax. Maybe you meant '==' or ':=' instead of '='?
    %%%
    None = 1
    --->
      File "x.py", line 1
        None = 1
        ^^^^
    SyntaxError: cannot assign to None
    %%%
    f(None)= 1
    --->
      File "x.py", line 1
        f(None)= 1
        ^^^^^^^
    SyntaxError: cannot assign to function call here. Maybe you meant '==' instead of '='?
    %%%
    x + 1 += 2
    --->
      File "x.py", line 1
        x + 1 += 2
        ^^^^^
    SyntaxError: 'expression' is an illegal expression for augmented assignment
    %%%
    (a, b) += 1
    --->
      File "x.py", line 1
        (a, b) += 1
        ^^^^^^
    SyntaxError: 'tuple' is an illegal expression for augmented assignment
    %%%
    [a, b]: int = 1
    --->
      File "x.py", line 1
        [a, b]: int = 1
        ^^^^^^
    SyntaxError: only single target (not list) can be annotated
    %%%
    a, b: int = 1
    --->
      File "x.py", line 1
        a, b: int = 1
        ^
    SyntaxError: only single target (not tuple) can be annotated
    %%%
    f(): int = 1
    --->
      File "x.py", line 1
        f(): int = 1
        ^^^
    SyntaxError: illegal target for annotation
    %%%
    del f()
    --->
      File "x.py", line 1
        del f()
            ^^^
    SyntaxError: cannot delete function call
    %%%
    del x + 1
    --->
      File "x.py", line 1
        del x + 1
            ^^^^^
    SyntaxError: cannot delete expression
    %%%
    del (a, 1)
    --->
      File "x.py", line 1
        del (a, 1)
                ^
    SyntaxError: cannot delete literal
    %%%
    for f() in y: pass
    --->
      File "x.py", line 1
        for f() in y: pass
            ^^^
    SyntaxError: cannot assign to function call
    %%%
    for 1 in y: pass
    --->
      File "x.py", line 1
        for 1 in y: pass
            ^
    SyntaxError: cannot assign to literal
    %%%
    [x for f() in y]
    --->
      File "x.py", line 1
        [x for f() in y]
               ^^^
    SyntaxError: cannot assign to function call
    %%%
    with a as f(): pass
    --->
      File "x.py", line 1
        with a as f(): pass
                  ^^^
    SyntaxError: cannot assign to function call
    %%%
    with a as 1: pass
    --->
      File "x.py", line 1
        with a as 1: pass
                  ^
    SyntaxError: cannot assign to literal
    %%%
    import a from b
    --->
      File "x.py", line 1
        import a from b
        ^^^^^^^^^^^^^^^
    SyntaxError: Did you mean to use 'from ... import ...' instead?
    %%%
    import
    --->
      File "x.py", line 1
        import
              ^
    SyntaxError: Expected one or more names after 'import'
    %%%
    from a import
    --->
      File "x.py", line 1
        from a import
                     ^
    SyntaxError: Expected one or more names after 'import'
    %%%
    from a import b,
    --->
      File "x.py", line 1
        from a import b,
                        ^
    SyntaxError: trailing comma not allowed without surrounding parentheses
    %%%
    try:
        pass
    x = 1
    --->
      File "x.py", line 3
        x = 1
        ^
    SyntaxError: expected 'except' or 'finally' block
    %%%
    try:
        pass
    except A, B:
        pass
    --->
      File "x.py", line 3
        except A, B:
               ^^^^
    SyntaxError: multiple exception types must be parenthesized
    %%%
    try:
        pass
    except A
        pass
    --->
      File "x.py", line 3
        except A
                ^
    SyntaxError: expected ':'
    %%%
    try:
        pass
    finally
        pass
    --->
      File "x.py", line 3
        finally
               ^
    SyntaxError: expected ':'
    %%%
    try:
    pass
    --->
      File "x.py", line 2
        pass
        ^^^^
    IndentationError: expected an indented block after 'try' statement on line 1
    %%%
    def f(a=1, b): pass
    --->
      File "x.py", line 1
        def f(a=1, b): pass
                   ^
    SyntaxError: parameter without a default follows parameter with a default
    %%%
    def f(/): pass
    --->
      File "x.py", line 1
        def f(/): pass
              ^
    SyntaxError: invalid syntax
    %%%
    def f(a, /, b, /): pass
    --->
      File "x.py", line 1
        def f(a, /, b, /): pass
                       ^
    SyntaxError: / may appear only once
    %%%
    def f(*): pass
    --->
      File "x.py", line 1
        def f(*): pass
              ^
    SyntaxError: named arguments must follow bare *
    %%%
    def f(*, **k): pass
    --->
      File "x.py", line 1
        def f(*, **k): pass
              ^
    SyntaxError: named arguments must follow bare *
    %%%
    def f(*a, *b): pass
    --->
      File "x.py", line 1
        def f(*a, *b): pass
                  ^
    SyntaxError: * argument may appear only once
    %%%
    def f(**k, a): pass
    --->
      File "x.py", line 1
        def f(**k, a): pass
                   ^
    SyntaxError: arguments cannot follow var-keyword argument
    %%%
    def f(**k, *a): pass
    --->
      File "x.py", line 1
        def f(**k, *a): pass
                   ^
    SyntaxError: arguments cannot follow var-keyword argument
    %%%
    def f(*a=1): pass
    --->
      File "x.py", line 1
        def f(*a=1): pass
                ^
    SyntaxError: var-positional argument cannot have default value
    %%%
    def f(**a=1): pass
    --->
      File "x.py", line 1
        def f(**a=1): pass
                 ^
    SyntaxError: var-keyword argument cannot have default value
    %%%
    def f(a=): pass
    --->
      File "x.py", line 1
        def f(a=): pass
               ^
    SyntaxError: expected default value expression
    %%%
    def f((a, b)): pass
    --->
      File "x.py", line 1
        def f((a, b)): pass
              ^^^^^^
    SyntaxError: Function parameters cannot be parenthesized
    %%%
    def f(*a, /): pass
    --->
      File "x.py", line 1
        def f(*a, /): pass
                  ^
    SyntaxError: / must be ahead of *
    %%%
    lambda a=1, b: 1
    --->
      File "x.py", line 1
        lambda a=1, b: 1
                    ^
    SyntaxError: parameter without a default follows parameter with a default
    %%%
    lambda *: 1
    --->
      File "x.py", line 1
        lambda *: 1
                ^
    SyntaxError: named arguments must follow bare *
    %%%
    lambda (a,b): 1
    --->
      File "x.py", line 1
        lambda (a,b): 1
               ^^^^^
    SyntaxError: Lambda expression parameters cannot be parenthesized
    %%%
    lambda *, **k: 1
    --->
      File "x.py", line 1
        lambda *, **k: 1
                  ^^
    SyntaxError: named arguments must follow bare *
    %%%
    lambda x y: 1
    --->
      File "x.py", line 1
        lambda x y: 1
                 ^
    SyntaxError: invalid syntax
    %%%
    x = a if b
    --->
      File "x.py", line 1
        x = a if b
            ^^^^^^
    SyntaxError: expected 'else' after 'if' expression
    %%%
    x = (a if b)
    --->
      File "x.py", line 1
        x = (a if b)
             ^^^^^^
    SyntaxError: expected 'else' after 'if' expression
    %%%
    {1: 2, 3}
    --->
      File "x.py", line 1
        {1: 2, 3}
               ^
    SyntaxError: ':' expected after dictionary key
    %%%
    {1:}
    --->
      File "x.py", line 1
        {1:}
          ^
    SyntaxError: expression expected after dictionary key and ':'
    %%%
    {1: *a}
    --->
      File "x.py", line 1
        {1: *a}
            ^^
    SyntaxError: cannot use a starred expression in a dictionary value
    %%%
    {**a for a in b}
    --->
      File "x.py", line 1
        {**a for a in b}
         ^^
    SyntaxError: dict unpacking cannot be used in dict comprehension
    %%%
    {1, 2: 3}
    --->
      File "x.py", line 1
        {1, 2: 3}
             ^
    SyntaxError: invalid syntax
    %%%
    [*a for a in b]
    --->
      File "x.py", line 1
        [*a for a in b]
         ^^
    SyntaxError: iterable unpacking cannot be used in comprehension
    %%%
    [a, b for a in b]
    --->
      File "x.py", line 1
        [a, b for a in b]
         ^^^^
    SyntaxError: did you forget parentheses around the comprehension target?
    %%%
    (*a)
    --->
      File "x.py", line 1
        (*a)
         ^^
    SyntaxError: cannot use starred expression here
    %%%
    (**a)
    --->
      File "x.py", line 1
        (**a)
         ^^
    SyntaxError: cannot use double starred expression here
    %%%
    f(a := 1 := 2)
    --->
      File "x.py", line 1
        f(a := 1 := 2)
                 ^^
    SyntaxError: invalid syntax
    %%%
    (a.b := 1)
    --->
      File "x.py", line 1
        (a.b := 1)
         ^^^
    SyntaxError: cannot use assignment expressions with attribute
    %%%
    a := 1
    --->
      File "x.py", line 1
        a := 1
          ^^
    SyntaxError: invalid syntax
    %%%
    x = yield = 1
    --->
      File "x.py", line 1
        x = yield = 1
            ^^^^^
    SyntaxError: assignment to yield expression not possible
    %%%
    (yield) = 1
    --->
      File "x.py", line 1
        (yield) = 1
         ^^^^^
    SyntaxError: cannot assign to yield expression here. Maybe you meant '==' instead of '='?
    %%%
    else:
        pass
    --->
      File "x.py", line 1
        else:
        ^^^^
    SyntaxError: invalid syntax
    %%%
    x = 1 1
    --->
      File "x.py", line 1
        x = 1 1
              ^
    SyntaxError: invalid syntax
    %%%
    class A(x for x in y): pass
    --->
      File "x.py", line 1
        class A(x for x in y): pass
                  ^^^
    SyntaxError: invalid syntax
    %%%
    @
    def f(): pass
    --->
      File "x.py", line 1
        @
         ^
    SyntaxError: invalid syntax
    %%%
    return
    --->
      File "x.py", line 1
        return
        ^^^^^^
    SyntaxError: 'return' outside function
    %%%
    break
    --->
      File "x.py", line 1
        break
        ^^^^^
    SyntaxError: 'break' outside loop
    %%%
    continue
    --->
      File "x.py", line 1
        continue
        ^^^^^^^^
    SyntaxError: 'continue' not properly in loop
    %%%
    f(a=1, a=2)
    --->
      File "x.py", line 1
        f(a=1, a=2)
               ^^^
    SyntaxError: keyword argument repeated: a
    %%%
    def f(a, a): pass
    --->
      File "x.py", line 1
        def f(a, a): pass
                 ^
    SyntaxError: duplicate argument 'a' in function definition
    %%%
    *a = 1
    --->
      File "x.py", line 1
        *a = 1
        ^^
    SyntaxError: starred assignment target must be in a list or tuple
    %%%
    *a
    --->
      File "x.py", line 1
        *a
        ^^
    SyntaxError: can't use starred expression here
    %%%
    a, *b, *c = x
    --->
      File "x.py", line 1
        a, *b, *c = x
        ^^^^^^^^^
    SyntaxError: multiple starred expressions in assignment
    %%%
    x = *a
    --->
      File "x.py", line 1
        x = *a
            ^^
    SyntaxError: can't use starred expression here
    %%%
    yield 1
    --->
      File "x.py", line 1
        yield 1
        ^^^^^^^
    SyntaxError: 'yield' outside function
    %%%
    nonlocal x
    --->
      File "x.py", line 1
        nonlocal x
        ^^^^^^^^^^
    SyntaxError: nonlocal declaration not allowed at module level
    %%%
    def f():
        x = 1
        global x
    --->
      File "x.py", line 3
        global x
        ^^^^^^^^
    SyntaxError: name 'x' is assigned to before global declaration
    %%%
    def f(x):
        global x
    --->
      File "x.py", line 2
        global x
        ^^^^^^^^
    SyntaxError: name 'x' is parameter and global
    %%%
    def f():
        nonlocal y
    --->
      File "x.py", line 2
        nonlocal y
        ^^^^^^^^^^
    SyntaxError: no binding for nonlocal 'y' found
    %%%
    await x
    --->
      File "x.py", line 1
        await x
        ^^^^^^^
    SyntaxError: 'await' outside function
    %%%
    def f():
        await x
    --->
      File "x.py", line 2
        await x
        ^^^^^^^
    SyntaxError: 'await' outside async function
    %%%
    "\d"
    --->
    x.py:1: SyntaxWarning: invalid escape sequence '\d'
      "\d"
    %%%
    x = 1if 2 else 3
    --->
    x.py:1: SyntaxWarning: invalid decimal literal
      x = 1if 2 else 3
    %%%
    "\x4"
    --->
      File "x.py", line 1
        "\x4"
        ^^^^^
    SyntaxError: (unicode error) 'unicodeescape' codec can't decode bytes in position 0-2: truncated \xXX escape
    %%%
    "\u12"
    --->
      File "x.py", line 1
        "\u12"
        ^^^^^^
    SyntaxError: (unicode error) 'unicodeescape' codec can't decode bytes in position 0-3: truncated \uXXXX escape
    %%%
    "\N{foo}"
    --->
      File "x.py", line 1
        "\N{foo}"
        ^^^^^^^^^
    SyntaxError: (unicode error) 'unicodeescape' codec can't decode bytes in position 0-6: unknown Unicode character name
    %%%
    b"\x4"
    --->
      File "x.py", line 1
        b"\x4"
        ^^^^^^
    SyntaxError: (value error) invalid \x escape at position 0
    %%%
    b"é"
    --->
      File "x.py", line 1
        b"é"
        ^^^^
    SyntaxError: bytes can only contain ASCII literal characters
    %%%
    "a" b"b"
    --->
      File "x.py", line 1
        "a" b"b"
                ^
    SyntaxError: cannot mix bytes and nonbytes literals
    %%%
    f"{a b}"
    --->
      File "x.py", line 1
        f"{a b}"
           ^^^
    SyntaxError: invalid syntax. Perhaps you forgot a comma?
    %%%
    f"{}"
    --->
      File "x.py", line 1
        f"{}"
           ^
    SyntaxError: f-string: valid expression required before '}'
    %%%
    f"{=}"
    --->
      File "x.py", line 1
        f"{=}"
           ^
    SyntaxError: f-string: valid expression required before '='
    %%%
    f"{!r}"
    --->
      File "x.py", line 1
        f"{!r}"
           ^
    SyntaxError: f-string: valid expression required before '!'
    %%%
    f"{:5}"
    --->
      File "x.py", line 1
        f"{:5}"
           ^
    SyntaxError: f-string: valid expression required before ':'
    %%%
    f"{a!}"
    --->
      File "x.py", line 1
        f"{a!}"
             ^
    SyntaxError: f-string: missing conversion character
    %%%
    f"{a!x}"
    --->
      File "x.py", line 1
        f"{a!x}"
             ^
    SyntaxError: f-string: invalid conversion character 'x': expected 's', 'r', or 'a'
    %%%
    f"{a!1}"
    --->
      File "x.py", line 1
        f"{a!1}"
             ^
    SyntaxError: f-string: invalid conversion character
    %%%
    f"{a! r}"
    --->
      File "x.py", line 1
        f"{a! r}"
            ^^^
    SyntaxError: f-string: conversion type must come right after the exclamanation mark
    %%%
    f"{a"
    --->
      File "x.py", line 1
        f"{a"
            ^
    SyntaxError: f-string: expecting '}'
    %%%
    f"{a:5"
    --->
      File "x.py", line 1
        f"{a:5"
              ^
    SyntaxError: f-string: expecting '}', or format specs
    %%%
    f"{a:5
    --->
      File "x.py", line 1
        f"{a:5
          ^
    SyntaxError: '{' was never closed
    %%%
    f"a}"
    --->
      File "x.py", line 1
        f"a}"
           ^
    SyntaxError: f-string: single '}' is not allowed
    %%%
    f"{a)}"
    --->
      File "x.py", line 1
        f"{a)}"
            ^
    SyntaxError: f-string: unmatched ')'
    %%%
    f"{(a}"
    --->
      File "x.py", line 1
        f"{(a}"
             ^
    SyntaxError: closing parenthesis '}' does not match opening parenthesis '('
    %%%
    f"abc
    --->
      File "x.py", line 1
        f"abc
        ^
    SyntaxError: unterminated f-string literal (detected at line 1)
    %%%
    f"""abc
    --->
      File "x.py", line 1
        f"""abc
        ^
    SyntaxError: unterminated triple-quoted f-string literal (detected at line 1)
    %%%
    f"{a $ b}"
    --->
      File "x.py", line 1
        f"{a $ b}"
             ^
    SyntaxError: f-string: expecting '=', or '!', or ':', or '}'
    %%%
    f"{lambda x: 1}"
    --->
      File "x.py", line 1
        f"{lambda x: 1}"
           ^^^^^^^^^
    SyntaxError: f-string: lambda expressions are not allowed without parentheses
    %%%
    f"{a=b}"
    --->
      File "x.py", line 1
        f"{a=b}"
             ^
    SyntaxError: f-string: expecting '!', or ':', or '}'
    %%%
    f"{a=!}"
    --->
      File "x.py", line 1
        f"{a=!}"
              ^
    SyntaxError: f-string: missing conversion character
    %%%
    f"{a['x']:{b:{c:{d}}}}"
    --->
      File "x.py", line 1
        f"{a['x']:{b:{c:{d}}}}"
                       ^
    SyntaxError: f-string: expressions nested too deeply
    %%%
    f"{*}"
    --->
      File "x.py", line 1
        f"{*}"
           ^
    SyntaxError: f-string: expecting a valid expression after '{'
    %%%
    f"{a!r b}"
    --->
      File "x.py", line 1
        f"{a!r b}"
               ^
    SyntaxError: f-string: expecting ':' or '}'
    %%%
    f"{a:{b c}}"
    --->
      File "x.py", line 1
        f"{a:{b c}}"
              ^^^
    SyntaxError: invalid syntax. Perhaps you forgot a comma?
    %%%
    x = €
    --->
      File "x.py", line 1
        x = €
            ^
    SyntaxError: invalid character '€' (U+20AC)
    %%%
    xé = 1 €
    --->
      File "x.py", line 1
        xé = 1 €
               ^
    SyntaxError: invalid character '€' (U+20AC)
    %%%
    if True:
        x
    else
        y
    --->
      File "x.py", line 3
        else
            ^
    SyntaxError: expected ':'
    %%%
    class A:
    x = 1
    --->
      File "x.py", line 2
        x = 1
        ^
    IndentationError: expected an indented block after class definition on line 1
    %%%
    def f():
        if x:
    y = 1
    --->
      File "x.py", line 3
        y = 1
    IndentationError: expected an indented block after 'if' statement on line 2
    %%%
    match x:
        case 1
            pass
    --->
      File "x.py", line 2
        case 1
              ^
    SyntaxError: expected ':'
    %%%
    match x
        case 1: pass
    --->
      File "x.py", line 1
        match x
               ^
    SyntaxError: expected ':'
    %%%
    match x:
    case 1: pass
    --->
      File "x.py", line 2
        case 1: pass
        ^^^^
    IndentationError: expected an indented block after 'match' statement on line 1
    %%%
    assert x, y, z
    --->
      File "x.py", line 1
        assert x, y, z
                   ^
    SyntaxError: invalid syntax
    %%%
    raise x, y
    --->
      File "x.py", line 1
        raise x, y
               ^
    SyntaxError: invalid syntax
    %%%
    from . import *
    def f():
        from a import *
    --->
      File "x.py", line 3
        from a import *
                      ^
    SyntaxError: import * only allowed at module level
    %%%
    for x in range(10):
        pass
      else:
        pass
    --->
      File "x.py", line 3
        else:
             ^
    IndentationError: unindent does not match any outer indentation level
    %%%
    async x
    --->
      File "x.py", line 1
        async x
              ^
    SyntaxError: invalid syntax
    %%%
    a.1
    --->
      File "x.py", line 1
        a.1
         ^^
    SyntaxError: invalid syntax
    %%%
    a..b
    --->
      File "x.py", line 1
        a..b
          ^
    SyntaxError: invalid syntax
    %%%
    x = 5.real
    --->
      File "x.py", line 1
        x = 5.real
             ^
    SyntaxError: invalid decimal literal
    %%%
    global x, 
    --->
      File "x.py", line 1
        global x, 
                  ^
    SyntaxError: invalid syntax
    %%%
    pass x
    --->
      File "x.py", line 1
        pass x
             ^
    SyntaxError: invalid syntax
    %%%
    import a.b c
    --->
      File "x.py", line 1
        import a.b c
                   ^
    SyntaxError: invalid syntax
    %%%
    a <> b
    --->
      File "x.py", line 1
        a <> b
          ^^
    SyntaxError: invalid syntax
    %%%
    x++
    --->
      File "x.py", line 1
        x++
           ^
    SyntaxError: invalid syntax
    %%%
    !x
    --->
      File "x.py", line 1
        !x
        ^
    SyntaxError: invalid syntax
    %%%
    if (a = 1):
        pass
    --->
      File "x.py", line 1
        if (a = 1):
            ^^^^^
    SyntaxError: invalid syntax. Maybe you meant '==' or ':=' instead of '='?
    %%%
    foo(a, b=1 c=2)
    --->
      File "x.py", line 1
        foo(a, b=1 c=2)
                 ^^^
    SyntaxError: invalid syntax. Perhaps you forgot a comma?
    %%%
    d = {'a': 1 'b': 2}
    --->
      File "x.py", line 1
        d = {'a': 1 'b': 2}
                  ^^^^^
    SyntaxError: invalid syntax. Perhaps you forgot a comma?
    %%%
    d = {'a': 1
         'b': 2}
    --->
      File "x.py", line 1
        d = {'a': 1
                  ^
    SyntaxError: invalid syntax. Perhaps you forgot a comma?
    %%%
    "abc" "def
    --->
      File "x.py", line 1
        "abc" "def
              ^
    SyntaxError: unterminated string literal (detected at line 1)
    %%%
    x = [i for i in range(10) if i else 3]
    --->
      File "x.py", line 1
        x = [i for i in range(10) if i else 3]
                                       ^^^^
    SyntaxError: invalid syntax
    %%%
    not = 1
    --->
      File "x.py", line 1
        not = 1
            ^
    SyntaxError: invalid syntax
    %%%
    class = 1
    --->
      File "x.py", line 1
        class = 1
              ^
    SyntaxError: invalid syntax
    %%%
    def class(): pass
    --->
      File "x.py", line 1
        def class(): pass
            ^^^^^
    SyntaxError: invalid syntax
    %%%
    lambda: (yield)
    --->
    %%%
    print(1
    print(2)
    --->
      File "x.py", line 1
        print(1
             ^
    SyntaxError: '(' was never closed
    %%%
    if x:
        pass
    elif:
        pass
    --->
      File "x.py", line 3
        elif:
            ^
    SyntaxError: invalid syntax
    %%%
    while: pass
    --->
      File "x.py", line 1
        while: pass
             ^
    SyntaxError: invalid syntax
    %%%
    with open(x) as f, open(y) as g
        pass
    --->
      File "x.py", line 1
        with open(x) as f, open(y) as g
                                       ^
    SyntaxError: expected ':'
    %%%
    with (a as b, c as d)
        pass
    --->
      File "x.py", line 1
        with (a as b, c as d)
                             ^
    SyntaxError: expected ':'
    %%%
    except: pass
    --->
      File "x.py", line 1
        except: pass
        ^^^^^^
    SyntaxError: invalid syntax
    %%%
    try:
        pass
    except:
        pass
    except A:
        pass
    --->
      File "x.py", line 3
        except:
        ^^^^^^^
    SyntaxError: default 'except:' must be last
    %%%
    def f():
            if x:
        y = 1
    --->
      File "x.py", line 3
        y = 1
             ^
    IndentationError: unindent does not match any outer indentation level
    %%%
    class A:
        def f(self):
            if x:
        def g(self): pass
    --->
      File "x.py", line 4
        def g(self): pass
    IndentationError: expected an indented block after 'if' statement on line 3
    %%%
    class A:
        def f(self):
        x = 1
    --->
      File "x.py", line 3
        x = 1
        ^
    IndentationError: expected an indented block after function definition on line 2
    %%%
    def f():
        x
          y
    --->
      File "x.py", line 3
        y
    IndentationError: unexpected indent
    %%%
    def f():
        return 1
         x
    --->
      File "x.py", line 3
        x
    IndentationError: unexpected indent
    %%%
    if x:
        a
    	b
    --->
      File "x.py", line 3
        	b
        ^
    TabError: inconsistent use of tabs and spaces in indentation
    %%%
    if x:
    	a
    	  b
       c
    --->
      File "x.py", line 3
        	  b
        	 ^
    IndentationError: unexpected indent
    %%%
    f(a, b=1, c, d=2)
    --->
      File "x.py", line 1
        f(a, b=1, c, d=2)
                        ^
    SyntaxError: positional argument follows keyword argument
    %%%
    f(a, **k, c)
    --->
      File "x.py", line 1
        f(a, **k, c)
                   ^
    SyntaxError: positional argument follows keyword argument unpacking
    %%%
    f(**k, *a, *b)
    --->
      File "x.py", line 1
        f(**k, *a, *b)
             ^^^^^^^^
    SyntaxError: iterable argument unpacking follows keyword argument unpacking
    %%%
    f(a for a in b, c for c in d)
    --->
      File "x.py", line 1
        f(a for a in b, c for c in d)
          ^^^^^^^^^^^^
    SyntaxError: Generator expression must be parenthesized
    %%%
    f(a, b for b in c)
    --->
      File "x.py", line 1
        f(a, b for b in c)
             ^^^^^^^^^^^^
    SyntaxError: Generator expression must be parenthesized
    %%%
    f(a for a in b if c d)
    --->
      File "x.py", line 1
        f(a for a in b if c d)
                            ^
    SyntaxError: invalid syntax
    %%%
    x = {a: 1, b}
    --->
      File "x.py", line 1
        x = {a: 1, b}
                   ^
    SyntaxError: ':' expected after dictionary key
    %%%
    x = {a: 1, **b: 2}
    --->
      File "x.py", line 1
        x = {a: 1, **b: 2}
                      ^
    SyntaxError: invalid syntax
    %%%
    x = {a b: 1}
    --->
      File "x.py", line 1
        x = {a b: 1}
             ^^^
    SyntaxError: invalid syntax. Perhaps you forgot a comma?
    %%%
    x = {"a": 1, "b" 2}
    --->
      File "x.py", line 1
        x = {"a": 1, "b" 2}
                       ^
    SyntaxError: ':' expected after dictionary key
    %%%
    x = {"a": 1 b}
    --->
      File "x.py", line 1
        x = {"a": 1 b}
                  ^^^
    SyntaxError: invalid syntax. Perhaps you forgot a comma?
    %%%
    x = [1, 2 3]
    --->
      File "x.py", line 1
        x = [1, 2 3]
                ^^^
    SyntaxError: invalid syntax. Perhaps you forgot a comma?
    %%%
    x = (1 2)
    --->
      File "x.py", line 1
        x = (1 2)
             ^^^
    SyntaxError: invalid syntax. Perhaps you forgot a comma?
    %%%
    x = (1, 2 3)
    --->
      File "x.py", line 1
        x = (1, 2 3)
                ^^^
    SyntaxError: invalid syntax. Perhaps you forgot a comma?
    %%%
    foo(1, 2 3)
    --->
      File "x.py", line 1
        foo(1, 2 3)
               ^^^
    SyntaxError: invalid syntax. Perhaps you forgot a comma?
    %%%
    foo(print "x")
    --->
      File "x.py", line 1
        foo(print "x")
            ^^^^^^^^^
    SyntaxError: Missing parentheses in call to 'print'. Did you mean print(...)?
    %%%
    a = b c
    --->
      File "x.py", line 1
        a = b c
              ^
    SyntaxError: invalid syntax
    %%%
    x.y z
    --->
      File "x.py", line 1
        x.y z
            ^
    SyntaxError: invalid syntax
    %%%
    if x == 1 y:
        pass
    --->
      File "x.py", line 1
        if x == 1 y:
                  ^
    SyntaxError: invalid syntax
    %%%
    if x then:
        pass
    --->
      File "x.py", line 1
        if x then:
             ^^^^
    SyntaxError: invalid syntax
    %%%
    for i in range(10) print(i)
    --->
      File "x.py", line 1
        for i in range(10) print(i)
                           ^^^^^
    SyntaxError: invalid syntax
    %%%
    for i in 1, 2 3:
        pass
    --->
      File "x.py", line 1
        for i in 1, 2 3:
                      ^
    SyntaxError: invalid syntax
    %%%
    for i, f() in x: pass
    --->
      File "x.py", line 1
        for i, f() in x: pass
               ^^^
    SyntaxError: cannot assign to function call
    %%%
    for (i in x): pass
    --->
      File "x.py", line 1
        for (i in x): pass
                    ^
    SyntaxError: invalid syntax
    %%%
    for i in: pass
    --->
      File "x.py", line 1
        for i in: pass
                ^
    SyntaxError: invalid syntax
    %%%
    for in x: pass
    --->
      File "x.py", line 1
        for in x: pass
            ^^
    SyntaxError: invalid syntax
    %%%
    def f(x y): pass
    --->
      File "x.py", line 1
        def f(x y): pass
                ^
    SyntaxError: invalid syntax
    %%%
    def f(x, y z): pass
    --->
      File "x.py", line 1
        def f(x, y z): pass
                   ^
    SyntaxError: invalid syntax
    %%%
    def f(x, 1): pass
    --->
      File "x.py", line 1
        def f(x, 1): pass
                 ^
    SyntaxError: invalid syntax
    %%%
    def f(x: int y): pass
    --->
      File "x.py", line 1
        def f(x: int y): pass
                 ^^^^^
    SyntaxError: invalid syntax. Perhaps you forgot a comma?
    %%%
    def f(x) -> : pass
    --->
      File "x.py", line 1
        def f(x) -> : pass
                 ^^
    SyntaxError: expected ':'
    %%%
    def f(x) int: pass
    --->
      File "x.py", line 1
        def f(x) int: pass
                 ^^^
    SyntaxError: expected ':'
    %%%
    def (x): pass
    --->
      File "x.py", line 1
        def (x): pass
            ^
    SyntaxError: invalid syntax
    %%%
    def f.g(): pass
    --->
      File "x.py", line 1
        def f.g(): pass
             ^
    SyntaxError: expected '('
    %%%
    def 1f(): pass
    --->
      File "x.py", line 1
        def 1f(): pass
            ^
    SyntaxError: invalid decimal literal
    %%%
    class A(: pass
    --->
      File "x.py", line 1
        class A(: pass
                ^
    SyntaxError: invalid syntax
    %%%
    class A(B C): pass
    --->
      File "x.py", line 1
        class A(B C): pass
                ^^^
    SyntaxError: invalid syntax. Perhaps you forgot a comma?
    %%%
    class A: x = 1 2
    --->
      File "x.py", line 1
        class A: x = 1 2
                       ^
    SyntaxError: invalid syntax
    %%%
    class A(B
        pass
    --->
      File "x.py", line 1
        class A(B
               ^
    SyntaxError: '(' was never closed
    %%%
    class A():
        def f(self):
            return (1 +
        def g(self):
            pass
    --->
      File "x.py", line 3
        return (1 +
               ^
    SyntaxError: '(' was never closed
    %%%
    x = "abc' + 'def
    --->
      File "x.py", line 1
        x = "abc' + 'def
            ^
    SyntaxError: unterminated string literal (detected at line 1)
    %%%
    x = f(
        "abc
    )
    --->
      File "x.py", line 2
        "abc
        ^
    SyntaxError: unterminated string literal (detected at line 2)
    %%%
    x = "abc\
    def
    --->
      File "x.py", line 1
        x = "abc\
            ^
    SyntaxError: unterminated string literal (detected at line 2)
    %%%
    x = [1,
         2
    y = 3
    z = 4
    --->
      File "x.py", line 1
        x = [1,
            ^
    SyntaxError: '[' was never closed
    %%%
    x = {
        'a': [1, 2,
        'b': 3
    }
    --->
      File "x.py", line 4
        }
        ^
    SyntaxError: closing parenthesis '}' does not match opening parenthesis '[' on line 2
    %%%
    while x = 1: pass
    --->
      File "x.py", line 1
        while x = 1: pass
              ^^^^^
    SyntaxError: invalid syntax. Maybe you meant '==' or ':=' instead of '='?
    %%%
    while x == 1 pass
    --->
      File "x.py", line 1
        while x == 1 pass
                     ^^^^
    SyntaxError: invalid syntax
    %%%
    if x: pass else: pass
    --->
      File "x.py", line 1
        if x: pass else: pass
                   ^^^^
    SyntaxError: invalid syntax
    %%%
    if x:
        pass
        elif y:
            pass
    --->
      File "x.py", line 3
        elif y:
        ^^^^
    SyntaxError: invalid syntax
    %%%
    if x:
        pass
    else if y:
        pass
    --->
      File "x.py", line 3
        else if y:
             ^^
    SyntaxError: expected ':'
    %%%
    return x y
    --->
      File "x.py", line 1
        return x y
                 ^
    SyntaxError: invalid syntax
    %%%
    import a b
    --->
      File "x.py", line 1
        import a b
                 ^
    SyntaxError: invalid syntax
    %%%
    import a as
    --->
      File "x.py", line 1
        import a as
                   ^
    SyntaxError: invalid syntax
    %%%
    import a as b.c
    --->
      File "x.py", line 1
        import a as b.c
                     ^
    SyntaxError: invalid syntax
    %%%
    import a.
    --->
      File "x.py", line 1
        import a.
                 ^
    SyntaxError: invalid syntax
    %%%
    from a import (b
    --->
      File "x.py", line 1
        from a import (b
                      ^
    SyntaxError: '(' was never closed
    %%%
    from a import (b, c
    x = 1
    --->
      File "x.py", line 1
        from a import (b, c
                      ^
    SyntaxError: '(' was never closed
    %%%
    from a import b c
    --->
      File "x.py", line 1
        from a import b c
                        ^
    SyntaxError: invalid syntax
    %%%
    from a import (b, c),
    --->
      File "x.py", line 1
        from a import (b, c),
                            ^
    SyntaxError: invalid syntax
    %%%
    from a import *, b
    --->
      File "x.py", line 1
        from a import *, b
                       ^
    SyntaxError: invalid syntax
    %%%
    from import a
    --->
      File "x.py", line 1
        from import a
             ^^^^^^
    SyntaxError: invalid syntax
    %%%
    from . a import b
    --->
    %%%
    from a.b
    --->
      File "x.py", line 1
        from a.b
                ^
    SyntaxError: invalid syntax
    %%%
    raise
    raise X from
    --->
      File "x.py", line 2
        raise X from
                    ^
    SyntaxError: invalid syntax
    %%%
    raise X, Y
    --->
      File "x.py", line 1
        raise X, Y
               ^
    SyntaxError: invalid syntax
    %%%
    assert
    --->
      File "x.py", line 1
        assert
              ^
    SyntaxError: invalid syntax
    %%%
    del
    --->
      File "x.py", line 1
        del
           ^
    SyntaxError: invalid syntax
    %%%
    del x,
    del *x
    --->
      File "x.py", line 2
        del *x
            ^^
    SyntaxError: cannot delete starred
    %%%
    del (x for x in y)
    --->
      File "x.py", line 1
        del (x for x in y)
            ^^^^^^^^^^^^^^
    SyntaxError: cannot delete generator expression
    %%%
    del x = 1
    --->
      File "x.py", line 1
        del x = 1
              ^
    SyntaxError: invalid syntax
    %%%
    pass 1
    --->
      File "x.py", line 1
        pass 1
             ^
    SyntaxError: invalid syntax
    %%%
    global
    --->
      File "x.py", line 1
        global
              ^
    SyntaxError: invalid syntax
    %%%
    global x.y
    --->
      File "x.py", line 1
        global x.y
                ^
    SyntaxError: invalid syntax
    %%%
    global x = 1
    --->
      File "x.py", line 1
        global x = 1
                 ^
    SyntaxError: invalid syntax
    %%%
    with: pass
    --->
      File "x.py", line 1
        with: pass
            ^
    SyntaxError: invalid syntax
    %%%
    with a as b c: pass
    --->
      File "x.py", line 1
        with a as b c: pass
                    ^
    SyntaxError: invalid syntax
    %%%
    with a, b as c d: pass
    --->
      File "x.py", line 1
        with a, b as c d: pass
                       ^
    SyntaxError: invalid syntax
    %%%
    with (a as b: pass
    --->
      File "x.py", line 1
        with (a as b: pass
                    ^
    SyntaxError: invalid syntax
    %%%
    with a as (b, 1): pass
    --->
      File "x.py", line 1
        with a as (b, 1): pass
                      ^
    SyntaxError: cannot assign to literal
    %%%
    with (a, b) as f(): pass
    --->
      File "x.py", line 1
        with (a, b) as f(): pass
                       ^^^
    SyntaxError: cannot assign to function call
    %%%
    try
        pass
    --->
      File "x.py", line 1
        try
           ^
    SyntaxError: expected ':'
    %%%
    try: pass
    --->
      File "x.py", line 1
        try: pass
    SyntaxError: expected 'except' or 'finally' block
    %%%
    try:
        pass
    except A as: pass
    --->
      File "x.py", line 3
        except A as: pass
                   ^
    SyntaxError: invalid syntax
    %%%
    try:
        pass
    except A as b.c: pass
    --->
      File "x.py", line 3
        except A as b.c: pass
                     ^
    SyntaxError: invalid syntax
    %%%
    try:
        pass
    except A, B as c:
        pass
    --->
      File "x.py", line 3
        except A, B as c:
               ^^^^^^^^^
    SyntaxError: multiple exception types must be parenthesized
    %%%
    try:
        pass
    except A B:
        pass
    --->
      File "x.py", line 3
        except A B:
                 ^
    SyntaxError: invalid syntax
    %%%
    try:
        pass
    else:
        pass
    --->
      File "x.py", line 3
        else:
        ^^^^
    SyntaxError: expected 'except' or 'finally' block
    %%%
    try:
        pass
    except A:
    pass
    --->
      File "x.py", line 4
        pass
        ^^^^
    IndentationError: expected an indented block after 'except' statement on line 3
    %%%
    try:
        pass
    finally:
    pass
    --->
      File "x.py", line 4
        pass
        ^^^^
    IndentationError: expected an indented block after 'finally' statement on line 3
    %%%
    try:
        pass
    finally:
        pass
    except: pass
    --->
      File "x.py", line 5
        except: pass
        ^^^^^^
    SyntaxError: invalid syntax
    %%%
    while x:
        pass
    else
        pass
    --->
      File "x.py", line 3
        else
            ^
    SyntaxError: expected ':'
    %%%
    while x:
    pass
    --->
      File "x.py", line 2
        pass
        ^^^^
    IndentationError: expected an indented block after 'while' statement on line 1
    %%%
    for x in y:
    pass
    --->
      File "x.py", line 2
        pass
        ^^^^
    IndentationError: expected an indented block after 'for' statement on line 1
    %%%
    with x:
    pass
    --->
      File "x.py", line 2
        pass
        ^^^^
    IndentationError: expected an indented block after 'with' statement on line 1
    %%%
    def f():
    pass
    --->
      File "x.py", line 2
        pass
        ^^^^
    IndentationError: expected an indented block after function definition on line 1
    %%%
    class A:
    pass
    --->
      File "x.py", line 2
        pass
        ^^^^
    IndentationError: expected an indented block after class definition on line 1
    %%%
    if x:
        pass
    elif y:
    pass
    --->
      File "x.py", line 4
        pass
        ^^^^
    IndentationError: expected an indented block after 'elif' statement on line 3
    %%%
    if x:
        pass
    else:
    pass
    --->
      File "x.py", line 4
        pass
        ^^^^
    IndentationError: expected an indented block after 'else' statement on line 3
    %%%
    if x:
    --->
      File "x.py", line 1
        if x:
    IndentationError: expected an indented block after 'if' statement on line 1
    %%%
    def f():
        # comment
    --->
      File "x.py", line 2
        # comment
    IndentationError: expected an indented block after function definition on line 1
    %%%
    @x y
    def f(): pass
    --->
      File "x.py", line 1
        @x y
           ^
    SyntaxError: invalid syntax
    %%%
    @x
    x = 1
    --->
      File "x.py", line 2
        x = 1
        ^
    SyntaxError: invalid syntax
    %%%
    lambda: x y
    --->
      File "x.py", line 1
        lambda: x y
                  ^
    SyntaxError: invalid syntax
    %%%
    lambda x: 
    --->
      File "x.py", line 1
        lambda x: 
                  ^
    SyntaxError: invalid syntax
    %%%
    lambda x, x=1, y: 3
    --->
      File "x.py", line 1
        lambda x, x=1, y: 3
                       ^
    SyntaxError: parameter without a default follows parameter with a default
    %%%
    lambda *a, *b: 1
    --->
      File "x.py", line 1
        lambda *a, *b: 1
                   ^
    SyntaxError: * argument may appear only once
    %%%
    lambda x: (yield x) y
    --->
      File "x.py", line 1
        lambda x: (yield x) y
                            ^
    SyntaxError: invalid syntax
    %%%
    (lambda x y: 1)
    --->
      File "x.py", line 1
        (lambda x y: 1)
                  ^
    SyntaxError: invalid syntax
    %%%
    f(lambda x: x = 1)
    --->
      File "x.py", line 1
        f(lambda x: x = 1)
          ^^^^^^^^^^^^^
    SyntaxError: expression cannot contain assignment, perhaps you meant "=="?
    %%%
    x if y else
    --->
      File "x.py", line 1
        x if y else
                   ^
    SyntaxError: invalid syntax
    %%%
    x if else y
    --->
      File "x.py", line 1
        x if else y
             ^^^^
    SyntaxError: invalid syntax
    %%%
    (x if y z)
    --->
      File "x.py", line 1
        (x if y z)
         ^^^^^^
    SyntaxError: expected 'else' after 'if' expression
    %%%
    [x for x y in z]
    --->
      File "x.py", line 1
        [x for x y in z]
                 ^
    SyntaxError: 'in' expected after for-loop variables
    %%%
    [x for x in y z]
    --->
      File "x.py", line 1
        [x for x in y z]
                      ^
    SyntaxError: invalid syntax
    %%%
    [x for x in]
    --->
      File "x.py", line 1
        [x for x in]
                   ^
    SyntaxError: invalid syntax
    %%%
    [for x in y]
    --->
      File "x.py", line 1
        [for x in y]
         ^^^
    SyntaxError: invalid syntax
    %%%
    [x, y for x in z]
    --->
      File "x.py", line 1
        [x, y for x in z]
         ^^^^
    SyntaxError: did you forget parentheses around the comprehension target?
    %%%
    {x: y for x in z, 1}
    --->
      File "x.py", line 1
        {x: y for x in z, 1}
                        ^
    SyntaxError: invalid syntax
    %%%
    (x, y for x in z)
    --->
      File "x.py", line 1
        (x, y for x in z)
              ^^^
    SyntaxError: invalid syntax
    %%%
    {*a: 1}
    --->
      File "x.py", line 1
        {*a: 1}
           ^
    SyntaxError: invalid syntax
    %%%
    {**a, b}
    --->
      File "x.py", line 1
        {**a, b}
              ^
    SyntaxError: ':' expected after dictionary key
    %%%
    x[1 2]
    --->
      File "x.py", line 1
        x[1 2]
          ^^^
    SyntaxError: invalid syntax. Perhaps you forgot a comma?
    %%%
    x[1:2 3]
    --->
      File "x.py", line 1
        x[1:2 3]
            ^^^
    SyntaxError: invalid syntax. Perhaps you forgot a comma?
    %%%
    x[a=1]
    --->
      File "x.py", line 1
        x[a=1]
          ^^^
    SyntaxError: invalid syntax. Maybe you meant '==' or ':=' instead of '='?
    %%%
    x[]
    --->
      File "x.py", line 1
        x[]
          ^
    SyntaxError: invalid syntax
    %%%
    x.
    --->
      File "x.py", line 1
        x.
          ^
    SyntaxError: invalid syntax
    %%%
    x.class
    --->
      File "x.py", line 1
        x.class
          ^^^^^
    SyntaxError: invalid syntax
    %%%
    x.1
    --->
      File "x.py", line 1
        x.1
         ^^
    SyntaxError: invalid syntax
    %%%
    not
    --->
      File "x.py", line 1
        not
           ^
    SyntaxError: invalid syntax
    %%%
    x and
    --->
      File "x.py", line 1
        x and
             ^
    SyntaxError: invalid syntax
    %%%
    x + * y
    --->
      File "x.py", line 1
        x + * y
            ^
    SyntaxError: invalid syntax
    %%%
    x ** 
    --->
      File "x.py", line 1
        x ** 
             ^
    SyntaxError: invalid syntax
    %%%
    x == not y
    --->
      File "x.py", line 1
        x == not y
             ^^^
    SyntaxError: invalid syntax
    %%%
    x is not not y
    --->
      File "x.py", line 1
        x is not not y
                 ^^^
    SyntaxError: invalid syntax
    %%%
    1 +
    --->
      File "x.py", line 1
        1 +
           ^
    SyntaxError: invalid syntax
    %%%
    x = 
    --->
      File "x.py", line 1
        x = 
            ^
    SyntaxError: invalid syntax
    %%%
    x += 
    --->
      File "x.py", line 1
        x += 
             ^
    SyntaxError: invalid syntax
    %%%
    x += y = 1
    --->
      File "x.py", line 1
        x += y = 1
               ^
    SyntaxError: invalid syntax
    %%%
    x = y += 1
    --->
      File "x.py", line 1
        x = y += 1
              ^^
    SyntaxError: invalid syntax
    %%%
    x: int: str
    --->
      File "x.py", line 1
        x: int: str
              ^
    SyntaxError: invalid syntax
    %%%
    x: 
    --->
      File "x.py", line 1
        x: 
           ^
    SyntaxError: invalid syntax
    %%%
    (x): int = 
    --->
      File "x.py", line 1
        (x): int = 
                   ^
    SyntaxError: invalid syntax
    %%%
    x, y += 1
    --->
      File "x.py", line 1
        x, y += 1
        ^^^^
    SyntaxError: 'tuple' is an illegal expression for augmented assignment
    %%%
    "abc" = 1
    --->
      File "x.py", line 1
        "abc" = 1
        ^^^^^
    SyntaxError: cannot assign to literal here. Maybe you meant '==' instead of '='?
    %%%
    1 = x
    --->
      File "x.py", line 1
        1 = x
        ^
    SyntaxError: cannot assign to literal here. Maybe you meant '==' instead of '='?
    %%%
    x = 1 = y
    --->
      File "x.py", line 1
        x = 1 = y
            ^
    SyntaxError: cannot assign to literal
    %%%
    -x = 1
    --->
      File "x.py", line 1
        -x = 1
        ^^
    SyntaxError: cannot assign to expression here. Maybe you meant '==' instead of '='?
    %%%
    x < y = 1
    --->
      File "x.py", line 1
        x < y = 1
        ^^^^^
    SyntaxError: cannot assign to comparison
    %%%
    [x, 1] = y
    --->
      File "x.py", line 1
        [x, 1] = y
            ^
    SyntaxError: cannot assign to literal
    %%%
    [x for x in y] = 1
    --->
      File "x.py", line 1
        [x for x in y] = 1
        ^^^^^^^^^^^^^^
    SyntaxError: cannot assign to list comprehension here. Maybe you meant '==' instead of '='?
    %%%
    {x: 1} = y
    --->
      File "x.py", line 1
        {x: 1} = y
        ^^^^^^
    SyntaxError: cannot assign to dict literal here. Maybe you meant '==' instead of '='?
    %%%
    {x} = y
    --->
      File "x.py", line 1
        {x} = y
        ^^^
    SyntaxError: cannot assign to set display here. Maybe you meant '==' instead of '='?
    %%%
    lambda: 1 = y
    --->
      File "x.py", line 1
        lambda: 1 = y
        ^^^^^^^^^
    SyntaxError: cannot assign to lambda
    %%%
    x if y else z = 1
    --->
      File "x.py", line 1
        x if y else z = 1
        ^^^^^^^^^^^^^
    SyntaxError: cannot assign to conditional expression
    %%%
    ... = 1
    --->
      File "x.py", line 1
        ... = 1
        ^^^
    SyntaxError: cannot assign to ellipsis here. Maybe you meant '==' instead of '='?
    %%%
    True = 1
    --->
      File "x.py", line 1
        True = 1
        ^^^^
    SyntaxError: cannot assign to True
    %%%
    __debug__ = 1
    --->
      File "x.py", line 1
        __debug__ = 1
        ^^^^^^^^^
    SyntaxError: cannot assign to __debug__
    %%%
    f"{x}" = 1
    --->
      File "x.py", line 1
        f"{x}" = 1
        ^^^^^^
    SyntaxError: cannot assign to f-string expression here. Maybe you meant '==' instead of '='?
    %%%
    f(x)[0] = y() = 1
    --->
      File "x.py", line 1
        f(x)[0] = y() = 1
                  ^^^
    SyntaxError: cannot assign to function call
    %%%
    (x := 1) = 2
    --->
      File "x.py", line 1
        (x := 1) = 2
         ^^^^^^
    SyntaxError: cannot assign to named expression here. Maybe you meant '==' instead of '='?
    %%%
    x := 1
    --->
      File "x.py", line 1
        x := 1
          ^^
    SyntaxError: invalid syntax
    %%%
    f(x.y := 1)
    --->
      File "x.py", line 1
        f(x.y := 1)
              ^^
    SyntaxError: invalid syntax
    %%%
    f(1 := 2)
    --->
      File "x.py", line 1
        f(1 := 2)
            ^^
    SyntaxError: invalid syntax
    %%%
    [x := 1, y = 2]
    --->
      File "x.py", line 1
        [x := 1, y = 2]
                 ^^^^^
    SyntaxError: invalid syntax. Maybe you meant '==' or ':=' instead of '='?
    %%%
    print(x = 1 y)
    --->
      File "x.py", line 1
        print(x = 1 y)
                  ^^^
    SyntaxError: invalid syntax. Perhaps you forgot a comma?
    %%%
    print(end="" x)
    --->
      File "x.py", line 1
        print(end="" x)
                  ^^^^
    SyntaxError: invalid syntax. Perhaps you forgot a comma?
    %%%
    print("a" x)
    --->
      File "x.py", line 1
        print("a" x)
              ^^^^^
    SyntaxError: invalid syntax. Perhaps you forgot a comma?
    %%%
    print(x "a")
    --->
      File "x.py", line 1
        print(x "a")
                ^^^
    SyntaxError: invalid syntax
    %%%
    print(f"{x}" y)
    --->
      File "x.py", line 1
        print(f"{x}" y)
              ^^^^^^^^
    SyntaxError: invalid syntax. Perhaps you forgot a comma?
    %%%
    print("hello" + x y)
    --->
      File "x.py", line 1
        print("hello" + x y)
              ^^^^^^^^^^^^^
    SyntaxError: invalid syntax. Perhaps you forgot a comma?
    %%%
    print "a" % b, c
    --->
      File "x.py", line 1
        print "a" % b, c
        ^^^^^^^^^^^^^^^^
    SyntaxError: Missing parentheses in call to 'print'. Did you mean print(...)?
    %%%
    print
    print x, y
    --->
      File "x.py", line 2
        print x, y
        ^^^^^^^^^^
    SyntaxError: Missing parentheses in call to 'print'. Did you mean print(...)?
    %%%
    print >>x, y
    --->
    %%%
    exec x in y
    --->
      File "x.py", line 1
        exec x in y
        ^^^^^^^^^^^
    SyntaxError: Missing parentheses in call to 'exec'. Did you mean exec(...)?
    %%%
    async def f(): await
    --->
      File "x.py", line 1
        async def f(): await
                            ^
    SyntaxError: invalid syntax
    %%%
    async for x in y: pass
    --->
      File "x.py", line 1
        async for x in y: pass
        ^^^^^^^^^^^^^^^^^^^^^^
    SyntaxError: 'async for' outside async function
    %%%
    async with x: pass
    --->
      File "x.py", line 1
        async with x: pass
        ^^^^^^^^^^^^^^^^^^
    SyntaxError: 'async with' outside async function
    %%%
    async 1
    --->
      File "x.py", line 1
        async 1
              ^
    SyntaxError: invalid syntax
    %%%
    await = 1
    --->
      File "x.py", line 1
        await = 1
              ^
    SyntaxError: invalid syntax
    %%%
    match x:
        case 1: pass
        x
    --->
      File "x.py", line 3
        x
        ^
    SyntaxError: invalid syntax
    %%%
    match x:
        case 1 2: pass
    --->
      File "x.py", line 2
        case 1 2: pass
               ^
    SyntaxError: invalid syntax
    %%%
    match x y:
        case 1: pass
    --->
      File "x.py", line 1
        match x y:
                ^
    SyntaxError: invalid syntax
    %%%
    match x:
        case a.b as _: pass
    --->
      File "x.py", line 2
        case a.b as _: pass
                    ^
    SyntaxError: cannot use '_' as a target
    %%%
    match x:
        case A(a=1, 2): pass
    --->
      File "x.py", line 2
        case A(a=1, 2): pass
                    ^
    SyntaxError: positional patterns follow keyword patterns
    %%%
    match x:
        case 1 as 2: pass
    --->
      File "x.py", line 2
        case 1 as 2: pass
                  ^
    SyntaxError: invalid pattern target
    %%%
    match x:
        case {**r, 1: 2}: pass
    --->
      File "x.py", line 2
        case {**r, 1: 2}: pass
                   ^
    SyntaxError: invalid syntax
    %%%
    match x:
        case 1:
        pass
    --->
      File "x.py", line 3
        pass
        ^^^^
    IndentationError: expected an indented block after 'case' statement on line 2
    %%%
    match x:
        pass
    --->
      File "x.py", line 2
        pass
        ^^^^
    SyntaxError: invalid syntax
    %%%
    match = 1
    match x
    --->
      File "x.py", line 2
        match x
               ^
    SyntaxError: expected ':'
    %%%
    type X = 
    --->
      File "x.py", line 1
        type X = 
                 ^
    SyntaxError: invalid syntax
    %%%
    type X
    --->
      File "x.py", line 1
        type X
              ^
    SyntaxError: invalid syntax
    %%%
    type x y
    --->
      File "x.py", line 1
        type x y
               ^
    SyntaxError: invalid syntax
    %%%
    def f[](): pass
    --->
      File "x.py", line 1
        def f[](): pass
              ^
    SyntaxError: Type parameter list cannot be empty
    %%%
    def f[T: int](x T): pass
    --->
      File "x.py", line 1
        def f[T: int](x T): pass
                        ^
    SyntaxError: invalid syntax
    %%%
    x = 0777
    --->
      File "x.py", line 1
        x = 0777
            ^
    SyntaxError: leading zeros in decimal integer literals are not permitted; use an 0o prefix for octal integers
    %%%
    x = 00
    x = 0_7
    --->
      File "x.py", line 2
        x = 0_7
            ^^
    SyntaxError: leading zeros in decimal integer literals are not permitted; use an 0o prefix for octal integers
    %%%
    x = 1_
    --->
      File "x.py", line 1
        x = 1_
             ^
    SyntaxError: invalid decimal literal
    %%%
    x = 0x1g
    --->
      File "x.py", line 1
        x = 0x1g
              ^
    SyntaxError: invalid hexadecimal literal
    %%%
    x = 0b1_
    --->
      File "x.py", line 1
        x = 0b1_
               ^
    SyntaxError: invalid binary literal
    %%%
    x = 1.e
    --->
      File "x.py", line 1
        x = 1.e
             ^
    SyntaxError: invalid decimal literal
    %%%
    x = 1.5abc
    --->
      File "x.py", line 1
        x = 1.5abc
              ^
    SyntaxError: invalid decimal literal
    %%%
    x = 1e5x
    --->
      File "x.py", line 1
        x = 1e5x
              ^
    SyntaxError: invalid decimal literal
    %%%
    x = 1jx
    --->
      File "x.py", line 1
        x = 1jx
             ^
    SyntaxError: invalid imaginary literal
    %%%
    x = 0xfor
    --->
    x.py:1: SyntaxWarning: invalid hexadecimal literal
      x = 0xfor
      File "x.py", line 1
        x = 0xfor
                 ^
    SyntaxError: invalid syntax
    %%%
    x = 1or 2
    --->
    x.py:1: SyntaxWarning: invalid decimal literal
      x = 1or 2
    %%%
    x = [1for x in y]
    --->
    x.py:1: SyntaxWarning: invalid decimal literal
      x = [1for x in y]
    %%%
    x = 1_000.0_
    --->
      File "x.py", line 1
        x = 1_000.0_
                   ^
    SyntaxError: invalid decimal literal
    %%%
    é = 1 +
    --->
      File "x.py", line 1
        é = 1 +
               ^
    SyntaxError: invalid syntax
    %%%
    "é" x
    --->
      File "x.py", line 1
        "é" x
            ^
    SyntaxError: invalid syntax
    %%%
    x = “a”
    --->
      File "x.py", line 1
        x = “a”
            ^
    SyntaxError: invalid character '“' (U+201C)
    %%%
    x = a b
    --->
      File "x.py", line 1
        x = a b
              ^
    SyntaxError: invalid syntax
    %%%
    x = "\x"
    --->
      File "x.py", line 1
        x = "\x"
            ^^^^
    SyntaxError: (unicode error) 'unicodeescape' codec can't decode bytes in position 0-1: truncated \xXX escape
    %%%
    x = "abc\xzz"
    --->
      File "x.py", line 1
        x = "abc\xzz"
            ^^^^^^^^^
    SyntaxError: (unicode error) 'unicodeescape' codec can't decode bytes in position 3-4: truncated \xXX escape
    %%%
    x = "é\x1"
    --->
      File "x.py", line 1
        x = "é\x1"
            ^^^^^^
    SyntaxError: (unicode error) 'unicodeescape' codec can't decode bytes in position 10-12: truncated \xXX escape
    %%%
    x = "\U12345678"
    --->
      File "x.py", line 1
        x = "\U12345678"
            ^^^^^^^^^^^^
    SyntaxError: (unicode error) 'unicodeescape' codec can't decode bytes in position 0-9: illegal Unicode character
    %%%
    x = "\N"
    --->
      File "x.py", line 1
        x = "\N"
            ^^^^
    SyntaxError: (unicode error) 'unicodeescape' codec can't decode bytes in position 0-1: malformed \N character escape
    %%%
    x = "\N{}"
    --->
      File "x.py", line 1
        x = "\N{}"
            ^^^^^^
    SyntaxError: (unicode error) 'unicodeescape' codec can't decode bytes in position 0-2: malformed \N character escape
    %%%
    x = "\N{LATIN"
    --->
      File "x.py", line 1
        x = "\N{LATIN"
            ^^^^^^^^^^
    SyntaxError: (unicode error) 'unicodeescape' codec can't decode bytes in position 0-7: malformed \N character escape
    %%%
    x = b"\x1"
    --->
      File "x.py", line 1
        x = b"\x1"
            ^^^^^^
    SyntaxError: (value error) invalid \x escape at position 0
    %%%
    x = "\8 \400 \d"
    --->
    x.py:1: SyntaxWarning: invalid escape sequence '\8'
      x = "\8 \400 \d"
    %%%
    x = """
    \d
    """
    --->
    x.py:1: SyntaxWarning: invalid escape sequence '\d'
      x = """
    %%%
    x = '''a
    b \q
    c'''
    --->
    x.py:1: SyntaxWarning: invalid escape sequence '\q'
      x = '''a
    %%%
    x = f"\d {a}"
    --->
    x.py:1: SyntaxWarning: invalid escape sequence '\d'
      x = f"\d {a}"
    %%%
    x = f"\{a}"
    --->
    x.py:1: SyntaxWarning: invalid escape sequence '\{'
      x = f"\{a}"
    %%%
    x = f"{a}}"
    --->
      File "x.py", line 1
        x = f"{a}}"
                 ^
    SyntaxError: f-string: single '}' is not allowed
    %%%
    x = f"{a:{b}"
    --->
      File "x.py", line 1
        x = f"{a:{b}"
                    ^
    SyntaxError: f-string: expecting '}', or format specs
    %%%
    x = f"{a b c}"
    --->
      File "x.py", line 1
        x = f"{a b c}"
               ^^^
    SyntaxError: invalid syntax. Perhaps you forgot a comma?
    %%%
    x = f"{a:}}"
    --->
      File "x.py", line 1
        x = f"{a:}}"
                  ^
    SyntaxError: f-string: single '}' is not allowed
    %%%
    x = f"{a"b"}"
    --->
      File "x.py", line 1
        x = f"{a"b"}"
                ^^^
    SyntaxError: f-string: expecting '=', or '!', or ':', or '}'
    %%%
    x = f"{a["b"]}"
    --->
    %%%
    x = f"{"
    --->
      File "x.py", line 1
        x = f"{"
               ^
    SyntaxError: f-string: expecting '}'
    %%%
    x = f"{a!r:{"
    --->
      File "x.py", line 1
        x = f"{a!r:{"
                    ^
    SyntaxError: f-string: expecting '}'
    %%%
    x = f"{a:{b!}}"
    --->
      File "x.py", line 1
        x = f"{a:{b!}}"
                    ^
    SyntaxError: f-string: missing conversion character
    %%%
    x = f"{a!s!r}"
    --->
      File "x.py", line 1
        x = f"{a!s!r}"
                  ^
    SyntaxError: f-string: expecting ':' or '}'
    %%%
    x = f"{a;b}"
    --->
      File "x.py", line 1
        x = f"{a;b}"
                ^
    SyntaxError: f-string: expecting '=', or '!', or ':', or '}'
    %%%
    x = f"{a = b}"
    --->
      File "x.py", line 1
        x = f"{a = b}"
                   ^
    SyntaxError: f-string: expecting '!', or ':', or '}'
    %%%
    x = f"{a
    b}"
    --->
      File "x.py", line 1
        x = f"{a
               ^
    SyntaxError: invalid syntax. Perhaps you forgot a comma?
    %%%
    x = f"{1a}"
    --->
      File "x.py", line 1
        x = f"{1a}"
               ^
    SyntaxError: invalid decimal literal
    %%%
    x = f"{a[}"
    --->
      File "x.py", line 1
        x = f"{a[}"
                 ^
    SyntaxError: closing parenthesis '}' does not match opening parenthesis '['
    %%%
    x = f"{a)b}"
    --->
      File "x.py", line 1
        x = f"{a)b}"
                ^
    SyntaxError: f-string: unmatched ')'
    %%%
    x = f"{#}"
    --->
      File "x.py", line 1
        x = f"{#}"
              ^
    SyntaxError: '{' was never closed
    %%%
    x = f"{a #}
    "
    --->
      File "x.py", line 2
        "
        ^
    SyntaxError: f-string: expecting '}'
    %%%
    x = f'{lambda x:1}'
    --->
      File "x.py", line 1
        x = f'{lambda x:1}'
               ^^^^^^^^^
    SyntaxError: f-string: lambda expressions are not allowed without parentheses
    %%%
    x = f'{(lambda x:1)}'
    --->
    %%%
    x = f'{yield}'
    --->
      File "x.py", line 1
        x = f'{yield}'
               ^^^^^
    SyntaxError: 'yield' outside function
    %%%
    x = f'{**a}'
    --->
      File "x.py", line 1
        x = f'{**a}'
               ^^
    SyntaxError: f-string: expecting a valid expression after '{'
    %%%
    x = f'{,}'
    --->
      File "x.py", line 1
        x = f'{,}'
               ^
    SyntaxError: f-string: expecting a valid expression after '{'
    %%%
    x = f'{a,}'
    --->
    %%%
    x = f'{print x}'
    --->
      File "x.py", line 1
        x = f'{print x}'
               ^^^^^^^
    SyntaxError: Missing parentheses in call to 'print'. Did you mean print(...)?
    %%%
    x = f'{a.}'
    --->
      File "x.py", line 1
        x = f'{a.}'
                ^
    SyntaxError: f-string: expecting '=', or '!', or ':', or '}'
    %%%
    x = f'{\}'
    --->
      File "x.py", line 1
        x = f'{\}'
                ^
    SyntaxError: unexpected character after line continuation character
    %%%
    x = f'{a\n}'
    --->
      File "x.py", line 1
        x = f'{a\n}'
                 ^
    SyntaxError: unexpected character after line continuation character
    %%%
    x = f'''{
    a b
    }'''
    --->
      File "x.py", line 2
        a b
        ^^^
    SyntaxError: invalid syntax. Perhaps you forgot a comma?
    %%%
    x = f'{a:{1 2}}'
    --->
      File "x.py", line 1
        x = f'{a:{1 2}}'
                  ^^^
    SyntaxError: invalid syntax. Perhaps you forgot a comma?
    %%%
    f'{a!=}'
    --->
      File "x.py", line 1
        f'{a!=}'
            ^^
    SyntaxError: f-string: expecting '=', or '!', or ':', or '}'
    %%%
    x = {"a": 1, b 2}
    --->
      File "x.py", line 1
        x = {"a": 1, b 2}
                     ^
    SyntaxError: ':' expected after dictionary key
    %%%
    x = {1: 1, 2 3}
    --->
      File "x.py", line 1
        x = {1: 1, 2 3}
                   ^
    SyntaxError: ':' expected after dictionary key
    %%%
    x = {1: 1, 2 3: 4}
    --->
      File "x.py", line 1
        x = {1: 1, 2 3: 4}
                   ^
    SyntaxError: ':' expected after dictionary key
    %%%
    x = {"b" 2}
    --->
      File "x.py", line 1
        x = {"b" 2}
             ^^^^^
    SyntaxError: invalid syntax. Perhaps you forgot a comma?
    %%%
    x = {b 2}
    --->
      File "x.py", line 1
        x = {b 2}
             ^^^
    SyntaxError: invalid syntax. Perhaps you forgot a comma?
    %%%
    x = {1: 1, b c}
    --->
      File "x.py", line 1
        x = {1: 1, b c}
                   ^
    SyntaxError: ':' expected after dictionary key
    %%%
    x = {1: 1, b(c) d}
    --->
      File "x.py", line 1
        x = {1: 1, b(c) d}
                      ^
    SyntaxError: ':' expected after dictionary key
    %%%
    {1: 1, b c}
    --->
      File "x.py", line 1
        {1: 1, b c}
               ^
    SyntaxError: ':' expected after dictionary key
    %%%
    f({1: 1, b c})
    --->
      File "x.py", line 1
        f({1: 1, b c})
                 ^
    SyntaxError: ':' expected after dictionary key
    %%%
    x = {1: 1, "b" c: 2}
    --->
      File "x.py", line 1
        x = {1: 1, "b" c: 2}
                     ^
    SyntaxError: ':' expected after dictionary key
    %%%
    x = {1: 1, b
      c: 2}
    --->
      File "x.py", line 1
        x = {1: 1, b
                   ^
    SyntaxError: ':' expected after dictionary key
    %%%
    x = {1: 1, 2: 3 4}
    --->
      File "x.py", line 1
        x = {1: 1, 2: 3 4}
                      ^^^
    SyntaxError: invalid syntax. Perhaps you forgot a comma?
    %%%
    x = {1: 1, f(a b): 3}
    --->
      File "x.py", line 1
        x = {1: 1, f(a b): 3}
                   ^
    SyntaxError: ':' expected after dictionary key
    %%%
    class A:
        return 1
    --->
      File "x.py", line 2
        return 1
        ^^^^^^^^
    SyntaxError: 'return' outside function
    %%%
    def f():
        class B:
            return 1
    --->
      File "x.py", line 3
        return 1
        ^^^^^^^^
    SyntaxError: 'return' outside function
    %%%
    for x in y:
        def f():
            break
    --->
      File "x.py", line 3
        break
        ^^^^^
    SyntaxError: 'break' outside loop
    %%%
    for x in y:
        class A:
            continue
    --->
      File "x.py", line 3
        continue
        ^^^^^^^^
    SyntaxError: 'continue' not properly in loop
    %%%
    while x:
        pass
    else:
        break
    --->
      File "x.py", line 4
        break
        ^^^^^
    SyntaxError: 'break' outside loop
    %%%
    if x:
        continue
    --->
      File "x.py", line 2
        continue
        ^^^^^^^^
    SyntaxError: 'continue' not properly in loop
    %%%
    class A:
        yield 1
    --->
      File "x.py", line 2
        yield 1
        ^^^^^^^
    SyntaxError: 'yield' outside function
    %%%
    x = [(yield) for x in y]
    --->
      File "x.py", line 1
        x = [(yield) for x in y]
              ^^^^^
    SyntaxError: 'yield' inside list comprehension
    %%%
    def f():
        x = [(yield 1) for x in y]
    --->
      File "x.py", line 2
        x = [(yield 1) for x in y]
              ^^^^^^^
    SyntaxError: 'yield' inside list comprehension
    %%%
    def f():
        x = ((yield 1) for x in y)
    --->
      File "x.py", line 2
        x = ((yield 1) for x in y)
              ^^^^^^^
    SyntaxError: 'yield' inside generator expression
    %%%
    def f(x):
        nonlocal x
    --->
      File "x.py", line 2
        nonlocal x
        ^^^^^^^^^^
    SyntaxError: name 'x' is parameter and nonlocal
    %%%
    def f():
        x = 1
        def g():
            nonlocal x
            x = 2
        print(x)
        global x
    --->
      File "x.py", line 7
        global x
        ^^^^^^^^
    SyntaxError: name 'x' is used prior to global declaration
    %%%
    def f():
        global x
        def g():
            nonlocal x
    --->
      File "x.py", line 4
        nonlocal x
        ^^^^^^^^^^
    SyntaxError: no binding for nonlocal 'x' found
    %%%
    x = 1
    def f():
        nonlocal x
    --->
      File "x.py", line 3
        nonlocal x
        ^^^^^^^^^^
    SyntaxError: no binding for nonlocal 'x' found
    %%%
    class A:
        x = 1
        def f(self):
            nonlocal x
    --->
      File "x.py", line 4
        nonlocal x
        ^^^^^^^^^^
    SyntaxError: no binding for nonlocal 'x' found
    %%%
    def f():
        x: int
        global x
    --->
      File "x.py", line 3
        global x
        ^^^^^^^^
    SyntaxError: annotated name 'x' can't be global
    %%%
    def f():
        global x
        x: int = 1
    --->
      File "x.py", line 3
        x: int = 1
        ^^^^^^^^^^
    SyntaxError: annotated name 'x' can't be global
    %%%
    x = 1
    global x
    --->
      File "x.py", line 2
        global x
        ^^^^^^^^
    SyntaxError: name 'x' is assigned to before global declaration
    %%%
    print(x)
    global x
    --->
      File "x.py", line 2
        global x
        ^^^^^^^^
    SyntaxError: name 'x' is used prior to global declaration
    %%%
    def f():
        global x
        nonlocal x
    --->
      File "x.py", line 2
        global x
        ^^^^^^^^
    SyntaxError: name 'x' is nonlocal and global
    %%%
    [x := 1 for x in y]
    --->
      File "x.py", line 1
        [x := 1 for x in y]
         ^
    SyntaxError: assignment expression cannot rebind comprehension iteration variable 'x'
    %%%
    [y for x in (y := z)]
    --->
      File "x.py", line 1
        [y for x in (y := z)]
                     ^^^^^^
    SyntaxError: assignment expression cannot be used in a comprehension iterable expression
    %%%
    class A:
        [y := 1 for x in z]
    --->
      File "x.py", line 2
        [y := 1 for x in z]
         ^
    SyntaxError: assignment expression within a comprehension cannot be used in a class body
    %%%
    [(i := 0) for j in k for i in l]
    --->
      File "x.py", line 1
        [(i := 0) for j in k for i in l]
          ^
    SyntaxError: assignment expression cannot rebind comprehension iteration variable 'i'
    %%%
    def f(a, *, a): pass
    --->
      File "x.py", line 1
        def f(a, *, a): pass
                    ^
    SyntaxError: duplicate argument 'a' in function definition
    %%%
    lambda a, a: 1
    --->
      File "x.py", line 1
        lambda a, a: 1
                  ^
    SyntaxError: duplicate argument 'a' in function definition
    %%%
    def f(a, *a): pass
    --->
      File "x.py", line 1
        def f(a, *a): pass
                  ^
    SyntaxError: duplicate argument 'a' in function definition
    %%%
    f(a=1, b=2, a=3)
    --->
      File "x.py", line 1
        f(a=1, b=2, a=3)
                    ^^^
    SyntaxError: keyword argument repeated: a
    %%%
    class A(x=1, x=2): pass
    --->
      File "x.py", line 1
        class A(x=1, x=2): pass
                     ^^^
    SyntaxError: keyword argument repeated: x
    %%%
    f(**{}, a=1, a=2)
    --->
      File "x.py", line 1
        f(**{}, a=1, a=2)
                     ^^^
    SyntaxError: keyword argument repeated: a
    %%%
    def f(__debug__): pass
    --->
      File "x.py", line 1
        def f(__debug__): pass
              ^^^^^^^^^
    SyntaxError: cannot assign to __debug__
    %%%
    import __debug__
    --->
      File "x.py", line 1
        import __debug__
        ^^^^^^^^^^^^^^^^
    SyntaxError: cannot assign to __debug__
    %%%
    del *a
    --->
      File "x.py", line 1
        del *a
            ^^
    SyntaxError: cannot delete starred
    %%%
    del (*a,)
    --->
      File "x.py", line 1
        del (*a,)
             ^^
    SyntaxError: cannot delete starred
    %%%
    for *x in y: pass
    --->
      File "x.py", line 1
        for *x in y: pass
            ^^
    SyntaxError: starred assignment target must be in a list or tuple
    %%%
    for *x, in y: pass
    --->
    %%%
    (*a, *b) = c
    --->
      File "x.py", line 1
        (*a, *b) = c
        ^^^^^^^^
    SyntaxError: multiple starred expressions in assignment
    %%%
    [*a, [*b, *c]] = d
    --->
      File "x.py", line 1
        [*a, [*b, *c]] = d
             ^^^^^^^^
    SyntaxError: multiple starred expressions in assignment
    %%%
    return *a
    --->
      File "x.py", line 1
        return *a
        ^^^^^^^^^
    SyntaxError: 'return' outside function
    %%%
    def f():
        return *a, b
    --->
    %%%
    def f():
        return *a
    --->
      File "x.py", line 2
        return *a
               ^^
    SyntaxError: can't use starred expression here
    %%%
    f(*a)
    print(*a, *b)
    x = [*a, *b]
    x = *a,
    x[*a]
    --->
    %%%
    x is 1
    x is not "a"
    1 is x
    x is None
    x is True
    --->
    x.py:1: SyntaxWarning: "is" with 'int' literal. Did you mean "=="?
      x is 1
    x.py:2: SyntaxWarning: "is not" with 'str' literal. Did you mean "!="?
      x is not "a"
    x.py:3: SyntaxWarning: "is" with 'int' literal. Did you mean "=="?
      1 is x
    %%%
    assert (x, "msg")
    --->
    x.py:1: SyntaxWarning: assertion is always true, perhaps remove parentheses?
      assert (x, "msg")
    %%%
    (1, 2)(3)
    "a"(x)
    [1](2)
    1(2)
    None()
    --->
    x.py:1: SyntaxWarning: 'tuple' object is not callable; perhaps you missed a comma?
      (1, 2)(3)
    x.py:2: SyntaxWarning: 'str' object is not callable; perhaps you missed a comma?
      "a"(x)
    x.py:3: SyntaxWarning: 'list' object is not callable; perhaps you missed a comma?
      [1](2)
    x.py:4: SyntaxWarning: 'int' object is not callable; perhaps you missed a comma?
      1(2)
    x.py:5: SyntaxWarning: 'NoneType' object is not callable; perhaps you missed a comma?
      None()
    %%%
    1[2]
    {1}[0]
    "abc"["x"]
    [1, 2]["x"]
    (1, 2)[1.5]
    None[0]
    [1,2][1,2]
    --->
    x.py:1: SyntaxWarning: 'int' object is not subscriptable; perhaps you missed a comma?
      1[2]
    x.py:2: SyntaxWarning: 'set' object is not subscriptable; perhaps you missed a comma?
      {1}[0]
    x.py:3: SyntaxWarning: str indices must be integers or slices, not str; perhaps you missed a comma?
      "abc"["x"]
    x.py:4: SyntaxWarning: list indices must be integers or slices, not str; perhaps you missed a comma?
      [1, 2]["x"]
    x.py:5: SyntaxWarning: tuple indices must be integers or slices, not float; perhaps you missed a comma?
      (1, 2)[1.5]
    x.py:6: SyntaxWarning: 'NoneType' object is not subscriptable; perhaps you missed a comma?
      None[0]
    x.py:7: SyntaxWarning: list indices must be integers or slices, not tuple; perhaps you missed a comma?
      [1,2][1,2]
    %%%
    def f():
        try:
            pass
        finally:
            continue
    --->
      File "x.py", line 5
        continue
        ^^^^^^^^
    SyntaxError: 'continue' not properly in loop
    %%%
    async def f():
        [x async for x in y]
        await x
        async with a: pass
    --->
    %%%
    def f():
        [x async for x in y]
    --->
      File "x.py", line 2
        [x async for x in y]
        ^^^^^^^^^^^^^^^^^^^^
    SyntaxError: asynchronous comprehension outside of an asynchronous function
    %%%
    def f():
        async with a: pass
    --->
      File "x.py", line 2
        async with a: pass
        ^^^^^^^^^^^^^^^^^^
    SyntaxError: 'async with' outside async function
    %%%
    def f():
        return 1
    return 2
    break
    --->
      File "x.py", line 3
        return 2
        ^^^^^^^^
    SyntaxError: 'return' outside function
    %%%
    break
    def f(a, a): pass
    --->
      File "x.py", line 2
        def f(a, a): pass
                 ^
    SyntaxError: duplicate argument 'a' in function definition
    %%%
    def f():
        nonlocal x
    def g(a, a): pass
    --->
      File "x.py", line 3
        def g(a, a): pass
                 ^
    SyntaxError: duplicate argument 'a' in function definition
    %%%
    def f():
        def g():
            nonlocal zz
        return
    return
    --->
      File "x.py", line 3
        nonlocal zz
        ^^^^^^^^^^^
    SyntaxError: no binding for nonlocal 'zz' found
    %%%
    try:
        pass
    except:
        pass
    except:
        pass
    --->
      File "x.py", line 3
        except:
        ^^^^^^^
    SyntaxError: default 'except:' must be last
    %%%
    x = 1
    class A:
        global x
        x = 2
    --->
    %%%
    class A:
        x = 1
        global x
    --->
      File "x.py", line 3
        global x
        ^^^^^^^^
    SyntaxError: name 'x' is assigned to before global declaration
    %%%
    lambda: (await x)
    --->
      File "x.py", line 1
        lambda: (await x)
                 ^^^^^^^
    SyntaxError: 'await' outside async function
    %%%
    a.__debug__ = 1
    --->
      File "x.py", line 1
        a.__debug__ = 1
        ^^^^^^^^^^^
    SyntaxError: cannot assign to __debug__
    %%%
    x = f(a for a in b)(c for c in d)
    del a, b.c, d[0], (e, f), [g]
    --->
    %%%
    def f(x=(yield)): pass
    --->
      File "x.py", line 1
        def f(x=(yield)): pass
                 ^^^^^
    SyntaxError: 'yield' outside function
    %%%
    with a as *b: pass
    --->
      File "x.py", line 1
        with a as *b: pass
                  ^^
    SyntaxError: starred assignment target must be in a list or tuple
    %%%
    with a as (*b, c): pass
    --->
    %%%
    def f():
        for x in y:
            yield x
            yield
            z = yield
            yield from q
    --->
    %%%
    global x
    x = 1
    def f():
        global x, y
        x = y = 1
    --->
    %%%
    print(f"{x!r:>{width}}" "a" f'{y}' rb'''x''' if 0 else 1)
    --->
      File "x.py", line 1
        print(f"{x!r:>{width}}" "a" f'{y}' rb'''x''' if 0 else 1)
                                                     ^^
    SyntaxError: cannot mix bytes and nonbytes literals
    %%%
    def f():
        import a
        global a
    --->
    %%%
    def f():
        def a(): pass
        global a
    --->
      File "x.py", line 3
        global a
        ^^^^^^^^
    SyntaxError: name 'a' is assigned to before global declaration
    %%%
    def f():
        for a in b: pass
        global a
    --->
      File "x.py", line 3
        global a
        ^^^^^^^^
    SyntaxError: name 'a' is assigned to before global declaration
    %%%
    def f():
        with b as a: pass
        nonlocal a
    --->
      File "x.py", line 3
        nonlocal a
        ^^^^^^^^^^
    SyntaxError: name 'a' is assigned to before nonlocal declaration
    %%%
    def f():
        a += 1
        global a
    --->
      File "x.py", line 3
        global a
        ^^^^^^^^
    SyntaxError: name 'a' is assigned to before global declaration
    %%%
    def f():
        del a
        global a
    --->
      File "x.py", line 3
        global a
        ^^^^^^^^
    SyntaxError: name 'a' is assigned to before global declaration
    %%%
    def f():
        [a for a in b]
        global a
    --->

    """#
