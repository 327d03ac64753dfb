// Arithmetic on immediates, inlined into the run loop.
//
// Every function answers `undefined` when the operands are not two small integers or two immediate floats, when the
// result does not fit, or when the operation would raise: the caller then takes the general path. An integer is tagged
// as 2n+1, so that sums and differences work on the words themselves.

import CGild

enum FastArithmetic {
    @inline(__always) static func bothInts(_ x: Value, _ y: Value) -> Bool { x.bits & y.bits & 1 != 0 }
    @inline(__always) static func bothFloats(_ x: Value, _ y: Value) -> Bool { x.isImmediateFloat && y.isImmediateFloat }
    @inline(__always) static func float(_ value: Double) -> Value { Value(immediate: value) ?? .undefined }
    @inline(__always) static func signed(_ x: Value) -> Int64 { Int64(bitPattern: x.bits) }

    @inline(__always) static func add(_ x: Value, _ y: Value) -> Value {
        if bothInts(x, y) {
            let (sum, overflow) = signed(x).addingReportingOverflow(signed(y) &- 1)
            return overflow ? .undefined : Value(bits: UInt64(bitPattern: sum))
        }
        return bothFloats(x, y) ? float(x.immediateFloat + y.immediateFloat) : .undefined
    }

    @inline(__always) static func sub(_ x: Value, _ y: Value) -> Value {
        if bothInts(x, y) {
            let (difference, overflow) = signed(x).subtractingReportingOverflow(signed(y) &- 1)
            return overflow ? .undefined : Value(bits: UInt64(bitPattern: difference))
        }
        return bothFloats(x, y) ? float(x.immediateFloat - y.immediateFloat) : .undefined
    }

    @inline(__always) static func mul(_ x: Value, _ y: Value) -> Value {
        if bothInts(x, y) {
            let (product, overflow) = (signed(x) &- 1).multipliedReportingOverflow(by: signed(y) >> 1)
            return overflow ? .undefined : Value(bits: UInt64(bitPattern: product) | 1)
        }
        return bothFloats(x, y) ? float(x.immediateFloat * y.immediateFloat) : .undefined
    }

    @inline(__always) static func trueDiv(_ x: Value, _ y: Value) -> Value {
        if bothFloats(x, y) {
            let divisor = y.immediateFloat
            return divisor == 0 ? .undefined : float(x.immediateFloat / divisor)
        }
        if bothInts(x, y) {
            let a = signed(x) >> 1
            let b = signed(y) >> 1
            // Both exact as doubles: the quotient is correctly rounded.
            let limit: Int64 = 1 << 53
            if b == 0 || a > limit || a < -limit || b > limit || b < -limit { return .undefined }
            return float(Double(a) / Double(b))
        }
        return .undefined
    }

    @inline(__always) static func floorDiv(_ x: Value, _ y: Value) -> Value {
        if bothInts(x, y) {
            let a = signed(x) >> 1
            let b = signed(y) >> 1
            if b == 0 || b == -1 { return .undefined }
            // 32-bit division is three times faster on most machines.
            if (a | b) >> 32 == 0 { return Value(smallInt: Int(UInt32(truncatingIfNeeded: a) / UInt32(truncatingIfNeeded: b))) }
            var quotient = a / b
            if a % b != 0 && (a ^ b) < 0 { quotient &-= 1 }
            return Value(smallInt: Int(quotient))
        }
        return .undefined
    }

    @inline(__always) static func mod(_ x: Value, _ y: Value) -> Value {
        if bothInts(x, y) {
            let a = signed(x) >> 1
            let b = signed(y) >> 1
            if b == 0 || b == -1 { return .undefined }
            if (a | b) >> 32 == 0 { return Value(smallInt: Int(UInt32(truncatingIfNeeded: a) % UInt32(truncatingIfNeeded: b))) }
            var remainder = a % b
            if remainder != 0 && (remainder ^ b) < 0 { remainder &+= b }
            return Value(smallInt: Int(remainder))
        }
        return .undefined
    }

