// Expressions.
//
// A chain that grows to the left (`a + b + c`, `x.y(z)[0].w`) arrives as a deep tree; `compileSpine` walks down it
// once and emits its steps from the inside out, so that its length costs no machine stack. Everything else recurses,
// bounded by the parser's limit on nesting.

extension Compiler {
    typealias Flags = Opcode.Flags

    /// The flag when the operand is a temporary that `destination` does not overwrite anyway.
    func consume(_ flag: UInt8, _ operand: Operand, unless destination: Int = -1) -> UInt8 {
        operand.isTemporary && operand.register != destination ? flag : 0
    }

    /// A register that holds the value of `id`.
    /// - Parameter later: expressions that are evaluated before the register is read.
    func operand(_ id: NodeID, later: [NodeID] = []) throws(Diagnostic) -> Operand {
        switch tree.expression(id) {
        case .name(let name):
            if constants[id] == nil, let register = localRegister(name, at: position(id)), !mayRebind(name, in: later) {
                return Operand(register: register, isTemporary: false)
            }
        case .assignment(let target, let value):
            if let register = directDestination(target), case .name(let name) = tree.expression(target), !mayRebind(name, in: later) {
                try compile(value, into: register)
                builder.assigned.insert(register)
                return Operand(register: register, isTemporary: false)
            }
        default: break
        }
        return Operand(register: try compileTemporary(id), isTemporary: true)
    }

    /// Evaluates `id` into a new temporary.
    @discardableResult func compileTemporary(_ id: NodeID) throws(Diagnostic) -> Int {
        let register = builder.allocate()
        if constants[id] == nil, case .name(let name) = tree.expression(id), let local = localRegister(name, at: position(id)) {
            builder.emit(.loadLocal, a: register, b: local, at: position(id))
        } else {
            try compile(id, into: register)
        }
        return register
    }

    /// Whether an expression of `later` may hold a walrus that binds local `name`.
    func mayRebind(_ name: String, in later: [NodeID]) -> Bool {
        guard !later.isEmpty, symbols.scopes[builder.scope].walrusNames.contains(mangled(name)) else { return false }
        return later.contains { id in
            if constants[id] != nil { return false }
            if case .name = tree.expression(id) { return false }
            return true
        }
    }

    /// Evaluates `id` into `destination`; see Compiler.swift for what may be in it meanwhile.
    func compile(_ id: NodeID, into destination: Int) throws(Diagnostic) {
        depth += 1
        defer { depth -= 1 }
        if depth > Compiler.maximumDepth { throw syntaxError("too many nested expressions", id) }
        if let constant = constants[id] {
            load(constant, into: destination, at: position(id))
            return
        }
        switch tree.expression(id) {
        case .constant(let constant, _): try rejectLiteral(constant, id)
        case .name(let name): try loadVariable(name, into: destination, id)
        case .binary, .attribute, .subscripted, .call: try compileSpine(id, into: destination)
        case .unary: try compileUnary(id, into: destination)
        case .boolean(let op, let operands): try compileBoolean(id, op, operands, into: destination)
        case .comparison(let first, let operators, let comparators):
            try compileComparison(id, first, operators, comparators, into: destination)
        case .conditional: try compileConditional(id, into: destination)
        case .assignment(let target, let value): try compileWalrus(id, target, value, into: destination)
        case .formattedString(let parts): try compileFormattedString(id, parts, into: destination)
        case .formattedValue: try compileFormattedValue(id, into: destination)
        case .list(let items): try compileDisplay(id, items, .list, into: destination)
        case .tuple(let items): try compileDisplay(id, items, .tuple, into: destination)
        case .set(let items): try compileDisplay(id, items, .set, into: destination)
        case .dictionary(let entries): try compileDictionary(id, entries, into: destination)
        case .listComprehension, .setComprehension, .dictionaryComprehension:
            try compileComprehension(id, into: destination)
        case .lambda(let parameters, let body): try compileLambda(id, parameters, body, into: destination)
        case .slice(let lower, let upper, let step): try compileSlice(id, lower, upper, step, into: destination)
        case .starred: throw syntaxError("can't use starred expression here", id)
        case .generator: throw unsupported("generator expressions", hint: "use a list comprehension", id)
        case .yield, .yieldFrom: throw unsupported("generators", id)
        case .await: throw unsupported("async functions", id)
        }
    }

