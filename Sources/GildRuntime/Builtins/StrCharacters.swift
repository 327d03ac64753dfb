// What a code point is: the questions that str's methods ask, by Unicode's tables.
//
// ASCII is answered by comparisons. Beyond it Swift's Unicode.Scalar.Properties answer, except that a code point assigned
// after Unicode 15.1, the version of CPython 3.13, counts as unassigned. Surrogates have no properties at all.

enum StrCharacters {
    @inline(__always) private static func properties(_ c: UInt32) -> Unicode.Scalar.Properties? {
        guard let scalar = Unicode.Scalar(c) else { return nil }
        let properties = scalar.properties
        if let age = properties.age, age.major < 15 || (age.major == 15 && age.minor <= 1) { return properties }
        return nil
    }

    @inline(__always) static func isASCIIUpper(_ c: UInt32) -> Bool { c &- 0x41 < 26 }
    @inline(__always) static func isASCIILower(_ c: UInt32) -> Bool { c &- 0x61 < 26 }
    @inline(__always) static func isASCIIDigit(_ c: UInt32) -> Bool { c &- 0x30 < 10 }

    /// Py_UNICODE_ISSPACE: bidirectional type WS, B or S, or category Zs.
    @inline(__always) static func isSpace(_ c: UInt32) -> Bool {
        if c < 128 { return c == 0x20 || c &- 9 < 5 || c &- 0x1C < 4 }
        return isSpaceBeyondASCII(c)
    }

    private static func isSpaceBeyondASCII(_ c: UInt32) -> Bool {
        switch c {
        case 0x85, 0xA0, 0x1680, 0x2000...0x200A, 0x2028, 0x2029, 0x202F, 0x205F, 0x3000: return true
        default: return false
        }
    }

    /// Py_UNICODE_ISLINEBREAK.
    @inline(__always) static func isLineBreak(_ c: UInt32) -> Bool {
        c &- 0x0A < 4 || c &- 0x1C < 3 || c == 0x85 || c == 0x2028 || c == 0x2029
    }

    /// 0 … 9 for a decimal digit (category Nd), else nil.
    @inline(__always) static func decimalValue(_ c: UInt32) -> Int? {
        if c < 128 { return isASCIIDigit(c) ? Int(c) - 0x30 : nil }
        return decimalBeyondASCII(c)
    }

    private static func decimalBeyondASCII(_ c: UInt32) -> Int? {
        guard let p = properties(c), p.generalCategory == .decimalNumber, let value = p.numericValue else { return nil }
        return Int(value)
    }

    static func isDecimal(_ c: UInt32) -> Bool { decimalValue(c) != nil }

    static func isDigit(_ c: UInt32) -> Bool {
        if c < 128 { return isASCIIDigit(c) }
        guard let p = properties(c) else { return false }
        return p.numericType == .decimal || p.numericType == .digit
    }

    static func isNumeric(_ c: UInt32) -> Bool {
        if c < 128 { return isASCIIDigit(c) }
        // Cuneiform signs that became numbers after 15.1.
        switch c {
        case 0x12038, 0x12039, 0x12079, 0x12226, 0x1222B, 0x1230B, 0x1230D, 0x12399: return false
        default: break
        }
        guard let p = properties(c) else { return false }
        return p.numericType != nil || p.numericValue != nil
    }

    static func isAlpha(_ c: UInt32) -> Bool {
        if c < 128 { return isASCIIUpper(c & ~0x20) }
        guard let p = properties(c) else { return false }
        switch p.generalCategory {
        case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter: return true
        default: return false
        }
    }

    static func isAlphanumeric(_ c: UInt32) -> Bool {
        if c < 128 { return isASCIIUpper(c & ~0x20) || isASCIIDigit(c) }
        return isAlpha(c) || isDecimal(c) || isDigit(c) || isNumeric(c)
    }

    static func isUpper(_ c: UInt32) -> Bool {
        c < 128 ? isASCIIUpper(c) : properties(c)?.isUppercase ?? false
    }

