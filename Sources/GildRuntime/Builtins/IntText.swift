// Integers as text in any base from 2 to 36, and text as integers.
//
// Machine words are written digit by digit, two decimal digits at a time. Big ones: bases that are powers of two are cut
// out of the words (linear); other bases divide by the largest power of the base that fits a word. Reading splits long
// text in halves and joins them with one multiplication, so that it costs no more than the multiplication does.

import BigInt

enum IntText {
    private static let pairs: StaticString = """
        00010203040506070809101112131415161718192021222324252627282930313233343536373839404142434445464748495051525354555657585960616263646566676869707172737475767778798081828384858687888990919293949596979899
        """

    /// Write the decimal digits of a word; returns their number (20 at most).
    @inline(__always) static func writeDecimal(_ value: UInt, _ out: UnsafeMutablePointer<UInt8>) -> Int {
        var count = 1
        var bound: UInt = 10
        while value >= bound {
            count += 1
            if count == 20 { break }
            bound *= 10
        }
        var rest = value
        var i = count
        let table = pairs.utf8Start
        while rest >= 100 {
            let (quotient, remainder) = rest.quotientAndRemainder(dividingBy: 100)
            rest = quotient
            i -= 2
            out[i] = table[Int(remainder) * 2]
            out[i + 1] = table[Int(remainder) * 2 + 1]
        }
        if rest >= 10 {
            out[i - 2] = table[Int(rest) * 2]
            out[i - 1] = table[Int(rest) * 2 + 1]
        } else {
            out[i - 1] = 0x30 + UInt8(rest)
        }
        return count
    }

    @inline(__always) private static func digit(_ value: UInt, uppercase: Bool) -> UInt8 {
        value < 10 ? 0x30 + UInt8(value) : (uppercase ? 0x41 : 0x61) + UInt8(value - 10)
    }

    /// Digits of a magnitude, most significant first.
    static func digits(_ magnitude: BigUInt, base: Int, uppercase: Bool = false) -> [UInt8] {
        if magnitude.isZero { return [0x30] }
        let words = Array(magnitude.words)
        if base & (base - 1) == 0 {
            let width = base.trailingZeroBitCount
            let count = (magnitude.bitWidth + width - 1) / width
            let mask = UInt(base - 1)
            return [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
                for i in 0..<count {
                    let bit = i * width
                    var value = words[bit / 64] >> UInt(bit % 64)
                    if bit % 64 + width > 64, bit / 64 + 1 < words.count { value |= words[bit / 64 + 1] << UInt(64 - bit % 64) }
                    buffer[count - 1 - i] = digit(value & mask, uppercase: uppercase)
                }
                initialized = count
            }
        }
        var (power, width) = (UInt(base), 1)
        while true {
            let (next, overflow) = power.multipliedReportingOverflow(by: UInt(base))
            if overflow { break }
            power = next
            width += 1
        }
        // Schoolbook division of the word array in place; the remainders are the digits from the right.
        var rest = words
        var result: [UInt8] = []
        result.reserveCapacity(words.count * 20 + 1)
        while let top = rest.last {
            if top == 0 {
                rest.removeLast()
                continue
            }
            var remainder: UInt = 0
            for i in stride(from: rest.count - 1, through: 0, by: -1) {
                (rest[i], remainder) = power.dividingFullWidth((remainder, rest[i]))
            }
            while rest.last == 0 { rest.removeLast() }
            for _ in 0..<width {
                if rest.isEmpty && remainder == 0 { break }
                result.append(digit(remainder % UInt(base), uppercase: uppercase))
                remainder /= UInt(base)
            }
        }
        result.reverse()
        return result
    }

    static func decimal(_ value: BigInt) -> [UInt8] {
        let digits = digits(value.magnitude, base: 10)
        return value.sign == .minus ? [0x2D] + digits : digits
    }

