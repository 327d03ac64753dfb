// A script's text and the table of where its lines begin.
//
// Lines end at \n, \r\n or a lone \r, as in CPython's tokenizer, which translates all three to \n.
// Everything that prints a source line goes through `line(_:)`.

/// One source text with the name that messages show for it. Immutable.
public struct SourceFile: Sendable {
    /// As it appears in tracebacks and diagnostics: the path as the user gave it, or `<stdin>`.
    public let name: String
    /// UTF-8 bytes without the byte order mark.
    public let text: [UInt8]
    /// Offset in `text` of the first byte of each line; never empty.
    let lineStarts: [Int]

    /// - Parameter text: the file's bytes; a UTF-8 byte order mark at the start is dropped.
    public init(name: String, text: [UInt8]) {
        self.name = name
        let hasMark = text.starts(with: [0xEF, 0xBB, 0xBF])
        let bytes = hasMark ? Array(text.dropFirst(3)) : text
        self.text = bytes
        var starts = [0]
        bytes.withUnsafeBufferPointer { bytes in
            var index = 0
            while index < bytes.count {
                let byte = bytes[index]
                index += 1
                if byte == 0x0A {
                    starts.append(index)
                } else if byte == 0x0D {
                    if index < bytes.count && bytes[index] == 0x0A { index += 1 }
                    starts.append(index)
                }
            }
        }
        lineStarts = starts
    }

    public init(name: String, text: String) { self.init(name: name, text: Array(text.utf8)) }

    /// How many lines there are; text after the last line end counts as a line.
    public var lineCount: Int {
        lineStarts.count - (lineStarts.count > 1 && lineStarts.last == text.count ? 1 : 0)
    }

    /// Line `number`, counted from 1, without its end; invalid UTF-8 is repaired with U+FFFD. Empty
    /// where there is no such line.
    public func line(_ number: Int) -> String {
        String(decoding: lineBytes(number), as: UTF8.self)
    }

    /// The bytes of line `number`, counted from 1, without its end.
    public func lineBytes(_ number: Int) -> ArraySlice<UInt8> {
        guard number >= 1 && number <= lineStarts.count else { return [] }
        let start = lineStarts[number - 1]
        var end = number < lineStarts.count ? lineStarts[number] : text.count
        while end > start && (text[end - 1] == 0x0A || text[end - 1] == 0x0D) { end -= 1 }
        return text[start..<end]
    }
}
