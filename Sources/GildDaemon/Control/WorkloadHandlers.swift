// io.gild.Workload.

import GildControl
import GildReport
import GildVarlink
import GildWorkload

extension Daemon {
    private static let defaultStopTimeout = 5_000_000_000

    func addWorkloadMethods(to table: inout Router.Table) {
        table.on(WorkloadInterface.List.self) { [self] request in
            onPool(request) { [self] in
                supervisor.list(request.parameters.runtime, threads: threadCounts()).map { .init(workloads: $0) }
            }
        }
        table.on(WorkloadInterface.Show.self) { [self] request in
            onPool(request) { [self] in supervisor.show(request.parameters.name, threads: threadCounts()) }
        }
        table.on(WorkloadInterface.Submit.self) { [self] in submit($0) }
        table.on(WorkloadInterface.Start.self) { [self] request in
            supervisor.start(request.parameters.name) { request.answer($0.map { .init(run: $0) }) }
        }
        table.on(WorkloadInterface.Stop.self) { [self] request in
            guard let timeout = timeout(request, request.parameters.timeoutNanoseconds) else { return }
            supervisor.stop(request.parameters.name, timeoutNanoseconds: timeout) { request.answer($0.map { .init(exitStatus: $0) }) }
        }
        table.on(WorkloadInterface.Restart.self) { [self] request in
            guard let timeout = timeout(request, request.parameters.timeoutNanoseconds) else { return }
            supervisor.restart(request.parameters.name, timeoutNanoseconds: timeout) { request.answer($0.map { .init(run: $0) }) }
        }
        table.on(WorkloadInterface.Remove.self) { [self] request in
            guard let timeout = timeout(request, request.parameters.timeoutNanoseconds) else { return }
            supervisor.remove(request.parameters.name, timeoutNanoseconds: timeout) { request.answer($0.map { .init() }) }
        }
        table.on(WorkloadInterface.Wait.self) { [self] request in
            let timeout = request.parameters.timeoutNanoseconds.map { UInt64(clamping: $0) }
            let cancel = supervisor.wait(request.parameters.name, timeoutNanoseconds: timeout) { result in
                request.answer(result.map { .init(run: $0.run, exitStatus: $0.exitStatus, report: $0.report?.bounded) })
            }
            request.call.onClose(cancel)
        }
        table.on(WorkloadInterface.Logs.self) { [self] in logs($0) }
    }

    /// Threads by the daemon's numbers of runs. BLOCKING.
    private func threadCounts() -> [Int: Int] {
        var counts: [Int: Int] = [:]
        for entry in supervisor.entries where supervisor.isBusy(entry) {
            let numbers = supervisor.runNumbers(of: entry)
            for run in entry.hosting.snapshot(timeoutNanoseconds: Self.snapshotTimeout).runs {
                if let number = numbers[run.number] { counts[number] = run.threadCount }
            }
        }
        return counts
    }

    private func timeout<M: ControlMethod>(_ request: Request<M>, _ nanoseconds: Int?) -> UInt64? {
        let timeout = nanoseconds ?? Self.defaultStopTimeout
        if timeout >= 0 { return UInt64(timeout) }
        request.fail(parameter: "timeout_ns", "a timeout is 0 or more")
        return nil
    }

    private func submit(_ request: Request<WorkloadInterface.Submit>) {
        let parameters = request.parameters
        // Reading a text of the allowed length takes milliseconds, but scripts are looked for on disks.
        let isTaken = supervisor.executor.submit(deadlineNanoseconds: 10_000_000_000) { [self] isLate in
            if isLate { return request.fail(.timedOut(afterNanoseconds: 10_000_000_000)) }
            do throws(ConfigurationError) {
                let definitions = try ConfigurationLoader.parseWorkloads(
                    Array(parameters.text.utf8), file: parameters.file, runtimes: supervisor.runtimeDefinitions)
                let result = supervisor.submit(
                    definitions, from: parameters.file, replaces: parameters.replace ?? false, starts: parameters.start ?? true)
                request.answer(result.map { .init(names: $0) })
            } catch {
                request.fail(.invalid(error.problems.map(Problem.init)))
            }
        }
        if !isTaken { request.fail(.limitReached(limit: "pending calls", value: DaemonLimits.pendingJobs)) }
    }

