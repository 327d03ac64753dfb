// From UTF-8 bytes to tokens, in one pass over the whole text before parsing begins.
//
// The rules are those of the Python Language Reference, "Lexical analysis" (3.13), and PEP 701 for
// f-strings. What the steps prevent:
//
//  - Indentation is measured twice, with tabs to multiples of 8 and with tabs as one column; where the
//    two measures disagree about deeper or shallower, the line is a TabError rather than a guess.
//  - Brackets are a stack with the place of each, so that a bracket never closed, one too many, or one
//    of the wrong kind is reported at the bracket and not at the end of the file. The stack is limited
//    to 200 and the indentation to 100 levels, which bounds the parser's recursion too.
//  - An f-string is lexed in place: a stack of f-string states says for the text position whether it is
//    literal text, format specification, or an expression (in which ordinary rules hold).
//  - The lexer never throws: it ends its tokens with an `error` token and keeps the diagnostic. The
//    parser decides, since CPython prefers a lexical error anywhere in the file to a grammatical one.

/// What the lexer made of a source file.
struct LexedSource {
    var tokens: [Token] = []
    var warnings: [SyntaxWarning] = []
    /// Where tokens ends with `error`: what to report when the parser gets there.
    var failure: Diagnostic?
    /// Set where the failure is an open bracket at the end of the file: the bracket's line.
    var unclosedBracketLine: UInt32?
}

struct Lexer {
    static let maximumBracketDepth = 200
    static let maximumIndentation = 100
    static let maximumFormattedDepth = 150
    static let maximumFormatSpecDepth = 3

    struct Bracket {
        var byte: UInt8
        var line: UInt32
        var column: UInt32
    }

    /// The state of one f-string that is open at the current position.
    struct FormattedState {
        var quote: UInt8
        var quoteSize: Int
        var isRaw: Bool
        var start: Int
        var startLine: UInt32
        var startLineOffset: Int
        /// Brackets open inside this f-string.
        var depth = 0
        /// Depth at which the innermost replacement field began, less one; -1 outside any.
        var fieldDepth = -1
        var isExpression = false
        var isFormatSpec = false
    }

    let source: SourceFile
    let bytes: UnsafeBufferPointer<UInt8>
    var position = 0
    var line: UInt32 = 1
    var lineStart = 0
    var isLineBeginning = true
    /// Whether the logical line has a token yet; a blank line makes no newline token.
    var hasTokenOnLine = false
    var indentation: [(column: Int, tabColumn: Int)] = [(0, 0)]
    var brackets: [Bracket] = []
    var formatted: [FormattedState] = []
    var result = LexedSource()

    /// Thrown inside the lexer after `result.failure` is set.
    struct Stop: Error {}

    static func lex(_ source: SourceFile) -> LexedSource {
        source.text.withUnsafeBufferPointer { bytes in
            var lexer = Lexer(source: source, bytes: bytes)
            lexer.result.tokens.reserveCapacity(bytes.count / 4 + 8)
            do {
                try lexer.checkEncoding()
                while try lexer.step() {}
            } catch {
                let at = UInt32(max(0, lexer.position - lexer.lineStart))
                lexer.result.tokens.append(
                    Token(
                        kind: .error, level: UInt16(lexer.brackets.count), start: lexer.position,
                        end: lexer.position,
                        range: SourceRange(
                            line: lexer.line, column: at, endLine: lexer.line, endColumn: at)))
            }
            return lexer.result
        }
    }

    init(source: SourceFile, bytes: UnsafeBufferPointer<UInt8>) {
        self.source = source
        self.bytes = bytes
    }

    // MARK: Bytes

    /// The byte `offset` after the position, 0 past the end.
    @inline(__always) func peek(_ offset: Int = 0) -> UInt8 {
        let index = position + offset
        return index < bytes.count ? bytes[index] : 0
    }

    @inline(__always) var isAtEnd: Bool { position >= bytes.count }

    @inline(__always) static func isNewline(_ byte: UInt8) -> Bool { byte == 0x0A || byte == 0x0D }

    /// Steps over one line end (\n, \r\n or \r) and starts the next line.
    mutating func consumeNewline() {
        if peek() == 0x0D && peek(1) == 0x0A { position += 1 }
        position += 1
        line += 1
        lineStart = position
    }

    func column(of offset: Int) -> UInt32 { UInt32(offset - lineStart) }

