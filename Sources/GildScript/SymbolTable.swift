// Which variable every name of a script means.
//
// Two passes, as in CPython's symtable.c:
//
//  1. The *builder* walks the tree in source order and notes, for every scope, how each name is used: bound, read,
//     parameter, declared `global` or `nonlocal`. The order matters, because `global x` after a use of `x` is an
//     error. The walk keeps its own stack of work, so that a chain of 100,000 `+` cannot overflow the machine's.
//  2. The *resolver* decides for every name of every scope whether it is a local, a variable of an enclosing
//     function, or a global, and notes which locals must live in cells because an inner function uses them.
//
// A comprehension is a scope (its targets do not leak) but has no frame of its own (PEP 709): it runs in the
// *frame scope* it stands in, so a name that it takes from there needs no cell. A class body's names live in a
// namespace and are invisible to the scopes inside it, except `__class__`, which the class provides to its methods.

/// How a name is used in one scope.
struct SymbolUse: OptionSet, Sendable {
    let rawValue: UInt16

    static let bound = SymbolUse(rawValue: 1)
    static let parameter = SymbolUse(rawValue: 2)
    static let explicitGlobal = SymbolUse(rawValue: 4)
    static let explicitNonlocal = SymbolUse(rawValue: 8)
    static let read = SymbolUse(rawValue: 16)
    static let annotated = SymbolUse(rawValue: 32)
    static let iterationTarget = SymbolUse(rawValue: 64)
    /// Bound by an import, which a later `global` does not mind.
    static let imported = SymbolUse(rawValue: 128)

    /// Bound in any way.
    var isBound: Bool { !isDisjoint(with: [.bound, .imported]) }
}

/// What a name of a scope turned out to be.
enum SymbolResolution: Sendable, Equatable {
    /// A variable of this scope (in a class body: of its namespace; in a module: a global).
    case local
    /// A variable of the scope with this index, which is an enclosing function or comprehension or, for
    /// `__class__`, an enclosing class.
    case enclosing(Int)
    case global
}

/// One scope of a script.
struct SymbolScope: Sendable {
    enum Kind: Sendable { case module, function, classBody, comprehension }

    let kind: Kind
    /// Index of the scope around this one; the module's own index 0 for the module.
    let parent: Int
    /// Index of the scope whose frame runs this one: itself unless this is a comprehension.
    let frame: Int
    /// Class whose name mangles `__private` names here.
    let privateClass: String?
    var uses: [String: SymbolUse] = [:]
    /// Names in the order of their first appearance.
    var order: [String] = []
    /// Statements that declared a name global or nonlocal, for messages.
    var declarations: [String: SourceRange] = [:]
    var resolutions: [String: SymbolResolution] = [:]
    /// Variables of this scope that inner functions capture.
    var cells: Set<String> = []
    /// Frame scopes: variables of enclosing scopes that this frame or one inside it uses, in order of discovery.
    var freeNames: [String] = []
    /// Frame scopes: locals that a walrus rebinds somewhere.
    var walrusNames: Set<String> = []
    /// Frame scopes: locals that a `del` or the end of an `except … as` unbinds somewhere.
    var deletedNames: Set<String> = []
    /// Class bodies: a method uses `__class__` or `super`.
    var needsClassCell = false
}

struct SymbolTable: Sendable {
    /// Scopes in the order in which they open; the module is the first.
    fileprivate(set) var scopes: [SymbolScope]
    /// The scope that a function, lambda, class or comprehension node opens.
    fileprivate(set) var scopeOfNode: [NodeID: Int] = [:]

    /// - Throws: the SyntaxErrors that CPython's symbol table pass raises.
    init(_ tree: SyntaxTree, source: SourceFile) throws(Diagnostic) {
        var builder = SymbolTableBuilder(tree: tree, source: source)
        try builder.run()
        scopes = builder.scopes
        scopeOfNode = builder.scopeOfNode
        try resolve(source: source)
    }

    /// The frame scope's variable order: parameters first, then other locals.
    func localNames(of scope: Int) -> [String] {
        let scope = scopes[scope]
        return scope.order.filter { scope.uses[$0]!.contains(.parameter) }
            + scope.order.filter {
                !scope.uses[$0]!.contains(.parameter) && scope.resolutions[$0] == .local
            }
    }

    /// Every name that the file binds as a global somewhere.
    var boundGlobals: Set<String> {
        var result: Set<String> = []
        for (index, scope) in scopes.enumerated() {
            for (name, use) in scope.uses where use.isBound {
                if index == 0 || use.contains(.explicitGlobal) { result.insert(name) }
            }
        }
        return result
    }

