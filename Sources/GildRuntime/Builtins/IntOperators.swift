// Operators on integers of which at least one is beyond a machine word, straight on the words of the objects.
//
// An operand is seen as sign and magnitude words; a small one lends a word on the stack. The result is written into a new
// object as large as it can become, then cut to its significant words and turned into an immediate when it fits one, so that
// every integer keeps its one representation. What is not here (bit operations on two's complement, true division) goes
// through BigInt.

import CGild

/// Sign and magnitude of an integer; the words belong to the object or to the caller's stack.
private struct IntegerOperand {
    let isNegative: Bool
    let count: Int
    let words: ConstantWords

    /// - Parameter word: lends the place for the magnitude of an int or bool that is no object.
    @inline(__always) init(_ value: Value, _ word: Words) {
        if value.isPointer {
            let integer = value.cast(BigIntObject.self)
            isNegative = integer.pointee.isNegative
            count = integer.pointee.count
            words = ConstantWords(integer.words)
        } else {
            let small = value.isInt ? value.int : value.isTrue ? 1 : 0
            word.pointee = small.magnitude
            isNegative = small < 0
            count = small == 0 ? 0 : 1
            words = ConstantWords(word)
        }
    }
}

extension gild_thread_ref {
    /// An int object with room for `count` magnitude words, not filled in; nil: MemoryError raised.
    @inline(__always) fileprivate func allocateInteger(_ count: Int) -> UnsafeMutablePointer<BigIntObject>? {
        guard let object = allocate(bytes: MemoryLayout<BigIntObject>.size + max(count, 1) * 8, shape: .bigInt) else { return nil }
        let integer = object.cast(BigIntObject.self)
        integer.pointee.count = count
        return integer
    }

    /// The int of these words and this sign, in its one representation; takes the object over.
    @inline(__always) fileprivate func normalized(_ integer: UnsafeMutablePointer<BigIntObject>, _ count: Int, isNegative: Bool) -> Value {
        let n = IntKernels.significant(integer.words, count)
        integer.pointee.count = n
        integer.pointee.isNegative = isNegative
        if n <= 1 {
            let word = n == 0 ? 0 : integer.words[0]
            if word <= UInt(Value.smallIntMax) || (isNegative && word == Value.smallIntMin.magnitude) {
                integer.pointee.count = 1
                decref(Value(pointer: integer))
                return makeInt(isNegative: isNegative, low: word, high: 0)
            }
        }
        return Value(pointer: integer)
    }
}

/// Operators that are computed on the words; nil: not here. Both operands are int or bool, the caller has refused zero divisors
/// and results over the limit.
func integerBinary(_ thread: Thread, _ op: BinaryOperator, _ a: Value, _ b: Value) -> Value? {
    var wordA: UInt = 0
    var wordB: UInt = 0
    return withUnsafeMutablePointer(to: &wordA) { placeA in
        withUnsafeMutablePointer(to: &wordB) { placeB in
            let x = IntegerOperand(a, placeA)
            let y = IntegerOperand(b, placeB)
            switch op {
            case .add: return add(thread, x, y, y.isNegative)
            case .sub: return add(thread, x, y, !y.isNegative)
            case .mul: return multiply(thread, x, y)
            case .floorDiv: return y.count == 0 ? nil : divide(thread, x, y).quotient
            case .mod: return y.count == 0 ? nil : remainder(thread, x, y)
            default: return nil
            }
        }
    }
}

/// `x + y` with this sign of y.
private func add(_ thread: Thread, _ x: IntegerOperand, _ y: IntegerOperand, _ yIsNegative: Bool) -> Value {
    let swaps = IntKernels.compare(x.words, x.count, y.words, y.count) < 0
    let (large, small) = swaps ? (y, x) : (x, y)
    let isNegative = swaps ? yIsNegative : x.isNegative
    guard let result = thread.allocateInteger(large.count + 1) else { return .undefined }
    if x.isNegative == yIsNegative {
        let carry = IntKernels.add(result.words, large.words, large.count, small.words, small.count)
        result.words[large.count] = carry
        return thread.normalized(result, large.count + 1, isNegative: isNegative)
    }
    IntKernels.subtract(result.words, large.words, large.count, small.words, small.count)
    return thread.normalized(result, large.count, isNegative: isNegative)
}

private func multiply(_ thread: Thread, _ x: IntegerOperand, _ y: IntegerOperand) -> Value {
    if x.count == 0 || y.count == 0 { return Value(smallInt: 0) }
    guard let result = thread.allocateInteger(x.count + y.count) else { return .undefined }
    IntKernels.multiply(result.words, x.words, x.count, y.words, y.count)
    return thread.normalized(result, x.count + y.count, isNegative: x.isNegative != y.isNegative)
}

