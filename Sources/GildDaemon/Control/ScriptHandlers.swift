// io.gild.Script: whole scripts and interactive sessions that clients bring along.
//
// A run belongs to its call: when the client goes away within the call, the run is told to end. A session belongs to its
// connection. Both are in a table by number, for Stop and Interrupt from other connections and for the daemon's end.

import CGild
import GildControl
import GildReport
import GildSession
import GildVarlink
import NIOConcurrencyHelpers

/// What clients have brought along and what has not ended yet.
final class ScriptTable: Sendable {
    /// One run of Script.Run.
    final class Run: Sendable {
        let pipe = OutputPipe(isPatient: true)
        private struct State {
            var run: (any RunHosting)?
            var isStopped = false
        }
        private let state = NIOLockedValueBox(State())

        func began(_ run: any RunHosting) {
            let isStopped = state.withLockedValue { state in
                state.run = run
                return state.isStopped
            }
            if isStopped { run.stop() }
        }

        var hasBeenStopped: Bool { state.withLockedValue { $0.isStopped } }

        /// Never blocks.
        func stop() {
            let run = state.withLockedValue { state in
                state.isStopped = true
                return state.run
            }
            pipe.setPatient(false)
            run?.stop()
        }
    }

    /// One interactive session.
    final class Session: Sendable {
        let connection: UInt64
        let pipe = OutputPipe(isPatient: false)
        let hosting = NIOLockedValueBox<(any SessionHosting)?>(nil)
        let isEvaluating = NIOLockedValueBox(false)

        private struct End {
            var status: Int?
            var waiter: (@Sendable (Int) -> Void)?
        }
        private let end = NIOLockedValueBox(End())

        init(connection: UInt64) { self.connection = connection }

        /// The session's run has ended.
        func ended(_ status: Int) {
            let waiter = end.withLockedValue { end in
                end.status = status
                return end.waiter
            }
            waiter?(status)
        }

        /// Calls `body` with the exit status, as soon as there is one.
        func whenEnded(_ body: @escaping @Sendable (Int) -> Void) {
            let status = end.withLockedValue { end in
                if end.status == nil { end.waiter = body }
                return end.status
            }
            if let status { body(status) }
        }

        /// Never blocks.
        func close() {
            pipe.breakOff()
            hosting.withLockedValue { $0 }?.close()
        }
    }

    let runs = NIOLockedValueBox<[Int: Run]>([:])
    let sessions = NIOLockedValueBox<[Int: Session]>([:])

    /// Ends everything; never blocks.
    func stopAll() {
        for run in runs.withLockedValue({ Array($0.values) }) { run.stop() }
        for session in sessions.withLockedValue({ Array($0.values) }) { session.close() }
    }
}

extension Daemon {
    func addScriptMethods(to table: inout Router.Table) {
        table.on(ScriptInterface.Run.self) { [self] in run($0) }
        table.on(ScriptInterface.Stop.self) { [self] request in
            let number = request.parameters.run
            guard let run = scripts.runs.withLockedValue({ $0[number] }) else {
                return request.fail(.notFound(kind: "run", name: "\(number)"))
            }
            run.stop()
            request.reply(.init())
        }
        table.on(ScriptInterface.Open.self) { [self] in open($0) }
        table.on(ScriptInterface.Evaluate.self) { [self] in evaluate($0) }
        table.on(ScriptInterface.Interrupt.self) { [self] request in
            withSession(request, request.parameters.session) { session in
                session.hosting.withLockedValue { $0 }?.interrupt()
                request.reply(.init())
            }
        }
        table.on(ScriptInterface.Close.self) { [self] request in
            withSession(request, request.parameters.session) { session in
                scripts.sessions.withLockedValue { $0[request.parameters.session] = nil }
                session.close()
                request.reply(.init())
            }
        }
    }

    // MARK: - Whole scripts

