// String literals: implicit concatenation, bytes, and f-strings with their replacement fields.

extension Parser {
    /// A run of literal text that is about to become one constant.
    private struct PendingText {
        var text = TextBuilder()
        var range: SourceRange?
        var isUnicodePrefixed = false
    }

    /// One or more adjacent string literals and f-strings.
    func strings() throws(ParseFailure) -> NodeID {
        let start = position
        var parts: [NodeID] = []
        var pending = PendingText()
        var isFormatted = false
        var isBytes: Bool?
        var isMixed = false
        var isFirstUnicode = false
        while kind == .string || kind == .formattedStart {
            if kind == .formattedStart {
                isFormatted = true
                if isBytes == true { isMixed = true }
                isBytes = isBytes ?? false
                try nested { p throws(ParseFailure) in
                    try p.formattedString(&parts, &pending)
                }
                continue
            }
            let token = tokens[position]
            let (prefix, content) = splitString(token)
            if let isBytes, isBytes != prefix.isBytes { isMixed = true }
            isBytes = isBytes ?? prefix.isBytes
            if position == start { isFirstUnicode = prefix.isUnicode }
            let piece = try decode(
                content, isRaw: prefix.isRaw, isBytes: prefix.isBytes, isFormatted: false,
                token: token)
            if !piece.isEmpty || pending.range == nil {
                if pending.range == nil { pending.isUnicodePrefixed = prefix.isUnicode }
                append(piece, token.range, to: &pending)
            }
            advance()
        }
        if isMixed { throw raise("cannot mix bytes and nonbytes literals", tokens[position].range) }
        if isFormatted {
            flush(&pending, into: &parts)
            return add(.formattedString(parts), from: start)
        }
        if isBytes == true { return add(.constant(.bytes(pending.text.bytes)), from: start) }
        return add(
            .constant(.string(pending.text.literal), isUnicodePrefixed: isFirstUnicode), from: start)
    }

    /// The prefix of a string token and the text between its quotes.
    private func splitString(_ token: Token) -> (Lexer.StringPrefix, ArraySlice<UInt8>) {
        var prefix = Lexer.StringPrefix()
        var index = token.start
        while prefix.accept(source.text[index]) { index += 1 }
        let quote = source.text[index]
        let isTriple =
            token.end - index >= 6 && source.text[index + 1] == quote && source.text[index + 2] == quote
        let size = isTriple ? 3 : 1
        return (prefix, source.text[(index + size)..<(token.end - size)])
    }

    private func decode(
        _ content: ArraySlice<UInt8>, isRaw: Bool, isBytes: Bool, isFormatted: Bool, token: Token
    ) throws(ParseFailure) -> TextBuilder {
        var decoder = EscapeDecoder(
            content, isRaw: isRaw, isBytes: isBytes, isFormatted: isFormatted)
        if let message = decoder.decode() { throw raise(message, token.range) }
        if let escape = decoder.invalidEscape, !isErrorPass, warnedTokens.insert(position).inserted {
            let isOctal = escape.text.utf8.count > 2 && escape.text.utf8.dropFirst().first! < 0x38
                && escape.text.utf8.dropFirst().first! >= 0x30
            // A backslash before the brace of a replacement field ends the literal text.
            let isBrace = escape.text == "\\" && token.end < source.text.count
            let brace = isBrace ? String(Unicode.Scalar(source.text[token.end])) : ""
            tree.warnings.append(
                SyntaxWarning(
                    message: "invalid \(isOctal ? "octal " : "")escape sequence "
                        + "'\(escape.text)\(brace)'",
                    source: source, line: token.range.line))
        }
        return decoder.output
    }

    private func append(_ piece: TextBuilder, _ range: SourceRange, to pending: inout PendingText) {
        pending.text.append(piece)
        pending.range = pending.range.map { SourceRange(from: $0, through: range) } ?? range
    }

    /// Turns pending text into a constant among the parts of an f-string; empty text leaves none.
    private func flush(_ pending: inout PendingText, into parts: inout [NodeID]) {
        if let range = pending.range, !pending.text.isEmpty {
            parts.append(
                add(
                    .constant(
                        .string(pending.text.literal),
                        isUnicodePrefixed: pending.isUnicodePrefixed), range))
        }
        pending = PendingText()
    }

    // MARK: f-strings

