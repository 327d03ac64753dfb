// A strict reader of JSON texts (RFC 8259) for bytes that come from anybody.
//
// One pass over the bytes, no copy but of the strings. What RFC 8259 leaves to the reader is an error here, because two
// readers that disagree are a way around a check: a member that occurs twice, a surrogate without its other half, invalid
// UTF-8, a byte order mark, a number beyond a double. Three bounds keep a hostile text cheap: the recursion goes no deeper
// than `maximumDepth` (a value is also released recursively, so an unbounded one would overflow the stack when it goes), the
// bytes are bounded by the caller, and `maximumMemory` bounds what the values take: `[[],[],…` grows eightfold in memory.
//
// Every error names the byte offset at which the text stops being acceptable.

/// Why a text is no JSON value, and where.
public struct JSONError: Error, Sendable, Equatable, CustomStringConvertible {
    public enum Code: String, Sendable {
        case unexpectedEnd, unexpectedByte, trailingData, nestingTooDeep, duplicateKey, invalidUTF8, loneSurrogate, invalidEscape
        case controlCharacter, invalidNumber, numberOutOfRange, tooMuchMemory
    }

    public var code: Code
    /// Bytes from the start of the text.
    public var offset: Int
    public var message: String

    public var description: String { "byte \(offset): \(message)" }
}

extension JSONValue {
    /// Parsing never goes deeper than this, whatever it is asked for.
    public static let greatestDepth = 512

    /// Parses one JSON text.
    /// - Parameters:
    ///   - maximumDepth: arrays and objects inside one another; `[]` has depth 1. At most `greatestDepth`.
    ///   - maximumMemory: bytes that the value may take, by an estimate that is rather too high than too low.
    public static func parse(
        _ bytes: some Collection<UInt8>, maximumDepth: Int = 64, maximumMemory: Int = .max
    ) throws(JSONError) -> JSONValue {
        func run(_ buffer: UnsafeBufferPointer<UInt8>) -> Result<JSONValue, JSONError> {
            var parser = JSONParser(
                bytes: buffer, maximumDepth: min(maximumDepth, greatestDepth), memory: maximumMemory)
            do throws(JSONError) {
                return .success(try parser.document())
            } catch {
                return .failure(error)
            }
        }
        let result = bytes.withContiguousStorageIfAvailable(run) ?? Array(bytes).withUnsafeBufferPointer(run)
        return try result.get()
    }

    /// Parses a text; see `parse(_:maximumDepth:maximumMemory:)`.
    public static func parse(_ text: String, maximumDepth: Int = 64) throws(JSONError) -> JSONValue {
        try parse(Array(text.utf8), maximumDepth: maximumDepth)
    }
}

struct JSONParser {
    let bytes: UnsafeBufferPointer<UInt8>
    let maximumDepth: Int
    /// What the values may still take.
    var memory: Int
    var index = 0
    var depth = 0

    init(bytes: UnsafeBufferPointer<UInt8>, maximumDepth: Int, memory: Int) {
        self.bytes = bytes
        self.maximumDepth = maximumDepth
        self.memory = memory
    }

    mutating func document() throws(JSONError) -> JSONValue {
        let value = try value()
        skipSpace()
        guard index == bytes.count else { throw error(.trailingData, "the text goes on after its value") }
        return value
    }

    private func error(_ code: JSONError.Code, _ message: String, at offset: Int? = nil) -> JSONError {
        JSONError(code: code, offset: offset ?? index, message: message)
    }

    /// The error for a byte that is not what must stand here.
    private func unexpected(_ wanted: String) -> JSONError {
        guard index < bytes.count else { return error(.unexpectedEnd, "the text ends where \(wanted) must stand") }
        let byte = bytes[index]
        let shown = byte > 0x20 && byte < 0x7f ? "'\(Character(Unicode.Scalar(byte)))'" : "byte \(byte)"
        return error(.unexpectedByte, "\(shown) where \(wanted) must stand")
    }

    @inline(__always) private mutating func skipSpace() {
        while index < bytes.count {
            switch bytes[index] {
            case 0x20, 0x0a, 0x0d, 0x09: index += 1
            default: return
            }
        }
    }

    @inline(__always) private mutating func take(_ byte: UInt8) -> Bool {
        guard index < bytes.count, bytes[index] == byte else { return false }
        index += 1
        return true
    }

    private mutating func spend(_ cost: Int) throws(JSONError) {
        memory -= cost
        if memory < 0 { throw error(.tooMuchMemory, "the value takes too much memory") }
    }

