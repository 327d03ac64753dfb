// matrix: square matrices of floats as opaque objects.
//
//     import matrix
//     a = matrix.filled(n, value)         every element is `value`
//     a = matrix.from_rows([[1, 2], [3, 4]])
//     c = matrix.multiply(a, b)           gives the lock up while it multiplies
//     c = matrix.multiply_locked(a, b)    keeps it, with a checkpoint after every row
//     matrix.rows(c)                      a list of lists of floats
//     matrix.size(c)
//
// A matrix never changes once scripts can see it, so multiplication reads its operands without the lock: the call's handles
// keep the objects alive, and nobody writes to them.

import CGildPlugin

/// The elements, row by row. Owned by the opaque object.
private final class Matrix {
    let size: Int
    var elements: [Double]

    init(size: Int, elements: [Double]) {
        self.size = size
        self.elements = elements
    }

    /// Rows `range` of the product.
    static func multiply(_ a: Matrix, _ b: Matrix, rows range: Range<Int>, into c: Matrix) {
        let n = a.size
        a.elements.withUnsafeBufferPointer { a in
            b.elements.withUnsafeBufferPointer { b in
                c.elements.withUnsafeMutableBufferPointer { c in
                    for i in range {
                        for k in 0..<n {
                            let factor = a[i * n + k]
                            for j in 0..<n { c[i * n + j] += factor * b[k * n + j] }
                        }
                    }
                }
            }
        }
    }
}

private let matrixType = OpaqueType<Matrix>("Matrix") { data in if let data { Unmanaged<Matrix>.fromOpaque(data).release() } }

private let greatestSize = 4096

private func filled(_ context: Context, _ arguments: Arguments) throws(Failure) -> gild_handle {
    var size: Int64 = 0
    var value = 0.0
    try check(gild_int_get(context, arguments[0], &size))
    try check(gild_float_get(context, arguments[1], &value))
    if size < 1 || size > greatestSize { try check(gild_raise(context, GILD_VALUE_ERROR, "a matrix has 1 to 4096 rows")) }
    return try matrixType.give(context, Matrix(size: Int(size), elements: Array(repeating: value, count: Int(size * size))))
}

private func fromRows(_ context: Context, _ arguments: Arguments) throws(Failure) -> gild_handle {
    var size = 0
    try check(gild_length(context, arguments[0], &size))
    if size < 1 || size > greatestSize { try check(gild_raise(context, GILD_VALUE_ERROR, "a matrix has 1 to 4096 rows")) }
    var elements: [Double] = []
    elements.reserveCapacity(size * size)
    for i in 0..<size {
        var row = gild_handle(bits: 0)
        try check(gild_list_get(context, arguments[0], i, &row))
        defer { _ = gild_close(context, row) }
        var width = 0
        try check(gild_length(context, row, &width))
        if width != size { try check(gild_raise(context, GILD_VALUE_ERROR, "a matrix has as many columns as rows")) }
        for j in 0..<size {
            var item = gild_handle(bits: 0)
            try check(gild_list_get(context, row, j, &item))
            defer { _ = gild_close(context, item) }
            var value = 0.0
            try check(gild_float_get(context, item, &value))
            elements.append(value)
        }
    }
    return try matrixType.give(context, Matrix(size: size, elements: elements))
}

private func operands(_ context: Context, _ arguments: Arguments) throws(Failure) -> (Matrix, Matrix, Matrix) {
    let a = try matrixType.get(context, arguments[0])
    let b = try matrixType.get(context, arguments[1])
    if a.size != b.size { try check(gild_raise(context, GILD_VALUE_ERROR, "the matrices differ in size")) }
    return (a, b, Matrix(size: a.size, elements: Array(repeating: 0, count: a.size * a.size)))
}

private func multiply(_ context: Context, _ arguments: Arguments) throws(Failure) -> gild_handle {
    let (a, b, c) = try operands(context, arguments)
    try check(gild_leave(context))
    Matrix.multiply(a, b, rows: 0..<a.size, into: c)
    try check(gild_enter(context))
    return try matrixType.give(context, c)
}

private func multiplyLocked(_ context: Context, _ arguments: Arguments) throws(Failure) -> gild_handle {
    let (a, b, c) = try operands(context, arguments)
    for row in 0..<a.size {
        Matrix.multiply(a, b, rows: row..<(row + 1), into: c)
        try check(gild_checkpoint(context))
    }
    return try matrixType.give(context, c)
}

private func size(_ context: Context, _ arguments: Arguments) throws(Failure) -> gild_handle {
    var result = gild_handle(bits: 0)
    try check(gild_int_new(context, Int64(try matrixType.get(context, arguments[0]).size), &result))
    return result
}

private func rows(_ context: Context, _ arguments: Arguments) throws(Failure) -> gild_handle {
    let matrix = try matrixType.get(context, arguments[0])
    var result = gild_handle(bits: 0)
    try check(gild_list_new(context, &result))
    do throws(Failure) {
        for i in 0..<matrix.size {
            var row = gild_handle(bits: 0)
            try check(gild_list_new(context, &row))
            defer { _ = gild_close(context, row) }
            for j in 0..<matrix.size {
                var item = gild_handle(bits: 0)
                try check(gild_float_new(context, matrix.elements[i * matrix.size + j], &item))
                defer { _ = gild_close(context, item) }
                try check(gild_list_append(context, row, item))
            }
            try check(gild_list_append(context, result, row))
        }
    } catch {
        _ = gild_close(context, result)
        throw error
    }
    return result
}

// MARK: - Registration

private let functions = [
    Function(name: "filled", documentation: "filled(n, value): an n×n matrix of one value.", count: 2) { context, _, a, _, r in run(filled, context, a, r) },
    Function(name: "from_rows", documentation: "from_rows(rows): a matrix from a list of lists.", count: 1) { context, _, a, _, r in run(fromRows, context, a, r) },
    Function(name: "multiply", documentation: "multiply(a, b): the product, without the lock.", count: 2) { context, _, a, _, r in run(multiply, context, a, r) },
    Function(name: "multiply_locked", documentation: "multiply_locked(a, b): the product, with the lock.", count: 2) { context, _, a, _, r in
        run(multiplyLocked, context, a, r)
    },
    Function(name: "rows", documentation: "rows(a): the elements as a list of lists.", count: 1) { context, _, a, _, r in run(rows, context, a, r) },
    Function(name: "size", documentation: "size(a): the number of rows.", count: 1) { context, _, a, _, r in run(size, context, a, r) },
]

@_cdecl("gild_plugin_init")
public func initialize(_ host: UnsafePointer<gild_host>, _ plugin: OpaquePointer) -> gild_status {
    var status = gild_describe(host, plugin, text("matrix"), text("1.0.0"))
    if status < GILD_OK { return status }
    for function in functions {
        status = function.register(host, plugin)
        if status < GILD_OK { return status }
    }
    return GILD_OK
}
