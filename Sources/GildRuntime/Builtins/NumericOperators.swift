// The operators on int, bool and float beyond the run loop's own fast paths.
//
// Two ints of 63 bits are computed in machine words, the few results that do not fit in two words; beyond that
// `IntOperators` works on the words of the objects, and what it leaves goes through BigInt. Results that would not fit the
// heap's limit are refused before they are computed. An operand that is no number gives NotImplemented: the caller goes on
// to the next candidate of the operator protocol.

import BigInt
import CGild
import Glibc

/// `a op b` for numbers: a new reference, undefined (raised), or NotImplemented when an operand is no number or the operator
/// is not defined for floats.
func numericBinary(_ thread: Thread, _ op: BinaryOperator, _ a: Value, _ b: Value) -> Value {
    if a.isInt && b.isInt { return smallBinary(thread, op, a.int, b.int) }
    if thread.isFloat(a) || thread.isFloat(b) { return floatBinary(thread, op, a, b) }
    guard thread.isInteger(a), thread.isInteger(b) else { return .notImplemented }
    if a.isBool && b.isBool {
        switch op {
        case .and: return Value(a.isTrue && b.isTrue)
        case .or: return Value(a.isTrue || b.isTrue)
        case .xor: return Value(a.isTrue != b.isTrue)
        default: break
        }
    }
    if let x = thread.smallInt(a), let y = thread.smallInt(b) { return smallBinary(thread, op, x, y) }
    return bigBinary(thread, op, a, b)
}

private func smallBinary(_ thread: Thread, _ op: BinaryOperator, _ a: Int, _ b: Int) -> Value {
    switch op {
    case .add:
        let (sum, overflow) = a.addingReportingOverflow(b)
        return overflow ? thread.makeInt(BigInt(a) + BigInt(b)) : thread.makeInt(sum)
    case .sub:
        let (difference, overflow) = a.subtractingReportingOverflow(b)
        return overflow ? thread.makeInt(BigInt(a) - BigInt(b)) : thread.makeInt(difference)
    case .mul:
        let product = a.magnitude.multipliedFullWidth(by: b.magnitude)
        return thread.makeInt(isNegative: (a < 0) != (b < 0), low: product.low, high: product.high)
    case .trueDiv:
        if b == 0 { return thread.raise(.zeroDivisionError, "division by zero") }
        if a.magnitude <= 1 << 53 && b.magnitude <= 1 << 53 { return thread.makeFloat(Double(a) / Double(b)) }
        return thread.makeFloat(FloatArithmetic.trueDivide(BigInt(a), BigInt(b)))
    case .floorDiv:
        if b == 0 { return thread.raise(.zeroDivisionError, "integer division or modulo by zero") }
        if b == -1 { return thread.makeInt(isNegative: a > 0, low: a.magnitude, high: 0) }
        let (quotient, remainder) = a.quotientAndRemainder(dividingBy: b)
        return thread.makeInt(remainder != 0 && (remainder < 0) != (b < 0) ? quotient - 1 : quotient)
    case .mod:
        if b == 0 { return thread.raise(.zeroDivisionError, "integer modulo by zero") }
        if b == -1 { return Value(smallInt: 0) }
        let remainder = a % b
        return thread.makeInt(remainder != 0 && (remainder < 0) != (b < 0) ? remainder + b : remainder)
    case .pow:
        if b >= 0, let power = wordPower(a, b) { return thread.makeInt(power) }
        return integerPower(thread, Value(fitting: a) ?? .undefined, BigInt(a), BigInt(b))
    case .lshift:
        if b < 0 { return thread.raise(.valueError, "negative shift count") }
        if a == 0 { return Value(smallInt: 0) }
        if b < 62 && a.magnitude.leadingZeroBitCount > b { return thread.makeInt(isNegative: a < 0, low: a.magnitude << UInt(b), high: 0) }
        return shiftLeft(thread, BigInt(a), b)
    case .rshift:
        if b < 0 { return thread.raise(.valueError, "negative shift count") }
        return thread.makeInt(a >> min(b, 63))
    case .and: return thread.makeInt(a & b)
    case .or: return thread.makeInt(a | b)
    case .xor: return thread.makeInt(a ^ b)
    case .matMul: return .notImplemented
    }
}