    private func logs(_ request: Request<WorkloadInterface.Logs>) {
        let parameters = request.parameters
        let follows = parameters.follow ?? false
        if follows && !request.requireMore() { return }
        if let lines = parameters.lines, lines < 0 { return request.fail(parameter: "lines", "a number of lines is 0 or more") }
        switch supervisor.output(of: parameters.name) {
        case .failure(let error): request.fail(error)
        case .success(let history):
            if request.call.wantsMore {
                LogStream(request, history, follows: follows).begin()
            } else {
                let excerpt = history.newest(parameters.lines, run: parameters.run, byteLimit: LogStream.replyBytes)
                request.reply(.init(lines: excerpt.lines.map(WorkloadInterface.LogLine.init), dropped: excerpt.dropped))
            }
        }
    }
}

extension WorkloadInterface.LogLine {
    init(_ line: OutputHistory.Line) {
        self.init(
            atRealtimeNanoseconds: line.realtimeNanoseconds, run: line.run,
            stream: WorkloadInterface.Stream(rawValue: line.stream.rawValue) ?? .stdout, level: line.level, bytes: line.bytes)
    }
}

extension Problem {
    init(_ problem: ConfigurationProblem) {
        self.init(
            file: problem.file, line: problem.line > 0 ? problem.line : nil, column: problem.column > 0 ? problem.column : nil,
            path: problem.path.isEmpty ? nil : problem.path,
            message: problem.hint.map { "\(problem.message) (did you mean '\($0)'?)" } ?? problem.message)
    }
}

/// A workload's output on its way to one client: as fast as that client reads, see `OutputHistory`. Event loop only.
private final class LogStream: @unchecked Sendable {
    /// Kept bytes in one reply; escapes can make them six times as many on the wire.
    static let replyBytes = 64 << 10

    private let request: Request<WorkloadInterface.Logs>
    private let history: OutputHistory
    private let turn: DrainTurn
    private let follows: Bool
    private let run: Int?
    private var next: Int
    private var follower: Int?
    private var hasEnded = false

    init(_ request: Request<WorkloadInterface.Logs>, _ history: OutputHistory, follows: Bool) {
        self.request = request
        self.history = history
        self.follows = follows
        turn = DrainTurn(request.call)
        run = request.parameters.run
        next = history.start(newest: request.parameters.lines, run: run)
    }

    func begin() {
        if follows {
            let follower = history.follow { [weak self] in self?.wake() }
            self.follower = follower
            // Holds the stream until the client has gone.
            request.call.onClose { self.end() }
        }
        wake()
    }

    private func wake() { turn.request { self.send() } }

    private func send() {
        if hasEnded { return }
        let excerpt = history.read(from: &next, run: run, byteLimit: Self.replyBytes, follower: follower)
        let reply = WorkloadInterface.Logs.Reply(lines: excerpt.lines.map(WorkloadInterface.LogLine.init), dropped: excerpt.dropped)
        if excerpt.isEnded || !follows && !excerpt.hasMore {
            end()
            return request.reply(reply)
        }
        if !excerpt.lines.isEmpty || excerpt.dropped > 0 {
            guard request.replyContinues(reply) else { return end() }
        }
        if excerpt.hasMore { wake() }
    }

    private func end() {
        hasEnded = true
        if let follower { history.unfollow(follower) }
        follower = nil
    }
}

// MARK: - What the supervisor tells

extension Supervisor {
    var runtimeDefinitions: [RuntimeDefinition] { lock.withLock { runtimes.map(\.definition) } }

    func list(_ runtime: String?, threads: [Int: Int]) -> Result<[WorkloadInterface.Workload], ControlError> {
        lock.withLock {
            if let runtime, entry(runtime) == nil { return .failure(.notFound(kind: "runtime", name: runtime)) }
            return .success(workloads.filter { runtime == nil || $0.definition.runtime == runtime }.map { describe($0, threads) })
        }
    }

