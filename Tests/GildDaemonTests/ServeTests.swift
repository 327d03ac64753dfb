import CGild
import Foundation
import GildControl
import GildReport
import GildVarlink
import Testing

@testable import GildDaemon

@Suite struct ServeTests {
    @Test func aConfigurationThatIsWrongHasAllItsProblemsPrintedAndStatus78() throws {
        let folder = try TestFolder()
        try folder.write("gild.yaml", "daemon: {sockt: /x}\nworkloads:\n  - name: a\n    script: a.py\n    threads: many\n")
        let process = try GildProcess(["serve", "--config", folder.path("gild.yaml")], folder)
        #expect(process.wait() == DaemonExit.configuration)
        let text = process.errorText
        #expect(text.contains("gild.yaml:1:10: daemon.sockt"))
        #expect(text.contains("gild.yaml:5:14: workloads[0].threads"))
    }

    @Test func checkLooksForTheScriptsToo() throws {
        let folder = try TestFolder()
        try folder.write("gild.yaml", "workloads:\n  - {name: a, script: missing.py}\n")
        let process = try GildProcess(["serve", "--check", "--config", folder.path("gild.yaml")], folder)
        #expect(process.wait() == DaemonExit.configuration)
        #expect(process.errorText.contains("missing.py"))
    }

    @Test func aSecondDaemonOnTheSameSocketIsRefused() throws {
        let folder = try TestFolder()
        let first = try folder.serve("")
        defer { first.kill() }
        let second = try GildProcess(["serve", "--config", folder.path("gild.yaml"), "--socket", folder.socket], folder)
        #expect(second.wait() == DaemonExit.failure)
        #expect(second.errorText.contains("already running"))
        _ = try folder.client().call(DaemonInterface.Ping.name)
    }

    @Test(arguments: [SIGTERM, SIGINT])
    func aSignalEndsEverythingWithStatus0(_ signal: Int32) throws {
        let folder = try TestFolder()
        try folder.write("burn.py", "while True:\n    pass\n")
        let process = try folder.serve("workloads:\n  - {name: burn, script: burn.py}\n  - {name: sleep, source: 'import time; time.sleep(1000)'}\n")
        defer { process.kill() }
        process.send(signal)
        #expect(process.wait() == 0)
        #expect(!FileManager.default.fileExists(atPath: folder.socket))
        #expect(process.errorText.contains("\"stopped\""))
    }

    @Test func aKilledDaemonLeavesNothingThatKeepsTheNextOneFromStarting() throws {
        let folder = try TestFolder()
        let first = try folder.serve("")
        first.send(SIGKILL)
        _ = first.wait()
        #expect(FileManager.default.fileExists(atPath: folder.socket))
        let second = try folder.serve("")
        defer { second.kill() }
        _ = try folder.client().call(DaemonInterface.Ping.name)
    }

    @Test func shutdownEndsTheProcess() throws {
        let folder = try TestFolder()
        let process = try folder.serve("")
        defer { process.kill() }
        _ = try folder.client().call(DaemonInterface.Shutdown.name)
        #expect(process.wait() == 0)
    }

    @Test func aHangUpAppliesAValidConfigurationAndAnInvalidOneChangesNothing() throws {
        let folder = try TestFolder()
        let process = try folder.serve("workloads:\n  - {name: a, source: 'import time; time.sleep(1000)'}\n")
        defer { process.kill() }
        let client = try folder.client()
        let before = try client.call(WorkloadInterface.Show.name, ["name": "a"])["workload"]?["run"]
        try folder.write("gild.yaml", "workloads:\n  - {name: a, sorce: x}\n")
        process.send(SIGHUP)
        let refused = try waitForReload(client, isApplied: false)
        #expect(refused.problems.contains { $0.line == 2 && $0.message.contains("sorce") || $0.path?.contains("sorce") == true })
        #expect(try names(client) == ["a"])
        try folder.write(
            "gild.yaml", "workloads:\n  - {name: a, source: 'import time; time.sleep(1000)'}\n  - {name: b, source: 'print(1)'}\n")
        process.send(SIGHUP)
        _ = try waitForReload(client, isApplied: true)
        #expect(try names(client) == ["a", "b"])
        #expect(try client.call(WorkloadInterface.Show.name, ["name": "a"])["workload"]?["run"] == before)
    }

    @Test func aSessionKeepsItsNamesFromInputToInput() throws {
        let folder = try TestFolder()
        let process = try folder.serve("")
        defer { process.kill() }
        let client = try folder.client()
        let session = try #require(try client.call(ScriptInterface.Open.name)["session"]?.intValue)
        #expect(try evaluate(client, session, "x = 20") == ("", .complete))
        #expect(try evaluate(client, session, "x + 1") == ("21\n", .complete))
        #expect(try evaluate(client, session, "if x:") == ("", .incomplete))
        #expect(try evaluate(client, session, "nothing").1 == .failed)
        #expect(try evaluate(client, session, "raise SystemExit(3)").1 == .ended)
    }

