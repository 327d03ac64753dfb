// Well-known mistakes, recognised in the error pass only.
//
// Each check stands where CPython's grammar has a rule for the mistake, tries to match what the mistake
// looks like, and raises its message. A check that does not match leaves the position where it was.

enum TargetKind { case star, delete, forLoop }

extension Parser {
    // MARK: Targets

    /// The innermost expression in a target that cannot be one, or nil.
    func invalidTarget(_ id: NodeID, _ kind: TargetKind) -> NodeID? {
        switch tree.expression(id) {
        case .list(let items), .tuple(let items):
            for item in items {
                if let bad = invalidTarget(item, kind) { return bad }
            }
            return nil
        case .starred(let value): return kind == .delete ? id : invalidTarget(value, kind)
        case .comparison(let first, let operators, _) where kind == .forLoop:
            return operators[0] == .contained ? invalidTarget(first, kind) : nil
        case .name, .attribute, .subscripted: return nil
        default: return id
        }
    }

    /// What messages call an expression.
    func describe(_ id: NodeID) -> String {
        switch tree.expression(id) {
        case .attribute: "attribute"
        case .subscripted: "subscript"
        case .starred: "starred"
        case .name: "name"
        case .list: "list"
        case .tuple: "tuple"
        case .lambda: "lambda"
        case .call: "function call"
        case .boolean, .binary, .unary: "expression"
        case .generator: "generator expression"
        case .yield, .yieldFrom: "yield expression"
        case .await: "await expression"
        case .listComprehension: "list comprehension"
        case .setComprehension: "set comprehension"
        case .dictionaryComprehension: "dict comprehension"
        case .dictionary: "dict literal"
        case .set: "set display"
        case .formattedString, .formattedValue: "f-string expression"
        case .comparison: "comparison"
        case .conditional: "conditional expression"
        case .assignment: "named expression"
        case .slice: "slice"
        case .constant(let constant, _):
            switch constant {
            case .noneValue: "None"
            case .bool(let value): value ? "True" : "False"
            case .ellipsis: "ellipsis"
            default: "literal"
            }
        }
    }

    private func raiseInvalidTarget(_ id: NodeID, _ kind: TargetKind) throws(ParseFailure) {
        guard let bad = invalidTarget(id, kind) else { return }
        let verb = kind == .delete ? "delete" : "assign to"
        throw raise("cannot \(verb) \(describe(bad))", tree.range(bad))
    }

    func checkDeleteMistakes() throws(ParseFailure) {
        let start = position
        let targets = try attempt { p throws(ParseFailure) in try p.starExpressions() }
        if let targets { try raiseInvalidTarget(targets, .delete) }
        position = start
    }

    /// At `for`, or at the `async` before it.
    func checkForTargetMistakes() throws(ParseFailure) {
        let start = position
        _ = accept(.async)
        if accept(.for) {
            let targets = try attempt { p throws(ParseFailure) in try p.starExpressions() }
            if let targets { try raiseInvalidTarget(targets, .forLoop) }
        }
        position = start
    }

    /// At the `for` of a comprehension without its `in`.
    func checkForWithoutIn() throws(ParseFailure) {
        advance()
        repeat {
            if kind == .in { return }
            if try attempt({ p throws(ParseFailure) in try p.bitwiseOr() }) == nil { break }
        } while accept(.comma)
        if kind == .in || peek(-1) == .for { return }
        throw raise("'in' expected after for-loop variables", at: max(position, furthest))
    }

    /// Behind the `as` of a with item.
    func checkWithTargetMistakes() throws(ParseFailure) {
        let start = position
        let target = try attempt { p throws(ParseFailure) in try p.expression() }
        if let target, kind == .comma || kind == .rightParenthesis || kind == .colon {
            try raiseInvalidTarget(target, .star)
        }
        position = start
    }

    // MARK: Assignments

