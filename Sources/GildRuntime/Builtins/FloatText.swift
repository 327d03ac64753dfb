// Doubles as decimal text.
//
// `repr` needs the shortest digits that read back as the same double; Swift's own description finds them (SwiftDtoa), and
// only its layout differs, so digits and exponent are taken out of it and laid out again by the rules of CPython's
// format_float_short: fixed notation for decimal points at -4 < p <= 16, else an exponent of at least two digits.
// Formats with a precision go through the C library, whose conversions are exact for any number of digits.

import Glibc

/// Digits of a decimal expansion: 0.d₁d₂d₃… × 10^point.
struct DecimalDigits {
    /// ASCII digits without trailing zeros; "0" for zero.
    var digits: [UInt8]
    var point: Int
}

enum FloatText {
    /// Room that `writeRepr` needs.
    static let reprCapacity = 32

    /// Write the shortest representation; returns the number of bytes.
    static func writeRepr(_ value: Double, _ out: UnsafeMutablePointer<UInt8>) -> Int {
        if !value.isFinite {
            let text: StaticString = value.isNaN ? "nan" : value < 0 ? "-inf" : "inf"
            out.update(from: text.utf8Start, count: text.utf8CodeUnitCount)
            return text.utf8CodeUnitCount
        }
        var n = 0
        if value.sign == .minus {
            out[0] = 0x2D
            n = 1
        }
        let magnitude = abs(value)
        // Whole numbers need no search for digits.
        if magnitude < 1e15, magnitude == magnitude.rounded(.towardZero) {
            n += IntText.writeDecimal(UInt(magnitude), out + n)
            out[n] = 0x2E
            out[n + 1] = 0x30
            return n + 2
        }
        var text = magnitude.description
        return text.withUTF8 { source in
            withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 32) { digits in
                var count = 0
                var point = 0
                var seenPoint = false
                var i = 0
                while i < source.count {
                    let c = source[i]
                    i += 1
                    if c == 0x2E {
                        seenPoint = true
                    } else if c == 0x65 {
                        let negative = source[i] == 0x2D
                        if source[i] == 0x2D || source[i] == 0x2B { i += 1 }
                        var exponent = 0
                        while i < source.count {
                            exponent = exponent * 10 + Int(source[i] - 0x30)
                            i += 1
                        }
                        point += negative ? -exponent : exponent
                    } else if c == 0x30 && count == 0 {
                        if seenPoint { point -= 1 }
                    } else {
                        digits[count] = c
                        count += 1
                        if !seenPoint { point += 1 }
                    }
                }
                while count > 1 && digits[count - 1] == 0x30 { count -= 1 }
                return n
                    + layout(digits.baseAddress.unsafelyUnwrapped, count, point: point, exponential: point <= -4 || point > 16, addPointZero: true, to: out + n)
            }
        }
    }

    /// Lay out digits; returns the number of bytes written. Fixed notation may write |point| bytes more than digits.
    static func layout(
        _ digits: UnsafePointer<UInt8>, _ count: Int, point: Int, exponential: Bool, addPointZero: Bool, to out: UnsafeMutablePointer<UInt8>
    ) -> Int {
        var n = 0
        func put(_ byte: UInt8) {
            out[n] = byte
            n += 1
        }
        if exponential {
            put(digits[0])
            if count > 1 {
                put(0x2E)
                for i in 1..<count { put(digits[i]) }
            }
            put(0x65)
            let exponent = point - 1
            put(exponent < 0 ? 0x2D : 0x2B)
            if exponent.magnitude < 10 { put(0x30) }
            n += IntText.writeDecimal(exponent.magnitude, out + n)
            return n
        }
        if point <= 0 {
            put(0x30)
            put(0x2E)
            for _ in point..<0 { put(0x30) }
            for i in 0..<count { put(digits[i]) }
            return n
        }
        for i in 0..<max(point, count) {
            if i == point { put(0x2E) }
            put(i < count ? digits[i] : 0x30)
        }
        if point >= count && addPointZero {
            put(0x2E)
            put(0x30)
        }
        return n
    }

    static func repr(_ value: Double) -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: reprCapacity) { buffer, count in
            count = writeRepr(value, buffer.baseAddress.unsafelyUnwrapped)
        }
    }

    /// printf's %e, %f or %g of a finite double, exactly rounded.
    ///
    /// - Parameters:
    ///   - conversion: "e", "f" or "g" (ASCII).
    ///   - alternate: printf's "#".
    static func printf(_ value: Double, _ conversion: UInt8, precision: Int, alternate: Bool = false) -> [UInt8] {
        let format: [CChar] = [0x25] + (alternate ? [0x23] : []) + [0x2E, 0x2A, CChar(conversion), 0]
        var capacity = 400
        while true {
            var needed = 0
            let bytes = [UInt8](unsafeUninitializedCapacity: capacity) { buffer, count in
                needed = buffer.withMemoryRebound(to: CChar.self) { target in
                    withVaList([CInt(clamping: precision), value]) { Int(vsnprintf(target.baseAddress, capacity, format, $0)) }
                }
                count = min(max(needed, 0), capacity - 1)
            }
            if needed < capacity { return bytes }
            capacity = needed + 1
        }
    }

    /// The first `precision` significant digits of a finite double, without trailing zeros.
    static func digits(_ value: Double, precision: Int) -> DecimalDigits {
        if value == 0 { return DecimalDigits(digits: [0x30], point: 1) }
        let text = printf(abs(value), 0x65, precision: max(precision, 1) - 1)
        let mark = text.lastIndex(of: 0x65).unsafelyUnwrapped
        var digits = text[..<mark].filter { $0 != 0x2E }
        while digits.count > 1 && digits.last == 0x30 { digits.removeLast() }
        var exponent = 0
        for c in text[(mark + 2)...] { exponent = exponent * 10 + Int(c - 0x30) }
        return DecimalDigits(digits: digits, point: (text[mark + 1] == 0x2D ? -exponent : exponent) + 1)
    }

    /// Significant digits in the general notation of `format(x, '.3')`: as %g, but never looking like an int.
    static func general(_ value: Double, precision: Int, keepsZeros: Bool = false) -> [UInt8] {
        let precision = max(precision, 1)
        var decimal = digits(value, precision: precision)
        if keepsZeros && decimal.digits.count < precision {
            decimal.digits += [UInt8](repeating: 0x30, count: precision - decimal.digits.count)
        }
        let exponential = decimal.point <= -4 || decimal.point > precision - 1
        let room = decimal.digits.count + decimal.point.magnitude.clampedInt + 16
        return [UInt8](unsafeUninitializedCapacity: room + 1) { buffer, count in
            let out = buffer.baseAddress.unsafelyUnwrapped
            var n = 0
            if value.sign == .minus {
                out[0] = 0x2D
                n = 1
            }
            count = n + layout(decimal.digits, decimal.digits.count, point: decimal.point, exponential: exponential, addPointZero: true, to: out + n)
        }
    }

    /// `round(value, places)` for finite doubles: half-even on the exact decimal value; infinite when out of range.
    static func round(_ value: Double, places: Int) -> Double {
        // Beyond these bounds the result is the value itself, or a zero of its sign (CPython's float___round__).
        if places > 323 { return value }
        if places < -308 { return value * 0 }
        if places >= 0 {
            return parse(String(decoding: printf(value, 0x66, precision: places), as: UTF8.self))
        }
        // Whole digits: keep point + places of them. With none kept, the value lies against half of 10^point, and the
        // exact digits (767 at most) decide; a tie goes to zero, which is even.
        if value == 0 { return value }
        let exact = digits(value, precision: 800)
        let keep = exact.point + places
        if keep < 0 { return value * 0 }
        if keep == 0 {
            let above = exact.digits[0] > 0x35 || (exact.digits[0] == 0x35 && exact.digits.count > 1)
            return above ? parse("\(value < 0 ? "-" : "")1e\(exact.point)") : value * 0
        }
        return parse(String(decoding: printf(value, 0x65, precision: keep - 1), as: UTF8.self))
    }

    private static func parse(_ text: String) -> Double { strtod(text, nil) }
}

extension UInt {
    var clampedInt: Int { Int(clamping: self) }
}
