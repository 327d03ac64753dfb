// A readable listing of code objects, for `gild disassemble` and the compiler's tests.
//
//     fib(n)  fib.py:1
//       registers 5: n; temporaries 1-4
//        2    0 jgeK         n, 2, L1
//        3    1 ret          n
//           L1:
//        4    2 …
//
// The first column is the source line where it changes, the second the word's offset. Operands are shown by what they
// mean: locals by name, temporaries as %3, constants by value, jumps by label. A trailing `*` marks an operand that the
// instruction consumes.

import BigInt

/// The listing of all code objects of a module, the module's body first.
public func disassemble(_ module: CompiledModule) -> String {
    module.codes.map { CodeListing(module: module, code: $0).text() }.joined(separator: "\n")
}

private struct CodeListing {
    let module: CompiledModule
    let code: CodeObject

    func text() -> String {
        let labels = collectLabels()
        var lines = header()
        var lastLine: Int32 = -1
        var offset = 0
        while offset < code.words.count {
            if let label = labels[offset] { lines.append("          \(label):") }
            let instruction = Instruction(word: code.words[offset])
            guard let opcode = instruction.opcode else {
                lines.append("          \(offset) ?")
                offset += 1
                continue
            }
            let line = code.positions[Int(code.positionIndex[offset])].line
            let shown = line == lastLine ? "" : "\(line)"
            lastLine = line
            let mnemonic = (opcode.displayName + flagSuffix(opcode, instruction)).padded(to: 14)
            let operands = operandTexts(opcode, instruction, offset, labels).joined(separator: ", ")
            lines.append("\(shown.leftPadded(to: 6)) \("\(offset)".leftPadded(to: 5)) \(mnemonic) \(operands)".trimmingTrailingSpaces())
            offset += 1 + opcode.info.extraWords
        }
        if !code.exceptionTable.isEmpty {
            lines.append("  exceptions:")
            for range in code.exceptionTable {
                lines.append("    \(range.start) ..< \(range.end) -> \(labels[range.handler] ?? "?") [live \(range.liveRegisters)]")
            }
        }
        return lines.joined(separator: "\n") + "\n"
    }

    private func header() -> [String] {
        var parameters: [String] = []
        let names = code.localNames
        for index in 0..<code.positionalCount {
            parameters.append(names[index])
            if index + 1 == code.positionalOnlyCount { parameters.append("/") }
        }
        let keywordOnly = (code.positionalCount..<code.positionalCount + code.keywordOnlyCount).map { names[$0] }
        var next = code.positionalCount + code.keywordOnlyCount
        if code.hasVariadic {
            parameters.append("*" + names[next])
            next += 1
        } else if !keywordOnly.isEmpty {
            parameters.append("*")
        }
        parameters += keywordOnly
        if code.hasVariadicKeywords { parameters.append("**" + names[next]) }
        let signature = code.qualifiedName == "<module>" || code.isClassBody ? "" : "(\(parameters.joined(separator: ", ")))"
        let kind = code.isClassBody ? "class " : ""
        var lines = ["\(kind)\(code.qualifiedName)\(signature)  \(module.fileName):\(code.firstLine)"]
        let locals = names.isEmpty ? "" : ": " + names.joined(separator: ", ")
        lines.append("  registers \(code.registerCount)\(locals)")
        if !code.cellRegisters.isEmpty {
            lines.append("  cells: " + code.cellRegisters.map { names[$0] }.joined(separator: ", "))
        }
        if !code.freeNames.isEmpty {
            let captures = zip(code.freeNames, code.captures).map { name, capture in
                switch capture {
                case .register(let register): "\(name) from register \(register)"
                case .free(let index): "\(name) from free \(index)"
                }
            }
            lines.append("  free: " + captures.joined(separator: ", "))
        }
        return lines
    }

    private func collectLabels() -> [Int: String] {
        var targets: Set<Int> = Set(code.exceptionTable.map(\.handler))
        var offset = 0
        while offset < code.words.count {
            let instruction = Instruction(word: code.words[offset])
            let opcode = instruction.opcode ?? .nop
            offset += 1 + opcode.info.extraWords
            if opcode.info.c == .jump16 { targets.insert(offset + instruction.jump16) }
            if opcode.info.b == .jump32 { targets.insert(offset + instruction.wide) }
        }
        return Dictionary(uniqueKeysWithValues: targets.sorted().enumerated().map { ($0.element, "L\($0.offset + 1)") })
    }

    private func flagSuffix(_ opcode: Opcode, _ instruction: Instruction) -> String {
        let x = instruction.x
        var result = ""
        switch opcode {
        case .callMethod: return ""
        case .withExit: if x & Opcode.Flags.leavingNormally != 0 { result += ".normal" }
        case .formatValue:
            result += ["", "!s", "!r", "!a"][Int(x >> Opcode.Flags.conversionShift)]
        default:
            if opcode.isArithmetic && x & Opcode.Flags.inPlace != 0 { result += "=" }
        }
        return result
    }

