// def, lambda and class: code objects inside code objects.

extension Compiler {
    // MARK: Functions

    func compileFunction(_ id: NodeID, _ definition: FunctionDefinition) throws(Diagnostic) {
        if definition.isAsync { throw unsupported("async functions", id) }
        if !definition.typeParameters.isEmpty { throw unsupported("type parameters", id) }
        if symbols.scopes[builder.scope].kind == .classBody { try checkMethodName(definition.name, id) }
        try withDecorators(definition.decorators) { register throws(Diagnostic) in
            let firstLine = definition.decorators.first.map { tree.range($0).line } ?? tree.range(id).line
            try makeFunction(
                id, name: definition.name, definition.parameters, returns: definition.returns, firstLine: Int(firstLine),
                into: register
            ) { () throws(Diagnostic) in
                try self.compileFunctionBody(id, definition.body)
            }
        } store: { register in
            store(register, isTemporary: true, name: definition.name, at: position(id))
        }
    }

    func compileLambda(_ id: NodeID, _ parameters: Parameters, _ body: NodeID, into destination: Int) throws(Diagnostic) {
        try makeFunction(
            id, name: "<lambda>", parameters, returns: nil, firstLine: Int(tree.range(id).line), into: destination
        ) { () throws(Diagnostic) in
            let value = try self.operand(body)
            self.builder.emit(.ret, x: self.consume(Flags.consumeA, value), a: value.register, at: self.position(body))
        }
    }

    private func compileFunctionBody(_ id: NodeID, _ body: [NodeID]) throws(Diagnostic) {
        var statements = body[...]
        if let docstring = docstring(of: body) {
            _ = builder.constant(CodeConstant.string(docstring))
            builder.code.hasDocstring = true
            statements = statements.dropFirst()
        }
        try compileStatements(statements)
        builder.emit(.keepLocals, a: 0xFFFF, at: position(body.last ?? id))
        builder.emit(.retNone, at: position(body.last ?? id))
    }

    /// Evaluates decorators, lets `make` leave the thing they decorate in a register, applies them and stores it.
    private func withDecorators(
        _ decorators: [NodeID], make: (Int) throws(Diagnostic) -> Void, store: (Int) -> Void
    ) throws(Diagnostic) {
        let top = builder.top
        for decorator in decorators { try compileTemporary(decorator) }
        let register = builder.allocate()
        try make(register)
        for (index, decorator) in decorators.enumerated().reversed() {
            builder.emit(.call, a: top + index, b: top + index, c: 1, at: position(decorator))
        }
        store(top)
        builder.truncate(to: top)
    }

    private func makeFunction(
        _ id: NodeID, name: String, _ parameters: Parameters, returns: NodeID?, firstLine: Int, into destination: Int,
        body: () throws(Diagnostic) -> Void
    ) throws(Diagnostic) {
        try withScratch(destination) { _ throws(Diagnostic) in
            var flags: UInt8 = 0
            let defaults = builder.allocate(2)
            builder.truncate(to: defaults)
            if !parameters.defaults.isEmpty {
                try compileTuple(parameters.defaults, id)
                flags |= Flags.hasDefaults
            } else {
                _ = builder.allocate()
            }
            if parameters.keywordOnlyDefaults.contains(where: { $0 != nil }) {
                try compileKeywordDefaults(parameters, id)
                flags |= Flags.hasKeywordDefaults
            }
            var annotations = (parameters.positionalOnly + parameters.positional).map(\.annotation)
            annotations.append(parameters.variadic?.annotation)
            annotations += parameters.keywordOnly.map(\.annotation)
            annotations += [parameters.keywordVariadic?.annotation, returns]
            for case let annotation? in annotations { try compileAnnotation(annotation) }
            let index = try compileCode(id, name: name, firstLine: firstLine, parameters, body)
            builder.emit(.makeFunction, x: flags, a: destination, b: index, c: defaults, at: position(id))
        }
    }

    private func compileTuple(_ items: [NodeID], _ id: NodeID) throws(Diagnostic) {
        let base = builder.top
        var folded: [FoldedConstant] = []
        for item in items {
            guard let value = constants[item] else { break }
            folded.append(value)
        }
        if folded.count == items.count {
            load(.tuple(folded), into: builder.allocate(), at: position(id))
            return
        }
        for item in items { try compileTemporary(item) }
        builder.emit(.buildTuple, a: base, b: base, c: items.count, at: position(id))
        builder.truncate(to: base + 1)
    }

    private func compileKeywordDefaults(_ parameters: Parameters, _ id: NodeID) throws(Diagnostic) {
        let base = builder.top
        var count = 0
        for (parameter, value) in zip(parameters.keywordOnly, parameters.keywordOnlyDefaults) {
            guard let value else { continue }
            load(.string(mangled(parameter.name).unicodeScalars.map(\.value)), into: builder.allocate(), at: position(id))
            try compileTemporary(value)
            count += 1
        }
        builder.emit(.buildMap, a: base, b: base, c: count, at: position(id))
        builder.truncate(to: base + 1)
    }

    // MARK: Classes

