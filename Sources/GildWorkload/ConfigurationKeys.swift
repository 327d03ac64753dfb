// The keys of a configuration, each with its range and a sentence that says what it does.

import GildReport

private let second: UInt64 = 1_000_000_000
private let day: UInt64 = 86_400 * second

/// Names of the regimes that a runtime can have; those of the runtime itself, which this module does not know.
public let regimesOfConfiguration = ["gil", "gil-3.2", "gil-ticks", "object-lock", "atomic", "biased", "unsynchronized"]

/// Those of them in which a thread that waits can ask the holder to drop the lock.
public let regimesWithSwitchInterval = ["gil", "gil-3.2"]
/// The one whose objects have mutexes.
let regimeWithLockOrder = "object-lock"

enum TextRules {
    static let socket = TextRule(
        description: "an absolute path", pattern: "^/[^\\u0000]*$", maximumLength: 107,
        isAllowed: { $0.hasPrefix("/") && !$0.utf8.contains(0) })
    static let path = TextRule(
        description: "an absolute path", pattern: "^/[^\\u0000]*$", maximumLength: 4095,
        isAllowed: { $0.hasPrefix("/") && !$0.utf8.contains(0) })
    static let script = TextRule(
        description: "the path of a script", pattern: "^[^\\u0000]+$", maximumLength: 4095,
        isAllowed: { !$0.isEmpty && !$0.utf8.contains(0) })
    static let source = TextRule(
        description: "a script's text", pattern: "^[^\\u0000]+$", maximumLength: SourceText.maximumBytes,
        isAllowed: { !$0.isEmpty && !$0.utf8.contains(0) })
    static let group = TextRule(
        description: "the name of a group", pattern: "^[A-Za-z_][A-Za-z0-9_.-]{0,31}$", maximumLength: 32,
        isAllowed: { text in
            guard let first = text.utf8.first else { return false }
            return (isLetter(first) || first == 0x5F) && text.utf8.allSatisfy { isWord($0) || $0 == 0x2E || $0 == 0x2D }
        })
    static let name = TextRule(
        description: "a name: letters, digits, '_', '.' and '-', beginning with a letter or digit",
        pattern: "^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$", maximumLength: 64,
        isAllowed: { text in
            guard let first = text.utf8.first else { return false }
            return (isWord(first) && first != 0x5F)
                && text.utf8.allSatisfy { isWord($0) || $0 == 0x2E || $0 == 0x2D }
        })
    static let regime = TextRule(
        description: "a regime", pattern: "^(\(regimesOfConfiguration.joined(separator: "|")))$", maximumLength: 64, isAllowed: { _ in true })
    static let version = TextRule(
        description: "a version", pattern: "^[^\\u0000]{1,64}$", maximumLength: 64, isAllowed: { !$0.isEmpty && !$0.utf8.contains(0) })
    static let pluginWorkload = TextRule(
        description: "a plugin and its workload: PLUGIN/WORKLOAD", pattern: "^[A-Za-z_][A-Za-z0-9_]*/[^\\u0000]{1,64}$", maximumLength: 129,
        isAllowed: { text in
            let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
            return parts.count == 2 && entry.isAllowed(String(parts[0])) && !parts[1].isEmpty && parts[1].utf8.count <= 64 && !text.utf8.contains(0)
        })
    static let entry = TextRule(
        description: "the name of a function", pattern: "^[A-Za-z_][A-Za-z0-9_]*$", maximumLength: 255,
        isAllowed: { text in
            guard let first = text.utf8.first else { return false }
            return (isLetter(first) || first == 0x5F) && text.utf8.allSatisfy(isWord)
        })

    private static func isLetter(_ byte: UInt8) -> Bool { byte | 0x20 >= 0x61 && byte | 0x20 <= 0x7A }
    private static func isWord(_ byte: UInt8) -> Bool {
        isLetter(byte) || (byte >= 0x30 && byte <= 0x39) || byte == 0x5F
    }
}

let logSection = Section<LogSettings>("log", [
    .choice(
        "format", \.format, LogSettings(),
        "Form of the log records; auto: journal under systemd, text on a terminal, else json."),
    .choice("level", \.level, LogSettings(), "Records below this level are left out."),
    .duration(
        "metrics_interval", \.metricsIntervalNanoseconds, LogSettings(), 10_000_000...day, orZero: true,
        "Period of the metrics records, one per runtime and running workload; 0: none."),
    .duration(
        "hold_threshold", \.holdThresholdNanoseconds, LogSettings(), 1_000...day, orZero: true,
        "A warning for every hold of a lock that lasts longer; 0: none."),
    .integer(
        "queue", \.queue, LogSettings(), 16...1_048_576,
        "Records that may wait to be written; beyond it they are dropped and counted."),
])

