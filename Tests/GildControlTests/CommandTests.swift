import GildControl
import GildReport
import GildVarlink
import Glibc
import Testing

/// What gilctl prints, sends and ends with, against a daemon with canned replies.
@Suite struct CommandTests {
    static func workload(_ name: String, _ state: WorkloadInterface.State = .running) -> WorkloadInterface.Workload {
        .init(name: name, runtime: "main", state: state, sinceNanoseconds: 1_500_000_000, run: 7, threads: 4, runs: 12, failures: 3)
    }

    // MARK: Exit status

    @Test func withoutADaemonTheStatusIs3AndTheMessageSaysWhatToDo() throws {
        let result = try runProgram([gilctlPath, "--socket", "/nonexistent/gild.sock", "ping"])
        #expect(result.status == 3)
        #expect(result.output.isEmpty)
        #expect(
            result.errorText
                == "gilctl: cannot connect to /nonexistent/gild.sock: No such file or directory: is the daemon running? "
                + "Try: systemctl start gild\n")
    }

    @Test func aSocketThatNobodyListensOnIsStatus3() throws {
        try withFakeDaemon { daemon in
            let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
            defer { close(descriptor) }
            let path = daemon.path + "2"
            var address = sockaddr_un()
            address.sun_family = sa_family_t(AF_UNIX)
            withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
            let bound = withUnsafePointer(to: &address) {
                $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size)) }
            }
            #expect(bound == 0)
            defer { unlink(path) }
            let result = try gilctl(["--socket", path, "ping"], daemon)
            #expect(result.status == 3)
            #expect(result.errorText.contains("Connection refused"))
        }
    }

    @Test func wrongUseIsStatus2() throws {
        try withFakeDaemon { daemon in
            for arguments in [
                ["list", "--bogus"], ["frobnicate"], ["show"], ["start"], ["ping", "--count", "0"], ["--socket"], ["run"],
                ["run", "--bogus", "x.py"], ["run", "/nonexistent/x.py"], ["lock", "set-interval", "5"],
                ["metrics", "--interval", "1s"], ["heap", "top", "--by", "colour"], ["--timeout", "5", "ping"],
            ] {
                let result = try gilctl(arguments, daemon)
                #expect(result.status == 2, "\(arguments): \(result.errorText)")
                #expect(result.output.isEmpty)
                #expect(result.errorText.hasPrefix("gilctl: "), "\(arguments): \(result.errorText)")
            }
            #expect(daemon.received.isEmpty)
        }
    }

    @Test func aRefusalIsStatus1AndAMessage() throws {
        try withFakeDaemon { daemon in
            daemon.fail(WorkloadInterface.Start.self, .notFound(kind: "workload", name: "x"))
            var result = try gilctl(["start", "x"], daemon)
            #expect(result.status == 1)
            #expect(result.errorText == "gilctl: there is no workload 'x'; gilctl list shows what there is\n")

            daemon.fail(DaemonInterface.Shutdown.self, .notPermitted(method: "io.gild.Daemon.Shutdown", group: "gild"))
            result = try gilctl(["shutdown"], daemon)
            #expect(result.status == 1)
            #expect(
                result.errorText
                    == "gilctl: not permitted: Daemon.Shutdown needs root, the daemon's own user or membership in group 'gild'\n")
        }
    }

    @Test func aMethodThatTheDaemonDoesNotHaveIsSaidSo() throws {
        try withFakeDaemon { daemon in
            let result = try gilctl(["ping"], daemon)
            #expect(result.status == 1)
            #expect(result.errorText.contains("does not have this method"))
        }
    }

    @Test func aDaemonThatDoesNotAnswerTimesOut() throws {
        try withFakeDaemon { daemon in
            let held = Held()
            daemon.on(DaemonInterface.Ping.self) { call, _ in held.keep(call) }
            let result = try gilctl(["--timeout", "100ms", "ping"], daemon)
            held.release()
            #expect(result.status == 1)
            #expect(result.errorText.contains("did not answer in time"))
        }
    }

    @Test func everyProblemOfARefusedReloadIsListed() throws {
        try withFakeDaemon { daemon in
            daemon.fail(
                DaemonInterface.Reload.self,
                .invalid([
                    Problem(file: "/etc/gild/gild.yaml", line: 3, column: 5, path: "workloads[0].threds", message: "unknown key"),
                    Problem(file: "/etc/gild/conf.d/a.yaml", line: 1, message: "a tab\u{9}"),
                ]))
            let result = try gilctl(["reload"], daemon)
            #expect(result.status == 1)
            #expect(
                result.errorText == """
                    gilctl: 2 problems; nothing was changed
                    /etc/gild/gild.yaml:3:5: workloads[0].threds: unknown key
                    /etc/gild/conf.d/a.yaml:1: a tab\\t

                    """)
        }
    }

    // MARK: Text

    @Test func workloadsAreATable() throws {
        try withFakeDaemon { daemon in
            daemon.reply(WorkloadInterface.List.self) { parameters in
                #expect(parameters.runtime == "main")
                return .init(workloads: [Self.workload("counter"), Self.workload("longer-name", .waiting)])
            }
            let result = try gilctl(["list", "-r", "main"], daemon)
            #expect(result.status == 0)
            #expect(
                result.outputText == """
                      name         state       for  run  threads  failed  status  next in  runtime
                      counter      running  1.50 s    7        4    3/12       –        –  main
                      longer-name  waiting  1.50 s    7        4    3/12       –        –  main

                    """)
        }
    }

    @Test func whatTheDaemonSendsCannotMoveTheCursor() throws {
        try withFakeDaemon { daemon in
            let evil = "a\u{1B}[2J\n\u{202E}b"
            daemon.reply(WorkloadInterface.List.self) { _ in .init(workloads: [Self.workload(evil)]) }
            daemon.reply(RuntimeInterface.Threads.self) { _ in
                .init(threads: [.init(number: 1, name: evil, workload: evil, state: .blocked, sinceNanoseconds: 5, blockedIn: evil, place: evil, function: evil)])
            }
            daemon.reply(HeapInterface.Inspect.self) { _ in
                let end = HeapInterface.Referent(address: evil, type: evil, site: evil, representation: evil)
                return .init(
                    object: .init(
                        address: evil, type: evil, refcount: 1, sizeBytes: 1, site: evil, workload: evil, isTracked: true,
                        representation: evil, referrers: [end], referrersTruncated: true, referents: [end]))
            }
            daemon.reply(WorkloadInterface.Logs.self) { _ in
                .init(
                    lines: [
                        .init(atRealtimeNanoseconds: 0, run: 1, stream: .stdout, bytes: Array(evil.utf8)),
                        .init(atRealtimeNanoseconds: 0, run: 1, stream: .stderr, bytes: [0x1B, 0xFF]),
                        .init(atRealtimeNanoseconds: 0, run: 1, stream: .log, level: evil, bytes: Array(evil.utf8)),
                    ], dropped: 2)
            }
            daemon.fail(WorkloadInterface.Start.self, .notFound(kind: evil, name: evil))
            for arguments in [["list"], ["threads"], ["heap", "inspect", "0x1"], ["logs", "x"], ["start", "x"]] {
                let result = try gilctl(arguments, daemon)
                let written = result.output + result.errorOutput
                #expect(!written.contains(0x1B), "\(arguments)")
                #expect(String(decoding: written, as: UTF8.self).contains("\\x1b"), "\(arguments)")
                #expect(!String(decoding: written, as: UTF8.self).unicodeScalars.contains("\u{202E}"), "\(arguments)")
            }
        }
    }

    @Test func logsAreReadableAndRawOnesAreTheBytes() throws {
        try withFakeDaemon { daemon in
            daemon.on(WorkloadInterface.Logs.self) { call, parameters in
                #expect(parameters.lines == 3)
                let line = WorkloadInterface.LogLine(atRealtimeNanoseconds: 1_000_000, run: 7, stream: .stdout, bytes: [0xFF, 0x41])
                _ = try call.replyContinues(encoding: WorkloadInterface.Logs.Reply(lines: [line], dropped: 1))
                let warning = WorkloadInterface.LogLine(
                    atRealtimeNanoseconds: 2_000_000, run: 7, stream: .log, level: "warning", bytes: Array("slow".utf8))
                try call.reply(encoding: WorkloadInterface.Logs.Reply(lines: [warning], dropped: 0))
            }
            let text = try gilctl(["logs", "-n", "3", "w"], daemon)
            #expect(
                text.outputText == """
                    … 1 line before these are gone
                    1970-01-01 00:00:00.001 w[7] \u{FFFD}A
                    1970-01-01 00:00:00.002 w[7] warning slow

                    """)
            let raw = try gilctl(["logs", "-n", "3", "--raw", "w"], daemon)
            #expect(raw.output == [0xFF, 0x41, 0x0A])
            #expect(raw.errorText == "slow\n")
        }
    }

    @Test func severalWorkloadsAreAllTried() throws {
        try withFakeDaemon { daemon in
            daemon.on(WorkloadInterface.Stop.self) { call, parameters in
                if parameters.name == "bad" {
                    let error = ControlError.notRunning(name: "bad")
                    return call.fail(error.name(in: call.interface), error.json)
                }
                try call.reply(encoding: WorkloadInterface.Stop.Reply(exitStatus: 143))
            }
            let result = try gilctl(["stop", "bad", "good", "--timeout", "3s"], daemon)
            #expect(result.status == 1)
            #expect(result.outputText == "good: stopped, its run ended with status 143\n")
            #expect(result.errorText == "gilctl: workload 'bad' has no run\n")
            #expect(daemon.received.map { $0.parameters["timeout_ns"]?.intValue } == [3_000_000_000, 3_000_000_000])
        }
    }

    @Test func anIntervalIsSentInNanoseconds() throws {
        try withFakeDaemon { daemon in
            daemon.reply(RuntimeInterface.SetSwitchInterval.self) { parameters in
                #expect(parameters.intervalNanoseconds == 1_500_000)
                #expect(parameters.runtime == "second")
                return .init(previousNanoseconds: 5_000_000)
            }
            let result = try gilctl(["lock", "set-interval", "1.5ms", "-r", "second"], daemon)
            #expect(result.outputText == "switch interval 1.50 ms, was 5 ms\n")
        }
    }

    @Test func aDefinitionIsReadHereAndSent() throws {
        try withFakeDaemon { daemon in
            daemon.reply(WorkloadInterface.Submit.self) { parameters in
                #expect(parameters.text == "name: größe\n")
                #expect(parameters.file.hasPrefix("/") && parameters.file.hasSuffix("/<stdin>"))
                #expect(parameters.replace == true && parameters.start == false)
                return .init(names: ["größe"])
            }
            let result = try gilctl(["submit", "--replace", "--no-start", "-"], daemon, input: "name: größe\n")
            #expect(result.outputText == "submitted größe\n")
            #expect(result.status == 0)
        }
    }

    @Test func waitTellsHowTheRunEnded() throws {
        try withFakeDaemon { daemon in
            daemon.reply(WorkloadInterface.Wait.self) { parameters in
                .init(run: 3, exitStatus: parameters.name == "good" ? 0 : 9, report: RunReport(script: "a.py"))
            }
            let good = try gilctl(["wait", "good"], daemon)
            #expect(good.status == 0)
            #expect(good.outputText == "good: run 3 ended with status 0\n")
            #expect(try gilctl(["wait", "bad"], daemon).status == 1)
        }
    }

    // MARK: JSON

    @Test func jsonIsTheReplyOfTheDaemon() throws {
        try withFakeDaemon { daemon in
            let reply = WorkloadInterface.List.Reply(workloads: [Self.workload("a\u{1B}\"\\"), Self.workload("b", .failed)])
            daemon.reply(WorkloadInterface.List.self) { _ in reply }
            for arguments in [["--json", "list"], ["list", "--json"]] {
                let result = try gilctl(arguments, daemon)
                let printed = try JSONValue.parse(result.output).decode(as: WorkloadInterface.List.Reply.self)
                #expect(printed == reply)
            }
        }
    }

    @Test func streamsHaveOneJSONObjectALine() throws {
        try withFakeDaemon { daemon in
            daemon.on(MetricsInterface.Subscribe.self) { call, parameters in
                #expect(parameters.intervalNanoseconds == 50_000_000)
                for index in 0..<3 {
                    _ = try call.replyContinues(encoding: MetricsInterface.Subscribe.Reply(atRealtimeNanoseconds: index, runtimes: [Figures.runtime("main")]))
                }
                call.reply(try JSONValue(encoding: MetricsInterface.Subscribe.Reply(atRealtimeNanoseconds: 9, runtimes: [])))
            }
            let result = try gilctl(["metrics", "--watch", "--interval", "50ms", "--format", "json", "-n", "2"], daemon)
            #expect(result.status == 0)
            let lines = result.outputText.split(separator: "\n")
            let times = try lines.map { try JSONValue.parse(String($0))["at_realtime_ns"]?.intValue }
            #expect(times == [0, 1])
        }
    }

    @Test func openMetricsIsPrintedAsItIs() throws {
        try withFakeDaemon { daemon in
            daemon.reply(MetricsInterface.OpenMetrics.self) { _ in .init(contentType: "t", text: "a_total 1\n# EOF\n") }
            let result = try gilctl(["metrics", "--format", "openmetrics"], daemon)
            #expect(result.outputText == "a_total 1\n# EOF\n")
        }
    }

    @Test func aReaderThatGoesAwayIsNoError() throws {
        try withFakeDaemon { daemon in
            daemon.on(WorkloadInterface.Logs.self) { call, _ in
                let line = WorkloadInterface.LogLine(atRealtimeNanoseconds: 0, run: 1, stream: .stdout, bytes: Array(repeating: 0x61, count: 4000))
                for _ in 0..<100 { _ = try call.replyContinues(encoding: WorkloadInterface.Logs.Reply(lines: [line], dropped: 0)) }
                try call.reply(encoding: WorkloadInterface.Logs.Reply(lines: [], dropped: 0))
            }
            let result = try runProgram(["/bin/sh", "-c", "'\(gilctlPath)' logs x | head -c 10; exit 0"], environment: ["GILD_SOCKET": daemon.path])
            #expect(result.output.count == 10)
            #expect(result.errorText.isEmpty)
        }
    }

    // MARK: Manual pages

    @Test func manualPagesAreUpToDate() throws {
        let directory = String(gilctlPath.dropLast("/gilctl".count))
        let check = try runProgram([repositoryPath + "/scripts/make-man", "--check", directory])
        #expect(check.status == 0, "\(check.errorText)\(check.outputText)")
    }

    // MARK: Completion

    @Test func namesAreCompletedAndNobodyHomeIsSilent() throws {
        try withFakeDaemon { daemon in
            daemon.reply(WorkloadInterface.List.self) { _ in .init(workloads: [Self.workload("alpha"), Self.workload("beta")]) }
            let arguments = ["---completion", "show", "--", "positional@0", "2", "0", "gilctl", "show", ""]
            let result = try gilctl(arguments, daemon)
            #expect(result.outputText.split(separator: "\n") == ["alpha", "beta"], "\(result.errorText)")
            let alone = try gilctl(arguments, daemon, environment: ["GILD_SOCKET": "/nonexistent"])
            #expect(alone.outputText.split(whereSeparator: \.isWhitespace).isEmpty)
            #expect(alone.errorText.isEmpty)
        }
    }

    @Test(arguments: ["bash", "zsh", "fish"]) func completionScriptsAreWritten(shell: String) throws {
        let result = try runProgram([gilctlPath, "--generate-completion-script", shell])
        #expect(result.status == 0)
        #expect(result.outputText.contains("gilctl"))
    }
}