/// Quotient rounded down and, when wanted, the remainder with the divisor's sign (else undefined).
private func divide(_ thread: Thread, _ x: IntegerOperand, _ y: IntegerOperand, wantsRemainder: Bool = false) -> (quotient: Value, remainder: Value) {
    let negative = x.isNegative != y.isNegative
    if IntKernels.compare(x.words, x.count, y.words, y.count) < 0 {
        return (Value(smallInt: x.count > 0 && negative ? -1 : 0), wantsRemainder ? foldRemainder(thread, x.words, x.count, x.isNegative, y) : .undefined)
    }
    let quotientCount = x.count - y.count + 2
    guard let quotient = thread.allocateInteger(quotientCount) else { return (.undefined, .undefined) }
    let q = quotient.words
    var rest = Value.undefined
    var isExact: Bool
    if y.count == 1 {
        var word = IntKernels.divide(q, x.words, x.count, byWord: y.words[0])
        q[x.count] = 0
        isExact = word == 0
        if wantsRemainder { rest = foldRemainder(thread, &word, isExact ? 0 : 1, x.isNegative, y) }
    } else {
        let scratch = Words.allocate(capacity: x.count + 1 + y.count)
        IntKernels.divide(quotient: q, remainder: scratch, x.words, x.count, by: y.words, y.count, scratch: scratch + x.count + 1)
        q[quotientCount - 1] = 0
        let n = IntKernels.significant(scratch, y.count)
        isExact = n == 0
        if wantsRemainder { rest = foldRemainder(thread, scratch, n, x.isNegative, y) }
        scratch.deallocate()
    }
    if wantsRemainder && rest.isUndefined {
        thread.decref(Value(pointer: quotient))
        return (.undefined, .undefined)
    }
    if negative && !isExact {
        var one: UInt = 1
        _ = IntKernels.add(q, q, quotientCount, &one, 1)
    }
    let result = thread.normalized(quotient, quotientCount, isNegative: negative)
    if result.isUndefined && !rest.isUndefined { thread.decref(rest) }
    return (result, result.isUndefined ? .undefined : rest)
}

/// The remainder of magnitudes (n significant words) as a number with the divisor's sign.
private func foldRemainder(_ thread: Thread, _ words: ConstantWords, _ n: Int, _ xIsNegative: Bool, _ y: IntegerOperand) -> Value {
    if n == 0 { return Value(smallInt: 0) }
    guard let result = thread.allocateInteger(y.count) else { return .undefined }
    if xIsNegative == y.isNegative {
        result.words.update(from: words, count: n)
        return thread.normalized(result, n, isNegative: y.isNegative)
    }
    IntKernels.subtract(result.words, y.words, y.count, words, n)
    return thread.normalized(result, y.count, isNegative: y.isNegative)
}

private func remainder(_ thread: Thread, _ x: IntegerOperand, _ y: IntegerOperand) -> Value {
    if IntKernels.compare(x.words, x.count, y.words, y.count) < 0 { return foldRemainder(thread, x.words, x.count, x.isNegative, y) }
    if y.count == 1 {
        var word = IntKernels.remainder(x.words, x.count, byWord: y.words[0])
        return foldRemainder(thread, &word, word == 0 ? 0 : 1, x.isNegative, y)
    }
    let scratch = Words.allocate(capacity: x.count + 1 + y.count)
    defer { scratch.deallocate() }
    IntKernels.divide(quotient: nil, remainder: scratch, x.words, x.count, by: y.words, y.count, scratch: scratch + x.count + 1)
    return foldRemainder(thread, scratch, IntKernels.significant(scratch, y.count), x.isNegative, y)
}

/// Quotient and remainder of integers, the divisor not zero; both undefined: raised.
func integerDivmod(_ thread: Thread, _ a: Value, _ b: Value) -> (quotient: Value, remainder: Value) {
    var wordA: UInt = 0
    var wordB: UInt = 0
    return withUnsafeMutablePointer(to: &wordA) { placeA in
        withUnsafeMutablePointer(to: &wordB) { placeB in
            divide(thread, IntegerOperand(a, placeA), IntegerOperand(b, placeB), wantsRemainder: true)
        }
    }
}

