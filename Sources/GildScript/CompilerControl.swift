// Loops, try, with, and the ways out of them.
//
// `builder.blocks` is the stack of constructs around the code at hand. A `break`, `continue` or `return` unwinds it
// from the top: each block gives back what it holds (an iterator, the exception handled before), runs its `finally`
// body or its context manager's exit, and the code for that is guarded by the blocks outside it only. So the guarded
// ranges of a block have holes where control leaves it.
//
// Registers of a handler: at `base` the exception that was handled before, at `base + 1` the one handled now; both by
// `excEnter`. Every way out restores the former by `excLeave`. An exception raised inside the handler goes through a
// cleanup handler that does the same and then goes on raising.

/// A construct that jumps out of it must unwind.
struct ControlBlock {
    enum Kind {
        /// `temporaries`: registers to release when control leaves for good (a `for` loop's iterator).
        case loop(breakLabel: CodeLabel, continueLabel: CodeLabel, temporaries: [Int])
        case tryExcept
        case tryFinally([NodeID])
        /// `exit`: register of the bound exit method.
        case with(exit: Int, item: NodeID)
        /// The body of an `except` clause.
        case handler(base: Int, name: String?, range: SourceRange)
        /// A `finally` body after an exception.
        case finallyAfterException(base: Int)
        /// A value that waits in a register while a `finally` body runs.
        case temporary(Int)
    }

    var kind: Kind
    /// Start of the range that an exception handler guards now; nil while nothing is guarded.
    var guardStart: Int? = nil
    /// Guarded ranges already closed.
    var pieces: [(start: Int, end: Int)] = []

    /// Whether an exception inside may be handled in the same frame.
    var guardsException: Bool {
        switch kind {
        case .tryExcept, .tryFinally, .with, .handler, .finallyAfterException: true
        case .loop, .temporary: false
        }
    }
}

extension Compiler {
    // MARK: Blocks

    private func push(_ kind: ControlBlock.Kind, guarded: Bool) {
        builder.blocks.append(ControlBlock(kind: kind, guardStart: guarded ? builder.mark : nil))
    }

    /// Ends the topmost block and returns its guarded ranges.
    private func popBlock() -> [(start: Int, end: Int)] {
        var block = builder.blocks.removeLast()
        if let start = block.guardStart { block.pieces.append((start, builder.mark)) }
        return block.pieces
    }

    private func addRanges(_ pieces: [(start: Int, end: Int)], handler: CodeLabel, liveRegisters: Int) {
        for piece in pieces {
            builder.addRange(from: piece.start, to: piece.end, handler: handler, liveRegisters: liveRegisters)
        }
    }

    private func isGuarding(_ pieces: [(start: Int, end: Int)]) -> Bool { pieces.contains { $0.start < $0.end } }

    /// Emits what leaving the blocks from the top down to number `depth` takes, with those blocks out of force.
    private func unwind(to depth: Int, value: Operand?, at position: Int) throws(Diagnostic) {
        var removed: [ControlBlock] = []
        while builder.blocks.count > depth {
            var block = builder.blocks.removeLast()
            if let start = block.guardStart { block.pieces.append((start, builder.mark)) }
            removed.append(block)
            try leave(block, value: value, at: position)
        }
        builder.blocks += removed.reversed()
    }

    /// After the jump that `unwind` prepared: what follows is guarded again.
    private func resumeGuards(from depth: Int) {
        for index in depth..<builder.blocks.count where builder.blocks[index].guardStart != nil {
            builder.blocks[index].guardStart = builder.mark
        }
    }

    private func leave(_ block: ControlBlock, value: Operand?, at position: Int) throws(Diagnostic) {
        switch block.kind {
        case .loop(_, _, let temporaries):
            for register in temporaries { builder.emit(.release, a: register, at: position) }
        case .tryExcept: break
        case .tryFinally(let body):
            if let value, value.isTemporary { builder.blocks.append(ControlBlock(kind: .temporary(value.register))) }
            try compileStatements(body[...])
            if let value, value.isTemporary { _ = popBlock() }
        case .with(let exit, let item): emitNormalExit(exit, at: self.position(item))
        case .handler(let base, let name, let range):
            if let name { emitNameCleanup(name, at: self.position(range)) }
            builder.emit(.excLeave, a: base, at: position)
        case .finallyAfterException(let base): builder.emit(.excLeave, a: base, at: position)
        case .temporary(let register): builder.emit(.release, a: register, at: position)
        }
    }