/// Whether a result of this many bits may be computed; otherwise MemoryError is raised.
private func allows(_ thread: Thread, bits: Int) -> Bool {
    if bits / 8 + 64 <= thread.heap.pointee.quota.limitBytes - thread.heap.pointee.quota.reservedBytes || bits < 4096 { return true }
    thread.raiseMemoryError()
    return false
}

private func shiftLeft(_ thread: Thread, _ a: BigInt, _ count: Int) -> Value {
    let (bits, overflow) = a.magnitude.bitWidth.addingReportingOverflow(count)
    if overflow { return thread.raiseMemoryError() }
    return allows(thread, bits: bits) ? thread.makeInt(a << count) : .undefined
}

/// Bits of an integer's magnitude, rounded up to words.
private func wordBits(_ value: Value) -> Int { value.isPointer ? value.cast(BigIntObject.self).pointee.count * 64 : 64 }

private func bigBinary(_ thread: Thread, _ op: BinaryOperator, _ a: Value, _ b: Value) -> Value {
    if op == .mul && !allows(thread, bits: wordBits(a) + wordBits(b) - 128) { return .undefined }
    if let result = integerBinary(thread, op, a, b) { return result }
    if let count = thread.smallInt(b), count >= 0 {
        if op == .rshift { return integerShiftRight(thread, a, count) }
        if op == .lshift {
            let (bits, overflow) = wordBits(a).addingReportingOverflow(count)
            if overflow { return thread.raiseMemoryError() }
            return allows(thread, bits: bits - 64) ? integerShiftLeft(thread, a, count) : .undefined
        }
    }
    let x = thread.bigInt(a)
    let y = thread.bigInt(b)
    switch op {
    case .trueDiv:
        if y.isZero { return thread.raise(.zeroDivisionError, "division by zero") }
        let result = FloatArithmetic.trueDivide(x, y)
        return result.isInfinite ? thread.raise(.overflowError, "integer division result too large for a float") : thread.makeFloat(result)
    // Only divisors of zero come here.
    case .floorDiv: return thread.raise(.zeroDivisionError, "integer division or modulo by zero")
    case .mod: return thread.raise(.zeroDivisionError, "integer modulo by zero")
    case .pow: return integerPower(thread, a, x, y)
    case .lshift:
        if y.sign == .minus && !y.isZero { return thread.raise(.valueError, "negative shift count") }
        if x.isZero { return Value(smallInt: 0) }
        guard let count = Int(exactly: y) else { return thread.raise(.overflowError, "too many digits in integer") }
        return shiftLeft(thread, x, count)
    case .rshift:
        if y.sign == .minus && !y.isZero { return thread.raise(.valueError, "negative shift count") }
        guard let count = Int(exactly: y), count < x.magnitude.bitWidth else { return Value(smallInt: x.sign == .minus ? -1 : 0) }
        let shifted = BigInt(x.magnitude >> count)
        if x.sign == .plus { return thread.makeInt(shifted) }
        return thread.makeInt(x.magnitude.trailingZeroBitCount < count ? -shifted - 1 : -shifted)
    case .and, .or, .xor: return thread.makeInt(bitwise(op, x, y))
    case .add, .sub, .mul, .matMul: return .notImplemented
    }
}

/// `a op b` on two's complement of as many words as both operands and a sign need.
private func bitwise(_ op: BinaryOperator, _ a: BigInt, _ b: BigInt) -> BigInt {
    let count = max(a.magnitude.words.count, b.magnitude.words.count) + 1
    func complement(_ x: BigInt) -> [UInt] {
        var words = Array(x.magnitude.words)
        words += [UInt](repeating: 0, count: count - words.count)
        if x.sign == .minus { negate(&words) }
        return words
    }
    func negate(_ words: inout [UInt]) {
        var carry = true
        for i in words.indices { (words[i], carry) = (~words[i]).addingReportingOverflow(carry ? 1 : 0) }
    }
    let x = complement(a)
    let y = complement(b)
    var result = [UInt](repeating: 0, count: count)
    for i in 0..<count { result[i] = op == .and ? x[i] & y[i] : op == .or ? x[i] | y[i] : x[i] ^ y[i] }
    let isNegative = result[count - 1] >> 63 == 1
    if isNegative { negate(&result) }
    return BigInt(sign: isNegative ? .minus : .plus, magnitude: BigUInt(words: result))
}

