// OpenMetrics 1.0 text exposition. By hand, because a metric family is three lines and the figures are already there.
//
// A family is written whole: TYPE, UNIT, HELP, then the samples of all runtimes, as the format demands. Times are seconds,
// printed from the integer nanoseconds digit by digit, so that nothing is rounded. Distributions are summaries: quantiles
// since the start, `_count` and `_sum`; the quantiles are left out while nothing was counted. Counters of a workload's runs
// are those of the runs that are alive; they begin anew with each run, which is what the label `run` is for.
// Source: https://github.com/prometheus/OpenMetrics, specification/OpenMetrics.md.

import GildReport

public enum OpenMetricsText {
    /// Media type of the text, for whoever serves it by HTTP.
    public static let contentType = "application/openmetrics-text; version=1.0.0; charset=utf-8"

    /// - Parameters:
    ///   - runtimes: figures since each runtime's start.
    ///   - workloads: figures since each run's start.
    /// - Returns: the text with its `# EOF`.
    public static func render(
        _ runtimes: [RuntimeFigures], _ workloads: [WorkloadFigures], _ daemon: DaemonFigures
    ) -> String {
        var text = Writer()
        daemonFamilies(daemon, &text)
        runtimeFamilies(runtimes, &text)
        workloadFamilies(workloads, &text)
        pluginFamilies(daemon.plugins, &text)
        return text.text + "# EOF\n"
    }

    private static func daemonFamilies(_ daemon: DaemonFigures, _ text: inout Writer) {
        text.family("gild", "info", "Version of gild.") { $0.sample("_info", [("version", daemon.version)], "1") }
        text.family("gild_start_time_seconds", "gauge", unit: "seconds", "When the daemon started, since the epoch.") {
            $0.sample("", [], seconds(daemon.startRealtimeNanoseconds))
        }
        text.family("gild_control_clients", "gauge", "Connections to the control socket.") {
            $0.sample("", [], daemon.clients)
        }
        text.family("gild_log_records", "counter", "Records that were written to the log.") {
            $0.sample("_total", [], daemon.log.written)
        }
        text.family("gild_log_records_dropped", "counter", "Records that were thrown away, by kind of event.") { family in
            for kind in EventKind.allCases {
                guard let count = daemon.log.dropped[kind] else { continue }
                family.sample("_total", [("event", kind.rawValue)], count)
            }
        }
        text.family("gild_workload_running", "gauge", "Runs of a workload at this moment.") { family in
            for entry in daemon.workloads {
                family.sample("", [("runtime", entry.runtime), ("workload", entry.workload)], entry.running)
            }
        }
        text.family("gild_workload_runs", "counter", "Runs of a workload that have ended, by result.") { family in
            for entry in daemon.runs {
                let labels = [("runtime", entry.runtime), ("workload", entry.workload), ("result", entry.result)]
                family.sample("_total", labels, entry.count)
            }
        }
    }

    /// A family of its own for each metric: what a plugin counts means the same in no other.
    private static func pluginFamilies(_ plugins: [PluginReport], _ text: inout Writer) {
        if plugins.isEmpty { return }
        for plugin in plugins {
            for metric in plugin.metrics {
                text.family("gild_plugin_\(plugin.name)_\(metric.name)", metric.kind, metric.help) {
                    $0.sample(metric.kind == "counter" ? "_total" : "", [], metric.value)
                }
            }
        }
        text.family("gild_plugin_violations", "counter", "Rules that a plugin broke, as far as they were looked after.") { family in
            for plugin in plugins { family.sample("_total", [("plugin", plugin.name)], plugin.violations) }
        }
    }