    static func isLower(_ c: UInt32) -> Bool {
        // U+0295 was a lower-case letter until 15.1.
        c < 128 ? isASCIILower(c) : c == 0x295 || properties(c)?.isLowercase ?? false
    }

    static func isTitle(_ c: UInt32) -> Bool {
        c < 128 ? false : properties(c)?.generalCategory == .titlecaseLetter
    }

    /// Whether repr shows the character itself: not of category C* or Z*, except the space.
    static func isPrintable(_ c: UInt32) -> Bool {
        if c < 127 { return c >= 32 }
        if c < 0xA1 || c == 0xAD { return false }
        if c < 0x100 { return true }
        guard let p = properties(c) else { return false }
        switch p.generalCategory {
        case .control, .format, .surrogate, .privateUse, .unassigned, .lineSeparator, .paragraphSeparator, .spaceSeparator: return false
        default: return true
        }
    }

    static func isIdentifierStart(_ c: UInt32) -> Bool {
        c < 128 ? isASCIIUpper(c & ~0x20) || c == 0x5F : properties(c)?.isXIDStart ?? false
    }

    static func isIdentifierContinue(_ c: UInt32) -> Bool {
        c < 128 ? isIdentifierStart(c) || isASCIIDigit(c) : properties(c)?.isXIDContinue ?? false
    }

    static func isCased(_ c: UInt32) -> Bool {
        c < 128 ? isASCIIUpper(c & ~0x20) : properties(c)?.isCased ?? false
    }

    static func isCaseIgnorable(_ c: UInt32) -> Bool { properties(c)?.isCaseIgnorable ?? false }

    // MARK: Full case mappings; each appends one to three code points

    static func appendUpper(_ c: UInt32, to out: inout [UInt32]) {
        if c < 128 { out.append(isASCIILower(c) ? c - 32 : c) } else { append(properties(c)?.uppercaseMapping, c, &out) }
    }

    static func appendLower(_ c: UInt32, to out: inout [UInt32]) {
        if c < 128 { out.append(isASCIIUpper(c) ? c + 32 : c) } else { append(properties(c)?.lowercaseMapping, c, &out) }
    }

    static func appendTitle(_ c: UInt32, to out: inout [UInt32]) {
        if c < 128 { out.append(isASCIILower(c) ? c - 32 : c) } else { append(properties(c)?.titlecaseMapping, c, &out) }
    }

    /// Full case folding. Swift exposes no folding table; folding equals the lower case of the full upper case but for
    /// the scripts listed here.
    static func appendFolded(_ c: UInt32, to out: inout [UInt32]) {
        if c < 128 {
            out.append(isASCIIUpper(c) ? c + 32 : c)
            return
        }
        switch c {
        case 0x13F8...0x13FD: out.append(c - 8)  // Cherokee folds to upper case
        case 0x13A0...0x13F5: out.append(c)
        case 0xAB70...0xABBF: out.append(c - 0xAB70 + 0x13A0)
        case 0x0130: out.append(0x69); out.append(0x307)
        case 0x0131: out.append(0x131)
        case 0x1E9E: out.append(0x73); out.append(0x73)
        default:
            guard let p = properties(c) else {
                out.append(c)
                return
            }
            // Upper first, so that ſ, ς, ϐ … meet their ordinary letters.
            if let first = p.uppercaseMapping.unicodeScalars.first, properties(first.value) == nil {
                out.append(c)
                return
            }
            for upper in p.uppercaseMapping.unicodeScalars { append(properties(upper.value)?.lowercaseMapping, upper.value, &out) }
        }
    }

    private static func append(_ mapping: String?, _ c: UInt32, _ out: inout [UInt32]) {
        guard let mapping else {
            out.append(c)
            return
        }
        for scalar in mapping.unicodeScalars {
            // A counterpart that is younger than 15.1 does not exist.
            if scalar.value >= 128 && properties(scalar.value) == nil {
                out.append(c)
                return
            }
            out.append(scalar.value)
        }
    }
}
