// Checks that a compiled module keeps the promises of the instruction set, so that the interpreter need not.
//
// Three passes over every code object: decode the words into instructions (this fixes where instructions start),
// check every operand against its kind in the opcode table, and check the exception table. What cannot be read off
// a single instruction (which temporaries are live where) is the compiler's affair and not checked here.

import BigInt

/// A compiled module that breaks a rule of the instruction set: a defect of the compiler, not of the script.
public struct VerificationError: Error, Sendable, CustomStringConvertible {
    public enum Code: String, Sendable {
        case unknownOpcode, truncatedInstruction, registerOutOfRange, constantOutOfRange, nameOutOfRange, globalOutOfRange
        case freeOutOfRange, codeOutOfRange, jumpOutOfRange, badFlags, badExceptionTable, badConstant, badPositions, badLayout
        case fallsOffTheEnd
    }

    public let code: Code
    public let message: String
    /// Qualified name of the code object.
    public let function: String
    /// Offset of the word in it.
    public let offset: Int

    public var description: String { "\(code.rawValue) in \(function) at \(offset): \(message)" }
}

/// Checks every code object of a module.
/// - Throws: `VerificationError` for the first rule that is broken.
public func verify(_ module: CompiledModule) throws {
    if module.codes.isEmpty {
        throw VerificationError(code: .badLayout, message: "a module without code", function: module.fileName, offset: 0)
    }
    for code in module.codes { try CodeVerifier(module: module, code: code).verify() }
}

private struct CodeVerifier {
    let module: CompiledModule
    let code: CodeObject

    private func error(_ kind: VerificationError.Code, _ message: String, at offset: Int = 0) -> VerificationError {
        VerificationError(code: kind, message: message, function: code.qualifiedName, offset: offset)
    }

    func verify() throws {
        try verifyLayout()
        let starts = try decode()
        for (offset, isStart) in starts.enumerated() where isStart { try verifyInstruction(at: offset, starts) }
        try verifyExceptionTable(starts)
    }

    private func verifyLayout() throws {
        guard code.localNames.count <= code.registerCount, code.parameterCount <= code.localNames.count,
            code.positionalOnlyCount <= code.positionalCount, code.freeNames.count == code.captures.count
        else { throw error(.badLayout, "counts of parameters, locals and registers disagree") }
        for register in code.cellRegisters where register < 0 || register >= code.localNames.count {
            throw error(.badLayout, "cell register \(register) is not a local")
        }
        for (index, constant) in code.constants.enumerated() {
            switch constant {
            case .tuple(let items), .frozenSet(let items):
                if items.contains(where: { $0 < 0 || $0 >= index }) {
                    throw error(.badConstant, "constant \(index) refers to a later one")
                }
            default: break
            }
        }
        if code.hasDocstring, code.constants.isEmpty { throw error(.badConstant, "no docstring") }
        guard code.positionIndex.count == code.words.count,
            code.positionIndex.allSatisfy({ $0 < code.positions.count })
        else { throw error(.badPositions, "positions do not cover the words") }
    }

    /// Which words start an instruction.
    private func decode() throws -> [Bool] {
        var starts = [Bool](repeating: false, count: code.words.count)
        var offset = 0
        var last: Opcode?
        while offset < code.words.count {
            guard let opcode = Instruction(word: code.words[offset]).opcode, opcode != .invalid else {
                throw error(.unknownOpcode, "word \(code.words[offset])", at: offset)
            }
            starts[offset] = true
            offset += 1 + opcode.info.extraWords
            last = opcode
        }
        if offset != code.words.count { throw error(.truncatedInstruction, "operand words are missing", at: code.words.count) }
        switch last {
        case .ret, .retNone, .raise, .raiseFrom, .raiseActive, .reraise, .jump, .jumpBack: break
        default: throw error(.fallsOffTheEnd, "the last instruction goes on to the next", at: code.words.count)
        }
        return starts
    }

