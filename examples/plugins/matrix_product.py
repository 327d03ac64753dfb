# Opaque objects of a plugin written in Swift: scripts hold matrices, and only the plugin looks into them.
import matrix
import threading

a = matrix.from_rows([[1, 2], [3, 4]])
b = matrix.from_rows([[0.5, 0], [0, 2]])
print(matrix.rows(matrix.multiply(a, b)))  # expect: [[0.5, 4.0], [1.5, 8.0]]
print(matrix.size(a), type(a).__name__)  # expect: 2 Matrix

results = [None] * 4


def multiply(index):
    left = matrix.filled(100, 1.0)
    right = matrix.filled(100, index)
    product = matrix.multiply if index % 2 == 0 else matrix.multiply_locked
    results[index] = matrix.rows(product(left, right))[99][99]


threads = [threading.Thread(target=multiply, args=(index,)) for index in range(4)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
print(results)  # expect: [0.0, 100.0, 200.0, 300.0]

try:
    matrix.multiply(a, matrix.filled(3, 1))
except ValueError as error:
    print(error)  # expect: the matrices differ in size
try:
    matrix.rows([1])
except TypeError as error:
    print(error)  # expect: expected Matrix, got list
