// int, float and bool: constructors, methods, attributes and text.

import BigInt
import CGild
import Glibc


/// Methods of int (and of bool).
let intMethods: [NativeDefinition] = [
    NativeDefinition("bit_length", 0, 0) { thread, a, _, _ in thread.makeInt(thread.bigInt(a[0]).magnitude.bitWidth) },
    NativeDefinition("bit_count", 0, 0) { thread, a, _, _ in
        if let x = thread.smallInt(a[0]) { return Value(smallInt: x.magnitude.nonzeroBitCount) }
        return thread.makeInt(thread.bigInt(a[0]).magnitude.words.reduce(0) { $0 + $1.nonzeroBitCount })
    },
    NativeDefinition("conjugate", 0, 0) { thread, a, _, _ in numericPositive(thread, a[0]) },
    NativeDefinition("is_integer", 0, 0) { _, _, _, _ in .true },
    NativeDefinition("as_integer_ratio", 0, 0) { thread, a, _, _ in
        makePair(thread, numericPositive(thread, a[0]), Value(smallInt: 1))
    },
]

let floatMethods: [NativeDefinition] = [
    NativeDefinition("conjugate", 0, 0) { thread, a, _, _ in thread.newReference(a[0]) },
    NativeDefinition("is_integer", 0, 0) { thread, a, _, _ in
        let x = thread.float(a[0])
        return Value(x.isFinite && x == x.rounded(.towardZero))
    },
    NativeDefinition("as_integer_ratio", 0, 0) { thread, a, _, _ in
        let x = thread.float(a[0])
        if x.isNaN { return thread.raise(.valueError, "cannot convert NaN to integer ratio") }
        if x.isInfinite { return thread.raise(.overflowError, "cannot convert Infinity to integer ratio") }
        let (numerator, denominator) = FloatArithmetic.ratio(x)
        return makePair(thread, thread.makeInt(numerator), thread.makeInt(denominator))
    },
    NativeDefinition("hex", 0, 0) { thread, a, _, _ in thread.makeString(FloatHex.hex(thread.float(a[0]))) },
    NativeDefinition("fromhex", 1, 1, isStatic: true) { thread, a, _, _ in
        guard thread.isString(a[0]) else { return thread.raise(.typeError, "bad argument type for built-in operation") }
        do {
            return thread.makeFloat(try FloatHex.parse(thread.string(a[0])))
        } catch {
            if case .overflow = error as? FloatHex.Failure {
                return thread.raise(.overflowError, "hexadecimal value too large to represent as a float")
            }
            return thread.raise(.valueError, "invalid hexadecimal floating-point string")
        }
    },
]

/// A tuple of two values, both taken over; undefined when one of them is.
func makePair(_ thread: Thread, _ first: Value, _ second: Value) -> Value {
    guard !first.isUndefined, !second.isUndefined, let pair = thread.allocateTuple(2) else {
        thread.decref(first)
        thread.decref(second)
        return .undefined
    }
    pair.items[0] = first
    pair.items[1] = second
    return Value(pointer: pair)
}

/// `real`, `imag`, `numerator`, `denominator` of a number, or undefined without raising.
func numericAttribute(_ thread: Thread, _ value: Value, _ name: Value) -> Value {
    guard thread.isNumber(value) else { return .undefined }
    let isFloat = thread.isFloat(value)
    switch thread.string(name) {
    case "real": return numericPositive(thread, value)
    case "imag": return isFloat ? thread.makeFloat(0) : Value(smallInt: 0)
    case "numerator" where !isFloat: return numericPositive(thread, value)
    case "denominator" where !isFloat: return Value(smallInt: 1)
    default: return .undefined
    }
}

// MARK: - Text

/// `repr` and `str` of an int, bool or float.
func numericRepr(_ thread: Thread, _ value: Value) -> Value {
    if value.isBool { return thread.makeString(value.isTrue ? "True" : "False") }
    if let x = thread.smallInt(value) {
        return withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 24) { buffer in
            let out = buffer.baseAddress.unsafelyUnwrapped
            var n = 0
            if x < 0 {
                out[0] = 0x2D
                n = 1
            }
            n += IntText.writeDecimal(x.magnitude, out + n)
            return thread.makeString(latin1: UnsafeBufferPointer(start: out, count: n))
        }
    }
    if thread.isFloat(value) {
        let x = thread.float(value)
        return withUnsafeTemporaryAllocation(of: UInt8.self, capacity: FloatText.reprCapacity) { buffer in
            let out = buffer.baseAddress.unsafelyUnwrapped
            return thread.makeString(latin1: UnsafeBufferPointer(start: out, count: FloatText.writeRepr(x, out)))
        }
    }
    guard let digits = integerDigits(thread, value) else { return .undefined }
    return thread.makeString(digits)
}