/// `a << count`, `a` not zero; the caller has checked the size.
func integerShiftLeft(_ thread: Thread, _ a: Value, _ count: Int) -> Value {
    var word: UInt = 0
    return withUnsafeMutablePointer(to: &word) { place in
        let x = IntegerOperand(a, place)
        let whole = count >> 6
        guard let result = thread.allocateInteger(x.count + whole + 1) else { return .undefined }
        result.words.update(repeating: 0, count: whole)
        result.words[whole + x.count] = IntKernels.shiftLeft(result.words + whole, x.words, x.count, count & 63)
        return thread.normalized(result, x.count + whole + 1, isNegative: x.isNegative)
    }
}

/// `a >> count`, rounded down.
func integerShiftRight(_ thread: Thread, _ a: Value, _ count: Int) -> Value {
    var word: UInt = 0
    return withUnsafeMutablePointer(to: &word) { place in
        let x = IntegerOperand(a, place)
        let whole = count >> 6
        if whole >= x.count { return Value(smallInt: x.isNegative ? -1 : 0) }
        let n = x.count - whole
        guard let result = thread.allocateInteger(n + 1) else { return .undefined }
        IntKernels.shiftRight(result.words, x.words + whole, n, count & 63)
        result.words[n] = 0
        if x.isNegative {
            var lost = x.words[whole] & ((1 << UInt(count & 63)) - 1) != 0
            for i in 0..<whole where x.words[i] != 0 { lost = true }
            var one: UInt = 1
            if lost { _ = IntKernels.add(result.words, result.words, n + 1, &one, 1) }
        }
        return thread.normalized(result, n + 1, isNegative: x.isNegative)
    }
}

/// `a` with its sign turned.
func integerNegate(_ thread: Thread, _ a: Value) -> Value {
    var word: UInt = 0
    return withUnsafeMutablePointer(to: &word) { place in
        let x = IntegerOperand(a, place)
        guard let result = thread.allocateInteger(x.count) else { return .undefined }
        result.words.update(from: x.words, count: x.count)
        return thread.normalized(result, x.count, isNegative: !x.isNegative)
    }
}

/// `base^exponent` modulo an odd modulus, all of them not negative; nil: the modulus is even or one.
func integerPowerModulo(_ thread: Thread, _ base: Value, _ exponent: Value, _ modulus: Value) -> Value? {
    var places: (UInt, UInt, UInt) = (0, 0, 0)
    return withUnsafeMutablePointer(to: &places) { all in
        let words = UnsafeMutableRawPointer(all).assumingMemoryBound(to: UInt.self)
        let x = IntegerOperand(base, words)
        let e = IntegerOperand(exponent, words + 1)
        let m = IntegerOperand(modulus, words + 2)
        if x.isNegative || e.isNegative || m.isNegative || m.count == 0 || m.words[0] & 1 == 0 || (m.count == 1 && m.words[0] == 1) { return nil }
        if IntKernels.compare(x.words, x.count, m.words, m.count) >= 0 { return nil }
        guard let result = thread.allocateInteger(m.count) else { return .undefined }
        let reduced = Words.allocate(capacity: m.count)
        reduced.update(repeating: 0, count: m.count)
        reduced.update(from: x.words, count: x.count)
        IntKernels.powerModuloOdd(result.words, reduced, e.words, e.count, m.words, m.count)
        reduced.deallocate()
        return thread.normalized(result, m.count, isNegative: false)
    }
}

/// `a^count` for |a| >= 2 and count >= 1, by squaring from the exponent's top bit on; the caller has checked the size.
func integerPower(_ thread: Thread, _ a: Value, _ count: Int) -> Value {
    var word: UInt = 0
    return withUnsafeMutablePointer(to: &word) { place in
        let x = IntegerOperand(a, place)
        let bits = x.count * 64 - x.words[x.count - 1].leadingZeroBitCount
        // A product of n and m words takes n + m for a moment.
        let room = bits * count / 64 + x.count + 3
        let scratch = Words.allocate(capacity: 2 * room)
        defer { scratch.deallocate() }
        var current = scratch
        var next = scratch + room
        current.update(from: x.words, count: x.count)
        var n = x.count
        var bit = Int.bitWidth - 2 - count.leadingZeroBitCount
        while bit >= 0 {
            IntKernels.multiply(next, current, n, current, n)
            n = IntKernels.significant(next, 2 * n)
            swap(&current, &next)
            if count >> bit & 1 == 1 {
                IntKernels.multiply(next, current, n, x.words, x.count)
                n = IntKernels.significant(next, n + x.count)
                swap(&current, &next)
            }
            bit -= 1
        }
        guard let result = thread.allocateInteger(n) else { return .undefined }
        result.words.update(from: current, count: n)
        return thread.normalized(result, n, isNegative: x.isNegative && count & 1 == 1)
    }
}
