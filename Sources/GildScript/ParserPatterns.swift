// The match statement and its patterns (PEP 634).

extension Parser {
    func add(_ pattern: Pattern, from start: Int) -> NodeID {
        tree.add(.pattern(pattern), range(from: start))
    }

    /// A match statement, or nil where `match` is a name.
    func matchStatement() throws(ParseFailure) -> NodeID? {
        let start = position
        let subject = try attempt { p throws(ParseFailure) in
            p.advance()
            let first = p.position
            var subject = try p.starNamedExpression()
            if p.kind == .comma {
                var items = [subject]
                while p.accept(.comma) {
                    if p.kind == .colon { break }
                    items.append(try p.starNamedExpression())
                }
                subject = p.add(.tuple(items), from: first)
            } else if case .starred = p.tree.expression(subject) {
                throw p.fail()
            }
            if p.callsInvalid && p.kind == .newline {
                throw p.raise("expected ':'", p.tokens[p.position].range)
            }
            try p.expect(.colon)
            try p.expect(.newline)
            return subject
        }
        guard let subject else { return nil }
        if kind != .indent {
            throw raise(
                "expected an indented block after 'match' statement on line "
                    + "\(tokens[start].range.line)", at: position, kind: .indentationError)
        }
        advance()
        guard isSoftKeyword("case", at: position) else { throw fail() }
        var cases: [MatchCase] = []
        while kind != .dedent {
            guard isSoftKeyword("case", at: position) else { throw fail() }
            cases.append(try caseBlock())
        }
        advance()
        return add(.match(subject: subject, cases: cases), from: start)
    }

    private func caseBlock() throws(ParseFailure) -> MatchCase {
        let start = position
        advance()
        let pattern = try openSequencePattern()
        let condition: NodeID? = accept(.if) ? try namedExpression() : nil
        try colon()
        let body = try block(after: "'case' statement", at: start)
        return MatchCase(pattern: pattern, guard: condition, body: body)
    }

    private func openSequencePattern() throws(ParseFailure) -> NodeID {
        let start = position
        let first = try maybeStarPattern()
        if kind != .comma {
            if case .star = tree.pattern(first) { throw fail() }
            return first
        }
        var items = [first]
        while accept(.comma) {
            if kind == .colon || kind == .if { break }
            items.append(try maybeStarPattern())
        }
        return add(Pattern.sequence(items), from: start)
    }

    private func maybeStarPattern() throws(ParseFailure) -> NodeID {
        let start = position
        guard accept(.star) else { return try asPattern() }
        let name = try expectName()
        return add(Pattern.star(name == "_" ? nil : name), from: start)
    }

    private func asPattern() throws(ParseFailure) -> NodeID {
        let start = position
        let pattern = try orPattern()
        guard accept(.as) else { return pattern }
        if isSoftKeyword("_", at: position) {
            throw raise("cannot use '_' as a target", tokens[position].range)
        }
        if kind != .name && callsInvalid {
            let target = try attempt { p throws(ParseFailure) in try p.expression() }
            if let target { throw raise("invalid pattern target", tree.range(target)) }
        }
        let name = try expectName()
        return add(Pattern.capture(pattern: pattern, name: name), from: start)
    }

    private func orPattern() throws(ParseFailure) -> NodeID {
        let start = position
        let first = try closedPattern()
        guard kind == .verticalBar else { return first }
        var items = [first]
        while accept(.verticalBar) { items.append(try closedPattern()) }
        return add(Pattern.alternatives(items), from: start)
    }

    private func closedPattern() throws(ParseFailure) -> NodeID {
        let start = position
        switch kind {
        case .keywordNone, .keywordTrue, .keywordFalse:
            let constant: Constant =
                kind == .keywordNone ? .noneValue : .bool(kind == .keywordTrue)
            advance()
            return add(Pattern.singleton(constant), from: start)
        case .number, .minus:
            let value = try numericLiteral()
            return add(Pattern.value(value), from: start)
        case .string, .formattedStart:
            let value = try strings()
            if case .formattedString = tree.expression(value) {
                throw raise(
                    "patterns may only match literals and attribute lookups", range(from: start))
            }
            return add(Pattern.value(value), from: start)
        case .name: return try namePattern()
        case .leftParenthesis, .leftBracket:
            return try nested { p throws(ParseFailure) in try p.groupPattern() }
        case .leftBrace: return try nested { p throws(ParseFailure) in try p.mappingPattern() }
        default: throw fail()
        }
    }

