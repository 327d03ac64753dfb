// GildSession's runtimes, as the daemon wants them.

import GildReport
import GildSession
import GildWorkload
import NIOConcurrencyHelpers

extension HostedRuntime: RuntimeHosting {
    func startRun(_ request: RunRequest) throws -> any RunHosting { try start(request) }
    func openSession(_ request: RunRequest) throws -> any SessionHosting { try openInteractive(request) }
}

extension HostedRun: RunHosting {}

extension InteractiveSession: SessionHosting {
    var number: UInt64 { run.number }
    func evaluateInput(_ source: String, onDone: @escaping @Sendable (EvaluationOutcome) -> Void) { evaluate(source, onDone) }
}

/// Makes the runtime of a definition; its long holds go to the log.
/// - Parameter holdThreshold: the one in force, which a reload can change.
func hostRuntime(_ definition: RuntimeDefinition, holdThreshold: NIOLockedValueBox<UInt64>, log: EventLog) throws -> any RuntimeHosting {
    var options = HostOptions(name: definition.name)
    guard let known = GildSession.RegimeName(rawValue: definition.regime) else { fatalError("gild: a validated configuration names regime \(definition.regime)") }
    options.regime = known
    options.lockOrder = definition.lockOrder == .access ? .access : .address
    options.scheduling = definition.scheduling == .priority ? .priority : .interval
    options.switchIntervalNanoseconds = definition.switchIntervalNanoseconds
    options.heapLimitBytes = definition.heapLimitBytes
    options.threadLimit = definition.threadLimit
    options.holdThresholdNanoseconds = holdThreshold.withLockedValue { $0 }
    let (name, regime) = (definition.name, definition.regime)
    options.onLongHold = { hold in
        // The control thread's own questions about a large heap are no workload's fault, and told with their figures anyway.
        if hold.workload.isEmpty { return }
        log.emit(MetricsRecords.longHold(
            runtime: name, regime: regime, workload: hold.workload, thread: hold.thread, nanoseconds: hold.nanoseconds,
            thresholdNanoseconds: holdThreshold.withLockedValue { $0 }, place: hold.place))
    }
    options.onDeadlock = { found in
        log.emit(MetricsRecords.deadlock(
            deadlockReport(found), sentence: found.sentence, runtime: name, regime: regime, workload: found.workload))
    }
    if definition.checksPlugins { options.greatestPluginHoldNanoseconds = definition.pluginHoldLimitNanoseconds }
    options.onPluginViolation = { violation, workload in
        log.emit(MetricsRecords.pluginViolation(violationReport(violation), runtime: name, regime: regime, workload: workload))
    }
    let runtime = try HostedRuntime(options)
    for plugin in Plugin.all { runtime.addPlugin(plugin) }
    return runtime
}
