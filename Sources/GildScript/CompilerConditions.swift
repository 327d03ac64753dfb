// Conditions: comparisons, `and`, `or`, `not`, conditional expressions.
//
// `jump(if:is:to:)` compiles an expression for its truth alone. Comparisons become one fused instruction, `and` and
// `or` become jumps straight to where the whole condition sends control, and no boolean is ever made.

extension Compiler {
    /// Jumps to `label` when the truth of `id` is `wanted`; goes on otherwise.
    func jump(if id: NodeID, is wanted: Bool, to label: CodeLabel) throws(Diagnostic) {
        var (id, wanted) = (id, wanted)
        while constants[id] == nil, case .unary(.not, let operand) = tree.expression(id), invertedComparison(operand) == nil {
            id = operand
            wanted.toggle()
        }
        if let constant = constants[id] {
            if constant.isTrue == wanted { builder.emitJump(.jump, to: label, at: position(id)) }
            return
        }
        switch tree.expression(id) {
        case .unary(.not, let operand):
            if let (first, inverse, comparators) = invertedComparison(operand) {
                try jump(operand, first, [inverse], comparators, is: wanted, to: label)
            }
        case .boolean(let op, let operands): try jump(if: op, operands, is: wanted, to: label)
        case .comparison(let first, let operators, let comparators):
            try jump(id, first, operators, comparators, is: wanted, to: label)
        case .conditional:
            let end = builder.newLabel()
            while constants[id] == nil, case .conditional(let condition, let body, let otherwise) = tree.expression(id) {
                let otherwiseLabel = builder.newLabel()
                try jump(if: condition, is: false, to: otherwiseLabel)
                try jump(if: body, is: wanted, to: label)
                builder.emitJump(.jump, to: end, at: position(id))
                builder.bind(otherwiseLabel)
                id = otherwise
            }
            try jump(if: id, is: wanted, to: label)
            builder.bind(end)
        default:
            let top = builder.top
            let value = try operand(id)
            builder.emitJump(
                wanted ? .jtrue : .jfalse, x: consume(Flags.consumeA, value), a: value.register, to: label, at: position(id))
            builder.truncate(to: top)
        }
    }

    private func jump(if op: BooleanOperator, _ operands: [NodeID], is wanted: Bool, to label: CodeLabel) throws(Diagnostic) {
        let last = operands.count - 1
        // The truth of an operand that decides the whole: false for `and`, true for `or`.
        let deciding = op == .or
        if wanted == deciding {
            for operand in operands { try jump(if: operand, is: wanted, to: label) }
            return
        }
        let end = builder.newLabel()
        for operand in operands[..<last] { try jump(if: operand, is: deciding, to: end) }
        try jump(if: operands[last], is: wanted, to: label)
        builder.bind(end)
    }

    // MARK: Comparisons

    /// `not a is b` is `a is not b`, and `not a in b` is `a not in b`.
    func invertedComparison(_ id: NodeID) -> (first: NodeID, inverse: ComparisonOperator, comparators: [NodeID])? {
        guard constants[id] == nil, case .comparison(let first, let operators, let comparators) = tree.expression(id),
            operators.count == 1
        else { return nil }
        switch operators[0] {
        case .identical: return (first, .notIdentical, comparators)
        case .notIdentical: return (first, .identical, comparators)
        case .contained: return (first, .notContained, comparators)
        case .notContained: return (first, .contained, comparators)
        default: return nil
        }
    }

    private func jump(
        _ id: NodeID, _ first: NodeID, _ operators: [ComparisonOperator], _ comparators: [NodeID], is wanted: Bool, to label: CodeLabel
    ) throws(Diagnostic) {
        let top = builder.top
        if operators.count == 1 {
            let left = try operand(first, later: comparators)
            try emitJump(operators[0], left, comparators[0], is: wanted, to: label, at: position(id))
            builder.truncate(to: top)
            return
        }
        // In a chain every comparison but the last keeps its right operand for the next one. Two registers take turns
        // holding it, so that it survives while its successor is computed.
        let cleanup = builder.newLabel()
        let end = builder.newLabel()
        let kept = builder.allocate(2)
        var left = try operand(first, later: comparators)
        for (index, op) in operators.dropLast().enumerated() {
            let right = try chainOperand(comparators, index, register: kept + (index & 1))
            emitChainJump(op, left, right, to: right.isTemporary ? cleanup : wanted ? end : label, at: position(id))
            left = right
            builder.truncate(to: kept + 2)
        }
        if builder.isTargeted(cleanup) {
            // True leaves by the last comparison's own jump; what follows is only for false.
            try emitJump(operators.last!, left, comparators.last!, is: true, to: wanted ? label : end, at: position(id))
            builder.emitJump(.jump, to: wanted ? end : label, at: position(id))
            builder.bind(cleanup)
            emitChainCleanup(kept, operators.count, at: position(id))
            if !wanted { builder.emitJump(.jump, to: label, at: position(id)) }
        } else {
            try emitJump(operators.last!, left, comparators.last!, is: wanted, to: label, at: position(id))
        }
        builder.bind(end)
        builder.truncate(to: top)
    }

