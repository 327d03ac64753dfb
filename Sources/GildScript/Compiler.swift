// Syntax tree → code objects.
//
// One walk over the tree of each function emits register code. The pieces:
//
//  - Compiler.swift (this file): entry, variables, positions, frames;
//  - CompilerExpressions, CompilerConditions, CompilerCalls, CompilerComprehensions: values;
//  - CompilerStatements, CompilerControl (loops, try, with), CompilerFunctions (def, lambda, class);
//  - CompilerRestrictions: what gild refuses;
//  - CompilerCodeBuilder: registers, labels, layout; ConstantFolding: what is computed now.
//
// **Destinations.** `compile(_:into:)` leaves a value in a given register. Only the last instruction of an
// expression writes there, so a local that is assigned keeps its old value until the new one exists: the expression
// may read it, and may raise. When the destination is the topmost temporary, which holds nothing, intermediate
// results go there too.
//
// **Operands.** A local is read where it lives. When a later part of the same expression rebinds it (`x + (x := 5)`),
// it is copied first. Everything else is computed into a temporary, which the reading instruction consumes; where
// that instruction's destination is the same register, overwriting it is the release and no flag is set.

/// Compiles a script.
/// - Parameters:
///   - tree: from `parse`, which has made all of CPython's syntax checks.
///   - modules: names that can be imported beside gild's own modules: those of plugins.
/// - Throws: an `unsupported` diagnostic, or the SyntaxError of a misplaced `from __future__` import.
public func compile(_ tree: SyntaxTree, source: SourceFile, modules: Set<String> = []) throws(Diagnostic) -> CompiledModule {
    let compiler = Compiler(tree: tree, source: source, symbols: SymbolTable(tree), modules: modules)
    return try compiler.compileModule()
}

/// Compiles one input of an interactive session: the value of an expression that stands as a statement of its own goes to
/// the builtin `displayHookName`, and the global variables keep their slots from input to input.
/// - Parameter globals: names of the session's slots so far; the module's `globalNames` begins with them.
/// - Throws: as `compile(_:source:)`.
public func compileInteractive(
    _ tree: SyntaxTree, source: SourceFile, globals: [String], modules: Set<String> = []
) throws(Diagnostic) -> CompiledModule {
    let compiler = Compiler(tree: tree, source: source, symbols: SymbolTable(tree), sessionGlobals: globals, modules: modules)
    return try compiler.compileModule()
}

/// No script can spell it.
public let displayHookName = "<display>"

final class Compiler {
    /// The input belongs to an interactive session.
    let isInteractive: Bool
    let tree: SyntaxTree
    let source: SourceFile
    let symbols: SymbolTable
    /// What can be imported beside gild's own modules.
    let modules: Set<String>
    let constants: FoldedConstants
    /// The code object being compiled.
    var builder: CodeBuilder
    /// Finished code objects; nil while one inside it is being compiled.
    var codes: [CodeObject?] = []
    var globalIndices: [String: Int] = [:]
    var globalNames: [String] = []
    let boundGlobals: Set<String>
    /// How deep `compile(_:into:)` is in itself, and how deep it may be: a level costs up to 12 KiB of stack in a debug
    /// build, and the main thread has 8 MiB.
    var depth = 0
    static let maximumDepth = 500
    /// `from __future__ import annotations` is in force.
    var hasFutureAnnotations = false
    /// Line of the last `from __future__` import at the head of the file.
    var lastFutureLine: UInt32 = 0
    /// The first of each group of equal set constants.
    private var frozenSets: [Set<FoldedConstant>: [FoldedConstant]] = [:]
    private var positionCache: [NodeID: CodePosition] = [:]

    init(tree: SyntaxTree, source: SourceFile, symbols: SymbolTable, sessionGlobals: [String]? = nil, modules: Set<String>) {
        self.modules = modules
        isInteractive = sessionGlobals != nil
        self.tree = tree
        self.source = source
        self.symbols = symbols
        constants = FoldedConstants(tree)
        boundGlobals = symbols.boundGlobals.union(sessionGlobals ?? [])
        builder = CodeBuilder(name: "<module>", qualifiedName: "<module>", firstLine: 1, scope: 0)
        for name in sessionGlobals ?? [] { _ = global(name) }
    }