/// Decimal digits of an integer with its sign, or nil with ValueError raised when there are more than allowed.
func integerDigits(_ thread: Thread, _ value: Value) -> [UInt8]? {
    let limit = thread.s.pointee.run.pointee.settings.maxStringDigits
    guard value.hasShape(.bigInt) else { return IntText.decimal(thread.bigInt(value)) }
    let integer = value.cast(BigIntObject.self)
    let count = integer.pointee.count
    // A word has fewer than 20 digits.
    if limit > 0 && count * 20 > limit && IntText.exceeds(thread.bigInt(value).magnitude, limit: limit) {
        thread.raise(
            .valueError,
            "Exceeds the limit (\(limit) digits) for integer string conversion; use sys.set_int_max_str_digits() to increase the limit")
        return nil
    }
    let words = Words.allocate(capacity: count)
    defer { words.deallocate() }
    words.update(from: integer.words, count: count)
    let capacity = count * 20 + 1
    return [UInt8](unsafeUninitializedCapacity: capacity) { buffer, initialized in
        let out = buffer.baseAddress.unsafelyUnwrapped
        var first = IntKernels.writeDecimal(words, count, out, capacity: capacity)
        if integer.pointee.isNegative {
            first -= 1
            out[first] = 0x2D
        }
        memmove(out, out + first, capacity - first)
        initialized = capacity - first
    }
}

// MARK: - Constructors

/// int(x=0, /, base=10)
func intNew(_ thread: Thread, _ arguments: Arguments, _ count: Int, _ keywordNames: Value) -> Value {
    var base = Value.undefined
    if count > 2 { return thread.raise(.typeError, "int expected at most 2 arguments, got \(count)") }
    if count == 2 { base = arguments[1] }
    if keywordNames.isPointer {
        let names = keywordNames.cast(TupleObject.self)
        for k in 0..<names.pointee.count {
            let name = thread.string(names.items[k])
            if name != "base" { return thread.raise(.typeError, "int() got an unexpected keyword argument '\(name)'") }
            if count == 2 { return thread.raise(.typeError, "argument for int() given by name ('base') and position (2)") }
            base = arguments[count + k]
        }
    }
    if count == 0 {
        return base.isUndefined ? Value(smallInt: 0) : thread.raise(.typeError, "int() missing string argument")
    }
    let x = arguments[0]
    if base.isUndefined {
        if x.isInt { return x }
        if thread.isString(x) { return parseInteger(thread, x, base: 10) }
        if thread.isNumber(x) { return numericTruncate(thread, x) }
        for method in [SpecialMethod.int, .index, .trunc] {
            let function = thread.special(x, method)
            if function.isUndefined { continue }
            let result = thread.call(function, x)
            if result.isUndefined || thread.isInteger(result) { return result.isUndefined ? result : asExactInt(thread, result) }
            let name = thread.typeName(result)
            thread.decref(result)
            let called = method == .int ? "__int__" : method == .index ? "__index__" : "__trunc__"
            return thread.raise(.typeError, "\(called) returned non-int (type \(name))")
        }
        return thread.raise(.typeError, "int() argument must be a string, a bytes-like object or a real number, not '\(thread.typeName(x))'")
    }
    let index = thread.index(base)
    if index.isUndefined { return index }
    defer { thread.decref(index) }
    guard let radix = thread.smallInt(index), radix == 0 || (2...36).contains(radix) else {
        return thread.raise(.valueError, "int() base must be >= 2 and <= 36, or 0")
    }
    guard thread.isString(x) else { return thread.raise(.typeError, "int() can't convert non-string with explicit base") }
    return parseInteger(thread, x, base: radix)
}

