import GildControl
import GildReport
import GildVarlink
import Glibc
import Testing

@testable import gilctl

/// gilctl top and gilctl repl on a terminal.
@Suite struct TerminalTests {
    /// A daemon whose figures change with every sample.
    static func figures(_ daemon: FakeDaemon) {
        let frame = TopViewTests.frame()
        daemon.reply(DaemonInterface.Status.self) { _ in frame.status }
        daemon.reply(WorkloadInterface.List.self) { _ in .init(workloads: frame.workloads) }
        daemon.reply(MetricsInterface.Snapshot.self) { _ in .init(atRealtimeNanoseconds: 0, runtimes: frame.runtimes) }
        daemon.on(MetricsInterface.Subscribe.self) { [unowned daemon] call, parameters in
            daemon.send(call, every: UInt32((parameters.intervalNanoseconds ?? 0) / 1_000)) { index in
                MetricsInterface.Subscribe.Reply(atRealtimeNanoseconds: index * 1_000_000_000, runtimes: frame.runtimes)
            }
        }
    }

    private func top(_ daemon: FakeDaemon, columns: UInt16 = 80, rows: UInt16 = 24) throws -> Terminal {
        try Terminal(
            [gilctlPath, "top", "--interval", "100ms"], columns: columns, rows: rows, environment: ["GILD_SOCKET": daemon.path])
    }

    private let alternateScreen = "\u{1B}[?1049h"
    private let farewell = "\u{1B}[?25h\u{1B}[?1049l"

    @Test func topDrawsRefreshesAndLeavesTheTerminalAsItWas() throws {
        try withFakeDaemon { daemon in
            Self.figures(daemon)
            let terminal = try top(daemon)
            #expect(terminal.wait(for: alternateScreen))
            #expect(terminal.wait(for: "counter/Thread-1"))
            #expect(terminal.wait(for: "00:00:02"))
            #expect(!terminal.isRestored)
            terminal.press("q")
            #expect(terminal.status() == 0)
            #expect(terminal.rest.hasSuffix(farewell))
            #expect(terminal.isRestored)
        }
    }

    @Test func keysSortPauseAndExplain() throws {
        try withFakeDaemon { daemon in
            Self.figures(daemon)
            let terminal = try top(daemon)
            #expect(terminal.wait(for: "sort: hold"))
            terminal.press("s")
            #expect(terminal.wait(for: "sort: wait"))
            terminal.press("p")
            #expect(terminal.wait(for: "paused"))
            terminal.press("h")
            #expect(terminal.wait(for: "any key goes back"))
            terminal.press("x")
            #expect(terminal.wait(for: "gild 0.1.0"))
            terminal.press("\t")
            #expect(terminal.wait(for: "▸r1"))
            terminal.press("+")
            #expect(terminal.wait(for: "200 ms"))
            terminal.press("\u{3}")
            #expect(terminal.status() == 0)
            #expect(terminal.isRestored)
        }
    }

    @Test(arguments: [SIGTERM, SIGHUP, SIGINT, SIGQUIT]) func aSignalLeavesTheTerminalAsItWas(number: Int32) throws {
        try withFakeDaemon { daemon in
            Self.figures(daemon)
            let terminal = try top(daemon)
            #expect(terminal.wait(for: "counter/Thread-1"))
            kill(terminal.process, number)
            #expect(terminal.status() == 128 + number)
            #expect(terminal.rest.contains(farewell))
            #expect(terminal.isRestored)
        }
    }

    @Test func topFollowsTheSizeOfTheTerminal() throws {
        try withFakeDaemon { daemon in
            Self.figures(daemon)
            let terminal = try top(daemon)
            #expect(terminal.wait(for: "counter/Thread-1"))
            terminal.resize(columns: 120, rows: 40)
            // The heading of a column that 80 columns have no room for.
            #expect(terminal.wait(for: "hold p99"))
            terminal.press("q")
            #expect(terminal.status() == 0)
        }
    }

