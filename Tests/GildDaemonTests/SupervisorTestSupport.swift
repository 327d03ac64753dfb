// What the tests of the supervisor share: a clock that tests move, an executor without threads, and runtimes whose runs end
// when a test says so.

import GildControl
import GildReport
import GildSession
import GildWorkload
import Testing

@testable import GildDaemon

/// Time that stands still until a test moves it.
final class TestClock: DaemonClock {
    private struct State {
        var now: UInt64 = 1_000_000_000_000
        var last: UInt64 = 0
        var timers: [UInt64: (moment: UInt64, body: @Sendable () -> Void)] = [:]
    }
    private let state = Monitor(State())

    func now() -> UInt64 { state.withLock { $0.now } }

    @discardableResult
    func schedule(at moment: UInt64, _ body: @escaping @Sendable () -> Void) -> UInt64 {
        state.withLock { state in
            state.last += 1
            state.timers[state.last] = (moment, body)
            return state.last
        }
    }

    func cancel(_ timer: UInt64) { state.withLock { $0.timers[timer] = nil } }

    var armed: Int { state.withLock { $0.timers.count } }

    /// Moves on, timer by timer in their order.
    func advance(seconds: Double) {
        let end = now() + UInt64(seconds * 1e9)
        while true {
            let body = state.withLock { state -> (@Sendable () -> Void)? in
                let due = state.timers.filter { $0.value.moment <= end }.min { ($0.value.moment, $0.key) < ($1.value.moment, $1.key) }
                guard let due else { return nil }
                state.timers[due.key] = nil
                state.now = max(state.now, due.value.moment)
                return due.value.body
            }
            guard let body else { break }
            body()
        }
        state.withLock { $0.now = end }
    }
}

/// Does jobs at once, on the caller's thread.
struct InlineExecutor: JobExecutor {
    func submit(deadlineNanoseconds: UInt64, _ job: @escaping @Sendable (Bool) -> Void) -> Bool {
        job(false)
        return true
    }
}

/// Keeps jobs until a test lets them run.
final class HeldExecutor: JobExecutor {
    private let jobs = Monitor<[@Sendable (Bool) -> Void]>([])

    func submit(deadlineNanoseconds: UInt64, _ job: @escaping @Sendable (Bool) -> Void) -> Bool {
        jobs.withLock { $0.append(job) }
        return true
    }

    func runNext() { jobs.withLock { $0.isEmpty ? nil : $0.removeFirst() }?(false) }
}

/// A run that ends when a test says so; a stop is only noted.
final class FakeRun: RunHosting {
    let number: UInt64
    let request: RunRequest
    private let stops = Monitor(0)

    init(number: UInt64, request: RunRequest) {
        self.number = number
        self.request = request
    }

    func stop() { stops.withLock { $0 += 1 } }
    var stopCount: Int { stops.withLock { $0 } }

    func end(_ status: Int32, signal: Int32? = nil) {
        var report = RunReport(script: request.input.name)
        report.exitStatus = Int(status)
        request.onEnd(RunOutcome(exitStatus: status, killedBySignal: signal, report: report))
    }
}

final class FakeRuntime: RuntimeHosting {
    private struct State {
        var runs: [FakeRun] = []
        var failure: SessionError?
        var endsAtOnce: Int32?
        var interval: UInt64
        var isClosed = false
    }
    let name: String
    let regime = "gil"
    private let state: Monitor<State>

    init(_ definition: RuntimeDefinition) {
        name = definition.name
        state = Monitor(State(interval: definition.switchIntervalNanoseconds))
    }

    var runs: [FakeRun] { state.withLock { $0.runs } }
    var isClosed: Bool { state.withLock { $0.isClosed } }
    /// Every start fails like this; nil: none does.
    func failStarts(_ failure: SessionError?) { state.withLock { $0.failure = failure } }
    /// Runs end with this status before `startRun` returns; nil: they do not.
    func endAtOnce(_ status: Int32?) { state.withLock { $0.endsAtOnce = status } }

    var switchIntervalNanoseconds: UInt64 { state.withLock { $0.interval } }
    func setSwitchInterval(_ nanoseconds: UInt64) { state.withLock { $0.interval = nanoseconds } }
    func setHoldThreshold(_ nanoseconds: UInt64) {}

    func startRun(_ request: RunRequest) throws -> any RunHosting {
        if let failure = state.withLock({ $0.failure }) { throw failure }
        let (run, status) = state.withLock { state in
            let run = FakeRun(number: UInt64(state.runs.count + 1), request: request)
            state.runs.append(run)
            return (run, state.endsAtOnce)
        }
        if let status { run.end(status) }
        return run
    }

    func addPlugin(_ plugin: Plugin) {}
    func removePlugin(_ plugin: Plugin) {}
    func isCalling(_ plugin: Plugin, timeoutNanoseconds: UInt64) throws(HostError) -> Bool { false }

