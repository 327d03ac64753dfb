// Statements: blocks, simple statements, compound statements. Definitions are in
// ParserFunctions.swift, `match` in ParserPatterns.swift.

extension Parser {
    func parseStatements(until end: TokenKind) throws(ParseFailure) -> [NodeID] {
        var statements: [NodeID] = []
        while kind != end {
            if end == .endMarker { statementStart = position }
            try statement(into: &statements)
        }
        return statements
    }

    /// A statement line or a compound statement.
    private func statement(into statements: inout [NodeID]) throws(ParseFailure) {
        switch kind {
        case .if: statements.append(try ifStatement())
        case .while: statements.append(try whileStatement())
        case .for: statements.append(try forStatement())
        case .try: statements.append(try tryStatement())
        case .with: statements.append(try withStatement())
        case .def: statements.append(try functionDefinition(decorators: []))
        case .class: statements.append(try classDefinition(decorators: []))
        case .at: statements.append(try decorated())
        case .async:
            switch peek(1) {
            case .def: statements.append(try functionDefinition(decorators: []))
            case .for: statements.append(try forStatement())
            case .with: statements.append(try withStatement())
            default:
                advance()
                throw fail()
            }
        case .name where isSoftKeyword("match", at: position):
            if let match = try matchStatement() {
                statements.append(match)
            } else {
                try simpleStatements(into: &statements)
            }
        default: try simpleStatements(into: &statements)
        }
    }

    private func simpleStatements(into statements: inout [NodeID]) throws(ParseFailure) {
        while true {
            statements.append(try simpleStatement())
            if accept(.semicolon) {
                if accept(.newline) { return }
                continue
            }
            try expect(.newline)
            return
        }
    }

    /// The body of a compound statement, after its colon. `description` and the line of token `start`
    /// go into the message when the body is missing.
    func block(after description: String, at start: Int) throws(ParseFailure) -> [NodeID] {
        guard accept(.newline) else {
            var statements: [NodeID] = []
            try simpleStatements(into: &statements)
            return statements
        }
        if !accept(.indent) {
            if kind == .error { throw fail() }
            throw raise(
                "expected an indented block after \(description) on line "
                    + "\(tokens[start].range.line)", at: position, kind: .indentationError)
        }
        let statements = try parseStatements(until: .dedent)
        try expect(.dedent)
        return statements
    }

    /// The colon of a compound statement; the end of the line in its place gets a message.
    func colon() throws(ParseFailure) {
        if kind == .newline { throw raise("expected ':'", tokens[position].range) }
        try expect(.colon)
    }

    // MARK: Simple statements

    private func simpleStatement() throws(ParseFailure) -> NodeID {
        let start = position
        switch kind {
        case .pass:
            advance()
            return add(.pass, from: start)
        case .break:
            advance()
            return add(.break, from: start)
        case .continue:
            advance()
            return add(.continue, from: start)
        case .return:
            advance()
            var value: NodeID?
            if kind == .star || startsExpression { value = try starExpressions() }
            return add(.return(value), from: start)
        case .raise:
            advance()
            var exception: NodeID?
            var cause: NodeID?
            if startsExpression {
                exception = try expression()
                if accept(.from) { cause = try expression() }
            }
            return add(.raise(exception: exception, cause: cause), from: start)
        case .global, .nonlocal:
            let isGlobal = kind == .global
            advance()
            var names = [try expectName()]
            while accept(.comma) { names.append(try expectName()) }
            return add(isGlobal ? .global(names) : .nonlocal(names), from: start)
        case .assert:
            advance()
            let condition = try expression()
            var message: NodeID?
            if accept(.comma) { message = try expression() }
            return add(.assert(condition: condition, message: message), from: start)
        case .del: return try deleteStatement()
        case .import: return try importStatement()
        case .from: return try importFromStatement()
        case .name where isSoftKeyword("type", at: start) && peek(1) == .name:
            let alias = try attempt { p throws(ParseFailure) in try p.typeAlias() }
            if let alias { return alias }
            return try expressionStatement()
        default: return try expressionStatement()
        }
    }

