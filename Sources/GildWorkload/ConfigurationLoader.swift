// From files to a configuration: read each, walk it, merge, then check what goes across files.
//
// Lists are concatenated in the order of the files, runtimes are merged by name, and every key of `daemon:` may be set in
// one file only. A name that is defined twice is an error that names both places. References (a workload's runtime) are
// checked last, when every definition is known.

import GildReport
import Glibc

public enum ConfigurationLoader {
    public static let defaultFile = "/etc/gild/gild.yaml"
    public static let defaultDirectory = "/etc/gild/conf.d"

    /// The configuration of one file.
    public static func load(file: String) throws(ConfigurationError) -> Configuration {
        var merge = Merge()
        merge.read(file: file)
        return try merge.finish()
    }

    /// The configuration of `main` and of every `*.yaml` in `directory`, in the order of their names' bytes.
    ///
    /// Either may be missing, but not both: without any file there is nothing to be run, and a misspelt path would go
    /// unnoticed.
    public static func load(
        main: String = defaultFile, directory: String = defaultDirectory
    ) throws(ConfigurationError) -> Configuration {
        var merge = Merge()
        let parts = try yamlFiles(in: directory)
        if access(main, F_OK) == 0 || errno != ENOENT {
            merge.read(file: main)
        } else if parts.isEmpty {
            let problem = ConfigurationProblem(
                file: main, line: 0, column: 0, path: "",
                message: "there is no configuration: neither this file nor a *.yaml file in \(directory)")
            throw ConfigurationError(code: .unreadable, problems: [problem])
        }
        for part in parts { merge.read(file: part) }
        return try merge.finish()
    }

    /// The files that `load()` reads, as they are now.
    public static func defaultFiles() -> [String] {
        (access(defaultFile, F_OK) == 0 ? [defaultFile] : []) + ((try? yamlFiles(in: defaultDirectory)) ?? [])
    }

    /// The configuration that a text says; `file` is its name in messages and the start of relative paths.
    public static func parse(_ text: [UInt8], file: String) throws(ConfigurationError) -> Configuration {
        var merge = Merge()
        merge.read(text, file: file)
        return try merge.finish()
    }

    /// The workloads that a text for `gilctl submit` defines: one definition by itself, a list of them, or a configuration
    /// with `workloads:` and nothing else.
    ///
    /// - Parameters:
    ///   - file: name of the text in messages; relative scripts start from its directory.
    ///   - runtimes: those that a definition may name; nil leaves that to the caller.
    public static func parseWorkloads(
        _ text: [UInt8], file: String, runtimes: [RuntimeDefinition]? = nil
    ) throws(ConfigurationError) -> [WorkloadDefinition] {
        var merge = Merge()
        merge.readWorkloads(text, file: file)
        if let runtimes {
            merge.configuration.runtimes = runtimes
            return try merge.finish().workloads
        }
        return try merge.finish(checkingReferences: false).workloads
    }

    /// Scripts that cannot be read, each at the place that names it; empty where all can.
    public static func checkScripts(_ configuration: Configuration) -> [ConfigurationProblem] {
        var problems: [ConfigurationProblem] = []
        for workload in configuration.workloads {
            guard case .file(let path) = workload.script, let reason = whyUnreadable(path) else { continue }
            let place = configuration.places.scripts[workload.name]
            problems.append(
                ConfigurationProblem(
                    file: place?.place.file ?? path, line: place?.place.line ?? 0, column: place?.place.column ?? 0,
                    path: place?.path ?? "", message: "script \(path) of workload '\(workload.name)' cannot be read: \(reason)"))
        }
        return problems
    }

    private static func whyUnreadable(_ path: String) -> String? {
        var status = stat()
        if stat(path, &status) != 0 || access(path, R_OK) != 0 { return String(cString: strerror(errno)) }
        if status.st_mode & S_IFMT == S_IFDIR { return String(cString: strerror(EISDIR)) }
        return nil
    }

