// `gild serve` from its first line to its exit status.

import CGild
import Dispatch
import GildControl
import GildReport
import GildSession
import GildVarlink
import GildWorkload
import Glibc
import Logging
import NIOConcurrencyHelpers
import ServiceLifecycle

/// From the request to the end of the process.
private let stopNanoseconds: UInt64 = 4_700_000_000

/// Why the daemon did not start.
public struct ServeError: Error, Sendable, CustomStringConvertible {
    /// For the process; see `DaemonExit`.
    public let exitStatus: Int32
    /// Whole lines, without the last line's end.
    public let message: String

    public var description: String { message }
}

/// Whether a configuration can be served: reads it, and looks for the scripts that it names.
/// - Returns: what was read, in a sentence.
public func checkConfiguration(_ options: DaemonOptions) throws(ServeError) -> String {
    let (configuration, files) = try load(options)
    let problems = ConfigurationLoader.checkScripts(configuration)
    if !problems.isEmpty {
        throw ServeError(exitStatus: DaemonExit.configuration, message: problems.map(\.description).joined(separator: "\n"))
    }
    return "\(files.joined(separator: ", ")): \(configuration.runtimes.count) runtimes, \(configuration.workloads.count) workloads"
}

private func load(_ options: DaemonOptions) throws(ServeError) -> (Configuration, [String]) {
    do throws(ConfigurationError) {
        return try loadConfiguration(options)
    } catch {
        throw ServeError(exitStatus: DaemonExit.configuration, message: error.description)
    }
}

/// Has libdispatch, which Swift's tasks run on, open what it opens once for a process: its epoll and timer descriptors. It traps
/// where it cannot, so this must not wait until clients have taken every descriptor.
private func openDispatchDescriptors() {
    let areOpen = DispatchSemaphore(value: 0)
    DispatchQueue.global().asyncAfter(deadline: .now() + .milliseconds(1)) { areOpen.signal() }
    areOpen.wait()
}

/// Serves until it is told to end. Call on the main thread, before there is any other thread: signals are blocked here, for
/// every thread to come.
public func serve(_ options: DaemonOptions) throws(ServeError) {
    SignalSource.block()
    let (configuration, files) = try load(options)
    let sockets: [ActivationSocket]
    let notifier: ServiceNotifier
    let watchdogPeriod: UInt64?
    do throws(ServiceError) {
        sockets = try ActivationSockets.take()
        notifier = try ServiceNotifier()
        watchdogPeriod = try Watchdog.period()
    } catch {
        throw ServeError(exitStatus: DaemonExit.failure, message: error.message)
    }
    let log = try openLog(configuration.daemon.log)
    watchForCrashes(configuration.daemon.log)
    EventLogHandler.bootstrap(log)
    log.emit(.started, LogText("gild \(options.version) starts"), fields: [
        LogField("pid", Int(getpid())), LogField("configuration", files.joined(separator: " ")),
        LogField("workloads", configuration.workloads.count), LogField("runtimes", configuration.runtimes.count),
    ])

    // Before anything runs: a plugin that is not as the configuration says keeps the daemon from starting.
    for definition in configuration.plugins {
        do throws(PluginError) {
            let plugin = try Plugin.load(PluginOptions(path: definition.path, parameters: definition.parameters, version: definition.version))
            log.emit(.pluginLoaded, LogText("plugin \(plugin.name) \(plugin.version) is loaded"), fields: [LogField("path", plugin.path)])
        } catch {
            log.emit(.internalError, LogText("cannot start: \(error)"))
            log.close(deadline: gild_monotonic_ns() + 500_000_000)
            throw ServeError(exitStatus: DaemonExit.configuration, message: "\(error)")
        }
    }
    let holdThreshold = NIOLockedValueBox(configuration.daemon.log.holdThresholdNanoseconds)
    openDispatchDescriptors()
    let daemon = Daemon(
        options: options, configuration: configuration, files: files, log: log, notifier: notifier, clock: TimerThread(),
        executor: DispatchPool(name: "gild-start", threads: DaemonLimits.startThreads, queue: DaemonLimits.pendingJobs),
        questions: DispatchPool(name: "gild-question", threads: DaemonLimits.questionThreads, queue: DaemonLimits.pendingJobs),
        holdThreshold: holdThreshold, makeRuntime: { try hostRuntime($0, holdThreshold: holdThreshold, log: log) })
    do {
        try daemon.begin(listener(sockets, daemon, configuration))
    } catch {
        let message = (error as? VarlinkServerError)?.description ?? "\(error)"
        log.emit(.internalError, LogText("cannot start: \(message)"))
        log.close(deadline: gild_monotonic_ns() + 500_000_000)
        throw ServeError(exitStatus: DaemonExit.failure, message: message)
    }
    // The deadline is set when the daemon is asked to end: whatever hangs, the process ends then.
    let finished = Monitor<(isFinished: Bool, deadline: UInt64?)>((false, nil))
    let signals = takeSignals(for: daemon)
    let watchdog = Watchdog(
        periodNanoseconds: watchdogPeriod ?? 20_000_000_000, log: log, check: { daemon.hangingRuntimes() },
        feed: { if watchdogPeriod != nil { notifier.notify(.watchdog) } })

    var lifecycleLog = Logger(label: "lifecycle")
    lifecycleLog.logLevel = .debug
    var groupConfiguration = ServiceGroupConfiguration(
        services: daemon.services().map { .init(service: $0) }, gracefulShutdownSignals: [], logger: lifecycleLog)
    groupConfiguration.maximumGracefulShutdownDuration = nil
    let group = ServiceGroup(configuration: groupConfiguration)
    let run = Task.detached {
        try? await group.run()
        finished.withLock {
            $0.isFinished = true
            finished.wake()
        }
    }
    daemon.ready()
    daemon.whenStopRequested {
        finished.withLock {
            $0.deadline = gild_monotonic_ns() + stopNanoseconds
            finished.wake()
        }
        Task.detached { await group.triggerGracefulShutdown() }
    }
    let deadline = finished.withLock(when: { $0.isFinished || $0.deadline != nil }) { $0.deadline }
    let isInTime = finished.withLock(when: { $0.isFinished }, before: deadline) { $0.isFinished }
    withExtendedLifetime((signals, run)) { watchdog.stop() }
    if !isInTime {
        log.emit(.stopped, level: .error, "stopped at the deadline: something in the daemon did not end")
        log.close(deadline: gild_monotonic_ns() + 100_000_000)
        unlink(daemon.socketPath)
    }
    // Threads of runs that did not end must not see the process fall apart around them.
    _exit(0)
}