    /// Runs `body` with the topmost temporaries starting at `destination` when that is the topmost temporary, so that
    /// intermediate results share its register.
    func withScratch(_ destination: Int, _ body: (_ base: Int) throws(Diagnostic) -> Void) throws(Diagnostic) {
        let top = builder.top
        let base = destination == top - 1 && !builder.isLocal(destination) ? destination : top
        builder.truncate(to: base)
        try body(base)
        builder.truncate(to: top)
    }

    // MARK: Spines

    private enum Step {
        case binary(NodeID, BinaryOperator, right: NodeID)
        case attribute(NodeID, String)
        case subscripted(NodeID, index: NodeID)
        case call(NodeID, [NodeID], [KeywordArgument])
        case methodCall(NodeID, attribute: NodeID, String, [NodeID])

        var isMethodCall: Bool { if case .methodCall = self { true } else { false } }
    }

    private func collectSteps(_ id: NodeID) throws(Diagnostic) -> (innermost: NodeID, steps: [Step]) {
        var steps: [Step] = []
        var current = id
        while constants[current] == nil {
            switch tree.expression(current) {
            case .binary(let left, let op, let right):
                steps.append(.binary(current, op, right: right))
                current = left
            case .attribute(let value, let name):
                try checkAttribute(name, current)
                steps.append(.attribute(current, mangled(name)))
                current = value
            case .subscripted(let value, let index):
                steps.append(.subscripted(current, index: index))
                current = value
            case .call(let function, let arguments, let keywords):
                if let (name, receiver) = methodCall(function, arguments, keywords) {
                    try checkAttribute(name, function)
                    steps.append(.methodCall(current, attribute: function, mangled(name), arguments))
                    current = receiver
                } else {
                    steps.append(.call(current, arguments, keywords))
                    current = function
                }
            default: return (current, steps)
            }
        }
        return (current, steps)
    }

    private func compileSpine(_ id: NodeID, into destination: Int) throws(Diagnostic) {
        var (innermost, steps) = try collectSteps(id)
        try withScratch(destination) { base throws(Diagnostic) in
            var value: Operand
            let first = steps.last!
            switch first {
            case .methodCall:
                _ = builder.allocate()
                value = Operand(register: try compileTemporary(innermost), isTemporary: true)
            case .call(_, let arguments, let keywords):
                if let local = localCallee(innermost, arguments, keywords) {
                    _ = builder.allocate()
                    value = Operand(register: local, isTemporary: false)
                } else {
                    value = Operand(register: try compileTemporary(innermost), isTemporary: true)
                }
            default: value = try operand(innermost, later: laterParts(first))
            }
            while let step = steps.popLast() {
                let target: Int
                if let next = steps.last {
                    target = next.isMethodCall ? base + 1 : base
                } else {
                    target = destination
                }
                try emit(step, value, base: base, into: target)
                builder.truncate(to: base)
                if !steps.isEmpty { _ = builder.allocate(target - base + 1) }
                value = Operand(register: target, isTemporary: true)
            }
        }
    }

    private func laterParts(_ step: Step) -> [NodeID] {
        switch step {
        case .binary(_, _, let right): [right]
        case .subscripted(_, let index): [index]
        default: []
        }
    }

    private func emit(_ step: Step, _ value: Operand, base: Int, into destination: Int) throws(Diagnostic) {
        switch step {
        case .binary(let id, let op, let right):
            try emitBinary(op, value, right, into: destination, at: position(id))
        case .attribute(let id, let name):
            builder.emit(
                .getAttr, x: consume(Flags.consumeB, value, unless: destination), a: destination, b: value.register,
                c: builder.name(name), at: attributePosition(id, attribute: id))
        case .subscripted(let id, let index):
            try emitSubscript(id, value, index, into: destination)
        case .call(let id, let arguments, let keywords):
            try emitCall(id, value, base: base, arguments, keywords, into: destination)
        case .methodCall(let id, let attribute, let name, let arguments):
            let callBase = value.register - 1
            // An argument that runs code must find the method looked up already.
            let looksUpFirst = arguments.contains(where: mayRunCode)
            if looksUpFirst {
                builder.emit(.loadMethod, a: callBase, c: builder.name(name), at: attributePosition(attribute, attribute: attribute))
            }
            for argument in arguments { try compileTemporary(argument) }
            if looksUpFirst {
                builder.emit(.callLoaded, a: destination, b: callBase, c: arguments.count, at: attributePosition(id, attribute: attribute))
                return
            }
            builder.emit(
                .callMethod, x: UInt8(arguments.count), a: destination, b: callBase, c: builder.name(name),
                at: attributePosition(id, attribute: attribute), extraAt: attributePosition(attribute, attribute: attribute))
        }
    }

