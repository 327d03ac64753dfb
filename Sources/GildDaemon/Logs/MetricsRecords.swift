// The figures of an interval and the report of a run as records: a sentence for people, the figures as fields.
//
// Names of fields: `<what>_<figure>_<unit>`, times in nanoseconds, the same in every log. Distributions have count, sum,
// p50, p90, p99 and max; the percentiles are the interval's own.

import GildReport

public enum MetricsRecords {
    /// One `runtime-metrics` record. `figures` are of one interval, gauges (live, waiting, threads) of its end.
    public static func record(of figures: RuntimeFigures) -> LogRecord {
        let lock = figures.lock
        var fields = [
            LogField("interval_ns", Int(clamping: figures.nanoseconds)), LogField("exact", figures.isExact),
            LogField("runs", figures.runs), LogField("threads", figures.threads), LogField("waiting", figures.waiting),
        ]
        if let holder = figures.holder { fields.append(LogField("holder", holder)) }
        fields += self.fields(of: lock)
        fields += [LogField("idle_ns", lock.idleNanoseconds), LogField("increfs", figures.increfs), LogField("decrefs", figures.decrefs)]
        if let references = figures.liveReferences { fields.append(LogField("live_references", references)) }
        fields += [
            LogField("allocations", figures.allocations), LogField("frees", figures.frees),
            LogField("allocated_bytes", figures.allocatedBytes), LogField("freed_bytes", figures.freedBytes),
            LogField("live_objects", figures.liveObjects), LogField("live_bytes", figures.liveBytes),
            LogField("peak_bytes", figures.peakBytes), LogField("heap_limit_bytes", figures.heapLimitBytes),
            LogField("collections", figures.collections), LogField("cycles_collected", figures.cyclesCollected),
        ]
        let sentence =
            "lock held \(share(lock.hold.sum, of: figures.nanoseconds)) of \(formatDuration(Int(clamping: figures.nanoseconds))) by "
            + "\(counted(figures.runs, "run")): \(counted(lock.acquisitions, "acquisition")), \(counted(lock.handoffs.total, "handoff")), "
            + "wait p99 \(formatDuration(lock.wait.p99)), \(counted(figures.liveObjects, "live object"))"
        return LogRecord(
            .runtimeMetrics, LogText(sentence), runtime: figures.name, regime: figures.regime, fields: fields)
    }

    /// One `plugin-metrics` record; the fields are the plugin's own metrics.
    public static func record(of plugin: PluginReport) -> LogRecord {
        let figures = plugin.metrics.map { "\($0.name) \(formatCount($0.value))" }.joined(separator: ", ")
        return LogRecord(
            .pluginMetrics, LogText("plugin \(plugin.name): \(figures)"),
            fields: [LogField("plugin", plugin.name)] + plugin.metrics.map { LogField("metric_\($0.name)", $0.value) }
                + [LogField("rules_broken", plugin.violations), LogField("leaked_handles", plugin.leakedHandles)])
    }

    /// One `workload-metrics` record.
    public static func record(of figures: WorkloadFigures) -> LogRecord {
        let lock = figures.lock
        let fields =
            [
                LogField("run", Int(clamping: figures.run)), LogField("interval_ns", Int(clamping: figures.nanoseconds)),
                LogField("exact", figures.isExact), LogField("threads", figures.threads),
            ] + self.fields(of: lock) + [
                LogField("increfs", figures.increfs), LogField("decrefs", figures.decrefs),
                LogField("allocations", figures.allocations), LogField("frees", figures.frees),
                LogField("allocated_bytes", figures.allocatedBytes), LogField("freed_bytes", figures.freedBytes),
                LogField("instructions", figures.instructions),
            ]
        let sentence =
            "held the lock \(share(lock.hold.sum, of: figures.nanoseconds)) of \(formatDuration(Int(clamping: figures.nanoseconds))) on "
            + "\(counted(figures.threads, "thread")): \(counted(lock.acquisitions, "acquisition")), "
            + "wait p99 \(formatDuration(lock.wait.p99)), \(counted(figures.allocations, "allocation"))"
        return LogRecord(
            .workloadMetrics, LogText(sentence), runtime: figures.runtime, workload: figures.workload, regime: figures.regime,
            fields: fields)
    }

    /// The `report` record at a run's end: key figures as fields, the whole report as the field `report` (GILD_REPORT).
    public static func record(
        of report: RunReport, runtime: String, workload: String, run: UInt64
    ) -> LogRecord {
        let lock = report.lock
        let fields =
            [
                LogField("run", Int(clamping: run)), LogField("exit_status", report.exitStatus),
                LogField("exact", report.notes.isEmpty), LogField("wall_ns", report.wallNanoseconds),
                LogField("cpu_ns", report.cpuNanoseconds), LogField("threads", report.threads.count),
            ] + self.fields(of: lock) + [
                LogField("increfs", report.refcounts.increfs), LogField("decrefs", report.refcounts.decrefs),
                LogField("live_references", report.refcounts.liveReferences),
                LogField("allocations", report.heap.allocatedObjects), LogField("frees", report.heap.freedObjects),
                LogField("live_objects", report.heap.liveObjects), LogField("live_bytes", report.heap.liveBytes),
                LogField("peak_bytes", report.heap.peakBytes), LogField("cycles_collected", report.heap.cyclesCollected),
                LogField("report", .json(report.json())),
            ]
        let leaks = report.heap.liveObjects == 0 ? "no leaks" : "\(counted(report.heap.liveObjects, "object")) left alive"
        let sentence =
            "run \(run) ended with status \(report.exitStatus) after \(formatDuration(report.wallNanoseconds)): held the lock "
            + "\(formatDuration(lock.hold.sum)), \(counted(lock.acquisitions, "acquisition")), "
            + "\(counted(lock.handoffs.total, "handoff")), \(leaks)"
        return LogRecord(
            .report, LogText(sentence), runtime: runtime, workload: workload, regime: report.regime, fields: fields)
    }

