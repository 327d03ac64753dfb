// The format specification mini-language: [[fill]align][sign]["z"]["#"]["0"][width][grouping]["." precision][type].
//
// Source: "Format Specification Mini-Language" in CPython's library reference; checks and messages follow 3.13.

/// A parsed specification.
struct FormatSpecification {
    var fill: UInt32 = 0x20
    /// "<", ">", "^", "=" (ASCII); the kind's own default when none was given.
    var align: UInt32
    /// "+", "-", " " (ASCII) or 0.
    var sign: UInt32 = 0
    var coercesNegativeZero = false
    var alternate = false
    var width = -1
    /// "," or "_" (ASCII) or 0.
    var grouping: UInt32 = 0
    var precision = -1
    /// Type code (ASCII), or 0.
    var type: UInt32

    struct Failure: Error {
        let message: String
    }

    /// - Parameters:
    ///   - defaultType: type code of an empty specification.
    ///   - defaultAlign: alignment of the kind.
    ///   - typeName: for messages.
    init(_ text: [UInt32], defaultType: UInt32, defaultAlign: UInt32, typeName: String) throws(Failure) {
        align = defaultAlign
        type = defaultType
        var i = 0
        var fillGiven = false
        var alignGiven = false
        func isAlignment(_ c: UInt32) -> Bool { c == 0x3C || c == 0x3E || c == 0x3D || c == 0x5E }
        if text.count >= 2 && isAlignment(text[1]) {
            fill = text[0]
            align = text[1]
            fillGiven = true
            alignGiven = true
            i = 2
        } else if let c = text.first, isAlignment(c) {
            align = c
            alignGiven = true
            i = 1
        }
        func next(_ c: Character) -> Bool { i < text.count && text[i] == c.unicodeScalars.first.unsafelyUnwrapped.value }
        if next("+") || next("-") || next(" ") {
            sign = text[i]
            i += 1
        }
        if next("z") {
            coercesNegativeZero = true
            i += 1
        }
        if next("#") {
            alternate = true
            i += 1
        }
        if !fillGiven && next("0") {
            fill = 0x30
            if !alignGiven && defaultAlign == 0x3E { align = 0x3D }
            i += 1
        }
        if let given = try FormatSpecification.number(text, &i) { width = given }
        if next(",") {
            grouping = 0x2C
            i += 1
        }
        if next("_") {
            if grouping != 0 { throw Failure(message: "Cannot specify both ',' and '_'.") }
            grouping = 0x5F
            i += 1
        }
        if grouping == 0x5F && next(",") { throw Failure(message: "Cannot specify both ',' and '_'.") }
        if next(".") {
            i += 1
            guard let given = try FormatSpecification.number(text, &i) else { throw Failure(message: "Format specifier missing precision") }
            precision = given
        }
        if text.count - i > 1 {
            throw Failure(message: "Invalid format specifier '\(FormatSpecification.text(text))' for object of type '\(typeName)'")
        }
        if i < text.count { type = text[i] }
        if grouping != 0 {
            switch type {
            case 0x64, 0x65, 0x66, 0x67, 0x45, 0x47, 0x25, 0x46, 0: break
            case _ where grouping == 0x5F && [0x62, 0x6F, 0x78, 0x58].contains(type): break
            default:
                let code = type > 32 && type < 128 ? FormatSpecification.text([type]) : "\\x\(String(type, radix: 16))"
                throw Failure(message: "Cannot specify '\(FormatSpecification.text([grouping]))' with '\(code)'.")
            }
        }
    }

    /// Decimal digits from position `i` on, or nil when there are none.
    private static func number(_ text: [UInt32], _ i: inout Int) throws(Failure) -> Int? {
        let start = i
        var result = 0
        while i < text.count, let digit = StrCharacters.decimalValue(text[i]) {
            let (scaled, overflow) = result.multipliedReportingOverflow(by: 10)
            let (sum, overflow2) = scaled.addingReportingOverflow(digit)
            if overflow || overflow2 { throw Failure(message: "Too many decimal digits in format string") }
            result = sum
            i += 1
        }
        return i == start ? nil : result
    }

