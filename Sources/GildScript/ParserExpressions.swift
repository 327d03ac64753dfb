// Expressions, from `star_expressions` down to operators. Atoms, calls and displays are in
// ParserAtoms.swift, the mistakes that the error pass recognises in ParserMistakes.swift.

extension Parser {
    /// Whether the current token can begin an expression.
    var startsExpression: Bool {
        switch kind {
        case .name, .number, .string, .formattedStart, .leftParenthesis, .leftBracket, .leftBrace,
            .ellipsis, .plus, .minus, .tilde, .keywordFalse, .keywordNone, .keywordTrue, .await,
            .lambda, .not:
            true
        default: false
        }
    }

    /// `a`, `*a, b`, `a,`: one expression or a tuple without brackets.
    func starExpressions() throws(ParseFailure) -> NodeID {
        try memoized(.starExpressions) { parser throws(ParseFailure) in
            let start = parser.position
            let first = try parser.starExpression()
            guard parser.kind == .comma else { return first }
            var items = [first]
            while parser.accept(.comma) {
                if parser.kind != .star && !parser.startsExpression {
                    if parser.position > parser.furthest { parser.furthest = parser.position }
                    break
                }
                let comma = parser.position - 1
                guard let item = try parser.attempt({ p throws(ParseFailure) in try p.starExpression() })
                else {
                    parser.position = comma + 1
                    break
                }
                items.append(item)
            }
            return parser.add(.tuple(items), from: start)
        }
    }

    func starExpression() throws(ParseFailure) -> NodeID {
        if kind == .star { return try starred() }
        return try expression()
    }

    /// `*` and a bitwise-or expression.
    func starred() throws(ParseFailure) -> NodeID {
        let start = position
        try expect(.star)
        let value = try bitwiseOr()
        return add(.starred(value), from: start)
    }

    func starNamedExpression() throws(ParseFailure) -> NodeID {
        try memoized(.starNamedExpression) { parser throws(ParseFailure) in
            if parser.kind == .star { return try parser.starred() }
            return try parser.namedExpression()
        }
    }

    /// `name := value` or an expression.
    func namedExpression() throws(ParseFailure) -> NodeID {
        try memoized(.namedExpression) { parser throws(ParseFailure) in
            if parser.kind == .name && parser.peek(1) == .colonEqual {
                return try parser.assignmentExpression()
            }
            if parser.callsInvalid { try parser.checkNamedExpressionMistakes() }
            let value = try parser.expression()
            if parser.kind == .colonEqual { throw parser.fail() }
            return value
        }
    }

    func assignmentExpression() throws(ParseFailure) -> NodeID {
        let start = position
        let name = try expectName()
        let target = add(.name(name), from: start)
        try expect(.colonEqual)
        let value = try expression()
        return add(.assignment(target: target, value: value), from: start)
    }

    /// A conditional expression, a lambda, or less.
    func expression() throws(ParseFailure) -> NodeID {
        try memoized(.expression) { parser throws(ParseFailure) in
            if parser.callsInvalid { try parser.checkExpressionMistakes() }
            if parser.kind == .lambda {
                return try parser.nested { p throws(ParseFailure) in try p.lambda() }
            }
            let start = parser.position
            let body = try parser.disjunction()
            guard parser.kind == .if else { return body }
            let mark = parser.position
            let conditional = try parser.attempt { p throws(ParseFailure) in
                try p.conditional(body: body, start: start)
            }
            if let conditional { return conditional }
            parser.position = mark
            return body
        }
    }

    /// The rest of `a if b else c if d else e ...`, at the first `if`. The chain is a loop.
    private func conditional(body: NodeID, start: Int) throws(ParseFailure) -> NodeID {
        var parts: [(body: NodeID, condition: NodeID, start: Int)] = []
        var body = body
        var start = start
        while true {
            try expect(.if)
            let condition = try disjunction()
            try expect(.else)
            parts.append((body, condition, start))
            start = position
            if kind == .lambda || isErrorPass {
                body = try nested { p throws(ParseFailure) in try p.expression() }
                break
            }
            body = try disjunction()
            if kind != .if { break }
        }
        for part in parts.reversed() {
            body = add(
                .conditional(condition: part.condition, body: part.body, otherwise: body),
                from: part.start)
        }
        return body
    }

    // MARK: Boolean operators and comparisons

    /// What stands right of an operator. In the error pass, where nothing fits there, the rule ends
    /// before the operator, as a rule of a parsing expression grammar does; nil says so, and the
    /// position is back where it was.
    private func operand(
        _ rule: (Parser) throws(ParseFailure) -> NodeID
    ) throws(ParseFailure) -> NodeID? {
        isErrorPass ? try attempt(rule) : try rule(self)
    }

    func disjunction() throws(ParseFailure) -> NodeID {
        try memoized(.disjunction) { parser throws(ParseFailure) in
            let start = parser.position
            let first = try parser.conjunction()
            guard parser.kind == .or else { return first }
            var operands = [first]
            while parser.kind == .or {
                let right = try parser.operand { p throws(ParseFailure) in
                    p.advance()
                    return try p.conjunction()
                }
                guard let right else { break }
                operands.append(right)
            }
            if operands.count == 1 { return first }
            return parser.add(.boolean(.or, operands), from: start)
        }
    }

