// What is wrong with a script that its grammar cannot say: `return` outside a function, a keyword given
// twice, a name that is global too late.
//
// CPython finds these in three stages, each over the whole module: while it builds its symbol tables,
// while it analyses them, and while it generates code. The walk here sees everything in source order
// and keeps the first problem of each stage; the earliest stage that has one decides.
//
// The walk keeps its own stack of work, so that it needs no machine stack however deep the tree is.
// Before it, one loop over the arena (children come before parents) refuses trees too high for the
// recursive passes of the compiler.

private struct Scope {
    enum Kind { case module, function, lambda, classBody, comprehension(String) }

    var kind: Kind
    var parent: Int?
    var isAsync = false
    /// Of a comprehension.
    var range: SourceRange?
    var names: [String: Uses] = [:]
    var nonlocals: [(name: String, range: SourceRange)] = []
    var globals: [String: SourceRange] = [:]

    var isFunction: Bool {
        switch kind {
        case .function, .lambda: true
        default: false
        }
    }
}

private struct Uses: OptionSet {
    let rawValue: UInt8
    static let used = Uses(rawValue: 1)
    static let bound = Uses(rawValue: 2)
    static let parameter = Uses(rawValue: 4)
    static let global = Uses(rawValue: 8)
    static let nonlocal = Uses(rawValue: 16)
    static let annotated = Uses(rawValue: 32)
    static let iteration = Uses(rawValue: 64)
    /// Bound by an import, which a later `global` does not mind.
    static let imported = Uses(rawValue: 128)
}

private enum Stage: Int { case symbols, analysis, code }

/// Where a node stands.
private struct Context {
    var scope: Int
    var isInLoop = false
    /// Blocks open around the node in its function: loops, try, with.
    var blocks = 0
    var isInComprehensionIterable = false
}

private enum Work {
    case visit(NodeID, Context)
    /// An assignment target; `isElement` inside a list or tuple, where a star may stand.
    case store(NodeID, Context, isElement: Bool)
    case delete(NodeID, Context)
    case iterationTarget(NodeID, Context)
    case body([NodeID], Context)
    case handler(ExceptionHandler, Context)
    /// Opens the scope of a function when everything outside it is done.
    case function(Parameters, [NodeID], Scope)
    case classBody([NodeID], Scope)
}

/// Checks a parsed module and adds the warnings of CPython's compiler.
func checkSyntax(_ tree: inout SyntaxTree) throws(Diagnostic) {
    try checkHeight(tree)
    var checker = SyntaxChecker(tree: tree)
    checker.run()
    if var problem = checker.firstProblem {
        problem.warnings = tree.warnings + problem.warnings
        throw problem
    }
    tree.warnings += checker.warnings
}

/// Refuses trees higher than `Parser.maximumHeight`. CPython refuses them too, further up, with a
/// RecursionError.
private func checkHeight(_ tree: SyntaxTree) throws(Diagnostic) {
    var heights = [UInt32](repeating: 0, count: tree.nodes.count)
    for index in heights.indices {
        var height: UInt32 = 0
        tree.forEachChild(of: NodeID(rawValue: UInt32(index))) { child in
            height = max(height, heights[Int(child.rawValue)] + 1)
        }
        heights[index] = height
        if height > Parser.maximumHeight {
            throw Diagnostic(
                kind: .syntaxError, message: "too many nested operations or blocks for the compiler",
                source: tree.source, range: tree.nodes[index].range)
        }
    }
}

private struct SyntaxChecker {
    /// CPython's CO_MAXBLOCKS.
    static let maximumBlocks = 21

    let tree: SyntaxTree
    var scopes: [Scope] = [Scope(kind: .module, parent: nil)]
    var work: [Work] = []
    var problems: [Diagnostic?] = [nil, nil, nil]
    var warnings: [SyntaxWarning] = []
    /// Made when an expression is in question that may be a constant.
    private var folded: FoldedConstants?

    var firstProblem: Diagnostic? { problems.lazy.compactMap { $0 }.first }

    init(tree: SyntaxTree) { self.tree = tree }

