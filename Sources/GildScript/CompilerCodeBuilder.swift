// The code object under construction: instructions with symbolic jumps, registers, and what is known of the locals.
//
//  - *Instructions* are kept as items whose jumps name labels; `assemble` lays them out. A 16-bit jump that does not
//    reach its label is turned into the inverted jump over a 32-bit one, and layout is repeated until nothing grows.
//  - *Registers*: locals are numbered first, temporaries follow like a stack. `top` is the first free register.
//  - *Reachability*: after an unconditional jump nothing is emitted until a label that something jumps to.
//  - *Definite assignment*: `assigned` is the set of locals that hold a value on every path to this point. A jump
//    intersects it into its label, and binding the label continues with the intersection; loops and handlers start
//    from a set without the variables that the function deletes anywhere, which makes one pass enough. Only a
//    read outside the set needs `checkLocal`.

/// A set of register numbers.
struct RegisterSet: Sendable, Equatable {
    private var words: [UInt64] = []

    func contains(_ register: Int) -> Bool {
        let word = register >> 6
        return word < words.count && words[word] & (1 << UInt64(register & 63)) != 0
    }

    mutating func insert(_ register: Int) {
        let word = register >> 6
        while words.count <= word { words.append(0) }
        words[word] |= 1 << UInt64(register & 63)
    }

    mutating func remove(_ register: Int) {
        let word = register >> 6
        if word < words.count { words[word] &= ~(1 << UInt64(register & 63)) }
    }

    func intersection(_ other: RegisterSet) -> RegisterSet {
        var result = RegisterSet()
        result.words = zip(words, other.words).map { $0 & $1 }
        return result
    }
}

/// A place that jumps can go to.
struct CodeLabel: Hashable, Sendable {
    let index: Int
}

/// A register that an instruction reads; a temporary is consumed by it.
struct Operand: Sendable {
    let register: Int
    let isTemporary: Bool
}

final class CodeBuilder {
    /// An instruction before layout.
    private struct Item {
        var instruction: Instruction
        /// Where `c` (or `b:c`) jumps to.
        var label: CodeLabel?
        var extra: UInt64 = 0
        var position: Int
        var extraPosition: Int
    }

    private struct GuardedRange {
        let start: Int
        let end: Int
        let handler: CodeLabel
        let liveRegisters: Int
    }

    var code: CodeObject
    /// The scope whose frame this is.
    let scope: Int
    /// Comprehensions being compiled: their scope and the registers of their targets.
    var comprehensions: [(scope: Int, registers: [String: Int])] = []
    var localRegisters: [String: Int] = [:]
    var blocks: [ControlBlock] = []
    var assigned = RegisterSet()
    /// Locals that the function deletes somewhere.
    var deletable = RegisterSet()
    private(set) var isReachable = true
    private(set) var top = 0
    /// Locals that must be unbound at entry because something asks whether they are bound.
    private var checked = RegisterSet()
    private var items: [Item] = []
    private var labelTargets: [Int] = []
    private var labelStates: [RegisterSet?] = []
    private var ranges: [GuardedRange] = []
    private var constantIndices: [CodeConstant: Int] = [:]
    private var nameIndices: [String: Int] = [:]
    private var positionIndices: [CodePosition: Int] = [:]
    private var maximumTop = 0

    init(name: String, qualifiedName: String, firstLine: Int, scope: Int) {
        code = CodeObject(name: name, qualifiedName: qualifiedName, firstLine: firstLine)
        self.scope = scope
    }

    // MARK: Registers

    /// Reserves the next temporary.
    func allocate(_ count: Int = 1) -> Int {
        let register = top
        top += count
        maximumTop = max(maximumTop, top)
        return register
    }

    /// Forgets the temporaries from `register` up, which hold nothing any more.
    func truncate(to register: Int) { top = register }

    /// Adds a named local; all must come before the first temporary that is live across it.
    func addLocal(_ name: String) -> Int {
        code.localNames.append(name)
        return code.localNames.count - 1
    }

    func startTemporaries() {
        top = code.localNames.count
        maximumTop = top
    }

    func isLocal(_ register: Int) -> Bool { register < code.localNames.count }

    func markChecked(_ register: Int) { checked.insert(register) }

    /// `assigned` at the head of a loop or handler, before which an unknown part of the body has run.
    func stateWithoutDeletable(_ state: RegisterSet) -> RegisterSet {
        var result = state
        for register in code.localNames.indices where deletable.contains(register) { result.remove(register) }
        return result
    }

    // MARK: Tables

    func constant(_ value: CodeConstant) -> Int {
        if let index = constantIndices[value] { return index }
        code.constants.append(value)
        constantIndices[value] = code.constants.count - 1
        return code.constants.count - 1
    }

    func name(_ text: String) -> Int {
        if let index = nameIndices[text] { return index }
        code.names.append(text)
        nameIndices[text] = code.names.count - 1
        return code.names.count - 1
    }

    func position(_ position: CodePosition) -> Int {
        if let index = positionIndices[position] { return index }
        code.positions.append(position)
        positionIndices[position] = code.positions.count - 1
        return code.positions.count - 1
    }

