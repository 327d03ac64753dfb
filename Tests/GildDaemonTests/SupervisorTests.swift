import GildControl
import GildSession
import GildWorkload
import Testing

@testable import GildDaemon

@Suite struct SupervisorTests {
    private func makeFixture(_ workloads: WorkloadDefinition..., executor: any JobExecutor = InlineExecutor()) throws -> SupervisorFixture {
        let fixture = SupervisorFixture(executor: executor)
        try fixture.apply(makeConfiguration(workloads))
        return fixture
    }

    private func manual(_ name: String = "w") -> WorkloadDefinition { makeWorkload(name) { $0.autostart = false } }

    @Test func aStartAnswersWithTheNumberOfTheRun() throws {
        let fixture = try makeFixture(manual())
        let answer = Answered<Result<Int, ControlError>>()
        fixture.supervisor.start("w") { answer($0) }
        #expect(answer.all == [.success(1)])
        #expect(fixture.state("w") == .running)
        #expect(fixture.runs.map(\.request.arguments) == [["/scripts/w.py"]])
    }

    @Test func aSecondStartIsRefusedWhileTheRunLasts() throws {
        let fixture = try makeFixture(manual())
        let answer = Answered<Result<Int, ControlError>>()
        fixture.supervisor.start("w") { _ in }
        fixture.supervisor.start("w") { answer($0) }
        #expect(answer.all == [.failure(.alreadyRunning(name: "w", run: 1))])
    }

    @Test func aScriptThatCannotBeCompiledIsAProblemWithItsPlace() throws {
        let fixture = try makeFixture(manual())
        fixture.runtime().failStarts(SessionError(
            code: .invalidScript, message: "  File \"/scripts/w.py\", line 3\n    x x\n      ^\nSyntaxError: invalid syntax\n", place: "/scripts/w.py"))
        let answer = Answered<Result<Int, ControlError>>()
        fixture.supervisor.start("w") { answer($0) }
        #expect(answer.all == [.failure(.invalid([Problem(file: "/scripts/w.py", line: 3, message: "SyntaxError: invalid syntax")]))])
        #expect(fixture.state("w") == .failed)
        let kept = fixture.supervisor.lock.withLock { fixture.supervisor.byName["w"]?.output.newest(nil, run: nil, byteLimit: 10_000) }
        #expect(kept?.lines.map { String(decoding: $0.bytes, as: UTF8.self) }.last == "SyntaxError: invalid syntax")
    }

    @Test func aScriptThatVanishedIsTriedAgainWithBackOff() throws {
        let fixture = try makeFixture(makeWorkload("w") { $0.restart = .onFailure })
        fixture.runs[0].end(1)
        fixture.runtime().failStarts(SessionError(code: .unreadable(2), message: "can't open file", place: "/scripts/w.py"))
        fixture.clock.advance(seconds: 1)
        #expect(fixture.state("w") == .waiting)
        fixture.runtime().failStarts(nil)
        fixture.clock.advance(seconds: 2)
        #expect(fixture.state("w") == .running)
        #expect(fixture.records(.workloadRestarting).count == 2)
    }

    @Test func aStopWaitsForTheEndAndHasItsStatus() throws {
        let fixture = try makeFixture(makeWorkload("w") { $0.restart = .always })
        let answer = Answered<Result<Int?, ControlError>>()
        fixture.supervisor.stop("w", timeoutNanoseconds: 5_000_000_000) { answer($0) }
        #expect(answer.all.isEmpty)
        #expect(fixture.runs[0].stopCount == 1)
        fixture.runs[0].end(143)
        #expect(answer.all == [.success(143)])
        fixture.clock.advance(seconds: 1000)
        #expect(fixture.state("w") == .stopped)
        #expect(fixture.runs.count == 1)
        #expect(fixture.clock.armed == 0)
    }

    @Test func aStopThatTakesTooLongSaysSoAndGoesOn() throws {
        let fixture = try makeFixture(makeWorkload("w"))
        let answer = Answered<Result<Int?, ControlError>>()
        fixture.supervisor.stop("w", timeoutNanoseconds: 5_000_000_000) { answer($0) }
        fixture.clock.advance(seconds: 6)
        #expect(answer.all == [.failure(.timedOut(afterNanoseconds: 5_000_000_000))])
        fixture.runs[0].end(143)
        #expect(answer.all.count == 1)
        #expect(fixture.state("w") == .stopped)
    }

