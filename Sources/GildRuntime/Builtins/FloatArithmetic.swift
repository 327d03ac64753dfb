// Arithmetic of doubles, and of doubles with integers of any size, as CPython defines it (Objects/floatobject.c, longobject.c).
//
// Wherever an integer meets a double the result is the correctly rounded one: conversion and true division build a quotient of
// more than 64 bits, remember whether anything nonzero was cut off, and round once, half to even.

import BigInt
import Glibc

enum FloatArithmetic {
    // MARK: Floor division

    /// Quotient rounded down and remainder with the sign of the divisor; the divisor is not zero.
    static func floorDivide(_ a: Double, _ b: Double) -> (quotient: Double, remainder: Double) {
        var remainder = fmod(a, b)
        var division = (a - remainder) / b
        if remainder != 0 {
            if (b < 0) != (remainder < 0) {
                remainder += b
                division -= 1
            }
        } else {
            remainder = copysign(0, b)
        }
        if division != 0 {
            var floored = floor(division)
            if division - floored > 0.5 { floored += 1 }
            return (floored, remainder)
        }
        return (copysign(0, a / b), remainder)
    }

    static func remainder(_ a: Double, _ b: Double) -> Double {
        let remainder = fmod(a, b)
        if remainder != 0 { return (b < 0) != (remainder < 0) ? remainder + b : remainder }
        return copysign(0, b)
    }

    // MARK: Power

    enum PowerFailure: Error { case zeroToNegative, complex, overflow }

    static func power(_ a: Double, _ b: Double) throws(PowerFailure) -> Double {
        if b == 0 { return 1 }
        if a.isNaN { return a }
        if b.isNaN { return a == 1 ? 1 : b }
        if b.isInfinite {
            let magnitude = abs(a)
            if magnitude == 1 { return 1 }
            return (b > 0) == (magnitude > 1) ? .infinity : 0
        }
        let isOdd = fmod(abs(b), 2) == 1
        if a.isInfinite {
            if b > 0 { return isOdd ? a : abs(a) }
            return isOdd ? copysign(0, a) : 0
        }
        if a == 0 {
            if b < 0 { throw .zeroToNegative }
            return isOdd ? a : 0
        }
        var base = a
        var negate = false
        if a < 0 {
            if b != floor(b) { throw .complex }
            base = -a
            negate = isOdd
        }
        if base == 1 { return negate ? -1 : 1 }
        let result = pow(base, b)
        if result.isInfinite { throw .overflow }
        return negate ? -result : result
    }

    // MARK: Between integers and doubles

    /// The integer part of a finite double.
    static func integer(_ value: Double) -> BigInt {
        if abs(value) < 9e18 { return BigInt(Int(value)) }
        let shift = Int(value.exponent) - 52
        let magnitude = BigUInt(value.significandBitPattern | 1 << 52) << shift
        return BigInt(sign: value < 0 ? .minus : .plus, magnitude: magnitude)
    }

    /// `quotient` × 2^`exponent`, rounded half to even; `sticky`: something nonzero below was cut off. Infinite on overflow.
    static func rounded(_ quotient: BigUInt, exponent: Int, sticky: Bool) -> Double {
        let bits = quotient.bitWidth
        if bits == 0 { return 0 }
        let top = bits - 1 + exponent
        if top > 1023 { return .infinity }
        // Subnormal results have fewer bits.
        let precision = top >= -1022 ? 53 : 53 - (-1022 - top)
        if precision < 0 { return 0 }
        let drop = bits - precision
        if drop <= 0 { return scalbn(Double(UInt64(quotient)), Int32(clamping: exponent)) }
        var kept = UInt64(quotient >> drop)
        let rest = quotient - BigUInt(kept) << drop
        let half = BigUInt(1) << (drop - 1)
        if rest > half || (rest == half && (sticky || kept & 1 == 1)) { kept += 1 }
        return scalbn(Double(kept), Int32(clamping: exponent + drop))
    }

    /// The nearest double; infinite when too large.
    static func double(_ value: BigInt) -> Double {
        let magnitude = value.magnitude
        let bits = magnitude.bitWidth
        if bits > 1024 { return .infinity }
        let result = rounded(magnitude, exponent: 0, sticky: false)
        return value.sign == .minus ? -result : result
    }

    /// a / b correctly rounded; b is not zero. Infinite on overflow.
    static func trueDivide(_ a: BigInt, _ b: BigInt) -> Double {
        if a.isZero { return b.sign == .minus ? -0.0 : 0 }
        let shift = 66 - (a.magnitude.bitWidth - b.magnitude.bitWidth)
        let numerator = shift > 0 ? a.magnitude << shift : a.magnitude
        let denominator = shift < 0 ? b.magnitude << -shift : b.magnitude
        let (quotient, remainder) = numerator.quotientAndRemainder(dividingBy: denominator)
        let result = rounded(quotient, exponent: -shift, sticky: !remainder.isZero)
        return a.sign == b.sign ? result : -result
    }

    /// Exact comparison of a double that is not NaN with an integer: negative, zero or positive.
    static func compare(_ a: Double, _ b: BigInt) -> Int {
        if a.isInfinite { return a > 0 ? 1 : -1 }
        let whole = integer(a)
        if whole != b { return whole < b ? -1 : 1 }
        let fraction = a - a.rounded(.towardZero)
        return fraction == 0 ? 0 : fraction < 0 ? -1 : 1
    }

    static func compare(_ a: Double, _ b: Int) -> Int {
        if b.magnitude <= 1 << 53 {
            let other = Double(b)
            return a < other ? -1 : a > other ? 1 : 0
        }
        if a >= 9.3e18 { return 1 }
        if a <= -9.3e18 { return -1 }
        return compare(a, BigInt(b))
    }

    /// Numerator and positive denominator in lowest terms, of a finite double.
    static func ratio(_ value: Double) -> (BigInt, BigInt) {
        if value == 0 { return (0, 1) }
        var significand = value.magnitude.significandBitPattern
        if value.isNormal { significand |= 1 << 52 }
        var exponent = (value.isNormal ? Int(value.exponent) : -1022) - 52
        let zeros = significand.trailingZeroBitCount
        significand >>= UInt64(zeros)
        exponent += zeros
        let sign: BigInt.Sign = value < 0 ? .minus : .plus
        if exponent >= 0 { return (BigInt(sign: sign, magnitude: BigUInt(significand) << exponent), 1) }
        return (BigInt(sign: sign, magnitude: BigUInt(significand)), BigInt(1) << -exponent)
    }
}
