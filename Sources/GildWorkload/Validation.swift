// A tree held against the table of keys.
//
// Every node is looked at once. A value that is wrong leaves its default in the model and a finding in the list, so that
// one mistake causes one finding and the walk goes on.

import GildReport

/// What was found so far, and what goes on across files.
struct Validation {
    var findings: Findings
    /// Directory that relative script paths of the current file start from; ends with a slash, or is empty.
    var directory = ""
    /// Where a key of `daemon:` was set, over all files.
    var daemonPlaces: [String: ConfigurationPlace] = [:]
    /// The current document ended early: nothing is said about what is missing.
    var isTruncated = false

    init(findings: Findings) { self.findings = findings }

    /// The entries of a mapping; null is the empty mapping. Nil after a finding.
    mutating func mapping(_ node: YAMLNode, path: String) -> [YAMLEntry]? {
        if isNull(node) { return [] }
        if case .mapping(let entries) = node.content { return entries }
        wrongKind(node, "a mapping", path: path)
        return nil
    }

    /// The elements of a list; null is the empty list. Nil after a finding.
    mutating func sequence(_ node: YAMLNode, _ expected: String = "a list", path: String) -> [YAMLNode]? {
        if isNull(node) { return [] }
        if case .sequence(let elements) = node.content { return elements }
        wrongKind(node, expected, path: path)
        return nil
    }

    /// Reads a mapping by its table; unknown keys are findings.
    mutating func section<Target>(_ node: YAMLNode, _ section: Section<Target>, into target: inout Target, path: String) {
        guard let entries = mapping(node, path: path) else { return }
        for entry in entries {
            guard let key = section.key(named: entry.key) else {
                unknownKey(entry, known: section.names, path: joined(path, entry.key))
                continue
            }
            let entryPath = joined(path, entry.key)
            if path.hasPrefix("daemon"), isLeaf(key.description.kind) {
                if let earlier = daemonPlaces[entryPath] {
                    findings.add("is set already in \(earlier)", at: entry.place, path: entryPath)
                    continue
                }
                daemonPlaces[entryPath] = entry.place
            }
            key.assign(&target, entry, entryPath, &self)
        }
    }

    private func isLeaf(_ kind: ValueKind) -> Bool {
        if case .section = kind { return false }
        return true
    }

    mutating func unknownKey(_ entry: YAMLEntry, known: [String], path: @autoclosure () -> String) {
        findings.add("unknown key", at: entry.place, path: path(), word: entry.key, known: known)
    }

    mutating func text(_ node: YAMLNode, _ rule: TextRule, path: String) -> String? {
        guard let scalar = scalar(node, "a string", path: path) else { return nil }
        let kind = CoreValue(scalar)
        guard case .string = kind else {
            notString(scalar, kind, at: node.place, path: path)
            return nil
        }
        if scalar.text.utf8.count > rule.maximumLength {
            findings.add("must be at most \(rule.maximumLength) bytes long", at: node.place, path: path)
            return nil
        }
        if rule.isAllowed(scalar.text) { return scalar.text }
        findings.add("must be \(rule.description), not \(shown(scalar.text))", at: node.place, path: path)
        return nil
    }

    mutating func boolean(_ node: YAMLNode, path: String) -> Bool? {
        guard let scalar = scalar(node, "true or false", path: path) else { return nil }
        let kind = CoreValue(scalar)
        if case .boolean(let value) = kind { return value }
        wrongScalar(scalar, kind, "true or false", at: node.place, path: path)
        return nil
    }

    mutating func integer(_ node: YAMLNode, _ range: ClosedRange<Int>, path: String) -> Int? {
        guard let scalar = scalar(node, "an integer", path: path) else { return nil }
        let kind = CoreValue(scalar)
        guard case .integer(let value) = kind else {
            wrongScalar(scalar, kind, "an integer", at: node.place, path: path)
            return nil
        }
        if let value, range.contains(value) { return value }
        findings.add(
            "must be between \(range.lowerBound) and \(range.upperBound), not \(excerpt(scalar.text))", at: node.place, path: path)
        return nil
    }

    mutating func duration(_ node: YAMLNode, _ range: ClosedRange<UInt64>, orZero: Bool, path: String) -> UInt64? {
        guard let scalar = scalar(node, "a duration such as 5ms or 10s", path: path) else { return nil }
        switch CoreValue(scalar) {
        case .null, .boolean:
            wrongScalar(scalar, CoreValue(scalar), "a duration such as 5ms or 10s", at: node.place, path: path)
            return nil
        default: break
        }
        let value: UInt64
        do throws(UnitError) {
            value = try parseDuration(excerpt(scalar.text))
        } catch {
            findings.add(error.message, at: node.place, path: path)
            return nil
        }
        if range.contains(value) || (orZero && value == 0) { return value }
        let bounds = "between \(durationText(range.lowerBound)) and \(durationText(range.upperBound))"
        findings.add(
            "must be \(orZero ? "0, or " : "")\(bounds), not \(excerpt(scalar.text))", at: node.place, path: path)
        return nil
    }