    // MARK: Operators

    /// `destination = left op right`, evaluating `right` first.
    func emitBinary(_ op: BinaryOperator, _ left: Operand, _ right: NodeID, inPlace: Bool = false, into destination: Int, at position: Int) throws(Diagnostic) {
        let flags = (inPlace ? Flags.inPlace : 0) | consume(Flags.consumeB, left, unless: destination)
        let (plain, withConstant) = op.opcodes
        if let constant = constants[right], let withConstant {
            builder.emit(withConstant, x: flags, a: destination, b: left.register, c: builder.constant(lower(constant)), at: position)
            return
        }
        let second = op == .power ? try powerOperand(right) : try operand(right)
        builder.emit(
            plain, x: flags | consume(Flags.consumeC, second, unless: destination), a: destination, b: left.register,
            c: second.register, at: position)
    }

    /// The right side of `**`, which may be a long chain itself: all its operands are evaluated, then combined from the
    /// right.
    private func powerOperand(_ id: NodeID) throws(Diagnostic) -> Operand {
        var chain: [NodeID] = []
        var current = id
        while constants[current] == nil, case .binary(_, .power, let right) = tree.expression(current) {
            chain.append(current)
            current = right
        }
        if chain.isEmpty { return try operand(id) }
        let base = builder.top
        for link in chain {
            guard case .binary(let left, _, _) = tree.expression(link) else { continue }
            try compileTemporary(left)
        }
        var value = try operand(current)
        for (index, link) in chain.enumerated().reversed() {
            builder.emit(
                .pow, x: consume(Flags.consumeC, value), a: base + index, b: base + index, c: value.register, at: position(link))
            value = Operand(register: base + index, isTemporary: true)
        }
        builder.truncate(to: base + 1)
        return value
    }

    private func emitSubscript(_ id: NodeID, _ value: Operand, _ index: NodeID, into destination: Int) throws(Diagnostic) {
        let flags = consume(Flags.consumeB, value, unless: destination)
        if let constant = constants[index] {
            builder.emit(
                .getItemK, x: flags, a: destination, b: value.register, c: builder.constant(lower(constant)), at: position(id))
        } else if case .slice(let lower, let upper, nil) = tree.expression(index) {
            let bounds = try compileBounds(lower, upper, index)
            builder.emit(.getSlice, x: flags, a: destination, b: value.register, c: bounds, at: position(id))
        } else {
            let key = try operand(index)
            builder.emit(
                .getItem, x: flags | consume(Flags.consumeC, key, unless: destination), a: destination, b: value.register,
                c: key.register, at: position(id))
        }
    }

    /// Evaluates the bounds of a slice into two temporaries, None where absent.
    func compileBounds(_ lower: NodeID?, _ upper: NodeID?, _ slice: NodeID) throws(Diagnostic) -> Int {
        let first = builder.allocate()
        try compileOrNone(lower, into: first, slice)
        let second = builder.allocate()
        try compileOrNone(upper, into: second, slice)
        return first
    }

    func compileOrNone(_ id: NodeID?, into destination: Int, _ parent: NodeID) throws(Diagnostic) {
        if let id {
            try compile(id, into: destination)
        } else {
            load(.noneValue, into: destination, at: position(parent))
        }
    }

    private func compileSlice(_ id: NodeID, _ lower: NodeID?, _ upper: NodeID?, _ step: NodeID?, into destination: Int) throws(Diagnostic) {
        try withScratch(destination) { base throws(Diagnostic) in
            for part in [lower, upper, step] {
                let register = builder.allocate()
                try compileOrNone(part, into: register, id)
            }
            builder.emit(.buildSlice, a: destination, b: base, at: position(id))
        }
    }

