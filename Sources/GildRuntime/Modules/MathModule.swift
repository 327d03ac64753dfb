// The math module.
//
// Functions of one double are the C library's, with C's two ways to fail mapped as CPython does: a NaN that did not come from
// a NaN is a domain error; an infinity from a finite argument is a range error, or a domain error at a pole. Functions of
// integers are exact at any size. Sums (fsum, sumprod) keep all partial sums without loss (Shewchuk, "Adaptive Precision
// Floating-Point Arithmetic", 1997) and round once.

import BigInt
import CGild
import Glibc

let mathConstants: [(String, Double)] = [
    ("pi", Double.pi), ("e", 2.718281828459045), ("tau", 6.283185307179586), ("inf", Double.infinity), ("nan", Double.nan),
]

// MARK: - Errors

private func domainError(_ thread: Thread) -> Value { thread.raise(.valueError, "math domain error") }
private func rangeError(_ thread: Thread) -> Value { thread.raise(.overflowError, "math range error") }

/// A function of one double; `poles`: an infinite result means a pole, not an overflow.
@inline(__always) private func unary(_ thread: Thread, _ a: Arguments, poles: Bool = true, _ function: (Double) -> Double) -> Value {
    guard let x = realNumber(thread, a[0]) else { return .undefined }
    let result = function(x)
    if result.isNaN && !x.isNaN { return domainError(thread) }
    if result.isInfinite && x.isFinite { return poles ? domainError(thread) : rangeError(thread) }
    return thread.makeFloat(result)
}

private func pair(_ thread: Thread, _ a: Arguments) -> (Double, Double)? {
    guard let x = realNumber(thread, a[0]), let y = realNumber(thread, a[1]) else { return nil }
    return (x, y)
}

/// An int argument of any size. Nil: raised.
private func integer(_ thread: Thread, _ value: Value) -> BigInt? {
    let index = thread.index(value)
    if index.isUndefined { return nil }
    defer { thread.decref(index) }
    return thread.bigInt(index)
}

// MARK: - Logarithms

/// A logarithm; integers too large for a double are split into mantissa and exponent.
private func logarithm(_ thread: Thread, _ value: Value, _ function: (Double) -> Double) -> Double? {
    if thread.isInteger(value) {
        let number = thread.bigInt(value)
        if number <= 0 {
            _ = domainError(thread)
            return nil
        }
        let x = FloatArithmetic.double(number)
        if x.isFinite { return function(x) }
        let exponent = number.magnitude.bitWidth
        let mantissa = FloatArithmetic.rounded(number.magnitude, exponent: -exponent, sticky: false)
        return function(mantissa) + function(2) * Double(exponent)
    }
    guard let x = realNumber(thread, value) else { return nil }
    if x <= 0 {
        _ = domainError(thread)
        return nil
    }
    return function(x)
}

// MARK: - Exact sums

/// Partial sums that do not overlap, from small to large.
private struct ExactSum {
    enum Failure: Error { case overflow, opposites }
    var partials: [Double] = []
    var special = 0.0
    var infinities = 0.0

    mutating func add(_ value: Double) throws(Failure) {
        if !value.isFinite {
            if value.isInfinite { infinities += value }
            special += value
            return
        }
        var x = value
        var kept = 0
        for partial in partials {
            var y = partial
            if abs(x) < abs(y) { swap(&x, &y) }
            let high = x + y
            let low = y - (high - x)
            if low != 0 {
                partials[kept] = low
                kept += 1
            }
            x = high
        }
        partials.removeLast(partials.count - kept)
        if x != 0 {
            if !x.isFinite { throw .overflow }
            partials.append(x)
        }
    }

    /// The sum, rounded once.
    func total() throws(Failure) -> Double {
        if special != 0 || special.isNaN {
            if infinities.isNaN { throw .opposites }
            return special
        }
        var rest = partials
        guard var high = rest.popLast() else { return 0 }
        var low = 0.0
        while let y = rest.popLast() {
            let x = high
            high = x + y
            low = y - (high - x)
            if low != 0 { break }
        }
        // Half an ulp exactly: the next partial says which way.
        if let next = rest.last, (low < 0 && next < 0) || (low > 0 && next > 0) {
            let y = low * 2
            let x = high + y
            if y == x - high { high = x }
        }
        return high
    }
}