    /// Paths of the visible `*.yaml` of a directory, sorted; none where there is no directory.
    private static func yamlFiles(in directory: String) throws(ConfigurationError) -> [String] {
        guard let stream = opendir(directory) else {
            if errno == ENOENT { return [] }
            let problem = ConfigurationProblem(
                file: directory, line: 0, column: 0, path: "", message: "cannot be read: \(String(cString: strerror(errno)))")
            throw ConfigurationError(code: .unreadable, problems: [problem])
        }
        defer { closedir(stream) }
        var names: [[UInt8]] = []
        while let entry = readdir(stream) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) { Array($0.prefix { $0 != 0 }) }
            if name.first != UInt8(ascii: "."), name.suffix(5).elementsEqual(".yaml".utf8) { names.append(name) }
        }
        names.sort { $0.lexicographicallyPrecedes($1) }
        let prefix = directory.hasSuffix("/") ? directory : directory + "/"
        return names.map { prefix + String(decoding: $0, as: UTF8.self) }
    }
}

/// What has been read of a configuration so far.
private struct Merge {
    var configuration = Configuration()
    private var validation = Validation(findings: Findings())
    private var unreadable: [ConfigurationProblem] = []
    private var runtimePlaces: [String: ConfigurationPlace] = [:]
    private var workloadPlaces: [String: ConfigurationPlace] = [:]
    private var pluginPlaces: [String: ConfigurationPlace] = [:]
    /// Checked at the end: what a workload says about its runtime.
    private var references: [(draft: WorkloadDraft, path: String, order: Int)] = []
    private var isAnyTruncated = false

    mutating func read(file: String) {
        switch SourceText.read(file: file) {
        case .success(let bytes): read(bytes, file: file)
        case .failure(let error): unreadable += error.problems
        }
    }

    mutating func read(_ bytes: [UInt8], file: String) {
        guard let root = root(bytes, file: file), let entries = validation.mapping(root, path: "") else { return }
        for entry in entries {
            let path = entry.key
            switch entry.key {
            case "daemon": validation.section(entry.value, daemonSection, into: &configuration.daemon, path: path)
            case "runtimes": runtimes(entry.value, path: path)
            case "workloads": workloads(entry.value, path: path)
            case "plugins": plugins(entry.value, path: path)
            default: validation.unknownKey(entry, known: ["daemon", "runtimes", "workloads", "plugins"], path: joined("", path))
            }
        }
    }

    mutating func readWorkloads(_ bytes: [UInt8], file: String) {
        guard let root = root(bytes, file: file) else {
            if validation.findings.isEmpty {
                let start = ConfigurationPlace(file: file, line: 1, column: 1)
                validation.findings.add("there is no workload", at: start, path: "")
            }
            return
        }
        if case .sequence = root.content {
            workloads(root, path: "")
            return
        }
        guard case .mapping(let entries) = root.content else {
            validation.wrongKind(root, "a workload, a list of workloads or a mapping with workloads", path: "")
            return
        }
        guard entries.contains(where: { ["workloads", "runtimes", "daemon", "plugins"].contains($0.key) }) else {
            workload(root, path: "")
            return
        }
        for entry in entries {
            if entry.key == "workloads" {
                workloads(entry.value, path: entry.key)
            } else if ["daemon", "runtimes", "plugins"].contains(entry.key) {
                validation.findings.add("can be changed in the daemon's files only", at: entry.place, path: entry.key)
            } else {
                validation.unknownKey(entry, known: ["workloads"], path: joined("", entry.key))
            }
        }
    }

    private mutating func root(_ bytes: [UInt8], file: String) -> YAMLNode? {
        validation.findings.begin(file: validation.findings.order + 1)
        guard let source = SourceText(file: file, bytes: bytes, findings: &validation.findings) else { return nil }
        let document = readYAML(source, findings: &validation.findings)
        validation.isTruncated = document.isTruncated
        validation.findings.beginPass()
        isAnyTruncated = isAnyTruncated || document.isTruncated
        let name = file.utf8.lastIndex(of: UInt8(ascii: "/")).map { String(file[...$0]) } ?? ""
        validation.directory = name.hasPrefix("/") ? name : workingDirectory() + "/" + name
        return document.root
    }

