// Makes a text harmless to show: whatever a script prints, it stays on its line and looks like what it is.
//
// One pass over the bytes. Printable ASCII except the backslash is copied in runs. Everything else is decoded as UTF-8
// (Unicode 16, table 3-7: no overlong forms, no surrogates, nothing above U+10FFFF) and then
//   - a backslash becomes `\\`, so that an escape can be told from a text that looks like one;
//   - LF, CR, TAB become `\n` `\r` `\t`, the other bytes below 0x20 and DEL `\x1b` (two digits, always below 80);
//   - a byte that is no part of valid UTF-8 becomes `\xff` (two digits, always 80 or above);
//   - C1 controls, format characters (bidirectional marks, embeddings, overrides and isolates, zero-width characters, the
//     byte order mark, tags), line and paragraph separators, other characters that show nothing, and noncharacters become
//     `\u{202e}`;
//   - the rest is copied. Variation selectors 1-16 stay: they choose between a character's drawings, as in emoji.
// The escapes are plain ASCII, so the JSON form only has to double their backslashes: a program that prints the decoded
// string is as safe as one that prints the line.
//
// Cutting: at most `limit` source bytes are looked at, less up to three so that no character is split; the number of bytes
// left out follows as `… [N bytes cut]`.

enum TextEscaping {
    /// Where the text goes, which decides what else must be escaped.
    enum Place {
        /// By itself: no delimiter.
        case plain
        /// Between the double quotes of a key=value pair.
        case quoted
        /// Between the double quotes of a JSON string; the visible escapes are escaped once more.
        case json
    }

    /// Source bytes of a message or field that are shown.
    static let defaultLimit = 16 * 1024

    static func append(_ text: LogText, as place: Place, limit: Int = defaultLimit, to output: inout [UInt8]) {
        let cut = text.withBytes { bytes in
            let shown = bytes.count <= limit ? bytes.count : boundary(in: bytes, before: limit)
            appendEscaped(UnsafeBufferPointer(rebasing: bytes[..<shown]), as: place, to: &output)
            return bytes.count - shown + text.cutByteCount
        }
        if cut > 0 { output.append(contentsOf: "… [\(cut) bytes cut]".utf8) }
    }

    static func append(_ string: String, as place: Place, limit: Int = defaultLimit, to output: inout [UInt8]) {
        append(LogText(string), as: place, limit: limit, to: &output)
    }

    static func visible(_ text: LogText) -> String {
        var output: [UInt8] = []
        append(text, as: .plain, to: &output)
        return String(decoding: output, as: UTF8.self)
    }

    /// The last place ≤ `limit` that is not inside a character.
    private static func boundary(in bytes: UnsafeBufferPointer<UInt8>, before limit: Int) -> Int {
        for back in 0..<min(4, limit) where bytes[limit - back] & 0xC0 != 0x80 { return limit - back }
        return limit
    }

    static func appendEscaped(_ bytes: UnsafeBufferPointer<UInt8>, as place: Place, to output: inout [UInt8]) {
        var index = 0
        var plainStart = 0
        func copyPlain(to end: Int) {
            if plainStart < end { output.append(contentsOf: UnsafeBufferPointer(rebasing: bytes[plainStart..<end])) }
        }
        while index < bytes.count {
            let byte = bytes[index]
            if byte >= 0x20 && byte < 0x7F && byte != UInt8(ascii: "\\") && (byte != UInt8(ascii: "\"") || place == .plain) {
                index += 1
                continue
            }
            guard byte >= 0x80 else {
                copyPlain(to: index)
                appendASCII(byte, as: place, to: &output)
                index += 1
                plainStart = index
                continue
            }
            guard let (scalar, length) = decode(bytes, at: index) else {
                copyPlain(to: index)
                appendHexadecimalByte(byte, as: place, to: &output)
                index += 1
                plainStart = index
                continue
            }
            if isShown(scalar) {
                index += length
                continue
            }
            copyPlain(to: index)
            appendBackslash(as: place, to: &output)
            output.append(contentsOf: "u{\(String(scalar.value, radix: 16))}".utf8)
            index += length
            plainStart = index
        }
        copyPlain(to: index)
    }

    private static func appendBackslash(as place: Place, to output: inout [UInt8]) {
        output.append(UInt8(ascii: "\\"))
        if place == .json { output.append(UInt8(ascii: "\\")) }
    }

    private static func appendASCII(_ byte: UInt8, as place: Place, to output: inout [UInt8]) {
        switch byte {
        case UInt8(ascii: "\\"):
            appendBackslash(as: place, to: &output)
            appendBackslash(as: place, to: &output)
        case UInt8(ascii: "\""):
            output.append(UInt8(ascii: "\\"))
            output.append(byte)
        case UInt8(ascii: "\n"):
            appendBackslash(as: place, to: &output)
            output.append(UInt8(ascii: "n"))
        case UInt8(ascii: "\r"):
            appendBackslash(as: place, to: &output)
            output.append(UInt8(ascii: "r"))
        case UInt8(ascii: "\t"):
            appendBackslash(as: place, to: &output)
            output.append(UInt8(ascii: "t"))
        default:
            appendHexadecimalByte(byte, as: place, to: &output)
        }
    }