    @Test func aScriptWaitsForAClientThatReadsLateAndLosesNothing() throws {
        let folder = try TestFolder()
        let process = try folder.serve("")
        defer { process.kill() }
        let lines = 60_000
        let source = "for i in range(\(lines)):\n    print('0123456789012345678901234567890123456789', i)\n"
        var output: [UInt8] = []
        var isLate = false
        try folder.client().stream(
            ScriptInterface.Run.name, encoding: ScriptInterface.Run.Parameters(bytes: Array(source.utf8), name: "x.py", arguments: []),
            as: ScriptInterface.Run.Reply.self, timeout: 60
        ) { reply in
            if !isLate { usleep(300_000) }
            isLate = true
            for piece in reply.output { output += piece.bytes ?? [] }
            return true
        }
        let found = output.split(separator: UInt8(ascii: "\n"))
        #expect(found.count == lines)
        #expect(found.last.map { String(decoding: $0, as: UTF8.self).hasSuffix(" \(lines - 1)") } == true)
    }

    @Test func whatAClientOfAnEndlessScriptLeavesBehindIsStopped() throws {
        let folder = try TestFolder()
        let process = try folder.serve("")
        defer { process.kill() }
        try folder.client().stream(
            ScriptInterface.Run.name,
            encoding: ScriptInterface.Run.Parameters(bytes: Array("while True: print('x' * 1000)\n".utf8), name: "x.py", arguments: []),
            as: ScriptInterface.Run.Reply.self, timeout: 60
        ) { $0.output.isEmpty }
        let client = try folder.client()
        let deadline = deadlineFromNow()
        while try client.call(RuntimeInterface.List.name)["runtimes"]?[0]?["runs"] != 0, gild_monotonic_ns() < deadline { usleep(5000) }
        #expect(try client.call(RuntimeInterface.List.name)["runtimes"]?[0]?["runs"] == 0)
    }

    /// The promise of the daemon's figures: a run in it has the report that `gild run` makes of the same script.
    @Test func aRunInTheDaemonHasTheReportOfGildRun() throws {
        let folder = try TestFolder()
        let scripts = try Self.deterministicScripts()
        try #require(scripts.count >= 20)
        let process = try folder.serve("")
        defer { process.kill() }
        let client = try folder.client()
        for script in scripts {
            let text = try String(contentsOfFile: script, encoding: .utf8)
            let alone = try GildProcess(["run", "--report-json", folder.path("report.json"), script], folder)
            let status = alone.wait()
            let expected = try JSONValue.parse(String(contentsOfFile: folder.path("report.json"), encoding: .utf8))
            var outcome: ScriptInterface.Outcome?
            try client.stream(
                ScriptInterface.Run.name, encoding: ScriptInterface.Run.Parameters(bytes: Array(text.utf8), name: script, arguments: []),
                as: ScriptInterface.Run.Reply.self, timeout: 60
            ) { reply in
                if let found = reply.outcome { outcome = found }
                return true
            }
            let report = try #require(outcome?.report)
            let found = try JSONValue(encoding: report)
            #expect(outcome?.exitStatus == Int(status), "\(script)")
            #expect(Self.figures(found) == Self.figures(expected), "\(script)")
        }
    }

    private static func figures(_ report: JSONValue) -> [String: JSONValue?] {
        var figures: [String: JSONValue?] = ["exit_status": report["exit_status"]]
        for name in ["increfs", "decrefs", "live_references"] { figures[name] = report["refcounts"]?[name] }
        for name in ["allocated_objects", "freed_objects", "live_objects", "live_bytes", "cycles_collected", "leaked"] {
            figures[name] = report["heap"]?[name]
        }
        figures["instructions"] = .integer((report["threads"]?.arrayValue ?? []).reduce(0) { $0 + ($1["instructions"]?.int64Value ?? 0) })
        return figures
    }

    /// Programs of the corpus with one thread, whose figures do not depend on time.
    private static func deterministicScripts() throws -> [String] {
        let root = repositoryRoot + "/Tests/Scripts"
        var found: [String] = []
        for folder in ["classes", "containers", "control", "errors", "exceptions", "functions", "gc", "numbers", "refcounts"] {
            let names = try FileManager.default.contentsOfDirectory(atPath: root + "/" + folder).sorted()
            for name in names where name.hasSuffix(".py") {
                let path = root + "/" + folder + "/" + name
                let text = try String(contentsOfFile: path, encoding: .utf8)
                let isPlain = !["thread", "time", "input(", "stdin", "args:", "id(", "hash(", "0x", "sys."].contains { text.contains($0) }
                if isPlain { found.append(path) }
                if found.count.isMultiple(of: 3) && isPlain && found.count > 0 { break }
            }
        }
        return found
    }