    private func workingDirectory() -> String {
        guard let path = getcwd(nil, 0) else { return "" }
        defer { free(path) }
        return String(cString: path)
    }

    private mutating func runtimes(_ node: YAMLNode, path: String) {
        for entry in validation.mapping(node, path: path) ?? [] {
            let entryPath = joined(path, entry.key)
            if !TextRules.name.isAllowed(entry.key) || entry.key.utf8.count > TextRules.name.maximumLength {
                validation.findings.add("must be \(TextRules.name.description)", at: entry.place, path: entryPath)
            }
            var runtime = RuntimeDefinition(name: entry.key)
            validation.section(entry.value, runtimeSection, into: &runtime, path: entryPath)
            checkRegime(of: runtime, entry.value, path: entryPath)
            if let earlier = runtimePlaces[entry.key] {
                validation.findings.add("is defined already in \(earlier)", at: entry.place, path: entryPath)
                continue
            }
            runtimePlaces[entry.key] = entry.place
            configuration.runtimes.append(runtime)
        }
    }

    /// Keys that have no meaning under the runtime's regime.
    private mutating func checkRegime(of runtime: RuntimeDefinition, _ node: YAMLNode, path: String) {
        guard case .mapping(let keys) = node.content, !validation.isTruncated else { return }
        if let regime = keys.first(where: { $0.key == "regime" }) {
            // One that is wrong was told already.
            guard case .scalar(let scalar) = regime.value.content, scalar.text == runtime.regime else { return }
        }
        for key in keys where !isNull(key.value) {
            let complaint: String? =
                switch key.key {
                case "lock_order" where runtime.lockOrder == .access && runtime.regime != regimeWithLockOrder:
                    "regime \(runtime.regime) has no mutexes of objects; access is for \(regimeWithLockOrder)"
                case "switch_interval" where !regimesWithSwitchInterval.contains(runtime.regime):
                    "regime \(runtime.regime) has no switch interval; it is for \(regimesWithSwitchInterval.joined(separator: " and "))"
                case "scheduling" where runtime.scheduling == .priority && !regimesWithSwitchInterval.contains(runtime.regime):
                    "regime \(runtime.regime) has no order of waiting threads; priority is for \(regimesWithSwitchInterval.joined(separator: " and "))"
                default: nil
                }
            if let complaint { validation.findings.add(complaint, at: key.place, path: joined(path, key.key)) }
        }
    }

    private mutating func plugins(_ node: YAMLNode, path: String) {
        for (index, element) in (validation.sequence(node, "a list of plugins", path: path) ?? []).enumerated() {
            let elementPath = "\(path)[\(index)]"
            guard case .mapping(let entries) = element.content else {
                validation.wrongKind(element, "a plugin", path: elementPath)
                continue
            }
            var plugin = PluginDefinition()
            validation.section(element, pluginSection, into: &plugin, path: elementPath)
            if !validation.isTruncated, !entries.contains(where: { $0.key == "path" }) {
                validation.findings.add("needs a path", at: element.place, path: elementPath)
            }
            if plugin.path.isEmpty { continue }
            if let earlier = pluginPlaces[plugin.path] {
                validation.findings.add("is listed already in \(earlier)", at: element.place, path: joined(elementPath, "path"))
                continue
            }
            pluginPlaces[plugin.path] = element.place
            configuration.plugins.append(plugin)
        }
    }

    private mutating func workloads(_ node: YAMLNode, path: String) {
        for (index, element) in (validation.sequence(node, "a list of workloads", path: path) ?? []).enumerated() {
            workload(element, path: "\(path)[\(index)]")
        }
    }

