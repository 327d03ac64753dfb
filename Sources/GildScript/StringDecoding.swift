// From the text between the quotes of a literal to its value.
//
// Text is collected as UTF-8 in which a lone surrogate (from an escape such as \ud800) is encoded like
// any other code point of its size; only when one occurred is the result taken apart into code points,
// so that ordinary literals never pay for it.

/// The text of a string literal while it is put together from its pieces.
struct TextBuilder {
    private(set) var bytes: [UInt8] = []
    private var hasSurrogate = false

    var isEmpty: Bool { bytes.isEmpty }

    @inline(__always) mutating func append(byte: UInt8) { bytes.append(byte) }

    mutating func append(_ slice: ArraySlice<UInt8>) { bytes.append(contentsOf: slice) }

    mutating func append(_ other: TextBuilder) {
        bytes.append(contentsOf: other.bytes)
        hasSurrogate = hasSurrogate || other.hasSurrogate
    }

    /// - Parameter point: 0...0x10FFFF, surrogates included.
    mutating func append(codePoint point: UInt32) {
        if point < 0x80 {
            bytes.append(UInt8(point))
        } else if point < 0x800 {
            bytes.append(UInt8(0xC0 | point >> 6))
            bytes.append(UInt8(0x80 | point & 0x3F))
        } else if point < 0x10000 {
            if point & 0xF800 == 0xD800 { hasSurrogate = true }
            bytes.append(UInt8(0xE0 | point >> 12))
            bytes.append(UInt8(0x80 | point >> 6 & 0x3F))
            bytes.append(UInt8(0x80 | point & 0x3F))
        } else {
            bytes.append(UInt8(0xF0 | point >> 18))
            bytes.append(UInt8(0x80 | point >> 12 & 0x3F))
            bytes.append(UInt8(0x80 | point >> 6 & 0x3F))
            bytes.append(UInt8(0x80 | point & 0x3F))
        }
    }

    var literal: StringLiteral {
        if !hasSurrogate { return .text(String(decoding: bytes, as: UTF8.self)) }
        var points: [UInt32] = []
        var index = 0
        while index < bytes.count {
            let byte = UInt32(bytes[index])
            let length = byte < 0x80 ? 1 : byte < 0xE0 ? 2 : byte < 0xF0 ? 3 : 4
            var point = length == 1 ? byte : byte & (0xFF >> UInt32(length + 1))
            for offset in 1..<max(length, 1) { point = point << 6 | UInt32(bytes[index + offset]) & 0x3F }
            points.append(point)
            index += length
        }
        return .codePoints(points)
    }
}

/// Decodes the inside of one string token.
struct EscapeDecoder {
    let bytes: ArraySlice<UInt8>
    let isRaw: Bool
    let isBytes: Bool
    /// In the literal text of an f-string, where `{{` and `}}` stand for one brace.
    let isFormatted: Bool
    var output = TextBuilder()
    /// The first escape that means nothing, as it is written (`\d`, `\400`), and its offset.
    var invalidEscape: (text: String, offset: Int)?
    /// Where CPython's decoder is: it sees every non-ASCII character as a ten-byte escape.
    private var virtualPosition = 0
    private var index: Int

    init(_ bytes: ArraySlice<UInt8>, isRaw: Bool, isBytes: Bool, isFormatted: Bool) {
        self.bytes = bytes
        self.isRaw = isRaw
        self.isBytes = isBytes
        self.isFormatted = isFormatted
        index = bytes.startIndex
    }

    /// - Returns: the message of a SyntaxError, or nil when `output` holds the value.
    mutating func decode() -> String? {
        while index < bytes.endIndex {
            let byte = bytes[index]
            if byte == 0x0D {
                // Line ends in literals are always \n.
                index += index + 1 < bytes.endIndex && bytes[index + 1] == 0x0A ? 2 : 1
                output.append(byte: 0x0A)
                virtualPosition += 1
            } else if isFormatted && (byte == 0x7B || byte == 0x7D) {
                index += index + 1 < bytes.endIndex && bytes[index + 1] == byte ? 2 : 1
                output.append(byte: byte)
                virtualPosition += 1
            } else if byte == 0x5C && !isRaw {
                if let message = decodeEscape() { return message }
            } else {
                if isBytes && byte >= 0x80 {
                    return "bytes can only contain ASCII literal characters"
                }
                output.append(byte: byte)
                virtualPosition += byte < 0x80 ? 1 : byte >= 0xC0 ? 10 : 0
                index += 1
            }
        }
        return nil
    }

    private mutating func decodeEscape() -> String? {
        let start = index
        let virtualStart = virtualPosition
        index += 1
        guard index < bytes.endIndex else {
            output.append(byte: 0x5C)
            invalidEscape = invalidEscape ?? ("\\", start)
            return nil
        }
        let byte = bytes[index]
        index += 1
        virtualPosition += 2
        switch byte {
        case 0x0A: break
        case 0x0D: if index < bytes.endIndex && bytes[index] == 0x0A { index += 1 }
        case 0x5C, 0x27, 0x22: output.append(byte: byte)
        case 0x61: output.append(byte: 7)
        case 0x62: output.append(byte: 8)
        case 0x66: output.append(byte: 12)
        case 0x6E: output.append(byte: 10)
        case 0x72: output.append(byte: 13)
        case 0x74: output.append(byte: 9)
        case 0x76: output.append(byte: 11)
        case 0x30...0x37: decodeOctal(first: byte, start: start)
        case 0x78:
            if isBytes {
                guard let value = hexadecimal(2) else {
                    return "(value error) invalid \\x escape at position \(virtualStart)"
                }
                output.append(byte: UInt8(value))
            } else {
                return decodeHexadecimal(2, "truncated \\xXX escape", virtualStart)
            }
        case 0x75 where !isBytes:
            return decodeHexadecimal(4, "truncated \\uXXXX escape", virtualStart)
        case 0x55 where !isBytes:
            return decodeHexadecimal(8, "truncated \\UXXXXXXXX escape", virtualStart)
        case 0x4E where !isBytes: return decodeName(virtualStart)
        default:
            output.append(byte: 0x5C)
            index -= 1
            virtualPosition -= 1
            let character = String(decoding: bytes[index...].prefix(4), as: UTF8.self)
                .unicodeScalars.first.map(String.init) ?? ""
            invalidEscape = invalidEscape ?? ("\\" + character, start)
        }
        return nil
    }