private func fsum(_ thread: Thread, _ iterable: Value) -> Value {
    var sum = ExactSum()
    var overflow = false
    let complete = thread.forEach(iterable) { item in
        guard let x = realNumber(thread, item) else { return false }
        do throws(ExactSum.Failure) { try sum.add(x) } catch {
            overflow = true
            return false
        }
        return true
    }
    if overflow { return thread.raise(.overflowError, "intermediate overflow in fsum") }
    if !complete || thread.isRaising { return .undefined }
    do throws(ExactSum.Failure) { return thread.makeFloat(try sum.total()) } catch {
        return thread.raise(.valueError, "-inf + inf in fsum")
    }
}

/// The items of an iterable, owned. Nil: raised.
private func collect(_ thread: Thread, _ iterable: Value) -> UnsafeMutablePointer<ListObject>? {
    guard let list = thread.makeList(capacity: 0) else { return nil }
    let complete = thread.forEach(iterable) { thread.append(list, thread.newReference($0)) }
    if complete && !thread.isRaising { return list }
    thread.decref(Value(pointer: list))
    return nil
}

private func sumProduct(_ thread: Thread, _ a: Arguments) -> Value {
    guard let p = collect(thread, a[0]) else { return .undefined }
    defer { thread.decref(Value(pointer: p)) }
    guard let q = collect(thread, a[1]) else { return .undefined }
    defer { thread.decref(Value(pointer: q)) }
    let count = p.pointee.count
    if count != q.pointee.count { return thread.raise(.valueError, "Inputs are not the same length") }
    guard count > 0, let x = p.pointee.items, let y = q.pointee.items else { return Value(smallInt: 0) }
    var hasFloat = false
    var onlyNumbers = true
    for i in 0..<count {
        hasFloat = hasFloat || thread.isFloat(x[i]) || thread.isFloat(y[i])
        onlyNumbers = onlyNumbers && thread.isNumber(x[i]) && thread.isNumber(y[i])
    }
    if hasFloat && onlyNumbers {
        var sum = ExactSum()
        var plain = 0.0
        for i in 0..<count {
            guard let u = toDouble(thread, x[i]), let v = toDouble(thread, y[i]) else { return .undefined }
            let product = u * v
            plain += product
            do throws(ExactSum.Failure) {
                try sum.add(product)
                // The product's rounding error is a double too.
                if product.isFinite { try sum.add((-product).addingProduct(u, v)) }
            } catch { return thread.makeFloat(plain) }
        }
        do throws(ExactSum.Failure) { return thread.makeFloat(try sum.total()) } catch { return thread.makeFloat(plain) }
    }
    var total = Value(smallInt: 0)
    for i in 0..<count {
        let product = thread.binary(.mul, x[i], y[i])
        if product.isUndefined {
            thread.decref(total)
            return .undefined
        }
        let next = thread.binary(.add, total, product)
        thread.decref(product)
        thread.decref(total)
        if next.isUndefined { return .undefined }
        total = next
    }
    return total
}

private func product(_ thread: Thread, _ a: Arguments, _ count: Int, _ keywordNames: Value) -> Value {
    var start = Value(smallInt: 1)
    if keywordNames.isPointer {
        let names = keywordNames.cast(TupleObject.self)
        for k in 0..<names.pointee.count {
            let name = thread.string(names.items[k])
            if name != "start" { return thread.raise(.typeError, "prod() got an unexpected keyword argument '\(name)'") }
            start = a[count + k]
        }
    }
    if count != 1 { return thread.raise(.typeError, "prod() takes exactly 1 positional argument (\(count) given)") }
    var result = thread.newReference(start)
    let complete = thread.forEach(a[0]) { item in
        let next = thread.binary(.mul, result, item)
        thread.decref(result)
        result = next
        return !next.isUndefined
    }
    if !complete || thread.isRaising {
        thread.decref(result)
        return .undefined
    }
    return result
}