    private func formattedString(_ parts: inout [NodeID], _ pending: inout PendingText)
        throws(ParseFailure)
    {
        let opening = tokens[position]
        let isRaw = source.text[opening.start..<opening.end].contains { $0 | 0x20 == 0x72 }
        advance()
        while kind != .formattedEnd {
            try formattedPart(&parts, &pending, isRaw: isRaw)
        }
        advance()
    }

    /// Literal text or a replacement field.
    private func formattedPart(
        _ parts: inout [NodeID], _ pending: inout PendingText, isRaw: Bool
    ) throws(ParseFailure) {
        switch kind {
        case .formattedMiddle:
            let token = tokens[position]
            let piece = try decode(
                source.text[token.start..<token.end], isRaw: isRaw, isBytes: false,
                isFormatted: true, token: token)
            append(piece, token.range, to: &pending)
            advance()
        case .leftBrace: try replacementField(&parts, &pending, isRaw: isRaw)
        default: throw fail()
        }
    }

    /// `{value = !conversion :specification}`.
    private func replacementField(
        _ parts: inout [NodeID], _ pending: inout PendingText, isRaw: Bool
    ) throws(ParseFailure) {
        let start = position
        advance()
        if callsInvalid { try checkFieldStart() }
        let value: NodeID
        if callsInvalid {
            let parsed = try attempt { p throws(ParseFailure) in try p.value() }
            guard let parsed else {
                throw raise(
                    "f-string: expecting a valid expression after '{'", tokens[position].range)
            }
            value = parsed
        } else {
            value = try self.value()
        }
        let isDebug = accept(.equal)
        let debugEnd = tokens[position]
        if kind != .exclamation && kind != .colon && kind != .rightBrace {
            throw failField(
                isDebug
                    ? "f-string: expecting '!', or ':', or '}'"
                    : "f-string: expecting '=', or '!', or ':', or '}'")
        }
        if isDebug {
            var text = TextBuilder()
            text.append(source.text[tokens[start].end..<debugEnd.start])
            let from = tokens[start].range
            append(
                text,
                SourceRange(
                    line: from.endLine, column: from.endColumn, endLine: debugEnd.range.line,
                    endColumn: debugEnd.range.column), to: &pending)
        }
        var conversion = FormatConversion.none
        if kind == .exclamation { conversion = try self.conversion() }
        if kind != .colon && kind != .rightBrace {
            throw failField("f-string: expecting ':' or '}'")
        }
        var specification: NodeID?
        if kind == .colon {
            let specificationStart = position
            advance()
            var specificationParts: [NodeID] = []
            var text = PendingText()
            while kind == .formattedMiddle || kind == .leftBrace {
                try nested { p throws(ParseFailure) in
                    try p.formattedPart(&specificationParts, &text, isRaw: isRaw)
                }
            }
            flush(&text, into: &specificationParts)
            if kind != .rightBrace { throw failField("f-string: expecting '}', or format specs") }
            specification = add(
                .formattedString(specificationParts), from: specificationStart)
        }
        try expect(.rightBrace)
        if isDebug && conversion == .none && specification == nil { conversion = .repr }
        flush(&pending, into: &parts)
        parts.append(
            add(
                .formattedValue(
                    value: value, conversion: conversion, formatSpecification: specification),
                from: start))
    }

    private func failField(_ message: String) -> ParseFailure {
        if callsInvalid && kind != .error { return raise(message, tokens[position].range) }
        return fail()
    }

    private func checkFieldStart() throws(ParseFailure) {
        let sign: String
        switch kind {
        case .equal: sign = "="
        case .exclamation: sign = "!"
        case .colon: sign = ":"
        case .rightBrace: sign = "}"
        default: return
        }
        throw raise(
            "f-string: valid expression required before '\(sign)'", tokens[position].range)
    }

    private func conversion() throws(ParseFailure) -> FormatConversion {
        let mark = tokens[position]
        advance()
        guard kind == .name else {
            throw failField(
                kind == .colon || kind == .rightBrace
                    ? "f-string: missing conversion character"
                    : "f-string: invalid conversion character")
        }
        let token = tokens[position]
        if token.start != mark.end {
            throw raise(
                "f-string: conversion type must come right after the exclamanation mark",
                SourceRange(from: mark.range, through: token.range))
        }
        let name = text(position)
        guard name.utf8.count == 1, let conversion = FormatConversion(rawValue: name.utf8.first!),
            conversion != .none
        else {
            throw raise(
                "f-string: invalid conversion character '\(name)': expected 's', 'r', or 'a'",
                token.range)
        }
        advance()
        return conversion
    }
}