    private func typeAlias() throws(ParseFailure) -> NodeID {
        let start = position
        advance()
        let nameStart = position
        let text = try expectName()
        let name = add(.name(text), from: nameStart)
        let typeParameters = try typeParameters()
        try expect(.equal)
        let value = try expression()
        return add(
            .typeAlias(name: name, typeParameters: typeParameters, value: value), from: start)
    }

    /// An expression, or any kind of assignment.
    private func expressionStatement() throws(ParseFailure) -> NodeID {
        let start = position
        if callsInvalid {
            let statement = try attempt { p throws(ParseFailure) in try p.assignmentOrValue() }
            if let statement {
                if case .expression = tree.statement(statement) {
                    let end = position
                    position = start
                    try checkAssignmentMistakes()
                    position = end
                }
                return statement
            }
            position = start
            let target = try attempt { p throws(ParseFailure) in try p.starExpressions() }
            // Behind `target op=` nothing but a value can follow.
            if let target, kind.augmentedOperator != nil, isSingleTarget(target) {
                throw ParseFailure()
            }
            position = start
            try checkAssignmentMistakes()
            position = start
        }
        return try assignmentOrValue()
    }

    private func assignmentOrValue() throws(ParseFailure) -> NodeID {
        let start = position
        let first = try value()
        switch kind {
        case .equal:
            var targets: [NodeID] = []
            var value = first
            while kind == .equal {
                if invalidTarget(value, .star) != nil { throw fail() }
                targets.append(value)
                advance()
                value = try self.value()
            }
            return add(.assign(targets: targets, value: value), from: start)
        case .colon:
            guard isSingleTarget(first) else { throw fail() }
            advance()
            let annotation = try expression()
            var value: NodeID?
            if kind == .equal {
                value = try attempt { p throws(ParseFailure) in
                    p.advance()
                    return try p.value()
                }
            }
            var isSimple = false
            if case .name = tree.expression(first) { isSimple = tokens[start].kind == .name }
            return add(
                .annotatedAssign(
                    target: first, annotation: annotation, value: value, isSimple: isSimple),
                from: start)
        default:
            guard let operation = kind.augmentedOperator else {
                return add(.expression(first), from: start)
            }
            guard isSingleTarget(first) else { throw fail() }
            advance()
            let value = try self.value()
            return add(.augmentedAssign(target: first, operation, value: value), from: start)
        }
    }

    /// What can stand right of an `=`.
    func value() throws(ParseFailure) -> NodeID {
        if kind == .yield { return try yieldExpression() }
        return try starExpressions()
    }

    private func isSingleTarget(_ id: NodeID) -> Bool {
        switch tree.expression(id) {
        case .name, .attribute, .subscripted: true
        default: false
        }
    }

    private func deleteStatement() throws(ParseFailure) -> NodeID {
        let start = position
        advance()
        if callsInvalid { try checkDeleteMistakes() }
        var targets: [NodeID] = []
        repeat {
            if !targets.isEmpty && (kind == .newline || kind == .semicolon) { break }
            let target = try primary()
            if invalidTarget(target, .delete) != nil { throw fail() }
            targets.append(target)
        } while accept(.comma)
        if kind != .newline && kind != .semicolon { throw fail() }
        return add(.delete(targets), from: start)
    }

    // MARK: Imports

    private func dottedName() throws(ParseFailure) -> String {
        var name = try expectName()
        while accept(.dot) { name += "." + (try expectName()) }
        return name
    }

