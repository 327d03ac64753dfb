# The math module: integers stay exact, domain errors have CPython's words.
import math
print(math.pi, math.e, math.tau, math.inf, math.nan)
print(math.sqrt(16), math.sqrt(2), math.isqrt(17), math.isqrt(10 ** 40), math.isqrt(0))
print(math.floor(2.7), math.ceil(2.1), math.floor(-2.7), math.ceil(-2.1), math.trunc(-2.7), math.floor(10 ** 30), math.floor(1e20))
print(math.gcd(12, 18), math.gcd(0, 5), math.gcd(-12, 18), math.gcd(), math.gcd(12, 18, 27), math.lcm(4, 6), math.lcm(0, 3), math.gcd(10 ** 30, 10 ** 20 * 3))
print(math.factorial(0), math.factorial(5), math.factorial(25))
print(math.fabs(-3), math.fmod(-7, 3), math.fmod(7, -3), -7 % 3, math.copysign(3, -0.0), math.copysign(-3, 1))
print(math.isnan(math.nan), math.isinf(-math.inf), math.isfinite(1e308), math.isclose(0.1 + 0.2, 0.3), math.isnan(1))
print(math.pow(2, 10), math.exp(0), math.log(1), math.log(8, 2), math.log2(8), math.log10(1000), math.log2(2 ** 200))
print(math.sin(0), math.cos(0), math.tan(0), math.atan2(0, -1), math.degrees(math.pi), math.radians(180) == math.pi)
print(math.hypot(3, 4), math.modf(2.5), math.modf(-2.5), math.frexp(8.0), math.ldexp(0.5, 4))
print(math.fsum([0.1] * 10), math.prod([1, 2, 3, 4]), math.prod([], start=5), math.comb(5, 2), math.perm(5, 2), math.dist((0, 0), (3, 4)))
for name, f in (("sqrt", lambda: math.factorial(-1)), ("isqrt", lambda: math.isqrt(-1)),
                ("gcd", lambda: math.gcd(1.5, 2)), ("floor", lambda: math.floor("a")), ("floor inf", lambda: math.floor(math.inf)),
                ("ceil nan", lambda: math.ceil(math.nan)), ("exp", lambda: math.exp(1000)), ("pow", lambda: math.pow(10, 400)),
                ("sqrt str", lambda: math.sqrt("4")), ("args", lambda: math.sqrt()), ("args2", lambda: math.sqrt(1, 2)),
                ("missing", lambda: math.nothing)):
    try:
        print(name, f())
    except Exception as e:
        print(name, type(e).__name__, e)