    @Test func aStopOfAWaitingWorkloadCancelsItsNextStart() throws {
        let fixture = try makeFixture(makeWorkload("w") { $0.everyNanoseconds = 10_000_000_000 })
        fixture.runs[0].end(0)
        let answer = Answered<Result<Int?, ControlError>>()
        fixture.supervisor.stop("w", timeoutNanoseconds: 0) { answer($0) }
        #expect(answer.all == [.success(nil)])
        fixture.clock.advance(seconds: 100)
        #expect(fixture.runs.count == 1)
    }

    @Test func whatDoesNotRunCannotBeStopped() throws {
        let fixture = try makeFixture(manual())
        let answer = Answered<Result<Int?, ControlError>>()
        fixture.supervisor.stop("w", timeoutNanoseconds: 0) { answer($0) }
        fixture.supervisor.stop("x", timeoutNanoseconds: 0) { answer($0) }
        #expect(answer.all == [.failure(.notRunning(name: "w")), .failure(.notFound(kind: "workload", name: "x"))])
    }

    @Test func aRestartAnswersWithTheNewRun() throws {
        let fixture = try makeFixture(makeWorkload("w"))
        let answer = Answered<Result<Int, ControlError>>()
        fixture.supervisor.restart("w", timeoutNanoseconds: 5_000_000_000) { answer($0) }
        #expect(answer.all.isEmpty)
        fixture.runs[0].end(143)
        #expect(answer.all == [.success(2)])
        #expect(fixture.runs.count == 2)
    }

    @Test func aStopDuringARestartAnswersBoth() throws {
        let fixture = try makeFixture(makeWorkload("w"))
        let restarted = Answered<Result<Int, ControlError>>()
        let stopped = Answered<Result<Int?, ControlError>>()
        fixture.supervisor.restart("w", timeoutNanoseconds: 5_000_000_000) { restarted($0) }
        fixture.supervisor.stop("w", timeoutNanoseconds: 5_000_000_000) { stopped($0) }
        fixture.runs[0].end(143)
        #expect(restarted.all == [.failure(.notRunning(name: "w"))])
        #expect(stopped.all == [.success(143)])
    }

    @Test func aRemovedWorkloadIsGoneAfterItsEnd() throws {
        let fixture = try makeFixture(makeWorkload("w"))
        let answered = Answered<Bool>()
        fixture.supervisor.remove("w", timeoutNanoseconds: 5_000_000_000) { if case .success = $0 { answered(true) } }
        #expect(answered.all.isEmpty)
        #expect(fixture.state("w") == .stopping)
        fixture.runs[0].end(143)
        #expect(answered.all == [true])
        #expect(fixture.state("w") == nil)
    }

    @Test func aWaitHasTheEndOfTheRun() throws {
        let fixture = try makeFixture(makeWorkload("w"))
        let answer = Answered<Int?>()
        _ = fixture.supervisor.wait("w", timeoutNanoseconds: nil) { answer((try? $0.get())?.exitStatus) }
        fixture.runs[0].end(7)
        _ = fixture.supervisor.wait("w", timeoutNanoseconds: nil) { answer((try? $0.get())?.exitStatus) }
        #expect(answer.all == [7, 7])
    }

    @Test func aWaitThatWasCancelledIsNotAnswered() throws {
        let fixture = try makeFixture(makeWorkload("w"))
        let answer = Answered<Bool>()
        let cancel = fixture.supervisor.wait("w", timeoutNanoseconds: nil) { _ in answer(true) }
        cancel()
        fixture.runs[0].end(0)
        #expect(answer.all.isEmpty)
    }

    @Test func anEndThatOvertakesItsStartIsTheEndOfThatRun() throws {
        let fixture = try makeFixture(manual())
        fixture.runtime().endAtOnce(0)
        let answer = Answered<Result<Int, ControlError>>()
        fixture.supervisor.start("w") { answer($0) }
        #expect(answer.all == [.success(1)])
        #expect(fixture.state("w") == .finished)
    }

    @Test func aStopBeforeTheLaunchStartsNothing() throws {
        let executor = HeldExecutor()
        let fixture = try makeFixture(makeWorkload("w"), executor: executor)
        let answer = Answered<Result<Int?, ControlError>>()
        fixture.supervisor.stop("w", timeoutNanoseconds: 5_000_000_000) { answer($0) }
        executor.runNext()
        fixture.runs.first?.end(143)
        #expect(answer.all == [.success(143)])
        #expect(fixture.state("w") == .stopped)
    }

    @Test(arguments: [(Int32(0), Lifecycle.Result.succeeded), (1, .failed), (124, .timedOut), (143, .failed)])
    func statusesAreClassified(_ status: Int32, _ result: Lifecycle.Result) throws {
        let fixture = try makeFixture(makeWorkload("w") { $0.timeLimitNanoseconds = 1_000_000_000 })
        fixture.runs[0].end(status)
        let end = fixture.supervisor.lock.withLock { fixture.supervisor.byName["w"]?.lastEnd }
        #expect(end?.result == result)
    }