    private mutating func decodeOctal(first: UInt8, start: Int) {
        var value = UInt32(first - 0x30)
        var count = 1
        while count < 3, index < bytes.endIndex, bytes[index] &- 0x30 < 8 {
            value = value * 8 + UInt32(bytes[index] - 0x30)
            index += 1
            count += 1
        }
        virtualPosition += count - 1
        if value > 0o377 {
            invalidEscape =
                invalidEscape ?? (String(decoding: bytes[start..<index], as: UTF8.self), start)
        }
        if isBytes { output.append(byte: UInt8(value & 0xFF)) } else { output.append(codePoint: value) }
    }

    /// Exactly `count` hexadecimal digits, or nil with the position behind those that were there.
    private mutating func hexadecimal(_ count: Int) -> UInt32? {
        var value: UInt32 = 0
        for _ in 0..<count {
            guard index < bytes.endIndex else { return nil }
            let byte = bytes[index]
            let digit: UInt8
            if Lexer.isDigit(byte) {
                digit = byte - 0x30
            } else if (byte | 0x20) &- 0x61 < 6 {
                digit = (byte | 0x20) - 0x61 + 10
            } else {
                return nil
            }
            value = value << 4 | UInt32(digit)
            index += 1
            virtualPosition += 1
        }
        return value
    }

    private mutating func decodeHexadecimal(_ count: Int, _ problem: String, _ virtualStart: Int)
        -> String?
    {
        guard let value = hexadecimal(count) else { return unicodeError(problem, virtualStart) }
        if value > 0x10FFFF { return unicodeError("illegal Unicode character", virtualStart) }
        output.append(codePoint: value)
        return nil
    }

    private mutating func decodeName(_ virtualStart: Int) -> String? {
        let malformed = "malformed \\N character escape"
        guard index < bytes.endIndex, bytes[index] == 0x7B else {
            return unicodeError(malformed, virtualStart)
        }
        guard let end = bytes[index...].firstIndex(of: 0x7D), end > index + 1 else {
            virtualPosition += bytes[index...].prefix { $0 != 0x7D }.count
            return unicodeError(malformed, virtualStart)
        }
        let name = String(decoding: bytes[(index + 1)..<end], as: UTF8.self)
        virtualPosition += end + 1 - index
        index = end + 1
        guard let point = UnicodeNames.codePoint(named: name) else {
            return unicodeError("unknown Unicode character name", virtualStart)
        }
        output.append(codePoint: point)
        return nil
    }

    private func unicodeError(_ reason: String, _ start: Int) -> String {
        let last = virtualPosition - 1
        let place =
            last == start ? "byte 0x5c in position \(start)" : "bytes in position \(start)-\(last)"
        return "(unicode error) 'unicodeescape' codec can't decode \(place): \(reason)"
    }
}

/// Characters by their Unicode name, for `\N{...}`.
enum UnicodeNames {
    /// Built on the first use: about 150,000 names.
    private static let table: [String: UInt32] = {
        var table: [String: UInt32] = [:]
        for value in UInt32(0)...0x1FFFF {
            guard let scalar = Unicode.Scalar(value) else { continue }
            if let name = scalar.properties.name { table[name] = value }
            if let alias = scalar.properties.nameAlias, table[alias] == nil { table[alias] = value }
        }
        return table
    }()

    static func codePoint(named name: String) -> UInt32? { table[name.uppercased()] }
}

/// The NFKC form of an identifier, as far as it differs from the canonical form that Swift's comparison
/// of strings already takes care of: full-width and mathematical letters and digits, and ligatures.
func compatibilityComposed(_ name: String) -> String {
    var result = String.UnicodeScalarView()
    for scalar in name.unicodeScalars {
        let value = scalar.value
        switch value {
        case 0xFF21...0xFF3A, 0xFF41...0xFF5A, 0xFF10...0xFF19, 0xFF3F:
            result.append(Unicode.Scalar(value - 0xFEE0)!)
        case 0x1D400...0x1D6A3:
            let offset = (value - 0x1D400) % 52
            result.append(Unicode.Scalar(offset < 26 ? 0x41 + offset : 0x61 + offset - 26)!)
        case 0x1D7CE...0x1D7FF: result.append(Unicode.Scalar(0x30 + (value - 0x1D7CE) % 10)!)
        case 0xFB00: result.append(contentsOf: "ff".unicodeScalars)
        case 0xFB01: result.append(contentsOf: "fi".unicodeScalars)
        case 0xFB02: result.append(contentsOf: "fl".unicodeScalars)
        case 0xB5: result.append(Unicode.Scalar(0x3BC as UInt16)!)
        default: result.append(scalar)
        }
    }
    return String(result)
}