    private func run(_ request: Request<ScriptInterface.Run>) {
        guard request.requireMore() else { return }
        let parameters = request.parameters
        guard let text = parameters.bytes else {
            return request.fail(parameter: "source", "exactly one of source and source_base64 is needed")
        }
        if let limit = parameters.timeLimitNanoseconds, limit <= 0 {
            return request.fail(parameter: "time_limit_ns", "a time limit is longer than 0")
        }
        let recursionLimit = parameters.recursionLimit ?? 1000
        guard (1...1_000_000_000).contains(recursionLimit) else {
            return request.fail(parameter: "recursion_limit", "a depth is 1 to 1000000000")
        }
        withRuntimeForScript(request, parameters.runtime) { [self] entry in
            let number = supervisor.nextRunNumber()
            let script = ScriptTable.Run()
            scripts.runs.withLockedValue { $0[number] = script }
            request.call.onClose {
                script.pipe.breakOff()
                script.stop()
            }
            guard request.replyContinues(.init(run: number, output: [])) else {
                scripts.runs.withLockedValue { $0[number] = nil }
                return
            }
            let pump = OutputPump(request.call, script.pipe) { request.replyContinues(.init(output: $0)) }
            let name = "run:\(number)"
            let limit = parameters.timeLimitNanoseconds.map { UInt64($0) }
            // A script that waits for its reader must not outlive its time.
            let timer = limit.map { limit in clock.schedule(after: limit) { script.pipe.setPatient(false) } }
            let finish = { @Sendable [self] (outcome: ScriptInterface.Outcome) in
                if let timer { clock.cancel(timer) }
                scripts.runs.withLockedValue { $0[number] = nil }
                pump.finish { request.reply(.init(output: $0, outcome: outcome)) }
            }
            log.emit(
                .workloadStarted, "run \(number) starts for uid \(request.call.peer.userID)",
                runtime: entry.name, workload: name, regime: entry.hosting.regime,
                fields: [LogField("run", number), LogField("script", parameters.name), LogField("peer_uid", Int(request.call.peer.userID))])
            var runRequest = RunRequest(
                workload: name, input: .source(text: text, name: parameters.name), arguments: [parameters.name] + parameters.arguments)
            runRequest.timeLimitNanoseconds = limit
            runRequest.recursionLimit = recursionLimit
            runRequest.onOutput = { stream, bytes in script.pipe.write(stream == .standardError ? .stderr : .stdout, bytes) }
            runRequest.awaitRoom = { script.pipe.waitForRoom($0) }
            runRequest.onLog = { [log] level, message in
                log.emit(
                    .scriptLog, level: LogLevel(name: level) ?? .info, LogText(message), runtime: entry.name, workload: name,
                    regime: entry.hosting.regime, fields: [LogField("run", number)])
            }
            runRequest.onEnd = { [self] outcome in
                var end = RunEnd(outcome, run: number, hasTimeLimit: limit != nil)
                if outcome.exitStatus == 143 && script.hasBeenStopped { end.result = .stopped }
                logEnd(end, workload: name, runtime: entry.name, regime: entry.hosting.regime, to: log)
                supervisor.warnOfLeaks(end, workload: name, hosted: nil, in: entry)
                finish(.init(
                    exitStatus: end.exitStatus, killedBySignal: outcome.killedBySignal.map { Int($0) }, report: outcome.report.bounded))
            }
            do {
                let hosted = try entry.hosting.startRun(runRequest)
                supervisor.note(number, for: hosted.number, in: entry)
                script.began(hosted)
            } catch let error as SessionError where error.code == .invalidScript {
                script.pipe.write(.stderr, Array(error.message.utf8))
                finish(.init(exitStatus: Int(error.exitStatus)))
            } catch {
                if let timer { clock.cancel(timer) }
                scripts.runs.withLockedValue { $0[number] = nil }
                request.fail(ControlError(starting: error, in: entry, script: parameters.name))
            }
        }
    }

    /// Answers on a thread that may compile.
    private func withRuntimeForScript<M: ControlMethod>(
        _ request: Request<M>, _ name: String?, _ body: @escaping @Sendable (HostedEntry) -> Void
    ) {
        let name = name ?? "main"
        if isStopping { return request.fail(.stopping) }
        guard let entry = supervisor.runtime(name) else { return request.fail(.notFound(kind: "runtime", name: name)) }
        let isTaken = supervisor.executor.submit(deadlineNanoseconds: 10_000_000_000) { isLate in
            if isLate || !request.call.isConnected {
                request.fail(.limitReached(limit: "pending calls", value: DaemonLimits.pendingJobs))
            } else {
                body(entry)
            }
        }
        if !isTaken { request.fail(.limitReached(limit: "pending calls", value: DaemonLimits.pendingJobs)) }
    }

    // MARK: - Sessions