    private func importStatement() throws(ParseFailure) -> NodeID {
        let start = position
        advance()
        if kind == .newline {
            throw raise("Expected one or more names after 'import'", tokens[position].range)
        }
        var aliases: [ImportAlias] = []
        repeat {
            let aliasStart = position
            let name = try dottedName()
            let asName: String? = accept(.as) ? try expectName() : nil
            aliases.append(
                ImportAlias(name: name, asName: asName, range: range(from: aliasStart)))
        } while accept(.comma)
        if kind == .from && aliases.allSatisfy({ $0.asName == nil }) && peek(1) == .name {
            advance()
            _ = try dottedName()
            throw raise(
                "Did you mean to use 'from ... import ...' instead?", range(from: start))
        }
        return add(.importModules(aliases), from: start)
    }

    private func importFromStatement() throws(ParseFailure) -> NodeID {
        let start = position
        advance()
        var level = 0
        while kind == .dot || kind == .ellipsis {
            level += kind == .dot ? 1 : 3
            advance()
        }
        var module: String?
        if level == 0 || kind != .import { module = try dottedName() }
        try expect(.import)
        if kind == .newline {
            throw raise("Expected one or more names after 'import'", tokens[position].range)
        }
        var aliases: [ImportAlias] = []
        if kind == .star {
            advance()
            aliases.append(ImportAlias(name: "*", asName: nil, range: range(from: position - 1)))
        } else {
            let isBracketed = accept(.leftParenthesis)
            repeat {
                if isBracketed && !aliases.isEmpty && kind == .rightParenthesis { break }
                if !isBracketed && !aliases.isEmpty && kind == .newline {
                    throw raise(
                        "trailing comma not allowed without surrounding parentheses",
                        tokens[position].range)
                }
                let aliasStart = position
                let name = try expectName()
                let asName: String? = accept(.as) ? try expectName() : nil
                aliases.append(
                    ImportAlias(name: name, asName: asName, range: range(from: aliasStart)))
            } while accept(.comma)
            if isBracketed { try expect(.rightParenthesis) }
        }
        return add(.importFrom(module: module, names: aliases, level: level), from: start)
    }

    // MARK: Compound statements

    /// `if` with its `elif` chain, which is a loop here and nested nodes in the tree.
    private func ifStatement() throws(ParseFailure) -> NodeID {
        var parts: [(start: Int, condition: NodeID, body: [NodeID])] = []
        var otherwise: [NodeID] = []
        repeat {
            let start = position
            let word = kind == .if ? "if" : "elif"
            advance()
            let condition = try namedExpression()
            try colon()
            let body = try block(after: "'\(word)' statement", at: start)
            parts.append((start, condition, body))
        } while kind == .elif
        otherwise = try elseBlock()
        var node: NodeID?
        for part in parts.reversed() {
            if let node { otherwise = [node] }
            node = add(
                .if(condition: part.condition, body: part.body, otherwise: otherwise),
                from: part.start)
        }
        return node!
    }

    private func elseBlock() throws(ParseFailure) -> [NodeID] {
        let start = position
        guard accept(.else) else { return [] }
        try force(.colon, ":")
        return try block(after: "'else' statement", at: start)
    }

    private func whileStatement() throws(ParseFailure) -> NodeID {
        let start = position
        advance()
        let condition = try namedExpression()
        try colon()
        let body = try block(after: "'while' statement", at: start)
        let otherwise = try elseBlock()
        return add(.while(condition: condition, body: body, otherwise: otherwise), from: start)
    }

    private func forStatement() throws(ParseFailure) -> NodeID {
        let start = position
        let isAsync = accept(.async)
        let keyword = position
        let target = try forTarget(isComprehension: false)
        let iterable = try starExpressions()
        try colon()
        let body = try block(after: "'for' statement", at: keyword)
        let otherwise = try elseBlock()
        return add(
            .for(
                target: target, iterable: iterable, body: body, otherwise: otherwise,
                isAsync: isAsync), from: start)
    }