    func checkAssignmentMistakes() throws(ParseFailure) {
        let start = position
        defer { position = start }

        if kind == .leftBracket || kind == .leftParenthesis {
            let target = try attempt { p throws(ParseFailure) in
                let target = try p.primary()
                try p.expect(.colon)
                _ = try p.expression()
                return target
            }
            if let target {
                switch tree.expression(target) {
                case .list, .tuple:
                    throw raise(
                        "only single target (not \(describe(target))) can be annotated",
                        tree.range(target))
                default: break
                }
            }
            position = start
        }
        let first = try attempt { p throws(ParseFailure) in
            let first = try p.starNamedExpression()
            try p.expect(.comma)
            while p.kind == .star || p.startsExpression {
                _ = try p.starNamedExpression()
                if !p.accept(.comma) { break }
            }
            try p.expect(.colon)
            _ = try p.expression()
            return first
        }
        if let first {
            throw raise("only single target (not tuple) can be annotated", tree.range(first))
        }
        position = start
        let annotated = try attempt { p throws(ParseFailure) in
            let target = try p.expression()
            try p.expect(.colon)
            _ = try p.expression()
            return target
        }
        if let annotated { throw raise("illegal target for annotation", tree.range(annotated)) }
        position = start

        while true {
            let next = position
            let target = try attempt { p throws(ParseFailure) in
                let target = try p.starExpressions()
                if p.invalidTarget(target, .star) != nil { throw ParseFailure() }
                try p.expect(.equal)
                return target
            }
            if target == nil {
                position = next
                break
            }
        }
        let last = position
        let value = try attempt { p throws(ParseFailure) in try p.starExpressions() }
        if let value, kind == .equal { try raiseInvalidTarget(value, .star) }
        position = last
        let yielded = try attempt { p throws(ParseFailure) in try p.yieldExpression() }
        if let yielded, kind == .equal {
            throw raise("assignment to yield expression not possible", tree.range(yielded))
        }
        position = start
        let augmented = try attempt { p throws(ParseFailure) in try p.starExpressions() }
        if let augmented, kind.augmentedOperator != nil {
            throw raise(
                "'\(describe(augmented))' is an illegal expression for augmented assignment",
                tree.range(augmented))
        }
    }

    // MARK: Expressions

    func checkNamedExpressionMistakes() throws(ParseFailure) {
        let start = position
        defer { position = start }
        let target = try attempt { p throws(ParseFailure) in try p.expression() }
        if let target, accept(.colonEqual) {
            if try attempt({ p throws(ParseFailure) in try p.expression() }) != nil {
                throw raise(
                    "cannot use assignment expressions with \(describe(target))", tree.range(target))
            }
        }
        position = start
        if kind == .name && peek(1) == .equal {
            position += 2
            let value = try attempt { p throws(ParseFailure) in try p.bitwiseOr() }
            if let value, kind != .equal, kind != .colonEqual {
                throw raise(
                    "invalid syntax. Maybe you meant '==' or ':=' instead of '='?",
                    SourceRange(from: tokens[start].range, through: tree.range(value)))
            }
            position = start
        }
        switch kind {
        case .keywordTrue, .keywordFalse, .keywordNone: return
        case .leftBracket, .leftParenthesis:
            // A list, a tuple or a generator expression may be a target; a group may not.
            let first = try attempt { p throws(ParseFailure) in try p.primary() }
            if let first, tokens[position - 1].level + 1 == tokens[start].level {
                switch tree.expression(first) {
                case .list, .tuple, .generator: return
                default: break
                }
            }
            position = start
        default: break
        }
        let left = try attempt { p throws(ParseFailure) in try p.bitwiseOr() }
        if let left, accept(.equal) {
            let right = try attempt { p throws(ParseFailure) in try p.bitwiseOr() }
            if right != nil, kind != .equal, kind != .colonEqual {
                throw raise(
                    "cannot assign to \(describe(left)) here. Maybe you meant '==' instead of '='?",
                    tree.range(left))
            }
        }
    }

    func checkExpressionMistakes() throws(ParseFailure) {
        let start = position
        defer { position = start }
        let isPrefixed = kind == .name && peek(1) == .string
        let isSoft =
            kind == .name
            && (isSoftKeyword("match", at: start) || isSoftKeyword("case", at: start)
                || isSoftKeyword("type", at: start) || isSoftKeyword("_", at: start))
        if !isPrefixed && !isSoft {
            let left = try attempt { p throws(ParseFailure) in try p.disjunction() }
            if let left {
                let right = try withoutMistakes { p throws(ParseFailure) in
                    try p.attempt { q throws(ParseFailure) in try q.expression() }
                }
                if let right, !isLegacyStatement(left), tokens[position - 1].level != 0 {
                    throw raise(
                        "invalid syntax. Perhaps you forgot a comma?", from: left, through: right)
                }
            }
            position = start
        }
        let body = try attempt { p throws(ParseFailure) in try p.disjunction() }
        if let body, accept(.if) {
            let condition = try attempt { p throws(ParseFailure) in try p.disjunction() }
            if let condition, kind != .else, kind != .colon {
                throw raise(
                    "expected 'else' after 'if' expression", from: body, through: condition)
            }
        }
        position = start
        if kind == .lambda {
            advance()
            let parameters = try attempt { p throws(ParseFailure) in
                try p.parameters(isLambda: true)
            }
            if parameters != nil, kind == .colon, peek(1) == .formattedMiddle {
                throw raise(
                    "f-string: lambda expressions are not allowed without parentheses",
                    SourceRange(from: tokens[start].range, through: tokens[position].range))
            }
            position = start
        }
        guard kind == .name, peek(1) != .leftParenthesis else { return }
        let name = text(start)
        guard name == "print" || name == "exec" else { return }
        advance()
        let argument = try attempt { p throws(ParseFailure) in try p.starExpressions() }
        if let argument {
            throw raise(
                "Missing parentheses in call to '\(name)'. Did you mean \(name)(...)?",
                SourceRange(from: tokens[start].range, through: tree.range(argument)))
        }
    }