    private static func appendHexadecimalByte(_ byte: UInt8, as place: Place, to output: inout [UInt8]) {
        func digit(_ value: UInt8) -> UInt8 { value < 10 ? 48 + value : 87 + value }
        appendBackslash(as: place, to: &output)
        output.append(UInt8(ascii: "x"))
        output.append(digit(byte >> 4))
        output.append(digit(byte & 15))
    }

    /// The character whose first byte is at `index`; nil where the bytes are not valid UTF-8.
    private static func decode(_ bytes: UnsafeBufferPointer<UInt8>, at index: Int) -> (Unicode.Scalar, Int)? {
        let first = bytes[index]
        let length: Int
        var second: ClosedRange<UInt8> = 0x80...0xBF
        switch first {
        case 0xC2...0xDF: length = 2
        case 0xE0: (length, second) = (3, 0xA0...0xBF)
        case 0xE1...0xEC, 0xEE...0xEF: length = 3
        case 0xED: (length, second) = (3, 0x80...0x9F)
        case 0xF0: (length, second) = (4, 0x90...0xBF)
        case 0xF1...0xF3: length = 4
        case 0xF4: (length, second) = (4, 0x80...0x8F)
        default: return nil
        }
        guard index + length <= bytes.count, second.contains(bytes[index + 1]) else { return nil }
        var value = UInt32(first) & (length == 2 ? 0x1F : length == 3 ? 0x0F : 0x07)
        for offset in 1..<length {
            let byte = bytes[index + offset]
            guard byte & 0xC0 == 0x80 else { return nil }
            value = value << 6 | UInt32(byte & 0x3F)
        }
        return Unicode.Scalar(value).map { ($0, length) }
    }

    /// Whether a character outside ASCII shows as itself and changes nothing around it.
    static func isShown(_ scalar: Unicode.Scalar) -> Bool {
        let value = scalar.value
        if value & 0xFFFE == 0xFFFE || (0xFDD0...0xFDEF).contains(value) { return false }
        switch scalar.properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate: return false
        default: return !scalar.properties.isDefaultIgnorableCodePoint || (0xFE00...0xFE0F).contains(value)
        }
    }

    /// A JSON document on one line, every string in it (keys too) made harmless. Numbers and structure stay as they are.
    /// - Parameter document: valid JSON.
    static func appendCompactJSON(_ document: String, to output: inout [UInt8]) {
        let source = Array(document.utf8)
        var index = 0
        while index < source.count {
            let byte = source[index]
            switch byte {
            case UInt8(ascii: " "), UInt8(ascii: "\n"), UInt8(ascii: "\r"), UInt8(ascii: "\t"): index += 1
            case UInt8(ascii: "\""):
                // Nearly every string is plain, and then stands for itself.
                var end = index + 1
                while end < source.count, (0x20..<0x7F).contains(source[end]), source[end] != UInt8(ascii: "\""),
                    source[end] != UInt8(ascii: "\\")
                {
                    end += 1
                }
                if end < source.count, source[end] == UInt8(ascii: "\"") {
                    output.append(contentsOf: source[index...end])
                    index = end + 1
                    continue
                }
                let decoded = decodeJSONString(source, from: &index)
                output.append(UInt8(ascii: "\""))
                decoded.withUnsafeBufferPointer { appendEscaped($0, as: .json, to: &output) }
                output.append(UInt8(ascii: "\""))
            default:
                output.append(byte)
                index += 1
            }
        }
    }

    /// The bytes that a JSON string stands for; `index` goes from its opening quote to behind the closing one.
    private static func decodeJSONString(_ source: [UInt8], from index: inout Int) -> [UInt8] {
        var result: [UInt8] = []
        func unit(at start: Int) -> UInt32? {
            guard start + 4 <= source.count else { return nil }
            return UInt32(String(decoding: source[start..<start + 4], as: UTF8.self), radix: 16)
        }
        index += 1
        while index < source.count, source[index] != UInt8(ascii: "\"") {
            guard source[index] == UInt8(ascii: "\\"), index + 1 < source.count else {
                result.append(source[index])
                index += 1
                continue
            }
            let escape = source[index + 1]
            index += 2
            switch escape {
            case UInt8(ascii: "n"): result.append(0x0A)
            case UInt8(ascii: "r"): result.append(0x0D)
            case UInt8(ascii: "t"): result.append(0x09)
            case UInt8(ascii: "b"): result.append(0x08)
            case UInt8(ascii: "f"): result.append(0x0C)
            case UInt8(ascii: "u"):
                guard var value = unit(at: index) else { break }
                index += 4
                if (0xD800..<0xDC00).contains(value), index + 6 <= source.count, source[index] == UInt8(ascii: "\\"),
                    let low = unit(at: index + 2), (0xDC00..<0xE000).contains(low)
                {
                    value = 0x10000 + (value - 0xD800) << 10 + (low - 0xDC00)
                    index += 6
                }
                result.append(contentsOf: String(Unicode.Scalar(value) ?? "\u{FFFD}").utf8)
            default: result.append(escape)
            }
        }
        index += 1
        return result
    }
}