    private mutating func resolve(source: SourceFile) throws(Diagnostic) {
        for index in scopes.indices {
            for name in scopes[index].order {
                let resolution = try resolution(of: name, in: index, source: source)
                scopes[index].resolutions[name] = resolution
                if case .enclosing(let owner) = resolution { noteCapture(of: name, from: owner, in: index) }
            }
        }
    }

    private func resolution(of name: String, in index: Int, source: SourceFile) throws(Diagnostic) -> SymbolResolution {
        let scope = scopes[index]
        let use = scope.uses[name]!
        if use.contains(.explicitGlobal) {
            if use.contains(.explicitNonlocal) {
                throw Diagnostic(
                    kind: .syntaxError, message: "name '\(name)' is nonlocal and global", source: source,
                    range: scope.declarations[name]!)
            }
            return .global
        }
        if use.isBound && !use.contains(.explicitNonlocal) { return .local }
        var outer = index
        while outer != 0 {
            outer = scopes[outer].parent
            let candidate = scopes[outer]
            switch candidate.kind {
            case .module: break
            case .classBody:
                if name == "__class__" { return .enclosing(outer) }
            case .function, .comprehension:
                guard let outerUse = candidate.uses[name] else { continue }
                if outerUse.contains(.explicitGlobal) {
                    if use.contains(.explicitNonlocal) { break }
                    return .global
                }
                if outerUse.isBound && !outerUse.contains(.explicitNonlocal) { return .enclosing(outer) }
            }
        }
        if use.contains(.explicitNonlocal) {
            throw Diagnostic(
                kind: .syntaxError, message: "no binding for nonlocal '\(name)' found", source: source,
                range: scope.declarations[name]!)
        }
        return index == 0 ? .local : .global
    }

    private mutating func noteCapture(of name: String, from owner: Int, in index: Int) {
        let ownerFrame = scopes[owner].frame
        var frame = scopes[index].frame
        if frame == ownerFrame { return }
        if scopes[owner].kind == .classBody { scopes[owner].needsClassCell = true }
        scopes[owner].cells.insert(name)
        while frame != ownerFrame {
            if !scopes[frame].freeNames.contains(name) { scopes[frame].freeNames.append(name) }
            frame = scopes[scopes[frame].parent].frame
        }
    }
}

/// `__name` inside class `Class` is `_Class__name`.
func mangle(_ name: String, in privateClass: String?) -> String {
    guard let privateClass, name.hasPrefix("__"), !name.hasSuffix("__"), !name.contains(".") else { return name }
    let stripped = privateClass.drop(while: { $0 == "_" })
    return stripped.isEmpty ? name : "_\(stripped)\(name)"
}

/// The first pass.
private struct SymbolTableBuilder {
    let tree: SyntaxTree
    let source: SourceFile
    var scopes: [SymbolScope] = [SymbolScope(kind: .module, parent: 0, frame: 0, privateClass: nil)]
    var scopeOfNode: [NodeID: Int] = [:]
    private var current = 0
    private var work: [Work] = []
    /// Inside how many iterable expressions of comprehensions the walk is.
    private var iterableDepth = 0

    /// A piece of the walk still to be done; the last one is next.
    private enum Work {
        case statement(NodeID)
        case expression(NodeID)
        case target(NodeID)
        case iterationTarget(NodeID)
        case deletion(NodeID)
        case bind(String, SymbolUse, SourceRange)
        case openFunction(NodeID, Parameters)
        case openScope(NodeID, SymbolScope.Kind, privateClass: String?)
        case enterIterable
        case leaveIterable
        case closeScope
    }

    init(tree: SyntaxTree, source: SourceFile) {
        self.tree = tree
        self.source = source
    }

    mutating func run() throws(Diagnostic) {
        pushStatements(tree.body)
        while let item = work.popLast() {
            switch item {
            case .statement(let id): try visitStatement(id)
            case .expression(let id): try visitExpression(id)
            case .target(let id): try visitTarget(id, use: .bound)
            case .iterationTarget(let id): try visitTarget(id, use: [.bound, .iterationTarget])
            case .deletion(let id): try visitDeletion(id)
            case .bind(let name, let use, let range): try note(name, use, range)
            case .openFunction(let id, let parameters):
                open(id, .function, privateClass: scopes[current].privateClass)
                try noteParameters(parameters)
            case .openScope(let id, let kind, let privateClass): open(id, kind, privateClass: privateClass)
            case .enterIterable: iterableDepth += 1
            case .leaveIterable: iterableDepth -= 1
            case .closeScope: current = scopes[current].parent
            }
        }
    }