private func asExactInt(_ thread: Thread, _ value: Value) -> Value {
    value.isBool ? Value(smallInt: value.isTrue ? 1 : 0) : value
}

/// The integer that a str spells, with CPython's ValueErrors.
func parseInteger(_ thread: Thread, _ text: Value, base: Int) -> Value {
    let string = text.cast(StringObject.self)
    // Plain decimal digits that fit a word need neither an array nor BigInt.
    if base == 10, !string.isWide, string.pointee.count > 0, string.pointee.count <= 18 {
        let bytes = string.bytes
        let count = string.pointee.count
        var i = 0
        let negative = bytes[0] == 0x2D
        if negative || bytes[0] == 0x2B { i = 1 }
        var result = 0
        let first = i
        while i < count, StrCharacters.isASCIIDigit(UInt32(bytes[i])) {
            result = result &* 10 &+ Int(bytes[i] &- 0x30)
            i &+= 1
        }
        if i == count && i > first { return Value(smallInt: negative ? -result : result) }
    }
    let limit = thread.s.pointee.run.pointee.settings.maxStringDigits
    do {
        return thread.makeInt(try IntText.parse(thread.codePoints(text), base: base, limit: limit))
    } catch {
        if case .tooLong(let digits) = error {
            return thread.raise(
                .valueError,
                "Exceeds the limit (\(limit) digits) for integer string conversion: value has \(digits) digits; use sys.set_int_max_str_digits() to increase the limit")
        }
        return thread.raise(.valueError, "invalid literal for int() with base \(base): \(String(StrRepr.text(thread.codePoints(text)).prefix(200)))")
    }
}

/// float(x=0, /)
func floatNew(_ thread: Thread, _ arguments: Arguments, _ count: Int, _ keywordNames: Value) -> Value {
    if keywordNames.isPointer && keywordNames.cast(TupleObject.self).pointee.count > 0 {
        return thread.raise(.typeError, "float() takes no keyword arguments")
    }
    if count > 1 { return thread.raise(.typeError, "float expected at most 1 argument, got \(count)") }
    if count == 0 { return thread.makeFloat(0) }
    let x = arguments[0]
    if thread.isFloat(x) { return thread.newReference(x) }
    if thread.isString(x) {
        let points = thread.codePoints(x)
        if let number = FloatParsing.parse(points) { return thread.makeFloat(number) }
        return thread.raise(.valueError, "could not convert string to float: \(StrRepr.text(points))")
    }
    guard let number = realNumber(thread, x, "float() argument must be a string or a real number, not '") else { return .undefined }
    return thread.makeFloat(number)
}

/// A double from any real number: float, int, `__float__`, `__index__`. Nil with TypeError raised: `complaint`, the
/// type's name and a quote.
func realNumber(_ thread: Thread, _ x: Value, _ complaint: String = "must be real number, not ") -> Double? {
    if let number = toDouble(thread, x) { return number }
    if thread.isRaising { return nil }
    for method in [SpecialMethod.float, .index] {
        let function = thread.special(x, method)
        if function.isUndefined { continue }
        let result = thread.call(function, x)
        if result.isUndefined { return nil }
        defer { thread.decref(result) }
        if method == .float ? thread.isFloat(result) : thread.isInteger(result) { return toDouble(thread, result) }
        let name = thread.typeName(result)
        if method == .float {
            thread.raise(.typeError, "\(thread.typeName(x)).__float__ returned non-float (type \(name))")
        } else {
            thread.raise(.typeError, "__index__ returned non-int (type \(name))")
        }
        return nil
    }
    thread.raise(.typeError, "\(complaint)\(thread.typeName(x))\(complaint.hasSuffix("'") ? "'" : "")")
    return nil
}

/// bool(x=False, /)
func boolNew(_ thread: Thread, _ arguments: Arguments, _ count: Int, _ keywordNames: Value) -> Value {
    if keywordNames.isPointer && keywordNames.cast(TupleObject.self).pointee.count > 0 {
        return thread.raise(.typeError, "bool() takes no keyword arguments")
    }
    if count > 1 { return thread.raise(.typeError, "bool expected at most 1 argument, got \(count)") }
    if count == 0 { return .false }
    let truth = thread.truth(arguments[0])
    return truth < 0 ? .undefined : Value(truth != 0)
}
