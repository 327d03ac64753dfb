# f-strings: expressions, conversions, nested specs, =, quoting.
x, y, name = 5, 3.14159, "world"
print(f"hello {name}", f"{x}{y}", f"{x + 1} {x * y:.3f}", f"{{}} {{{x}}} {{x}}", f"", f"{'a'}", F"{x}", f'{name!r} {name!s} {name!a}')
print(f"{x:5}|{x:<5}|{x:^5}|{x:05}|{y:10.2f}|{y:<10.2f}|{name:>10}|{name:*^11}|{name:.3}|{x:+}|{x:#x}|{1234567:,}")
width, precision = 10, 3
print(f"{y:{width}.{precision}}|{name:{'*'}^{width}}|{x:{width}d}|{y:{width}.{precision - 1}f}|{x:{'>'}{width}}")
print(f"{x=} {y=:.2f} {name=} {x + 1=} {x = } {name=!s} {x=:>4} {name = !r:>9}", f"{x==5} {x!=5} {x>=5} {x<=4}")
print(f"{[1, 2, 3]} {[i * i for i in range(4)]} {(1, 2)} { {'a': 1} } { {1, 2} } {(lambda v: v * 2)(4)} {x if x > 3 else y}")
print(f"{'a' 'b'} {len('abc')} {name.upper()} {name[0]} {name[1:3]} {name[::-1]} {max(1, 2)} {not x} {-x} {x and y} {x or y}")
print(f"a" "b" f"{x}" 'c', "plain {x} " f"{x}", f"line1 {x}\nline2\t{y}", fr"raw\n{x}\d", rf"{x}\t", f"\x41\u00e9{x}")
print(f"""triple {
x} and {
    x + 1
}""", f'''{name
!r}''')
d = {"k": "v", 1: [10, 20]}
print(f"{d['k']} {d[1][0]} {d.get('z', 'default')} {d}", f"{x}in")
print(f"{None} {True} {1.0} {1e20} {0.1 + 0.2} {10 ** 30} {'':5}| {3:<3}|{'é':>3}|{True:5}|{True}")
print(f"{x:{y:.0f}}|", f"{'x':{'<'}{'5'}}|", f"{y!r:>10.4}", f"{'abc'!r:.2}", f"{x,}", f"{x, y}", f"{*[1, 2], 3}")
for f in (lambda: f"{x:q}", lambda: f"{name:d}", lambda: f"{undefined_name}", lambda: f"{[]:5}", lambda: f"{None:>5}", lambda: f"{x:.2}", lambda: f"{1 / 0}", lambda: f"{y:d}"):
    try:
        print(f())
    except Exception as e:
        print(type(e).__name__, e)
def shout(s):
    return s.upper() + "!"
print(f"{shout('hey')} {shout(name):>10} {shout(shout('a'))}")
print(f"{'yes' if x else 'no'} {x:>{width - 5}} {'{'} {'}'} {'{}'} {{{'a'}}}")
