// repr(str) and ascii(str).
//
// Single quotes, unless the text has single quotes and no double ones. Backslash, the quote, \t \n \r are escaped by
// name; what is not printable as \xhh, \uhhhh or \Uhhhhhhhh, the shortest that holds it.

import CGild

enum StrRepr {
    static func codePoints(_ text: [UInt32], onlyASCII: Bool = false) -> [UInt32] {
        let quote: UInt32 = text.contains(0x27) && !text.contains(0x22) ? 0x22 : 0x27
        var out: [UInt32] = [quote]
        out.reserveCapacity(text.count + 2)
        for c in text {
            switch c {
            case quote, 0x5C: out += [0x5C, c]
            case 0x09: out += [0x5C, 0x74]
            case 0x0A: out += [0x5C, 0x6E]
            case 0x0D: out += [0x5C, 0x72]
            default:
                if c < 127 ? c >= 32 : !onlyASCII && StrCharacters.isPrintable(c) { out.append(c) } else { escape(c, &out) }
            }
        }
        out.append(quote)
        return out
    }

    private static func escape(_ c: UInt32, _ out: inout [UInt32]) {
        let (letter, width): (UInt32, UInt32) = c < 0x100 ? (0x78, 2) : c < 0x10000 ? (0x75, 4) : (0x55, 8)
        out += [0x5C, letter]
        for i in (0..<width).reversed() {
            let digit = c >> (i * 4) & 15
            out.append(digit < 10 ? 0x30 + digit : 0x57 + digit)
        }
    }

    /// For messages.
    static func text(_ points: [UInt32]) -> String {
        var scalars = String.UnicodeScalarView()
        for c in codePoints(points) { scalars.append(Unicode.Scalar(c) ?? "\u{FFFD}") }
        return String(scalars)
    }

    /// The escaped form of any text: ascii() of a repr.
    static func escapingNonASCII(_ text: [UInt32]) -> [UInt32] {
        var out: [UInt32] = []
        for c in text { if c < 128 { out.append(c) } else { escape(c, &out) } }
        return out
    }
}

/// `repr(value)` of a str.
func stringRepr(_ thread: Thread, _ value: Value) -> Value {
    let string = value.cast(StringObject.self)
    let count = string.pointee.count
    if string.isASCII {
        let bytes = string.bytes
        var plain = true
        for i in 0..<count where bytes[i] < 32 || bytes[i] == 0x27 || bytes[i] == 0x5C || bytes[i] == 127 {
            plain = false
            break
        }
        if plain {
            guard let result = thread.allocateString(count: count + 2, wide: false, isASCII: true) else { return .undefined }
            result.bytes[0] = 0x27
            (result.bytes + 1).update(from: bytes, count: count)
            result.bytes[count + 1] = 0x27
            return Value(pointer: result)
        }
    }
    return thread.makeString(StrRepr.codePoints(thread.codePoints(value)))
}

/// A str with everything beyond ASCII escaped: what ascii() makes of a repr. Takes over `value`.
func stringEscapingNonASCII(_ thread: Thread, _ value: Value) -> Value {
    if value.isUndefined || value.cast(StringObject.self).isASCII { return value }
    let result = thread.makeString(StrRepr.escapingNonASCII(thread.codePoints(value)))
    thread.decref(value)
    return result
}