    func compileClass(_ id: NodeID, _ definition: ClassDefinition) throws(Diagnostic) {
        if !definition.typeParameters.isEmpty { throw unsupported("type parameters", id) }
        if let keyword = definition.keywords.first {
            throw unsupported(keyword.name == "metaclass" ? "metaclasses" : "keyword arguments of a class", keyword.range)
        }
        if let star = definition.bases.first(where: isStarred) { throw unsupported("starred base classes", star) }
        if definition.bases.count > 1 { throw unsupported("multiple inheritance", definition.bases[1]) }
        try withDecorators(definition.decorators) { register throws(Diagnostic) in
            let firstLine = definition.decorators.first.map { tree.range($0).line } ?? tree.range(id).line
            let index = try compileCode(id, name: definition.name, firstLine: Int(firstLine), nil) { () throws(Diagnostic) in
                try self.compileClassBody(id, definition)
            }
            builder.emit(.makeFunction, a: register, b: index, c: register, at: position(id))
            load(.string(definition.name.unicodeScalars.map(\.value)), into: builder.allocate(), at: position(id))
            for base in definition.bases { try compileTemporary(base) }
            builder.emit(.buildClass, a: register, b: register, c: definition.bases.count, at: position(id))
        } store: { register in
            store(register, isTemporary: true, name: definition.name, at: position(id))
        }
    }

    private func compileClassBody(_ id: NodeID, _ definition: ClassDefinition) throws(Diagnostic) {
        let register = builder.allocate()
        let line = Int32(builder.code.firstLine)
        let start = builder.position(CodePosition(line: line, endLine: line, column: 0, endColumn: 0))
        builder.emit(.loadGlobal, a: register, b: global("__name__"), at: start)
        builder.emit(.storeName, x: Flags.consumeA, a: register, b: builder.name("__module__"), at: start)
        load(.string(builder.code.qualifiedName.unicodeScalars.map(\.value)), into: register, at: start)
        builder.emit(.storeName, x: Flags.consumeA, a: register, b: builder.name("__qualname__"), at: start)
        var statements = definition.body[...]
        if let docstring = docstring(of: definition.body) {
            load(.string(docstring), into: register, at: position(definition.body[0]))
            builder.emit(.storeName, x: Flags.consumeA, a: register, b: builder.name("__doc__"), at: position(definition.body[0]))
            statements = statements.dropFirst()
        }
        builder.truncate(to: register)
        try compileStatements(statements)
        if let cell = builder.localRegisters["__class__"] {
            builder.emit(.ret, a: cell, at: position(id))
        } else {
            builder.emit(.retNone, at: position(id))
        }
    }

    // MARK: Code objects

    /// Compiles the scope of a node into a code object of its own.
    /// - Returns: its index in the module.
    private func compileCode(
        _ id: NodeID, name: String, firstLine: Int, _ parameters: Parameters?, _ body: () throws(Diagnostic) -> Void
    ) throws(Diagnostic) -> Int {
        let scope = symbols.scopeOfNode[id]!
        let outer = builder
        let captures = symbols.scopes[scope].freeNames.map { capture(of: $0) }
        let inner = CodeBuilder(name: name, qualifiedName: qualifiedName(name), firstLine: firstLine, scope: scope)
        inner.code.captures = captures
        inner.code.isClassBody = parameters == nil
        if let parameters {
            inner.code.positionalOnlyCount = parameters.positionalOnly.count
            inner.code.positionalCount = parameters.positionalOnly.count + parameters.positional.count
            inner.code.keywordOnlyCount = parameters.keywordOnly.count
            inner.code.hasVariadic = parameters.variadic != nil
            inner.code.hasVariadicKeywords = parameters.keywordVariadic != nil
        }
        let index = codes.count
        codes.append(nil)
        builder = inner
        startFrame()
        for register in 0..<inner.code.parameterCount { inner.assigned.insert(register) }
        try body()
        let cells = symbols.scopes[scope].cells.compactMap { inner.localRegisters[$0] }.sorted()
        codes[index] = try finishFrame(cells: cells)
        builder = outer
        return index
    }

    /// PEP 3155.
    private func qualifiedName(_ name: String) -> String {
        let scope = symbols.scopes[builder.scope]
        switch scope.kind {
        case .module, .comprehension: return name
        case .classBody, .function:
            let mangledName = mangled(name)
            if scope.uses[mangledName]?.contains(.explicitGlobal) == true { return name }
            return builder.code.qualifiedName + (scope.kind == .function ? ".<locals>." : ".") + name
        }
    }

    // MARK: Docstrings

    /// The cleaned docstring of a body, if its first statement is a string.
    func docstring(of body: [NodeID]) -> [UInt32]? {
        guard let first = body.first, case .expression(let value) = tree.statement(first),
            case .constant(.string(let literal), _) = tree.expression(value)
        else { return nil }
        return cleaned(literal.points)
    }

    /// Expands tabs, then strips the common indentation of all lines but the first, and the first one's own (CPython
    /// 3.13).
    private func cleaned(_ text: [UInt32]) -> [UInt32] {
        let newline: UInt32 = 10
        let space: UInt32 = 32
        let text = expandTabs(text)
        var lines = text.split(separator: newline, omittingEmptySubsequences: false).map(Array.init)
        lines[0] = Array(lines[0].drop { $0 == space })
        var margin = Int.max
        for line in lines.dropFirst() {
            let indentation = line.prefix { $0 == space }.count
            if indentation < line.count { margin = min(margin, indentation) }
        }
        for index in lines.indices.dropFirst() where margin != Int.max {
            lines[index] = Array(lines[index].dropFirst(min(margin, lines[index].prefix { $0 == space }.count)))
        }
        return Array(lines.joined(separator: [newline]))
    }

    /// `str.expandtabs()`.
    private func expandTabs(_ text: [UInt32]) -> [UInt32] {
        var result: [UInt32] = []
        var column = 0
        for point in text {
            switch point {
            case 9:
                let width = 8 - column % 8
                result += Array(repeating: 32, count: width)
                column += width
            case 10, 13:
                result.append(point)
                column = 0
            default:
                result.append(point)
                column += 1
            }
        }
        return result
    }
}