    // MARK: Emission

    /// Appends an instruction; dead code is dropped.
    func emit(_ opcode: Opcode, x: UInt8 = 0, a: Int = 0, b: Int = 0, c: Int = 0, extra: UInt64 = 0, at position: Int, extraAt extraPosition: Int? = nil) {
        append(Item(
            instruction: Instruction(opcode, x: x, a: a, b: b, c: c), label: nil, extra: extra, position: position,
            extraPosition: extraPosition ?? position))
    }

    func emitWide(_ opcode: Opcode, a: Int, wide: Int32, at position: Int) {
        append(Item(instruction: Instruction(opcode, a: a, wide: wide), label: nil, position: position, extraPosition: position))
    }

    private func append(_ item: Item) {
        guard isReachable else { return }
        items.append(item)
        switch item.instruction.opcode {
        case .ret, .retNone, .raise, .raiseFrom, .raiseActive, .reraise: isReachable = false
        default: break
        }
    }

    /// Appends a jumping instruction.
    func emitJump(_ opcode: Opcode, x: UInt8 = 0, a: Int = 0, b: Int = 0, to label: CodeLabel, at position: Int) {
        guard isReachable else { return }
        items.append(Item(
            instruction: Instruction(opcode, x: x, a: a, b: b), label: label, position: position, extraPosition: position))
        if labelTargets[label.index] < 0 {
            labelStates[label.index] = labelStates[label.index].map { $0.intersection(assigned) } ?? assigned
        }
        if opcode == .jump { isReachable = false }
    }

    func newLabel() -> CodeLabel {
        labelTargets.append(-1)
        labelStates.append(nil)
        return CodeLabel(index: labelTargets.count - 1)
    }

    /// True when something jumps to `label` already.
    func isTargeted(_ label: CodeLabel) -> Bool { labelStates[label.index] != nil }

    /// Puts a label here. Control comes from the code before and from the jumps to it so far.
    func bind(_ label: CodeLabel) {
        if let state = labelStates[label.index] {
            assigned = isReachable ? assigned.intersection(state) : state
            isReachable = true
        }
        labelTargets[label.index] = items.count
    }

    /// Puts the label of a loop's body or of a handler here, which is reached by ways not seen yet.
    func bindEntry(_ label: CodeLabel, assigned state: RegisterSet, isReachable reachable: Bool) {
        assigned = state
        isReachable = reachable
        labelTargets[label.index] = items.count
    }

    /// The number of the next instruction, for exception ranges.
    var mark: Int { items.count }

    func addRange(from start: Int, to end: Int, handler: CodeLabel, liveRegisters: Int) {
        if start < end { ranges.append(GuardedRange(start: start, end: end, handler: handler, liveRegisters: liveRegisters)) }
    }

    // MARK: Assembly

    /// What went beyond the limits of the format, named for a diagnostic.
    private func excess(globals: Int, codes: Int) -> String? {
        if maximumTop > 65_535 { return "a function with more than 65,535 registers" }
        if code.constants.count > 65_536 { return "a function with more than 65,536 constants" }
        if code.names.count > 65_536 { return "a function with more than 65,536 attribute names" }
        if globals > 65_536 { return "a file with more than 65,536 global names" }
        if codes > 65_536 { return "a file with more than 65,536 functions" }
        return nil
    }

    /// Lays the instructions out.
    /// - Parameter prologueCells: registers of locals that become cells before the first instruction.
    /// - Returns: the feature to name in a diagnostic when something does not fit into its field, else nil.
    func assemble(prologueCells: [Int], globals: Int, codes: Int) -> String? {
        let prologue = makePrologue(cells: prologueCells)
        let isRemoved = joinJumps()
        threadJumps()
        var isLong = [Bool](repeating: false, count: items.count)
        var offsets: [Int] = []
        func size(_ index: Int) -> Int {
            isRemoved[index] ? 0 : 1 + items[index].instruction.opcode!.info.extraWords + (isLong[index] ? (isInvertible(items[index]) ? 1 : 2) : 0)
        }
        var grown = true
        while grown {
            grown = false
            offsets = [prologue.count]
            offsets.reserveCapacity(items.count + 1)
            for index in items.indices { offsets.append(offsets[index] + size(index)) }
            for index in items.indices where !isLong[index] && !isRemoved[index] {
                guard let label = items[index].label, !isWideJump(items[index]) else { continue }
                let distance = offsets[labelTargets[label.index]] - offsets[index + 1]
                if distance > 32_700 || distance < -32_700 {
                    isLong[index] = true
                    grown = true
                }
            }
        }
        code.words = prologue.map(\.instruction.word)
        code.positionIndex = prologue.map { UInt32($0.position) }
        for index in items.indices where !isRemoved[index] { encode(index, isLong: isLong[index], offsets: offsets) }
        code.exceptionTable = ranges.map {
            ExceptionRange(
                start: offsets[$0.start], end: offsets[$0.end], handler: offsets[labelTargets[$0.handler.index]],
                liveRegisters: $0.liveRegisters)
        }
        code.registerCount = max(maximumTop, code.localNames.count)
        code.cellRegisters = prologueCells
        return excess(globals: globals, codes: codes)
    }

