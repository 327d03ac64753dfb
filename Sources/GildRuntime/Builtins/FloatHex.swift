// Doubles as hexadecimal text: float.hex and float.fromhex.
//
// Writing takes the bits apart. Reading checks the grammar ([sign] ["0x"] digits ["." digits] ["p" [sign] digits], inf, nan)
// and lets the C library round the checked text.

import Glibc

enum FloatHex {
    static func hex(_ value: Double) -> String {
        if value.isNaN { return "nan" }
        if value.isInfinite { return value < 0 ? "-inf" : "inf" }
        let sign = value.sign == .minus ? "-" : ""
        if value == 0 { return sign + "0x0.0p+0" }
        let fraction = String(value.significandBitPattern, radix: 16)
        let padded = String(repeating: "0", count: 13 - fraction.count) + fraction
        let exponent = value.exponentBitPattern == 0 ? -1022 : Int(value.exponentBitPattern) - 1023
        return "\(sign)0x\(value.exponentBitPattern == 0 ? 0 : 1).\(padded)p\(exponent < 0 ? "-" : "+")\(exponent.magnitude)"
    }

    enum Failure: Error { case invalid, overflow }

    static func parse(_ text: String) throws(Failure) -> Double {
        var rest = Substring(text)
        let space: Set<Character> = [" ", "\t", "\n", "\u{B}", "\u{C}", "\r", "\r\n"]
        while let c = rest.first, space.contains(c) { rest.removeFirst() }
        while let c = rest.last, space.contains(c) { rest.removeLast() }
        var body = rest.lowercased()
        var negative = false
        if body.hasPrefix("-") || body.hasPrefix("+") {
            negative = body.hasPrefix("-")
            body.removeFirst()
        }
        if body == "nan" { return negative ? -Double.nan : .nan }
        if body == "inf" || body == "infinity" { return negative ? -Double.infinity : .infinity }
        if body.hasPrefix("0x") { body.removeFirst(2) }
        var mantissa = body[...]
        var exponent = ""
        if let mark = body.firstIndex(of: "p") {
            mantissa = body[..<mark]
            exponent = String(body[body.index(after: mark)...])
            let digits = exponent.hasPrefix("-") || exponent.hasPrefix("+") ? exponent.dropFirst() : exponent[...]
            if digits.isEmpty || !digits.allSatisfy({ $0.isASCII && $0.isNumber }) { throw .invalid }
        }
        let parts = mantissa.split(separator: ".", omittingEmptySubsequences: false)
        if parts.count > 2 || parts.allSatisfy({ $0.isEmpty }) { throw .invalid }
        if !parts.allSatisfy({ $0.utf8.allSatisfy { ($0 >= 0x30 && $0 <= 0x39) || ($0 >= 0x61 && $0 <= 0x66) } }) { throw .invalid }
        let value = strtod("0x\(mantissa)p\(exponent.isEmpty ? "0" : exponent)", nil)
        if value.isInfinite { throw .overflow }
        return negative ? -value : value
    }
}
