// A definition as rows for a person, and as YAML that reads back to the same definition.

import GildReport

extension WorkloadDefinition {
    /// Every key and its value, defaults included, in the order of the table of keys; `none` where there is none.
    public func summary() -> [(key: String, value: String)] {
        var rows = [("name", name), ("runtime", runtime)]
        switch script {
        case .file(let path): rows.append(("script", path))
        case .source(let text, let file, let line):
            let lines = text.split(separator: "\n", omittingEmptySubsequences: false).count - (text.hasSuffix("\n") ? 1 : 0)
            rows.append(("source", "\(lines) \(lines == 1 ? "line" : "lines") in \(file):\(line)"))
        case .plugin(let plugin, let workload):
            rows.append(("plugin", "\(plugin)/\(workload)"))
            rows.append(("parameters", parametersText))
        }
        rows += [
            ("args", "[\(arguments.map(quotedIfNeeded).joined(separator: ", "))]"), ("threads", String(threads)),
            ("entry", entry ?? "none"), ("restart", restart.rawValue),
            ("every", everyNanoseconds.map(durationText) ?? "none"), ("autostart", String(autostart)),
            ("limits.time", timeLimitNanoseconds.map(durationText) ?? "none"), ("limits.output", sizeText(outputBytes)),
        ]
        return rows
    }

    /// One definition that `ConfigurationLoader.parseWorkloads` reads back; keys at their defaults are left out. An
    /// inline script is written as a quoted string where a `|` block would not keep every character.
    public func yaml() -> String {
        let defaults = WorkloadDefinition(name: name, script: script)
        var lines = ["name: \(quotedIfNeeded(name))"]
        if runtime != defaults.runtime { lines.append("runtime: \(quotedIfNeeded(runtime))") }
        switch script {
        case .file(let path): lines.append("script: \(quotedIfNeeded(path))")
        case .source(let text, _, _):
            if canBeBlock(text) {
                lines.append("source: |")
                lines += text.dropLast().split(separator: "\n", omittingEmptySubsequences: false).map { $0.isEmpty ? "" : "  \($0)" }
            } else {
                lines.append("source: \(quoted(text))")
            }
        case .plugin(let plugin, let workload):
            lines.append("plugin: \(quotedIfNeeded("\(plugin)/\(workload)"))")
            if !parameters.isEmpty { lines.append("parameters: \(parametersText)") }
        }
        if !arguments.isEmpty { lines.append("args: [\(arguments.map(quotedIfNeeded).joined(separator: ", "))]") }
        if threads != defaults.threads { lines.append("threads: \(threads)") }
        if let entry { lines.append("entry: \(quotedIfNeeded(entry))") }
        if restart != defaults.restart { lines.append("restart: \(restart.rawValue)") }
        if let everyNanoseconds { lines.append("every: \(durationText(everyNanoseconds))") }
        if autostart != defaults.autostart { lines.append("autostart: \(autostart)") }
        var limits: [String] = []
        if let timeLimitNanoseconds { limits.append("time: \(durationText(timeLimitNanoseconds))") }
        if outputBytes != defaults.outputBytes { limits.append("output: \(sizeText(outputBytes))") }
        if !limits.isEmpty { lines.append("limits: {\(limits.joined(separator: ", "))}") }
        return lines.joined(separator: "\n") + "\n"
    }
}

extension WorkloadDefinition {
    /// As a flow mapping; texts that look like numbers are quoted.
    private var parametersText: String {
        "{" + parameters.sorted { $0.key < $1.key }.map { "\(quotedIfNeeded($0.key)): \(quoted($0.value))" }.joined(separator: ", ") + "}"
    }
}

/// Whether a `|` block keeps `text`: it ends with one line end, begins with a character of its own, and has nothing that
/// needs an escape.
private func canBeBlock(_ text: String) -> Bool {
    let bytes = Array(text.utf8)
    guard bytes.count > 1, bytes.last == 0x0A, bytes[bytes.count - 2] != 0x0A, let first = bytes.first,
        first != 0x20, first != 0x0A, first != 0x09
    else { return false }
    return text.unicodeScalars.allSatisfy { scalar in
        switch scalar.value {
        case 0x09, 0x0A, 0x20...0x7E: true
        case 0x2028, 0x2029, 0xFEFF, 0xFFFE, 0xFFFF: false
        default: scalar.value >= 0xA0
        }
    }
}
