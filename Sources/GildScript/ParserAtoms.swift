// Primaries (attributes, calls, subscripts), atoms, displays and comprehensions.

import BigInt

extension Parser {
    /// An atom and what follows it; the chain is a loop.
    func primary() throws(ParseFailure) -> NodeID {
        try memoized(.primary) { parser throws(ParseFailure) in
            let start = parser.position
            var value = try parser.atom()
            while true {
                switch parser.kind {
                case .dot, .leftParenthesis, .leftBracket: break
                default: return value
                }
                if parser.isErrorPass {
                    let longer = try parser.attempt { p throws(ParseFailure) in
                        try p.trailer(value, start: start)
                    }
                    guard let longer else { return value }
                    value = longer
                } else {
                    value = try parser.trailer(value, start: start)
                }
            }
        }
    }

    /// `.name`, `(arguments)` or `[index]` behind a primary that began at token `start`.
    private func trailer(_ value: NodeID, start: Int) throws(ParseFailure) -> NodeID {
        switch kind {
        case .dot:
            advance()
            let name = try expectName()
            return add(.attribute(value: value, name: name), from: start)
        case .leftParenthesis:
            return try nested { p throws(ParseFailure) in try p.call(value, start: start) }
        default:
            return try nested { p throws(ParseFailure) in try p.subscripted(value, start: start) }
        }
    }

    // MARK: Calls

    private func call(_ function: NodeID, start: Int) throws(ParseFailure) -> NodeID {
        let open = position
        advance()
        let list = try bracketedArguments(open: open, allowsGenerator: true)
        return add(
            .call(function: function, arguments: list.arguments, keywords: list.keywords), from: start)
    }

    struct ArgumentList {
        var arguments: [NodeID] = []
        var keywords: [KeywordArgument] = []
    }

    /// Arguments after the opening bracket `open`, and the closing bracket.
    func bracketedArguments(open: Int, allowsGenerator: Bool) throws(ParseFailure)
        -> ArgumentList
    {
        if callsInvalid && kind != .rightParenthesis {
            let first = position
            let list = try attempt { p throws(ParseFailure) in
                try p.arguments(open: open, allowsGenerator: allowsGenerator)
            }
            if let list { return list }
            position = first
            try checkArgumentMistakes()
            position = first
            throw ParseFailure()
        }
        return try arguments(open: open, allowsGenerator: allowsGenerator)
    }

    /// `name := value`, or an expression that no `:=` follows.
    func assignmentOrExpression() throws(ParseFailure) -> NodeID {
        if kind == .name && peek(1) == .colonEqual { return try assignmentExpression() }
        let value = try expression()
        if kind == .colonEqual { throw fail() }
        return value
    }

    private func arguments(open: Int, allowsGenerator: Bool) throws(ParseFailure)
        -> ArgumentList
    {
        var list = ArgumentList()
        var sawDoubleStar = false
        while kind != .rightParenthesis {
            let start = position
            if callsInvalid { try checkKeywordMistakes() }
            if kind == .star && !sawDoubleStar {
                advance()
                let value = try expression()
                let item = add(.starred(value), from: start)
                if kind == .equal { throw fail() }
                list.arguments.append(item)
            } else if kind == .doubleStar {
                advance()
                let value = try expression()
                list.keywords.append(
                    KeywordArgument(name: nil, value: value, range: range(from: start)))
                sawDoubleStar = true
            } else if kind == .name && peek(1) == .equal {
                let name = identifier(position)
                position += 2
                let value = try expression()
                list.keywords.append(
                    KeywordArgument(name: name, value: value, range: range(from: start)))
            } else {
                let value = try assignmentOrExpression()
                // The grammar stops before a positional argument that comes too late.
                if !list.keywords.isEmpty || kind == .equal { throw fail() }
                if allowsGenerator && list.arguments.isEmpty && startsComprehension {
                    // A single generator expression borrows the call's brackets.
                    let clauses = try comprehensionClauses()
                    try expect(.rightParenthesis)
                    list.arguments.append(
                        add(.generator(element: value, clauses: clauses), from: open))
                    return list
                }
                list.arguments.append(value)
            }
            if !accept(.comma) { break }
        }
        try expect(.rightParenthesis)
        return list
    }