    mutating func report(_ stage: Stage, _ message: String, _ range: SourceRange) {
        if problems[stage.rawValue] != nil { return }
        problems[stage.rawValue] = Diagnostic(
            kind: .syntaxError, message: message, source: tree.source, range: range)
        if stage == .code { problems[stage.rawValue]?.warnings = warnings }
    }

    mutating func warn(_ message: String, _ range: SourceRange) {
        warnings.append(SyntaxWarning(message: message, source: tree.source, line: range.line))
    }

    mutating func run() {
        push(body: tree.body, Context(scope: 0))
        while let next = work.popLast() {
            switch next {
            case .visit(let id, let context):
                switch tree.nodes[Int(id.rawValue)].content {
                case .expression(let expression): visit(expression, id, context)
                case .statement(let statement): visit(statement, id, context)
                case .pattern: break
                }
            case .store(let id, let context, let isElement): store(id, context, isElement)
            case .delete(let id, let context): delete(id, context)
            case .iterationTarget(let id, let context): bindIteration(id, context)
            case .body(let body, let context): push(body: body, context)
            case .handler(let handler, let context): visit(handler, context)
            case .function(let parameters, let body, let scope): open(parameters, body, scope)
            case .classBody(let body, let scope):
                scopes.append(scope)
                push(body: body, Context(scope: scopes.count - 1))
            }
        }
        resolveNonlocals()
    }

    // MARK: Work

    mutating func push(body: [NodeID], _ context: Context) {
        for id in body.reversed() { work.append(.visit(id, context)) }
    }

    /// Expressions to visit, first one first. Stars are allowed.
    mutating func push(starred items: [NodeID], _ context: Context) {
        for id in items.reversed() {
            if case .starred(let value) = tree.expression(id) {
                work.append(.visit(value, context))
            } else {
                work.append(.visit(id, context))
            }
        }
    }

    // MARK: Names

    mutating func use(_ name: String, _ uses: Uses, _ scope: Int) {
        scopes[scope].names[name, default: []].formUnion(uses)
    }

    mutating func bind(
        _ name: String, as uses: Uses = .bound, _ context: Context, _ range: SourceRange
    ) {
        use(name, uses, context.scope)
        if name == "__debug__" { report(.code, "cannot assign to __debug__", range) }
    }

    mutating func open(_ parameters: Parameters, _ body: [NodeID], _ scope: Scope) {
        scopes.append(scope)
        let index = scopes.count - 1
        var all = parameters.positionalOnly + parameters.positional + parameters.keywordOnly
        if let variadic = parameters.variadic { all.append(variadic) }
        if let keywordVariadic = parameters.keywordVariadic { all.append(keywordVariadic) }
        for parameter in all {
            if scopes[index].names[parameter.name]?.contains(.parameter) == true {
                report(
                    .symbols, "duplicate argument '\(parameter.name)' in function definition",
                    parameter.range)
            }
            use(parameter.name, [.parameter, .bound], index)
            if parameter.name == "__debug__" {
                report(.code, "cannot assign to __debug__", parameter.range)
            }
        }
        push(body: body, Context(scope: index))
    }

    /// `global` or `nonlocal`.
    mutating func declare(
        _ names: [String], isGlobal: Bool, _ context: Context, _ range: SourceRange
    ) {
        let word = isGlobal ? "global" : "nonlocal"
        for name in names {
            let uses = scopes[context.scope].names[name] ?? []
            if uses.contains(.parameter) {
                report(.symbols, "name '\(name)' is parameter and \(word)", range)
            } else if uses.contains(.used) {
                report(.symbols, "name '\(name)' is used prior to \(word) declaration", range)
            } else if uses.contains(.annotated) {
                report(.symbols, "annotated name '\(name)' can't be \(word)", range)
            } else if uses.contains(.bound) {
                report(
                    .symbols, "name '\(name)' is assigned to before \(word) declaration", range)
            }
            use(name, isGlobal ? .global : .nonlocal, context.scope)
            if isGlobal {
                scopes[context.scope].globals[name] = range
            } else {
                scopes[context.scope].nonlocals.append((name, range))
            }
        }
    }