    private func conjunction() throws(ParseFailure) -> NodeID {
        let start = position
        let first = try inversion()
        guard kind == .and else { return first }
        var operands = [first]
        while kind == .and {
            let right = try operand { p throws(ParseFailure) in
                p.advance()
                return try p.inversion()
            }
            guard let right else { break }
            operands.append(right)
        }
        if operands.count == 1 { return first }
        return add(.boolean(.and, operands), from: start)
    }

    private func inversion() throws(ParseFailure) -> NodeID {
        var starts: [Int] = []
        while kind == .not {
            starts.append(position)
            advance()
        }
        var operand = try comparison()
        for start in starts.reversed() { operand = add(.unary(.not, operand), from: start) }
        return operand
    }

    private func comparison() throws(ParseFailure) -> NodeID {
        let start = position
        let first = try bitwiseOr()
        var operators: [ComparisonOperator] = []
        var comparators: [NodeID] = []
        while true {
            let mark = position
            guard let operation = acceptComparison() else { break }
            let right = try operand { p throws(ParseFailure) in try p.bitwiseOr() }
            guard let right else {
                position = mark
                break
            }
            operators.append(operation)
            comparators.append(right)
        }
        if operators.isEmpty { return first }
        return add(
            .comparison(first: first, operators: operators, comparators: comparators), from: start)
    }

    private func acceptComparison() -> ComparisonOperator? {
        let operation: ComparisonOperator
        switch kind {
        case .equalEqual: operation = .equal
        case .notEqual:
            // `<>` is a token of Python 2 only.
            if source.text[tokens[position].start] == 0x3C { return nil }
            operation = .notEqual
        case .less: operation = .less
        case .lessEqual: operation = .lessOrEqual
        case .greater: operation = .greater
        case .greaterEqual: operation = .greaterOrEqual
        case .in: operation = .contained
        case .is:
            advance()
            return accept(.not) ? .notIdentical : .identical
        case .not:
            guard peek(1) == .in else { return nil }
            position += 2
            return .notContained
        default: return nil
        }
        advance()
        return operation
    }

    // MARK: Arithmetic

    /// `|` and everything that binds tighter.
    func bitwiseOr() throws(ParseFailure) -> NodeID {
        try memoized(.bitwiseOr) { parser throws(ParseFailure) in try parser.binary() }
    }

    /// Left-associative operators by precedence, with an explicit stack of pending left sides: one
    /// stack frame however long the chain or how many levels it mixes. A range begins at the first
    /// token of the left side, so that brackets around it belong to it.
    private func binary() throws(ParseFailure) -> NodeID {
        var pending: [(left: NodeID, start: Int, operation: BinaryOperator, precedence: Int)] = []
        var start = position
        var operand = try factor()
        while true {
            let next = kind.binaryOperator
            let precedence = next?.precedence ?? 0
            while let top = pending.last, top.precedence >= precedence {
                pending.removeLast()
                start = top.start
                operand = add(.binary(left: top.left, top.operation, right: operand), from: start)
            }
            guard let next else { return operand }
            let mark = position
            advance()
            let rightStart = position
            let right = try self.operand { p throws(ParseFailure) in try p.factor() }
            guard let right else {
                position = mark
                while let top = pending.popLast() {
                    operand = add(
                        .binary(left: top.left, top.operation, right: operand), from: top.start)
                }
                return operand
            }
            pending.append((operand, start, next.operation, next.precedence))
            start = rightStart
            operand = right
        }
    }

    private enum PendingFactor {
        case prefix(UnaryOperator, start: Int)
        case power(left: NodeID, start: Int, mark: Int)
    }

    /// `-a`, `+a`, `~a` and `a ** b`, which is right-associative and binds tighter than a prefix on its
    /// left but not than one on its right.
    private func factor() throws(ParseFailure) -> NodeID {
        var pending: [PendingFactor] = []
        var operand: NodeID
        while true {
            let start = position
            switch kind {
            case .minus:
                advance()
                pending.append(.prefix(.negate, start: start))
                continue
            case .plus:
                advance()
                pending.append(.prefix(.positive, start: start))
                continue
            case .tilde:
                advance()
                pending.append(.prefix(.invert, start: start))
                continue
            default: break
            }
            let primary = try self.operand { p throws(ParseFailure) in try p.awaitPrimary() }
            guard let primary else {
                // Back to before the last `**`, if there was one.
                var left: NodeID?
                while left == nil, let frame = pending.popLast() {
                    if case .power(let value, _, let mark) = frame {
                        left = value
                        position = mark
                    }
                }
                guard let left else { throw fail() }
                operand = left
                break
            }
            operand = primary
            if kind != .doubleStar { break }
            pending.append(.power(left: operand, start: start, mark: position))
            advance()
        }
        for frame in pending.reversed() {
            switch frame {
            case .prefix(let operation, let start):
                operand = add(.unary(operation, operand), from: start)
            case .power(let left, let start, _):
                operand = add(.binary(left: left, .power, right: operand), from: start)
            }
        }
        return operand
    }

    private func awaitPrimary() throws(ParseFailure) -> NodeID {
        guard kind == .await else { return try primary() }
        let start = position
        advance()
        let value = try primary()
        return add(.await(value), from: start)
    }
}