    // MARK: Subscripts

    private func subscripted(_ value: NodeID, start: Int) throws(ParseFailure) -> NodeID {
        advance()
        let indexStart = position
        let first = try slice()
        var index = first
        if case .starred = tree.expression(first), kind != .comma {
            index = add(.tuple([first]), from: indexStart)
        } else if kind == .comma {
            var items = [first]
            while accept(.comma) {
                if kind == .rightBracket { break }
                items.append(try slice())
            }
            index = add(.tuple(items), from: indexStart)
        }
        try expect(.rightBracket)
        return add(.subscripted(value: value, index: index), from: start)
    }

    private func slice() throws(ParseFailure) -> NodeID {
        let start = position
        if kind == .star { return try starred() }
        var lower: NodeID?
        if kind != .colon {
            let value = try namedExpression()
            if kind != .colon { return value }
            lower = value
        }
        try expect(.colon)
        var upper: NodeID?
        var step: NodeID?
        if kind != .colon && kind != .comma && kind != .rightBracket { upper = try expression() }
        if accept(.colon) && kind != .comma && kind != .rightBracket { step = try expression() }
        return add(.slice(lower: lower, upper: upper, step: step), from: start)
    }

    // MARK: Atoms

    private func atom() throws(ParseFailure) -> NodeID {
        let start = position
        switch kind {
        case .name:
            advance()
            return add(.name(identifier(start)), from: start)
        case .keywordTrue, .keywordFalse:
            let value = kind == .keywordTrue
            advance()
            return add(.constant(.bool(value)), from: start)
        case .keywordNone:
            advance()
            return add(.constant(.noneValue), from: start)
        case .ellipsis:
            advance()
            return add(.constant(.ellipsis), from: start)
        case .number: return try number()
        case .string, .formattedStart: return try strings()
        case .leftParenthesis:
            return try nested { p throws(ParseFailure) in try p.parenthesized() }
        case .leftBracket:
            return try nested { p throws(ParseFailure) in try p.listDisplay() }
        case .leftBrace:
            return try nested { p throws(ParseFailure) in try p.braceDisplay() }
        default: throw fail()
        }
    }

    private func number() throws(ParseFailure) -> NodeID {
        let start = position
        let token = tokens[position]
        var digits: [UInt8] = []
        digits.reserveCapacity(token.end - token.start)
        for byte in source.text[token.start..<token.end] where byte != 0x5F { digits.append(byte) }
        let marker = digits.count > 1 && digits[0] == 0x30 ? digits[1] | 0x20 : 0
        let radix = marker == 0x78 ? 16 : marker == 0x6F ? 8 : marker == 0x62 ? 2 : 10
        let constant: Constant
        if radix != 10 {
            let text = String(decoding: digits[2...], as: UTF8.self)
            constant = .integer(
                Int(text, radix: radix).map { BigInt($0) } ?? BigInt(text, radix: radix) ?? 0)
        } else if digits.allSatisfy(Lexer.isDigit) {
            if digits.count > 4300 {
                throw raise(
                    "Exceeds the limit (4300 digits) for integer string conversion: value has "
                        + "\(digits.count) digits; use sys.set_int_max_str_digits() to increase the "
                        + "limit - Consider hexadecimal for huge integer literals to avoid decimal "
                        + "conversion limits.", token.range)
            }
            let text = String(decoding: digits, as: UTF8.self)
            constant = .integer(Int(text).map { BigInt($0) } ?? BigInt(text, radix: 10) ?? 0)
        } else if digits.last! | 0x20 == 0x6A {
            constant = .imaginary(Double(floatText(digits.dropLast())) ?? 0)
        } else {
            constant = .float(Double(floatText(digits[...])) ?? 0)
        }
        advance()
        return add(.constant(constant), from: start)
    }