    /// A chain of unary operators, emitted from the inside out without recursion.
    private func compileUnary(_ id: NodeID, into destination: Int) throws(Diagnostic) {
        var pending: [(id: NodeID, op: UnaryOperator)] = []
        var innermost = id
        while constants[innermost] == nil, case .unary(let op, let operand) = tree.expression(innermost) {
            pending.append((innermost, op))
            innermost = operand
        }
        try withScratch(destination) { base throws(Diagnostic) in
            var value: Operand
            if pending.last!.op == .not, let (first, inverse, comparators) = invertedComparison(innermost) {
                pending.removeLast()
                let target = pending.isEmpty ? destination : builder.allocate()
                try compileComparison(innermost, first, [inverse], comparators, into: target)
                value = Operand(register: target, isTemporary: true)
            } else {
                value = try operand(innermost)
            }
            while let (id, op) = pending.popLast() {
                let target = pending.isEmpty ? destination : base
                builder.truncate(to: base)
                if target == base { _ = builder.allocate() }
                builder.emit(
                    op.opcode, x: consume(Flags.consumeB, value, unless: target), a: target, b: value.register, at: position(id))
                value = Operand(register: target, isTemporary: true)
            }
        }
    }

    private func compileWalrus(_ id: NodeID, _ target: NodeID, _ value: NodeID, into destination: Int) throws(Diagnostic) {
        guard case .name(let name) = tree.expression(target) else { return }
        if let register = directDestination(target) {
            try compile(value, into: register)
            builder.assigned.insert(register)
            if register != destination { builder.emit(.move, a: destination, b: register, at: position(id)) }
            return
        }
        let isScratch = destination == builder.top - 1 && !builder.isLocal(destination)
        let register = isScratch ? destination : builder.allocate()
        try compile(value, into: register)
        store(register, isTemporary: false, name: name, at: position(target))
        if register != destination {
            builder.emit(.move, x: Flags.consumeB, a: destination, b: register, at: position(id))
            builder.truncate(to: register)
        }
    }

    // MARK: Displays

    enum DisplayKind { case list, tuple, set }

    /// From how many items on a display is built item by item, so that it does not widen the frame.
    private static let longDisplay = 30

    private func compileDisplay(_ id: NodeID, _ items: [NodeID], _ kind: DisplayKind, into destination: Int) throws(Diagnostic) {
        if try compileConstantDisplay(id, items, kind, into: destination) { return }
        try withScratch(destination) { base throws(Diagnostic) in
            let isLong = items.count > Compiler.longDisplay
            let start = isLong ? 0 : items.firstIndex(where: isStarred) ?? items.count
            for item in items[..<start] { try compileTemporary(item) }
            let build: Opcode = kind == .set ? .buildSet : kind == .tuple && start == items.count ? .buildTuple : .buildList
            if start == items.count {
                builder.emit(build, a: destination, b: base, c: start, at: position(id))
                return
            }
            builder.emit(build, a: base, b: base, c: start, at: position(id))
            maximize(base)
            for item in items[start...] {
                try appendItem(item, to: base, isSet: kind == .set, id)
            }
            if kind == .tuple {
                builder.emit(.listToTuple, x: base == destination ? 0 : Flags.consumeB, a: destination, b: base, at: position(id))
            } else if base != destination {
                builder.emit(.move, x: Flags.consumeB, a: destination, b: base, at: position(id))
            }
        }
    }

    /// A list or set display of more than two constants: filled from one constant, as CPython does it. (For a set this
    /// decides the order of its items.)
    private func compileConstantDisplay(_ id: NodeID, _ items: [NodeID], _ kind: DisplayKind, into destination: Int) throws(Diagnostic) -> Bool {
        guard kind != .tuple, items.count > (kind == .set ? 2 : 6), let constant = constantContainer(id) else { return false }
        try withScratch(destination) { base throws(Diagnostic) in
            let container = builder.allocate()
            builder.emit(kind == .set ? .buildSet : .buildList, a: container, b: container, c: 0, at: position(id))
            let source = builder.allocate()
            load(constant, into: source, at: position(id))
            builder.emit(kind == .set ? .setUpdate : .listExtend, x: Flags.consumeB, a: container, b: source, at: position(id))
            if container != destination {
                builder.emit(.move, x: Flags.consumeB, a: destination, b: container, at: position(id))
            }
        }
        return true
    }

    /// Makes sure that register `base` counts as used even when nothing was allocated before.
    private func maximize(_ base: Int) {
        builder.truncate(to: base)
        _ = builder.allocate()
    }

