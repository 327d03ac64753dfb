# Nested lists of integers: the triple loop.
import sys


def multiply(a, b, n):
    result = []
    for i in range(n):
        row = [0] * n
        a_row = a[i]
        for j in range(n):
            total = 0
            for k in range(n):
                total += a_row[k] * b[k][j]
            row[j] = total
        result.append(row)
    return result


N = int(sys.argv[1]) if len(sys.argv) > 1 else 220
a = [[(i * j + 1) % 10 for j in range(N)] for i in range(N)]
b = [[(i + 2 * j) % 7 for j in range(N)] for i in range(N)]
c = multiply(a, b, N)
print("matrix_multiply", sum([sum(row) for row in c]), c[N // 2][N // 3])
