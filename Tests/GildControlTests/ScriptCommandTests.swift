import GildControl
import GildReport
import GildVarlink
import Glibc
import Testing

/// gilctl run, exec and repl: output, status and interrupts of a script that runs elsewhere.
@Suite struct ScriptCommandTests {
    /// Answers Run with pieces of output and an outcome.
    static func run(_ daemon: FakeDaemon, _ output: [ScriptInterface.Output], _ outcome: ScriptInterface.Outcome) {
        daemon.on(ScriptInterface.Run.self) { call, _ in
            #expect(call.wantsMore)
            _ = try call.replyContinues(encoding: ScriptInterface.Run.Reply(run: 5, output: []))
            for piece in output { _ = try call.replyContinues(encoding: ScriptInterface.Run.Reply(output: [piece])) }
            try call.reply(encoding: ScriptInterface.Run.Reply(output: [], outcome: outcome))
        }
    }

    @Test func outputAndStatusAreTheScripts() throws {
        try withFakeDaemon { daemon in
            let bytes: [UInt8] = [0x00, 0x1B, 0xFF, 0x0A]
            Self.run(
                daemon,
                [.init(stream: .stdout, bytes: bytes), .init(stream: .stderr, bytes: Array("oh\n".utf8)), .init(stream: .stdout, bytes: [0x41])],
                .init(exitStatus: 7))
            let result = try gilctl(["run", "-r", "second", "--time-limit", "2s", "-", "--report", "b c"], daemon, input: "print(1)\n")
            #expect(result.output == bytes + [0x41])
            #expect(result.errorText == "oh\n")
            #expect(result.status == 7)
            let sent = try #require(daemon.received.first?.parameters)
            #expect(
                sent == [
                    "source": "print(1)\n", "name": "<stdin>", "arguments": ["--report", "b c"], "runtime": "second",
                    "time_limit_ns": 2_000_000_000,
                ])
        }
    }

    @Test func repliesOfARunAreJSONLines() throws {
        try withFakeDaemon { daemon in
            Self.run(daemon, [.init(stream: .stdout, bytes: Array("x".utf8))], .init(exitStatus: 5))
            for arguments in [["run", "--json", "-"], ["--json", "run", "-"]] {
                let result = try gilctl(arguments, daemon)
                #expect(result.status == 5, "\(result.errorText)")
                let lines = try result.outputText.split(separator: "\n").map { try JSONValue.parse(String($0)) }
                #expect(lines == [["run": 5, "output": []], ["output": [["stream": "stdout", "text": "x"]]], ["output": [], "outcome": ["exit_status": 5]]])
            }
        }
    }

    @Test func aScriptThatIsNotUTF8IsSentAsItIs() throws {
        try withFakeDaemon { daemon in
            Self.run(daemon, [], .init(exitStatus: 0))
            let path = daemon.path + ".py"
            let descriptor = open(path, O_WRONLY | O_CREAT, 0o600)
            _ = write(descriptor, [0x23, 0xFF] as [UInt8], 2)
            close(descriptor)
            defer { unlink(path) }
            #expect(try gilctl(["run", path], daemon).status == 0)
            let sent = try #require(daemon.received.first).parameters.decode(as: ScriptInterface.Run.Parameters.self)
            #expect(sent.bytes == [0x23, 0xFF])
            #expect(sent.source == nil)
            #expect(sent.name == path)
        }
    }

    @Test func codeOnTheCommandLineIsRun() throws {
        try withFakeDaemon { daemon in
            Self.run(daemon, [], .init(exitStatus: 0))
            #expect(try gilctl(["exec", "-c", "print(1)", "a", "-x"], daemon).status == 0)
            let sent = try #require(daemon.received.first).parameters.decode(as: ScriptInterface.Run.Parameters.self)
            #expect(sent.source == "print(1)\n")
            #expect(sent.name == "<string>")
            #expect(sent.arguments == ["a", "-x"])
            #expect(try gilctl(["exec", "-c", "1", "-x"], daemon).status == 2)
        }
    }

    @Test func reportsGoWhereTheyAreWanted() throws {
        try withFakeDaemon { daemon in
            let report = RunReport(script: "a.py", exitStatus: 3, wallNanoseconds: 5)
            Self.run(daemon, [.init(stream: .stdout, bytes: Array("x\n".utf8))], .init(exitStatus: 3, report: report))
            let result = try gilctl(["run", "--report", "--report-json", "-", "-"], daemon)
            #expect(result.status == 3)
            #expect(result.errorText == "\n" + report.table())
            #expect(result.outputText == "x\n" + report.json())
        }
    }

    @Test func aSignalThatEndedTheScriptEndsUs() throws {
        try withFakeDaemon { daemon in
            Self.run(daemon, [], .init(exitStatus: 130, killedBySignal: 2))
            let result = try gilctl(["run", "-"], daemon)
            #expect(result.status == 130)
        }
    }

    @Test func aRefusedRunIsAMessage() throws {
        try withFakeDaemon { daemon in
            daemon.fail(ScriptInterface.Run.self, .limitReached(limit: "thread_limit", value: 256))
            let result = try gilctl(["exec", "-c", "1"], daemon)
            #expect(result.status == 1)
            #expect(result.errorText == "gilctl: the limit thread_limit of 256 does not allow it\n")
        }
    }

    @Test func aRunThatBreaksOffIsAFailure() throws {
        try withFakeDaemon { daemon in
            daemon.on(ScriptInterface.Run.self) { call, _ in
                _ = try call.replyContinues(encoding: ScriptInterface.Run.Reply(run: 5, output: []))
                call.fail("org.example.Gone")
            }
            let result = try gilctl(["exec", "-c", "1"], daemon)
            #expect(result.status == 1)
            #expect(result.errorText.contains("org.example.Gone"))
        }
    }

    @Test func interruptStopsTheRemoteRunAndWaitsForItsEnd() throws {
        try withFakeDaemon { daemon in
            let held = Held()
            daemon.on(ScriptInterface.Run.self) { call, _ in
                _ = try call.replyContinues(
                    encoding: ScriptInterface.Run.Reply(run: 5, output: [.init(stream: .stdout, bytes: Array("begun\n".utf8))]))
                held.keep(call)
            }
            daemon.on(ScriptInterface.Stop.self) { call, parameters in
                #expect(parameters.run == 5)
                try call.reply(encoding: ScriptInterface.Stop.Reply())
                let run = held.take()
                try run?.reply(
                    encoding: ScriptInterface.Run.Reply(
                        output: [.init(stream: .stdout, bytes: Array("ended\n".utf8))], outcome: .init(exitStatus: 143)))
            }
            let result = try gilctl(["exec", "-c", "while True: pass"], daemon) { process in
                // gilctl is ready for the signal when it has made the call, which names no run before the first reply.
                while daemon.received.isEmpty { usleep(1_000) }
                usleep(200_000)
                kill(process, SIGINT)
            }
            #expect(result.status == 130)
            #expect(result.outputText == "begun\nended\n")
            #expect(daemon.received.map(\.method) == ["io.gild.Script.Run", "io.gild.Script.Stop"])
        }
    }

    // MARK: The prompt, without a terminal

    /// An evaluator that knows blocks (lines after one that ends in a colon), `exit` and `fail`.
    static func session(_ daemon: FakeDaemon) {
        daemon.reply(ScriptInterface.Open.self) { parameters in
            .init(session: 9, runtime: parameters.runtime ?? "main", regime: "gil", switchIntervalNanoseconds: 5_000_000, version: "1")
        }
        daemon.on(ScriptInterface.Evaluate.self) { call, parameters in
            #expect(parameters.session == 9)
            let lines = parameters.source.split(separator: "\n", omittingEmptySubsequences: false)
            func end(_ text: String, _ evaluation: ScriptInterface.Evaluation, _ status: Int? = nil) throws {
                try call.reply(
                    encoding: ScriptInterface.Evaluate.Reply(
                        output: text.isEmpty ? [] : [.init(stream: evaluation == .failed ? .stderr : .stdout, bytes: Array(text.utf8))],
                        evaluation: evaluation, exitStatus: status))
            }
            if lines[0].hasSuffix(":") && lines.last != "" { return try end("", .incomplete) }
            if lines[0] == "exit" { return try end("", .ended, 4) }
            if lines[0] == "fail" { return try end("no\n", .failed) }
            _ = try call.replyContinues(encoding: ScriptInterface.Evaluate.Reply(output: [.init(stream: .stdout, bytes: Array("[".utf8))]))
            try end(lines.joined(separator: "|") + "]\n", .complete)
        }
    }

    @Test func linesOfStandardInputAreEvaluated() throws {
        try withFakeDaemon { daemon in
            Self.session(daemon)
            let result = try gilctl(["repl"], daemon, input: "a\n\nif b:\n  c\n\nd\nfor e:\n  f")
            #expect(result.outputText == "[a]\n[if b:|  c|]\n[d]\n[for e:|  f|]\n")
            #expect(result.errorText.isEmpty)
            #expect(result.status == 0)
        }
    }

    @Test func exitHasItsStatusAndAFailureOneOfItsOwn() throws {
        try withFakeDaemon { daemon in
            Self.session(daemon)
            let exit = try gilctl(["repl"], daemon, input: "a\nexit\nb\n")
            #expect(exit.status == 4)
            #expect(exit.outputText == "[a]\n")
            let failed = try gilctl(["repl"], daemon, input: "a\nfail\n")
            #expect(failed.status == 1)
            #expect(failed.errorText == "no\n")
            #expect(try gilctl(["repl"], daemon, input: "fail\na\n").status == 0)
        }
    }
}