    /// A `leak` record for each type and place of a run's report, at most `limit`, then one that counts the others.
    public static func leakRecords(
        of report: RunReport, runtime: String, workload: String, run: UInt64, limit: Int = 20
    ) -> [LogRecord] {
        func record(_ message: String, _ fields: [LogField]) -> LogRecord {
            LogRecord(
                .leak, LogText(message), runtime: runtime, workload: workload, regime: report.regime,
                fields: [LogField("run", Int(clamping: run))] + fields)
        }
        // What a run put into gild.shared outlives it on purpose.
        let leaked = report.heap.leaked.compactMap { leak -> HeapReport.Leak? in
            var lost = leak
            lost.count -= leak.shared ?? 0
            return lost.count > 0 ? lost : nil
        }
        var records = leaked.prefix(limit).map { leak in
            record(
                "\(counted(leak.count, "object")) of type \(leak.type) leaked, allocated at \(leak.site)",
                [
                    LogField("type", leak.type), LogField("count", leak.count), LogField("references", leak.refcount),
                    LogField("place", leak.site),
                ])
        }
        let rest = leaked.dropFirst(limit).reduce(0) { $0 + $1.count }
        if rest > 0 {
            records.append(record(
                "\(counted(rest, "object")) of further types and places leaked; the report has them all", [LogField("count", rest)]))
        }
        return records
    }

    /// A `long-hold` record.
    public static func longHold(
        runtime: String, regime: String, workload: String, thread: String, nanoseconds: UInt64, thresholdNanoseconds: UInt64,
        place: String
    ) -> LogRecord {
        LogRecord(
            .longHold,
            LogText("thread \(thread) held the lock for \(formatDuration(Int(clamping: nanoseconds))), longer than "
                + "\(formatDuration(Int(clamping: thresholdNanoseconds))), at \(place)"),
            runtime: runtime, workload: workload, regime: regime,
            fields: [
                LogField("thread", thread), LogField("hold_ns", Int(clamping: nanoseconds)),
                LogField("threshold_ns", Int(clamping: thresholdNanoseconds)), LogField("place", place),
            ])
    }

    /// A `plugin-violation` record.
    public static func pluginViolation(_ violation: PluginViolationReport, runtime: String, regime: String, workload: String) -> LogRecord {
        LogRecord(
            .pluginViolation, LogText(violation.message), runtime: runtime, workload: workload, regime: regime,
            fields: [LogField("plugin", violation.plugin)] + (violation.function.map { [LogField("function", $0)] } ?? [])
                + (violation.place.map { [LogField("place", $0)] } ?? []))
    }

    /// A `deadlock` record.
    public static func deadlock(
        _ deadlock: DeadlockReport.Deadlock, sentence: String, runtime: String, regime: String, workload: String
    ) -> LogRecord {
        // It holds no floating-point number, the only thing that cannot be encoded.
        let json = (try? OrderedJSONEncoder(isCompact: true).encode(deadlock)) ?? "{}"
        return LogRecord(
            .deadlock, LogText("deadlock: \(sentence)"), runtime: runtime, workload: workload, regime: regime,
            fields: [
                LogField("threads", deadlock.threads.count), LogField("victim", deadlock.victim ?? ""),
                LogField("deadlock", .json(json)),
            ])
    }

    private static func fields(of lock: LockReport) -> [LogField] {
        [
            LogField("acquisitions", lock.acquisitions), LogField("contended_acquisitions", lock.contendedAcquisitions),
            LogField("drops", lock.drops), LogField("handoffs_blocking", lock.handoffs.blocking),
            LogField("handoffs_interval", lock.handoffs.interval), LogField("handoffs_finish", lock.handoffs.finish),
            LogField("drop_requests", lock.dropRequests), LogField("futile_wakeups", lock.futileWakeups),
        ] + fields("hold", lock.hold) + fields("wait", lock.wait) + fields("handoff", lock.handoff)
    }

    private static func fields(_ name: String, _ times: TimeDistribution) -> [LogField] {
        [
            LogField(name + "_count", times.count), LogField(name + "_sum_ns", times.sum),
            LogField(name + "_p50_ns", times.p50), LogField(name + "_p90_ns", times.p90),
            LogField(name + "_p99_ns", times.p99), LogField(name + "_max_ns", times.maximum),
        ]
    }

    private static func counted(_ count: Int, _ noun: String) -> String { "\(count) \(noun)\(count == 1 ? "" : "s")" }

    private static func share(_ part: Int, of whole: UInt64) -> String {
        guard whole > 0 else { return "0 %" }
        let tenths = Int((Double(part) / Double(whole) * 1000).rounded())
        return "\(tenths / 10).\(abs(tenths % 10)) %"
    }
}