    @inline(__always) static func lshift(_ x: Value, _ y: Value) -> Value {
        guard bothInts(x, y) else { return .undefined }
        let count = signed(y) >> 1
        if count < 0 || count > 61 { return .undefined }
        let value = signed(x) &- 1
        let shifted = value << count
        return shifted >> count == value ? Value(bits: UInt64(bitPattern: shifted) | 1) : .undefined
    }

    @inline(__always) static func rshift(_ x: Value, _ y: Value) -> Value {
        guard bothInts(x, y) else { return .undefined }
        let count = signed(y) >> 1
        if count < 0 { return .undefined }
        return Value(bits: UInt64(bitPattern: signed(x) >> min(count, 63)) | 1)
    }

    @inline(__always) static func and(_ x: Value, _ y: Value) -> Value {
        bothInts(x, y) ? Value(bits: x.bits & y.bits) : .undefined
    }

    @inline(__always) static func or(_ x: Value, _ y: Value) -> Value {
        bothInts(x, y) ? Value(bits: x.bits | y.bits) : .undefined
    }

    @inline(__always) static func xor(_ x: Value, _ y: Value) -> Value {
        bothInts(x, y) ? Value(bits: (x.bits ^ y.bits) | 1) : .undefined
    }

    /// -1: not decided here; else 0 or 1.
    @inline(__always) static func compare(_ op: CompareOperator, _ x: Value, _ y: Value) -> Int32 {
        if bothInts(x, y) {
            let a = signed(x)
            let b = signed(y)
            switch op {
            case .lt: return a < b ? 1 : 0
            case .le: return a <= b ? 1 : 0
            case .eq: return a == b ? 1 : 0
            case .ne: return a != b ? 1 : 0
            case .gt: return a > b ? 1 : 0
            case .ge: return a >= b ? 1 : 0
            }
        }
        if bothFloats(x, y) {
            let a = x.immediateFloat
            let b = y.immediateFloat
            switch op {
            case .lt: return a < b ? 1 : 0
            case .le: return a <= b ? 1 : 0
            case .eq: return a == b ? 1 : 0
            case .ne: return a != b ? 1 : 0
            case .gt: return a > b ? 1 : 0
            case .ge: return a >= b ? 1 : 0
            }
        }
        return -1
    }
}

enum CompareOperator: Int {
    case lt, le, eq, ne, gt, ge

    var symbol: String { ["<", "<=", "==", "!=", ">", ">="][rawValue] }
    /// The operator with its operands exchanged.
    var mirrored: CompareOperator {
        switch self {
        case .lt: return .gt
        case .le: return .ge
        case .gt: return .lt
        case .ge: return .le
        case .eq, .ne: return self
        }
    }
    var special: SpecialMethod { [.lt, .le, .eq, .ne, .gt, .ge][rawValue] }
}

enum BinaryOperator: Int {
    case add, sub, mul, trueDiv, floorDiv, mod, pow, lshift, rshift, and, or, xor, matMul

    var symbol: String { ["+", "-", "*", "/", "//", "%", "** or pow()", "<<", ">>", "&", "|", "^", "@"][rawValue] }
    var inPlaceSymbol: String { ["+=", "-=", "*=", "/=", "//=", "%=", "**=", "<<=", ">>=", "&=", "|=", "^=", "@="][rawValue] }
    var special: SpecialMethod { SpecialMethod(rawValue: SpecialMethod.add.rawValue + rawValue).unsafelyUnwrapped }
    var reflected: SpecialMethod { SpecialMethod(rawValue: SpecialMethod.radd.rawValue + rawValue).unsafelyUnwrapped }
    var inPlace: SpecialMethod { SpecialMethod(rawValue: SpecialMethod.iadd.rawValue + rawValue).unsafelyUnwrapped }
}
