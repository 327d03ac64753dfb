// UTF-8 of str objects for the output streams.
//
// Lone surrogates have no UTF-8: standard output raises UnicodeEncodeError for them, standard error writes them as
// `\udXXX` (the error handlers `strict` and `backslashreplace` of sys.stdout and sys.stderr).

import CGild

extension gild_thread_ref {
    /// Bytes that the string takes, or nil with UnicodeEncodeError raised.
    func encodedLength(_ string: UnsafeMutablePointer<StringObject>, _ value: Value, escaping: Bool) -> Int? {
        let count = string.pointee.count
        var length = 0
        if !string.isWide {
            let bytes = string.bytes
            for i in 0..<count { length += bytes[i] < 0x80 ? 1 : 2 }
            return length
        }
        let wides = string.wides
        for i in 0..<count {
            let c = wides[i]
            if c < 0x80 {
                length += 1
            } else if c < 0x800 {
                length += 2
            } else if c & 0xFFFF_F800 == 0xD800 {
                if !escaping {
                    var end = i + 1
                    while end < count && wides[end] & 0xFFFF_F800 == 0xD800 { end += 1 }
                    raiseUnicodeEncodeError(value, start: i, end: end)
                    return nil
                }
                length += 6
            } else {
                length += c < 0x10000 ? 3 : 4
            }
        }
        return length
    }

    /// Write the string's bytes, surrogates escaped; there is room for `encodedLength` of them.
    func encode(_ string: UnsafeMutablePointer<StringObject>, to start: UnsafeMutablePointer<UInt8>) {
        var out = start
        for i in 0..<string.pointee.count {
            let c = string[codePoint: i]
            if c < 0x80 {
                out[0] = UInt8(c)
                out += 1
            } else if c < 0x800 {
                out[0] = UInt8(0xC0 | c >> 6)
                out[1] = UInt8(0x80 | c & 0x3F)
                out += 2
            } else if c & 0xFFFF_F800 == 0xD800 {
                out[0] = 0x5C
                out[1] = 0x75
                for digit in 0..<4 {
                    let nibble = UInt8(c >> UInt32(12 - 4 * digit) & 15)
                    out[2 + digit] = nibble < 10 ? 0x30 + nibble : 0x57 + nibble
                }
                out += 6
            } else if c < 0x10000 {
                out[0] = UInt8(0xE0 | c >> 12)
                out[1] = UInt8(0x80 | c >> 6 & 0x3F)
                out[2] = UInt8(0x80 | c & 0x3F)
                out += 3
            } else {
                out[0] = UInt8(0xF0 | c >> 18)
                out[1] = UInt8(0x80 | c >> 12 & 0x3F)
                out[2] = UInt8(0x80 | c >> 6 & 0x3F)
                out[3] = UInt8(0x80 | c & 0x3F)
                out += 4
            }
        }
    }

    private func raiseUnicodeEncodeError(_ value: Value, start: Int, end: Int) {
        raiseUnicodeError(.unicodeEncodeError, encoding: "utf-8", value, start: start, end: end, reason: "surrogates not allowed")
    }

    /// UnicodeEncodeError or UnicodeDecodeError with its five arguments; `value` is the str or bytes that has the mistake.
    func raiseUnicodeError(_ type: BuiltinType, encoding encodingName: String, _ value: Value, start: Int, end: Int, reason reasonText: String) {
        let encoding = makeString(encodingName)
        let reason = makeString(reasonText)
        defer {
            decref(encoding)
            decref(reason)
        }
        if encoding.isUndefined || reason.isUndefined { return }
        var arguments = [encoding, value, Value(smallInt: start), Value(smallInt: end), reason]
        arguments.withUnsafeMutableBufferPointer { buffer in
            let base = buffer.baseAddress.unsafelyUnwrapped
            let exception = makeException(calling: heap.pointee.types[type], base, 5)
            if exception.isUndefined { return }
            takeApart(exception, type == .unicodeEncodeError ? .unicodeEncodeError : .unicodeDecodeError, base, 5)
            raise(exception)
        }
    }
}