    private func evaluate(_ client: VarlinkClient, _ session: Int, _ source: String) throws -> (String, ScriptInterface.Evaluation?) {
        var output = ""
        var evaluation: ScriptInterface.Evaluation?
        try client.stream(
            ScriptInterface.Evaluate.name, encoding: ScriptInterface.Evaluate.Parameters(session: session, source: source),
            as: ScriptInterface.Evaluate.Reply.self, timeout: 60
        ) { reply in
            for piece in reply.output where piece.stream == .stdout { output += piece.text ?? "" }
            evaluation = reply.evaluation
            return true
        }
        return (output, evaluation)
    }

    private func names(_ client: VarlinkClient) throws -> [String] {
        try client.call(WorkloadInterface.List.name, as: WorkloadInterface.List.Reply.self).workloads.map(\.name)
    }

    private func waitForReload(_ client: VarlinkClient, isApplied: Bool) throws -> DaemonInterface.ReloadResult {
        let deadline = deadlineFromNow()
        while gild_monotonic_ns() < deadline {
            let status = try client.call(DaemonInterface.Status.name, as: DaemonInterface.Status.Reply.self)
            if let last = status.lastReload, last.isApplied == isApplied, status.state == .running { return last }
            usleep(5000)
        }
        throw TestFailure(description: "no reload happened")
    }
}

struct TestFailure: Error, CustomStringConvertible { let description: String }

let repositoryRoot: String = {
    var url = URL(fileURLWithPath: #filePath)
    while url.path != "/" {
        url.deleteLastPathComponent()
        if FileManager.default.fileExists(atPath: url.path + "/Package.swift") { return url.path }
    }
    return FileManager.default.currentDirectoryPath
}()

/// The `gild` under test: GILD_BINARY, or the one beside the tests.
let gildBinary: String = {
    if let path = ProcessInfo.processInfo.environment["GILD_BINARY"], !path.isEmpty { return path }
    var url = Bundle.main.executableURL ?? URL(fileURLWithPath: CommandLine.arguments[0])
    while url.path != "/" {
        url.deleteLastPathComponent()
        if FileManager.default.isExecutableFile(atPath: url.path + "/gild") { return url.path + "/gild" }
    }
    return repositoryRoot + "/.build/debug/gild"
}()

/// A folder that is removed in the end.
final class TestFolder {
    let folder: String
    /// Short, because the path of a socket has at most 107 bytes.
    var socket: String { folder + "/s" }

    init() throws {
        folder = "/tmp/gild-serve-\(getpid())-\(UInt32.random(in: 0 ... .max))"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: folder) }

    func path(_ name: String) -> String { folder + "/" + name }
    func write(_ name: String, _ text: String) throws { try text.write(toFile: path(name), atomically: true, encoding: .utf8) }

    /// A daemon with this configuration that answers.
    func serve(_ configuration: String) throws -> GildProcess {
        try write("gild.yaml", configuration.isEmpty ? "daemon: {}\n" : configuration)
        let process = try GildProcess(["serve", "--config", path("gild.yaml"), "--socket", socket], self)
        let deadline = deadlineFromNow(seconds: 60)
        while gild_monotonic_ns() < deadline {
            if let client = try? client(), let status = try? client.call(DaemonInterface.Status.name), status["state"] == "running" {
                return process
            }
            guard process.isRunning else { break }
            usleep(10_000)
        }
        process.kill()
        throw TestFailure(description: "the daemon does not answer: \(process.errorText)")
    }

    func client() throws -> VarlinkClient { try VarlinkClient(path: socket) }
}

/// A `gild` whose standard error goes to a file.
final class GildProcess {
    private let process = Process()
    private let errors: String

    init(_ arguments: [String], _ folder: TestFolder) throws {
        errors = folder.path("stderr-\(UInt32.random(in: 0 ... .max))")
        _ = FileManager.default.createFile(atPath: errors, contents: nil)
        process.executableURL = URL(fileURLWithPath: gildBinary)
        process.arguments = arguments
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle(forWritingAtPath: errors)
        try process.run()
    }

    var isRunning: Bool { process.isRunning }
    var errorText: String { (try? String(contentsOfFile: errors, encoding: .utf8)) ?? "" }
    func send(_ signal: Int32) { Foundation.kill(process.processIdentifier, signal) }

    /// Its exit status; 128 + n after signal n. Killed when it does not end.
    func wait() -> Int32 {
        let deadline = deadlineFromNow(seconds: 60)
        while process.isRunning {
            if gild_monotonic_ns() > deadline { kill() }
            usleep(2000)
        }
        process.waitUntilExit()
        return process.terminationReason == .uncaughtSignal ? 128 + process.terminationStatus : process.terminationStatus
    }

    func kill() {
        if process.isRunning { send(SIGKILL) }
        process.waitUntilExit()
    }
}