    func compileBreak(_ id: NodeID, isContinue: Bool) throws(Diagnostic) {
        let index = builder.blocks.lastIndex { if case .loop = $0.kind { true } else { false } }
        guard let index, case .loop(let breakLabel, let continueLabel, let temporaries) = builder.blocks[index].kind else {
            throw syntaxError(isContinue ? "'continue' not properly in loop" : "'break' outside loop", id)
        }
        try unwind(to: index + 1, value: nil, at: position(id))
        if !isContinue {
            for register in temporaries { builder.emit(.release, a: register, at: position(id)) }
        }
        builder.emitJump(.jump, to: isContinue ? continueLabel : breakLabel, at: position(id))
        resumeGuards(from: index + 1)
    }

    func compileReturn(_ id: NodeID, _ valueID: NodeID?) throws(Diagnostic) {
        guard symbols.scopes[builder.scope].kind == .function else { throw syntaxError("'return' outside function", id) }
        let top = builder.top
        let position = position(id)
        var value: Operand?
        if let valueID, constants[valueID] != FoldedConstant.noneValue {
            if constants[valueID] == nil || !runsCodeOnReturn {
                value = try operand(valueID)
                if let local = value, !local.isTemporary, runsCodeOnReturn || builder.deletable.contains(local.register) && hasNamedHandler {
                    let copy = builder.allocate()
                    builder.emit(.move, a: copy, b: local.register, at: position)
                    value = Operand(register: copy, isTemporary: true)
                }
            }
        }
        try unwind(to: 0, value: value, at: position)
        if value == nil, let valueID, let constant = constants[valueID], constant != .noneValue {
            // A constant need not wait while the blocks unwind.
            let register = builder.allocate()
            load(constant, into: register, at: self.position(valueID))
            value = Operand(register: register, isTemporary: true)
        }
        if let value {
            builder.emit(.ret, x: consume(Flags.consumeA, value), a: value.register, at: position)
        } else {
            builder.emit(.retNone, at: position)
        }
        resumeGuards(from: 0)
        builder.truncate(to: top)
    }

    private var runsCodeOnReturn: Bool {
        builder.blocks.contains {
            switch $0.kind {
            case .tryFinally, .with: true
            default: false
            }
        }
    }

    private var hasNamedHandler: Bool {
        builder.blocks.contains { if case .handler(_, .some, _) = $0.kind { true } else { false } }
    }

    // MARK: Loops

    func compileWhile(_ id: NodeID, _ condition: NodeID, _ body: [NodeID], _ otherwise: [NodeID]) throws(Diagnostic) {
        let bodyLabel = builder.newLabel()
        let conditionLabel = builder.newLabel()
        let end = builder.newLabel()
        let isReachable = builder.isReachable
        let state = builder.stateWithoutDeletable(builder.assigned)
        let constant = constants[condition]?.isTrue
        let binds = containsWalrus(condition)
        let otherwiseLabel = builder.newLabel()
        if binds && constant == nil {
            // The body may rely on what the condition binds: test once in front, so that it is known there.
            builder.assigned = state
            try jump(if: condition, is: false, to: otherwiseLabel)
            builder.bindEntry(bodyLabel, assigned: builder.assigned, isReachable: builder.isReachable)
        } else if constant == false {
            builder.bindEntry(bodyLabel, assigned: state, isReachable: false)
            builder.assigned = state
        } else {
            if constant == nil { builder.emitJump(.jump, to: conditionLabel, at: position(condition)) }
            builder.bindEntry(bodyLabel, assigned: state, isReachable: isReachable)
        }
        push(.loop(breakLabel: end, continueLabel: conditionLabel, temporaries: []), guarded: false)
        try compileStatements(body[...])
        _ = popBlock()
        builder.bind(conditionLabel)
        if constant == true {
            builder.emitJump(.jump, to: bodyLabel, at: position(condition))
        } else if constant == nil {
            try jump(if: condition, is: true, to: bodyLabel)
        } else {
            builder.bindEntry(builder.newLabel(), assigned: state, isReachable: isReachable)
        }
        builder.bind(otherwiseLabel)
        try compileStatements(otherwise[...])
        builder.bind(end)
    }

    /// Whether a condition binds a name.
    private func containsWalrus(_ id: NodeID) -> Bool {
        if symbols.scopes[builder.scope].walrusNames.isEmpty { return false }
        var pending = [id]
        while let next = pending.popLast() {
            switch tree.expression(next) {
            case .assignment: return true
            case .binary(let left, _, let right): pending += [left, right]
            case .boolean(_, let operands): pending += operands
            case .unary(_, let operand): pending.append(operand)
            case .comparison(let first, _, let comparators): pending += [first] + comparators
            case .call(let function, let arguments, let keywords): pending += [function] + arguments + keywords.map(\.value)
            case .attribute(let value, _), .starred(let value): pending.append(value)
            case .subscripted(let value, let index): pending += [value, index]
            case .tuple(let items), .list(let items), .set(let items): pending += items
            case .conditional(let condition, let body, let otherwise): pending += [condition, body, otherwise]
            default: break
            }
        }
        return false
    }