/// Quotient rounded down, remainder with the sign of the divisor.
func floorDivide(_ a: BigInt, _ b: BigInt) -> (quotient: BigInt, remainder: BigInt) {
    let (quotient, remainder) = a.quotientAndRemainder(dividingBy: b)
    if !remainder.isZero && remainder.sign != b.sign { return (quotient - 1, remainder + b) }
    return (quotient, remainder)
}

/// `base^exponent` when it and the squares on the way fit a word.
private func wordPower(_ base: Int, _ exponent: Int) -> Int? {
    var result = 1
    var square = base
    var rest = exponent
    while true {
        if rest & 1 == 1 {
            let (product, overflow) = result.multipliedReportingOverflow(by: square)
            if overflow { return nil }
            result = product
        }
        rest >>= 1
        if rest == 0 { return result }
        let (product, overflow) = square.multipliedReportingOverflow(by: square)
        if overflow { return nil }
        square = product
    }
}

/// - Parameter value: the base as a value, or undefined when it has none at hand.
private func integerPower(_ thread: Thread, _ value: Value, _ base: BigInt, _ exponent: BigInt) -> Value {
    if exponent.isZero { return Value(smallInt: 1) }
    if exponent.sign == .minus {
        let x = FloatArithmetic.double(base)
        let y = FloatArithmetic.double(exponent)
        if x.isInfinite || y.isInfinite { return thread.raise(.overflowError, "int too large to convert to float") }
        return floatPower(thread, x, y)
    }
    let magnitude = base.magnitude
    if magnitude <= 1 {
        let isOdd = exponent.magnitude.words.first.unsafelyUnwrapped & 1 == 1
        return Value(smallInt: magnitude.isZero ? 0 : base.sign == .minus && isOdd ? -1 : 1)
    }
    guard let count = Int(exactly: exponent) else { return thread.raiseMemoryError() }
    let (bits, overflow) = magnitude.bitWidth.multipliedReportingOverflow(by: count)
    // A power of two has one bit more than (width - 1) × exponent.
    if overflow || !allows(thread, bits: bits - count) { return overflow ? thread.raiseMemoryError() : .undefined }
    if magnitude.trailingZeroBitCount == magnitude.bitWidth - 1 {
        let result = BigUInt(1) << (magnitude.trailingZeroBitCount * count)
        return thread.makeInt(BigInt(sign: base.sign == .minus && count & 1 == 1 ? .minus : .plus, magnitude: result))
    }
    return value.isUndefined ? thread.makeInt(base.power(count)) : integerPower(thread, value, count)
}

// MARK: - Floats

/// The number as a double, or nil: no number, or (raised) an integer out of range.
func toDouble(_ thread: Thread, _ value: Value) -> Double? {
    if value.isInt { return Double(value.int) }
    if thread.isFloat(value) { return thread.float(value) }
    if value.isBool { return value.isTrue ? 1 : 0 }
    guard value.hasShape(.bigInt) else { return nil }
    let result = FloatArithmetic.double(thread.bigInt(value))
    if result.isInfinite {
        thread.raise(.overflowError, "int too large to convert to float")
        return nil
    }
    return result
}

