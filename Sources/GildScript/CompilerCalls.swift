// Calls, and the arguments of class statements.
//
// The callable stands in `base` and the arguments behind it, so evaluating them in order is all the preparation a call
// needs. Only a call with `*` or `**` builds a tuple and a dict.

extension Compiler {
    /// A call that `callMethod` can do: an attribute as callee, plain arguments, at most 255.
    func methodCall(_ function: NodeID, _ arguments: [NodeID], _ keywords: [KeywordArgument]) -> (name: String, receiver: NodeID)? {
        guard keywords.isEmpty, arguments.count <= 255, constants[function] == nil,
            case .attribute(let receiver, let name) = tree.expression(function), !arguments.contains(where: isStarred)
        else { return nil }
        return (name, receiver)
    }

    /// Whether evaluating the expression may do more than read and compute: call something, or bind a name.
    func mayRunCode(_ root: NodeID) -> Bool {
        var work = [root]
        while let id = work.popLast() {
            if constants[id] != nil { continue }
            switch tree.expression(id) {
            case .constant, .name: continue
            case .attribute, .subscripted, .slice, .unary, .binary, .boolean, .comparison, .conditional, .tuple, .list, .set, .dictionary:
                tree.forEachChild(of: id) { work.append($0) }
            default: return true
            }
        }
        return false
    }

    func isStarred(_ id: NodeID) -> Bool {
        if case .starred = tree.expression(id) { true } else { false }
    }

    /// The register of the local that is called with plain arguments, where `callLocal` can do it.
    func localCallee(_ function: NodeID, _ arguments: [NodeID], _ keywords: [KeywordArgument]) -> Int? {
        guard keywords.isEmpty, constants[function] == nil, case .name(let name) = tree.expression(function),
            !arguments.contains(where: isStarred), !mayRebind(name, in: arguments), case .register(0...255) = access(mangled(name))
        else { return nil }
        return localRegister(name, at: position(function))
    }

    /// Calls what stands in register `base`, which is the topmost temporary, or, with `base` free, a local.
    func emitCall(_ id: NodeID, _ callee: Operand, base: Int, _ arguments: [NodeID], _ keywords: [KeywordArgument], into destination: Int) throws(Diagnostic) {
        guard case .call(let function, _, _) = tree.expression(id) else { return }
        let position = attributePosition(id, attribute: function)
        if arguments.isEmpty && keywords.isEmpty, case .name("super") = tree.expression(function), emitSuperArguments(at: position) {
            builder.emit(.call, a: destination, b: base, c: 2, at: position)
            return
        }
        if arguments.contains(where: isStarred) || keywords.contains(where: { $0.name == nil }) {
            try emitArgumentTuple(arguments, id)
            if !keywords.isEmpty { try emitKeywordDictionary(keywords, callee: base, id) }
            builder.emit(.callEx, x: keywords.isEmpty ? 0 : Flags.hasKeywords, a: destination, b: base, at: position)
            return
        }
        if arguments.count + keywords.count > 60_000 { throw unsupported("calls with more than 60,000 arguments", id) }
        for argument in arguments { try compileTemporary(argument) }
        if keywords.isEmpty {
            builder.emit(
                callee.isTemporary ? .call : .callLocal, x: callee.isTemporary ? 0 : UInt8(callee.register), a: destination, b: base, c: arguments.count,
                at: position)
            return
        }
        var names: [FoldedConstant] = []
        for keyword in keywords {
            try compileTemporary(keyword.value)
            names.append(.string(mangled(keyword.name!).unicodeScalars.map(\.value)))
        }
        let tuple = builder.constant(lower(.tuple(names)))
        builder.emit(
            .callKw, a: destination, b: base, c: arguments.count + keywords.count, extra: UInt64(tuple), at: position)
    }

    /// `super()` in a method is `super(__class__, first parameter)`. Pushes the two arguments when the name is the
    /// builtin's and the code is a method's.
    private func emitSuperArguments(at position: Int) -> Bool {
        guard builder.code.parameterCount > 0 && (builder.code.positionalCount > 0 || builder.code.hasVariadic),
            symbols.scopes[builder.scope].kind == .function, case .global = access("super"),
            case .free(let index) = access("__class__"), builder.code.positionalCount > 0
        else { return false }
        let type = builder.allocate()
        builder.emit(.loadFree, a: type, b: index, at: position)
        let instance = builder.allocate()
        if symbols.scopes[builder.scope].cells.contains(builder.code.localNames[0]) {
            builder.emit(.loadCell, a: instance, b: 0, at: position)
        } else {
            if !builder.assigned.contains(0) { builder.emit(.checkLocal, a: 0, at: position) }
            builder.emit(.move, a: instance, b: 0, at: position)
        }
        return true
    }

    /// The positional arguments of a call with stars as a tuple, or as the iterable of a sole `*`, in the next temporary.
    private func emitArgumentTuple(_ arguments: [NodeID], _ id: NodeID) throws(Diagnostic) {
        let tuple = builder.allocate()
        if arguments.count == 1, case .starred(let iterable) = tree.expression(arguments[0]) {
            // The call itself makes the tuple, and can name the callee when it cannot.
            try compile(iterable, into: tuple)
            return
        }
        builder.truncate(to: tuple)
        let start = arguments.firstIndex(where: isStarred) ?? arguments.count
        for argument in arguments[..<start] { try compileTemporary(argument) }
        if start == arguments.count {
            builder.emit(.buildTuple, a: tuple, b: tuple, c: start, at: position(id))
        } else {
            builder.emit(.buildList, a: tuple, b: tuple, c: start, at: position(id))
            builder.truncate(to: tuple + 1)
            if start == 0 { builder.truncate(to: tuple); _ = builder.allocate() }
            for argument in arguments[start...] { try appendItem(argument, to: tuple, isSet: false, id) }
            builder.emit(.listToTuple, a: tuple, b: tuple, at: position(id))
        }
        builder.truncate(to: tuple)
        _ = builder.allocate()
    }

    /// The keyword arguments of a call with stars as a dict in the next temporary.
    private func emitKeywordDictionary(_ keywords: [KeywordArgument], callee: Int, _ id: NodeID) throws(Diagnostic) {
        let dictionary = builder.allocate()
        var index = 0
        var isFirst = true
        while index < keywords.count {
            let end = keywords[index...].firstIndex { $0.name == nil } ?? keywords.count
            if end > index {
                let base = isFirst ? dictionary : builder.allocate()
                builder.truncate(to: base)
                for keyword in keywords[index..<end] {
                    let key = builder.allocate()
                    load(.string(mangled(keyword.name!).unicodeScalars.map(\.value)), into: key, at: position(id))
                    try compileTemporary(keyword.value)
                }
                builder.emit(.buildMap, a: base, b: base, c: end - index, at: position(id))
                if !isFirst { builder.emit(.dictMerge, x: Flags.consumeB, a: dictionary, b: base, c: callee, at: position(id)) }
                builder.truncate(to: dictionary + 1)
                index = end
            } else {
                if isFirst { builder.emit(.buildMap, a: dictionary, b: dictionary, c: 0, at: position(id)) }
                let value = try operand(keywords[index].value)
                builder.emit(.dictMerge, x: consume(Flags.consumeB, value), a: dictionary, b: value.register, c: callee, at: position(id))
                builder.truncate(to: dictionary + 1)
                index += 1
            }
            isFirst = false
        }
    }
}