    func compileFor(_ id: NodeID, _ target: NodeID, _ iterable: NodeID, _ body: [NodeID], _ otherwise: [NodeID]) throws(Diagnostic) {
        let top = builder.top
        let iterator = builder.allocate()
        try compileIterator(iterable, into: iterator)
        let bodyLabel = builder.newLabel()
        let next = builder.newLabel()
        let end = builder.newLabel()
        let isReachable = builder.isReachable
        let state = builder.stateWithoutDeletable(builder.assigned)
        builder.emitJump(.jump, to: next, at: position(iterable))
        builder.bindEntry(bodyLabel, assigned: state, isReachable: isReachable)
        push(.loop(breakLabel: end, continueLabel: next, temporaries: [iterator]), guarded: false)
        let register = try iterationTarget(target)
        try compileStatements(body[...])
        _ = popBlock()
        builder.bind(next)
        builder.emitJump(.forIter, a: register, b: iterator, to: bodyLabel, at: position(iterable))
        builder.truncate(to: top)
        try compileStatements(otherwise[...])
        builder.bind(end)
    }

    // MARK: try

    func compileTry(_ id: NodeID, _ body: [NodeID], _ handlers: [ExceptionHandler], _ otherwise: [NodeID], _ finally: [NodeID]) throws(Diagnostic) {
        if finally.isEmpty { return try compileTryExcept(id, body, handlers, otherwise) }
        let position = position(id)
        let live = builder.top
        let end = builder.newLabel()
        let handler = builder.newLabel()
        let state = builder.stateWithoutDeletable(builder.assigned)
        push(.tryFinally(finally), guarded: true)
        if handlers.isEmpty {
            try compileStatements(body[...])
        } else {
            try compileTryExcept(id, body, handlers, otherwise)
        }
        let pieces = popBlock()
        try compileStatements(finally[...])
        builder.emitJump(.jump, to: end, at: position)
        addRanges(pieces, handler: handler, liveRegisters: live)
        builder.bindEntry(handler, assigned: state, isReachable: isGuarding(pieces))
        let saved = builder.allocate(3)
        builder.emit(.excEnter, a: saved, at: position)
        builder.truncate(to: saved + 2)
        push(.finallyAfterException(base: saved), guarded: true)
        try compileStatements(finally[...])
        let inner = popBlock()
        emitReraise(saved, at: position)
        emitCleanup(inner, outer: saved, name: nil, state: state, at: position)
        builder.truncate(to: live)
        builder.bind(end)
    }

    /// Ends a handler by going on raising its exception.
    func emitReraise(_ base: Int, at position: Int) {
        builder.emit(.move, a: base + 2, b: base + 1, at: position)
        builder.emit(.excLeave, a: base, at: position)
        builder.emit(.reraise, a: base + 2, at: position)
    }

    /// The handler of exceptions inside a handler whose registers are at `outer`: leaves both and goes on raising.
    private func emitCleanup(_ pieces: [(start: Int, end: Int)], outer: Int, name: (String, SourceRange)?, state: RegisterSet, at position: Int) {
        guard isGuarding(pieces) else { return }
        let handler = builder.newLabel()
        let top = builder.top
        addRanges(pieces, handler: handler, liveRegisters: outer + 2)
        builder.bindEntry(handler, assigned: state, isReachable: true)
        builder.truncate(to: outer + 2)
        let inner = builder.allocate(3)
        builder.emit(.excEnter, a: inner, at: position)
        if let (name, range) = name { emitNameCleanup(name, at: self.position(range)) }
        builder.emit(.move, a: inner + 2, b: inner + 1, at: position)
        builder.emit(.excLeave, a: inner, at: position)
        builder.emit(.excLeave, a: outer, at: position)
        builder.emit(.reraise, a: inner + 2, at: position)
        builder.truncate(to: top)
    }

    /// `name = None; del name` at the end of `except … as name`.
    private func emitNameCleanup(_ name: String, at position: Int) {
        let register = builder.allocate()
        load(.noneValue, into: register, at: position)
        store(register, isTemporary: true, name: name, at: position)
        builder.truncate(to: register)
        deleteVariable(name, at: position)
    }