private func floatBinary(_ thread: Thread, _ op: BinaryOperator, _ a: Value, _ b: Value) -> Value {
    switch op {
    case .lshift, .rshift, .and, .or, .xor, .matMul: return .notImplemented
    default: break
    }
    guard let x = toDouble(thread, a) else { return thread.isRaising ? .undefined : .notImplemented }
    guard let y = toDouble(thread, b) else { return thread.isRaising ? .undefined : .notImplemented }
    switch op {
    case .add: return thread.makeFloat(x + y)
    case .sub: return thread.makeFloat(x - y)
    case .mul: return thread.makeFloat(x * y)
    case .trueDiv:
        if y == 0 { return thread.raise(.zeroDivisionError, "float division by zero") }
        return thread.makeFloat(x / y)
    case .floorDiv:
        if y == 0 { return thread.raise(.zeroDivisionError, "float floor division by zero") }
        return thread.makeFloat(FloatArithmetic.floorDivide(x, y).quotient)
    case .mod:
        if y == 0 { return thread.raise(.zeroDivisionError, "float modulo by zero") }
        return thread.makeFloat(FloatArithmetic.remainder(x, y))
    default: return floatPower(thread, x, y)
    }
}

private func floatPower(_ thread: Thread, _ a: Double, _ b: Double) -> Value {
    do {
        return thread.makeFloat(try FloatArithmetic.power(a, b))
    } catch {
        switch error {
        case .zeroToNegative: return thread.raise(.zeroDivisionError, "0.0 cannot be raised to a negative power")
        case .complex: return thread.raise(.typeError, "gild does not support complex numbers: a negative number to a fractional power")
        case .overflow: return raiseResultOutOfRange(thread)
        }
    }
}

/// OverflowError(34, 'Numerical result out of range'), as C's errno ERANGE gives in CPython.
private func raiseResultOutOfRange(_ thread: Thread) -> Value {
    let text = thread.makeString("Numerical result out of range")
    if text.isUndefined { return text }
    let exception = thread.makeException(.overflowError, .undefined)
    guard !exception.isUndefined, let pair = thread.allocateTuple(2) else { return .undefined }
    pair.items[0] = Value(smallInt: 34)
    pair.items[1] = text
    thread.replace(exception.cast(InstanceObject.self).slots + ExceptionSlot.args, Value(pointer: pair))
    return thread.raise(exception)
}

// MARK: - Comparison

/// True or False, or NotImplemented when an operand is no number.
func numericCompare(_ thread: Thread, _ a: Value, _ b: Value, _ op: CompareOperator) -> Value {
    if a.isInt && b.isInt { return decide(op, a.int < b.int ? -1 : a.int == b.int ? 0 : 1) }
    let aIsFloat = thread.isFloat(a)
    let bIsFloat = thread.isFloat(b)
    if aIsFloat && bIsFloat {
        let x = thread.float(a)
        let y = thread.float(b)
        if x.isNaN || y.isNaN { return Value(op == .ne) }
        return decide(op, x < y ? -1 : x == y ? 0 : 1)
    }
    if aIsFloat {
        guard thread.isInteger(b) else { return .notImplemented }
        let x = thread.float(a)
        if x.isNaN { return Value(op == .ne) }
        if let y = thread.smallInt(b) { return decide(op, FloatArithmetic.compare(x, y)) }
        return decide(op, FloatArithmetic.compare(x, thread.bigInt(b)))
    }
    if bIsFloat {
        guard thread.isInteger(a) else { return .notImplemented }
        let y = thread.float(b)
        if y.isNaN { return Value(op == .ne) }
        if let x = thread.smallInt(a) { return decide(op, -FloatArithmetic.compare(y, x)) }
        return decide(op, -FloatArithmetic.compare(y, thread.bigInt(a)))
    }
    guard thread.isInteger(a), thread.isInteger(b) else { return .notImplemented }
    return decide(op, compareIntegers(thread, a, b))
}