    /// Appends one item of a display or argument list, or extends by a starred one.
    func appendItem(_ item: NodeID, to container: Int, isSet: Bool, _ parent: NodeID) throws(Diagnostic) {
        let top = builder.top
        if case .starred(let iterable) = tree.expression(item) {
            let value = try operand(iterable)
            builder.emit(
                isSet ? .setUpdate : .listExtend, x: consume(Flags.consumeB, value), a: container, b: value.register,
                at: position(parent))
        } else {
            let value = try operand(item)
            builder.emit(
                isSet ? .setAdd : .listAppend, x: consume(Flags.consumeB, value), a: container, b: value.register,
                at: position(parent))
        }
        builder.truncate(to: top)
    }

    private func compileDictionary(_ id: NodeID, _ entries: [DictionaryEntry], into destination: Int) throws(Diagnostic) {
        try withScratch(destination) { base throws(Diagnostic) in
            let start = entries.count * 2 > Compiler.longDisplay ? 0 : entries.firstIndex { $0.key == nil } ?? entries.count
            for entry in entries[..<start] {
                try compileTemporary(entry.key!)
                try compileTemporary(entry.value)
            }
            if start == entries.count {
                builder.emit(.buildMap, a: destination, b: base, c: start, at: position(id))
                return
            }
            builder.emit(.buildMap, a: base, b: base, c: start, at: position(id))
            maximize(base)
            for entry in entries[start...] {
                let top = builder.top
                if let keyID = entry.key {
                    let key = try operand(keyID, later: [entry.value])
                    let value = try operand(entry.value)
                    builder.emit(
                        .mapAdd, x: consume(Flags.consumeB, key) | consume(Flags.consumeC, value), a: base, b: key.register,
                        c: value.register, at: position(id))
                } else {
                    let value = try operand(entry.value)
                    builder.emit(.dictUpdate, x: consume(Flags.consumeB, value), a: base, b: value.register, at: position(id))
                }
                builder.truncate(to: top)
            }
            if base != destination { builder.emit(.move, x: Flags.consumeB, a: destination, b: base, at: position(id)) }
        }
    }

    // MARK: Formatted strings

    private func compileFormattedString(_ id: NodeID, _ parts: [NodeID], into destination: Int) throws(Diagnostic) {
        if parts.isEmpty { return load(.string([]), into: destination, at: position(id)) }
        if parts.count == 1 { return try compile(parts[0], into: destination) }
        try withScratch(destination) { base throws(Diagnostic) in
            for part in parts { try compileTemporary(part) }
            builder.emit(.buildString, a: destination, b: base, c: parts.count, at: position(id))
        }
    }

    private func compileFormattedValue(_ id: NodeID, into destination: Int) throws(Diagnostic) {
        guard case .formattedValue(let valueID, let conversion, let specification) = tree.expression(id) else { return }
        try withScratch(destination) { _ throws(Diagnostic) in
            let value = try operand(valueID, later: specification.map { [$0] } ?? [])
            var flags = consume(Flags.consumeB, value, unless: destination)
            switch conversion {
            case .none: break
            case .str: flags |= 1 << Flags.conversionShift
            case .repr: flags |= 2 << Flags.conversionShift
            case .ascii: flags |= 3 << Flags.conversionShift
            }
            var register = 0
            if let specification {
                let text = try operand(specification)
                flags |= Flags.hasSpecification | consume(Flags.consumeC, text, unless: destination)
                register = text.register
            }
            builder.emit(.formatValue, x: flags, a: destination, b: value.register, c: register, at: position(id))
        }
    }
}

extension UnaryOperator {
    var opcode: Opcode {
        switch self {
        case .not: .not
        case .negate: .neg
        case .positive: .pos
        case .invert: .invert
        }
    }
}

extension BinaryOperator {
    /// The instruction with a register on the right, and with a constant.
    var opcodes: (Opcode, Opcode?) {
        switch self {
        case .add: (.add, .addK)
        case .subtract: (.sub, .subK)
        case .multiply: (.mul, .mulK)
        case .matrixMultiply: (.matMul, nil)
        case .divide: (.trueDiv, .trueDivK)
        case .modulo: (.mod, .modK)
        case .power: (.pow, .powK)
        case .leftShift: (.lshift, .lshiftK)
        case .rightShift: (.rshift, .rshiftK)
        case .bitOr: (.or, .orK)
        case .bitXor: (.xor, .xorK)
        case .bitAnd: (.and, .andK)
        case .floorDivide: (.floorDiv, .floorDivK)
        }
    }
}