    // MARK: Work

    private mutating func pushStatements(_ ids: [NodeID]) {
        for id in ids.reversed() { work.append(.statement(id)) }
    }

    private mutating func pushExpressions(_ ids: [NodeID]) {
        for id in ids.reversed() { work.append(.expression(id)) }
    }

    private mutating func push(_ id: NodeID?) {
        if let id { work.append(.expression(id)) }
    }

    private mutating func open(_ id: NodeID, _ kind: SymbolScope.Kind, privateClass: String?) {
        let index = scopes.count
        let frame = kind == .comprehension ? scopes[current].frame : index
        scopes.append(SymbolScope(kind: kind, parent: current, frame: frame, privateClass: privateClass))
        scopeOfNode[id] = index
        current = index
    }

    private func error(_ message: String, _ range: SourceRange) -> Diagnostic {
        Diagnostic(kind: .syntaxError, message: message, source: source, range: range)
    }

    private mutating func note(_ name: String, _ use: SymbolUse, _ range: SourceRange) throws(Diagnostic) {
        let mangledName = mangle(name, in: scopes[current].privateClass)
        if use.isBound { try checkAssignable(name, range) }
        if use.contains(.parameter), scopes[current].uses[mangledName]?.contains(.parameter) == true {
            throw error("duplicate argument '\(name)' in function definition", range)
        }
        note(mangled: mangledName, use, in: current)
    }

    private func checkAssignable(_ name: String, _ range: SourceRange) throws(Diagnostic) {
        if name == "__debug__" { throw error("cannot assign to __debug__", range) }
    }

    private mutating func note(mangled name: String, _ use: SymbolUse, in scope: Int) {
        if let old = scopes[scope].uses[name] {
            scopes[scope].uses[name] = old.union(use)
        } else {
            scopes[scope].uses[name] = use
            scopes[scope].order.append(name)
        }
    }

    private mutating func noteParameters(_ parameters: Parameters) throws(Diagnostic) {
        let all = parameters.positionalOnly + parameters.positional + parameters.keywordOnly
        for parameter in all + [parameters.variadic, parameters.keywordVariadic].compactMap({ $0 }) {
            try note(parameter.name, [.bound, .parameter], parameter.range)
        }
    }

    // MARK: Statements

    private mutating func visitStatement(_ id: NodeID) throws(Diagnostic) {
        let range = tree.range(id)
        switch tree.statement(id) {
        case .expression(let value): push(value)
        case .assign(let targets, let value):
            for target in targets.reversed() { work.append(.target(target)) }
            push(value)
        case .augmentedAssign(let target, _, let value):
            push(value)
            work.append(.target(target))
        case .annotatedAssign(let target, let annotation, let value, let isSimple):
            try visitAnnotatedAssign(target, annotation, value, isSimple: isSimple, range)
        case .delete(let targets):
            for target in targets.reversed() { work.append(.deletion(target)) }
        case .pass, .break, .continue: break
        case .return(let value): push(value)
        case .raise(let exception, let cause):
            push(cause)
            push(exception)
        case .global(let names): try declare(names, .explicitGlobal, "global", range)
        case .nonlocal(let names): try declare(names, .explicitNonlocal, "nonlocal", range)
        case .assert(let condition, let message):
            push(message)
            push(condition)
        case .if(let condition, let body, let otherwise), .while(let condition, let body, let otherwise):
            pushStatements(otherwise)
            pushStatements(body)
            push(condition)
        case .for(let target, let iterable, let body, let otherwise, _):
            pushStatements(otherwise)
            pushStatements(body)
            push(iterable)
            work.append(.target(target))
        case .try(let body, let handlers, let otherwise, let finally):
            visitTry(body, handlers, otherwise, finally)
        case .with(let items, let body, _):
            pushStatements(body)
            for item in items.reversed() {
                if let target = item.target { work.append(.target(target)) }
                push(item.context)
            }
        case .function(let definition): visitFunction(id, definition, range)
        case .classDefinition(let definition): visitClass(id, definition, range)
        case .importModules(let aliases):
            for alias in aliases {
                let name = alias.asName ?? String(alias.name.prefix(while: { $0 != "." }))
                try note(name, .imported, alias.range)
            }
        case .importFrom(let module, let aliases, _):
            for alias in aliases {
                if alias.name == "*" {
                    if current != 0 { throw error("import * only allowed at module level", alias.range) }
                } else if module != "__future__" {
                    try note(alias.asName ?? alias.name, .imported, alias.range)
                }
            }
        case .match, .typeAlias: break
        }
    }

