// Hashes of numbers: equal numbers of different types have equal hashes.
//
// A rational number is reduced modulo the Mersenne prime 2^61 - 1, as CPython does on 64-bit machines ("Hashing of numeric
// types" in the library reference). -1 is reserved there for errors and becomes -2.

import CGild

enum NumericHash {
    static let modulus: UInt = (1 << 61) - 1

    @inline(__always) static func hash(_ value: Int) -> Int {
        var result = Int(value.magnitude % modulus)
        if value < 0 { result = -result }
        return result == -1 ? -2 : result
    }

    /// Hash of a double; NaN has none (identity decides).
    static func hash(_ value: Double) -> Int {
        if value.isInfinite { return value > 0 ? 314159 : -314159 }
        if let whole = Int(exactly: value) { return hash(whole) }
        var significand = UInt(value.magnitude.significandBitPattern)
        if value.isNormal { significand |= 1 << 52 }
        let exponent = (value.isNormal ? Int(value.exponent) : -1022) - 52
        // Multiplying by 2^e rotates 61 bits.
        let turn = UInt(((exponent % 61) + 61) % 61)
        significand = ((significand << turn) & modulus) | (turn == 0 ? 0 : significand >> (61 - turn))
        if significand >= modulus { significand -= modulus }
        let result = value < 0 ? -Int(significand) : Int(significand)
        return result == -1 ? -2 : result
    }

    static func hash(words: UnsafePointer<UInt>, count: Int, isNegative: Bool) -> Int {
        var x: UInt = 0
        for i in stride(from: count - 1, through: 0, by: -1) {
            // x · 2^64 = x · 8 modulo the prime
            x = ((x << 3) & modulus) | (x >> 58)
            x += words[i] % modulus
            if x >= modulus { x -= modulus }
        }
        let result = isNegative ? -Int(x) : Int(x)
        return result == -1 ? -2 : result
    }
}

extension gild_thread_ref {
    /// Hash of an int, bool or float. A NaN hashes by its address.
    func numericHash(_ value: Value) -> Int {
        if value.isInt { return NumericHash.hash(value.int) }
        if value.isBool { return value.isTrue ? 1 : 0 }
        if value.hasShape(.bigInt) {
            let integer = value.cast(BigIntObject.self)
            return NumericHash.hash(words: integer.words, count: integer.pointee.count, isNegative: integer.pointee.isNegative)
        }
        let number = float(value)
        if number.isNaN { return Int(truncatingIfNeeded: value.bits >> 4) }
        return NumericHash.hash(number)
    }
}
