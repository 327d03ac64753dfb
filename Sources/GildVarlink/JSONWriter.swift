// JSON values as text (RFC 8259): no spaces, keys sorted, everything but the mandatory escapes written as it is.
//
// A NUL inside a string is written as an escape like every control character; that is what makes a NUL byte safe as the end
// of a Varlink message.

extension JSONValue {
    /// The value's text in UTF-8, without a NUL byte. A double that is no number or infinite becomes null: JSON has none.
    public func serialized() -> [UInt8] {
        var writer = JSONWriter()
        writer.write(self)
        return writer.bytes
    }
}

struct JSONWriter {
    static let hexadecimalDigits: StaticString = "0123456789abcdef"
    var bytes: [UInt8] = []

    mutating func write(literal text: StaticString) {
        bytes.append(contentsOf: UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    mutating func write(_ value: JSONValue) {
        switch value {
        case .null: write(literal: "null")
        case .bool(let value): write(literal: value ? "true" : "false")
        case .integer(let value): bytes.append(contentsOf: String(value).utf8)
        case .double(let value):
            if value.isFinite { bytes.append(contentsOf: value.description.utf8) } else { write(literal: "null") }
        case .string(let value): write(string: value)
        case .array(let elements):
            bytes.append(UInt8(ascii: "["))
            var first = true
            for element in elements {
                if !first { bytes.append(UInt8(ascii: ",")) }
                first = false
                write(element)
            }
            bytes.append(UInt8(ascii: "]"))
        case .object(let members): write(members: members)
        }
    }

    private mutating func write(members: [String: JSONValue]) {
        bytes.append(UInt8(ascii: "{"))
        if members.count == 1, let (key, value) = members.first {
            write(key: key, value)
        } else {
            var first = true
            for (key, value) in members.sorted(by: { $0.key < $1.key }) {
                if !first { bytes.append(UInt8(ascii: ",")) }
                first = false
                write(key: key, value)
            }
        }
        bytes.append(UInt8(ascii: "}"))
    }

    private mutating func write(key: String, _ value: JSONValue) {
        write(string: key)
        bytes.append(UInt8(ascii: ":"))
        write(value)
    }

    mutating func write(string: String) {
        bytes.append(UInt8(ascii: "\""))
        var string = string
        string.withUTF8 { utf8 in
            var start = 0
            for index in utf8.indices {
                let byte = utf8[index]
                guard byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") else { continue }
                bytes.append(contentsOf: UnsafeBufferPointer(rebasing: utf8[start..<index]))
                start = index + 1
                switch byte {
                case UInt8(ascii: "\""): write(literal: "\\\"")
                case UInt8(ascii: "\\"): write(literal: "\\\\")
                case 0x0a: write(literal: "\\n")
                case 0x0d: write(literal: "\\r")
                case 0x09: write(literal: "\\t")
                default:
                    write(literal: "\\u00")
                    bytes.append(byte >> 4 + UInt8(ascii: "0"))
                    bytes.append(Self.hexadecimalDigits.utf8CodeUnit(byte & 0xf))
                }
            }
            bytes.append(contentsOf: UnsafeBufferPointer(rebasing: utf8[start...]))
        }
        bytes.append(UInt8(ascii: "\""))
    }
}

extension StaticString {
    fileprivate func utf8CodeUnit(_ index: UInt8) -> UInt8 { utf8Start[Int(index)] }
}