    func show(_ name: String, threads: [Int: Int]) -> Result<WorkloadInterface.Show.Reply, ControlError> {
        lock.withLock {
            guard let workload = byName[name] else { return .failure(.notFound(kind: "workload", name: name)) }
            return .success(
                .init(
                    workload: describe(workload, threads), definition: WorkloadInterface.Definition(workload),
                    report: workload.lastEnd?.report?.bounded))
        }
    }

    /// Whether a workload has a run in the runtime.
    func isBusy(_ entry: HostedEntry) -> Bool {
        lock.withLock { workloads.contains { $0.run != nil && $0.definition.runtime == entry.name } }
    }

    func output(of name: String) -> Result<OutputHistory, ControlError> {
        lock.withLock { byName[name].map { .success($0.output) } ?? .failure(.notFound(kind: "workload", name: name)) }
    }

    /// Under the lock.
    private func describe(_ workload: Workload, _ threads: [Int: Int]) -> WorkloadInterface.Workload {
        let now = clock.now()
        let lifecycle = workload.lifecycle
        let isWaiting = lifecycle.state == .waiting
        var message: String?
        if let end = workload.lastEnd, end.result == .failed || end.result == .timedOut {
            message = end.sentence
        }
        return WorkloadInterface.Workload(
            name: workload.name, runtime: workload.definition.runtime, state: WorkloadInterface.State(lifecycle.state),
            sinceNanoseconds: Int(clamping: now &- workload.stateSince), run: workload.runNumber,
            threads: workload.run == nil ? 0 : workload.runNumber.flatMap { threads[$0] } ?? 0, runs: workload.runs, failures: workload.failures,
            exitStatus: workload.lastEnd?.exitStatus,
            nextStartNanoseconds: isWaiting ? lifecycle.nextStart.map { Int(clamping: $0 > now ? $0 - now : 0) } : nil, message: message)
    }
}

extension WorkloadInterface.State {
    init(_ state: Lifecycle.State) {
        self =
            switch state {
            case .stopped: .stopped
            case .starting, .running: .running
            case .stopping: .stopping
            case .waiting: .waiting
            case .failed: .failed
            case .finished: .finished
            }
    }
}

extension WorkloadInterface.Definition {
    init(_ workload: Workload) {
        let definition = workload.definition
        var path: String?
        var text: String?
        var native: String?
        switch definition.script {
        case .file(let file): path = file
        case .source(let source, _, _): text = source
        case .plugin(let plugin, let workload): native = "\(plugin)/\(workload)"
        }
        let restart: WorkloadInterface.RestartPolicy =
            switch definition.restart {
            case .never: .never
            case .onFailure: .onFailure
            case .always: .always
            }
        self.init(
            script: path, source: text, plugin: native,
            parameters: definition.parameters.sorted { $0.key < $1.key }.map { .init(name: $0.key, value: $0.value) }, arguments: definition.arguments, threads: definition.threads, entry: definition.entry,
            restart: restart, everyNanoseconds: definition.everyNanoseconds.map { Int(clamping: $0) }, autostart: definition.autostart,
            timeLimitNanoseconds: definition.timeLimitNanoseconds.map { Int(clamping: $0) }, outputBytes: definition.outputBytes,
            definedIn: workload.definedIn, isSubmitted: workload.isSubmitted)
    }
}

extension RunReport {
    /// The report with its lists cut to what fits a message; notes say what is left out.
    var bounded: RunReport {
        let limit = 500
        var report = self
        func cut<Element>(_ list: inout [Element], _ name: String) {
            guard list.count > limit else { return }
            report.notes.append("\(list.count - limit) of \(list.count) entries of \(name) are left out of this message.")
            list.removeLast(list.count - limit)
        }
        var (threads, pairs, leaked, live) = (report.threads, report.lock.handoffPairs, report.heap.leaked, report.heap.live)
        cut(&threads, "threads")
        cut(&pairs, "lock.handoff_pairs")
        cut(&leaked, "heap.leaked")
        cut(&live, "heap.live")
        (report.threads, report.lock.handoffPairs, report.heap.leaked, report.heap.live) = (threads, pairs, leaked, live)
        return report
    }
}
