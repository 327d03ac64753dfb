import GildControl
import GildWorkload
import Testing

@testable import GildDaemon

@Suite struct ReloadTests {
    @Test func unchangedWorkloadsKeepTheirRun() throws {
        let fixture = SupervisorFixture()
        try fixture.apply(makeConfiguration([makeWorkload("a"), makeWorkload("b")]))
        let outcome = try fixture.apply(makeConfiguration([makeWorkload("a"), makeWorkload("b") { $0.arguments = ["x"] }]))
        #expect(outcome == ReloadOutcome(changed: ["b"], unchanged: 1))
        #expect(fixture.runs.map(\.stopCount) == [0, 1])
        fixture.runs[1].end(143)
        #expect(fixture.runs.last?.request.arguments == ["/scripts/b.py", "x"])
        #expect(fixture.runs.count == 3)
    }

    @Test func newOnesStartAndOldOnesGo() throws {
        let fixture = SupervisorFixture()
        try fixture.apply(makeConfiguration([makeWorkload("a")]))
        let outcome = try fixture.apply(makeConfiguration([makeWorkload("b"), makeWorkload("c") { $0.autostart = false }]))
        #expect(outcome == ReloadOutcome(added: ["b", "c"], removed: ["a"]))
        #expect(fixture.state("b") == .running)
        #expect(fixture.state("c") == .stopped)
        #expect(fixture.state("a") == .stopping)
        fixture.runs[0].end(143)
        #expect(fixture.state("a") == nil)
    }

    @Test func aChangedDefinitionOfAFailedWorkloadStartsItAgain() throws {
        let fixture = SupervisorFixture()
        try fixture.apply(makeConfiguration([makeWorkload("a")]))
        fixture.runs[0].end(1)
        try fixture.apply(makeConfiguration([makeWorkload("a") { $0.arguments = ["fixed"] }]))
        #expect(fixture.state("a") == .running)
    }

    @Test func aChangedDefinitionDoesNotStartWhatSomebodyStopped() throws {
        let fixture = SupervisorFixture()
        try fixture.apply(makeConfiguration([makeWorkload("a")]))
        fixture.supervisor.stop("a", timeoutNanoseconds: 0) { _ in }
        fixture.runs[0].end(143)
        try fixture.apply(makeConfiguration([makeWorkload("a") { $0.arguments = ["x"] }]))
        #expect(fixture.state("a") == .stopped)
    }

    @Test func aSwitchIntervalIsSetWhileTheRuntimeWorks() throws {
        let fixture = SupervisorFixture()
        try fixture.apply(makeConfiguration([makeWorkload("a")]))
        var main = RuntimeDefinition(name: "main")
        main.switchIntervalNanoseconds = 1_000_000
        try fixture.apply(makeConfiguration([makeWorkload("a")], runtimes: [main]))
        #expect(fixture.runtimesMade == 1)
        #expect(fixture.runtime().switchIntervalNanoseconds == 1_000_000)
        #expect(fixture.runs.map(\.stopCount) == [0])
    }

    @Test func anotherHeapLimitMakesANewRuntimeAndItsWorkloadsStartAgainThere() throws {
        let fixture = SupervisorFixture()
        try fixture.apply(makeConfiguration([makeWorkload("a")]))
        let old = fixture.runtime()
        var main = RuntimeDefinition(name: "main")
        main.heapLimitBytes = 1 << 20
        let outcome = try fixture.apply(makeConfiguration([makeWorkload("a")], runtimes: [main]))
        #expect(outcome.changed == ["a"])
        #expect(old.isClosed)
        old.runs[0].end(143)
        #expect(fixture.runtime() !== old)
        #expect(fixture.runs.count == 1)
        #expect(fixture.state("a") == .running)
    }

    @Test func whenARuntimeCannotBeMadeNothingChanges() throws {
        let fixture = SupervisorFixture()
        try fixture.apply(makeConfiguration([makeWorkload("a")]))
        fixture.refuseRuntime("second")
        let configuration = makeConfiguration(
            [makeWorkload("b") { $0.runtime = "first" }], runtimes: [RuntimeDefinition(name: "first"), RuntimeDefinition(name: "second")])
        #expect(throws: SupervisorFixture.RefusedRuntime.self) { try fixture.apply(configuration) }
        #expect(fixture.runtime("first").isClosed)
        #expect(fixture.supervisor.runtimeNames == ["main"])
        #expect(fixture.state("a") == .running)
        #expect(fixture.state("b") == nil)
    }

    @Test func submittedWorkloadsAreLeftAlone() throws {
        let fixture = SupervisorFixture()
        try fixture.apply(makeConfiguration([]))
        _ = fixture.supervisor.submit([makeWorkload("s")], from: "s.yaml", replaces: false, starts: true)
        let outcome = try fixture.apply(makeConfiguration([makeWorkload("a")]))
        #expect(outcome == ReloadOutcome(added: ["a"]))
        #expect(fixture.state("s") == .running)
        #expect(fixture.runs[0].stopCount == 0)
    }

    @Test func aSubmittedWorkloadGoesWithItsRuntime() throws {
        let fixture = SupervisorFixture()
        try fixture.apply(makeConfiguration([], runtimes: [RuntimeDefinition(name: "second")]))
        _ = fixture.supervisor.submit([makeWorkload("s") { $0.runtime = "second" }], from: "s.yaml", replaces: false, starts: true)
        let outcome = try fixture.apply(makeConfiguration([]))
        #expect(outcome.removed == ["s"])
        #expect(fixture.runtime("second").isClosed)
    }

    @Test func whatAClientRemovedComesBack() throws {
        let fixture = SupervisorFixture()
        try fixture.apply(makeConfiguration([makeWorkload("a")]))
        fixture.supervisor.remove("a", timeoutNanoseconds: 0) { _ in }
        fixture.runs[0].end(143)
        #expect(fixture.state("a") == nil)
        let outcome = try fixture.apply(makeConfiguration([makeWorkload("a")]))
        #expect(outcome == ReloadOutcome(added: ["a"]))
        #expect(fixture.state("a") == .running)
    }

    @Test func workloadsAreListedInTheOrderOfTheConfiguration() throws {
        let fixture = SupervisorFixture()
        try fixture.apply(makeConfiguration([makeWorkload("b")]))
        _ = fixture.supervisor.submit([makeWorkload("s")], from: "s.yaml", replaces: false, starts: false)
        try fixture.apply(makeConfiguration([makeWorkload("a"), makeWorkload("b")]))
        #expect(try fixture.supervisor.list(nil, threads: [:]).get().map(\.name) == ["a", "b", "s"])
    }
}
