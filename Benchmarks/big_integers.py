# Integers beyond a machine word: digits of pi, modular powers.
import sys


def digits_of_pi(count):
    scale = 10 ** (count + 10)

    def inverse_tangent(n):
        term = scale // n
        total, k, sign = term, 3, -1
        square = n * n
        while term:
            term //= square
            total += sign * (term // k)
            sign = -sign
            k += 2
        return total

    return (4 * (4 * inverse_tangent(5) - inverse_tangent(239))) // 10 ** 10


N = int(sys.argv[1]) if len(sys.argv) > 1 else 16000
pi = digits_of_pi(N)
power = 1
for i in range(2000):
    power = power * 3 + i
mersenne = 2 ** 521 - 1
modular = 0
for i in range(2, 100):
    modular ^= pow(i, mersenne // i, mersenne)
print("big_integers", pi % 10 ** 20, power % 10 ** 20, modular % 10 ** 20)