    // MARK: Errors

    /// Fails with a caret over `start..<end` of the current line (byte offsets in the text).
    mutating func fail(
        _ message: String, kind: Diagnostic.Kind = .syntaxError, from start: Int, to end: Int
    ) -> Stop {
        let range = SourceRange(
            line: line, column: column(of: start), endLine: line, endColumn: column(of: end))
        result.failure = Diagnostic(kind: kind, message: message, source: source, range: range)
        return Stop()
    }

    mutating func fail(_ message: String, kind: Diagnostic.Kind = .syntaxError, at place: SourceRange)
        -> Stop
    {
        result.failure = Diagnostic(kind: kind, message: message, source: source, range: place)
        return Stop()
    }

    mutating func warn(_ message: String) {
        result.warnings.append(SyntaxWarning(message: message, source: source, line: line))
    }

    // MARK: Tokens

    mutating func emit(_ kind: TokenKind, from start: Int) {
        let range = SourceRange(
            line: line, column: column(of: start), endLine: line, endColumn: column(of: position))
        result.tokens.append(
            Token(
                kind: kind, level: UInt16(brackets.count), start: start, end: position, range: range))
        hasTokenOnLine = true
    }

    mutating func emit(_ kind: TokenKind, from start: Int, line startLine: UInt32, column: UInt32) {
        let range = SourceRange(
            line: startLine, column: column, endLine: line, endColumn: self.column(of: position))
        result.tokens.append(
            Token(
                kind: kind, level: UInt16(brackets.count), start: start, end: position, range: range))
        hasTokenOnLine = true
    }

    /// Lexes the next token or tokens; false after the end marker.
    mutating func step() throws(Stop) -> Bool {
        if let state = formatted.last, !state.isExpression {
            try lexFormattedText()
            return true
        }
        if isLineBeginning {
            isLineBeginning = false
            if brackets.isEmpty { try lexIndentation() }
        }
        skipBlanks()
        let start = position
        if isAtEnd { return try lexEnd() }
        let byte = peek()
        if Lexer.isNewline(byte) {
            if !brackets.isEmpty || !formatted.isEmpty || !hasTokenOnLine {
                consumeNewline()
            } else {
                position += 1
                emit(.newline, from: start)
                position -= 1
                consumeNewline()
                hasTokenOnLine = false
            }
            isLineBeginning = true
            return true
        }
        if byte == 0x23 {  // #
            while !isAtEnd && !Lexer.isNewline(peek()) { position += 1 }
            return true
        }
        if byte == 0x5C {  // backslash
            try lexContinuation()
            return true
        }
        if Lexer.isNameStart(byte) {
            try lexNameOrPrefixedString()
            return true
        }
        if Lexer.isDigit(byte) || (byte == 0x2E && Lexer.isDigit(peek(1))) {
            try lexNumber()
            return true
        }
        if byte == 0x22 || byte == 0x27 {
            try lexString(from: start, prefix: StringPrefix())
            return true
        }
        try lexOperator()
        return true
    }

    mutating func skipBlanks() {
        while position < bytes.count {
            let byte = bytes[position]
            guard byte == 0x20 || byte == 0x09 || byte == 0x0C else { return }
            position += 1
        }
    }

    // MARK: Lines

    /// Measures the white space before a logical line and emits `indent` or `dedent` tokens. Lines with
    /// nothing but white space or a comment do not count.
    mutating func lexIndentation() throws(Stop) {
        var column = 0
        var tabColumn = 0
        while position < bytes.count {
            let byte = bytes[position]
            if byte == 0x20 {
                column += 1
                tabColumn += 1
            } else if byte == 0x09 {
                column = (column / 8 + 1) * 8
                tabColumn += 1
            } else if byte == 0x0C {
                column = 0
                tabColumn = 0
            } else if byte == 0x5C && Lexer.isNewline(peek(1)) {
                // The indentation of a line that goes on is that of its first part.
                position += 1
                consumeNewline()
                skipBlanks()
                if isAtEnd || Lexer.isNewline(peek()) || peek() == 0x23 { return }
                break
            } else {
                break
            }
            position += 1
        }
        if isAtEnd || Lexer.isNewline(peek()) || peek() == 0x23 { return }
        let top = indentation[indentation.count - 1]
        if column == top.column {
            if tabColumn != top.tabColumn { throw tabFailure() }
        } else if column > top.column {
            if indentation.count >= Lexer.maximumIndentation {
                throw failAfterLine("too many levels of indentation", .indentationError)
            }
            if tabColumn <= top.tabColumn { throw tabFailure() }
            indentation.append((column, tabColumn))
            emit(.indent, from: lineStart)
            hasTokenOnLine = false
        } else {
            while indentation.count > 1 && column < indentation[indentation.count - 1].column {
                indentation.removeLast()
                emit(.dedent, from: position)
            }
            hasTokenOnLine = false
            let outer = indentation[indentation.count - 1]
            if column != outer.column {
                throw failAfterLine(
                    "unindent does not match any outer indentation level", .indentationError)
            }
            if tabColumn != outer.tabColumn { throw tabFailure() }
        }
    }

