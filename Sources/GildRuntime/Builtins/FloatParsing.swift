// Text as a double, by the grammar of CPython's float(): white space around it, a sign, inf / infinity / nan in any case, or
// decimal digits (of any script) with single underscores between digits, a point and an exponent. The checked text is
// given to the C library, which rounds correctly.

import Glibc

enum FloatParsing {
    /// The number, or nil when the text is none.
    static func parse(_ text: [UInt32]) -> Double? {
        var start = 0
        var end = text.count
        while start < end && StrCharacters.isSpace(text[start]) { start += 1 }
        while end > start && StrCharacters.isSpace(text[end - 1]) { end -= 1 }
        if start == end { return nil }
        var ascii: [CChar] = []
        ascii.reserveCapacity(end - start + 1)
        var previousIsDigit = false
        for i in start..<end {
            let c = text[i]
            if c == 0x5F {
                guard previousIsDigit, i + 1 < end, StrCharacters.decimalValue(text[i + 1]) != nil else { return nil }
                previousIsDigit = false
                continue
            }
            if let digit = StrCharacters.decimalValue(c) {
                ascii.append(CChar(0x30 + digit))
                previousIsDigit = true
            } else if c < 128 {
                ascii.append(CChar(c))
                previousIsDigit = false
            } else {
                return nil
            }
        }
        guard isFloat(ascii) else { return nil }
        ascii.append(0)
        return strtod(ascii, nil)
    }

    private static func isFloat(_ text: [CChar]) -> Bool {
        var i = 0
        if i < text.count && (text[i] == 0x2B || text[i] == 0x2D) { i += 1 }
        if i == text.count { return false }
        let isDigit = { (c: CChar) in c >= 0x30 && c <= 0x39 }
        if !isDigit(text[i]) && text[i] != 0x2E {
            let word = String(decoding: text[i...].map { UInt8(bitPattern: $0) | 0x20 }, as: UTF8.self)
            return word == "inf" || word == "infinity" || word == "nan"
        }
        var digits = 0
        while i < text.count && isDigit(text[i]) { i += 1; digits += 1 }
        if i < text.count && text[i] == 0x2E {
            i += 1
            while i < text.count && isDigit(text[i]) { i += 1; digits += 1 }
        }
        if digits == 0 { return false }
        if i < text.count && (text[i] | 0x20) == 0x65 {
            i += 1
            if i < text.count && (text[i] == 0x2B || text[i] == 0x2D) { i += 1 }
            if i == text.count { return false }
            while i < text.count && isDigit(text[i]) { i += 1 }
        }
        return i == text.count
    }
}