    /// The right operand of inner comparison `index` of a chain.
    private func chainOperand(_ comparators: [NodeID], _ index: Int, register: Int) throws(Diagnostic) -> Operand {
        let id = comparators[index]
        if case .name(let name) = tree.expression(id), constants[id] == nil,
            !mayRebind(name, in: Array(comparators[(index + 1)...])), let local = localRegister(name, at: position(id))
        {
            return Operand(register: local, isTemporary: false)
        }
        try compile(id, into: register)
        return Operand(register: register, isTemporary: true)
    }

    /// After a failed inner comparison one of the two registers holds its right operand.
    private func emitChainCleanup(_ kept: Int, _ count: Int, at position: Int) {
        builder.emit(.release, a: kept, at: position)
        if count > 2 { builder.emit(.release, a: kept + 1, at: position) }
    }

    /// Inner comparison of a chain: jumps when it is false; the right operand stays.
    private func emitChainJump(_ op: ComparisonOperator, _ left: Operand, _ right: Operand, to label: CodeLabel, at position: Int) {
        builder.emitJump(
            op.jumps.whenFalse, x: consume(Flags.consumeA, left), a: left.register, b: right.register, to: label, at: position)
    }

    /// `left op right` with a jump when its truth is `wanted`; consumes both.
    private func emitJump(_ op: ComparisonOperator, _ left: Operand, _ right: NodeID, is wanted: Bool, to label: CodeLabel, at position: Int) throws(Diagnostic) {
        let flags = consume(Flags.consumeA, left)
        if let constant = containerConstant(op, right) {
            if constant == .noneValue && (op == .identical || op == .notIdentical) {
                let opcode: Opcode = (op == .identical) == wanted ? .jnone : .jnnone
                builder.emitJump(opcode, x: flags, a: left.register, to: label, at: position)
                return
            }
            if let opcodes = op.constantJumps {
                builder.emitJump(
                    wanted ? opcodes.whenTrue : opcodes.whenFalse, x: flags, a: left.register,
                    b: builder.constant(lower(constant)), to: label, at: position)
                return
            }
            let register = builder.allocate()
            load(constant, into: register, at: self.position(right))
            builder.emitJump(
                wanted ? op.jumps.whenTrue : op.jumps.whenFalse, x: flags | Flags.consumeB, a: left.register, b: register,
                to: label, at: position)
            return
        }
        let second = try operand(right)
        builder.emitJump(
            wanted ? op.jumps.whenTrue : op.jumps.whenFalse, x: flags | consume(Flags.consumeB, second), a: left.register,
            b: second.register, to: label, at: position)
    }

    /// The constant on the right of a comparison; a display of constants after `in` is one, too.
    func containerConstant(_ op: ComparisonOperator, _ id: NodeID) -> FoldedConstant? {
        if let constant = constants[id] { return constant }
        guard op == .contained || op == .notContained else { return nil }
        return constantContainer(id)
    }

    /// A list or set display of constants as tuple or frozenset, where nobody can tell (after `in`, in `for`).
    func constantContainer(_ id: NodeID) -> FoldedConstant? {
        let items: [NodeID]
        let isSet: Bool
        switch tree.expression(id) {
        case .list(let elements): (items, isSet) = (elements, false)
        case .set(let elements): (items, isSet) = (elements, true)
        default: return nil
        }
        if items.count > maximumDisplay { return nil }
        var values: [FoldedConstant] = []
        for item in items {
            guard let value = constants[item] else { return nil }
            values.append(value)
        }
        return isSet ? .frozenSet(values) : .tuple(values)
    }