    private mutating func tabFailure() -> Stop {
        let range = SourceRange(line: line, column: 0, endLine: line, endColumn: 0)
        result.failure = Diagnostic(
            kind: .tabError, message: "inconsistent use of tabs and spaces in indentation",
            source: source, range: range)
        return Stop()
    }

    /// CPython puts the caret of an indentation error behind the line.
    private mutating func failAfterLine(_ message: String, _ kind: Diagnostic.Kind) -> Stop {
        var end = position
        while end < bytes.count && !Lexer.isNewline(bytes[end]) { end += 1 }
        return fail(message, kind: kind, from: end, to: end)
    }

    private mutating func lexContinuation() throws(Stop) {
        let start = position
        position += 1
        if isAtEnd {
            throw fail("unexpected EOF while parsing", from: start, to: start)
        }
        guard Lexer.isNewline(peek()) else {
            throw fail(
                "unexpected character after line continuation character", from: start + 1,
                to: start + 1)
        }
        consumeNewline()
        if isAtEnd {
            line -= 1
            lineStart = start
            while lineStart > 0 && !Lexer.isNewline(bytes[lineStart - 1]) { lineStart -= 1 }
            throw fail("unexpected EOF while parsing", from: start, to: start)
        }
    }

    private mutating func lexEnd() throws(Stop) -> Bool {
        if let bracket = brackets.last {
            result.unclosedBracketLine = bracket.line
            throw fail(
                "'\(Character(Unicode.Scalar(bracket.byte)))' was never closed",
                at: SourceRange(
                    line: bracket.line, column: bracket.column, endLine: bracket.line,
                    endColumn: bracket.column + 1))
        }
        if hasTokenOnLine {
            let range = SourceRange(
                line: line, column: column(of: position), endLine: line,
                endColumn: column(of: position) + 1)
            result.tokens.append(
                Token(kind: .newline, level: 0, start: position, end: position, range: range))
            line += 1
            lineStart = position
        } else if position > lineStart {
            line += 1
            lineStart = position
        }
        while indentation.count > 1 {
            indentation.removeLast()
            emit(.dedent, from: position)
        }
        emit(.endMarker, from: position)
        return false
    }

    // MARK: Operators and brackets

    private mutating func lexOperator() throws(Stop) {
        let start = position
        let byte = peek()
        let next = peek(1)
        let last = formatted.count - 1
        if last >= 0, byte == 0x3A, formatted[last].depth - 1 == formatted[last].fieldDepth {
            // The colon that begins a format specification.
            position += 1
            formatted[last].isExpression = false
            formatted[last].isFormatSpec = true
            emit(.colon, from: start)
            return
        }
        switch byte {
        case 0x28, 0x5B, 0x7B: try openBracket(byte)
        case 0x29, 0x5D, 0x7D: try closeBracket(byte)
        default:
            let (kind, length) = Lexer.operatorKind(byte, next, peek(2))
            if kind == .unknown {
                if byte < 0x20 || byte == 0x7F {
                    position += 1
                    throw fail(
                        "invalid non-printable character U+00\(hexadecimal(byte))", from: start,
                        to: start)
                }
            }
            position += length
            emit(kind, from: start)
        }
    }

    private func hexadecimal(_ byte: UInt8) -> String {
        let digits = String(byte, radix: 16, uppercase: true)
        return digits.count == 1 ? "0" + digits : digits
    }

