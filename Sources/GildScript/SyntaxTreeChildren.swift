// Which nodes stand right below a node: one place that knows, for every pass that treats most kinds of
// nodes alike.

extension Expression {
    func forEachChild(_ body: (NodeID) -> Void) {
        switch self {
        case .constant, .name: break
        case .formattedString(let items), .boolean(_, let items), .list(let items),
            .tuple(let items), .set(let items):
            items.forEach(body)
        case .formattedValue(let value, _, let specification):
            body(value)
            specification.map(body)
        case .attribute(let value, _), .unary(_, let value), .starred(let value),
            .yieldFrom(let value), .await(let value):
            body(value)
        case .subscripted(let value, let index):
            body(value)
            body(index)
        case .slice(let lower, let upper, let step):
            lower.map(body)
            upper.map(body)
            step.map(body)
        case .call(let function, let arguments, let keywords):
            body(function)
            arguments.forEach(body)
            keywords.forEach { body($0.value) }
        case .binary(let left, _, let right):
            body(left)
            body(right)
        case .comparison(let first, _, let comparators):
            body(first)
            comparators.forEach(body)
        case .conditional(let condition, let value, let otherwise):
            body(condition)
            body(value)
            body(otherwise)
        case .lambda(let parameters, let value):
            parameters.forEachChild(body)
            body(value)
        case .assignment(let target, let value):
            body(target)
            body(value)
        case .dictionary(let entries):
            for entry in entries {
                entry.key.map(body)
                body(entry.value)
            }
        case .listComprehension(let element, let clauses),
            .setComprehension(let element, let clauses), .generator(let element, let clauses):
            body(element)
            clauses.forEach { $0.forEachChild(body) }
        case .dictionaryComprehension(let key, let value, let clauses):
            body(key)
            body(value)
            clauses.forEach { $0.forEachChild(body) }
        case .yield(let value): value.map(body)
        }
    }
}

extension ComprehensionClause {
    func forEachChild(_ body: (NodeID) -> Void) {
        body(target)
        body(iterable)
        conditions.forEach(body)
    }
}

extension Parameters {
    func forEachChild(_ body: (NodeID) -> Void) {
        for parameter in positionalOnly { parameter.annotation.map(body) }
        for parameter in positional { parameter.annotation.map(body) }
        defaults.forEach(body)
        variadic?.annotation.map(body)
        for parameter in keywordOnly { parameter.annotation.map(body) }
        for value in keywordOnlyDefaults { value.map(body) }
        keywordVariadic?.annotation.map(body)
    }
}

extension TypeParameter {
    func forEachChild(_ body: (NodeID) -> Void) {
        bound.map(body)
        defaultValue.map(body)
    }
}

extension Statement {
    func forEachChild(_ body: (NodeID) -> Void) {
        switch self {
        case .pass, .break, .continue, .global, .nonlocal, .importModules, .importFrom: break
        case .expression(let value): body(value)
        case .assign(let targets, let value):
            targets.forEach(body)
            body(value)
        case .augmentedAssign(let target, _, let value):
            body(target)
            body(value)
        case .annotatedAssign(let target, let annotation, let value, _):
            body(target)
            body(annotation)
            value.map(body)
        case .delete(let targets): targets.forEach(body)
        case .return(let value): value.map(body)
        case .raise(let exception, let cause):
            exception.map(body)
            cause.map(body)
        case .assert(let condition, let message):
            body(condition)
            message.map(body)
        case .if(let condition, let block, let otherwise),
            .while(let condition, let block, let otherwise):
            body(condition)
            block.forEach(body)
            otherwise.forEach(body)
        case .for(let target, let iterable, let block, let otherwise, _):
            body(target)
            body(iterable)
            block.forEach(body)
            otherwise.forEach(body)
        case .try(let block, let handlers, let otherwise, let finally):
            block.forEach(body)
            for handler in handlers {
                handler.type.map(body)
                handler.body.forEach(body)
            }
            otherwise.forEach(body)
            finally.forEach(body)
        case .with(let items, let block, _):
            for item in items {
                body(item.context)
                item.target.map(body)
            }
            block.forEach(body)
        case .function(let function):
            function.decorators.forEach(body)
            function.typeParameters.forEach { $0.forEachChild(body) }
            function.parameters.forEachChild(body)
            function.returns.map(body)
            function.body.forEach(body)
        case .classDefinition(let definition):
            definition.decorators.forEach(body)
            definition.typeParameters.forEach { $0.forEachChild(body) }
            definition.bases.forEach(body)
            definition.keywords.forEach { body($0.value) }
            definition.body.forEach(body)
        case .match(let subject, let cases):
            body(subject)
            for matchCase in cases {
                body(matchCase.pattern)
                matchCase.guard.map(body)
                matchCase.body.forEach(body)
            }
        case .typeAlias(let name, let typeParameters, let value):
            body(name)
            typeParameters.forEach { $0.forEachChild(body) }
            body(value)
        }
    }
}

extension Pattern {
    func forEachChild(_ body: (NodeID) -> Void) {
        switch self {
        case .singleton, .star: break
        case .value(let value): body(value)
        case .sequence(let patterns), .alternatives(let patterns): patterns.forEach(body)
        case .mapping(let keys, let patterns, _):
            keys.forEach(body)
            patterns.forEach(body)
        case .instance(let type, let patterns, _, let keywordPatterns):
            body(type)
            patterns.forEach(body)
            keywordPatterns.forEach(body)
        case .capture(let pattern, _): pattern.map(body)
        }
    }
}