/// Order of two integers of any representation: negative, zero, positive.
func compareIntegers(_ thread: Thread, _ a: Value, _ b: Value) -> Int {
    let aIsBig = a.isPointer
    let bIsBig = b.isPointer
    if !aIsBig && !bIsBig {
        let x = thread.smallInt(a).unsafelyUnwrapped
        let y = thread.smallInt(b).unsafelyUnwrapped
        return x < y ? -1 : x == y ? 0 : 1
    }
    let aNegative = thread.isNegativeInteger(a)
    let bNegative = thread.isNegativeInteger(b)
    if aNegative != bNegative { return aNegative ? -1 : 1 }
    // One of them is beyond 63 bits, hence farther from zero than an immediate.
    var order = 0
    if aIsBig != bIsBig {
        order = aIsBig ? 1 : -1
    } else {
        let x = a.cast(BigIntObject.self)
        let y = b.cast(BigIntObject.self)
        if x.pointee.count != y.pointee.count {
            order = x.pointee.count < y.pointee.count ? -1 : 1
        } else {
            var i = x.pointee.count - 1
            while i >= 0 && x.words[i] == y.words[i] { i -= 1 }
            if i >= 0 { order = x.words[i] < y.words[i] ? -1 : 1 }
        }
    }
    return aNegative ? -order : order
}

@inline(__always) func decide(_ op: CompareOperator, _ order: Int) -> Value {
    switch op {
    case .lt: return Value(order < 0)
    case .le: return Value(order <= 0)
    case .eq: return Value(order == 0)
    case .ne: return Value(order != 0)
    case .gt: return Value(order > 0)
    case .ge: return Value(order >= 0)
    }
}

// MARK: - Unary; NotImplemented when the operand is no number (or a float, for ~)

func numericNegate(_ thread: Thread, _ value: Value) -> Value {
    if let x = thread.smallInt(value) { return thread.makeInt(isNegative: x > 0, low: x.magnitude, high: 0) }
    if thread.isFloat(value) { return thread.makeFloat(-thread.float(value)) }
    return thread.isInteger(value) ? integerNegate(thread, value) : .notImplemented
}

func numericPositive(_ thread: Thread, _ value: Value) -> Value {
    if value.isBool { return Value(smallInt: value.isTrue ? 1 : 0) }
    return thread.isNumber(value) ? thread.newReference(value) : .notImplemented
}

func numericInvert(_ thread: Thread, _ value: Value) -> Value {
    if let x = thread.smallInt(value) { return thread.makeInt(~x) }
    return thread.isInteger(value) ? thread.makeInt(-thread.bigInt(value) - 1) : .notImplemented
}

func numericAbsolute(_ thread: Thread, _ value: Value) -> Value {
    if let x = thread.smallInt(value) { return thread.makeInt(isNegative: false, low: x.magnitude, high: 0) }
    if thread.isFloat(value) { return thread.makeFloat(abs(thread.float(value))) }
    return thread.isInteger(value) ? thread.makeInt(BigInt(thread.bigInt(value).magnitude)) : .notImplemented
}

// MARK: - divmod, pow with a modulus

/// `divmod(a, b)` of numbers: a tuple, undefined (raised) or NotImplemented.
func numericDivmod(_ thread: Thread, _ a: Value, _ b: Value) -> Value {
    let quotient: Value
    let remainder: Value
    if thread.isFloat(a) || thread.isFloat(b) {
        guard let x = toDouble(thread, a), let y = toDouble(thread, b) else { return thread.isRaising ? .undefined : .notImplemented }
        if y == 0 { return thread.raise(.zeroDivisionError, "float divmod()") }
        let result = FloatArithmetic.floorDivide(x, y)
        quotient = thread.makeFloat(result.quotient)
        remainder = thread.makeFloat(result.remainder)
    } else {
        guard thread.isInteger(a), thread.isInteger(b) else { return .notImplemented }
        if (a.isPointer || b.isPointer) && b != Value(smallInt: 0) && !b.isFalse {
            (quotient, remainder) = integerDivmod(thread, a, b)
        } else {
            quotient = numericBinary(thread, .floorDiv, a, b)
            if quotient.isUndefined { return quotient }
            remainder = numericBinary(thread, .mod, a, b)
        }
    }
    guard !quotient.isUndefined, !remainder.isUndefined, let pair = thread.allocateTuple(2) else {
        thread.decref(quotient)
        thread.decref(remainder)
        return .undefined
    }
    pair.items[0] = quotient
    pair.items[1] = remainder
    return Value(pointer: pair)
}

