// A daemon: its parts, and how it starts, reloads and stops.
//
// Threads. Four event loops read and answer calls (SwiftNIO); they never wait. A few threads ask runtimes questions, two more
// compile and start scripts: they may wait, each with a deadline. One thread keeps the deadlines, one writes the log, one takes the
// signals, one feeds the watchdog. Runs have their own threads, in their runtimes. Nothing else exists that a run could slow
// down but by using the processor.
//
// Start: configuration, log, runtimes, socket, workloads, then READY=1. A client that connects before that is served, and finds
// the daemon `starting`.
// Reload: one at a time, on a thread of its own. All or nothing: the new configuration is read and checked, new runtimes are made,
// and only then the tables change, see Reload.swift. RELOADING=1 and READY=1 go around it in either case.
// Stop: STOPPING=1; nothing starts any more; every run is told to end and has three seconds; streams are ended; what is still in
// the log's queue is written. Five seconds after the request the process ends, whatever is left.

import CGild
import GildControl
import GildReport
import GildSession
import GildVarlink
import GildWorkload
import Glibc
import NIOConcurrencyHelpers

final class Daemon: Sendable {
    struct Shared: Sendable {
        var state = DaemonInterface.State.starting
        var configuration: Configuration
        /// Files that the configuration came from.
        var files: [String]
        var lastReload: DaemonInterface.ReloadResult?
        var isReloading = false
        /// Runtimes that the watchdog found hanging.
        var hanging: [String] = []
        var server: VarlinkServer?
        /// Called once, when somebody wants the daemon to end.
        var onStop: (@Sendable () -> Void)?
        var isStopRequested = false
    }

    let options: DaemonOptions
    let log: EventLog
    let clock: any DaemonClock
    let supervisor: Supervisor
    /// For questions to runtimes.
    let questions: any JobExecutor
    let permission: Permission
    /// `daemon.log.hold_threshold`, for runtimes that are made from now on.
    private let holdThreshold: NIOLockedValueBox<UInt64>
    let metrics: MetricsLoop
    let scripts = ScriptTable()
    let notifier: ServiceNotifier
    let shared: NIOLockedValueBox<Shared>
    let startedMonotonic = gild_monotonic_ns()
    let startedRealtime = currentRealtimeNanoseconds()
    private let progress = NIOLockedValueBox<[ObjectIdentifier: HostedRuntime.ProgressMark]>([:])

    init(
        options: DaemonOptions, configuration: Configuration, files: [String], log: EventLog, notifier: ServiceNotifier,
        clock: any DaemonClock, executor: any JobExecutor, questions: any JobExecutor,
        holdThreshold: NIOLockedValueBox<UInt64>, makeRuntime: @escaping Supervisor.RuntimeFactory
    ) {
        self.holdThreshold = holdThreshold
        self.options = options
        self.log = log
        self.clock = clock
        self.questions = questions
        self.notifier = notifier
        let shared = NIOLockedValueBox(Shared(configuration: configuration, files: files))
        self.shared = shared
        permission = Permission(group: configuration.daemon.group)
        let supervisor = Supervisor(clock: clock, executor: executor, log: log, makeRuntime: makeRuntime)
        self.supervisor = supervisor
        let started = startedRealtime
        metrics = MetricsLoop(supervisor: supervisor, clock: clock, executor: questions, log: log) {
            let (runs, workloads) = supervisor.workloadFigures()
            var figures = DaemonFigures(
                version: options.version, startRealtimeNanoseconds: started, runs: runs, workloads: workloads,
                clients: shared.withLockedValue { $0.server }?.connectionCount ?? 0, log: log.statistics)
            figures.plugins = Plugin.all.map { PluginReport($0.figures) }
            return figures
        }
    }

    var server: VarlinkServer? { shared.withLockedValue { $0.server } }
    var isStopping: Bool { shared.withLockedValue { $0.state == .stopping } }
    var socketPath: String { options.socketPath ?? shared.withLockedValue { $0.configuration.daemon.socket } }

    /// Every method of gild's interfaces.
    func methods() -> Router.Table {
        var table = Router.Table()
        addDaemonMethods(to: &table)
        addWorkloadMethods(to: &table)
        addRuntimeMethods(to: &table)
        addHeapMethods(to: &table)
        addMetricsMethods(to: &table)
        addScriptMethods(to: &table)
        addPluginMethods(to: &table)
        return table
    }

    // MARK: - Start

    /// Makes the runtimes and listens. BLOCKING.
    func begin(_ listener: Listener) throws {
        let configuration = shared.withLockedValue { $0.configuration }
        _ = try supervisor.apply(configuration, from: Configuration(), startsNew: false)
        let limits = configuration.daemon.limits
        let server = VarlinkServer(
            service: ServiceDescription(vendor: "gild", product: "gild", version: options.version, url: ""),
            interfaces: try ControlDescriptions.all.map { try VarlinkInterface(parsing: $0.text) },
            limits: VarlinkLimits(
                clients: limits.clients, clientsPerUID: limits.clientsPerUID, frameBytes: limits.frameBytes,
                outputBufferBytes: limits.outputBufferBytes, idleTimeoutNanoseconds: limits.idleTimeoutNanoseconds),
            errors: .gild, handler: Router(methods(), permission: permission, executor: questions, log: log))
        try blockingEverySignal { () throws in try server.start(listeningOn: listener) }
        shared.withLockedValue { $0.server = server }
    }

