// SyntaxWarnings: code that CPython compiles but doubts.

extension Compiler {
    private func warn(_ message: String, _ id: NodeID) {
        warnings.append(SyntaxWarning(message: message, source: source, line: tree.range(id).line))
    }

    /// `assert (x, "message")` is always true.
    func warnAboutAssert(_ id: NodeID, _ condition: NodeID) {
        if case .tuple(let items) = tree.expression(condition), !items.isEmpty {
            warn("assertion is always true, perhaps remove parentheses?", id)
        }
    }

    /// `x is 1` compares identity with a literal.
    func warnAboutComparison(_ id: NodeID, _ first: NodeID, _ operators: [ComparisonOperator], _ comparators: [NodeID]) {
        var left = first
        for (op, right) in zip(operators, comparators) {
            if op == .identical || op == .notIdentical {
                if let type = literalType(left) ?? literalType(right) {
                    let text = op == .identical ? "\"is\" with '\(type)' literal. Did you mean \"==\"?" : "\"is not\" with '\(type)' literal. Did you mean \"!=\"?"
                    warn(text, id)
                }
            }
            left = right
        }
    }

    /// Type of a literal whose identity means nothing.
    private func literalType(_ id: NodeID) -> String? {
        switch constants[id] {
        case .integer: "int"
        case .float: "float"
        case .string: "str"
        case .tuple: "tuple"
        case .frozenSet: "frozenset"
        case .noneValue, .bool, .ellipsis, nil: nil
        }
    }

    private func typeOfValue(_ id: NodeID) -> String? {
        switch constants[id] {
        case .integer: return "int"
        case .float: return "float"
        case .string: return "str"
        case .tuple: return "tuple"
        case .frozenSet: return "frozenset"
        case .noneValue: return "NoneType"
        case .bool: return "bool"
        case .ellipsis: return "ellipsis"
        case nil: break
        }
        switch tree.expression(id) {
        case .list, .listComprehension: return "list"
        case .tuple: return "tuple"
        case .set, .setComprehension: return "set"
        case .dictionary, .dictionaryComprehension: return "dict"
        case .generator: return "generator"
        case .lambda: return "function"
        case .formattedString, .formattedValue: return "str"
        default: return nil
        }
    }

    /// `(1)(2)`: a missing comma.
    func warnAboutCall(_ id: NodeID, _ function: NodeID) {
        if case .lambda = tree.expression(function) { return }
        if let type = typeOfValue(function) {
            warn("'\(type)' object is not callable; perhaps you missed a comma?", id)
        }
    }

    /// `{1, 2}[0]` and `[1]["a"]`: a missing comma, or a wrong index.
    func warnAboutSubscript(_ id: NodeID, _ value: NodeID, _ index: NodeID) {
        guard let type = typeOfValue(value) else { return }
        switch type {
        case "list", "tuple", "str":
            if case .slice = tree.expression(index) { return }
            guard let indexType = typeOfValue(index), indexType != "int", indexType != "bool" else { return }
            warn("\(type) indices must be integers or slices, not \(indexType); perhaps you missed a comma?", id)
        case "dict": break
        default: warn("'\(type)' object is not subscriptable; perhaps you missed a comma?", id)
        }
    }
}