/// `pow(a, b, m)` of numbers: a new reference, undefined (raised) or NotImplemented.
func numericPowerModulo(_ thread: Thread, _ a: Value, _ b: Value, _ modulus: Value) -> Value {
    if thread.isFloat(a) || thread.isFloat(b) || thread.isFloat(modulus) {
        guard thread.isNumber(a), thread.isNumber(b), thread.isNumber(modulus) else { return .notImplemented }
        return thread.raise(.typeError, "pow() 3rd argument not allowed unless all arguments are integers")
    }
    guard thread.isInteger(a), thread.isInteger(b), thread.isInteger(modulus) else { return .notImplemented }
    if let result = integerPowerModulo(thread, a, b, modulus) { return result }
    let m = thread.bigInt(modulus)
    if m.isZero { return thread.raise(.valueError, "pow() 3rd argument cannot be 0") }
    var base = floorDivide(thread.bigInt(a), BigInt(m.magnitude)).remainder.magnitude
    let exponent = thread.bigInt(b)
    if exponent.sign == .minus {
        if m.magnitude == 1 { return Value(smallInt: 0) }
        guard let inverse = base.inverse(m.magnitude) else {
            return thread.raise(.valueError, "base is not invertible for the given modulus")
        }
        base = inverse
    }
    let power = m.magnitude == 1 ? BigUInt() : base.power(exponent.magnitude, modulus: m.magnitude)
    // The result has the modulus's sign.
    return thread.makeInt(m.sign == .minus && !power.isZero ? BigInt(power) + m : BigInt(power))
}

// MARK: - Rounding

/// `int(value)` of a number.
func numericTruncate(_ thread: Thread, _ value: Value) -> Value {
    if value.isBool { return Value(smallInt: value.isTrue ? 1 : 0) }
    if !thread.isFloat(value) { return thread.isInteger(value) ? thread.newReference(value) : .notImplemented }
    return integerFromDouble(thread, thread.float(value))
}

/// The integer part of a double.
func integerFromDouble(_ thread: Thread, _ value: Double) -> Value {
    if value.isNaN { return thread.raise(.valueError, "cannot convert float NaN to integer") }
    if value.isInfinite { return thread.raise(.overflowError, "cannot convert float infinity to integer") }
    if abs(value) < 4e18 { return Value(smallInt: Int(value)) }
    return thread.makeInt(FloatArithmetic.integer(value))
}

/// `round(value)` or, with digits (an int; None or undefined: without), `round(value, digits)`.
func numericRound(_ thread: Thread, _ value: Value, digits: Value) -> Value {
    let withoutDigits = digits.isUndefined || digits.isNone
    if thread.isFloat(value) {
        let number = thread.float(value)
        if withoutDigits { return integerFromDouble(thread, number.rounded(.toNearestOrEven)) }
        guard thread.isInteger(digits) else {
            return thread.raise(.typeError, "'\(thread.typeName(digits))' object cannot be interpreted as an integer")
        }
        if !number.isFinite { return thread.makeFloat(number) }
        let places = thread.smallInt(digits) ?? (thread.isNegativeInteger(digits) ? Int.min : Int.max)
        let result = FloatText.round(number, places: places)
        if result.isInfinite { return thread.raise(.overflowError, "rounded value too large to represent") }
        return thread.makeFloat(result)
    }
    guard thread.isInteger(value) else { return .notImplemented }
    if withoutDigits { return numericPositive(thread, value) }
    guard thread.isInteger(digits) else {
        return thread.raise(.typeError, "'\(thread.typeName(digits))' object cannot be interpreted as an integer")
    }
    guard thread.isNegativeInteger(digits) else { return numericPositive(thread, value) }
    let number = thread.bigInt(value)
    guard let places = thread.smallInt(digits), places > -(number.magnitude.bitWidth + 1) else { return Value(smallInt: 0) }
    let unit = BigInt(10).power(-places)
    let (quotient, remainder) = floorDivide(number, unit)
    let twice = remainder * 2
    let isOdd = quotient.magnitude.words.first.map { $0 & 1 == 1 } ?? false
    let up = twice > unit || (twice == unit && isOdd)
    return thread.makeInt((up ? quotient + 1 : quotient) * unit)
}
