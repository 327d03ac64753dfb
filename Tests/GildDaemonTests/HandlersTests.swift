import CGild
import GildControl
import GildSession
import GildVarlink
import GildWorkload
import Glibc
import NIOConcurrencyHelpers
import Testing

@testable import GildDaemon

@Suite struct HandlersTests {
    @Test func everyMethodOfEveryInterfaceIsAnswered() throws {
        let daemon = try ServedDaemon([])
        defer { daemon.end() }
        #expect(daemon.daemon.methods().methods == Set(ControlMethods.all.map { $0.name }))
    }

    @Test func theStatusSaysWhatRuns() throws {
        let daemon = try ServedDaemon([makeWorkload("w"), makeWorkload("v") { $0.autostart = false }])
        defer { daemon.end() }
        let status = try daemon.client().call(DaemonInterface.Status.name, as: DaemonInterface.Status.Reply.self)
        #expect(status.state == .running)
        #expect(status.workloads == .init(stopped: 1, running: 1, stopping: 0, waiting: 0, finished: 0, failed: 0))
        #expect(status.runtimes == ["main"])
        #expect(status.clients == 1)
    }

    @Test func errorsHaveTheNameAndTheParametersOfTheirInterface() throws {
        let daemon = try ServedDaemon([])
        defer { daemon.end() }
        let client = try daemon.client()
        #expect(error { try client.call(WorkloadInterface.Start.name, ["name": "x"]) }
            == .init("io.gild.Workload.NotFound", ["kind": "workload", "name": "x"]))
        #expect(error { try client.call(HeapInterface.Top.name, ["runtime": "x"]) }
            == .init("io.gild.Heap.NotFound", ["kind": "runtime", "name": "x"]))
        #expect(error { try client.call(MetricsInterface.Subscribe.name) }?.name == "io.gild.Metrics.MoreRequired")
        #expect(error { try client.call(RuntimeInterface.SetSwitchInterval.name, ["interval_ns": 1]) }?.name == "io.gild.Runtime.Invalid")
    }

    @Test func logsAreFollowedUntilTheWorkloadIsRemoved() throws {
        let daemon = try ServedDaemon([makeWorkload("w")])
        defer { daemon.end() }
        let run = try #require(daemon.runtime.runs.first)
        run.request.onOutput(.standardOutput, Array("before\n".utf8))
        let seen = Monitor<[String]>([])
        let isEnded = Answered<Bool>()
        let client = try daemon.client()
        startThread(named: "test-follow") {
            try? client.stream(
                WorkloadInterface.Logs.name, encoding: WorkloadInterface.Logs.Parameters(name: "w", follow: true),
                as: WorkloadInterface.Logs.Reply.self, timeout: 30
            ) { reply in
                seen.withLock {
                    $0 += reply.lines.compactMap(\.text)
                    seen.wake()
                }
                return true
            }
            isEnded(true)
        }
        #expect(seen.withLock(when: { $0 == ["before"] }, before: deadlineFromNow()) { $0 } == ["before"])
        run.request.onOutput(.standardOutput, Array("after\n".utf8))
        #expect(seen.withLock(when: { $0.count == 2 }, before: deadlineFromNow()) { $0 } == ["before", "after"])
        daemon.daemon.supervisor.remove("w", timeoutNanoseconds: 0) { _ in }
        run.end(143)
        #expect(isEnded.first == true)
    }

    @Test func aFollowerThatDoesNotReadStopsNothingAndIsToldWhatItMissed() throws {
        let daemon = try ServedDaemon([makeWorkload("w") { $0.outputBytes = 64 << 10 }])
        defer { daemon.end() }
        let run = try #require(daemon.runtime.runs.first)
        let client = try daemon.client()
        let written = 200_000
        var received = 0
        var dropped = 0
        var isFlooded = false
        try client.stream(
            WorkloadInterface.Logs.name, encoding: WorkloadInterface.Logs.Parameters(name: "w", follow: true),
            as: WorkloadInterface.Logs.Reply.self, timeout: 30
        ) { reply in
            received += reply.lines.filter { $0.text != "first" }.count
            dropped += reply.dropped
            if !isFlooded {
                // The client reads nothing while the script writes far more than all buffers hold.
                isFlooded = true
                for _ in 0..<written { run.request.onOutput(.standardOutput, Array("0123456789012345678901234567890123456789\n".utf8)) }
            }
            return received + dropped < written
        } starting: {
            run.request.onOutput(.standardOutput, Array("first\n".utf8))
        }
        #expect(received + dropped == written)
        #expect(dropped > 0)
    }

    @Test func submittedTextsAreReadLikeAConfiguration() throws {
        let daemon = try ServedDaemon([])
        defer { daemon.end() }
        let client = try daemon.client()
        let wrong = error { try client.call(WorkloadInterface.Submit.name, ["text": "name: s\nscript: s.py\nthreds: 2\n", "file": "/x/s.yaml"]) }
        #expect(wrong?.name == "io.gild.Workload.Invalid")
        let reply = try client.call(WorkloadInterface.Submit.name, ["text": "name: s\nsource: print(1)\n", "file": "/x/s.yaml"])
        #expect(reply["names"] == ["s"])
        let show = try client.call(WorkloadInterface.Show.name, ["name": "s"])
        #expect(show["definition"]?["is_submitted"] == true)
        #expect(show["definition"]?["defined_in"] == "/x/s.yaml")
    }

    @Test func theEndOfAWaitingClientEndsItsWait() throws {
        let daemon = try ServedDaemon([makeWorkload("w")])
        defer { daemon.end() }
        let client = try daemon.client()
        #expect(throws: VarlinkClientError.self) { try client.call(WorkloadInterface.Wait.name, ["name": "w"], timeout: 0.2) }
        client.close()
        // The daemon answers others, and the end of the run finds nobody who waits.
        let other = try daemon.client()
        _ = try other.call(DaemonInterface.Ping.name)
        daemon.runtime.runs.first?.end(0)
        #expect(try other.call(WorkloadInterface.Wait.name, ["name": "w"])["exit_status"] == 0)
    }

    @Test func scriptsOfClientsAreRunAndTheirOutputComesBack() throws {
        let daemon = try ServedDaemon([])
        defer { daemon.end() }
        let client = try daemon.client()
        var output = ""
        var outcome: ScriptInterface.Outcome?
        let seen = Answered<Bool>()
        startThread(named: "test-script") {
            while daemon.runtime.runs.isEmpty { usleep(1000) }
            let run = daemon.runtime.runs[0]
            run.request.onOutput(.standardOutput, Array("hel".utf8))
            run.request.onOutput(.standardOutput, [0xC3])
            run.request.onOutput(.standardOutput, [0xA9])
            run.end(3)
            seen(true)
        }
        var bytes: [UInt8] = []
        try client.stream(
            ScriptInterface.Run.name, encoding: ScriptInterface.Run.Parameters(bytes: Array("x".utf8), name: "x.py", arguments: ["1"]),
            as: ScriptInterface.Run.Reply.self, timeout: 30
        ) { reply in
            for piece in reply.output { bytes += piece.bytes ?? [] }
            if let found = reply.outcome { outcome = found }
            return true
        }
        output = String(decoding: bytes, as: UTF8.self)
        #expect(output == "helé")
        #expect(outcome?.exitStatus == 3)
        #expect(daemon.runtime.runs[0].request.arguments == ["x.py", "1"])
    }

    @Test func aScriptIsStoppedWhenItsClientGoesAway() throws {
        let daemon = try ServedDaemon([])
        defer { daemon.end() }
        let client = try daemon.client()
        try client.stream(
            ScriptInterface.Run.name, encoding: ScriptInterface.Run.Parameters(bytes: Array("x".utf8), name: "x.py", arguments: []),
            as: ScriptInterface.Run.Reply.self, timeout: 30
        ) { _ in false }
        let deadline = deadlineFromNow()
        while daemon.runtime.runs.first?.stopCount != 1, gild_monotonic_ns() < deadline { usleep(1000) }
        #expect(daemon.runtime.runs.first?.stopCount == 1)
        daemon.runtime.runs.first?.end(143)
    }

    @Test func onlyRootTheDaemonAndItsGroupMayChangeThings() {
        let permission = Permission(group: "root")
        func decide(_ user: UInt32, _ group: UInt32) -> Permission.Decision {
            permission.decide(PeerCredentials(processID: 1, userID: user, groupID: group))
        }
        #expect(decide(0, 1234) == .permitted)
        #expect(decide(geteuid(), 1234) == .permitted)
        #expect(decide(54_321, 0) == .permitted)
        #expect(decide(54_321, 54_321) == .unknown)
        #expect(!permission.lookUp(PeerCredentials(processID: 1, userID: 54_321, groupID: 54_321)))
        #expect(decide(54_321, 54_321) == .refused)
    }

    @Test func aGroupThatDoesNotExistHasNoMembers() {
        let permission = Permission(group: "gild-no-such-group")
        #expect(permission.decide(PeerCredentials(processID: 1, userID: 54_321, groupID: 54_321)) == .refused)
    }

    private struct Failure: Equatable {
        var name: String
        var parameters: JSONValue
        init(_ name: String, _ parameters: JSONValue) { (self.name, self.parameters) = (name, parameters) }
    }

    private func error(_ body: () throws -> JSONValue) -> Failure? {
        do {
            _ = try body()
            return nil
        } catch let error as VarlinkClientError {
            return Failure(error.remoteError ?? error.message, error.parameters ?? [:])
        } catch {
            return nil
        }
    }
}

