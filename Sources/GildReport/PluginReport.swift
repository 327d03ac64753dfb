// The plugins of a run: what each counted, and what it did wrong.

/// One plugin that the run could import. Metrics and mistakes are the plugin's since it was loaded, of all runs of the process.
public struct PluginReport: Codable, Sendable, Equatable {
    public var name: String
    public var version: String
    public var path: String
    public var metrics: [Metric]
    /// Broken rules that were found, and handles that calls left open. Without --check-plugins not every rule is looked after.
    public var violations: Int
    public var leakedHandles: Int

    public struct Metric: Codable, Sendable, Equatable {
        public var name: String
        /// `counter` or `gauge`.
        public var kind: String
        public var value: Int
        public var help: String

        public init(name: String, kind: String, value: Int, help: String) {
            self.name = name
            self.kind = kind
            self.value = value
            self.help = help
        }
    }

    enum CodingKeys: String, CodingKey {
        case name, version, path, metrics, violations
        case leakedHandles = "leaked_handles"
    }

    public init(name: String, version: String, path: String, metrics: [Metric] = [], violations: Int = 0, leakedHandles: Int = 0) {
        self.name = name
        self.version = version
        self.path = path
        self.metrics = metrics
        self.violations = violations
        self.leakedHandles = leakedHandles
    }
}

/// A rule that a plugin broke in the run, by its sentence.
public struct PluginViolationReport: Codable, Sendable, Equatable {
    public var plugin: String
    /// Absent where no call can be blamed.
    public var function: String?
    /// The plugin's innermost function on the stack, and the offset in its file.
    public var place: String?
    public var message: String
    public var count: Int

    public init(plugin: String, function: String?, place: String?, message: String, count: Int) {
        self.plugin = plugin
        self.function = function
        self.place = place
        self.message = message
        self.count = count
    }
}

extension RunReport {
    func violationSection(_ style: TextStyle, width: Int) -> [String] {
        var lines = [style.bad("Broken rules")]
        for violation in pluginViolations ?? [] {
            let times = violation.count == 1 ? "" : " (\(formatCount(violation.count)) times)"
            for (index, line) in wrapped(escaped(violation.message) + times, width: width - 4).enumerated() { lines.append((index == 0 ? "  - " : "    ") + line) }
        }
        return lines
    }

    /// Nothing where the run had no plugins.
    func pluginSection(_ style: TextStyle, width: Int?) -> [String] {
        var table = TextTable(["<plugin", "<version", "<metric", "value"])
        for plugin in plugins ?? [] {
            var name = plugin.name
            var version = plugin.version
            func row(_ metric: String, _ value: Int) {
                table.add([name, version, metric, formatCount(value)])
                name = ""
                version = ""
            }
            for metric in plugin.metrics { row(metric.name, metric.value) }
            row("rules broken", plugin.violations)
            row("handles left open", plugin.leakedHandles)
        }
        return [style.bold("Plugins")] + table.lines(width: width, style: style)
    }
}