    mutating func resolveNonlocals() {
        for scope in scopes {
            for (name, range) in scope.nonlocals {
                if let place = scope.globals[name] {
                    report(.analysis, "name '\(name)' is nonlocal and global", place)
                    continue
                }
                if scope.parent == nil {
                    report(
                        .analysis, "nonlocal declaration not allowed at module level", range)
                    continue
                }
                var outer = scope.parent
                var isFound = false
                while let index = outer, scopes[index].parent != nil {
                    if scopes[index].isFunction, let uses = scopes[index].names[name] {
                        if uses.contains(.global) { break }
                        if !uses.isDisjoint(with: [.bound, .imported]), !uses.contains(.nonlocal) {
                            isFound = true
                            break
                        }
                    }
                    outer = scopes[index].parent
                }
                if !isFound {
                    report(.analysis, "no binding for nonlocal '\(name)' found", range)
                }
            }
        }
    }

    // MARK: Targets

    mutating func store(_ id: NodeID, _ context: Context, _ isElement: Bool) {
        let range = tree.range(id)
        switch tree.expression(id) {
        case .name(let name): bind(name, context, range)
        case .attribute(let value, let name):
            if name == "__debug__" { report(.code, "cannot assign to __debug__", range) }
            work.append(.visit(value, context))
        case .subscripted(let value, let index):
            // No check of the types here: CPython warns only where an item is read.
            work.append(.visit(index, context))
            work.append(.visit(value, context))
        case .starred(let value):
            if !isElement {
                report(.code, "starred assignment target must be in a list or tuple", range)
            }
            work.append(.store(value, context, isElement: true))
        case .list(let items), .tuple(let items):
            let stars = items.filter {
                if case .starred = tree.expression($0) { true } else { false }
            }
            if stars.count > 1 {
                report(.code, "multiple starred expressions in assignment", range)
            }
            for item in items.reversed() { work.append(.store(item, context, isElement: true)) }
        default: work.append(.visit(id, context))
        }
    }

    mutating func delete(_ id: NodeID, _ context: Context) {
        switch tree.expression(id) {
        case .name(let name):
            use(name, .bound, context.scope)
            if name == "__debug__" { report(.code, "cannot delete __debug__", tree.range(id)) }
        case .list(let items), .tuple(let items):
            for item in items.reversed() { work.append(.delete(item, context)) }
        case .subscripted(let value, let index):
            work.append(.visit(index, context))
            work.append(.visit(value, context))
        default: work.append(.visit(id, context))
        }
    }

    mutating func bindIteration(_ id: NodeID, _ context: Context) {
        switch tree.expression(id) {
        case .name(let name):
            let uses = scopes[context.scope].names[name] ?? []
            if uses.contains(.nonlocal) {
                report(
                    .symbols,
                    "comprehension inner loop cannot rebind assignment expression target '\(name)'",
                    tree.range(id))
            }
            use(name, [.bound, .iteration], context.scope)
        case .list(let items), .tuple(let items):
            for item in items { bindIteration(item, context) }
        case .starred(let value): bindIteration(value, context)
        default: work.append(.visit(id, context))
        }
    }

    // MARK: Statements

