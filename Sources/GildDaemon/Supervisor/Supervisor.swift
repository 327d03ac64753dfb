// Keeps the workloads as their definitions say: starts, restarts, periods, and the ends of runs.
//
// One lock guards everything that changes: the tables of runtimes and workloads, and every `Workload`. It is held for table
// look-ups and state transitions only: never across a call that can wait (compiling, a runtime's lock) and never while a
// waiter or a run is told something. So whatever the runtimes do, a caller gets an answer at once.
//
// Events (a request, the end of a run, a timer) go through `Lifecycle` under the lock; its effects are sorted there: timers
// are armed at once (the timers' lock is taken inside this one, never the other way), everything else is put off until the
// lock is released: launching goes to the dispatch pool, the rest is done by the caller. An effect that is carried out late
// is harmless, because its generation is then over.
//
// A launch may be overtaken by its own end: the run's thread can call `onEnd` before `startRun` has returned. The end is
// then taken from state `starting`, and what `startRun` returns is dropped because its generation is over or not busy.

import CGild
import GildControl
import GildReport
import GildSession
import GildWorkload
import NIOConcurrencyHelpers

final class Supervisor: @unchecked Sendable {
    typealias RuntimeFactory = @Sendable (RuntimeDefinition) throws -> any RuntimeHosting

    let clock: any DaemonClock
    let executor: any JobExecutor
    let log: EventLog
    let makeRuntime: RuntimeFactory
    let lock = NIOLock()
    /// Guarded by `lock`. In the order of definition.
    var runtimes: [HostedEntry] = []
    /// Guarded by `lock`. In the order of definition; `byName` finds them.
    var workloads: [Workload] = []
    var byName: [String: Workload] = [:]
    /// Guarded by `lock`. Of the daemon, over all runtimes.
    var lastRunNumber = 0
    var lastWaiter = 0
    /// Guarded by `lock`. Nothing is started any more.
    var isStopping = false

    init(
        clock: any DaemonClock, executor: any JobExecutor, log: EventLog, makeRuntime: @escaping RuntimeFactory
    ) {
        self.clock = clock
        self.executor = executor
        self.log = log
        self.makeRuntime = makeRuntime
    }

    /// What is done after the lock has been released.
    struct Deferred {
        var actions: [() -> Void] = []
        mutating func add(_ action: @escaping () -> Void) { actions.append(action) }
        func run() { for action in actions { action() } }
    }

    /// Runs `body` under the lock, then what it put off.
    func transaction<Result>(_ body: (inout Deferred) throws -> Result) rethrows -> Result {
        var deferred = Deferred()
        defer { deferred.run() }
        return try lock.withLock { try body(&deferred) }
    }

    // MARK: - Events. Under the lock.

    func handle(_ event: Lifecycle.Event, _ workload: Workload, _ deferred: inout Deferred) {
        let now = clock.now()
        let before = workload.lifecycle.state
        let effects = workload.lifecycle.handle(event, now: now)
        if workload.lifecycle.state != before { workload.stateSince = now }
        for effect in effects { carryOut(effect, workload, &deferred) }
    }