    private func operandTexts(_ opcode: Opcode, _ instruction: Instruction, _ offset: Int, _ labels: [Int: String]) -> [String] {
        let info = opcode.info
        let end = offset + 1 + info.extraWords
        let x = instruction.x
        var result: [String] = []
        for (kind, value, flag) in [
            (info.a, instruction.a, Opcode.Flags.consumeA), (info.b, instruction.b, Opcode.Flags.consumeB),
            (info.c, instruction.c, Opcode.Flags.consumeC),
        ] {
            switch kind {
            case .unused, .upper: break
            case .destination, .source:
                if opcode == .formatValue, flag == Opcode.Flags.consumeC, x & Opcode.Flags.hasSpecification == 0 { break }
                if opcode == .withExit, flag == Opcode.Flags.consumeC, x & Opcode.Flags.leavingNormally != 0 { break }
                let consumes = kind == .source && opcode != .callMethod && x & flag != 0
                result.append(register(value) + (consumes ? "*" : ""))
            case .base:
                if opcode == .makeFunction, x & (Opcode.Flags.hasDefaults | Opcode.Flags.hasKeywordDefaults) == 0 { break }
                result.append(register(value) + "…")
            case .constant: result.append(constant(value))
            case .name: result.append(value < code.names.count ? code.names[value] : "?")
            case .global: result.append(value < module.globalNames.count ? "global " + module.globalNames[value] : "?")
            case .free: result.append(value < code.freeNames.count ? "free " + code.freeNames[value] : "?")
            case .code: result.append(value < module.codes.count ? "<code \(module.codes[value].qualifiedName)>" : "?")
            case .count: result.append(opcode == .unpackEx ? "\(value & 0xFF) + \(value >> 8)" : "\(value)")
            case .jump16: result.append(labels[end + instruction.jump16] ?? "?")
            case .jump32: result.append(labels[end + instruction.wide] ?? "?")
            case .integer32: result.append("\(instruction.wide)")
            }
        }
        if opcode == .callMethod { result.append("\(x) arguments") }
        if opcode == .callLocal { result.insert(register(Int(x)), at: 1) }
        if opcode == .callKw { result.append(constant(Int(code.words[offset + 1]))) }
        if opcode == .makeFunction || opcode == .callEx {
            if x & Opcode.Flags.hasDefaults != 0 { result.append(opcode == .callEx ? "keywords" : "defaults") }
            if opcode == .makeFunction, x & Opcode.Flags.hasKeywordDefaults != 0 { result.append("keyword defaults") }
        }
        return result
    }

    private func register(_ number: Int) -> String {
        number < code.localNames.count ? code.localNames[number] : "%\(number)"
    }

    private func constant(_ index: Int) -> String {
        guard index < code.constants.count else { return "?" }
        switch code.constants[index] {
        case .none: return "None"
        case .true: return "True"
        case .false: return "False"
        case .ellipsis: return "Ellipsis"
        case .int(let number): return "\(number)"
        case .bigInt(let number): return "\(number)"
        case .float(let bits): return "\(Double(bitPattern: bits))"
        case .string(let points): return quoted(points)
        case .bytes(let bytes): return "bytes of \(bytes.count)"
        case .tuple(let items):
            return "(" + items.map(constant).joined(separator: ", ") + (items.count == 1 ? ",)" : ")")
        case .frozenSet(let items): return "frozenset({" + items.map(constant).joined(separator: ", ") + "})"
        }
    }

    private func quoted(_ points: [UInt32]) -> String {
        var result = "'"
        for point in points.prefix(60) {
            switch point {
            case 10: result += "\\n"
            case 13: result += "\\r"
            case 9: result += "\\t"
            case 39: result += "\\'"
            case 92: result += "\\\\"
            case 0..<32, 127: result += "\\x" + String(point + 0x100, radix: 16).dropFirst()
            default: result += Unicode.Scalar(point).map { String($0) } ?? "\\u" + String(point, radix: 16)
            }
        }
        return result + (points.count > 60 ? "…'" : "'")
    }
}

extension Opcode {
    /// The name as listings show it.
    public var displayName: String { "\(self)" }

    fileprivate var isArithmetic: Bool {
        rawValue >= Opcode.add.rawValue && rawValue <= Opcode.xorK.rawValue
    }
}

extension String {
    fileprivate func padded(to width: Int) -> String { self + String(repeating: " ", count: max(0, width - count)) }

    fileprivate func leftPadded(to width: Int) -> String { String(repeating: " ", count: max(0, width - count)) + self }

    fileprivate func trimmingTrailingSpaces() -> String {
        var result = self[...]
        while result.last == " " { result.removeLast() }
        return String(result)
    }
}