/// Euclidean norm, scaled by the largest component so that no square overflows, with the squares' errors kept.
private func norm(_ values: [Double]) -> Double {
    var largest = 0.0
    var hasNaN = false
    for x in values {
        if x.isInfinite { return .infinity }
        if x.isNaN { hasNaN = true } else { largest = max(largest, abs(x)) }
    }
    if hasNaN { return .nan }
    if largest == 0 || values.count <= 1 { return largest }
    if values.count == 2 { return hypot(values[0], values[1]) }
    let exponent = Int32(ilogb(largest))
    var high = 0.0
    var low = 0.0
    for value in values {
        let x = scalbn(value, -exponent)
        let square = x * x
        let error = (-square).addingProduct(x, x)
        let sum = high + square
        low += (abs(high) >= square ? (high - sum) + square : (square - sum) + high) + error
        high = sum
    }
    var root = (high + low).squareRoot()
    // One Newton step on the residual.
    let residual = high.addingProduct(-root, root) + low
    root += residual / (2 * root)
    return scalbn(root, exponent)
}

// MARK: - Integers

/// Product of low … high.
private func rangeProduct(_ low: Int, _ high: Int) -> BigUInt {
    if low > high { return 1 }
    if high - low < 8 {
        var result = BigUInt(low)
        for i in stride(from: low + 1, through: high, by: 1) { result *= BigUInt(i) }
        return result
    }
    let middle = low + (high - low) / 2
    return rangeProduct(low, middle) * rangeProduct(middle + 1, high)
}

private func factorial(_ thread: Thread, _ value: Value) -> Value {
    guard let number = integer(thread, value) else { return .undefined }
    if number.sign == .minus && !number.isZero { return thread.raise(.valueError, "factorial() not defined for negative values") }
    guard let n = Int(exactly: number) else {
        return thread.raise(.overflowError, "factorial() argument should not exceed 9223372036854775807")
    }
    if n > thread.heap.pointee.quota.limitBytes / 2 { return thread.raiseMemoryError() }
    return thread.makeInt(BigInt(n < 2 ? 1 : rangeProduct(2, n)))
}

/// n and k of comb and perm, both non-negative. Nil: raised.
private func choice(_ thread: Thread, _ a: Arguments) -> (n: BigInt, k: BigInt)? {
    guard let n = integer(thread, a[0]), let k = integer(thread, a[1]) else { return nil }
    for (value, name) in [(n, "n"), (k, "k")] where value < 0 {
        thread.raise(.valueError, "\(name) must be a non-negative integer")
        return nil
    }
    return (n, k)
}

private func permutations(_ thread: Thread, _ a: Arguments) -> Value {
    guard let (n, k) = choice(thread, a) else { return .undefined }
    if k > n { return Value(smallInt: 0) }
    guard let count = Int(exactly: k) else { return thread.raise(.overflowError, "k must not exceed 9223372036854775807") }
    if let top = Int(exactly: n) { return thread.makeInt(BigInt(count == 0 ? 1 : rangeProduct(top - count + 1, top))) }
    var result: BigInt = 1
    for i in 0..<count { result *= n - BigInt(i) }
    return thread.makeInt(result)
}

private func combinations(_ thread: Thread, _ a: Arguments) -> Value {
    guard let (n, k) = choice(thread, a) else { return .undefined }
    if k > n { return Value(smallInt: 0) }
    let smaller = min(k, n - k)
    guard let count = Int(exactly: smaller) else {
        return thread.raise(.overflowError, "min(n - k, k) must not exceed 9223372036854775807")
    }
    if let top = Int(exactly: n) {
        if count == 0 { return Value(smallInt: 1) }
        return thread.makeInt(BigInt(rangeProduct(top - count + 1, top) / rangeProduct(1, count)))
    }
    var result: BigInt = 1
    for i in 0..<count { result = result * (n - BigInt(i)) / BigInt(i + 1) }
    return thread.makeInt(result)
}

private func greatestCommonDivisor(_ thread: Thread, _ a: Arguments, _ count: Int) -> Value {
    var result = BigUInt()
    for i in 0..<count {
        guard let number = integer(thread, a[i]) else { return .undefined }
        result = result.greatestCommonDivisor(with: number.magnitude)
    }
    return thread.makeInt(BigInt(result))
}

