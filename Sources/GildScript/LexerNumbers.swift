// Numeric literals: the lexer finds where they end and refuses malformed ones with CPython's messages;
// the parser converts their text.

extension Lexer {
    mutating func lexNumber() throws(Stop) {
        let start = position
        if peek() == 0x30 {
            switch peek(1) | 0x20 {
            case 0x78:
                try lexRadix(start, name: "hexadecimal") { byte in
                    Lexer.isDigit(byte) || (byte | 0x20) &- 0x61 < 6
                }
                return
            case 0x6F:
                try lexRadix(start, name: "octal") { $0 &- 0x30 < 8 }
                return
            case 0x62:
                try lexRadix(start, name: "binary") { $0 &- 0x30 < 2 }
                return
            default: break
            }
        }
        var isInteger = true
        if peek() != 0x2E { try lexDigits() }
        let integerEnd = position
        if peek() == 0x2E {
            isInteger = false
            position += 1
            if Lexer.isDigit(peek()) { try lexDigits() }
        }
        if peek() | 0x20 == 0x65 {
            let signed = peek(1) == 0x2B || peek(1) == 0x2D
            if Lexer.isDigit(peek(signed ? 2 : 1)) {
                isInteger = false
                position += signed ? 2 : 1
                try lexDigits()
            } else if signed {
                position += 2
                throw fail("invalid decimal literal", from: position - 1, to: position - 1)
            }
        }
        if peek() | 0x20 == 0x6A {
            position += 1
            try checkNumberEnd("imaginary")
        } else {
            if isInteger { try checkLeadingZeros(start..<integerEnd) }
            try checkNumberEnd("decimal")
        }
        emit(.number, from: start)
    }

    private func startsWithNonzero(_ range: Range<Int>) -> Bool {
        bytes[range].contains { $0 != 0x30 && $0 != 0x5F }
    }

    private mutating func checkLeadingZeros(_ range: Range<Int>) throws(Stop) {
        guard bytes[range.lowerBound] == 0x30, range.count > 1, startsWithNonzero(range) else { return }
        var zeros = range.lowerBound
        while zeros < range.upperBound && (bytes[zeros] == 0x30 || bytes[zeros] == 0x5F) { zeros += 1 }
        throw fail(
            "leading zeros in decimal integer literals are not permitted; "
                + "use an 0o prefix for octal integers",
            from: range.lowerBound, to: zeros)
    }

    /// Digits with single underscores between them.
    private mutating func lexDigits() throws(Stop) {
        while true {
            while Lexer.isDigit(peek()) { position += 1 }
            if peek() != 0x5F { return }
            position += 1
            if !Lexer.isDigit(peek()) {
                throw fail("invalid decimal literal", from: position - 1, to: position - 1)
            }
        }
    }

    private mutating func lexRadix(
        _ start: Int, name: String, isDigit: (UInt8) -> Bool
    ) throws(Stop) {
        position += 2
        while true {
            if peek() == 0x5F { position += 1 }
            if !isDigit(peek()) {
                if Lexer.isDigit(peek()) { throw invalidDigit(name) }
                throw fail("invalid \(name) literal", from: position - 1, to: position - 1)
            }
            while isDigit(peek()) { position += 1 }
            if peek() != 0x5F { break }
        }
        if Lexer.isDigit(peek()) { throw invalidDigit(name) }
        try checkNumberEnd(name)
        emit(.number, from: start)
    }

    private mutating func invalidDigit(_ name: String) -> Stop {
        let digit = Character(Unicode.Scalar(peek()))
        return fail("invalid digit '\(digit)' in \(name) literal", from: position, to: position)
    }

    /// A number may touch a keyword that can follow it (with a warning), but no other name.
    private mutating func checkNumberEnd(_ name: String) throws(Stop) {
        let byte = peek()
        guard Lexer.isNameStart(byte) else { return }
        for word in ["and", "else", "for", "if", "in", "is", "not", "or"] {
            let text = Array(word.utf8)
            guard text[0] == byte, position + text.count <= bytes.count else { continue }
            let end = position + text.count
            if bytes[position..<end].elementsEqual(text),
                end == bytes.count || !Lexer.isNameContinuation(bytes[end])
            {
                warn("invalid \(name) literal")
                return
            }
        }
        throw fail("invalid \(name) literal", from: position - 1, to: position - 1)
    }
}