    private func carryOut(_ effect: Lifecycle.Effect, _ workload: Workload, _ deferred: inout Deferred) {
        switch effect {
        case .launch(let generation):
            workload.startWaiters += workload.nextStartWaiters
            workload.nextStartWaiters = []
            lastRunNumber += 1
            let number = lastRunNumber
            workload.runNumber = number
            workload.runs += 1
            workload.run = nil
            deferred.add { [self] in
                let isTaken = executor.submit { self.launch(workload, generation, number) }
                if !isTaken {
                    ended(workload, generation, RunEnd(
                        run: number, exitStatus: 1, result: .failed, message: "too many scripts are being started"))
                }
            }
        case .stopRun:
            guard let run = workload.run else { break }
            deferred.add { run.stop() }
        case .arm(let moment, let generation):
            if let timer = workload.timer { clock.cancel(timer) }
            workload.timer = clock.schedule(at: moment) { [weak self] in self?.due(workload, generation) }
        case .disarm:
            if let timer = workload.timer { clock.cancel(timer) }
            workload.timer = nil
        case .skippedTick:
            let skipped = workload.lifecycle.skippedTicks
            deferred.add { [log] in
                log.emit(
                    .workloadRestarting, level: .notice, "still busy when the period was over: that start is skipped",
                    workload: workload.name, fields: [LogField("skipped_starts", skipped)])
            }
        case .willRestart(let delay, let attempt):
            let runtime = workload.definition.runtime
            deferred.add { [log] in
                log.emit(
                    .workloadRestarting, "starts again in \(formatDuration(Int(clamping: delay)))", runtime: runtime, workload: workload.name,
                    fields: [LogField("delay_ns", Int(clamping: delay)), LogField("attempt", attempt)])
            }
        case .settled:
            let waiters = workload.nextStartWaiters
            workload.nextStartWaiters = []
            let name = workload.name
            deferred.add { for waiter in waiters { waiter(.failure(.notRunning(name: name))) } }
        case .removed:
            workloads.removeAll { $0 === workload }
            if byName[workload.name] === workload { byName[workload.name] = nil }
            if let timer = workload.timer { clock.cancel(timer) }
            let waiters = workload.nextStartWaiters
            let removals = workload.removalWaiters
            (workload.nextStartWaiters, workload.removalWaiters) = ([], [])
            let name = workload.name
            deferred.add {
                workload.output.end()
                for waiter in waiters { waiter(.failure(.notFound(kind: "workload", name: name))) }
                for waiter in removals { waiter() }
            }
        }
    }

    private func due(_ workload: Workload, _ generation: UInt64) {
        transaction { deferred in
            guard !isStopping else { return }
            handle(.due(generation: generation), workload, &deferred)
        }
    }

    // MARK: - Runs

    /// On a thread of the pool.
    private func launch(_ workload: Workload, _ generation: UInt64, _ number: Int) {
        let prepared = lock.withLock { () -> (WorkloadDefinition, HostedEntry?)? in
            guard workload.lifecycle.generation == generation, workload.lifecycle.isBusy, !isStopping else { return nil }
            let definition = workload.definition
            return (definition, entry(definition.runtime))
        }
        guard let (definition, entry) = prepared else {
            ended(workload, generation, RunEnd(run: number, exitStatus: 143, result: .stopped))
            return
        }
        guard let entry else {
            let message = "there is no runtime \(definition.runtime)"
            ended(workload, generation, RunEnd(run: number, exitStatus: 1, result: .failed, message: message))
            return
        }
        let output = RunOutput(
            workload: workload.name, runtime: entry.name, regime: entry.hosting.regime, run: number, history: workload.output,
            log: log, logLimit: definition.outputBytes)
        lock.withLock { workload.runOutput = output }
        var request = RunRequest(
            workload: workload.name, input: definition.input, arguments: [definition.scriptName] + definition.arguments)
        if case .plugin(let plugin, let name) = definition.script {
            request.plugin = PluginRun(plugin: plugin, workload: name, parameters: definition.parameters)
        }
        request.entry = definition.entry
        request.threads = definition.threads
        request.timeLimitNanoseconds = definition.timeLimitNanoseconds
        request.onOutput = { stream, bytes in output.write(stream == .standardError ? .standardError : .standardOutput, bytes) }
        request.onLog = { level, message in output.write(level: level, message) }
        request.onEnd = { [weak self] outcome in
            self?.ended(workload, generation, RunEnd(outcome, run: number, hasTimeLimit: definition.timeLimitNanoseconds != nil))
        }
        log.emit(
            .workloadStarted, "run \(number) starts", runtime: entry.name, workload: workload.name, regime: entry.hosting.regime,
            fields: [LogField("run", number), LogField("script", definition.scriptName)])
        do {
            let run = try entry.hosting.startRun(request)
            transaction { deferred in
                guard workload.lifecycle.generation == generation, workload.lifecycle.isBusy else { return }
                workload.run = run
                entry.numbers[run.number] = number
                handle(.launched(generation: generation), workload, &deferred)
                answerStart(workload, .success(number), &deferred)
            }
        } catch {
            let end = RunEnd(notStarted: error, run: number)
            output.note(end.message ?? "")
            ended(workload, generation, end)
        }
    }