    /// A signed number, or a complex number written as a sum.
    private func numericLiteral() throws(ParseFailure) -> NodeID {
        let start = position
        var value = try signedNumber()
        if kind == .plus || kind == .minus {
            let operation: BinaryOperator = kind == .plus ? .add : .subtract
            advance()
            let right = try signedNumber()
            value = add(.binary(left: value, operation, right: right), from: start)
        }
        return value
    }

    private func signedNumber() throws(ParseFailure) -> NodeID {
        let start = position
        let isNegative = accept(.minus)
        if kind != .number { throw fail() }
        let value = try primary()
        guard case .constant = tree.expression(value) else { throw fail() }
        return isNegative ? add(.unary(.negate, value), from: start) : value
    }

    /// A capture, the wildcard, a dotted value, or a class pattern.
    private func namePattern() throws(ParseFailure) -> NodeID {
        let start = position
        let name = try expectName()
        if kind != .dot && kind != .leftParenthesis {
            return add(Pattern.capture(pattern: nil, name: name == "_" ? nil : name), from: start)
        }
        var value = add(.name(name), from: start)
        while accept(.dot) {
            let attribute = try expectName()
            value = add(.attribute(value: value, name: attribute), from: start)
        }
        guard kind == .leftParenthesis else { return add(Pattern.value(value), from: start) }
        return try nested { p throws(ParseFailure) in try p.classPattern(value, start: start) }
    }

    private func classPattern(_ type: NodeID, start: Int) throws(ParseFailure) -> NodeID {
        advance()
        var patterns: [NodeID] = []
        var names: [String] = []
        var keywordPatterns: [NodeID] = []
        while kind != .rightParenthesis {
            if kind == .name && peek(1) == .equal {
                names.append(try expectName())
                advance()
                keywordPatterns.append(try asPattern())
            } else {
                let first = position
                let pattern = try asPattern()
                if !names.isEmpty {
                    throw raise(
                        "positional patterns follow keyword patterns", range(from: first))
                }
                patterns.append(pattern)
            }
            if !accept(.comma) { break }
        }
        try expect(.rightParenthesis)
        return add(
            Pattern.instance(
                type: type, patterns: patterns, keywordNames: names,
                keywordPatterns: keywordPatterns), from: start)
    }

    private func groupPattern() throws(ParseFailure) -> NodeID {
        let start = position
        let isList = kind == .leftBracket
        let end: TokenKind = isList ? .rightBracket : .rightParenthesis
        advance()
        var items: [NodeID] = []
        var sawComma = false
        while kind != end {
            items.append(try maybeStarPattern())
            if !accept(.comma) { break }
            sawComma = true
        }
        try expect(end)
        if !isList && items.count == 1 && !sawComma {
            if case .star = tree.pattern(items[0]) { throw fail() }
            return items[0]
        }
        return add(Pattern.sequence(items), from: start)
    }

    private func mappingPattern() throws(ParseFailure) -> NodeID {
        let start = position
        advance()
        var keys: [NodeID] = []
        var patterns: [NodeID] = []
        var rest: String?
        while kind != .rightBrace {
            if accept(.doubleStar) {
                rest = try expectName()
                _ = accept(.comma)
                break
            }
            switch kind {
            case .number, .minus: keys.append(try numericLiteral())
            case .name:
                let key = try primary()
                guard case .attribute = tree.expression(key) else { throw fail() }
                keys.append(key)
            case .string, .keywordNone, .keywordTrue, .keywordFalse: keys.append(try primary())
            default: throw fail()
            }
            try expect(.colon)
            patterns.append(try asPattern())
            if !accept(.comma) { break }
        }
        try expect(.rightBrace)
        return add(Pattern.mapping(keys: keys, patterns: patterns, rest: rest), from: start)
    }
}