    /// Swift wants a digit on both sides of the point.
    private func floatText(_ digits: ArraySlice<UInt8>) -> String {
        var text = digits.first == 0x2E ? "0" : ""
        for (offset, byte) in digits.enumerated() {
            text.unicodeScalars.append(Unicode.Scalar(byte))
            let next = digits.startIndex + offset + 1
            if byte == 0x2E && (next == digits.endIndex || !Lexer.isDigit(digits[next])) { text += "0" }
        }
        return text
    }

    // MARK: Displays

    /// Whether a comprehension's first clause begins here.
    private var startsComprehension: Bool { kind == .for || (kind == .async && peek(1) == .for) }

    /// `()`, a tuple, a group, or a generator expression.
    private func parenthesized() throws(ParseFailure) -> NodeID {
        let start = position
        if callsInvalid { try checkComprehensionMistakes() }
        advance()
        if accept(.rightParenthesis) { return add(.tuple([]), from: start) }
        if kind == .yield {
            let value = try yieldExpression()
            try expect(.rightParenthesis)
            return value
        }
        if callsInvalid { try checkGroupMistakes(open: start) }
        let first = try starNamedExpression()
        if startsComprehension {
            if case .starred = tree.expression(first) { throw fail() }
            let clauses = try comprehensionClauses()
            try expect(.rightParenthesis)
            return add(.generator(element: first, clauses: clauses), from: start)
        }
        if kind == .comma {
            let items = try displayItems(first, until: .rightParenthesis)
            try expect(.rightParenthesis)
            return add(.tuple(items), from: start)
        }
        try expect(.rightParenthesis)
        if case .starred = tree.expression(first) {
            position -= 1
            throw fail()
        }
        return first
    }

    /// `, b, c,` after the first item of a display.
    private func displayItems(_ first: NodeID, until end: TokenKind) throws(ParseFailure)
        -> [NodeID]
    {
        var items = [first]
        while accept(.comma) {
            if kind == end { break }
            items.append(try starNamedExpression())
        }
        return items
    }

    private func listDisplay() throws(ParseFailure) -> NodeID {
        let start = position
        if callsInvalid { try checkComprehensionMistakes() }
        advance()
        if accept(.rightBracket) { return add(.list([]), from: start) }
        let first = try starNamedExpression()
        if startsComprehension {
            if case .starred = tree.expression(first) { throw fail() }
            let clauses = try comprehensionClauses()
            try expect(.rightBracket)
            return add(.listComprehension(element: first, clauses: clauses), from: start)
        }
        let items = try displayItems(first, until: .rightBracket)
        try expect(.rightBracket)
        return add(.list(items), from: start)
    }

    /// A dict, a set, or a comprehension of either.
    private func braceDisplay() throws(ParseFailure) -> NodeID {
        let start = position
        if callsInvalid {
            try checkComprehensionMistakes()
            try checkDictionaryMistakes()
        }
        advance()
        if accept(.rightBrace) { return add(.dictionary([]), from: start) }
        if kind == .doubleStar { return try dictionaryDisplay(start: start, firstKey: nil) }
        let first = try starNamedExpression()
        if kind == .colon, isPlainExpression(first) {
            return try dictionaryDisplay(start: start, firstKey: first)
        }
        if startsComprehension {
            if case .starred = tree.expression(first) { throw fail() }
            let clauses = try comprehensionClauses()
            try expect(.rightBrace)
            return add(.setComprehension(element: first, clauses: clauses), from: start)
        }
        let items = try displayItems(first, until: .rightBrace)
        try expect(.rightBrace)
        return add(.set(items), from: start)
    }