    private mutating func workload(_ node: YAMLNode, path: String) {
        guard case .mapping(let entries) = node.content else {
            validation.wrongKind(node, "a workload", path: path)
            return
        }
        var draft = WorkloadDraft()
        validation.section(node, workloadSection, into: &draft, path: path)
        if !validation.isTruncated {
            if !draft.isNamed { validation.findings.add("needs a name", at: node.place, path: path) }
            if !draft.hasScript && !draft.hasSource && !draft.hasPlugin {
                validation.findings.add("needs a script or a source", at: node.place, path: path)
            }
            if !draft.hasPlugin && !draft.definition.parameters.isEmpty {
                validation.findings.add("parameters are for workloads of a plugin; a script has args", at: node.place, path: path)
            }
            if draft.hasPlugin && draft.definition.entry != nil {
                validation.findings.add("entry is for scripts; a plugin's workload runs on all threads", at: node.place, path: path)
            }
            // An entry that is wrong was told already.
            if let place = draft.threadsPlace, draft.definition.threads > 1, !draft.hasPlugin,
                !entries.contains(where: { $0.key == "entry" && !isNull($0.value) }) {
                validation.findings.add(
                    "more than one thread needs entry: the function that they call", at: place, path: joined(path, "threads"))
            }
        }
        if draft.hasScript && draft.hasSource {
            validation.findings.add("has both a script and a source", at: draft.scriptPlace ?? node.place, path: path)
        }
        if draft.hasPlugin && (draft.hasScript || draft.hasSource) {
            validation.findings.add("has both a plugin and a \(draft.hasScript ? "script" : "source")", at: draft.scriptPlace ?? node.place, path: path)
        }
        let name = draft.definition.name
        if name.isEmpty { return }
        let place = draft.namePlace ?? node.place
        if let earlier = workloadPlaces[name] {
            validation.findings.add("workload '\(name)' is defined already in \(earlier)", at: place, path: joined(path, "name"))
            return
        }
        workloadPlaces[name] = place
        references.append((draft, path, validation.findings.order))
        configuration.workloads.append(draft.definition)
        configuration.places.workloads[name] = place
        if let scriptPlace = draft.scriptPlace {
            configuration.places.scripts[name] = .init(place: scriptPlace, path: joined(path, "script"))
        }
    }

    private mutating func checkReferences() {
        let byName = Dictionary(configuration.runtimes.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
        validation.findings.beginPass()
        for (draft, path, order) in references {
            if order != validation.findings.order { validation.findings.begin(file: order) }
            guard let runtime = byName[draft.definition.runtime] else {
                // A runtime may stand in what could not be read.
                if let place = draft.runtimePlace, !isAnyTruncated, unreadable.isEmpty {
                    validation.findings.add(
                        "there is no runtime \(shown(draft.definition.runtime))", at: place, path: joined(path, "runtime"),
                        word: draft.definition.runtime, known: configuration.runtimes.map(\.name))
                }
                continue
            }
            // The thread that ran the module waits for those that call the entry.
            if draft.definition.entry != nil || draft.hasPlugin, draft.definition.threads >= runtime.threadLimit,
                let place = draft.threadsPlace ?? draft.namePlace {
                validation.findings.add(
                    """
                    with the one that starts them these are more threads than the thread_limit of runtime \
                    '\(runtime.name)', which is \(runtime.threadLimit)
                    """, at: place, path: joined(path, "threads"))
            }
        }
    }

    mutating func finish(checkingReferences: Bool = true) throws(ConfigurationError) -> Configuration {
        if !configuration.runtimes.contains(where: { $0.name == "main" }) {
            configuration.runtimes.insert(RuntimeDefinition(name: "main"), at: 0)
        }
        if checkingReferences { checkReferences() }
        if var error = validation.findings.error(code: unreadable.isEmpty ? .invalid : .unreadable) {
            error.problems.insert(contentsOf: unreadable, at: 0)
            throw error
        }
        if !unreadable.isEmpty { throw ConfigurationError(code: .unreadable, problems: unreadable) }
        return configuration
    }
}