    mutating func visit(_ statement: Statement, _ id: NodeID, _ context: Context) {
        let range = tree.range(id)
        switch statement {
        case .expression(let value): work.append(.visit(value, context))
        case .assign(let targets, let value):
            for target in targets.reversed() {
                work.append(.store(target, context, isElement: false))
            }
            work.append(.visit(value, context))
        case .augmentedAssign(let target, _, let value):
            work.append(.visit(value, context))
            work.append(.store(target, context, isElement: false))
        case .annotatedAssign(let target, let annotation, let value, let isSimple):
            if let value { work.append(.visit(value, context)) }
            work.append(.visit(annotation, context))
            if case .name(let name) = tree.expression(target) {
                let uses = scopes[context.scope].names[name] ?? []
                if isSimple && context.scope != 0 && !uses.isDisjoint(with: [.global, .nonlocal]) {
                    let word = uses.contains(.global) ? "global" : "nonlocal"
                    report(.symbols, "annotated name '\(name)' can't be \(word)", range)
                }
                if isSimple { use(name, .annotated, context.scope) }
                if isSimple || value != nil { bind(name, context, tree.range(target)) }
            } else {
                work.append(.store(target, context, isElement: false))
            }
        case .delete(let targets):
            for target in targets.reversed() { work.append(.delete(target, context)) }
        case .pass: break
        case .break:
            if !context.isInLoop { report(.code, "'break' outside loop", range) }
        case .continue:
            if !context.isInLoop { report(.code, "'continue' not properly in loop", range) }
        case .return(let value):
            if !scopes[context.scope].isFunction {
                report(.code, "'return' outside function", range)
            }
            if let value { push(starredTuple: value, context) }
        case .raise(let exception, let cause):
            if let cause { work.append(.visit(cause, context)) }
            if let exception { work.append(.visit(exception, context)) }
        case .global(let names): declare(names, isGlobal: true, context, range)
        case .nonlocal(let names): declare(names, isGlobal: false, context, range)
        case .assert(let condition, let message):
            if case .tuple(let items) = tree.expression(condition), !items.isEmpty {
                warn("assertion is always true, perhaps remove parentheses?", range)
            }
            if let message { work.append(.visit(message, context)) }
            work.append(.visit(condition, context))
        case .if(let condition, let body, let otherwise):
            work.append(.body(otherwise, context))
            work.append(.body(body, context))
            work.append(.visit(condition, context))
        case .while(let condition, let body, let otherwise):
            work.append(.body(otherwise, context))
            work.append(.body(body, loop(context, range)))
            work.append(.visit(condition, context))
        case .for(let target, let iterable, let body, let otherwise, let isAsync):
            if isAsync { checkAsync("async for", context, range) }
            work.append(.body(otherwise, context))
            work.append(.body(body, loop(context, range)))
            work.append(.store(target, context, isElement: false))
            work.append(.visit(iterable, context))
        case .try(let body, let handlers, let otherwise, let finally):
            visitTry(body, handlers, otherwise, finally, context, range)
        case .with(let items, let body, let isAsync):
            if isAsync { checkAsync("async with", context, range) }
            work.append(.body(body, block(context, items.count, range)))
            for item in items.reversed() {
                if let target = item.target {
                    work.append(.store(target, context, isElement: false))
                }
                work.append(.visit(item.context, context))
            }
        case .function(let function): visit(function, context, range)
        case .classDefinition(let definition):
            bind(definition.name, context, range)
            checkKeywords(definition.keywords)
            work.append(
                .classBody(definition.body, Scope(kind: .classBody, parent: context.scope)))
            push(body: definition.keywords.map(\.value), context)
            push(starred: definition.bases, context)
            push(body: definition.decorators, context)
        case .importModules(let aliases):
            for alias in aliases {
                let first = alias.name.prefix { $0 != "." }
                bind(alias.asName ?? String(first), as: .imported, context, range)
            }
        case .importFrom(_, let aliases, _):
            for alias in aliases {
                if alias.name == "*" {
                    if context.scope != 0 {
                        report(.symbols, "import * only allowed at module level", alias.range)
                    }
                } else {
                    bind(alias.asName ?? alias.name, as: .imported, context, range)
                }
            }
        case .match(let subject, let cases):
            for matchCase in cases.reversed() {
                work.append(.body(matchCase.body, context))
                if let condition = matchCase.guard { work.append(.visit(condition, context)) }
                bindPattern(matchCase.pattern, context)
            }
            push(starredTuple: subject, context)
        case .typeAlias(let name, _, let value):
            work.append(.visit(value, context))
            work.append(.store(name, context, isElement: false))
        }
    }

    /// An expression that may be a tuple with stars but not a star alone.
    mutating func push(starredTuple id: NodeID, _ context: Context) {
        work.append(.visit(id, context))
    }

