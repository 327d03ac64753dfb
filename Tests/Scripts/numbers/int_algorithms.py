# Integer algorithms that cross the boundary between small and big integers many times.
def fibonacci(n):
    a, b = 0, 1
    for _ in range(n):
        a, b = b, a + b
    return a

def gcd(a, b):
    while b:
        a, b = b, a % b
    return a

def is_prime(n):
    if n < 2:
        return False
    for p in (2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37):
        if n % p == 0:
            return n == p
    d, s = n - 1, 0
    while d % 2 == 0:
        d //= 2
        s += 1
    for a in (2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37):
        x = pow(a, d, n)
        if x == 1 or x == n - 1:
            continue
        for _ in range(s - 1):
            x = x * x % n
            if x == n - 1:
                break
        else:
            return False
    return True

def integer_root(n):
    x = 1 << ((n.bit_length() + 1) // 2)
    while True:
        y = (x + n // x) // 2
        if y >= x:
            return x
        x = y

for n in (10, 85, 86, 89, 90, 91, 92, 93, 94, 150, 300):
    print(n, fibonacci(n))
print(gcd(fibonacci(120), fibonacci(80)), fibonacci(40))
print([n for n in range(2 ** 61 - 60, 2 ** 61 + 60) if is_prime(n)])
print(is_prime(2 ** 127 - 1), is_prime(2 ** 128 + 1), is_prime(2 ** 89 - 1))  # expect: True False True
print(integer_root(2 * 10 ** 60))
digits = 0
n = 3 ** 500
while n:
    n, r = divmod(n, 10)
    digits = digits * 31 + r
print(digits)
x = 12345
for _ in range(60):
    x = (x * 6364136223846793005 + 1442695040888963407) & 0xffffffffffffffff
print(x)
def pi_digits(count):
    scale = 10 ** (count + 10)
    def arctan_inverse(n):
        term = scale // n
        total, k, sign = term, 3, -1
        while term:
            term //= n * n
            total += sign * (term // k)
            sign, k = -sign, k + 2
        return total
    return (4 * (4 * arctan_inverse(5) - arctan_inverse(239))) // 10 ** 10
print(pi_digits(100))