    private func open(_ request: Request<ScriptInterface.Open>) {
        withRuntimeForScript(request, request.parameters.runtime) { [self] entry in
            let number = supervisor.nextRunNumber()
            let name = "session:\(number)"
            let session = ScriptTable.Session(connection: request.call.connectionID)
            var runRequest = RunRequest(workload: name, input: .source(text: [], name: "<stdin>"), arguments: [""])
            runRequest.onOutput = { stream, bytes in session.pipe.write(stream == .standardError ? .stderr : .stdout, bytes) }
            runRequest.awaitRoom = { session.pipe.waitForRoom($0) }
            runRequest.onLog = { [log] level, message in
                log.emit(
                    .scriptLog, level: LogLevel(name: level) ?? .info, LogText(message), runtime: entry.name, workload: name,
                    regime: entry.hosting.regime, fields: [LogField("run", number)])
            }
            runRequest.onEnd = { [self] outcome in
                scripts.sessions.withLockedValue { $0[number] = nil }
                session.ended(Int(outcome.exitStatus))
                logEnd(
                    RunEnd(outcome, run: number, hasTimeLimit: false), workload: name, runtime: entry.name, regime: entry.hosting.regime,
                    to: log)
            }
            scripts.sessions.withLockedValue { $0[number] = session }
            do {
                let hosting = try entry.hosting.openSession(runRequest)
                session.hosting.withLockedValue { $0 = hosting }
                supervisor.note(number, for: hosting.number, in: entry)
            } catch {
                scripts.sessions.withLockedValue { $0[number] = nil }
                return request.fail(ControlError(starting: error, in: entry, script: "<stdin>"))
            }
            log.emit(
                .workloadStarted, "an interactive session starts for uid \(request.call.peer.userID)", runtime: entry.name,
                workload: name, regime: entry.hosting.regime,
                fields: [LogField("run", number), LogField("peer_uid", Int(request.call.peer.userID))])
            request.call.onDisconnect { [self] in
                scripts.sessions.withLockedValue { $0[number] = nil }
                session.close()
            }
            request.reply(.init(
                session: number, runtime: entry.name, regime: entry.hosting.regime,
                switchIntervalNanoseconds: Int(clamping: entry.hosting.switchIntervalNanoseconds), version: options.version))
        }
    }

    private func evaluate(_ request: Request<ScriptInterface.Evaluate>) {
        guard request.requireMore() else { return }
        withSession(request, request.parameters.session) { session in
            guard session.connection == request.call.connectionID, let hosting = session.hosting.withLockedValue({ $0 }) else {
                return request.fail(.notFound(kind: "session", name: "\(request.parameters.session)"))
            }
            let isFree = session.isEvaluating.withLockedValue { isEvaluating in
                defer { isEvaluating = true }
                return !isEvaluating
            }
            guard isFree else { return request.fail(.busy) }
            session.pipe.setPatient(true)
            let pump = OutputPump(request.call, session.pipe) { request.replyContinues(.init(output: $0)) }
            // Compiling an input can take a while.
            let isTaken = supervisor.executor.submit {
                hosting.evaluateInput(request.parameters.source) { outcome in
                    session.pipe.setPatient(false)
                    session.isEvaluating.withLockedValue { $0 = false }
                    if outcome == .ended {
                        session.whenEnded { status in
                            pump.finish { request.reply(.init(output: $0, evaluation: .ended, exitStatus: status)) }
                        }
                    } else {
                        pump.finish { request.reply(.init(output: $0, evaluation: ScriptInterface.Evaluation(outcome))) }
                    }
                }
            }
            if !isTaken {
                session.isEvaluating.withLockedValue { $0 = false }
                request.fail(.busy)
            }
        }
    }

    private func withSession<M: ControlMethod>(_ request: Request<M>, _ number: Int, _ body: (ScriptTable.Session) -> Void) {
        guard let session = scripts.sessions.withLockedValue({ $0[number] }) else {
            return request.fail(.notFound(kind: "session", name: "\(number)"))
        }
        body(session)
    }
}

extension ScriptInterface.Evaluation {
    init(_ outcome: EvaluationOutcome) {
        self =
            switch outcome {
            case .complete: .complete
            case .incomplete: .incomplete
            case .failed: .failed
            case .ended: .ended
            }
    }
}

extension ControlError {
    /// Why a script that a client brought along was not started.
    init(starting error: any Error, in entry: HostedEntry, script: String) {
        switch error {
        case let error as HostError: self.init(error, runtime: entry, afterNanoseconds: 0)
        case let error as SessionError: self = .invalid([error.problem])
        default: self = .invalid([Problem(file: script, message: "\(error)")])
        }
    }
}

extension Supervisor {
    /// Keeps the daemon's number of a run by the runtime's.
    func note(_ number: Int, for hosted: UInt64, in entry: HostedEntry) {
        lock.withLock {
            // The numbers of runs that left nothing behind are of no use after a while.
            if entry.numbers.count > 10_000 {
                for old in entry.numbers.keys.sorted().prefix(5_000) { entry.numbers[old] = nil }
            }
            entry.numbers[hosted] = number
        }
    }
}
