// Identifiers, string prefixes, and the checks on the encoding of the whole text.
//
// ASCII names never leave the byte loop. A name with other characters is checked scalar by scalar
// against XID_Start and XID_Continue (PEP 3131, Unicode Standard Annex 31).

extension Lexer {
    @inline(__always) static func isDigit(_ byte: UInt8) -> Bool { byte &- 0x30 < 10 }

    @inline(__always) static func isNameStart(_ byte: UInt8) -> Bool {
        (byte | 0x20) &- 0x61 < 26 || byte == 0x5F || byte >= 0x80
    }

    @inline(__always) static func isNameContinuation(_ byte: UInt8) -> Bool {
        isNameStart(byte) || isDigit(byte)
    }

    /// Letters before a quote.
    struct StringPrefix {
        var isBytes = false
        var isRaw = false
        var isUnicode = false
        var isFormatted = false

        /// Takes one more letter; false where it cannot stand in a prefix with those before.
        mutating func accept(_ byte: UInt8) -> Bool {
            switch byte | 0x20 {
            case 0x62 where !isBytes && !isUnicode && !isFormatted: isBytes = true
            case 0x75 where !isBytes && !isUnicode && !isRaw && !isFormatted: isUnicode = true
            case 0x72 where !isRaw && !isUnicode: isRaw = true
            case 0x66 where !isFormatted && !isBytes && !isUnicode: isFormatted = true
            default: return false
            }
            return true
        }
    }

    mutating func lexNameOrPrefixedString() throws(Stop) {
        let start = position
        var prefix = StringPrefix()
        while prefix.accept(peek()) {
            position += 1
            if peek() == 0x22 || peek() == 0x27 {
                try lexString(from: start, prefix: prefix)
                return
            }
        }
        position = start
        var isASCII = true
        while Lexer.isNameContinuation(peek()) {
            if peek() >= 0x80 { isASCII = false }
            position += 1
        }
        if !isASCII {
            try checkIdentifier(start..<position)
            emit(.name, from: start)
            return
        }
        let length = position - start
        var kind = TokenKind.name
        if length >= 2 && length <= 8 {
            let text = String(decoding: bytes[start..<position], as: UTF8.self)
            if let keyword = TokenKind.keywords[text] { kind = keyword }
        }
        emit(kind, from: start)
    }

    private mutating func checkIdentifier(_ range: Range<Int>) throws(Stop) {
        var offset = range.lowerBound
        for scalar in String(decoding: bytes[range], as: UTF8.self).unicodeScalars {
            let properties = scalar.properties
            let fits =
                offset == range.lowerBound
                ? properties.isXIDStart || scalar == "_" : properties.isXIDContinue
            if !fits {
                var code = String(scalar.value, radix: 16, uppercase: true)
                while code.count < 4 { code = "0" + code }
                position = offset + UTF8.width(scalar)
                let message =
                    Lexer.isPrintable(scalar)
                    ? "invalid character '\(scalar)' (U+\(code))"
                    : "invalid non-printable character U+\(code)"
                throw fail(message, from: offset, to: offset)
            }
            offset += UTF8.width(scalar)
        }
    }

    /// What `str.isprintable` says of one character.
    static func isPrintable(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .control, .format, .surrogate, .privateUse, .unassigned, .lineSeparator,
            .paragraphSeparator:
            false
        case .spaceSeparator: scalar == " "
        default: true
        }
    }

    /// Refuses NUL bytes, bytes that are not UTF-8, and a coding cookie (PEP 263) that names anything
    /// but UTF-8 or ASCII.
    mutating func checkEncoding() throws(Stop) {
        for number in 1...2 {
            guard let encoding = codingCookie(Array(source.lineBytes(number))) else {
                if number == 1 && !isBlankOrComment(source.lineBytes(1)) { break }
                continue
            }
            let known: Set<String> = ["utf-8", "utf8", "ascii", "us-ascii", "utf-8-sig"]
            if !known.contains(encoding.lowercased().replacingUnderscores()) {
                let range = SourceRange(
                    line: UInt32(number), column: 0, endLine: UInt32(number), endColumn: 0)
                result.failure = Diagnostic.unsupported(
                    "the source encoding \(encoding)", hint: "save the file as UTF-8",
                    source: source, range: range)
                throw Stop()
            }
            break
        }
        if let index = bytes.firstIndex(of: 0) {
            advanceLine(to: index)
            result.failure = Diagnostic(
                kind: .syntaxError, message: "source code cannot contain null bytes", source: source,
                range: SourceRange(line: line, column: 0, endLine: line, endColumn: 0),
                showsSource: false)
            throw Stop()
        }
        if let index = firstInvalidUTF8() {
            advanceLine(to: index)
            let code = String(bytes[index], radix: 16)
            result.failure = Diagnostic(
                kind: .syntaxError,
                message: "Non-UTF-8 code starting with '\\x\(code)' on line \(line), but no encoding "
                    + "declared; see https://peps.python.org/pep-0263/ for details",
                source: source,
                range: SourceRange(line: line, column: 0, endLine: line, endColumn: 0),
                showsSource: false)
            throw Stop()
        }
    }

    private mutating func advanceLine(to index: Int) {
        var number = 1
        while number < source.lineStarts.count && source.lineStarts[number] <= index { number += 1 }
        line = UInt32(number)
    }

    private func isBlankOrComment(_ line: ArraySlice<UInt8>) -> Bool {
        let first = line.first { $0 != 0x20 && $0 != 0x09 && $0 != 0x0C }
        return first == nil || first == 0x23
    }

    /// The encoding that a comment line names, as in `# -*- coding: utf-8 -*-`.
    private func codingCookie(_ line: [UInt8]) -> String? {
        guard isBlankOrComment(line[...]), line.contains(0x23) else { return nil }
        let word = Array("coding".utf8)
        guard line.count > word.count else { return nil }
        for start in 0..<(line.count - word.count) {
            guard line[start..<(start + word.count)].elementsEqual(word) else { continue }
            var index = start + word.count
            guard line[index] == 0x3A || line[index] == 0x3D else { continue }
            index += 1
            while index < line.count && (line[index] == 0x20 || line[index] == 0x09) { index += 1 }
            let name = line[index...].prefix { byte in
                (byte | 0x20) &- 0x61 < 26 || Lexer.isDigit(byte) || byte == 0x2D || byte == 0x2E
                    || byte == 0x5F
            }
            if !name.isEmpty { return String(decoding: name, as: UTF8.self) }
        }
        return nil
    }

    private func firstInvalidUTF8() -> Int? {
        var index = 0
        let count = bytes.count
        while index < count {
            let byte = bytes[index]
            if byte < 0x80 {
                index += 1
                continue
            }
            let length: Int
            var low: UInt8 = 0x80
            var high: UInt8 = 0xBF
            switch byte {
            case 0xC2...0xDF: length = 2
            case 0xE0:
                length = 3
                low = 0xA0
            case 0xED:
                length = 3
                high = 0x9F
            case 0xE1...0xEF: length = 3
            case 0xF0:
                length = 4
                low = 0x90
            case 0xF4:
                length = 4
                high = 0x8F
            case 0xF1...0xF3: length = 4
            default: return index
            }
            guard index + length <= count, bytes[index + 1] >= low, bytes[index + 1] <= high else {
                return index
            }
            for offset in 2..<max(2, length) where bytes[index + offset] & 0xC0 != 0x80 {
                return index
            }
            index += length
        }
        return nil
    }
}

extension String {
    fileprivate func replacingUnderscores() -> String {
        String(map { $0 == "_" ? "-" : $0 })
    }
}