    mutating func size(_ node: YAMLNode, _ range: ClosedRange<Int>, path: String) -> Int? {
        guard let scalar = scalar(node, "a size such as 64MiB", path: path) else { return nil }
        var value: Int
        switch CoreValue(scalar) {
        case .null, .boolean:
            wrongScalar(scalar, CoreValue(scalar), "a size such as 64MiB", at: node.place, path: path)
            return nil
        case .integer(let bytes?): value = bytes
        default:
            do throws(UnitError) {
                value = try parseSize(excerpt(scalar.text))
            } catch {
                findings.add(error.message, at: node.place, path: path)
                return nil
            }
        }
        if range.contains(value) { return value }
        findings.add(
            "must be between \(sizeText(range.lowerBound)) and \(sizeText(range.upperBound)), not \(excerpt(scalar.text))",
            at: node.place, path: path)
        return nil
    }

    mutating func choice(_ node: YAMLNode, _ values: [String], path: String) -> String? {
        let expected = "one of \(values.joined(separator: ", "))"
        guard let scalar = scalar(node, expected, path: path) else { return nil }
        guard case .string = CoreValue(scalar) else {
            wrongScalar(scalar, CoreValue(scalar), expected, at: node.place, path: path)
            return nil
        }
        if values.contains(scalar.text) { return scalar.text }
        findings.add(
            "must be \(expected), not \(shown(scalar.text))", at: node.place, path: path, word: scalar.text, known: values)
        return nil
    }

    mutating func texts(_ node: YAMLNode, path: String) -> [String]? {
        guard let elements = sequence(node, "a list of strings", path: path) else { return nil }
        var values: [String] = []
        var isComplete = true
        for (index, element) in elements.enumerated() {
            if case .scalar(let scalar) = element.content, case .string = CoreValue(scalar), !scalar.text.utf8.contains(0) {
                values.append(scalar.text)
                continue
            }
            isComplete = false
            let elementPath = findings.hasRoom ? "\(path)[\(index)]" : ""
            guard let scalar = scalar(element, "a string", path: elementPath) else { continue }
            let kind = CoreValue(scalar)
            if case .string = kind {
                findings.add("must not contain a NUL", at: element.place, path: elementPath)
            } else {
                notString(scalar, kind, at: element.place, path: elementPath)
            }
        }
        return isComplete ? values : nil
    }

    mutating func textMap(_ node: YAMLNode, path: String) -> [String: String]? {
        guard let entries = mapping(node, path: path) else { return nil }
        let rule = TextRule(description: "a text", maximumLength: 4095, isAllowed: { !$0.utf8.contains(0) })
        var values: [String: String] = [:]
        var isComplete = true
        for entry in entries {
            if let text = text(entry.value, rule, path: joined(path, entry.key)) { values[entry.key] = text } else { isComplete = false }
        }
        return isComplete ? values : nil
    }

    // MARK: What is said

    private mutating func scalar(_ node: YAMLNode, _ expected: String, path: String) -> YAMLScalar? {
        if case .scalar(let scalar) = node.content { return scalar }
        wrongKind(node, expected, path: path)
        return nil
    }

    mutating func wrongKind(_ node: YAMLNode, _ expected: String, path: String) {
        switch node.content {
        case .invalid: break
        case .sequence: findings.add("must be \(expected), not a list", at: node.place, path: path)
        case .mapping: findings.add("must be \(expected), not a mapping", at: node.place, path: path)
        case .scalar(let scalar): wrongScalar(scalar, CoreValue(scalar), expected, at: node.place, path: path)
        }
    }

    private mutating func wrongScalar(
        _ scalar: YAMLScalar, _ kind: CoreValue, _ expected: String, at place: ConfigurationPlace, path: String
    ) {
        let found =
            switch kind {
            case .null, .boolean: kind.noun
            case .integer, .float: "\(kind.noun) \(excerpt(scalar.text))"
            case .string: "\(kind.noun) \(shown(scalar.text))"
            }
        findings.add("must be \(expected), not \(found)", at: place, path: path)
    }

    /// A number, true, false or null where a string is wanted: quotes make it one.
    private mutating func notString(_ scalar: YAMLScalar, _ kind: CoreValue, at place: ConfigurationPlace, path: String) {
        if !findings.hasRoom { return findings.add("", at: place, path: path) }
        let text = excerpt(scalar.text)
        let found =
            switch kind {
            case .null, .boolean: kind.noun
            default: "\(kind.noun) \(text)"
            }
        let advice = text.isEmpty ? "" : ": write \"\(text)\" in quotes"
        findings.add("must be a string, not \(found)\(advice)", at: place, path: path)
    }
}

func shown(_ text: String) -> String { "'\(escaped(excerpt(text)))'" }