    mutating func bindPattern(_ root: NodeID, _ context: Context) {
        var pending = [root]
        while let id = pending.popLast() {
            switch tree.pattern(id) {
            case .value, .singleton: break
            case .sequence(let patterns), .alternatives(let patterns): pending += patterns
            case .mapping(_, let patterns, let rest):
                pending += patterns
                if let rest { bind(rest, context, tree.range(id)) }
            case .instance(_, let patterns, _, let keywordPatterns):
                pending += patterns + keywordPatterns
            case .star(let name): if let name { bind(name, context, tree.range(id)) }
            case .capture(let pattern, let name):
                if let pattern { pending.append(pattern) }
                if let name { bind(name, context, tree.range(id)) }
            }
        }
    }

    mutating func block(_ context: Context, _ count: Int, _ range: SourceRange) -> Context {
        var inner = context
        inner.blocks += count
        if inner.blocks > Self.maximumBlocks {
            report(.code, "too many statically nested blocks", range)
        }
        return inner
    }

    private mutating func loop(_ context: Context, _ range: SourceRange) -> Context {
        var inner = block(context, 1, range)
        inner.isInLoop = true
        return inner
    }

    private mutating func visitTry(
        _ body: [NodeID], _ handlers: [ExceptionHandler], _ otherwise: [NodeID],
        _ finally: [NodeID], _ context: Context, _ range: SourceRange
    ) {
        let outer = finally.isEmpty ? context : block(context, 1, range)
        if !finally.isEmpty { work.append(.body(finally, block(context, 1, range))) }
        work.append(.body(otherwise, outer))
        for handler in handlers.reversed() { work.append(.handler(handler, outer)) }
        for handler in handlers.dropLast() where handler.type == nil {
            report(.code, "default 'except:' must be last", handler.range)
        }
        work.append(.body(body, handlers.isEmpty ? outer : block(outer, 1, range)))
    }

    private mutating func visit(_ handler: ExceptionHandler, _ context: Context) {
        work.append(.body(handler.body, block(context, 2, handler.range)))
        if let name = handler.name { bind(name, context, handler.range) }
        if let type = handler.type { work.append(.visit(type, context)) }
    }

    private mutating func visit(
        _ function: FunctionDefinition, _ context: Context, _ range: SourceRange
    ) {
        bind(function.name, context, range)
        var scope = Scope(kind: .function, parent: context.scope)
        scope.isAsync = function.isAsync
        work.append(.function(function.parameters, function.body, scope))
        if let returns = function.returns { work.append(.visit(returns, context)) }
        pushDefaults(function.parameters, context)
        push(body: function.decorators, context)
    }

    private mutating func pushDefaults(_ parameters: Parameters, _ context: Context) {
        var outside = parameters.defaults + parameters.keywordOnlyDefaults.compactMap { $0 }
        let all = parameters.positionalOnly + parameters.positional + parameters.keywordOnly
        outside += all.compactMap(\.annotation)
        if let annotation = parameters.keywordVariadic?.annotation { outside.append(annotation) }
        push(body: outside, context)
        if let annotation = parameters.variadic?.annotation {
            push(starred: [annotation], context)
        }
    }

    // MARK: Expressions

    mutating func visit(_ expression: Expression, _ id: NodeID, _ context: Context) {
        let range = tree.range(id)
        switch expression {
        case .constant: break
        case .name(let name): use(name, .used, context.scope)
        case .starred: report(.code, "can't use starred expression here", range)
        case .list(let items), .tuple(let items), .set(let items):
            push(starred: items, context)
        case .subscripted(let value, let index):
            checkSubscript(value, index, range)
            work.append(.visit(index, context))
            work.append(.visit(value, context))
        case .call(let function, let arguments, let keywords):
            checkCallable(function, range)
            checkKeywords(keywords)
            push(body: keywords.map(\.value), context)
            push(starred: arguments, context)
            work.append(.visit(function, context))
        case .comparison(let first, let operators, let comparators):
            checkIdentity(first, operators, comparators, range)
            push(body: comparators, context)
            work.append(.visit(first, context))
        case .lambda(let parameters, let body):
            let scope = Scope(kind: .lambda, parent: context.scope)
            work.append(.function(parameters, [body], scope))
            pushDefaults(parameters, context)
        case .assignment(let target, let value):
            visitAssignment(target, context, range)
            work.append(.visit(value, context))
        case .listComprehension(let element, let clauses):
            visit([element], clauses, "list comprehension", context, range)
        case .setComprehension(let element, let clauses):
            visit([element], clauses, "set comprehension", context, range)
        case .dictionaryComprehension(let key, let value, let clauses):
            visit([key, value], clauses, "dict comprehension", context, range)
        case .generator(let element, let clauses):
            visit([element], clauses, "generator expression", context, range)
        case .yield(let value):
            checkYield(context, range)
            if let value { push(starredTuple: value, context) }
        case .yieldFrom(let value):
            checkYield(context, range)
            work.append(.visit(value, context))
        case .await(let value):
            checkAwait(context, range)
            work.append(.visit(value, context))
        default:
            let start = work.count
            tree.forEachChild(of: id) { work.append(.visit($0, context)) }
            work[start...].reverse()
        }
    }