    private func withStatement() throws(ParseFailure) -> NodeID {
        let start = position
        let isAsync = accept(.async)
        let keyword = position
        advance()
        var items: [WithItem]?
        if kind == .leftParenthesis {
            items = try attempt { p throws(ParseFailure) in
                p.advance()
                var items: [WithItem] = []
                repeat {
                    if p.kind == .rightParenthesis && !items.isEmpty { break }
                    items.append(try p.withItem())
                } while p.accept(.comma)
                try p.expect(.rightParenthesis)
                if p.kind == .newline { throw p.raise("expected ':'", p.tokens[p.position].range) }
                if p.kind != .colon { throw p.fail() }
                return items
            }
        }
        if items == nil {
            var plain: [WithItem] = []
            repeat { plain.append(try withItem()) } while accept(.comma)
            items = plain
        }
        try colon()
        let body = try block(after: "'with' statement", at: keyword)
        return add(.with(items: items ?? [], body: body, isAsync: isAsync), from: start)
    }

    private func withItem() throws(ParseFailure) -> WithItem {
        let context = try expression()
        guard kind == .as else { return WithItem(context: context, target: nil) }
        let mark = position
        advance()
        let target = try attempt { p throws(ParseFailure) in
            let target = try p.starTarget()
            switch p.kind {
            case .comma, .rightParenthesis, .colon: return target
            case .newline where p.callsInvalid:
                throw p.raise("expected ':'", p.tokens[p.position].range)
            default: throw p.fail()
            }
        }
        if let target { return WithItem(context: context, target: target) }
        if callsInvalid { try checkWithTargetMistakes() }
        position = mark
        return WithItem(context: context, target: nil)
    }

    /// One target, which may be a bracketed list of targets.
    private func starTarget() throws(ParseFailure) -> NodeID {
        if kind == .star { return try starred() }
        let value = try primary()
        if invalidTarget(value, .star) != nil { throw fail() }
        return value
    }

    private func tryStatement() throws(ParseFailure) -> NodeID {
        let start = position
        advance()
        try force(.colon, ":")
        let body = try block(after: "'try' statement", at: start)
        var handlers: [ExceptionHandler] = []
        while kind == .except { handlers.append(try exceptionHandler()) }
        if handlers.isEmpty && kind != .finally {
            if kind == .error { throw fail() }
            throw raise("expected 'except' or 'finally' block", at: position)
        }
        let otherwise = handlers.isEmpty ? [] : try elseBlock()
        var finally: [NodeID] = []
        let finallyStart = position
        if accept(.finally) {
            try force(.colon, ":")
            finally = try block(after: "'finally' statement", at: finallyStart)
        }
        return add(
            .try(body: body, handlers: handlers, otherwise: otherwise, finally: finally), from: start)
    }

    private func exceptionHandler() throws(ParseFailure) -> ExceptionHandler {
        let start = position
        advance()
        if accept(.star) {
            throw unsupported(
                "except* (exception groups)", hint: "catch the exceptions with a plain except",
                range(from: start))
        }
        var type: NodeID?
        var name: String?
        if kind != .colon {
            if kind == .newline { throw raise("expected ':'", tokens[position].range) }
            let typeStart = position
            let value = try expression()
            type = value
            if kind == .comma { try checkUnparenthesizedTypes(from: typeStart) }
            if accept(.as) { name = try expectName() }
        }
        try colon()
        let body = try block(after: "'except' statement", at: start)
        return ExceptionHandler(type: type, name: name, body: body, range: range(from: start))
    }

    /// `except A, B:`, with whatever may follow it in Python 2.
    private func checkUnparenthesizedTypes(from start: Int) throws(ParseFailure) {
        let comma = position
        while accept(.comma) {
            guard startsExpression else { break }
            _ = try expression()
        }
        if kind == .as && peek(1) == .name { position += 2 }
        if kind == .colon {
            let first = tokens[start].range
            let last = tokens[position].range
            throw raise(
                "multiple exception types must be parenthesized",
                SourceRange(
                    line: first.line, column: first.column, endLine: last.line,
                    endColumn: last.column))
        }
        position = comma
    }
}
