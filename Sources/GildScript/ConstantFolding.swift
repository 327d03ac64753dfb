// Which expressions are constant, and their values.
//
// Children precede their parents in the syntax tree's arena, so one loop over the nodes computes every constant bottom
// up, whatever the depth of the tree. What folds, and the limits on the size of results, are those of CPython's
// ast_opt.c (3.13): operations that raise, and results that would bloat the code object, are left for run time.

import BigInt

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// A value known at compile time.
enum FoldedConstant: Sendable, Hashable {
    case noneValue
    case bool(Bool)
    case ellipsis
    case integer(BigInt)
    case float(Double)
    /// Code points.
    case string([UInt32])
    case bytes([UInt8])
    case tuple([FoldedConstant])
    case frozenSet([FoldedConstant])

    /// Truth as `bool()` gives it.
    var isTrue: Bool {
        switch self {
        case .noneValue: false
        case .bool(let flag): flag
        case .ellipsis: true
        case .integer(let number): number != 0
        case .float(let number): number != 0
        case .string(let points): !points.isEmpty
        case .bytes(let bytes): !bytes.isEmpty
        case .tuple(let items), .frozenSet(let items): !items.isEmpty
        }
    }

    /// The integer value of an int or bool.
    fileprivate var asInteger: BigInt? {
        switch self {
        case .integer(let number): number
        case .bool(let flag): flag ? 1 : 0
        default: nil
        }
    }

    /// The float value of a float, or of an int or bool that a double holds exactly.
    fileprivate var asFloat: Double? {
        if case .float(let number) = self { return number }
        guard let integer = asInteger, let small = Int(exactly: integer), small.magnitude <= 1 << 53 else { return nil }
        return Double(small)
    }
}

/// The constants of a tree by node.
struct FoldedConstants: Sendable {
    private var values: [FoldedConstant?]

    init(_ tree: SyntaxTree) {
        values = [FoldedConstant?](repeating: nil, count: tree.nodes.count)
        for index in tree.nodes.indices {
            guard case .expression(let expression) = tree.nodes[index].content else { continue }
            values[index] = value(of: expression)
        }
    }

    /// The value of expression `id`, or nil when it is not constant.
    subscript(_ id: NodeID) -> FoldedConstant? { values[Int(id.rawValue)] }

    private mutating func value(of expression: Expression) -> FoldedConstant? {
        switch expression {
        case .constant(let constant, _): return literal(constant)
        case .name("__debug__"): return .bool(true)
        case .unary(let op, let operand):
            guard let value = self[operand] else { return nil }
            return foldUnary(op, value)
        case .binary(let left, let op, let right):
            guard let first = self[left], let second = self[right], let result = foldBinary(op, first, second) else {
                return nil
            }
            // The operands of a folded operation are not needed again, and a long chain of strings would keep them all.
            if case .string = result {
                values[Int(left.rawValue)] = nil
                values[Int(right.rawValue)] = nil
            }
            return result
        case .tuple(let items):
            if items.count > maximumDisplay { return nil }
            var folded: [FoldedConstant] = []
            for item in items {
                guard let value = self[item] else { return nil }
                folded.append(value)
            }
            return .tuple(folded)
        case .subscripted(let value, let index):
            guard let container = self[value], let index = self[index]?.asInteger else { return nil }
            return item(of: container, at: index)
        default: return nil
        }
    }

    /// The value of a literal; nil for those that gild refuses.
    private func literal(_ constant: Constant) -> FoldedConstant? {
        switch constant {
        case .noneValue: .noneValue
        case .bool(let flag): .bool(flag)
        case .ellipsis: .ellipsis
        case .integer(let number): .integer(number)
        case .float(let number): .float(number)
        case .string(let literal): .string(literal.points)
        case .bytes(let bytes): .bytes(bytes)
        case .imaginary: nil
        }
    }

    private func item(of container: FoldedConstant, at index: BigInt) -> FoldedConstant? {
        guard let index = Int(exactly: index) else { return nil }
        func place(_ count: Int) -> Int? {
            let place = index < 0 ? index + count : index
            return place >= 0 && place < count ? place : nil
        }
        switch container {
        case .string(let points): return place(points.count).map { .string([points[$0]]) }
        case .bytes(let bytes): return place(bytes.count).map { .integer(BigInt(bytes[$0])) }
        case .tuple(let items): return place(items.count).map { items[$0] }
        default: return nil
        }
    }

    private func foldUnary(_ op: UnaryOperator, _ value: FoldedConstant) -> FoldedConstant? {
        switch (op, value) {
        case (.not, _): return .bool(!value.isTrue)
        case (.negate, .float(let number)): return .float(-number)
        case (.positive, .float): return value
        case (.invert, .bool): return nil
        case (.negate, _): return value.asInteger.map { .integer(-$0) }
        case (.positive, _): return value.asInteger.map { .integer($0) }
        case (.invert, _): return value.asInteger.map { .integer(-$0 - 1) }
        }
    }
}

extension StringLiteral {
    /// The code points.
    var points: [UInt32] {
        switch self {
        case .text(let text): text.unicodeScalars.map(\.value)
        case .codePoints(let points): points
        }
    }
}

/// Longer displays are filled item by item, or their items would use up the numbers of the constants.
let maximumDisplay = 4096
private let maximumIntegerBits = 128
private let maximumCollectionSize = 256
private let maximumStringSize = 4096
private let maximumTotalItems = 1024