    private func isLegacyStatement(_ id: NodeID) -> Bool {
        if case .name(let name) = tree.expression(id) { return name == "print" || name == "exec" }
        return false
    }

    /// Runs a rule with the checks for mistakes switched off.
    private func withoutMistakes<Result>(
        _ rule: (Parser) throws(ParseFailure) -> Result
    ) throws(ParseFailure) -> Result {
        let before = callsInvalid
        callsInvalid = false
        defer { callsInvalid = before }
        return try rule(self)
    }

    // MARK: Calls

    /// Behind the opening bracket of arguments that did not parse.
    func checkArgumentMistakes() throws(ParseFailure) {
        let start = position
        defer { position = start }
        var sawKeyword = false
        var sawDoubleStar = false
        var count = 0
        while kind != .rightParenthesis {
            if kind == .star {
                if sawDoubleStar {
                    let comma = position - 1
                    while accept(.star) {
                        guard try attempt({ p throws(ParseFailure) in try p.expression() }) != nil
                        else { return }
                        if kind == .comma && peek(1) == .star { advance() }
                    }
                    throw raise(
                        "iterable argument unpacking follows keyword argument unpacking",
                        range(from: comma))
                }
                advance()
                guard try attempt({ p throws(ParseFailure) in try p.expression() }) != nil else { return }
            } else if kind == .doubleStar {
                advance()
                guard try attempt({ p throws(ParseFailure) in try p.expression() }) != nil else { return }
                sawDoubleStar = true
            } else if kind == .name && peek(1) == .equal {
                let name = tokens[position].range
                let equal = tokens[position + 1].range
                position += 2
                if kind == .comma || kind == .rightParenthesis {
                    throw raise(
                        "expected argument value expression", SourceRange(from: name, through: equal))
                }
                guard try attempt({ p throws(ParseFailure) in try p.expression() }) != nil else { return }
                if kind == .for {
                    throw raise(
                        "invalid syntax. Maybe you meant '==' or ':=' instead of '='?",
                        SourceRange(from: name, through: equal))
                }
                sawKeyword = true
            } else {
                let value = try attempt { p throws(ParseFailure) in try p.assignmentOrExpression() }
                guard let value else { return }
                if sawKeyword || sawDoubleStar {
                    let message =
                        sawDoubleStar
                        ? "positional argument follows keyword argument unpacking"
                        : "positional argument follows keyword argument"
                    try skipArguments()
                    throw raise(message, tokens[max(position, furthest)].range)
                }
                if kind == .for || (kind == .async && peek(1) == .for) {
                    let clauses = try attempt { p throws(ParseFailure) in
                        try p.comprehensionClauses()
                    }
                    if clauses != nil, kind == .comma || count > 0 {
                        throw raise(
                            "Generator expression must be parenthesized",
                            SourceRange(
                                from: tree.range(value), through: tokens[position - 1].range))
                    }
                    return
                }
            }
            count += 1
            if !accept(.comma) { return }
        }
    }

    /// Over the rest of a list of arguments, as far as it parses.
    private func skipArguments() throws(ParseFailure) {
        while accept(.comma) {
            if kind == .star || kind == .doubleStar { advance() }
            if kind == .name && peek(1) == .equal { position += 2 }
            let value = try attempt { p throws(ParseFailure) in try p.assignmentOrExpression() }
            if value == nil { return }
        }
    }