    private mutating func value() throws(JSONError) -> JSONValue {
        skipSpace()
        guard index < bytes.count else { throw unexpected("a value") }
        switch bytes[index] {
        case UInt8(ascii: "{"): return try object()
        case UInt8(ascii: "["): return try array()
        case UInt8(ascii: "\""): return .string(try string())
        case UInt8(ascii: "t"): return try word("true", .bool(true))
        case UInt8(ascii: "f"): return try word("false", .bool(false))
        case UInt8(ascii: "n"): return try word("null", .null)
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return try number()
        default: throw unexpected("a value")
        }
    }

    private mutating func word(_ word: StaticString, _ value: JSONValue) throws(JSONError) -> JSONValue {
        for position in 0..<word.utf8CodeUnitCount {
            guard take(word.utf8Start[position]) else { throw unexpected("'\(word)'") }
        }
        return value
    }

    private mutating func enter() throws(JSONError) {
        guard depth < maximumDepth else { throw error(.nestingTooDeep, "more than \(maximumDepth) levels of nesting") }
        depth += 1
        index += 1
        try spend(Self.containerCost)
    }

    private mutating func array() throws(JSONError) -> JSONValue {
        try enter()
        defer { depth -= 1 }
        var elements: [JSONValue] = []
        skipSpace()
        if take(UInt8(ascii: "]")) { return .array([]) }
        while true {
            try spend(Self.elementCost)
            elements.append(try value())
            skipSpace()
            if take(UInt8(ascii: ",")) { continue }
            guard take(UInt8(ascii: "]")) else { throw unexpected("',' or ']'") }
            return .array(elements)
        }
    }

    private mutating func object() throws(JSONError) -> JSONValue {
        try enter()
        defer { depth -= 1 }
        var members: [String: JSONValue] = [:]
        skipSpace()
        if take(UInt8(ascii: "}")) { return .object([:]) }
        while true {
            skipSpace()
            let start = index
            guard index < bytes.count, bytes[index] == UInt8(ascii: "\"") else { throw unexpected("a member's name") }
            try spend(Self.memberCost)
            let key = try string()
            skipSpace()
            guard take(UInt8(ascii: ":")) else { throw unexpected("':'") }
            let value = try value()
            if members.updateValue(value, forKey: key) != nil {
                throw error(.duplicateKey, "a second member with this name", at: start)
            }
            skipSpace()
            if take(UInt8(ascii: ",")) { continue }
            guard take(UInt8(ascii: "}")) else { throw unexpected("',' or '}'") }
            return .object(members)
        }
    }

    // Upper bounds for a 64-bit Swift: an array doubles its capacity; a dictionary has up to 2.7 buckets an entry; a heap
    // block has a header of 32 bytes.
    private static let containerCost = 96
    private static let elementCost = 2 * MemoryLayout<JSONValue>.stride
    private static let memberCost = 3 * (MemoryLayout<String>.stride + MemoryLayout<JSONValue>.stride)
    private static func stringCost(_ count: Int) -> Int { count > 15 ? count + 48 : 0 }

    // MARK: Strings

    private mutating func string() throws(JSONError) -> String {
        index += 1
        let start = index
        while index < bytes.count {
            let byte = bytes[index]
            if byte == UInt8(ascii: "\"") {
                let text = try text(start..<index)
                index += 1
                return text
            }
            if byte == UInt8(ascii: "\\") { return try stringWithEscapes(from: start) }
            guard byte >= 0x20 else { throw error(.controlCharacter, "a control character inside a string") }
            index += 1
        }
        throw unexpected("the end of a string")
    }

    private mutating func text(_ range: Range<Int>) throws(JSONError) -> String {
        try spend(Self.stringCost(range.count))
        if let text = String(validating: UnsafeBufferPointer(rebasing: bytes[range]), as: UTF8.self) { return text }
        throw error(.invalidUTF8, "invalid UTF-8", at: firstInvalid(in: range))
    }

    /// The first byte of `range` that does not belong to a well-formed sequence (Unicode 15, table 3-7).
    private func firstInvalid(in range: Range<Int>) -> Int {
        var index = range.lowerBound
        while index < range.upperBound {
            let lead = bytes[index]
            let second: ClosedRange<UInt8>
            let length: Int
            switch lead {
            case 0x00...0x7f: (length, second) = (1, 0x80...0xbf)
            case 0xc2...0xdf: (length, second) = (2, 0x80...0xbf)
            case 0xe0: (length, second) = (3, 0xa0...0xbf)
            case 0xed: (length, second) = (3, 0x80...0x9f)
            case 0xe1...0xef: (length, second) = (3, 0x80...0xbf)
            case 0xf0: (length, second) = (4, 0x90...0xbf)
            case 0xf1...0xf3: (length, second) = (4, 0x80...0xbf)
            case 0xf4: (length, second) = (4, 0x80...0x8f)
            default: return index
            }
            for position in 1..<max(length, 1) {
                guard index + position < range.upperBound else { return index }
                guard (position == 1 ? second : 0x80...0xbf).contains(bytes[index + position]) else { return index }
            }
            index += length
        }
        return range.lowerBound
    }