    /// A jump to an unconditional jump goes straight to where that one goes.
    private func threadJumps() {
        for index in labelTargets.indices {
            var steps = 0
            while steps < 16, labelTargets[index] >= 0, labelTargets[index] < items.count,
                items[labelTargets[index]].instruction.opcode == .jump, let next = items[labelTargets[index]].label,
                next.index != index
            {
                labelTargets[index] = labelTargets[next.index]
                steps += 1
            }
        }
    }

    /// `if` around a lone `break` or `continue`: a conditional jump over an unconditional one becomes the opposite
    /// jump, and the unconditional one is removed.
    private func joinJumps() -> [Bool] {
        var isRemoved = [Bool](repeating: false, count: items.count)
        let targets = Set(labelTargets)
        // Locals outlive a frame only by an exception that was handled in it.
        if !items.contains(where: { $0.instruction.opcode == .excEnter }) {
            for index in items.indices where items[index].instruction.opcode == .keepLocals { isRemoved[index] = true }
        }
        for index in items.indices.dropLast() {
            guard let label = items[index].label, labelTargets[label.index] == index + 2, !targets.contains(index + 1),
                items[index + 1].instruction.opcode == .jump, let destination = items[index + 1].label,
                let inverse = items[index].instruction.opcode!.inverse
            else { continue }
            let old = items[index].instruction
            items[index].instruction = Instruction(inverse, x: old.x, a: old.a, b: old.b)
            items[index].label = destination
            isRemoved[index + 1] = true
        }
        return isRemoved
    }

    private func makePrologue(cells: [Int]) -> [Item] {
        var result: [Item] = []
        let position = items.first?.position ?? self.position(CodePosition(line: Int32(code.firstLine), endLine: Int32(code.firstLine), column: 0, endColumn: 0))
        for cell in cells where cell >= code.parameterCount { checked.insert(cell) }
        let unbound = code.localNames.indices.filter { $0 >= code.parameterCount && checked.contains($0) }
        if let first = unbound.first, let last = unbound.last {
            result.append(Item(
                instruction: Instruction(.undef, a: first, b: last - first + 1), position: position, extraPosition: position))
        }
        for cell in cells {
            result.append(Item(instruction: Instruction(.makeCell, a: cell), position: position, extraPosition: position))
        }
        return result
    }

    private func isWideJump(_ item: Item) -> Bool { item.instruction.opcode == .jump || item.instruction.opcode == .jumpBack }

    private func isInvertible(_ item: Item) -> Bool { item.instruction.opcode!.inverse != nil }

    private func encode(_ index: Int, isLong: Bool, offsets: [Int]) {
        let item = items[index]
        let old = item.instruction
        func add(_ instruction: Instruction) {
            code.words.append(instruction.word)
            code.positionIndex.append(UInt32(item.position))
        }
        guard let label = item.label else {
            add(old)
            for _ in 0..<old.opcode!.info.extraWords {
                code.words.append(item.extra)
                code.positionIndex.append(UInt32(item.extraPosition))
            }
            return
        }
        let distance = offsets[labelTargets[label.index]] - offsets[index + 1]
        func far() -> Instruction { Instruction(distance < 0 ? .jumpBack : .jump, wide: Int32(distance)) }
        if isWideJump(item) {
            add(far())
        } else if !isLong {
            add(Instruction(old.opcode!, x: old.x, a: old.a, b: old.b, c: distance))
        } else if let inverse = old.opcode!.inverse {
            add(Instruction(inverse, x: old.x, a: old.a, b: old.b, c: 1))
            add(far())
        } else {
            add(Instruction(old.opcode!, x: old.x, a: old.a, b: old.b, c: 1))
            add(Instruction(.jump, wide: 1))
            add(far())
        }
    }
}

extension Opcode {
    /// The conditional jump that jumps exactly when this one does not; nil where there is none.
    var inverse: Opcode? {
        switch self {
        case .jlt: .jnlt
        case .jle: .jnle
        case .jeq: .jneq
        case .jne: .jnne
        case .jgt: .jngt
        case .jge: .jnge
        case .jnlt: .jlt
        case .jnle: .jle
        case .jneq: .jeq
        case .jnne: .jne
        case .jngt: .jgt
        case .jnge: .jge
        case .jltK: .jnltK
        case .jleK: .jnleK
        case .jeqK: .jneqK
        case .jneK: .jnneK
        case .jgtK: .jngtK
        case .jgeK: .jngeK
        case .jnltK: .jltK
        case .jnleK: .jleK
        case .jneqK: .jeqK
        case .jnneK: .jneK
        case .jngtK: .jgtK
        case .jngeK: .jgeK
        case .jis: .jnis
        case .jnis: .jis
        case .jin: .jnin
        case .jnin: .jin
        case .jnone: .jnnone
        case .jnnone: .jnone
        case .jtrue: .jfalse
        case .jfalse: .jtrue
        default: nil
        }
    }
}