    /// On any thread: the run's own, or the pool's where there was no run.
    private func ended(_ workload: Workload, _ generation: UInt64, _ end: RunEnd) {
        var end = end
        let output = lock.withLock { workload.lifecycle.generation == generation ? workload.runOutput : nil }
        output?.finish()
        transaction { deferred in
            guard workload.lifecycle.generation == generation, workload.lifecycle.isBusy else { return }
            if workload.lifecycle.state == .stopping || isStopping { end.result = .stopped }
            let definition = workload.definition
            let hosted = workload.run
            workload.run = nil
            workload.runOutput = nil
            workload.lastEnd = end
            if end.result == .failed || end.result == .timedOut { workload.failures += 1 }
            let result = startResult(end, workload)
            answerStart(workload, result, &deferred)
            let waiters = workload.endWaiters.values
            workload.endWaiters = [:]
            let regime = entry(definition.runtime)?.hosting.regime
            if let hosted, let entry = entry(definition.runtime), end.report?.heap.liveObjects ?? 0 == 0 {
                entry.numbers[hosted.number] = nil
            }
            let finished = end
            let (hostedNumber, hostedEntry) = (hosted?.number, entry(definition.runtime))
            deferred.add { [self] in
                warnOfLeaks(finished, workload: workload.name, hosted: hostedNumber, in: hostedEntry)
                logEnd(finished, workload: workload.name, runtime: definition.runtime, regime: regime, to: log)
                for waiter in waiters { waiter(finished) }
            }
            handle(isStopping ? .stop : .ended(end.result, generation: generation), workload, &deferred)
            if isStopping { handle(.ended(end.result, generation: generation), workload, &deferred) }
        }
    }

    /// What those are told who asked for the start of a run that has ended.
    private func startResult(_ end: RunEnd, _ workload: Workload) -> Result<Int, ControlError> {
        if end.report != nil { return .success(end.run) }
        if end.result == .stopped { return isStopping ? .failure(.stopping) : .failure(.notRunning(name: workload.name)) }
        if !end.problems.isEmpty { return .failure(.invalid(end.problems)) }
        return .failure(.invalid([Problem(file: workload.definition.scriptName, message: end.message ?? "it could not be started")]))
    }

    private func answerStart(_ workload: Workload, _ result: Result<Int, ControlError>, _ deferred: inout Deferred) {
        let waiters = workload.startWaiters
        workload.startWaiters = []
        deferred.add { for waiter in waiters { waiter(result) } }
    }

    // MARK: - Tables. Under the lock.

    func entry(_ runtime: String) -> HostedEntry? { runtimes.first { $0.name == runtime } }

    func find(_ name: String) throws(ControlError) -> Workload {
        guard let workload = byName[name] else { throw .notFound(kind: "workload", name: name) }
        return workload
    }

    func nextRunNumber() -> Int {
        lock.withLock {
            lastRunNumber += 1
            return lastRunNumber
        }
    }
}

/// A runtime in the supervisor's table.
final class HostedEntry: @unchecked Sendable {
    let name: String
    let hosting: any RuntimeHosting
    /// Guarded by the supervisor's lock.
    var definition: RuntimeDefinition
    let threadLimit: Int
    /// Guarded by the supervisor's lock. The daemon's run numbers by those of the runtime: of runs under way, and of those
    /// that left objects behind.
    var numbers: [UInt64: Int] = [:]

    init(_ definition: RuntimeDefinition, _ hosting: any RuntimeHosting) {
        name = definition.name
        self.definition = definition
        threadLimit = definition.threadLimit
        self.hosting = hosting
    }
}

extension WorkloadDefinition {
    /// `sys.argv[0]` and the name in tracebacks.
    var scriptName: String {
        switch script {
        case .file(let path): path
        case .source(_, let file, _): file
        case .plugin(let plugin, let workload): "\(plugin)/\(workload)"
        }
    }

    /// A source within a configuration keeps its line numbers there: tracebacks and allocation sites then name the line of
    /// the configuration file.
    var input: ScriptInput {
        switch script {
        case .file(let path): .file(path: path)
        case .plugin: .source(text: [], name: scriptName)
        case .source(let text, let file, let line):
            .source(text: [UInt8](repeating: UInt8(ascii: "\n"), count: max(0, line - 1)) + Array(text.utf8), name: file)
        }
    }
}