    /// A string from its first backslash on: runs of plain bytes and escapes, gathered in one buffer. Invalid UTF-8 is found
    /// run by run, because an escape cannot stand inside a sequence.
    private mutating func stringWithEscapes(from start: Int) throws(JSONError) -> String {
        var result = try text(start..<index)
        var runStart = index
        while index < bytes.count {
            let byte = bytes[index]
            if byte == UInt8(ascii: "\"") {
                result += try text(runStart..<index)
                index += 1
                return result
            }
            if byte == UInt8(ascii: "\\") {
                if runStart < index { result += try text(runStart..<index) }
                result.unicodeScalars.append(try escape())
                runStart = index
                try spend(4)
                continue
            }
            guard byte >= 0x20 else { throw error(.controlCharacter, "a control character inside a string") }
            index += 1
        }
        throw unexpected("the end of a string")
    }

    private mutating func escape() throws(JSONError) -> Unicode.Scalar {
        let start = index
        index += 1
        guard index < bytes.count else { throw unexpected("an escape") }
        let byte = bytes[index]
        index += 1
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return Unicode.Scalar(byte)
        case UInt8(ascii: "b"): return "\u{08}"
        case UInt8(ascii: "f"): return "\u{0c}"
        case UInt8(ascii: "n"): return "\n"
        case UInt8(ascii: "r"): return "\r"
        case UInt8(ascii: "t"): return "\t"
        case UInt8(ascii: "u"):
            let unit = try hexadecimal()
            if let scalar = Unicode.Scalar(unit) { return scalar }
            guard unit < 0xdc00, take(UInt8(ascii: "\\")), take(UInt8(ascii: "u")) else {
                if unit < 0xdc00, index == bytes.count { throw unexpected("the other half of a surrogate") }
                throw error(.loneSurrogate, "a surrogate without its other half", at: start)
            }
            let low = try hexadecimal()
            guard (0xdc00...0xdfff).contains(low),
                let scalar = Unicode.Scalar(0x10000 + (unit - 0xd800) << 10 + (low - 0xdc00))
            else { throw error(.loneSurrogate, "a surrogate without its other half", at: start) }
            return scalar
        default: throw error(.invalidEscape, "an escape that JSON does not have", at: start)
        }
    }

    private mutating func hexadecimal() throws(JSONError) -> UInt32 {
        var unit: UInt32 = 0
        for _ in 0..<4 {
            guard index < bytes.count else { throw unexpected("a hexadecimal digit") }
            let byte = bytes[index]
            let digit: UInt8
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): digit = byte - UInt8(ascii: "0")
            case UInt8(ascii: "a")...UInt8(ascii: "f"): digit = byte - UInt8(ascii: "a") + 10
            case UInt8(ascii: "A")...UInt8(ascii: "F"): digit = byte - UInt8(ascii: "A") + 10
            default: throw unexpected("a hexadecimal digit")
            }
            unit = unit << 4 | UInt32(digit)
            index += 1
        }
        return unit
    }

    // MARK: Numbers

    private mutating func digits() throws(JSONError) {
        let start = index
        while index < bytes.count, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(bytes[index]) { index += 1 }
        if index == start { throw unexpected("a digit") }
    }

    private mutating func number() throws(JSONError) -> JSONValue {
        let start = index
        let negative = take(UInt8(ascii: "-"))
        let firstDigit = index
        try digits()
        if bytes[firstDigit] == UInt8(ascii: "0"), index > firstDigit + 1 {
            throw error(.invalidNumber, "a number that starts with 0", at: start)
        }
        var integral = true
        if take(UInt8(ascii: ".")) {
            integral = false
            try digits()
        }
        if index < bytes.count, bytes[index] | 0x20 == UInt8(ascii: "e") {
            integral = false
            index += 1
            if !take(UInt8(ascii: "+")) { _ = take(UInt8(ascii: "-")) }
            try digits()
        }
        if integral {
            var value: Int64 = 0
            var overflow = false
            for position in firstDigit..<index where !overflow {
                let digit = Int64(bytes[position] - UInt8(ascii: "0"))
                let (product, first) = value.multipliedReportingOverflow(by: 10)
                let (sum, second) = negative ? product.subtractingReportingOverflow(digit) : product.addingReportingOverflow(digit)
                value = sum
                overflow = first || second
            }
            if !overflow { return .integer(value) }
        }
        guard let value = Double(String(decoding: bytes[start..<index], as: UTF8.self)), value.isFinite else {
            throw error(.numberOutOfRange, "a number beyond a double", at: start)
        }
        return .double(value)
    }
}
