// What a reload changes: the old configuration held against the new one, definition by definition.
//
// A runtime whose definition changed is a new heap, so every workload of it counts as changed. Only the switch interval
// can be set while a runtime works; see `adjustedRuntimes`. An inline script that moved to another line is unchanged.

/// Names, each in the order of the configuration that has it (the new one where both have).
public struct ConfigurationDifference: Sendable, Equatable {
    public struct Names: Sendable, Equatable {
        public var added: [String] = []
        public var removed: [String] = []
        public var changed: [String] = []
        public var unchanged: [String] = []
    }

    public var workloads = Names()
    /// `changed`: those that need a new heap.
    public var runtimes = Names()
    /// Runtimes of `runtimes.unchanged` that differ only in their switch interval, which can be set while they work.
    public var adjustedRuntimes: [String] = []
    /// Paths of daemon settings that apply at once: `daemon.log.level`.
    public var daemonSettings: [String] = []
    /// Paths of daemon settings that apply only after a restart: `daemon.socket`.
    public var needRestart: [String] = []

    public var isEmpty: Bool {
        workloads.added.isEmpty && workloads.removed.isEmpty && workloads.changed.isEmpty && runtimes.added.isEmpty
            && runtimes.removed.isEmpty && runtimes.changed.isEmpty && adjustedRuntimes.isEmpty && daemonSettings.isEmpty
            && needRestart.isEmpty
    }

    public init(old: Configuration, new: Configuration) {
        let oldRuntimes = Dictionary(old.runtimes.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
        for runtime in new.runtimes {
            guard let before = oldRuntimes[runtime.name] else {
                runtimes.added.append(runtime.name)
                continue
            }
            var adjusted = before
            adjusted.switchIntervalNanoseconds = runtime.switchIntervalNanoseconds
            if adjusted != runtime {
                runtimes.changed.append(runtime.name)
            } else {
                runtimes.unchanged.append(runtime.name)
                if before != runtime { adjustedRuntimes.append(runtime.name) }
            }
        }
        let newRuntimes = Set(new.runtimes.map(\.name))
        runtimes.removed = old.runtimes.map(\.name).filter { !newRuntimes.contains($0) }

        let movedRuntimes = Set(runtimes.changed)
        let oldWorkloads = Dictionary(old.workloads.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
        for workload in new.workloads {
            guard let before = oldWorkloads[workload.name] else {
                workloads.added.append(workload.name)
                continue
            }
            if withoutLine(before) == withoutLine(workload) && !movedRuntimes.contains(workload.runtime) {
                workloads.unchanged.append(workload.name)
            } else {
                workloads.changed.append(workload.name)
            }
        }
        let newWorkloads = Set(new.workloads.map(\.name))
        workloads.removed = old.workloads.map(\.name).filter { !newWorkloads.contains($0) }

        if old.plugins != new.plugins { needRestart.append("plugins") }
        func compare<Value: Equatable>(_ path: String, _ key: KeyPath<DaemonSettings, Value>, needsRestart: Bool = false) {
            if old.daemon[keyPath: key] == new.daemon[keyPath: key] { return }
            if needsRestart { needRestart.append(path) } else { daemonSettings.append(path) }
        }
        compare("daemon.socket", \.socket, needsRestart: true)
        compare("daemon.group", \.group)
        compare("daemon.log.format", \.log.format, needsRestart: true)
        compare("daemon.log.level", \.log.level)
        compare("daemon.log.metrics_interval", \.log.metricsIntervalNanoseconds)
        compare("daemon.log.hold_threshold", \.log.holdThresholdNanoseconds)
        compare("daemon.log.queue", \.log.queue, needsRestart: true)
        compare("daemon.limits.clients", \.limits.clients, needsRestart: true)
        compare("daemon.limits.clients_per_uid", \.limits.clientsPerUID, needsRestart: true)
        compare("daemon.limits.frame", \.limits.frameBytes, needsRestart: true)
        compare("daemon.limits.output_buffer", \.limits.outputBufferBytes, needsRestart: true)
        compare("daemon.limits.idle_timeout", \.limits.idleTimeoutNanoseconds, needsRestart: true)
        compare("daemon.metrics.textfile", \.metrics.textfile)
    }
}

private func withoutLine(_ workload: WorkloadDefinition) -> WorkloadDefinition {
    guard case .source(let text, let file, _) = workload.script else { return workload }
    var copy = workload
    copy.script = .source(text, file: file, line: 0)
    return copy
}