    func compileModule() throws(Diagnostic) -> CompiledModule {
        try readFutureImports()
        codes = [nil]
        startFrame()
        let start = builder.position(CodePosition(line: 0, endLine: 1, column: 0, endColumn: 0))
        var body = tree.body[...]
        if !isInteractive, let docstring = docstring(of: tree.body) {
            let register = builder.allocate()
            load(.string(docstring), into: register, at: position(tree.body[0]))
            store(register, isTemporary: true, name: "__doc__", at: position(tree.body[0]))
            builder.truncate(to: register)
            body = body.dropFirst()
        }
        if isInteractive { try compileInteractiveStatements(body) } else { try compileStatements(body) }
        let end = tree.body.last.map { position($0) } ?? start
        builder.emit(.keepLocals, a: 0xFFFF, at: end)
        builder.emit(.retNone, at: end)
        codes[0] = try finishFrame(cells: [])
        var rendered: [String] = []
        for warning in tree.warnings.map({ $0.rendered() }) where !rendered.contains(warning) { rendered.append(warning) }
        return CompiledModule(
            fileName: source.name, source: source, codes: codes.map { $0! }, globalNames: globalNames, warnings: rendered)
    }

    // MARK: Frames

    /// Numbers the locals of the builder's frame: parameters, other variables, then comprehension targets.
    func startFrame() {
        let scope = symbols.scopes[builder.scope]
        if scope.kind == .function {
            for name in symbols.localNames(of: builder.scope) { builder.localRegisters[name] = builder.addLocal(name) }
            for (name, register) in builder.localRegisters where scope.deletedNames.contains(name) {
                builder.deletable.insert(register)
            }
        } else if scope.needsClassCell {
            builder.localRegisters["__class__"] = builder.addLocal("__class__")
        }
        for index in symbols.scopes.indices where index != builder.scope && symbols.scopes[index].frame == builder.scope {
            let inner = symbols.scopes[index]
            var registers: [String: Int] = [:]
            for name in inner.order where inner.uses[name]!.contains(.iterationTarget) {
                registers[name] = builder.addLocal(name)
            }
            comprehensionRegisters[index] = registers
        }
        builder.code.freeNames = scope.freeNames
        builder.startTemporaries()
    }

    /// Registers of the targets of every comprehension scope of the open frames.
    var comprehensionRegisters: [Int: [String: Int]] = [:]

    func finishFrame(cells: [Int]) throws(Diagnostic) -> CodeObject {
        if let feature = builder.assemble(prologueCells: cells, globals: globalNames.count, codes: codes.count) {
            let line = UInt32(builder.code.firstLine)
            throw Diagnostic.unsupported(
                feature, source: source, range: SourceRange(line: line, column: 0, endLine: line, endColumn: 0))
        }
        return builder.code
    }

    // MARK: Errors and positions

    func syntaxError(_ message: String, _ id: NodeID) -> Diagnostic {
        Diagnostic(kind: .syntaxError, message: message, source: source, range: tree.range(id))
    }

    func unsupported(_ feature: String, hint: String? = nil, _ range: SourceRange) -> Diagnostic {
        .unsupported(feature, hint: hint, source: source, range: range)
    }

    func unsupported(_ feature: String, hint: String? = nil, _ id: NodeID) -> Diagnostic {
        .unsupported(feature, hint: hint, source: source, range: tree.range(id))
    }

    /// The position of a whole node, with the anchor that CPython's traceback finds in its text.
    func position(_ id: NodeID) -> Int {
        if let cached = positionCache[id] { return builder.position(cached) }
        var result = plainPosition(tree.range(id))
        if case .expression(let expression) = tree.nodes[Int(id.rawValue)].content {
            switch expression {
            case .binary(let left, _, let right): result.anchor = operatorAnchor(after: left, before: right)
            case .subscripted(let value, _):
                if let place = find(UInt8(ascii: "["), after: value) {
                    result.anchor = .subscript_(line: place.line, column: place.column)
                }
            case .call(let function, _, _):
                if let place = find(UInt8(ascii: "("), after: function) {
                    result.anchor = .call(line: place.line, column: place.column)
                }
            default: break
            }
        }
        positionCache[id] = result
        return builder.position(result)
    }

    func position(_ range: SourceRange) -> Int { builder.position(plainPosition(range)) }

    private func plainPosition(_ range: SourceRange) -> CodePosition {
        CodePosition(
            line: Int32(range.line), endLine: Int32(range.endLine), column: Int32(range.column), endColumn: Int32(range.endColumn))
    }

    /// An attribute access or method call that goes on over several lines starts at the attribute's name.
    func attributePosition(_ id: NodeID, attribute: NodeID) -> Int {
        let attributeRange = tree.range(attribute)
        guard case .attribute(_, let name) = tree.expression(attribute), tree.range(id).line != attributeRange.endLine
        else { return position(id) }
        _ = position(id)
        var result = positionCache[id]!
        result.line = Int32(attributeRange.endLine)
        let length = Int32(name.unicodeScalars.count)
        guard length <= attributeRange.endColumn else { return position(id) }
        result.column = Int32(attributeRange.endColumn) - length
        return builder.position(result)
    }