private func leastCommonMultiple(_ thread: Thread, _ a: Arguments, _ count: Int) -> Value {
    var result: BigUInt = 1
    for i in 0..<count {
        guard let number = integer(thread, a[i]) else { return .undefined }
        if result.isZero || number.isZero {
            result = 0
        } else {
            result = result / result.greatestCommonDivisor(with: number.magnitude) * number.magnitude
        }
    }
    return thread.makeInt(BigInt(result))
}

// MARK: - Rounding to integers

private func rounding(_ thread: Thread, _ value: Value, _ method: SpecialMethod, _ function: (Double) -> Double) -> Value {
    if thread.isFloat(value) { return integerFromDouble(thread, function(thread.float(value))) }
    if thread.isInteger(value) { return numericPositive(thread, value) }
    let special = thread.special(value, method)
    if !special.isUndefined { return thread.call(special, value) }
    if method == .trunc { return thread.raise(.typeError, "type \(thread.typeName(value)) doesn't define __trunc__ method") }
    guard let x = realNumber(thread, value) else { return .undefined }
    return integerFromDouble(thread, function(x))
}

private func nextAfter(_ thread: Thread, _ a: Arguments, _ count: Int, _ keywordNames: Value) -> Value {
    var steps = Value.none
    if keywordNames.isPointer {
        let names = keywordNames.cast(TupleObject.self)
        for k in 0..<names.pointee.count {
            let name = thread.string(names.items[k])
            if name != "steps" { return thread.raise(.typeError, "nextafter() got an unexpected keyword argument '\(name)'") }
            steps = a[count + k]
        }
    }
    if count != 2 { return thread.raise(.typeError, "nextafter() takes exactly 2 positional arguments (\(count) given)") }
    guard let (x, y) = pair(thread, a) else { return .undefined }
    if steps.isNone { return thread.makeFloat(nextafter(x, y)) }
    guard let number = integer(thread, steps) else { return .undefined }
    if number < 0 { return thread.raise(.valueError, "steps must be a non-negative integer") }
    if number.isZero || x.isNaN { return thread.makeFloat(x) }
    if y.isNaN { return thread.makeFloat(y) }
    if x == y { return thread.makeFloat(y) }
    // Doubles in order are integers in order: the bits, mirrored for negative ones.
    func rank(_ value: Double) -> Int { value.sign == .minus ? -Int(value.magnitude.bitPattern) : Int(value.bitPattern) }
    let from = rank(x)
    let to = rank(y)
    let distance = BigInt(to) - BigInt(from)
    if distance.magnitude <= number.magnitude { return thread.makeFloat(y) }
    let target = distance.sign == .minus ? from - Int(number) : from + Int(number)
    let magnitude = Double(bitPattern: UInt64(target.magnitude))
    return thread.makeFloat(target < 0 || (target == 0 && x.sign == .minus) ? -magnitude : magnitude)
}

private func isClose(_ thread: Thread, _ a: Arguments, _ count: Int, _ keywordNames: Value) -> Value {
    if count > 2 { return thread.raise(.typeError, "isclose() takes exactly 2 positional arguments (\(count) given)") }
    return withUnsafeTemporaryAllocation(of: Value.self, capacity: 4) { places in
        let places = places.baseAddress.unsafelyUnwrapped
        guard
            thread.bind(
                "isclose", a, count, keywordNames, parameters: ["a", "b", "rel_tol", "abs_tol"], keywordOnlyFrom: 2, required: 2, into: places)
        else { return .undefined }
        guard let (x, y) = pair(thread, places) else { return .undefined }
        var tolerances = (1e-9, 0.0)
        if !places[2].isUndefined {
            guard let given = realNumber(thread, places[2]) else { return .undefined }
            tolerances.0 = given
        }
        if !places[3].isUndefined {
            guard let given = realNumber(thread, places[3]) else { return .undefined }
            tolerances.1 = given
        }
        if tolerances.0 < 0 || tolerances.1 < 0 { return thread.raise(.valueError, "tolerances must be non-negative") }
        if x == y { return .true }
        if x.isInfinite || y.isInfinite { return .false }
        let difference = abs(y - x)
        return Value(difference <= abs(tolerances.0 * y) || difference <= abs(tolerances.0 * x) || difference <= tolerances.1)
    }
}