    @Test func topSaysThatTheDaemonIsGoneAndGoesOn() throws {
        let daemon = try FakeDaemon()
        Self.figures(daemon)
        let terminal = try top(daemon)
        #expect(terminal.wait(for: "counter/Thread-1"))
        daemon.stop()
        #expect(terminal.wait(for: "the daemon"))
        #expect(terminal.wait(for: "counter/Thread-1"))
        terminal.press("q")
        #expect(terminal.status() == 0)
    }

    // MARK: The prompt

    private func prompt(_ daemon: FakeDaemon) throws -> Terminal {
        let state = daemon.path + "-state"
        return try Terminal([gilctlPath, "repl"], environment: ["GILD_SOCKET": daemon.path, "XDG_STATE_HOME": state])
    }

    private func removeState(_ daemon: FakeDaemon) {
        unlink(daemon.path + "-state/gild/history")
        rmdir(daemon.path + "-state/gild")
        rmdir(daemon.path + "-state")
    }

    @Test func thePromptReadsBlocksAndRecallsLines() throws {
        try withFakeDaemon { daemon in
            ScriptCommandTests.session(daemon)
            defer { removeState(daemon) }
            let terminal = try prompt(daemon)
            #expect(terminal.wait(for: "runtime main: regime gil, switch interval 5 ms"))
            #expect(terminal.wait(for: ">>> "))
            terminal.press("abd\u{1B}[Dc\r")
            #expect(terminal.wait(for: "[abcd]"))
            #expect(terminal.wait(for: ">>> "))
            terminal.press("if x:\r")
            #expect(terminal.wait(for: "... "))
            terminal.press("y\r")
            #expect(terminal.wait(for: "... "))
            terminal.press("\r")
            #expect(terminal.wait(for: "[if x:|y|]"))
            terminal.press("\u{1B}[A\u{1B}[A\u{1B}[A!\r")
            #expect(terminal.wait(for: "[abcd!]"))
            #expect(terminal.wait(for: ">>> "))
            terminal.press("half\u{3}")
            #expect(terminal.wait(for: "KeyboardInterrupt"))
            terminal.press("\u{4}")
            #expect(terminal.status() == 0)
            #expect(terminal.isRestored)

            // Another prompt knows the lines.
            let second = try prompt(daemon)
            #expect(second.wait(for: ">>> "))
            second.press("\u{1B}[A?\r")
            #expect(second.wait(for: "[abcd!?]"))
            #expect(second.wait(for: ">>> "))
            second.press("exit\r")
            #expect(second.status() == 4)
        }
    }

    @Test func controlCInterruptsWhatRuns() throws {
        try withFakeDaemon { daemon in
            ScriptCommandTests.session(daemon)
            defer { removeState(daemon) }
            let held = Held()
            daemon.on(ScriptInterface.Evaluate.self) { call, _ in held.keep(call) }
            daemon.on(ScriptInterface.Interrupt.self) { call, parameters in
                #expect(parameters.session == 9)
                try call.reply(encoding: ScriptInterface.Interrupt.Reply())
                let piece = ScriptInterface.Output(stream: .stderr, bytes: Array("KeyboardInterrupt\n".utf8))
                try held.take()?.reply(encoding: ScriptInterface.Evaluate.Reply(output: [piece], evaluation: .failed))
            }
            let terminal = try prompt(daemon)
            #expect(terminal.wait(for: ">>> "))
            terminal.press("while True: pass\r")
            while !daemon.received.contains(where: { $0.method.hasSuffix("Evaluate") }) { usleep(1_000) }
            terminal.press("\u{3}")
            #expect(terminal.wait(for: "KeyboardInterrupt"))
            #expect(terminal.wait(for: ">>> "))
            terminal.press("\u{4}")
            #expect(terminal.status() == 0)
        }
    }
}
