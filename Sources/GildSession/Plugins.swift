// Plugins as the commands and the daemon see them.

import GildReport
import GildRuntime

public typealias Plugin = GildRuntime.Plugin
public typealias PluginOptions = GildRuntime.PluginOptions
public typealias PluginWorkloadChoice = GildRuntime.PluginWorkloadChoice
public typealias PluginViolation = GildRuntime.PluginViolation
public typealias PluginError = GildRuntime.PluginError

extension PluginReport {
    public init(_ figures: Plugin.Figures) {
        self.init(
            name: figures.name, version: figures.version, path: figures.path,
            metrics: figures.metrics.map { Metric(name: $0.name, kind: $0.isCounter ? "counter" : "gauge", value: $0.value, help: $0.help) },
            violations: figures.violations, leakedHandles: figures.leakedHandles)
    }
}

/// A broken rule, as reports and logs tell it.
public func violationReport(_ violation: PluginViolation) -> PluginViolationReport {
    PluginViolationReport(
        plugin: violation.plugin, function: violation.function.isEmpty ? nil : violation.function, place: violation.place, message: violation.message,
        count: violation.count)
}