    private mutating func openBracket(_ byte: UInt8) throws(Stop) {
        let start = position
        if brackets.count >= Lexer.maximumBracketDepth {
            position += 1
            throw fail("too many nested parentheses", from: start, to: start)
        }
        brackets.append(Bracket(byte: byte, line: line, column: column(of: start)))
        if !formatted.isEmpty { formatted[formatted.count - 1].depth += 1 }
        position += 1
        emit(byte == 0x28 ? .leftParenthesis : byte == 0x5B ? .leftBracket : .leftBrace, from: start)
    }

    private mutating func closeBracket(_ byte: UInt8) throws(Stop) {
        let start = position
        position += 1
        let shown = Character(Unicode.Scalar(byte))
        if let state = formatted.last, state.depth == 0, byte == 0x7D {
            throw fail("f-string: single '}' is not allowed", from: start, to: start)
        }
        guard let opening = brackets.popLast() else {
            throw fail("unmatched '\(shown)'", from: start, to: start)
        }
        let expected: UInt8 = opening.byte == 0x28 ? 0x29 : opening.byte + 2
        if byte != expected {
            if let state = formatted.last, opening.byte == 0x7B, state.depth - 1 == state.fieldDepth {
                throw fail("f-string: unmatched '\(shown)'", from: start, to: start)
            }
            let open = Character(Unicode.Scalar(opening.byte))
            let place = opening.line == line ? "" : " on line \(opening.line)"
            throw fail(
                "closing parenthesis '\(shown)' does not match opening parenthesis '\(open)'\(place)",
                from: start, to: start)
        }
        let last = formatted.count - 1
        if last >= 0 {
            formatted[last].depth -= 1
            if byte == 0x7D && formatted[last].depth == formatted[last].fieldDepth {
                formatted[last].fieldDepth -= 1
                formatted[last].isExpression = false
                formatted[last].isFormatSpec = formatted[last].fieldDepth >= 0
            }
        }
        emit(
            byte == 0x29 ? .rightParenthesis : byte == 0x5D ? .rightBracket : .rightBrace, from: start)
    }

    private static func operatorKind(_ first: UInt8, _ second: UInt8, _ third: UInt8) -> (
        TokenKind, Int
    ) {
        let equal: UInt8 = 0x3D
        switch first {
        case 0x2C: return (.comma, 1)
        case 0x3A: return second == equal ? (.colonEqual, 2) : (.colon, 1)
        case 0x3B: return (.semicolon, 1)
        case 0x2E: return second == 0x2E && third == 0x2E ? (.ellipsis, 3) : (.dot, 1)
        case 0x3D: return second == equal ? (.equalEqual, 2) : (.equal, 1)
        case 0x2B: return second == equal ? (.plusEqual, 2) : (.plus, 1)
        case 0x2D:
            if second == 0x3E { return (.arrow, 2) }
            return second == equal ? (.minusEqual, 2) : (.minus, 1)
        case 0x2A:
            if second == 0x2A { return third == equal ? (.doubleStarEqual, 3) : (.doubleStar, 2) }
            return second == equal ? (.starEqual, 2) : (.star, 1)
        case 0x2F:
            if second == 0x2F { return third == equal ? (.doubleSlashEqual, 3) : (.doubleSlash, 2) }
            return second == equal ? (.slashEqual, 2) : (.slash, 1)
        case 0x7C: return second == equal ? (.verticalBarEqual, 2) : (.verticalBar, 1)
        case 0x26: return second == equal ? (.ampersandEqual, 2) : (.ampersand, 1)
        case 0x25: return second == equal ? (.percentEqual, 2) : (.percent, 1)
        case 0x40: return second == equal ? (.atEqual, 2) : (.at, 1)
        case 0x5E: return second == equal ? (.caretEqual, 2) : (.caret, 1)
        case 0x7E: return (.tilde, 1)
        case 0x3C:
            if second == 0x3C { return third == equal ? (.leftShiftEqual, 3) : (.leftShift, 2) }
            if second == 0x3E { return (.notEqual, 2) }
            return second == equal ? (.lessEqual, 2) : (.less, 1)
        case 0x3E:
            if second == 0x3E { return third == equal ? (.rightShiftEqual, 3) : (.rightShift, 2) }
            return second == equal ? (.greaterEqual, 2) : (.greater, 1)
        case 0x21: return second == equal ? (.notEqual, 2) : (.exclamation, 1)
        default: return (.unknown, 1)
        }
    }
}