    /// The first operator character after `left`: white space, `)`, continuations and comments are skipped.
    private func operatorAnchor(after left: NodeID, before right: NodeID) -> CodePosition.Anchor {
        let rightRange = tree.range(right)
        guard let place = scan(after: left, until: { !isBlank($0) && $0 != UInt8(ascii: ")") }) else { return .none }
        let line = source.lineBytes(Int(place.line))
        let next = line.startIndex + Int(place.column) + 1
        var length: Int32 = 1
        if next < line.endIndex, Int32(rightRange.line) > place.line || place.column + 1 < Int32(rightRange.column),
            !isBlank(line[next]), line[next] != UInt8(ascii: "\\"), line[next] != UInt8(ascii: "#")
        {
            length = 2
        }
        return .binaryOperator(line: place.line, column: place.column, length: length)
    }

    private func find(_ byte: UInt8, after id: NodeID) -> (line: Int32, column: Int32)? {
        scan(after: id, until: { $0 == byte })
    }

    private func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || (byte >= 0x09 && byte <= 0x0D) }

    private func scan(after id: NodeID, until stop: (UInt8) -> Bool) -> (line: Int32, column: Int32)? {
        var line = Int(tree.range(id).endLine)
        var column = Int(tree.range(id).endColumn)
        while line <= source.lineCount {
            let bytes = source.lineBytes(line)
            var index = bytes.startIndex + column
            while index < bytes.endIndex {
                let byte = bytes[index]
                if byte == UInt8(ascii: "\\") || byte == UInt8(ascii: "#") { break }
                if stop(byte) { return (Int32(line), Int32(index - bytes.startIndex)) }
                index += 1
            }
            line += 1
            column = 0
        }
        return nil
    }

    // MARK: Variables

    /// How the code at hand reaches a variable.
    enum Access {
        case register(Int)
        case cell(Int)
        case free(Int)
        case global(Int)
        /// A name of the class body's namespace, else the global in this slot.
        case namespace(global: Int)
        /// A name of the class body's namespace, else this free variable.
        case namespaceOrFree(Int)
    }

    var currentScope: Int { builder.comprehensions.last?.scope ?? builder.scope }

    /// `name` mangled by the class around the code at hand.
    func mangled(_ name: String) -> String { mangle(name, in: symbols.scopes[currentScope].privateClass) }

    func global(_ name: String) -> Int {
        if let index = globalIndices[name] { return index }
        globalNames.append(name)
        globalIndices[name] = globalNames.count - 1
        return globalNames.count - 1
    }

    /// - Parameter name: mangled.
    func access(_ name: String) -> Access {
        for comprehension in builder.comprehensions.reversed() {
            if let register = comprehension.registers[name] {
                return symbols.scopes[comprehension.scope].cells.contains(name) ? .cell(register) : .register(register)
            }
        }
        let frame = symbols.scopes[builder.scope]
        let resolution = symbols.scopes[currentScope].resolutions[name]
        switch frame.kind {
        case .function:
            if case .global? = resolution { return .global(global(name)) }
            if let register = builder.localRegisters[name] {
                return frame.cells.contains(name) ? .cell(register) : .register(register)
            }
            if let index = frame.freeNames.firstIndex(of: name), case .enclosing? = resolution { return .free(index) }
            return .global(global(name))
        case .classBody:
            if case .enclosing? = resolution, let index = frame.freeNames.firstIndex(of: name) {
                return builder.comprehensions.isEmpty ? .namespaceOrFree(index) : .free(index)
            }
            if !builder.comprehensions.isEmpty || frame.uses[name]?.contains(.explicitGlobal) == true {
                if name == "__class__", let register = builder.localRegisters[name], case .enclosing? = resolution { return .cell(register) }
                return .global(global(name))
            }
            return .namespace(global: global(name))
        case .module, .comprehension: return .global(global(name))
        }
    }

    /// Where an inner function finds the cell of `name` in the frame at hand.
    func capture(of name: String) -> Capture {
        for comprehension in builder.comprehensions.reversed() {
            if let register = comprehension.registers[name] { return .register(register) }
        }
        let frame = symbols.scopes[builder.scope]
        if let register = builder.localRegisters[name], frame.cells.contains(name) { return .register(register) }
        return .free(frame.freeNames.firstIndex(of: name)!)
    }

    /// Register of `name` when it is a plain local, with a check where it may be unbound.
    func localRegister(_ name: String, at position: Int) -> Int? {
        guard case .register(let register) = access(mangled(name)) else { return nil }
        if !builder.assigned.contains(register) {
            builder.markChecked(register)
            builder.emit(.checkLocal, a: register, at: position)
            builder.assigned.insert(register)
        }
        return register
    }

    /// Loads variable `name` (not mangled yet) into a register.
    func loadVariable(_ name: String, into destination: Int, _ id: NodeID) throws(Diagnostic) {
        let position = position(id)
        if let register = localRegister(name, at: position) {
            if register != destination { builder.emit(.move, a: destination, b: register, at: position) }
            return
        }
        let name = mangled(name)
        switch access(name) {
        case .register: break
        case .cell(let register): builder.emit(.loadCell, a: destination, b: register, at: position)
        case .free(let index): builder.emit(.loadFree, a: destination, b: index, at: position)
        case .global(let slot):
            try checkBuiltin(name, id)
            builder.emit(.loadGlobal, a: destination, b: slot, at: position)
        case .namespace(let slot):
            if symbols.scopes[builder.scope].uses[name]?.contains(.bound) != true { try checkBuiltin(name, id) }
            builder.emit(.loadName, a: destination, b: builder.name(name), c: slot, at: position)
        case .namespaceOrFree(let index):
            builder.emit(.loadNameOrFree, a: destination, b: builder.name(name), c: index, at: position)
        }
    }

    /// Stores a register's value in variable `name` (not mangled yet), moving it when it is a temporary.
    func store(_ register: Int, isTemporary: Bool, name: String, at position: Int) {
        let name = mangled(name)
        switch access(name) {
        case .register(let local):
            if local != register {
                builder.emit(.move, x: isTemporary ? Opcode.Flags.consumeB : 0, a: local, b: register, at: position)
            }
            builder.assigned.insert(local)
        case .cell(let cell):
            builder.emit(.storeCell, x: isTemporary ? Opcode.Flags.consumeB : 0, a: cell, b: register, at: position)
        case .free(let index):
            builder.emit(.storeFree, x: isTemporary ? Opcode.Flags.consumeC : 0, b: index, c: register, at: position)
        case .global(let slot):
            builder.emit(.storeGlobal, x: isTemporary ? Opcode.Flags.consumeA : 0, a: register, b: slot, at: position)
        case .namespace:
            builder.emit(.storeName, x: isTemporary ? Opcode.Flags.consumeA : 0, a: register, b: builder.name(name), at: position)
        case .namespaceOrFree(let index):
            if symbols.scopes[builder.scope].uses[name]?.contains(.explicitNonlocal) == true {
                builder.emit(.storeFree, x: isTemporary ? Opcode.Flags.consumeC : 0, b: index, c: register, at: position)
            } else {
                builder.emit(.storeName, x: isTemporary ? Opcode.Flags.consumeA : 0, a: register, b: builder.name(name), at: position)
            }
        }
    }

    func deleteVariable(_ name: String, at position: Int) {
        let name = mangled(name)
        switch access(name) {
        case .register(let register):
            if !builder.assigned.contains(register) { builder.markChecked(register) }
            builder.emit(.deleteLocal, a: register, at: position)
            builder.assigned.remove(register)
        case .cell(let register): builder.emit(.deleteCell, a: register, at: position)
        case .free(let index): builder.emit(.deleteFree, b: index, at: position)
        case .global(let slot): builder.emit(.deleteGlobal, b: slot, at: position)
        case .namespace: builder.emit(.deleteName, b: builder.name(name), at: position)
        case .namespaceOrFree(let index):
            if symbols.scopes[builder.scope].uses[name]?.contains(.explicitNonlocal) == true {
                builder.emit(.deleteFree, b: index, at: position)
            } else {
                builder.emit(.deleteName, b: builder.name(name), at: position)
            }
        }
    }

    /// The register that a store to `name` writes directly, if any.
    func directDestination(_ id: NodeID) -> Int? {
        guard case .name(let name) = tree.expression(id), case .register(let register) = access(mangled(name)) else { return nil }
        return register
    }

    // MARK: Constants

    /// Loads a constant into a register.
    func load(_ value: FoldedConstant, into destination: Int, at position: Int) {
        if case .integer(let number) = value, let small = Int32(exactly: number) {
            builder.emitWide(.loadInt, a: destination, wide: small, at: position)
        } else {
            builder.emit(.loadConst, a: destination, b: builder.constant(lower(value)), at: position)
        }
    }

    /// Equal sets of a file are one constant, in the order of the first: the order of its elements shows.
    private func canonical(_ items: [FoldedConstant]) -> [FoldedConstant] {
        let key = Set(items)
        if let known = frozenSets[key] { return known }
        frozenSets[key] = items
        return items
    }

    /// Enters a folded value into the constants, members first.
    func lower(_ value: FoldedConstant) -> CodeConstant {
        switch value {
        case .noneValue: .none
        case .bool(let flag): flag ? .true : .false
        case .ellipsis: .ellipsis
        case .integer(let number): Int(exactly: number).map { .int($0) } ?? .bigInt(number)
        case .float(let number): .float(number.bitPattern)
        case .string(let points): .string(points)
        case .bytes(let bytes): .bytes(bytes)
        case .tuple(let items): .tuple(items.map { builder.constant(lower($0)) })
        case .frozenSet(let items): .frozenSet(canonical(items).map { builder.constant(lower($0)) })
        }
    }
}