    private mutating func visitAnnotatedAssign(
        _ target: NodeID, _ annotation: NodeID, _ value: NodeID?, isSimple: Bool, _ range: SourceRange
    ) throws(Diagnostic) {
        push(value)
        if scopes[current].kind != .function || !isSimple { push(annotation) }
        if case .name(let name) = tree.expression(target) {
            let mangled = mangle(name, in: scopes[current].privateClass)
            if isSimple, let old = scopes[current].uses[mangled], current != 0 || old.contains(.explicitNonlocal) {
                if old.contains(.explicitGlobal) { throw error("annotated name '\(name)' can't be global", range) }
                if old.contains(.explicitNonlocal) { throw error("annotated name '\(name)' can't be nonlocal", range) }
            }
            if isSimple {
                try note(name, [.annotated, .bound], range)
            } else if value != nil {
                try note(name, .bound, range)
            }
        } else {
            work.append(.target(target))
        }
    }

    private mutating func declare(_ names: [String], _ use: SymbolUse, _ word: String, _ range: SourceRange) throws(Diagnostic) {
        for name in names {
            let mangled = mangle(name, in: scopes[current].privateClass)
            if use == .explicitNonlocal && current == 0 {
                throw error("nonlocal declaration not allowed at module level", range)
            }
            if let old = scopes[current].uses[mangled] {
                if old.contains(.parameter) { throw error("name '\(name)' is parameter and \(word)", range) }
                if old.contains(.read) { throw error("name '\(name)' is used prior to \(word) declaration", range) }
                if old.contains(.annotated) { throw error("annotated name '\(name)' can't be \(word)", range) }
                if old.contains(.bound) { throw error("name '\(name)' is assigned to before \(word) declaration", range) }
            }
            note(mangled: mangled, use, in: current)
            if scopes[current].declarations[mangled] == nil { scopes[current].declarations[mangled] = range }
        }
    }

    private mutating func visitTry(
        _ body: [NodeID], _ handlers: [ExceptionHandler], _ otherwise: [NodeID], _ finally: [NodeID]
    ) {
        pushStatements(finally)
        for handler in handlers.reversed() {
            pushStatements(handler.body)
            if let name = handler.name {
                work.append(.bind(name, .bound, handler.range))
                scopes[scopes[current].frame].deletedNames.insert(mangle(name, in: scopes[current].privateClass))
            }
            push(handler.type)
        }
        pushStatements(otherwise)
        pushStatements(body)
    }

    private mutating func visitFunction(_ id: NodeID, _ definition: FunctionDefinition, _ range: SourceRange) {
        work.append(.closeScope)
        pushStatements(definition.body)
        work.append(.openFunction(id, definition.parameters))
        pushExpressions(definition.decorators)
        push(definition.returns)
        pushOuterParts(of: definition.parameters)
        work.append(.bind(definition.name, .bound, range))
    }

    /// Defaults and annotations, which belong to the scope around the function.
    private mutating func pushOuterParts(of parameters: Parameters) {
        var all = parameters.positionalOnly + parameters.positional + parameters.keywordOnly
        all += [parameters.variadic, parameters.keywordVariadic].compactMap { $0 }
        for parameter in all.reversed() { push(parameter.annotation) }
        for value in parameters.keywordOnlyDefaults.reversed() { push(value) }
        pushExpressions(parameters.defaults)
    }

    private mutating func visitClass(_ id: NodeID, _ definition: ClassDefinition, _ range: SourceRange) {
        work.append(.closeScope)
        pushStatements(definition.body)
        work.append(.openScope(id, .classBody, privateClass: definition.name))
        pushExpressions(definition.decorators)
        for keyword in definition.keywords.reversed() { push(keyword.value) }
        pushExpressions(definition.bases)
        work.append(.bind(definition.name, .bound, range))
    }

    // MARK: Targets

    private mutating func visitTarget(_ id: NodeID, use: SymbolUse) throws(Diagnostic) {
        switch tree.expression(id) {
        case .name(let name): try note(name, use, tree.range(id))
        case .list(let items), .tuple(let items):
            for item in items.reversed() {
                work.append(use.contains(.iterationTarget) ? .iterationTarget(item) : .target(item))
            }
        case .starred(let item): work.append(use.contains(.iterationTarget) ? .iterationTarget(item) : .target(item))
        case .attribute(let value, let name):
            try checkAssignable(name, tree.range(id))
            push(value)
        default: try visitExpression(id)
        }
    }