    /// Where an argument begins.
    func checkKeywordMistakes() throws(ParseFailure) {
        let start = position
        defer { position = start }
        switch kind {
        case .keywordTrue, .keywordFalse, .keywordNone:
            if peek(1) == .equal {
                throw raise(
                    "cannot assign to \(text(start))",
                    SourceRange(from: tokens[start].range, through: tokens[start + 1].range))
            }
        case .doubleStar, .star:
            let isDouble = kind == .doubleStar
            advance()
            let unpacked = try attempt { p throws(ParseFailure) in try p.expression() }
            if unpacked != nil, accept(.equal) {
                let value = try attempt { p throws(ParseFailure) in try p.expression() }
                if let value {
                    throw raise(
                        isDouble
                            ? "cannot assign to keyword argument unpacking"
                            : "cannot assign to iterable argument unpacking",
                        SourceRange(from: tokens[start].range, through: tree.range(value)))
                }
            }
            return
        default: break
        }
        if kind == .name && peek(1) == .equal { return }
        let value = try attempt { p throws(ParseFailure) in try p.expression() }
        if let value, kind == .equal {
            throw raise(
                "expression cannot contain assignment, perhaps you meant \"==\"?",
                SourceRange(from: tree.range(value), through: tokens[position].range))
        }
    }

    // MARK: Displays

    /// At an opening bracket.
    func checkComprehensionMistakes() throws(ParseFailure) {
        let start = position
        defer { position = start }
        let isParenthesis = kind == .leftParenthesis
        advance()
        if kind == .star {
            let item = try attempt { p throws(ParseFailure) in try p.starred() }
            if let item, kind == .for || kind == .async {
                let clauses = try attempt { p throws(ParseFailure) in try p.comprehensionClauses() }
                if clauses != nil {
                    throw raise(
                        "iterable unpacking cannot be used in comprehension", tree.range(item))
                }
            }
            position = start + 1
        }
        if isParenthesis || (kind != .star && !startsExpression) { return }
        let first = try attempt { p throws(ParseFailure) in try p.starNamedExpression() }
        guard let first, accept(.comma) else { return }
        var last: SourceRange = tokens[position - 1].range
        while kind == .star || startsExpression {
            let item = try attempt { p throws(ParseFailure) in try p.starNamedExpression() }
            guard let item else { return }
            last = tree.range(item)
            if !accept(.comma) { break }
        }
        if kind == .for || kind == .async {
            let clauses = try attempt { p throws(ParseFailure) in try p.comprehensionClauses() }
            if clauses != nil {
                throw raise(
                    "did you forget parentheses around the comprehension target?",
                    SourceRange(from: tree.range(first), through: last))
            }
        }
    }

    /// Behind the opening parenthesis `open`.
    func checkGroupMistakes(open: Int) throws(ParseFailure) {
        let start = position
        defer { position = start }
        if kind == .star {
            let item = try attempt { p throws(ParseFailure) in try p.starred() }
            if let item, kind == .rightParenthesis {
                throw raise("cannot use starred expression here", tree.range(item))
            }
        } else if kind == .doubleStar {
            let stars = tokens[position].range
            advance()
            let value = try attempt { p throws(ParseFailure) in try p.expression() }
            if value != nil, kind == .rightParenthesis {
                throw raise("cannot use double starred expression here", stars)
            }
        }
    }

    /// At an opening brace.
    func checkDictionaryMistakes() throws(ParseFailure) {
        let start = position
        defer { position = start }
        advance()
        if kind == .doubleStar {
            let stars = tokens[position].range
            advance()
            let value = try attempt { p throws(ParseFailure) in try p.bitwiseOr() }
            if value != nil, kind == .for || kind == .async {
                throw raise("dict unpacking cannot be used in dict comprehension", stars)
            }
            position = start + 1
        }
        var isFirst = true
        while kind != .rightBrace {
            if accept(.doubleStar) {
                guard try attempt({ p throws(ParseFailure) in try p.bitwiseOr() }) != nil else { return }
            } else {
                if isFirst && kind == .star { return }
                let key = try withoutMistakes { p throws(ParseFailure) in
                    try p.attempt { q throws(ParseFailure) in try q.expression() }
                }
                if key == nil { return }
                if kind != .colon {
                    if isFirst { return }
                    var last = tokens[position - 1].range
                    last.column = last.endColumn - 1
                    throw raise("':' expected after dictionary key", last)
                }
                let colon = tokens[position].range
                advance()
                if kind == .star {
                    let stars = position
                    advance()
                    if try attempt({ p throws(ParseFailure) in try p.bitwiseOr() }) != nil {
                        throw raise(
                            "cannot use a starred expression in a dictionary value",
                            range(from: stars))
                    }
                    return
                }
                if kind == .rightBrace || kind == .comma {
                    throw raise("expression expected after dictionary key and ':'", colon)
                }
                guard try attempt({ p throws(ParseFailure) in try p.expression() }) != nil else { return }
            }
            isFirst = false
            if !accept(.comma) { return }
        }
    }
}
