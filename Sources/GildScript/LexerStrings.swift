// String literals and f-strings (PEP 701).
//
// A plain string is one token with its prefix and quotes. An f-string is a `formattedStart`, then
// `formattedMiddle` tokens of literal text (braces still doubled, escapes still in place) between the
// tokens of its replacement fields, and a `formattedEnd`.

extension Lexer {
    /// At the opening quote; `start` is where the prefix begins.
    mutating func lexString(from start: Int, prefix: StringPrefix) throws(Stop) {
        let quote = peek()
        let startLine = line
        let startLineOffset = lineStart
        let startColumn = column(of: start)
        let isTriple = peek(1) == quote && peek(2) == quote
        let quoteSize = isTriple ? 3 : 1
        position += quoteSize

        if prefix.isFormatted {
            if formatted.count >= Lexer.maximumFormattedDepth - 1 {
                throw fail("too many nested f-strings", from: start, to: start)
            }
            formatted.append(
                FormattedState(
                    quote: quote, quoteSize: quoteSize, isRaw: prefix.isRaw, start: start,
                    startLine: startLine, startLineOffset: startLineOffset))
            emit(.formattedStart, from: start)
            return
        }
        while true {
            if isAtEnd || (Lexer.isNewline(peek()) && !isTriple) {
                throw unterminated(
                    start: start, startLine: startLine, startLineOffset: startLineOffset,
                    quote: quote, isTriple: isTriple)
            }
            let byte = peek()
            if byte == quote {
                if !isTriple {
                    position += 1
                    break
                }
                if peek(1) == quote && peek(2) == quote {
                    position += 3
                    break
                }
                position += 1
            } else if byte == 0x5C {
                position += 1
                if isAtEnd { continue }
                if Lexer.isNewline(peek()) { consumeNewline() } else { position += 1 }
            } else if Lexer.isNewline(byte) {
                consumeNewline()
            } else {
                position += 1
            }
        }
        emit(.string, from: start, line: startLine, column: startColumn)
    }

    private mutating func unterminated(
        start: Int, startLine: UInt32, startLineOffset: Int, quote: UInt8, isTriple: Bool
    ) -> Stop {
        // The text ends one line later than its last line break says only when something follows it.
        let detected = isAtEnd && position == lineStart && line > startLine ? line - 1 : line
        line = startLine
        lineStart = startLineOffset
        if let state = formatted.last, state.quote == quote, state.quoteSize == (isTriple ? 3 : 1) {
            return fail("f-string: expecting '}'", from: start, to: start)
        }
        let kind = isTriple ? "triple-quoted string literal" : "string literal"
        return fail("unterminated \(kind) (detected at line \(detected))", from: start, to: start)
    }

    /// Literal text of the innermost f-string up to its end or the next replacement field.
    mutating func lexFormattedText() throws(Stop) {
        let last = formatted.count - 1
        let state = formatted[last]
        let start = position
        let startLine = line
        let startColumn = column(of: start)

        func isEnd() -> Bool {
            peek() == state.quote
                && (state.quoteSize == 1 || (peek(1) == state.quote && peek(2) == state.quote))
        }
        if isEnd() {
            position += state.quoteSize
            formatted.removeLast()
            emit(.formattedEnd, from: start)
            return
        }
        scan: while true {
            if isAtEnd || (Lexer.isNewline(peek()) && state.quoteSize == 1) {
                if !isAtEnd && state.isFormatSpec {
                    // A line end closes the specification; the expression's rules skip it.
                    formatted[last].isExpression = true
                    formatted[last].isFormatSpec = false
                    break scan
                }
                throw unterminatedFormatted(state)
            }
            if isEnd() { break scan }
            let byte = peek()
            switch byte {
            case 0x7B:
                if peek(1) == 0x7B && !state.isFormatSpec {
                    position += 2
                    continue scan
                }
                break scan
            case 0x7D:
                if state.isFormatSpec { break scan }
                if peek(1) == 0x7D {
                    position += 2
                    continue scan
                }
                position += 1
                throw fail("f-string: single '}' is not allowed", from: position - 1, to: position - 1)
            case 0x5C:
                position += 1
                if isAtEnd { continue scan }
                let next = peek()
                if next == 0x7B || next == 0x7D { continue scan }
                if next == 0x4E && peek(1) == 0x7B && !state.isRaw {
                    position += 2
                    while !isAtEnd && peek() != 0x7D && !Lexer.isNewline(peek()) && !isEnd() {
                        position += 1
                    }
                    if peek() == 0x7D { position += 1 }
                } else if Lexer.isNewline(next) {
                    consumeNewline()
                } else {
                    position += 1
                }
            default:
                if Lexer.isNewline(byte) { consumeNewline() } else { position += 1 }
            }
        }
        if position > start {
            emit(.formattedMiddle, from: start, line: startLine, column: startColumn)
        }
        if peek() == 0x7B && !formatted[last].isExpression {
            if state.fieldDepth + 1 >= Lexer.maximumFormatSpecDepth {
                throw fail("f-string: expressions nested too deeply", from: position - 1, to: position - 1)
            }
            formatted[last].fieldDepth += 1
            formatted[last].isExpression = true
            formatted[last].isFormatSpec = false
        } else if peek() == 0x7D && state.isFormatSpec {
            formatted[last].isExpression = true
            formatted[last].isFormatSpec = false
        }
    }

    private mutating func unterminatedFormatted(_ state: FormattedState) -> Stop {
        let detected = isAtEnd && position == lineStart && line > state.startLine ? line - 1 : line
        line = state.startLine
        lineStart = state.startLineOffset
        let kind = state.quoteSize == 3 ? "triple-quoted f-string literal" : "f-string literal"
        return fail(
            "unterminated \(kind) (detected at line \(detected))", from: state.start, to: state.start)
    }
}