    /// Whether a magnitude has more decimal digits than `limit` (0 = no limit).
    static func exceeds(_ magnitude: BigUInt, limit: Int) -> Bool {
        if limit <= 0 { return false }
        let bits = magnitude.bitWidth
        if Double(bits) * 0.30102999566398114 < Double(limit - 1) { return false }
        if Double(bits - 1) * 0.30102999566398125 > Double(limit + 1) { return true }
        return magnitude >= BigUInt(10).power(limit)
    }

    enum Failure: Error {
        case invalid
        /// More decimal digits than allowed.
        case tooLong(digits: Int)
    }

    /// Read an integer by the grammar of CPython's int(text, base): white space, sign, prefix, single underscores.
    ///
    /// - Parameters:
    ///   - base: 2 … 36, or 0 for the base that the prefix names.
    ///   - limit: most digits allowed in bases that are no power of two; 0 = any number.
    static func parse(_ text: [UInt32], base: Int, limit: Int) throws(Failure) -> BigInt {
        var start = 0
        var end = text.count
        while start < end && StrCharacters.isSpace(text[start]) { start += 1 }
        while end > start && StrCharacters.isSpace(text[end - 1]) { end -= 1 }
        var negative = false
        if start < end && (text[start] == 0x2B || text[start] == 0x2D) {
            negative = text[start] == 0x2D
            start += 1
        }
        var base = base
        var mustBeZero = false
        var prefixed = false
        if start + 1 < end && StrCharacters.decimalValue(text[start]) == 0 {
            let letter = text[start + 1] | 0x20
            let named = letter == 0x78 ? 16 : letter == 0x6F ? 8 : letter == 0x62 ? 2 : 0
            if named != 0 && (base == 0 || base == named) {
                base = named
                start += 2
                prefixed = true
            } else if base == 0 {
                mustBeZero = true
            }
        }
        if base == 0 { base = 10 }
        // One underscore may follow the prefix.
        if prefixed && start < end && text[start] == 0x5F { start += 1 }
        var digits: [UInt8] = []
        digits.reserveCapacity(end - start)
        var previousIsDigit = false
        for i in start..<max(start, end) {
            let c = text[i]
            if c == 0x5F {
                if !previousIsDigit { throw .invalid }
                previousIsDigit = false
                continue
            }
            var value: Int
            if let decimal = StrCharacters.decimalValue(c) {
                value = decimal
            } else if c < 128, (0x61...0x7A).contains(c | 0x20) {
                value = Int(c | 0x20) - 0x61 + 10
            } else {
                throw .invalid
            }
            if value >= base { throw .invalid }
            if mustBeZero && value != 0 { throw .invalid }
            digits.append(UInt8(value))
            previousIsDigit = true
        }
        if !previousIsDigit { throw .invalid }
        if base & (base - 1) != 0 && limit > 0 && digits.count > limit { throw .tooLong(digits: digits.count) }
        let magnitude = join(digits[...], base: base)
        return BigInt(sign: negative && !magnitude.isZero ? .minus : .plus, magnitude: magnitude)
    }

    private static func join(_ digits: ArraySlice<UInt8>, base: Int) -> BigUInt {
        if digits.count > 1200 {
            let low = digits.count / 2
            let high = join(digits.dropLast(low), base: base)
            return high * BigUInt(base).power(low) + join(digits.suffix(low), base: base)
        }
        var result = BigUInt()
        var chunk: UInt = 0
        var scale: UInt = 1
        for digit in digits {
            let (next, overflow) = scale.multipliedReportingOverflow(by: UInt(base))
            if overflow {
                result = result * BigUInt(scale) + BigUInt(chunk)
                chunk = UInt(digit)
                scale = UInt(base)
            } else {
                chunk = chunk * UInt(base) + UInt(digit)
                scale = next
            }
        }
        return result.isZero ? BigUInt(chunk) : result * BigUInt(scale) + BigUInt(chunk)
    }
}
