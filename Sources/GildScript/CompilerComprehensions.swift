// Comprehensions, inlined into the frame around them (PEP 709).
//
// The targets have registers of their own, which keep them apart from the frame's variables of the same name. A target
// that an inner function captures is a cell, made anew each time the comprehension runs and shared by its iterations.
// The first iterable belongs to the enclosing scope. When the comprehension ends, or an exception leaves it for a
// handler of the same frame, the targets are dropped.

extension Compiler {
    func compileComprehension(_ id: NodeID, into destination: Int) throws(Diagnostic) {
        let clauses: [ComprehensionClause]
        let build: Opcode
        switch tree.expression(id) {
        case .listComprehension(_, let list): (clauses, build) = (list, .buildList)
        case .setComprehension(_, let list): (clauses, build) = (list, .buildSet)
        case .dictionaryComprehension(_, _, let list): (clauses, build) = (list, .buildMap)
        default: return
        }
        if clauses.contains(where: \.isAsync) { throw unsupported("async comprehensions", id) }
        let scope = symbols.scopeOfNode[id]!
        let registers = comprehensionRegisters[scope]!
        try withScratch(destination) { base throws(Diagnostic) in
            let result = builder.allocate()
            let iterator = builder.allocate()
            try compileIterator(clauses[0].iterable, into: iterator)
            let outer = builder.comprehensions
            builder.comprehensions.append((scope, registers))
            let targets = registers.values.sorted()
            let start = builder.mark
            for (name, register) in registers.sorted(by: { $0.value < $1.value }) {
                builder.assigned.remove(register)
                let isCell = symbols.scopes[scope].cells.contains(name)
                if isCell || clauses.count > 1 || directDestination(clauses[0].target) == nil {
                    builder.emit(.undef, a: register, b: 1, at: position(id))
                }
                if isCell { builder.emit(.makeCell, a: register, at: position(id)) }
            }
            builder.emit(build, a: result, b: result, c: 0, at: position(id))
            try compileClause(clauses[...], id, result: result, iterator: iterator)
            let end = builder.mark
            for register in targets { builder.emit(.release, a: register, at: position(id)) }
            builder.comprehensions = outer
            guardTargets(targets, from: start, to: end, live: base, at: position(id))
            if result != destination {
                builder.emit(.move, x: Flags.consumeB, a: destination, b: result, at: position(id))
            }
        }
        for register in registers.values { builder.assigned.remove(register) }
    }

    /// An exception that a handler of this frame may catch must not leave the targets alive.
    private func guardTargets(_ targets: [Int], from start: Int, to end: Int, live: Int, at position: Int) {
        guard builder.blocks.contains(where: \.guardsException), start < end, builder.isReachable else { return }
        let handler = builder.newLabel()
        let after = builder.newLabel()
        builder.addRange(from: start, to: end, handler: handler, liveRegisters: live)
        builder.emitJump(.jump, to: after, at: position)
        let top = builder.top
        builder.truncate(to: live)
        builder.bindEntry(handler, assigned: builder.assigned, isReachable: true)
        let saved = builder.allocate(3)
        builder.emit(.excEnter, a: saved, at: position)
        for register in targets { builder.emit(.release, a: register, at: position) }
        emitReraise(saved, at: position)
        builder.truncate(to: top)
        builder.bind(after)
    }

    /// `iter(iterable)`, of a tuple or frozenset for a display of constants.
    func compileIterator(_ iterable: NodeID, into destination: Int) throws(Diagnostic) {
        try withScratch(destination) { _ throws(Diagnostic) in
            let value: Operand
            if let constant = constantContainer(iterable) {
                value = Operand(register: builder.allocate(), isTemporary: true)
                load(constant, into: value.register, at: position(iterable))
            } else {
                value = try operand(iterable)
            }
            builder.emit(
                .getIter, x: consume(Flags.consumeB, value, unless: destination), a: destination, b: value.register,
                at: position(iterable))
        }
    }

    /// One `for` clause and what is inside it; `iterator` holds its iterator already.
    private func compileClause(_ clauses: ArraySlice<ComprehensionClause>, _ id: NodeID, result: Int, iterator: Int) throws(Diagnostic) {
        let clause = clauses.first!
        let body = builder.newLabel()
        let next = builder.newLabel()
        let state = builder.stateWithoutDeletable(builder.assigned)
        builder.emitJump(.jump, to: next, at: position(clause.iterable))
        builder.bindEntry(body, assigned: state, isReachable: true)
        let target = try iterationTarget(clause.target)
        for condition in clause.conditions { try jump(if: condition, is: false, to: next) }
        let rest = clauses.dropFirst()
        let top = builder.top
        if let inner = rest.first {
            let innerIterator = builder.allocate()
            try compileIterator(inner.iterable, into: innerIterator)
            try compileClause(rest, id, result: result, iterator: innerIterator)
        } else {
            try compileElement(id, result: result)
        }
        builder.truncate(to: top)
        builder.bind(next)
        builder.emitJump(.forIter, a: target, b: iterator, to: body, at: position(clause.iterable))
    }

    private func compileElement(_ id: NodeID, result: Int) throws(Diagnostic) {
        let top = builder.top
        switch tree.expression(id) {
        case .listComprehension(let element, _):
            let value = try operand(element)
            builder.emit(.listAppend, x: consume(Flags.consumeB, value), a: result, b: value.register, at: position(element))
        case .setComprehension(let element, _):
            let value = try operand(element)
            builder.emit(.setAdd, x: consume(Flags.consumeB, value), a: result, b: value.register, at: position(element))
        case .dictionaryComprehension(let keyID, let valueID, _):
            let key = try operand(keyID, later: [valueID])
            let value = try operand(valueID)
            builder.emit(
                .mapAdd, x: consume(Flags.consumeB, key) | consume(Flags.consumeC, value), a: result, b: key.register,
                c: value.register, at: position(keyID, through: valueID))
        default: break
        }
        builder.truncate(to: top)
    }

    func position(_ first: NodeID, through last: NodeID) -> Int {
        position(SourceRange(from: tree.range(first), through: tree.range(last)))
    }

    /// Register that `forIter` writes, followed by what stores it in `target` where that is not a plain local.
    /// To be called at the start of the loop's body.
    func iterationTarget(_ target: NodeID) throws(Diagnostic) -> Int {
        if let register = directDestination(target) {
            builder.assigned.insert(register)
            return register
        }
        let register = builder.allocate()
        try assign(register, isTemporary: true, to: target)
        builder.truncate(to: register)
        return register
    }
}