    private static func runtimeFamilies(_ runtimes: [RuntimeFigures], _ text: inout Writer) {
        func labels(_ runtime: RuntimeFigures) -> [(String, String)] { [("runtime", runtime.name)] }
        func summary(_ name: String, _ help: String, _ path: (LockReport) -> TimeDistribution) {
            text.family(name, "summary", unit: "seconds", help) { family in
                for runtime in runtimes { family.distribution(labels(runtime), path(runtime.lock)) }
            }
        }
        func counter(_ name: String, unit: String? = nil, _ help: String, _ value: (RuntimeFigures) -> Int) {
            text.family(name, "counter", unit: unit, help) { family in
                for runtime in runtimes { family.sample("_total", labels(runtime), value(runtime)) }
            }
        }
        func gauge(_ name: String, unit: String? = nil, _ help: String, _ value: (RuntimeFigures) -> Int?) {
            text.family(name, "gauge", unit: unit, help) { family in
                for runtime in runtimes {
                    if let value = value(runtime) { family.sample("", labels(runtime), value) }
                }
            }
        }

        text.family("gild_runtime", "info", "Synchronisation regime of a runtime.") { family in
            for runtime in runtimes {
                family.sample("_info", labels(runtime) + [("regime", runtime.regime)], "1")
            }
        }
        gauge("gild_runtime_exact", "1 if all counters of the runtime are of one moment.") { $0.isExact ? 1 : 0 }
        gauge("gild_runtime_threads", "Threads of a runtime.") { $0.threads }
        gauge("gild_runtime_runs", "Runs in a runtime.") { $0.runs }
        gauge("gild_gil_waiting_threads", "Threads that wait for the lock.") { $0.waiting }
        text.family("gild_gil_switch_interval_seconds", "gauge", unit: "seconds", "Switch interval of the lock.") { family in
            for runtime in runtimes {
                family.sample("", labels(runtime), seconds(runtime.lock.switchIntervalNanoseconds))
            }
        }
        summary("gild_gil_hold_seconds", "From taking the lock to dropping it.") { $0.hold }
        summary("gild_gil_wait_seconds", "From asking for the lock to having it.") { $0.wait }
        summary("gild_gil_handoff_seconds", "From a thread's drop of the lock to a waiting thread's acquisition.") {
            $0.handoff
        }
        counter("gild_gil_acquisitions", "Times that a thread took the lock.") { $0.lock.acquisitions }
        counter("gild_gil_contended_acquisitions", "Acquisitions that found the lock held.") {
            $0.lock.contendedAcquisitions
        }
        text.family("gild_gil_handoffs", "counter", "Times that the lock went from one thread to another, by reason.") { family in
            for runtime in runtimes {
                for reason in HandoffReason.allCases {
                    family.sample(
                        "_total", labels(runtime) + [("kind", reason.rawValue)], runtime.lock.handoffs[reason])
                }
            }
        }
        counter("gild_gil_drop_requests", "Times that a waiter asked the holder to give the lock up.") {
            $0.lock.dropRequests
        }
        counter("gild_gil_futile_wakeups", "Wakeups of a waiter that found the lock taken again.") {
            $0.lock.futileWakeups
        }
        text.family("gild_gil_idle_seconds", "counter", unit: "seconds", "Time in which nobody held the lock.") { family in
            for runtime in runtimes { family.sample("_total", labels(runtime), seconds(runtime.lock.idleNanoseconds)) }
        }
        text.family("gild_refcount_operations", "counter", "Refcount operations on objects that can die.") { family in
            for runtime in runtimes {
                family.sample("_total", labels(runtime) + [("op", "incref")], runtime.increfs)
                family.sample("_total", labels(runtime) + [("op", "decref")], runtime.decrefs)
            }
        }
        gauge("gild_heap_references", "References alive: the sum of the refcounts.") { $0.liveReferences }
        gauge("gild_heap_objects", "Objects alive.") { $0.liveObjects }
        gauge("gild_heap_bytes", unit: "bytes", "Bytes of the live objects.") { $0.liveBytes }
        gauge("gild_heap_peak_bytes", unit: "bytes", "Highest number of live bytes.") { $0.peakBytes }
        gauge("gild_heap_limit_bytes", unit: "bytes", "Limit of the live bytes, where there is one.") {
            $0.heapLimitBytes > 0 ? $0.heapLimitBytes : nil
        }
        counter("gild_heap_allocations", "Objects allocated.") { $0.allocations }
        counter("gild_heap_frees", "Objects freed.") { $0.frees }
        counter("gild_heap_allocated_bytes", unit: "bytes", "Bytes allocated.") { $0.allocatedBytes }
        counter("gild_heap_freed_bytes", unit: "bytes", "Bytes freed.") { $0.freedBytes }
        counter("gild_gc_collections", "Runs of the cycle collector.") { $0.collections }
        counter("gild_gc_collected_objects", "Objects that the cycle collector freed.") { $0.cyclesCollected }
    }