    private mutating func visitAssignment(
        _ target: NodeID, _ context: Context, _ range: SourceRange
    ) {
        guard case .name(let name) = tree.expression(target) else { return }
        var scope = context.scope
        if context.isInComprehensionIterable {
            report(
                .symbols,
                "assignment expression cannot be used in a comprehension iterable expression", range)
        }
        while case .comprehension = scopes[scope].kind, let parent = scopes[scope].parent {
            if scopes[scope].names[name]?.contains(.iteration) == true {
                report(
                    .symbols,
                    "assignment expression cannot rebind comprehension iteration variable '\(name)'",
                    tree.range(target))
            }
            use(name, .nonlocal, scope)
            scope = parent
        }
        if scope != context.scope, case .classBody = scopes[scope].kind {
            report(
                .symbols,
                "assignment expression within a comprehension cannot be used in a class body",
                tree.range(target))
        }
        use(name, .bound, scope)
        if name == "__debug__" { report(.code, "cannot assign to __debug__", tree.range(target)) }
    }

    private mutating func visit(
        _ elements: [NodeID], _ clauses: [ComprehensionClause], _ description: String,
        _ context: Context, _ range: SourceRange
    ) {
        var scope = Scope(kind: .comprehension(description), parent: context.scope)
        scope.isAsync = scopes[context.scope].isAsync
        scope.range = range
        if clauses.contains(where: \.isAsync) && description != "generator expression"
            && !scope.isAsync
        {
            report(.code, "asynchronous comprehension outside of an asynchronous function", range)
        }
        scopes.append(scope)
        var inner = Context(scope: scopes.count - 1)
        inner.isInComprehensionIterable = context.isInComprehensionIterable
        var outer = context
        outer.isInComprehensionIterable = true
        push(body: elements, inner)
        for (index, clause) in clauses.enumerated().reversed() {
            push(body: clause.conditions, inner)
            if index > 0 {
                var iterable = inner
                iterable.isInComprehensionIterable = true
                work.append(.visit(clause.iterable, iterable))
            }
            work.append(.iterationTarget(clause.target, inner))
        }
        work.append(.visit(clauses[0].iterable, outer))
    }

    private mutating func checkKeywords(_ keywords: [KeywordArgument]) {
        for (index, keyword) in keywords.enumerated() {
            guard let name = keyword.name else { continue }
            if name == "__debug__" { report(.code, "cannot assign to __debug__", keyword.range) }
            if let repeated = keywords[(index + 1)...].first(where: { $0.name == name }) {
                report(.code, "keyword argument repeated: \(name)", repeated.range)
            }
        }
    }

    private mutating func checkYield(_ context: Context, _ range: SourceRange) {
        switch scopes[context.scope].kind {
        case .comprehension(let description):
            report(.symbols, "'yield' inside \(description)", range)
        case .module, .classBody: report(.code, "'yield' outside function", range)
        default: break
        }
    }

    private mutating func checkAwait(_ context: Context, _ range: SourceRange) {
        var scope = context.scope
        while case .comprehension(let description) = scopes[scope].kind,
            let parent = scopes[scope].parent
        {
            // A generator expression with an await in it is an asynchronous generator.
            if description == "generator expression" { return }
            if !scopes[scope].isAsync {
                report(
                    .code, "asynchronous comprehension outside of an asynchronous function",
                    scopes[scope].range ?? range)
            }
            scope = parent
        }
        if !scopes[scope].isFunction {
            report(.code, "'await' outside function", range)
        } else if !scopes[scope].isAsync {
            report(.code, "'await' outside async function", range)
        }
    }