    /// Starts the workloads and says so.
    func ready() {
        let isStopping = shared.withLockedValue { shared in
            if !shared.isStopRequested { shared.state = .running }
            return shared.isStopRequested
        }
        if isStopping { return }
        supervisor.autostart()
        metrics.onInterval.withLockedValue { $0 = { [weak self] in self?.refreshStatus() } }
        let configuration = shared.withLockedValue { $0.configuration }
        metrics.configure(
            intervalNanoseconds: configuration.daemon.log.metricsIntervalNanoseconds, textfile: configuration.daemon.metrics.textfile)
        log.emit(.ready, "ready: \(statusLine)", fields: [LogField("socket", socketPath)])
        notifier.notify(.ready, .status(statusLine))
    }

    private func refreshStatus() { if !isStopping { notifier.notify(.status(statusLine)) } }

    /// One line for `systemctl status`.
    var statusLine: String {
        let counts = supervisor.stateCounts()
        let workloads = counts.stopped + counts.running + counts.stopping + counts.waiting + counts.finished + counts.failed
        func counted(_ count: Int, _ noun: String) -> String { "\(count) \(noun)\(count == 1 ? "" : "s")" }
        var text = workloads == 0 ? "no workloads" : "\(counts.running) of \(counted(workloads, "workload")) running"
        if counts.waiting > 0 { text += ", \(counts.waiting) waiting" }
        if counts.failed > 0 { text += ", \(counts.failed) failed" }
        text += " in \(counted(supervisor.entries.count, "runtime"))"
        let (hanging, lastReload) = shared.withLockedValue { ($0.hanging, $0.lastReload) }
        if !hanging.isEmpty { text += "; hanging: " + hanging.joined(separator: ", ") }
        if let lastReload, let problem = lastReload.problems.first {
            let more = lastReload.problems.count > 1 ? " (and \(lastReload.problems.count - 1) more)" : ""
            text += "; the last reload was refused: \(problem.sentence)\(more)"
        }
        return text
    }

    /// Runtimes whose lock is held without a checkpoint, for the watchdog: called by one thread.
    func hangingRuntimes() -> [String] {
        let entries = supervisor.entries
        return progress.withLockedValue { marks in
            var kept: [ObjectIdentifier: HostedRuntime.ProgressMark] = [:]
            let hanging = entries.filter { entry in
                var mark = marks[ObjectIdentifier(entry)] ?? HostedRuntime.ProgressMark()
                let makesProgress = entry.hosting.makesProgress(since: &mark)
                kept[ObjectIdentifier(entry)] = mark
                return !makesProgress
            }
            marks = kept
            let names = hanging.map(\.name)
            let isChanged = shared.withLockedValue { shared in
                defer { shared.hanging = names }
                return shared.hanging != names
            }
            if isChanged { notifier.notify(.status(statusLine)) }
            return names
        }
    }

    // MARK: - Reload

    /// Reads the configuration again; `done` is told once.
    func reload(isFromSignal: Bool, done: @escaping @Sendable (Result<ReloadOutcome, ControlError>) -> Void) {
        let refusal = shared.withLockedValue { shared -> ControlError? in
            if shared.state == .stopping { return .stopping }
            if shared.isReloading || shared.state != .running { return .busy }
            shared.isReloading = true
            shared.state = .reloading
            return nil
        }
        if let refusal { return done(.failure(refusal)) }
        startThread(named: "gild-reload") { [self] in
            log.emit(.reloading, isFromSignal ? "reading the configuration again (SIGHUP)" : "reading the configuration again (a client asked)")
            notifier.notify(.reloading, .status("reading the configuration again"))
            let result = readAndApply()
            let now = Int(currentRealtimeNanoseconds())
            shared.withLockedValue { shared in
                shared.isReloading = false
                if shared.state == .reloading { shared.state = .running }
                switch result {
                case .success: shared.lastReload = .init(atRealtimeNanoseconds: now, isApplied: true, problems: [])
                case .failure(let problems):
                    shared.lastReload = .init(atRealtimeNanoseconds: now, isApplied: false, problems: problems.list)
                }
            }
            switch result {
            case .success(let outcome):
                log.emit(.reloaded, LogText("a new configuration is in force: \(outcome.summary)"), fields: [
                    LogField("added", outcome.added.count), LogField("changed", outcome.changed.count),
                    LogField("removed", outcome.removed.count), LogField("unchanged", outcome.unchanged),
                ])
                notifier.notify(.ready, .status(statusLine))
                done(.success(outcome))
            case .failure(let problems):
                for problem in problems.list {
                    log.emit(.reloadFailed, LogText(problem.sentence), fields: problem.fields)
                }
                notifier.notify(.ready, .status(statusLine))
                done(.failure(.invalid(problems.list)))
            }
        }
    }