private func power(_ thread: Thread, _ a: Arguments) -> Value {
    guard let (x, y) = pair(thread, a) else { return .undefined }
    let result = pow(x, y)
    if x.isFinite && y.isFinite {
        if result.isNaN { return domainError(thread) }
        if result.isInfinite { return x == 0 ? domainError(thread) : rangeError(thread) }
    }
    return thread.makeFloat(result)
}

private func loadExponent(_ thread: Thread, _ a: Arguments) -> Value {
    guard let x = realNumber(thread, a[0]) else { return .undefined }
    guard thread.isInteger(a[1]) else { return thread.raise(.typeError, "Expected an int as second argument to ldexp.") }
    if x == 0 || !x.isFinite { return thread.makeFloat(x) }
    let exponent = thread.smallInt(a[1]) ?? (thread.isNegativeInteger(a[1]) ? Int.min : Int.max)
    let result = scalbn(x, Int32(clamping: exponent))
    return result.isInfinite ? rangeError(thread) : thread.makeFloat(result)
}

private func gamma(_ thread: Thread, _ a: Arguments) -> Value {
    guard let x = realNumber(thread, a[0]) else { return .undefined }
    if x.isNaN || x == .infinity { return thread.makeFloat(x) }
    if x == -.infinity || x == 0 || (x < 0 && x == floor(x)) { return domainError(thread) }
    if x == floor(x) && x <= 23 { return thread.makeFloat(FloatArithmetic.double(BigInt(x < 3 ? 1 : rangeProduct(2, Int(x) - 1)))) }
    let result = tgamma(x)
    return result.isInfinite ? rangeError(thread) : thread.makeFloat(result)
}

private func logGamma(_ thread: Thread, _ a: Arguments) -> Value {
    guard let x = realNumber(thread, a[0]) else { return .undefined }
    if !x.isFinite { return thread.makeFloat(x.isNaN ? x : .infinity) }
    if x <= 0 && x == floor(x) { return domainError(thread) }
    var sign: Int32 = 0
    let result = lgamma_r(x, &sign)
    return result.isInfinite ? rangeError(thread) : thread.makeFloat(result)
}