extension VarlinkClient {
    /// `stream`, after something that has to happen first.
    fileprivate func stream<Reply: Decodable>(
        _ method: String, encoding parameters: some Encodable, as reply: Reply.Type, timeout: Double, body: (Reply) throws -> Bool,
        starting: () -> Void
    ) throws {
        starting()
        try stream(method, encoding: parameters, as: reply, timeout: timeout, body: body)
    }
}

/// A daemon in this process, on a socket of its own, with fake runtimes.
final class ServedDaemon: Sendable {
    let daemon: Daemon
    let log: EventLog
    private let path: String
    private let pools: [DispatchPool]
    private let made = Monitor<[FakeRuntime]>([])

    init(_ workloads: [WorkloadDefinition]) throws {
        path = "/tmp/gild-test-\(getpid())-\(UInt32.random(in: 0 ... .max)).sock"
        log = EventLog(sink: CollectingSink())
        pools = [DispatchPool(name: "test-start", threads: 1, queue: 100), DispatchPool(name: "test-question", threads: 1, queue: 100)]
        var configuration = makeConfiguration(workloads)
        configuration.daemon.socket = path
        let made = self.made
        daemon = Daemon(
            options: DaemonOptions(), configuration: configuration, files: ["test.yaml"], log: log,
            notifier: try ServiceNotifier(path: nil), clock: TimerThread(), executor: pools[0], questions: pools[1], holdThreshold: NIOLockedValueBox(0),
            makeRuntime: { definition in
                let runtime = FakeRuntime(definition)
                made.withLock { $0.append(runtime) }
                return runtime
            })
        try daemon.begin(.path(path, mode: 0o600, group: nil))
        daemon.ready()
        let running = workloads.filter(\.autostart).count
        let deadline = deadlineFromNow()
        while runtime.runs.count < running, gild_monotonic_ns() < deadline { usleep(1000) }
    }

    var runtime: FakeRuntime { made.withLock { $0[0] } }
    func client() throws -> VarlinkClient { try VarlinkClient(path: path) }

    func end() {
        daemon.endRuns()
        daemon.metrics.end()
        daemon.server?.stop(withinNanoseconds: 100_000_000)
        for pool in pools { pool.end() }
    }
}