    private func isPlainExpression(_ id: NodeID) -> Bool {
        switch tree.expression(id) {
        case .starred: false
        case .assignment: tokens[position - 1].kind == .rightParenthesis
        default: true
        }
    }

    private func dictionaryDisplay(start: Int, firstKey: NodeID?) throws(ParseFailure)
        -> NodeID
    {
        var entries: [DictionaryEntry] = []
        if let firstKey {
            try expect(.colon)
            let value = try expression()
            if startsComprehension {
                let clauses = try comprehensionClauses()
                try expect(.rightBrace)
                return add(
                    .dictionaryComprehension(key: firstKey, value: value, clauses: clauses),
                    from: start)
            }
            entries.append(DictionaryEntry(key: firstKey, value: value))
            if kind != .rightBrace { try expect(.comma) }
        }
        while kind != .rightBrace {
            if accept(.doubleStar) {
                let value = try bitwiseOr()
                entries.append(DictionaryEntry(key: nil, value: value))
            } else {
                let key = try expression()
                try expect(.colon)
                let value = try expression()
                entries.append(DictionaryEntry(key: key, value: value))
            }
            if !accept(.comma) { break }
        }
        try expect(.rightBrace)
        return add(.dictionary(entries), from: start)
    }

    /// `for target in iterable if condition ...`, one or more.
    func comprehensionClauses() throws(ParseFailure) -> [ComprehensionClause] {
        var clauses: [ComprehensionClause] = []
        while startsComprehension {
            let isAsync = accept(.async)
            let target = try forTarget(isComprehension: true)
            let iterable = try disjunction()
            var conditions: [NodeID] = []
            while accept(.if) { conditions.append(try disjunction()) }
            clauses.append(
                ComprehensionClause(
                    target: target, iterable: iterable, conditions: conditions, isAsync: isAsync))
        }
        if clauses.isEmpty { throw fail() }
        return clauses
    }

    /// `for`, its targets, and `in`.
    func forTarget(isComprehension: Bool) throws(ParseFailure) -> NodeID {
        let start = position
        let target = try attempt { p throws(ParseFailure) in
            try p.expect(.for)
            let target = try p.targetList()
            try p.expect(.in)
            return target
        }
        if let target { return target }
        if callsInvalid {
            if isComprehension { try checkForWithoutIn() }
            position = start
            try checkForTargetMistakes()
        }
        position = start
        throw ParseFailure()
    }

    /// The targets of a `for`: like `starExpressions`, but `in` ends them.
    func targetList() throws(ParseFailure) -> NodeID {
        let start = position
        let first = try target()
        guard kind == .comma else { return first }
        var items = [first]
        while accept(.comma) {
            if kind == .in || kind == .equal { break }
            items.append(try target())
        }
        return add(.tuple(items), from: start)
    }

    private func target() throws(ParseFailure) -> NodeID {
        let start = position
        if accept(.star) {
            let value = try primary()
            if invalidTarget(value, .star) != nil {
                position -= 1
                throw fail()
            }
            return add(.starred(value), from: start)
        }
        let value = try primary()
        if invalidTarget(value, .star) != nil {
            throw fail()
        }
        return value
    }

    /// `yield`, `yield a, b` or `yield from a`.
    func yieldExpression() throws(ParseFailure) -> NodeID {
        let start = position
        try expect(.yield)
        if accept(.from) {
            let value = try expression()
            return add(.yieldFrom(value), from: start)
        }
        var value: NodeID?
        if kind == .star || startsExpression { value = try starExpressions() }
        return add(.yield(value), from: start)
    }

    /// `lambda parameters: body`.
    func lambda() throws(ParseFailure) -> NodeID {
        let start = position
        try expect(.lambda)
        let parameters = try parameters(isLambda: true)
        try force(.colon, ":")
        let body = try expression()
        return add(.lambda(parameters, body: body), from: start)
    }
}
