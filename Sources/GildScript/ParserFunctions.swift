// Parameters, function and class definitions, decorators, type parameters.

extension Parser {
    /// Parameters of a `def` up to `)`, or of a lambda up to `:`. Mistakes raise at once: nothing else
    /// can match here.
    func parameters(isLambda: Bool) throws(ParseFailure) -> Parameters {
        let end: TokenKind = isLambda ? .colon : .rightParenthesis
        var result = Parameters()
        var sawSlash = false
        var sawStar = false
        while kind != end {
            let token = tokens[position]
            switch kind {
            case .slash:
                if sawSlash { throw raise("/ may appear only once", token.range) }
                if sawStar { throw raise("/ must be ahead of *", token.range) }
                if result.positional.isEmpty {
                    if peek(1) != .comma { throw fail() }
                    throw raise("at least one argument must precede /", token.range)
                }
                advance()
                sawSlash = true
                result.positionalOnly = result.positional
                result.positional = []
                if kind == .star {
                    throw raise("expected comma between / and *", tokens[position].range)
                }
            case .star:
                if sawStar { throw raise("* argument may appear only once", token.range) }
                sawStar = true
                advance()
                if kind == .name {
                    result.variadic = try parameter(isLambda: isLambda, allowsStar: true)
                    if kind == .equal {
                        throw raise(
                            "var-positional argument cannot have default value",
                            tokens[position].range)
                    }
                } else if kind == end {
                    throw raise(
                        "named arguments must follow bare *",
                        isLambda ? tokens[position].range : token.range)
                } else if kind == .comma {
                    if peek(1) == end || peek(1) == .doubleStar {
                        throw raise(
                            "named arguments must follow bare *",
                            isLambda ? tokens[position + 1].range : token.range)
                    }
                } else {
                    throw fail()
                }
            case .doubleStar:
                advance()
                result.keywordVariadic = try parameter(isLambda: isLambda, allowsStar: false)
                if kind == .equal {
                    throw raise(
                        "var-keyword argument cannot have default value", tokens[position].range)
                }
                if accept(.comma), kind != end {
                    switch kind {
                    case .name, .star, .doubleStar, .slash:
                        throw raise(
                            "arguments cannot follow var-keyword argument",
                            try parameterRange(isLambda))
                    default: throw fail()
                    }
                }
                if kind != end { throw fail() }
                return result
            case .leftParenthesis: throw parenthesizedParameter(isLambda: isLambda)
            default:
                let name = try parameter(isLambda: isLambda, allowsStar: false)
                var defaultValue: NodeID?
                if kind == .equal {
                    let equal = tokens[position].range
                    advance()
                    if kind == .comma || kind == end {
                        throw raise("expected default value expression", equal)
                    }
                    defaultValue = try expression()
                }
                if sawStar {
                    result.keywordOnly.append(name)
                    result.keywordOnlyDefaults.append(defaultValue)
                } else {
                    result.positional.append(name)
                    if let defaultValue {
                        result.defaults.append(defaultValue)
                    } else if !result.defaults.isEmpty {
                        throw raise(
                            "parameter without a default follows parameter with a default",
                            name.range)
                    }
                }
            }
            if kind != end { try expect(.comma) }
        }
        return result
    }

    /// What CPython underlines after `**kwargs,`: a parameter with its annotation, or a star.
    private func parameterRange(_ isLambda: Bool) throws(ParseFailure) -> SourceRange {
        if kind != .name { return tokens[position].range }
        return try parameter(isLambda: isLambda, allowsStar: false).range
    }

    private func parameter(isLambda: Bool, allowsStar: Bool) throws(ParseFailure)
        -> Parameter
    {
        let start = position
        let name = try expectName()
        var annotation: NodeID?
        if !isLambda && accept(.colon) {
            annotation = allowsStar ? try starExpression() : try expression()
        }
        return Parameter(name: name, annotation: annotation, range: range(from: start))
    }

    /// `def f((a, b)):`, which was Python 2.
    private func parenthesizedParameter(isLambda: Bool) -> ParseFailure {
        let start = position
        advance()
        while kind == .name {
            advance()
            if !accept(.comma) { break }
        }
        if kind == .rightParenthesis && position > start + 1 {
            advance()
            let subject = isLambda ? "Lambda expression" : "Function"
            return raise("\(subject) parameters cannot be parenthesized", range(from: start))
        }
        position = start
        return fail()
    }

    // MARK: Definitions

    func decorated() throws(ParseFailure) -> NodeID {
        var decorators: [NodeID] = []
        while accept(.at) {
            decorators.append(try namedExpression())
            try expect(.newline)
        }
        switch kind {
        case .def, .async: return try functionDefinition(decorators: decorators)
        case .class: return try classDefinition(decorators: decorators)
        default: throw fail()
        }
    }

    func functionDefinition(decorators: [NodeID]) throws(ParseFailure) -> NodeID {
        let start = position
        let isAsync = accept(.async)
        try expect(.def)
        let name = try expectName()
        let typeParameters = try typeParameters()
        try force(.leftParenthesis, "(")
        let parameters = try parameters(isLambda: false)
        try expect(.rightParenthesis)
        var returns: NodeID?
        if kind == .arrow {
            returns = try attempt { p throws(ParseFailure) in
                p.advance()
                return try p.expression()
            }
        }
        try force(.colon, ":")
        let body = try block(after: "function definition", at: start)
        let definition = FunctionDefinition(
            name: name, typeParameters: typeParameters, parameters: parameters, body: body,
            decorators: decorators, returns: returns, isAsync: isAsync)
        return add(.function(definition), from: start)
    }

    func classDefinition(decorators: [NodeID]) throws(ParseFailure) -> NodeID {
        let start = position
        try expect(.class)
        let name = try expectName()
        let typeParameters = try typeParameters()
        var list = ArgumentList()
        if accept(.leftParenthesis) {
            list = try bracketedArguments(open: position - 1, allowsGenerator: false)
        }
        try colon()
        let body = try block(after: "class definition", at: start)
        let definition = ClassDefinition(
            name: name, typeParameters: typeParameters, bases: list.arguments,
            keywords: list.keywords, body: body, decorators: decorators)
        return add(.classDefinition(definition), from: start)
    }

    /// `[T: bound = default, *Ts, **P]` (PEP 695, PEP 696), or nothing.
    func typeParameters() throws(ParseFailure) -> [TypeParameter] {
        guard kind == .leftBracket else { return [] }
        advance()
        if kind == .rightBracket {
            throw raise("Type parameter list cannot be empty", range(from: position))
        }
        var result: [TypeParameter] = []
        while kind != .rightBracket {
            let start = position
            var parameterKind = TypeParameter.Kind.typeVariable
            if accept(.star) {
                parameterKind = .typeVariableTuple
            } else if accept(.doubleStar) {
                parameterKind = .parameterSpecification
            }
            let name = try expectName()
            var bound: NodeID?
            var defaultValue: NodeID?
            if kind == .colon && parameterKind == .typeVariable {
                advance()
                bound = try expression()
            }
            if accept(.equal) {
                defaultValue =
                    parameterKind == .typeVariableTuple ? try starExpression() : try expression()
            }
            result.append(
                TypeParameter(
                    kind: parameterKind, name: name, bound: bound, defaultValue: defaultValue,
                    range: range(from: start)))
            if !accept(.comma) { break }
        }
        try expect(.rightBracket)
        return result
    }
}