let clientLimitsSection = Section<ClientLimits>("limits", [
    .integer("clients", \.clients, ClientLimits(), 1...65_536, "Connections at a time."),
    .integer("clients_per_uid", \.clientsPerUID, ClientLimits(), 1...65_536, "Connections of one user at a time."),
    .size("frame", \.frameBytes, ClientLimits(), 4_096...(64 << 20), "Size of one message, either way."),
    .size(
        "output_buffer", \.outputBufferBytes, ClientLimits(), 4_096...(64 << 20),
        "What may wait for a client that does not read; beyond it the client is closed."),
    .duration(
        "idle_timeout", \.idleTimeoutNanoseconds, ClientLimits(), 10_000_000...(7 * day), orZero: true,
        "A connection without a call for so long is closed; 0: never."),
])

let metricsSection = Section<MetricsSettings>("metrics", [
    .optionalText(
        "textfile", \.textfile, TextRules.path,
        "OpenMetrics file, rewritten at every metrics_interval, for node_exporter's textfile collector.")
])

let daemonSection = Section<DaemonSettings>("daemon", [
    .text("socket", \.socket, DaemonSettings(), TextRules.socket, "Path of the control socket. A change needs a restart."),
    .text(
        "group", \.group, DaemonSettings(), TextRules.group,
        "Group that may change things through the socket, besides root and the daemon's own user."),
    .section("log", \.log, logSection, "The log records."),
    .section("limits", \.limits, clientLimitsSection, "What the clients of the socket may use."),
    .section("metrics", \.metrics, metricsSection, "Metrics besides those in the log."),
])

let runtimeSection = Section<RuntimeDefinition>("runtime", [
    Key(
        description: KeyDescription(
            name: "regime", kind: .choice(regimesOfConfiguration), defaultText: RuntimeDefinition(name: "").regime,
            documentation: "How the heap is synchronised: the lock of CPython 3.10 and later (gil), of 3.2 to 3.9 (gil-3.2), or of 2 (gil-ticks); or no lock for all: a mutex for each object (object-lock), atomic counts (atomic), biased counts (biased), or nothing at all for the counts, which shows the race (unsynchronized)."),
        assign: { target, entry, path, validation in
            guard let regime = validation.text(entry.value, TextRules.regime, path: path) else { return }
            if regimesOfConfiguration.contains(regime) {
                target.regime = regime
            } else {
                validation.findings.add(
                    "regime \(shown(regime)) is not built in; known: \(regimesOfConfiguration.joined(separator: ", "))",
                    at: entry.value.place, path: path, word: regime, known: regimesOfConfiguration)
            }
        }),
    .choice(
        "lock_order", \.lockOrder, RuntimeDefinition(name: ""),
        "For object-lock: an operation on two objects locks them by address, which cannot deadlock, or as it names them (access), which can."),
    .choice(
        "scheduling", \.scheduling, RuntimeDefinition(name: ""),
        "Who gets the lock next: CPython's order (interval), or first whoever comes back from a blocking call (priority); for gil and gil-3.2."),
    .duration(
        "switch_interval", \.switchIntervalNanoseconds, RuntimeDefinition(name: ""), 1_000...(3_600 * second),
        "How long a thread may keep the lock while another one waits; for gil and gil-3.2."),
    .size(
        "heap_limit", \.heapLimitBytes, RuntimeDefinition(name: ""), (1 << 20)...(1 << 44),
        "Bytes that live objects may take; beyond it scripts get MemoryError."),
    .integer("thread_limit", \.threadLimit, RuntimeDefinition(name: ""), 1...4_096, "Threads alive at a time."),
    .boolean(
        "check_plugins", \.checksPlugins, RuntimeDefinition(name: ""),
        "Watch what plugins do: whoever breaks a rule gets an exception that names plugin, function and place; it is in the log and in the run's report."),
    .duration(
        "plugin_hold_limit", \.pluginHoldLimitNanoseconds, RuntimeDefinition(name: ""), 1_000...(3_600 * second),
        "How long a plugin that is watched may keep the lock without a checkpoint."),
])

let pluginSection = Section<PluginDefinition>("plugin", required: ["path"], [
    Key(
        description: KeyDescription(
            name: "path", kind: .text(TextRules.path),
            documentation: "The shared library's path. It and its directories must belong to root or to the daemon's user, and be writable for nobody else."),
        assign: { target, entry, path, validation in
            if let text = validation.text(entry.value, TextRules.path, path: path) { target.path = text }
        }),
    .optionalText("version", \.version, TextRules.version, "The version that the plugin must have; absent: any."),
    .textMap("parameters", \.parameters, "What the plugin finds as its parameters, texts by name."),
])

/// A workload while its keys are read.
struct WorkloadDraft: Sendable {
    var definition = WorkloadDefinition(name: "", script: .source("", file: "", line: 0))
    var isNamed = false
    /// Place of `script` or `source`, whichever came first.
    var scriptPlace: ConfigurationPlace?
    var hasScript = false
    var hasSource = false
    var hasPlugin = false
    var namePlace: ConfigurationPlace?
    var runtimePlace: ConfigurationPlace?
    var threadsPlace: ConfigurationPlace?
}