    private mutating func visitDeletion(_ id: NodeID) throws(Diagnostic) {
        switch tree.expression(id) {
        case .name(let name):
            if name == "__debug__" { throw error("cannot delete __debug__", tree.range(id)) }
            scopes[scopes[current].frame].deletedNames.insert(mangle(name, in: scopes[current].privateClass))
            try note(name, .bound, tree.range(id))
        case .list(let items), .tuple(let items):
            for item in items.reversed() { work.append(.deletion(item)) }
        default: try visitExpression(id)
        }
    }

    // MARK: Expressions

    private mutating func visitExpression(_ id: NodeID) throws(Diagnostic) {
        switch tree.expression(id) {
        case .constant: break
        case .name(let name):
            try note(name, .read, tree.range(id))
            if name == "super" && scopes[scopes[current].frame].kind == .function { try note("__class__", .read, tree.range(id)) }
        case .formattedString(let parts): pushExpressions(parts)
        case .formattedValue(let value, _, let specification):
            push(specification)
            push(value)
        case .attribute(let value, _): push(value)
        case .subscripted(let value, let index):
            push(index)
            push(value)
        case .slice(let lower, let upper, let step):
            push(step)
            push(upper)
            push(lower)
        case .call(let function, let arguments, let keywords):
            for keyword in keywords.reversed() {
                if let name = keyword.name { try checkAssignable(name, keyword.range) }
                push(keyword.value)
            }
            pushExpressions(arguments)
            push(function)
        case .unary(_, let operand): push(operand)
        case .binary(let left, _, let right):
            push(right)
            push(left)
        case .boolean(_, let operands): pushExpressions(operands)
        case .comparison(let first, _, let comparators):
            pushExpressions(comparators)
            push(first)
        case .conditional(let condition, let body, let otherwise):
            push(otherwise)
            push(body)
            push(condition)
        case .lambda(let parameters, let body):
            work.append(.closeScope)
            push(body)
            work.append(.openFunction(id, parameters))
            pushOuterParts(of: parameters)
        case .assignment(let target, let value): try visitWalrus(id, target, value)
        case .list(let items), .tuple(let items), .set(let items): pushExpressions(items)
        case .dictionary(let entries):
            for entry in entries.reversed() {
                push(entry.value)
                push(entry.key)
            }
        case .listComprehension(let element, let clauses), .setComprehension(let element, let clauses),
            .generator(let element, let clauses):
            visitComprehension(id, [element], clauses)
        case .dictionaryComprehension(let key, let value, let clauses): visitComprehension(id, [key, value], clauses)
        case .starred(let value): push(value)
        case .yield(let value): push(value)
        case .yieldFrom(let value), .await(let value): push(value)
        }
    }

    private mutating func visitComprehension(_ id: NodeID, _ elements: [NodeID], _ clauses: [ComprehensionClause]) {
        work.append(.closeScope)
        pushExpressions(elements)
        for (index, clause) in clauses.enumerated().reversed() {
            pushExpressions(clause.conditions)
            if index > 0 {
                work.append(.leaveIterable)
                push(clause.iterable)
                work.append(.enterIterable)
            }
            work.append(.iterationTarget(clause.target))
        }
        work.append(.openScope(id, .comprehension, privateClass: scopes[current].privateClass))
        work.append(.leaveIterable)
        push(clauses[0].iterable)
        work.append(.enterIterable)
    }

    /// A walrus inside comprehensions binds in the scope around them (PEP 572).
    private mutating func visitWalrus(_ id: NodeID, _ target: NodeID, _ value: NodeID) throws(Diagnostic) {
        let range = tree.range(id)
        if iterableDepth > 0 {
            throw error("assignment expression cannot be used in a comprehension iterable expression", range)
        }
        push(value)
        guard case .name(let name) = tree.expression(target) else { return }
        let mangled = mangle(name, in: scopes[current].privateClass)
        let frame = scopes[current].frame
        scopes[frame].walrusNames.insert(mangled)
        if scopes[current].kind != .comprehension {
            try note(name, .bound, tree.range(target))
            return
        }
        var scope = current
        while scopes[scope].kind == .comprehension {
            if scopes[scope].uses[mangled]?.contains(.iterationTarget) == true {
                throw error("assignment expression cannot rebind comprehension iteration variable '\(name)'", tree.range(target))
            }
            note(mangled: mangled, .read, in: scope)
            scope = scopes[scope].parent
        }
        if scopes[scope].kind == .classBody {
            throw error("assignment expression within a comprehension cannot be used in a class body", tree.range(target))
        }
        note(mangled: mangled, .bound, in: scope)
    }
}