    func compileComparison(
        _ id: NodeID, _ first: NodeID, _ operators: [ComparisonOperator], _ comparators: [NodeID], into destination: Int
    ) throws(Diagnostic) {
        try withScratch(destination) { base throws(Diagnostic) in
            if operators.count == 1 {
                let left = try operand(first, later: comparators)
                try emitComparison(operators[0], left, comparators[0], into: destination, at: position(id))
                return
            }
            let result = builder.allocate()
            let kept = builder.allocate(2)
            let cleanup = builder.newLabel()
            let end = builder.newLabel()
            var left = try operand(first, later: comparators)
            for (index, op) in operators.dropLast().enumerated() {
                let right = try chainOperand(comparators, index, register: kept + (index & 1))
                builder.emit(
                    op.opcode, x: consume(Flags.consumeB, left), a: result, b: left.register, c: right.register, at: position(id))
                builder.emitJump(.jfalse, a: result, to: right.isTemporary ? cleanup : end, at: position(id))
                builder.emit(.release, a: result, at: position(id))
                left = right
                builder.truncate(to: kept + 2)
            }
            try emitComparison(operators.last!, left, comparators.last!, into: result, at: position(id))
            if builder.isTargeted(cleanup) {
                builder.emitJump(.jump, to: end, at: position(id))
                builder.bind(cleanup)
                emitChainCleanup(kept, operators.count, at: position(id))
            }
            builder.bind(end)
            if result != destination {
                builder.emit(.move, x: Flags.consumeB, a: destination, b: result, at: position(id))
            }
        }
    }

    private func emitComparison(_ op: ComparisonOperator, _ left: Operand, _ right: NodeID, into destination: Int, at position: Int) throws(Diagnostic) {
        let second: Operand
        if let constant = containerConstant(op, right) {
            second = Operand(register: builder.allocate(), isTemporary: true)
            load(constant, into: second.register, at: self.position(right))
        } else {
            second = try operand(right)
        }
        builder.emit(
            op.opcode, x: consume(Flags.consumeB, left, unless: destination) | consume(Flags.consumeC, second, unless: destination),
            a: destination, b: left.register, c: second.register, at: position)
    }

    // MARK: and, or, conditional expressions as values

    func compileBoolean(_ id: NodeID, _ op: BooleanOperator, _ operands: [NodeID], into destination: Int) throws(Diagnostic) {
        try withScratch(destination) { _ throws(Diagnostic) in
            let result = builder.allocate()
            let end = builder.newLabel()
            for operand in operands.dropLast() {
                if let constant = constants[operand] {
                    // A constant either decides the whole or is skipped.
                    if constant.isTrue == (op == .and) { continue }
                    load(constant, into: result, at: position(operand))
                    builder.emitJump(.jump, to: end, at: position(operand))
                    continue
                }
                try compile(operand, into: result)
                builder.emitJump(op == .and ? .jfalse : .jtrue, a: result, to: end, at: position(operand))
                builder.emit(.release, a: result, at: position(operand))
            }
            try compile(operands.last!, into: result)
            builder.bind(end)
            if result != destination { builder.emit(.move, x: Flags.consumeB, a: destination, b: result, at: position(id)) }
        }
    }

    /// `a if b else c if d else e …`, a chain that grows to the right.
    func compileConditional(_ id: NodeID, into destination: Int) throws(Diagnostic) {
        let end = builder.newLabel()
        var current = id
        while constants[current] == nil, case .conditional(let condition, let body, let otherwise) = tree.expression(current) {
            let otherwiseLabel = builder.newLabel()
            try jump(if: condition, is: false, to: otherwiseLabel)
            try compile(body, into: destination)
            builder.emitJump(.jump, to: end, at: position(current))
            builder.bind(otherwiseLabel)
            current = otherwise
        }
        try compile(current, into: destination)
        builder.bind(end)
    }
}

extension ComparisonOperator {
    /// The instruction that makes a value.
    var opcode: Opcode {
        switch self {
        case .equal: .eq
        case .notEqual: .ne
        case .less: .lt
        case .lessOrEqual: .le
        case .greater: .gt
        case .greaterOrEqual: .ge
        case .identical: .isSame
        case .notIdentical: .isNotSame
        case .contained: .contains
        case .notContained: .notContains
        }
    }

    /// The fused jumps on registers.
    var jumps: (whenTrue: Opcode, whenFalse: Opcode) {
        switch self {
        case .equal: (.jeq, .jneq)
        case .notEqual: (.jne, .jnne)
        case .less: (.jlt, .jnlt)
        case .lessOrEqual: (.jle, .jnle)
        case .greater: (.jgt, .jngt)
        case .greaterOrEqual: (.jge, .jnge)
        case .identical: (.jis, .jnis)
        case .notIdentical: (.jnis, .jis)
        case .contained: (.jin, .jnin)
        case .notContained: (.jnin, .jin)
        }
    }

    /// The fused jumps with a constant on the right.
    var constantJumps: (whenTrue: Opcode, whenFalse: Opcode)? {
        switch self {
        case .equal: (.jeqK, .jneqK)
        case .notEqual: (.jneK, .jnneK)
        case .less: (.jltK, .jnltK)
        case .lessOrEqual: (.jleK, .jnleK)
        case .greater: (.jgtK, .jngtK)
        case .greaterOrEqual: (.jgeK, .jngeK)
        default: nil
        }
    }
}