    private func compileTryExcept(_ id: NodeID, _ body: [NodeID], _ handlers: [ExceptionHandler], _ otherwise: [NodeID]) throws(Diagnostic) {
        let position = position(id)
        let live = builder.top
        let end = builder.newLabel()
        let handlerLabel = builder.newLabel()
        let state = builder.stateWithoutDeletable(builder.assigned)
        push(.tryExcept, guarded: true)
        try compileStatements(body[...])
        let pieces = popBlock()
        try compileStatements(otherwise[...])
        builder.emitJump(.jump, to: end, at: position)
        addRanges(pieces, handler: handlerLabel, liveRegisters: live)

        builder.bindEntry(handlerLabel, assigned: state, isReachable: isGuarding(pieces))
        let saved = builder.allocate(3)
        builder.truncate(to: saved + 2)
        builder.emit(.excEnter, a: saved, at: position)
        // What the cleanup without a name guards: the tests of all clauses and the bodies that bind no name.
        var plain: [(start: Int, end: Int)] = []
        for handler in handlers {
            try compileHandler(handler, saved: saved, state: state, end: end, plain: &plain)
        }
        emitReraise(saved, at: position)
        emitCleanup(plain, outer: saved, name: nil, state: state, at: position)
        builder.truncate(to: live)
        builder.bind(end)
    }

    private func compileHandler(
        _ handler: ExceptionHandler, saved: Int, state: RegisterSet, end: CodeLabel, plain: inout [(start: Int, end: Int)]
    ) throws(Diagnostic) {
        let position = position(handler.range)
        let next = builder.newLabel()
        push(.handler(base: saved, name: nil, range: handler.range), guarded: true)
        if let type = handler.type {
            let top = builder.top
            let classes = try operand(type)
            builder.emitJump(
                .excMatch, x: consume(Flags.consumeB, classes), a: saved + 1, b: classes.register, to: next,
                at: self.position(type))
            builder.truncate(to: top)
        }
        var named: [(start: Int, end: Int)] = []
        if let name = handler.name {
            store(saved + 1, isTemporary: true, name: name, at: position)
            plain += popBlock()
            push(.handler(base: saved, name: name, range: handler.range), guarded: true)
            try compileStatements(handler.body[...])
            named = popBlock()
            if builder.isReachable {
                let start = builder.mark
                emitNameCleanup(name, at: position)
                plain.append((start, builder.mark))
            }
        } else {
            try compileStatements(handler.body[...])
            plain += popBlock()
        }
        builder.emit(.excLeave, a: saved, at: position)
        builder.emitJump(.jump, to: end, at: position)
        if let name = handler.name {
            emitCleanup(named, outer: saved, name: (name, handler.range), state: state, at: position)
        }
        builder.bind(next)
    }

    // MARK: with

    func compileWith(_ id: NodeID, _ items: ArraySlice<WithItem>, _ body: [NodeID]) throws(Diagnostic) {
        guard let item = items.first else { return try compileStatements(body[...]) }
        let live = builder.top
        let position = position(item.context)
        let exit = builder.allocate()
        let context = try operand(item.context)
        builder.truncate(to: exit + 1)
        let direct = item.target.flatMap { directDestination($0) }
        let value = direct ?? builder.allocate()
        builder.emit(
            .withEnter, x: consume(Flags.consumeB, context, unless: value), a: value, b: context.register, c: exit, at: position)
        let handler = builder.newLabel()
        let end = builder.newLabel()
        let state = builder.stateWithoutDeletable(builder.assigned)
        push(.with(exit: exit, item: item.context), guarded: true)
        if let direct {
            builder.assigned.insert(direct)
        } else if let target = item.target {
            try assign(value, isTemporary: true, to: target)
        } else {
            builder.emit(.release, a: value, at: position)
        }
        builder.truncate(to: exit + 1)
        try compileWith(id, items.dropFirst(), body)
        let pieces = popBlock()
        emitNormalExit(exit, at: position)
        builder.emitJump(.jump, to: end, at: position)
        addRanges(pieces, handler: handler, liveRegisters: exit + 1)

        builder.bindEntry(handler, assigned: state, isReachable: isGuarding(pieces))
        builder.truncate(to: exit + 1)
        let saved = builder.allocate(3)
        builder.emit(.excEnter, a: saved, at: position)
        let swallow = builder.newLabel()
        let start = builder.mark
        builder.emit(.withExit, a: saved + 2, b: exit, c: saved + 1, at: position)
        builder.emitJump(.jtrue, x: Flags.consumeA, a: saved + 2, to: swallow, at: position)
        let guarded = [(start: start, end: builder.mark)]
        emitReraise(saved, at: position)
        builder.truncate(to: saved + 2)
        emitCleanup(guarded, outer: saved, name: nil, state: state, at: position)
        builder.bind(swallow)
        builder.emit(.excLeave, a: saved, at: position)
        builder.truncate(to: live)
        builder.bind(end)
    }

    private func emitNormalExit(_ exit: Int, at position: Int) {
        let result = builder.allocate()
        builder.emit(.withExit, x: Flags.leavingNormally, a: result, b: exit, c: 0, at: position)
        builder.emit(.release, a: result, at: position)
        builder.truncate(to: result)
    }
}