    private mutating func checkAsync(_ word: String, _ context: Context, _ range: SourceRange) {
        if !scopes[context.scope].isAsync {
            report(.code, "'\(word)' outside async function", range)
        }
    }

    // MARK: Warnings

    /// The type of a literal, as a message names it.
    /// Type of an expression of constants.
    private mutating func foldedType(_ id: NodeID) -> String? {
        if folded == nil { folded = FoldedConstants(tree) }
        switch folded?[id] {
        case .integer: return "int"
        case .float: return "float"
        case .string: return "str"
        case .bytes: return "bytes"
        case .tuple: return "tuple"
        case .bool: return "bool"
        case .noneValue: return "NoneType"
        case .ellipsis: return "ellipsis"
        case .frozenSet, nil: return nil
        }
    }

    /// Type of a literal, a display or an expression of constants.
    private mutating func literalType(_ id: NodeID) -> String? {
        switch tree.expression(id) {
        case .unary, .binary, .subscripted: foldedType(id)
        default: simpleType(id)
        }
    }

    private func simpleType(_ id: NodeID) -> String? {
        switch tree.expression(id) {
        case .constant(let constant, _):
            switch constant {
            case .noneValue: "NoneType"
            case .bool: "bool"
            case .ellipsis: "ellipsis"
            case .integer: "int"
            case .float: "float"
            case .imaginary: "complex"
            case .string: "str"
            case .bytes: "bytes"
            }
        case .tuple: "tuple"
        case .list, .listComprehension: "list"
        case .dictionary, .dictionaryComprehension: "dict"
        case .set, .setComprehension: "set"
        case .generator: "generator"
        case .formattedString, .formattedValue: "str"
        case .lambda: "function"
        default: nil
        }
    }

    private mutating func checkCallable(_ id: NodeID, _ range: SourceRange) {
        guard let type = literalType(id), type != "function" else { return }
        warn("'\(type)' object is not callable; perhaps you missed a comma?", range)
    }

    private mutating func checkSubscript(_ value: NodeID, _ index: NodeID, _ range: SourceRange) {
        guard let type = literalType(value) else { return }
        switch type {
        case "NoneType", "bool", "ellipsis", "int", "float", "complex", "set", "generator",
            "function":
            warn("'\(type)' object is not subscriptable; perhaps you missed a comma?", range)
        case "str", "bytes", "tuple", "list":
            guard let indexType = literalType(index), indexType != "int", indexType != "bool" else {
                return
            }
            warn(
                "\(type) indices must be integers or slices, not \(indexType); "
                    + "perhaps you missed a comma?", range)
        default: break
        }
    }

    private mutating func checkIdentity(
        _ first: NodeID, _ operators: [ComparisonOperator], _ comparators: [NodeID],
        _ range: SourceRange
    ) {
        func comparable(_ id: NodeID) -> String? {
            guard case .constant(let constant, _) = tree.expression(id) else { return nil }
            switch constant {
            case .noneValue, .bool, .ellipsis: return nil
            default: return simpleType(id)
            }
        }
        func literal(_ id: NodeID) -> String? {
            if let type = comparable(id) { return type }
            switch tree.expression(id) {
            case .unary, .binary, .tuple, .subscripted:
                // Folded before the compiler looks at it.
                guard let type = foldedType(id), type != "NoneType", type != "bool", type != "ellipsis" else { return nil }
                return type
            default: return nil
            }
        }
        var left = first
        for (operation, right) in zip(operators, comparators) {
            if operation == .identical || operation == .notIdentical,
                let type = literal(left) ?? literal(right)
            {
                let (word, better) = operation == .identical ? ("is", "==") : ("is not", "!=")
                warn("\"\(word)\" with '\(type)' literal. Did you mean \"\(better)\"?", range)
                return
            }
            left = right
        }
    }
}