    func close(deadlineNanoseconds: UInt64) -> Bool {
        for run in runs { run.stop() }
        return state.withLock { state in
            state.isClosed = true
            return true
        }
    }

    // Figures come from a runtime in which nothing happens.
    private static let idle: HostedRuntime = {
        do { return try HostedRuntime(HostOptions(name: "idle")) } catch { fatalError("\(error)") }
    }()
    func openSession(_ request: RunRequest) throws -> any SessionHosting { try Self.idle.openInteractive(request) }
    func snapshot(timeoutNanoseconds: UInt64) -> RuntimeSnapshot { Self.idle.snapshot(timeoutNanoseconds: timeoutNanoseconds) }
    func threads(timeoutNanoseconds: UInt64) throws(HostError) -> [ThreadActivity] { [] }
    func heapTop(by grouping: HeapGrouping, limit: Int, timeoutNanoseconds: UInt64) throws(HostError) -> [HeapGroup] { [] }
    func inspect(address: UInt64, timeoutNanoseconds: UInt64) throws(HostError) -> ObjectDescription {
        try Self.idle.inspect(address: address, timeoutNanoseconds: timeoutNanoseconds)
    }
    func leaks(timeoutNanoseconds: UInt64) throws(HostError) -> [HeapLeak] { [] }
    func collect(timeoutNanoseconds: UInt64) throws(HostError) -> CollectionResult {
        try Self.idle.collect(timeoutNanoseconds: timeoutNanoseconds)
    }
    func makesProgress(since mark: inout HostedRuntime.ProgressMark) -> Bool { true }
}

/// A supervisor with fakes around it.
final class SupervisorFixture: Sendable {
    let clock = TestClock()
    let sink = CollectingSink()
    let log: EventLog
    let supervisor: Supervisor
    private let made = Monitor<[FakeRuntime]>([])
    private let refused = Monitor<Set<String>>([])
    private let configured = Monitor(Configuration())

    init(executor: any JobExecutor = InlineExecutor()) {
        log = EventLog(sink: sink, level: .debug)
        let (made, refused) = (self.made, self.refused)
        supervisor = Supervisor(clock: clock, executor: executor, log: log) { definition in
            if refused.withLock({ $0.contains(definition.name) }) { throw RefusedRuntime() }
            let runtime = FakeRuntime(definition)
            made.withLock { $0.append(runtime) }
            return runtime
        }
    }

    struct RefusedRuntime: Error {}

    /// The latest runtime of that name.
    func runtime(_ name: String = "main") -> FakeRuntime {
        made.withLock { $0.last { $0.name == name } } ?? FakeRuntime(RuntimeDefinition(name: name))
    }
    var runtimesMade: Int { made.withLock { $0.count } }
    func refuseRuntime(_ name: String) { _ = refused.withLock { $0.insert(name) } }

    /// All runs in the latest `main`.
    var runs: [FakeRun] { runtime().runs }

    @discardableResult
    func apply(_ configuration: Configuration) throws -> ReloadOutcome {
        let old = configured.withLock { $0 }
        let outcome = try supervisor.apply(configuration, from: old)
        configured.withLock { $0 = configuration }
        return outcome
    }

    func state(_ name: String) -> Lifecycle.State? { supervisor.lock.withLock { supervisor.byName[name]?.lifecycle.state } }

    func records(_ kind: EventKind) -> [LogRecord] {
        log.flush(deadline: deadlineFromNow())
        return sink.all.filter { $0.kind == kind }
    }
}

/// A configuration with the runtimes and workloads given; `main` is there always.
func makeConfiguration(_ workloads: [WorkloadDefinition], runtimes: [RuntimeDefinition] = []) -> Configuration {
    var configuration = Configuration()
    configuration.runtimes = (runtimes.contains { $0.name == "main" } ? [] : [RuntimeDefinition(name: "main")]) + runtimes
    configuration.workloads = workloads
    return configuration
}

func makeWorkload(_ name: String, _ change: (inout WorkloadDefinition) -> Void = { _ in }) -> WorkloadDefinition {
    var definition = WorkloadDefinition(name: name, script: .file("/scripts/\(name).py"))
    change(&definition)
    return definition
}

/// The answer of a request that has been answered.
final class Answered<Value: Sendable>: Sendable {
    private let value = Monitor<[Value]>([])
    func callAsFunction(_ value: Value) {
        self.value.withLock {
            $0.append(value)
            self.value.wake()
        }
    }
    var all: [Value] { value.withLock { $0 } }
    /// Waits for the first answer.
    var first: Value? { value.withLock(when: { !$0.isEmpty }, before: deadlineFromNow()) { $0.first } }
}