    private static func workloadFamilies(_ workloads: [WorkloadFigures], _ text: inout Writer) {
        func labels(_ figures: WorkloadFigures) -> [(String, String)] {
            [("runtime", figures.runtime), ("workload", figures.workload), ("run", String(figures.run))]
        }
        func counter(_ name: String, _ help: String, _ value: (WorkloadFigures) -> Int) {
            text.family(name, "counter", help) { family in
                for figures in workloads { family.sample("_total", labels(figures), value(figures)) }
            }
        }
        func summary(_ name: String, _ help: String, _ path: (LockReport) -> TimeDistribution) {
            text.family(name, "summary", unit: "seconds", help) { family in
                for figures in workloads { family.distribution(labels(figures), path(figures.lock)) }
            }
        }
        text.family("gild_workload_threads", "gauge", "Threads of a run.") { family in
            for figures in workloads { family.sample("", labels(figures), figures.threads) }
        }
        summary("gild_workload_gil_hold_seconds", "From a run's taking the lock to dropping it.") { $0.hold }
        summary("gild_workload_gil_wait_seconds", "From a run's asking for the lock to having it.") { $0.wait }
        counter("gild_workload_gil_acquisitions", "Times that a thread of a run took the lock.") { $0.lock.acquisitions }
        text.family("gild_workload_refcount_operations", "counter", "Refcount operations of a run.") { family in
            for figures in workloads {
                family.sample("_total", labels(figures) + [("op", "incref")], figures.increfs)
                family.sample("_total", labels(figures) + [("op", "decref")], figures.decrefs)
            }
        }
        counter("gild_workload_allocations", "Objects that a run allocated.") { $0.allocations }
        counter("gild_workload_frees", "Objects that a run freed.") { $0.frees }
        counter("gild_workload_instructions", "Bytecode instructions that a run executed.") { $0.instructions }
    }

    /// Seconds of whole nanoseconds, exact: `0.000005`, `12.5`, `3`.
    static func seconds(_ nanoseconds: some BinaryInteger) -> String {
        let magnitude = nanoseconds.magnitude
        let whole = (nanoseconds < 0 ? "-" : "") + String(magnitude / 1_000_000_000)
        var fraction = String(magnitude % 1_000_000_000)
        if fraction == "0" { return whole }
        fraction = String(repeating: "0", count: 9 - fraction.count) + fraction
        while fraction.last == "0" { fraction.removeLast() }
        return whole + "." + fraction
    }

    /// A label's value or a help text: backslash, double quote and line feed are escaped. Other control characters stay, as
    /// the format has no escape for them; names of a configuration cannot contain any.
    static func escaped(_ value: String) -> String {
        var result = ""
        for scalar in value.unicodeScalars {
            switch scalar {
            case "\\": result += "\\\\"
            case "\"": result += "\\\""
            case "\n": result += "\\n"
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }

    /// Collects the text; knows the family that is being written.
    private struct Writer {
        var text = ""
        private var name = ""

        /// A family without samples is left out.
        mutating func family(
            _ name: String, _ type: String, unit: String? = nil, _ help: String, _ samples: (inout Writer) -> Void
        ) {
            let before = text
            self.name = name
            text += "# TYPE \(name) \(type)\n"
            if let unit { text += "# UNIT \(name) \(unit)\n" }
            text += "# HELP \(name) \(OpenMetricsText.escaped(help))\n"
            let length = text.utf8.count
            samples(&self)
            if text.utf8.count == length { text = before }
        }

        mutating func sample(_ suffix: String, _ labels: [(String, String)], _ value: String) {
            text += name + suffix
            if !labels.isEmpty {
                let parts = labels.map { "\($0.0)=\"\(OpenMetricsText.escaped($0.1))\"" }
                text += "{" + parts.joined(separator: ",") + "}"
            }
            text += " " + value + "\n"
        }

        mutating func sample(_ suffix: String, _ labels: [(String, String)], _ value: Int) {
            sample(suffix, labels, String(value))
        }

        mutating func distribution(_ labels: [(String, String)], _ times: TimeDistribution) {
            if times.count > 0 {
                for (quantile, value) in [("0.5", times.p50), ("0.9", times.p90), ("0.99", times.p99), ("0.999", times.p999)] {
                    sample("", labels + [("quantile", quantile)], OpenMetricsText.seconds(value))
                }
            }
            sample("_count", labels, times.count)
            sample("_sum", labels, OpenMetricsText.seconds(times.sum))
        }
    }
}