    @Test func aRunHasItsReportInTheLog() throws {
        let fixture = try makeFixture(makeWorkload("w"))
        fixture.runs[0].end(0)
        #expect(fixture.records(.report).count == 1)
        #expect(fixture.records(.workloadEnded).map(\.workload) == ["w"])
    }

    @Test func outputGoesToTheHistoryAndTheLogLineByLine() throws {
        let fixture = try makeFixture(makeWorkload("w"))
        let request = fixture.runs[0].request
        request.onOutput(.standardOutput, Array("one\ntw".utf8))
        request.onOutput(.standardError, Array("oops\n".utf8))
        request.onOutput(.standardOutput, Array("o".utf8))
        request.onLog("warning", "careful")
        fixture.runs[0].end(0)
        let history = try fixture.supervisor.output(of: "w").get()
        let lines = history.newest(nil, run: nil, byteLimit: 10_000).lines
        #expect(lines.map { "\($0.stream.rawValue):\(String(decoding: $0.bytes, as: UTF8.self))" } == ["stdout:one", "stderr:oops", "log:careful", "stdout:two"])
        #expect(fixture.records(.output).map(\.level) == [.info, .notice, .info])
        #expect(fixture.records(.scriptLog).map(\.level) == [.warning])
    }

    @Test func aRunsOutputInTheLogEndsAtItsLimitWithOneNote() throws {
        let fixture = try makeFixture(makeWorkload("w") { $0.outputBytes = 100 })
        for _ in 0..<1000 { fixture.runs[0].request.onOutput(.standardOutput, Array("0123456789\n".utf8)) }
        let records = fixture.records(.output)
        #expect(records.count == 10)
        #expect(records.last?.level == .notice)
    }

    @Test func workloadsAreSubmittedAllOrNone() throws {
        let fixture = try makeFixture(manual("old"))
        let both = [makeWorkload("new"), makeWorkload("old")]
        guard case .failure(.invalid(let problems)) = fixture.supervisor.submit(both, from: "a.yaml", replaces: false, starts: true) else {
            return #expect(Bool(false), "it was accepted")
        }
        #expect(problems.map(\.path) == ["workloads[1].name"])
        #expect(fixture.state("new") == nil)
        #expect(fixture.supervisor.submit(both, from: "a.yaml", replaces: true, starts: true) == .success(["new", "old"]))
        #expect(fixture.state("new") == .running)
        #expect(fixture.state("old") == .running)
    }

    @Test func nothingStartsAfterTheShutdown() throws {
        let fixture = try makeFixture(makeWorkload("w") { $0.restart = .always }, makeWorkload("v") { $0.everyNanoseconds = 1_000_000_000 })
        #expect(fixture.supervisor.shutDown(timeoutNanoseconds: 1_000_000_000).isEmpty)
        for run in fixture.runs { run.end(143) }
        fixture.clock.advance(seconds: 1000)
        #expect(fixture.runs.count == 2)
        let answer = Answered<Result<Int, ControlError>>()
        fixture.supervisor.start("w") { answer($0) }
        #expect(answer.all == [.failure(.stopping)])
    }

    /// Real threads on both sides: clients that start, stop and restart, and runs that end by themselves. Afterwards every
    /// request has been answered, and nothing runs.
    @Test func requestsOfManyThreadsAreAllAnswered() throws {
        let pool = DispatchPool(name: "test", threads: 2, queue: 10_000)
        defer { pool.end() }
        let fixture = SupervisorFixture(executor: pool)
        try fixture.apply(makeConfiguration((0..<4).map { manual("w\($0)") }))
        fixture.runtime().endAtOnce(0)
        let answers = Monitor(0)
        let asked = 4 * 200
        for client in 0..<4 {
            startThread(named: "test-client") {
                var random = SplitMix(UInt64(client))
                let answer = { @Sendable in
                    answers.withLock {
                        $0 += 1
                        answers.wake()
                    }
                }
                for _ in 0..<200 {
                    let name = "w\(random.below(4))"
                    switch random.below(3) {
                    case 0: fixture.supervisor.start(name) { _ in answer() }
                    case 1: fixture.supervisor.stop(name, timeoutNanoseconds: 1_000_000_000) { _ in answer() }
                    default: fixture.supervisor.restart(name, timeoutNanoseconds: 1_000_000_000) { _ in answer() }
                    }
                }
            }
        }
        let answered = answers.withLock(when: { $0 == asked }, before: deadlineFromNow()) { $0 }
        #expect(answered == asked)
    }
}