private let workloadDefaults = WorkloadDraft()

let workloadLimitsSection = Section<WorkloadDraft>("limits", [
    .optionalDuration(
        "time", \.definition.timeLimitNanoseconds, 1_000_000...(365 * day), "Wall time after which a run is stopped; absent: none."),
    .size(
        "output", \.definition.outputBytes, workloadDefaults, 1_024...(1 << 30),
        "Output that is kept for `gilctl logs`, and beyond which a run's output is cut in the log."),
])

let workloadSection = Section<WorkloadDraft>("workload", required: ["name"], exclusive: ["script", "source", "plugin"], [
    Key(
        description: KeyDescription(
            name: "name", kind: .text(TextRules.name), documentation: "Name of the workload, unique over all files."),
        assign: { target, entry, path, validation in
            target.isNamed = true
            target.namePlace = entry.value.place
            if let name = validation.text(entry.value, TextRules.name, path: path) { target.definition.name = name }
        }),
    Key(
        description: KeyDescription(
            name: "runtime", kind: .text(TextRules.name), defaultText: workloadDefaults.definition.runtime,
            documentation: "Name of the runtime that it runs in; workloads of one runtime share its heap and its lock."),
        assign: { target, entry, path, validation in
            guard let name = validation.text(entry.value, TextRules.name, path: path) else { return }
            target.definition.runtime = name
            target.runtimePlace = entry.value.place
        }),
    Key(
        description: KeyDescription(
            name: "script", kind: .text(TextRules.script),
            documentation: "The script's path; relative to the directory of the file that names it."),
        assign: { target, entry, path, validation in
            target.hasScript = true
            target.scriptPlace = target.scriptPlace ?? entry.value.place
            guard let script = validation.text(entry.value, TextRules.script, path: path) else { return }
            target.definition.script = .file(absolutePath(script, directory: validation.directory))
        }),
    Key(
        description: KeyDescription(
            name: "source", kind: .text(TextRules.source), documentation: "The script's text itself, instead of `script`."),
        assign: { target, entry, path, validation in
            target.hasSource = true
            target.scriptPlace = target.scriptPlace ?? entry.value.place
            guard let text = validation.text(entry.value, TextRules.source, path: path) else { return }
            guard case .scalar(let scalar) = entry.value.content else { return }
            target.definition.script = .source(text, file: entry.place.file, line: scalar.firstLine)
        }),
    Key(
        description: KeyDescription(
            name: "plugin", kind: .text(TextRules.pluginWorkload),
            documentation: "A plugin and one of its workloads, PLUGIN/WORKLOAD, instead of a script; it runs on so many `threads`."),
        assign: { target, entry, path, validation in
            target.hasPlugin = true
            target.scriptPlace = target.scriptPlace ?? entry.value.place
            guard let text = validation.text(entry.value, TextRules.pluginWorkload, path: path) else { return }
            let parts = text.split(separator: "/", maxSplits: 1)
            target.definition.script = .plugin(String(parts[0]), workload: String(parts[1]))
        }),
    .textMap("parameters", \.definition.parameters, "What a plugin's workload finds as its parameters, texts by name."),
    .texts("args", \.definition.arguments, "Arguments of the script: `sys.argv[1:]`."),
    Key(
        description: KeyDescription(
            name: "threads", kind: .integer(1...4_096), defaultText: String(workloadDefaults.definition.threads),
            documentation: "Threads that call entry(index) once the module has run, or run a plugin's workload; more than 1 needs `entry` or `plugin`."),
        assign: { target, entry, path, validation in
            guard let count = validation.integer(entry.value, 1...4_096, path: path) else { return }
            target.definition.threads = count
            target.threadsPlace = entry.value.place
        }),
    .optionalText("entry", \.definition.entry, TextRules.entry, "Name of a function of the module."),
    .choice(
        "restart", \.definition.restart, workloadDefaults, "When a run that has ended is started again, with back-off."),
    .optionalDuration(
        "every", \.definition.everyNanoseconds, 1_000_000...(365 * day),
        "Start again at this period, if the run before has ended; absent: once."),
    .boolean("autostart", \.definition.autostart, workloadDefaults, "Whether it is started with the daemon."),
    .section("limits", \.self, workloadLimitsSection, "What one run may use."),
])

/// `path`, or `directory` and `path`, without `.` and empty components; `..` stays, as it may follow a symbolic link.
func absolutePath(_ path: String, directory: String) -> String {
    let joined = path.hasPrefix("/") ? path : directory + path
    let components = joined.split(separator: "/", omittingEmptySubsequences: true).filter { $0 != "." }
    return (joined.hasPrefix("/") ? "/" : "") + components.joined(separator: "/")
}
