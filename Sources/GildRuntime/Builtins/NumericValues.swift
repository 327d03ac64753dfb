// Numbers as values: between the tagged word, the objects behind it and Swift's own numbers.
//
// An integer has exactly one representation: an immediate when it fits 63 bits, else a `BigIntObject`. Equal integers of
// different representation can therefore not exist, and `isInt` on both operands is all that a fast path has to test.
// A float is immediate or boxed depending on its exponent alone, so the same holds for floats.

import BigInt
import CGild

extension gild_thread_ref {
    // MARK: Integers

    /// An int of any machine size.
    @inline(__always) func makeInt(_ value: Int) -> Value {
        if let immediate = Value(fitting: value) { return immediate }
        return makeBoxedInt(isNegative: value < 0, low: value.magnitude, high: 0)
    }

    /// An int from a number of any size; undefined with MemoryError raised when the heap is full.
    func makeInt(_ value: BigInt) -> Value {
        let words = value.magnitude.words
        if words.count <= 1 {
            return makeInt(isNegative: value.sign == .minus, low: words.first ?? 0, high: 0)
        }
        let count = words.count
        guard let object = allocate(bytes: MemoryLayout<BigIntObject>.size + count * 8, shape: .bigInt) else { return .undefined }
        let integer = object.cast(BigIntObject.self)
        integer.pointee.isNegative = value.sign == .minus
        integer.pointee.count = count
        let target = integer.words
        var i = 0
        for word in words {
            target[i] = word
            i += 1
        }
        return Value(pointer: integer)
    }

    /// An int from sign and 128-bit magnitude.
    func makeInt(isNegative: Bool, low: UInt, high: UInt) -> Value {
        if high == 0 {
            if low <= UInt(Value.smallIntMax) { return Value(smallInt: isNegative ? -Int(low) : Int(low)) }
            if isNegative && low == Value.smallIntMin.magnitude { return Value(smallInt: Value.smallIntMin) }
        }
        return makeBoxedInt(isNegative: isNegative, low: low, high: high)
    }

    @inline(never) private func makeBoxedInt(isNegative: Bool, low: UInt, high: UInt) -> Value {
        let count = high == 0 ? 1 : 2
        guard let object = allocate(bytes: MemoryLayout<BigIntObject>.size + count * 8, shape: .bigInt) else { return .undefined }
        let integer = object.cast(BigIntObject.self)
        integer.pointee.isNegative = isNegative
        integer.pointee.count = count
        integer.words[0] = low
        if count == 2 { integer.words[1] = high }
        return Value(pointer: integer)
    }

    /// True for int (of any size) and bool.
    @inline(__always) func isInteger(_ value: Value) -> Bool {
        value.isInt || value.isBool || value.hasShape(.bigInt)
    }

    /// The number; only when `isInteger`.
    func bigInt(_ value: Value) -> BigInt {
        if value.isInt { return BigInt(value.int) }
        if value.isBool { return BigInt(value.isTrue ? 1 : 0) }
        let integer = value.cast(BigIntObject.self)
        let words = UnsafeBufferPointer(start: integer.words, count: integer.pointee.count)
        return BigInt(sign: integer.pointee.isNegative ? .minus : .plus, magnitude: BigUInt(words: words))
    }

    /// The number when it is an int or bool that fits a machine word, else nil.
    @inline(__always) func smallInt(_ value: Value) -> Int? {
        if value.isInt { return value.int }
        if value.isBool { return value.isTrue ? 1 : 0 }
        return machineWord(value)
    }

    private func machineWord(_ value: Value) -> Int? {
        guard value.hasShape(.bigInt) else { return nil }
        let integer = value.cast(BigIntObject.self)
        if integer.pointee.count != 1 { return nil }
        let magnitude = integer.words[0]
        if integer.pointee.isNegative {
            return magnitude <= Int.min.magnitude ? Int(truncatingIfNeeded: 0 &- magnitude) : nil
        }
        return Int(exactly: magnitude)
    }

    /// Whether an integer is below zero; only when `isInteger`.
    @inline(__always) func isNegativeInteger(_ value: Value) -> Bool {
        if value.isInt { return value.int < 0 }
        return value.isPointer && value.cast(BigIntObject.self).pointee.isNegative
    }

    // MARK: Floats

    /// A float; undefined with MemoryError raised when it needs a box and the heap is full.
    @inline(__always) func makeFloat(_ value: Double) -> Value {
        if let immediate = Value(immediate: value) { return immediate }
        return makeBoxedFloat(value)
    }

    @inline(never) private func makeBoxedFloat(_ value: Double) -> Value {
        guard let object = allocate(bytes: MemoryLayout<FloatObject>.size, shape: .float) else { return .undefined }
        object.cast(FloatObject.self).pointee.value = value
        return Value(object)
    }

    @inline(__always) func isFloat(_ value: Value) -> Bool { value.isImmediateFloat || value.hasShape(.float) }

    /// The float; only when `isFloat`.
    @inline(__always) func float(_ value: Value) -> Double {
        value.isImmediateFloat ? value.immediateFloat : value.cast(FloatObject.self).pointee.value
    }

    /// int, bool or float.
    @inline(__always) func isNumber(_ value: Value) -> Bool { isInteger(value) || isFloat(value) }
}