/// A crash is the log's last record, in the log's form. The journal's threads and queues have no part in it.
private func watchForCrashes(_ settings: LogSettings) {
    let form =
        switch (LogFormat(rawValue: settings.format.rawValue) ?? .auto).resolved() {
        case .journal: GILD_CRASH_JOURNAL
        case .text: GILD_CRASH_TEXT
        case .json, .auto: GILD_CRASH_JSON
        }
    gild_crash_watch(Int32(form), EventKind.crashed.messageID, JournalSink.defaultPath)
}

private func openLog(_ settings: LogSettings) throws(ServeError) -> EventLog {
    let format = LogFormat(rawValue: settings.format.rawValue) ?? .auto
    do throws(LogError) {
        return EventLog(
            sink: try format.makeSink(), level: LogLevel(settings.level), limits: EventLog.Limits(records: settings.queue))
    } catch {
        throw ServeError(exitStatus: DaemonExit.failure, message: "cannot open the log: \(error.message)")
    }
}

private func listener(_ sockets: [ActivationSocket], _ daemon: Daemon, _ configuration: Configuration) -> Listener {
    if let socket = sockets.first { return .descriptor(socket.descriptor) }
    return .path(daemon.socketPath, mode: 0o660, group: socketGroup(configuration.daemon.group))
}

/// The group that the socket is given: the configured one, where it exists and the daemon may give things to it.
private func socketGroup(_ name: String) -> gid_t? {
    guard let gid = groupNumber(name) else { return nil }
    if geteuid() == 0 || getegid() == gid { return gid }
    var groups = [gid_t](repeating: 0, count: 65_536)
    let count = getgroups(Int32(groups.count), &groups)
    return count > 0 && groups.prefix(Int(count)).contains(gid) ? gid : nil
}

/// SIGHUP reloads; SIGTERM and SIGINT stop, the second SIGINT at once.
private func takeSignals(for daemon: Daemon) -> SignalSource {
    let interrupts = Monitor(0)
    return SignalSource { signal, sender in
        let name = signal == SIGHUP ? "SIGHUP" : signal == SIGINT ? "SIGINT" : "SIGTERM"
        let origin = sender > 0 ? "\(name) from process \(sender)" : name
        switch signal {
        case SIGHUP:
            daemon.reload(isFromSignal: true) { result in
                if case .failure(.busy) = result { daemon.log.emit(.reloading, level: .warning, "\(origin): a reload is under way already") }
            }
        case SIGINT:
            let count = interrupts.withLock { count in
                count += 1
                return count
            }
            if count > 1 { _exit(130) }
            daemon.stop(reason: origin)
        default: daemon.stop(reason: origin)
        }
    }
}