private func bits(_ number: BigInt) -> Int { number.magnitude.bitWidth }

private func foldBinary(_ op: BinaryOperator, _ left: FoldedConstant, _ right: FoldedConstant) -> FoldedConstant? {
    switch (op, left, right) {
    case (.add, .string(let first), .string(let second)): return .string(first + second)
    case (.add, .tuple(let first), .tuple(let second)): return .tuple(first + second)
    case (.multiply, .string, _), (.multiply, .tuple, _): return foldRepeat(left, right)
    case (.multiply, _, .string), (.multiply, _, .tuple): return foldRepeat(right, left)
    default: break
    }
    if case .bool(let first) = left, case .bool(let second) = right {
        switch op {
        case .bitAnd: return .bool(first && second)
        case .bitOr: return .bool(first || second)
        case .bitXor: return .bool(first != second)
        default: break
        }
    }
    if let first = left.asInteger, let second = right.asInteger { return foldIntegers(op, first, second) }
    if let first = left.asFloat, let second = right.asFloat { return foldFloats(op, first, second) }
    return nil
}

private func foldRepeat(_ sequence: FoldedConstant, _ count: FoldedConstant) -> FoldedConstant? {
    guard let count = count.asInteger.flatMap({ Int(exactly: $0) }), count >= 0 else { return nil }
    switch sequence {
    case .string(let points):
        guard points.isEmpty || count <= maximumStringSize / points.count else { return nil }
        return .string(Array([[UInt32]](repeating: points, count: count).joined()))
    case .tuple(let items):
        guard items.isEmpty || count <= maximumCollectionSize / items.count else { return nil }
        guard count == 0 || totalItems(sequence) <= maximumTotalItems / count else { return nil }
        return .tuple(Array([[FoldedConstant]](repeating: items, count: items.isEmpty ? 0 : count).joined()))
    default: return nil
    }
}

private func totalItems(_ value: FoldedConstant) -> Int {
    switch value {
    case .tuple(let items), .frozenSet(let items): items.reduce(items.count) { $0 + totalItems($1) }
    default: 0
    }
}

private func foldIntegers(_ op: BinaryOperator, _ left: BigInt, _ right: BigInt) -> FoldedConstant? {
    switch op {
    case .add: return .integer(left + right)
    case .subtract: return .integer(left - right)
    case .multiply:
        if left != 0 && right != 0 && bits(left) + bits(right) > maximumIntegerBits { return nil }
        return .integer(left * right)
    case .divide:
        guard right != 0, let first = FoldedConstant.integer(left).asFloat, let second = FoldedConstant.integer(right).asFloat
        else { return nil }
        return .float(first / second)
    case .floorDivide: return right == 0 ? nil : .integer(floorDivide(left, right).quotient)
    case .modulo: return right == 0 ? nil : .integer(floorDivide(left, right).remainder)
    case .power:
        guard right >= 0 else {
            guard let first = FoldedConstant.integer(left).asFloat, let second = FoldedConstant.integer(right).asFloat else { return nil }
            return foldFloats(.power, first, second)
        }
        guard let exponent = Int(exactly: right) else { return nil }
        if left != 0 && exponent > 0 && (exponent > maximumIntegerBits || bits(left) > maximumIntegerBits / exponent) { return nil }
        return .integer(left.power(exponent))
    case .leftShift:
        guard right >= 0 else { return nil }
        if left == 0 { return .integer(0) }
        guard let shift = Int(exactly: right), shift <= maximumIntegerBits, bits(left) + shift <= maximumIntegerBits else { return nil }
        return .integer(left << shift)
    case .rightShift:
        guard right >= 0 else { return nil }
        guard let shift = Int(exactly: right) else { return .integer(left < 0 ? -1 : 0) }
        return .integer(floorDivide(left, shift > 1 << 16 ? left.magnitudePowerAbove : BigInt(1) << shift).quotient)
    case .bitAnd: return .integer(left & right)
    case .bitOr: return .integer(left | right)
    case .bitXor: return .integer(left ^ right)
    case .matrixMultiply: return nil
    }
}

extension BigInt {
    /// A power of two above the magnitude: shifting right by more bits than there are gives 0 or -1 all the same.
    fileprivate var magnitudePowerAbove: BigInt { BigInt(1) << (bits(self) + 1) }
}

/// Quotient rounded towards minus infinity, remainder with the divisor's sign.
private func floorDivide(_ left: BigInt, _ right: BigInt) -> (quotient: BigInt, remainder: BigInt) {
    let (quotient, remainder) = left.quotientAndRemainder(dividingBy: right)
    if remainder != 0 && (remainder < 0) != (right < 0) { return (quotient - 1, remainder + right) }
    return (quotient, remainder)
}

private func foldFloats(_ op: BinaryOperator, _ left: Double, _ right: Double) -> FoldedConstant? {
    switch op {
    case .add: return .float(left + right)
    case .subtract: return .float(left - right)
    case .multiply: return .float(left * right)
    case .divide: return right == 0 ? nil : .float(left / right)
    case .power:
        if left == 0 && right < 0 { return nil }
        if left < 0 && left.isFinite && right.isFinite && right != right.rounded() { return nil }
        let result = pow(left, right)
        if result.isInfinite && left.isFinite && right.isFinite { return nil }
        return .float(result)
    default: return nil  // `//` and `%` of floats: the runtime has the one implementation
    }
}