    private func verifyInstruction(at offset: Int, _ starts: [Bool]) throws {
        let instruction = Instruction(word: code.words[offset])
        let opcode = instruction.opcode!
        let info = opcode.info
        let end = offset + 1 + info.extraWords
        for (kind, value) in [(info.a, instruction.a), (info.b, instruction.b), (info.c, instruction.c)] {
            switch kind {
            case .unused, .count, .upper, .integer32: break
            case .destination, .source:
                if isAbsent(opcode, instruction, kind, value) { break }
                try check(value, below: code.registerCount, .registerOutOfRange, "register", offset)
            case .base:
                let count = width(opcode, instruction, kind: kind)
                if count > 0 { try check(value + count - 1, below: code.registerCount, .registerOutOfRange, "register", offset) }
            case .constant: try check(value, below: code.constants.count, .constantOutOfRange, "constant", offset)
            case .name: try check(value, below: code.names.count, .nameOutOfRange, "name", offset)
            case .global: try check(value, below: module.globalNames.count, .globalOutOfRange, "global", offset)
            case .free: try check(value, below: code.freeNames.count, .freeOutOfRange, "free variable", offset)
            case .code:
                try check(value, below: module.codes.count, .codeOutOfRange, "code object", offset)
                try verifyCaptures(of: module.codes[value], at: offset)
            case .jump16: try checkJump(end + instruction.jump16, starts, offset)
            case .jump32: try checkJump(end + instruction.wide, starts, offset)
            }
        }
        if opcode == .callKw {
            let index = Int(code.words[offset + 1])
            try check(index, below: code.constants.count, .constantOutOfRange, "constant", offset)
            guard case .tuple(let names) = code.constants[index], names.count <= instruction.c else {
                throw error(.badConstant, "keyword names must be a tuple", at: offset)
            }
        }
        if opcode == .callLocal { try check(Int(instruction.x), below: code.registerCount, .registerOutOfRange, "register", offset) }
        if opcode == .jump && instruction.wide < 0 || opcode == .jumpBack && instruction.wide >= 0 {
            throw error(.jumpOutOfRange, "a jump in the wrong direction", at: offset)
        }
    }

    /// Operands that flags switch off.
    private func isAbsent(_ opcode: Opcode, _ instruction: Instruction, _ kind: OperandKind, _ value: Int) -> Bool {
        guard value == 0 else { return false }
        return opcode == .formatValue && instruction.x & Opcode.Flags.hasSpecification == 0
            || opcode == .withExit && instruction.x & Opcode.Flags.leavingNormally != 0
    }

    /// How many registers a `base` operand stands for.
    private func width(_ opcode: Opcode, _ instruction: Instruction, kind: OperandKind) -> Int {
        switch opcode {
        case .undef: instruction.b
        case .buildList, .buildTuple, .buildSet, .buildString, .unpack: instruction.c
        case .buildMap: instruction.c * 2
        case .unpackEx: (instruction.c & 0xFF) + 1 + instruction.c >> 8
        case .buildSlice: 3
        case .getSlice, .setSlice, .deleteSlice, .excEnter, .excLeave: 2
        case .call, .callLocal, .callKw: instruction.c + 1
        case .callEx: instruction.x & Opcode.Flags.hasKeywords != 0 ? 3 : 2
        case .callMethod: Int(instruction.x) + 2
        case .loadMethod: 2
        case .callLoaded: instruction.c + 2
        case .buildClass: instruction.c + 2
        case .makeFunction:
            instruction.x & Opcode.Flags.hasKeywordDefaults != 0 ? 2 : instruction.x & Opcode.Flags.hasDefaults != 0 ? 1 : 0
        default: 1
        }
    }

    private func check(_ value: Int, below limit: Int, _ kind: VerificationError.Code, _ what: String, _ offset: Int) throws {
        if value < 0 || value >= limit { throw error(kind, "\(what) \(value) of \(limit)", at: offset) }
    }

    private func checkJump(_ target: Int, _ starts: [Bool], _ offset: Int) throws {
        if target < 0 || target >= starts.count || !starts[target] {
            throw error(.jumpOutOfRange, "jump to \(target)", at: offset)
        }
    }

    private func verifyCaptures(of inner: CodeObject, at offset: Int) throws {
        for capture in inner.captures {
            switch capture {
            case .register(let register):
                try check(register, below: code.localNames.count, .registerOutOfRange, "captured register", offset)
            case .free(let index): try check(index, below: code.freeNames.count, .freeOutOfRange, "captured free variable", offset)
            }
        }
    }

    private func verifyExceptionTable(_ starts: [Bool]) throws {
        for range in code.exceptionTable {
            guard range.start >= 0, range.start < range.end, range.end <= code.words.count, starts[range.start],
                range.end == code.words.count || starts[range.end], range.handler >= 0, range.handler < starts.count,
                starts[range.handler], range.liveRegisters >= code.localNames.count, range.liveRegisters <= code.registerCount
            else { throw error(.badExceptionTable, "range \(range)", at: range.start) }
            if range.handler >= range.start && range.handler < range.end {
                throw error(.badExceptionTable, "a handler guards itself", at: range.handler)
            }
            if Instruction(word: code.words[range.handler]).opcode != .excEnter {
                throw error(.badExceptionTable, "a handler does not start with excEnter", at: range.handler)
            }
        }
    }
}