let mathFunctions: [NativeDefinition] = [
    NativeDefinition("sqrt", 1, 1) { t, a, _, _ in unary(t, a) { $0.squareRoot() } },
    NativeDefinition("cbrt", 1, 1) { t, a, _, _ in unary(t, a) { cbrt($0) } },
    NativeDefinition("exp", 1, 1) { t, a, _, _ in unary(t, a, poles: false) { exp($0) } },
    NativeDefinition("exp2", 1, 1) { t, a, _, _ in unary(t, a, poles: false) { exp2($0) } },
    NativeDefinition("expm1", 1, 1) { t, a, _, _ in unary(t, a, poles: false) { expm1($0) } },
    NativeDefinition("log1p", 1, 1) { t, a, _, _ in unary(t, a) { log1p($0) } },
    NativeDefinition("sin", 1, 1) { t, a, _, _ in unary(t, a) { sin($0) } },
    NativeDefinition("cos", 1, 1) { t, a, _, _ in unary(t, a) { cos($0) } },
    NativeDefinition("tan", 1, 1) { t, a, _, _ in unary(t, a) { tan($0) } },
    NativeDefinition("asin", 1, 1) { t, a, _, _ in unary(t, a) { asin($0) } },
    NativeDefinition("acos", 1, 1) { t, a, _, _ in unary(t, a) { acos($0) } },
    NativeDefinition("atan", 1, 1) { t, a, _, _ in unary(t, a) { atan($0) } },
    NativeDefinition("sinh", 1, 1) { t, a, _, _ in unary(t, a, poles: false) { sinh($0) } },
    NativeDefinition("cosh", 1, 1) { t, a, _, _ in unary(t, a, poles: false) { cosh($0) } },
    NativeDefinition("tanh", 1, 1) { t, a, _, _ in unary(t, a) { tanh($0) } },
    NativeDefinition("asinh", 1, 1) { t, a, _, _ in unary(t, a) { asinh($0) } },
    NativeDefinition("acosh", 1, 1) { t, a, _, _ in unary(t, a) { acosh($0) } },
    NativeDefinition("atanh", 1, 1) { t, a, _, _ in unary(t, a) { atanh($0) } },
    NativeDefinition("erf", 1, 1) { t, a, _, _ in unary(t, a) { erf($0) } },
    NativeDefinition("erfc", 1, 1) { t, a, _, _ in unary(t, a) { erfc($0) } },
    NativeDefinition("fabs", 1, 1) { t, a, _, _ in unary(t, a) { abs($0) } },
    NativeDefinition("degrees", 1, 1) { t, a, _, _ in
        guard let x = realNumber(t, a[0]) else { return .undefined }
        return t.makeFloat(x * (180 / Double.pi))
    },
    NativeDefinition("radians", 1, 1) { t, a, _, _ in
        guard let x = realNumber(t, a[0]) else { return .undefined }
        return t.makeFloat(x * (Double.pi / 180))
    },
    NativeDefinition("gamma", 1, 1) { t, a, _, _ in gamma(t, a) },
    NativeDefinition("lgamma", 1, 1) { t, a, _, _ in logGamma(t, a) },
    NativeDefinition("log", 1, 2) { t, a, count, _ in
        guard let x = logarithm(t, a[0], { log($0) }) else { return .undefined }
        if count < 2 { return t.makeFloat(x) }
        guard let base = logarithm(t, a[1], { log($0) }) else { return .undefined }
        return base == 0 ? t.raise(.zeroDivisionError, "float division by zero") : t.makeFloat(x / base)
    },
    NativeDefinition("log2", 1, 1) { t, a, _, _ in logarithm(t, a[0]) { log2($0) }.map { t.makeFloat($0) } ?? .undefined },
    NativeDefinition("log10", 1, 1) { t, a, _, _ in logarithm(t, a[0]) { log10($0) }.map { t.makeFloat($0) } ?? .undefined },
    NativeDefinition("pow", 2, 2) { t, a, _, _ in power(t, a) },
    NativeDefinition("atan2", 2, 2) { t, a, _, _ in pair(t, a).map { t.makeFloat(atan2($0, $1)) } ?? .undefined },
    NativeDefinition("copysign", 2, 2) { t, a, _, _ in pair(t, a).map { t.makeFloat(copysign($0, $1)) } ?? .undefined },
    NativeDefinition("fmod", 2, 2) { t, a, _, _ in
        guard let (x, y) = pair(t, a) else { return .undefined }
        let result = fmod(x, y)
        return result.isNaN && !x.isNaN && !y.isNaN ? domainError(t) : t.makeFloat(result)
    },
    NativeDefinition("remainder", 2, 2) { t, a, _, _ in
        guard let (x, y) = pair(t, a) else { return .undefined }
        let result = Glibc.remainder(x, y)
        return result.isNaN && !x.isNaN && !y.isNaN ? domainError(t) : t.makeFloat(result)
    },
    NativeDefinition("fma", 3, 3) { t, a, _, _ in
        guard let (x, y) = pair(t, a), let z = realNumber(t, a[2]) else { return .undefined }
        let result = z.addingProduct(x, y)
        if result.isFinite { return t.makeFloat(result) }
        if result.isNaN && !x.isNaN && !y.isNaN && !z.isNaN { return t.raise(.valueError, "invalid operation in fma") }
        if result.isInfinite && x.isFinite && y.isFinite && z.isFinite { return t.raise(.overflowError, "overflow in fma") }
        return t.makeFloat(result)
    },
    NativeDefinition("frexp", 1, 1) { t, a, _, _ in
        guard let x = realNumber(t, a[0]) else { return .undefined }
        if x == 0 || !x.isFinite { return makePair(t, t.makeFloat(x), Value(smallInt: 0)) }
        let exponent = Int(ilogb(x)) + 1
        return makePair(t, t.makeFloat(scalbn(x, Int32(-exponent))), Value(smallInt: exponent))
    },
    NativeDefinition("ldexp", 2, 2) { t, a, _, _ in loadExponent(t, a) },
    NativeDefinition("modf", 1, 1) { t, a, _, _ in
        guard let x = realNumber(t, a[0]) else { return .undefined }
        if x.isInfinite { return makePair(t, t.makeFloat(copysign(0, x)), t.makeFloat(x)) }
        let whole = x.rounded(.towardZero)
        return makePair(t, t.makeFloat(copysign(x - whole, x)), t.makeFloat(whole))
    },
    NativeDefinition("nextafter", 0, -1, keywords: true) { nextAfter($0, $1, $2, $3) },
    NativeDefinition("ulp", 1, 1) { t, a, _, _ in
        guard let x = realNumber(t, a[0]) else { return .undefined }
        let magnitude = abs(x)
        return t.makeFloat(x.isFinite ? magnitude.ulp : magnitude)
    },
    NativeDefinition("isclose", 0, -1, keywords: true) { isClose($0, $1, $2, $3) },
    NativeDefinition("isnan", 1, 1) { t, a, _, _ in realNumber(t, a[0]).map { Value($0.isNaN) } ?? .undefined },
    NativeDefinition("isinf", 1, 1) { t, a, _, _ in realNumber(t, a[0]).map { Value($0.isInfinite) } ?? .undefined },
    NativeDefinition("isfinite", 1, 1) { t, a, _, _ in realNumber(t, a[0]).map { Value($0.isFinite) } ?? .undefined },
    NativeDefinition("floor", 1, 1) { t, a, _, _ in rounding(t, a[0], .floor) { floor($0) } },
    NativeDefinition("ceil", 1, 1) { t, a, _, _ in rounding(t, a[0], .ceil) { ceil($0) } },
    NativeDefinition("trunc", 1, 1) { t, a, _, _ in rounding(t, a[0], .trunc) { $0.rounded(.towardZero) } },
    NativeDefinition("hypot", 0, -1) { t, a, count, _ in
        var values: [Double] = []
        for i in 0..<count {
            guard let x = realNumber(t, a[i]) else { return .undefined }
            values.append(x)
        }
        let result = norm(values)
        return result.isInfinite && values.allSatisfy { $0.isFinite } ? rangeError(t) : t.makeFloat(result)
    },
    NativeDefinition("dist", 2, 2) { t, a, _, _ in
        guard let p = collect(t, a[0]) else { return .undefined }
        defer { t.decref(Value(pointer: p)) }
        guard let q = collect(t, a[1]) else { return .undefined }
        defer { t.decref(Value(pointer: q)) }
        if p.pointee.count != q.pointee.count { return t.raise(.valueError, "both points must have the same number of dimensions") }
        var values: [Double] = []
        for i in 0..<p.pointee.count {
            guard let items = p.pointee.items, let others = q.pointee.items, let x = realNumber(t, items[i]), let y = realNumber(t, others[i])
            else { return .undefined }
            values.append(x - y)
        }
        return t.makeFloat(norm(values))
    },
    NativeDefinition("fsum", 1, 1) { t, a, _, _ in fsum(t, a[0]) },
    NativeDefinition("sumprod", 2, 2) { t, a, _, _ in sumProduct(t, a) },
    NativeDefinition("prod", 0, -1, keywords: true) { product($0, $1, $2, $3) },
    NativeDefinition("factorial", 1, 1) { t, a, _, _ in factorial(t, a[0]) },
    NativeDefinition("comb", 2, 2) { t, a, _, _ in combinations(t, a) },
    NativeDefinition("perm", 1, 2) { t, a, count, _ in count == 1 || a[1].isNone ? factorial(t, a[0]) : permutations(t, a) },
    NativeDefinition("gcd", 0, -1) { t, a, count, _ in greatestCommonDivisor(t, a, count) },
    NativeDefinition("lcm", 0, -1) { t, a, count, _ in leastCommonMultiple(t, a, count) },
    NativeDefinition("isqrt", 1, 1) { t, a, _, _ in
        guard let number = integer(t, a[0]) else { return .undefined }
        if number < 0 { return t.raise(.valueError, "isqrt() argument must be nonnegative") }
        return t.makeInt(BigInt(number.magnitude.squareRoot()))
    },
]