    private struct Problems: Error {
        var list: [Problem]
    }

    /// BLOCKING.
    private func readAndApply() -> Result<ReloadOutcome, Problems> {
        let old = shared.withLockedValue { $0.configuration }
        let new: Configuration
        let files: [String]
        do throws(ConfigurationError) {
            (new, files) = try loadConfiguration(options)
        } catch {
            return .failure(Problems(list: error.problems.map(Problem.init)))
        }
        let outcome: ReloadOutcome
        do {
            outcome = try supervisor.apply(new, from: old)
        } catch {
            return .failure(Problems(list: [Problem(file: files.first ?? "", message: "a runtime cannot be made: \(error)")]))
        }
        shared.withLockedValue { shared in
            shared.configuration = new
            shared.files = files
        }
        applySettings(old.daemon, new.daemon)
        return .success(outcome)
    }

    private func applySettings(_ old: DaemonSettings, _ new: DaemonSettings) {
        log.setLevel(LogLevel(new.log.level))
        if old.log.holdThresholdNanoseconds != new.log.holdThresholdNanoseconds {
            holdThreshold.withLockedValue { $0 = new.log.holdThresholdNanoseconds }
            for entry in supervisor.entries { entry.hosting.setHoldThreshold(new.log.holdThresholdNanoseconds) }
        }
        if old.group != new.group {
            permission.setGroup(new.group)
            if let gid = groupNumber(new.group) { _ = chown(socketPath, uid_t.max, gid) }
        }
        if old.log.metricsIntervalNanoseconds != new.log.metricsIntervalNanoseconds || old.metrics != new.metrics {
            metrics.configure(intervalNanoseconds: new.log.metricsIntervalNanoseconds, textfile: new.metrics.textfile)
        }
    }

    // MARK: - Stop

    /// Asks for the end, once.
    func stop(reason: String) {
        let (isFirst, onStop) = shared.withLockedValue { shared -> (Bool, (@Sendable () -> Void)?) in
            if shared.isStopRequested { return (false, nil) }
            shared.isStopRequested = true
            shared.state = .stopping
            return (true, shared.onStop)
        }
        guard isFirst else { return }
        log.emit(.stopping, LogText("stopping: \(reason)"))
        notifier.notify(.stopping, .status("stopping"))
        onStop?()
    }

    /// Calls `body` when somebody wants the daemon to end; at once where that was before.
    func whenStopRequested(_ body: @escaping @Sendable () -> Void) {
        let isRequested = shared.withLockedValue { shared in
            shared.onStop = body
            return shared.isStopRequested
        }
        if isRequested { body() }
    }

    /// Ends every run. BLOCKING.
    func endRuns() {
        scripts.stopAll()
        let left = supervisor.shutDown(timeoutNanoseconds: 3_000_000_000)
        for name in left {
            log.emit(.runtimeStopped, level: .error, "runtime \(name) was given up: a run in it does not end", runtime: name)
        }
    }
}

extension Problem {
    /// `file:line:column: path: message`.
    var sentence: String {
        var text = file
        if let line { text += ":\(line)" }
        if let column { text += ":\(column)" }
        if !text.isEmpty { text += ": " }
        if let path { text += "\(path): " }
        return text + message
    }

    var fields: [LogField] {
        var fields = [LogField("file", file)]
        if let line { fields.append(LogField("line", line)) }
        if let column { fields.append(LogField("column", column)) }
        if let path { fields.append(LogField("path", path)) }
        return fields
    }
}

extension LogLevel {
    init(_ level: LogSettings.Level) { self = LogLevel(rawValue: level.rawValue) ?? .info }
}

extension Supervisor {
    /// Starts the workloads whose definition says so.
    func autostart() {
        transaction { deferred in
            for workload in workloads where workload.definition.autostart && workload.lifecycle.state == .stopped {
                handle(.start, workload, &deferred)
            }
        }
    }
}

/// The configuration that the options name, and the files that it came from.
func loadConfiguration(_ options: DaemonOptions) throws(ConfigurationError) -> (Configuration, [String]) {
    if let path = options.configurationPath { return (try ConfigurationLoader.load(file: path), [path]) }
    return (try ConfigurationLoader.load(), ConfigurationLoader.defaultFiles())
}

/// Runs `body` with every asynchronous signal blocked in this thread: threads that it starts inherit that.
func blockingEverySignal<Result>(_ body: () throws -> Result) rethrows -> Result {
    var all = sigset_t()
    var old = sigset_t()
    gild_asynchronous_signals(&all)
    pthread_sigmask(SIG_SETMASK, &all, &old)
    defer { pthread_sigmask(SIG_SETMASK, &old, nil) }
    return try body()
}
