// Which variable every name of a script means.
//
// Two passes, as in CPython's symtable.c:
//
//  1. The *builder* walks the tree in source order and notes, for every scope, how each name is used: bound, read,
//     parameter, declared `global` or `nonlocal`. The walk keeps its own stack of work, so that a long chain of `+`
//     cannot overflow the machine's. What may be wrong about names (`global x` after a use of `x`, …) the syntax
//     checks have refused already.
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
    static let iterationTarget = SymbolUse(rawValue: 64)
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

    init(_ tree: SyntaxTree) {
        var builder = SymbolTableBuilder(tree: tree)
        builder.run()
        scopes = builder.scopes
        scopeOfNode = builder.scopeOfNode
        resolve()
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
            for (name, use) in scope.uses where use.contains(.bound) {
                if index == 0 || use.contains(.explicitGlobal) { result.insert(name) }
            }
        }
        return result
    }

    private mutating func resolve() {
        for index in scopes.indices {
            for name in scopes[index].order {
                let resolution = resolution(of: name, in: index)
                scopes[index].resolutions[name] = resolution
                if case .enclosing(let owner) = resolution { noteCapture(of: name, from: owner, in: index) }
            }
        }
    }

    private func resolution(of name: String, in index: Int) -> SymbolResolution {
        let scope = scopes[index]
        let use = scope.uses[name]!
        if use.contains(.explicitGlobal) { return .global }
        if use.contains(.bound) && !use.contains(.explicitNonlocal) { return .local }
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
                if outerUse.contains(.explicitGlobal) { return .global }
                if outerUse.contains(.bound) && !outerUse.contains(.explicitNonlocal) { return .enclosing(outer) }
            }
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
    var scopes: [SymbolScope] = [SymbolScope(kind: .module, parent: 0, frame: 0, privateClass: nil)]
    var scopeOfNode: [NodeID: Int] = [:]
    private var current = 0
    private var work: [Work] = []

    /// A piece of the walk still to be done; the last one is next.
    private enum Work {
        case statement(NodeID)
        case expression(NodeID)
        case target(NodeID)
        case iterationTarget(NodeID)
        case deletion(NodeID)
        case bind(String)
        case openFunction(NodeID, Parameters)
        case openScope(NodeID, SymbolScope.Kind, privateClass: String?)
        case closeScope
    }

    init(tree: SyntaxTree) { self.tree = tree }

    mutating func run() {
        pushStatements(tree.body)
        while let item = work.popLast() {
            switch item {
            case .statement(let id): visitStatement(id)
            case .expression(let id): visitExpression(id)
            case .target(let id): visitTarget(id, use: .bound)
            case .iterationTarget(let id): visitTarget(id, use: [.bound, .iterationTarget])
            case .deletion(let id): visitDeletion(id)
            case .bind(let name): note(name, .bound)
            case .openFunction(let id, let parameters):
                open(id, .function, privateClass: scopes[current].privateClass)
                noteParameters(parameters)
            case .openScope(let id, let kind, let privateClass): open(id, kind, privateClass: privateClass)
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

    private mutating func note(_ name: String, _ use: SymbolUse) {
        note(mangled: mangle(name, in: scopes[current].privateClass), use, in: current)
    }

    private mutating func note(mangled name: String, _ use: SymbolUse, in scope: Int) {
        if let old = scopes[scope].uses[name] {
            scopes[scope].uses[name] = old.union(use)
        } else {
            scopes[scope].uses[name] = use
            scopes[scope].order.append(name)
        }
    }

    private mutating func noteParameters(_ parameters: Parameters) {
        let all = parameters.positionalOnly + parameters.positional + parameters.keywordOnly
        for parameter in all + [parameters.variadic, parameters.keywordVariadic].compactMap({ $0 }) {
            note(parameter.name, [.bound, .parameter])
        }
    }

    // MARK: Statements

    private mutating func visitStatement(_ id: NodeID) {
        switch tree.statement(id) {
        case .expression(let value): push(value)
        case .assign(let targets, let value):
            for target in targets.reversed() { work.append(.target(target)) }
            push(value)
        case .augmentedAssign(let target, _, let value):
            push(value)
            work.append(.target(target))
        case .annotatedAssign(let target, let annotation, let value, let isSimple):
            visitAnnotatedAssign(target, annotation, value, isSimple: isSimple)
        case .delete(let targets):
            for target in targets.reversed() { work.append(.deletion(target)) }
        case .pass, .break, .continue: break
        case .return(let value): push(value)
        case .raise(let exception, let cause):
            push(cause)
            push(exception)
        case .global(let names): declare(names, .explicitGlobal)
        case .nonlocal(let names): declare(names, .explicitNonlocal)
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
        case .function(let definition): visitFunction(id, definition)
        case .classDefinition(let definition): visitClass(id, definition)
        case .importModules(let aliases):
            for alias in aliases {
                let name = alias.asName ?? String(alias.name.prefix(while: { $0 != "." }))
                note(name, .bound)
            }
        case .importFrom(let module, let aliases, _):
            for alias in aliases {
                if alias.name != "*" && module != "__future__" { note(alias.asName ?? alias.name, .bound) }
            }
        case .match, .typeAlias: break
        }
    }

    private mutating func visitAnnotatedAssign(
        _ target: NodeID, _ annotation: NodeID, _ value: NodeID?, isSimple: Bool
    ) {
        push(value)
        if scopes[current].kind != .function || !isSimple { push(annotation) }
        if case .name(let name) = tree.expression(target) {
            if isSimple || value != nil { note(name, .bound) }
        } else {
            work.append(.target(target))
        }
    }

    private mutating func declare(_ names: [String], _ use: SymbolUse) {
        for name in names { note(name, use) }
    }

    private mutating func visitTry(
        _ body: [NodeID], _ handlers: [ExceptionHandler], _ otherwise: [NodeID], _ finally: [NodeID]
    ) {
        pushStatements(finally)
        for handler in handlers.reversed() {
            pushStatements(handler.body)
            if let name = handler.name {
                work.append(.bind(name))
                scopes[scopes[current].frame].deletedNames.insert(mangle(name, in: scopes[current].privateClass))
            }
            push(handler.type)
        }
        pushStatements(otherwise)
        pushStatements(body)
    }

    private mutating func visitFunction(_ id: NodeID, _ definition: FunctionDefinition) {
        work.append(.closeScope)
        pushStatements(definition.body)
        work.append(.openFunction(id, definition.parameters))
        pushExpressions(definition.decorators)
        push(definition.returns)
        pushOuterParts(of: definition.parameters)
        work.append(.bind(definition.name))
    }

    /// Defaults and annotations, which belong to the scope around the function.
    private mutating func pushOuterParts(of parameters: Parameters) {
        var all = parameters.positionalOnly + parameters.positional + parameters.keywordOnly
        all += [parameters.variadic, parameters.keywordVariadic].compactMap { $0 }
        for parameter in all.reversed() { push(parameter.annotation) }
        for value in parameters.keywordOnlyDefaults.reversed() { push(value) }
        pushExpressions(parameters.defaults)
    }

    private mutating func visitClass(_ id: NodeID, _ definition: ClassDefinition) {
        work.append(.closeScope)
        pushStatements(definition.body)
        work.append(.openScope(id, .classBody, privateClass: definition.name))
        pushExpressions(definition.decorators)
        for keyword in definition.keywords.reversed() { push(keyword.value) }
        pushExpressions(definition.bases)
        work.append(.bind(definition.name))
    }

    // MARK: Targets

    private mutating func visitTarget(_ id: NodeID, use: SymbolUse) {
        switch tree.expression(id) {
        case .name(let name): note(name, use)
        case .list(let items), .tuple(let items):
            for item in items.reversed() {
                work.append(use.contains(.iterationTarget) ? .iterationTarget(item) : .target(item))
            }
        case .starred(let item): work.append(use.contains(.iterationTarget) ? .iterationTarget(item) : .target(item))
        default: visitExpression(id)
        }
    }

    private mutating func visitDeletion(_ id: NodeID) {
        switch tree.expression(id) {
        case .name(let name):
            scopes[scopes[current].frame].deletedNames.insert(mangle(name, in: scopes[current].privateClass))
            note(name, .bound)
        case .list(let items), .tuple(let items):
            for item in items.reversed() { work.append(.deletion(item)) }
        default: visitExpression(id)
        }
    }

    // MARK: Expressions

    private mutating func visitExpression(_ id: NodeID) {
        switch tree.expression(id) {
        case .constant: break
        case .name(let name):
            note(name, .read)
            if name == "super" && scopes[scopes[current].frame].kind == .function { note("__class__", .read) }
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
            for keyword in keywords.reversed() { push(keyword.value) }
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
        case .assignment(let target, let value): visitWalrus(target, value)
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
            if index > 0 { push(clause.iterable) }
            work.append(.iterationTarget(clause.target))
        }
        work.append(.openScope(id, .comprehension, privateClass: scopes[current].privateClass))
        push(clauses[0].iterable)
    }

    /// A walrus inside comprehensions binds in the scope around them (PEP 572).
    private mutating func visitWalrus(_ target: NodeID, _ value: NodeID) {
        push(value)
        guard case .name(let name) = tree.expression(target) else { return }
        let mangled = mangle(name, in: scopes[current].privateClass)
        scopes[scopes[current].frame].walrusNames.insert(mangled)
        var scope = current
        while scopes[scope].kind == .comprehension {
            note(mangled: mangled, .read, in: scope)
            scope = scopes[scope].parent
        }
        note(mangled: mangled, .bound, in: scope)
    }
}