    static func text(_ points: [UInt32]) -> String {
        var scalars = String.UnicodeScalarView()
        for c in points { scalars.append(Unicode.Scalar(c) ?? "\u{FFFD}") }
        return String(scalars)
    }

    static func unknownType(_ type: UInt32, _ typeName: String) -> Failure {
        let code = type > 32 && type < 128 ? text([type]) : "\\x\(String(type, radix: 16))"
        return Failure(message: "Unknown format code '\(code)' for object of type '\(typeName)'")
    }

    // MARK: - Rendering

    func render(string text: [UInt32], typeName: String) throws(Failure) -> [UInt32] {
        if sign != 0 {
            throw Failure(message: sign == 0x20 ? "Space not allowed in string format specifier" : "Sign not allowed in string format specifier")
        }
        if coercesNegativeZero { throw Failure(message: "Negative zero coercion (z) not allowed in string format specifier") }
        if alternate { throw Failure(message: "Alternate form (#) not allowed in string format specifier") }
        if align == 0x3D { throw Failure(message: "'=' alignment not allowed in string format specifier") }
        let kept = precision >= 0 && precision < text.count ? Array(text[..<precision]) : text
        return padded(kept)
    }

    private func padded(_ text: [UInt32]) -> [UInt32] {
        let total = width - text.count
        if total <= 0 { return text }
        let left = align == 0x3E ? total : align == 0x5E ? total / 2 : 0
        return [UInt32](repeating: fill, count: left) + text + [UInt32](repeating: fill, count: total - left)
    }

    /// A number from its parts: sign, prefix ("0x"), text that begins with digits.
    ///
    /// - Parameters:
    ///   - digits: magnitude as ASCII.
    ///   - digitCount: how many of its bytes are digits of the whole part (grouped); the rest stays as it is.
    ///   - groupSize: 3, or 4 for binary, octal and hexadecimal.
    func render(isNegative: Bool, prefix: [UInt8], digits: [UInt8], digitCount: Int, groupSize: Int = 3) -> [UInt32] {
        let shownSign: UInt32 = isNegative ? 0x2D : sign == 0x2B || sign == 0x20 ? sign : 0
        let rest = digits.count - digitCount
        let fixed = (shownSign == 0 ? 0 : 1) + prefix.count + rest
        var body = digits[..<digitCount].map { UInt32($0) }
        if grouping != 0 && digitCount > 0 {
            body = grouped(body, minimum: fill == 0x30 && align == 0x3D ? width - fixed : 0, size: groupSize)
        }
        let padding = max(0, width - fixed - body.count)
        let left = align == 0x3E ? padding : align == 0x5E ? padding / 2 : 0
        let inner = align == 0x3D ? padding : 0
        var out = [UInt32](repeating: fill, count: left)
        if shownSign != 0 { out.append(shownSign) }
        for c in prefix { out.append(UInt32(c)) }
        out.append(contentsOf: repeatElement(fill, count: inner))
        out += body
        for c in digits[digitCount...] { out.append(UInt32(c)) }
        out.append(contentsOf: repeatElement(fill, count: padding - left - inner))
        return out
    }

    /// Separators between groups, with zeros in front up to a minimum width (which never begins with a separator).
    private func grouped(_ digits: [UInt32], minimum: Int, size: Int) -> [UInt32] {
        var out: [UInt32] = []
        var remaining = digits.count
        var minimum = minimum
        while true {
            let length = min(size, max(remaining, minimum, 1))
            let used = min(remaining, length)
            for k in 0..<used { out.append(digits[remaining - 1 - k]) }
            out.append(contentsOf: repeatElement(0x30, count: length - used))
            remaining -= used
            minimum -= length
            if remaining <= 0 && minimum <= 0 { break }
            out.append(grouping)
            minimum -= 1
        }
        out.reverse()
        return out
    }
}
