// gilctl repl: a prompt on a runtime's heap.
//
// Lines are collected until the daemon says that they are complete; it knows the language, we do not. While it evaluates,
// Ctrl-C asks for a KeyboardInterrupt on a second connection, because the first one waits for the evaluation. Without a
// terminal the same happens to lines of standard input, without prompts.

import ArgumentParser
import GildControl
import GildReport
import Glibc
import Synchronization

struct Repl: DaemonCommand {
    static let configuration = CommandConfiguration(
        commandName: "repl",
        abstract: "A Python prompt on the daemon's heap.",
        discussion: """
            Every prompt is a thread of its own, under the runtime's lock, beside the workloads; gild.shared is the place to \
            meet them. Lines are edited as in bash; up and down recall earlier ones, Ctrl-R searches them. Ctrl-C interrupts \
            what runs, Ctrl-D leaves. History: $XDG_STATE_HOME/gild/history.

              gilctl repl
              gilctl repl <lines.py            evaluate lines, without prompts; as at
                                               one, an empty line ends a block

            EXIT STATUS
              What exit() was given, else 0; without a terminal 1 when the
              last input failed.
            """)

    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var runtime: RuntimeOption

    func run(_ daemon: Daemon) throws {
        let session = try daemon.call(ScriptInterface.Open.self, .init(runtime: runtime.runtime))
        let interrupter = Interrupter(session: session.session, path: connection.path)
        let isInteractive = isatty(STDIN_FILENO) == 1 && isatty(STDOUT_FILENO) == 1
        // At a prompt Ctrl-C is a byte, and a signal that comes between two evaluations is late; between lines of a file it
        // ends the command.
        Interrupts.handle { _ in
            if !interrupter.interrupt() && !isInteractive { Output.dieOfSignal(SIGINT) }
        }
        let evaluator = Evaluator(daemon: daemon, session: session.session, interrupter: interrupter)
        let status: Int32
        if isInteractive {
            Output.print(
                "gild \(escaped(session.version)), runtime \(escaped(session.runtime)): regime \(escaped(session.regime)), "
                    + "switch interval \(formatSetting(session.switchIntervalNanoseconds))\n"
                    + "Ctrl-C interrupts, Ctrl-D leaves.\n")
            status = try converse(evaluator)
        } else {
            status = try evaluateInput(evaluator)
        }
        throw ExitCode(status)
    }

    /// Until Ctrl-D or exit(). Returns the exit status.
    private func converse(_ evaluator: Evaluator) throws -> Int32 {
        var history = History()
        var prompt = Prompt()
        var decoder = KeyDecoder()
        var lines: [String] = []
        while true {
            switch prompt.readLine(lines.isEmpty ? ">>> " : "... ", history: history.lines, decoder: &decoder) {
            case .end: return 0
            case .interrupted:
                Output.print("KeyboardInterrupt\n")
                lines = []
            case .line(let line):
                history.add(line)
                lines.append(line)
                switch try evaluator.evaluate(lines) {
                case .incomplete: continue
                case .ended(let status): return status
                case .complete, .failed: lines = []
                }
            }
        }
    }

    /// Lines of standard input, as if they were typed. Returns the exit status.
    private func evaluateInput(_ evaluator: Evaluator) throws -> Int32 {
        var lines: [String] = []
        var status: Int32 = 0
        func evaluate() throws -> Int32? {
            switch try evaluator.evaluate(lines) {
            case .incomplete: return nil
            case .ended(let status): return status
            case .complete: status = 0
            case .failed: status = 1
            }
            lines = []
            return nil
        }
        while let line = readLine() {
            if lines.isEmpty && line.allSatisfy(\.isWhitespace) { continue }
            lines.append(line)
            if let status = try evaluate() { return status }
        }
        // The end of the input ends a block, too.
        if !lines.isEmpty {
            lines.append("")
            if let status = try evaluate() { return status }
            if !lines.isEmpty {
                Output.complain("gilctl: the last input is incomplete\n")
                return 1
            }
        }
        return status
    }
}

/// Evaluations in one session.
private struct Evaluator {
    enum Result {
        case complete, incomplete, failed
        case ended(Int32)
    }

    let daemon: Daemon
    let session: Int
    let interrupter: Interrupter

    /// Evaluates the lines, with their output passed on.
    func evaluate(_ lines: [String]) throws -> Result {
        let parameters = ScriptInterface.Evaluate.Parameters(session: session, source: lines.joined(separator: "\n"))
        var last: ScriptInterface.Evaluate.Reply?
        interrupter.isEvaluating.store(true, ordering: .releasing)
        defer { interrupter.isEvaluating.store(false, ordering: .releasing) }
        try daemon.stream(ScriptInterface.Evaluate.self, parameters) { reply in
            if daemon.options.isJSON {
                try daemon.printJSON(reply, isLine: true)
            } else {
                try RemoteRun.pass(reply.output)
            }
            last = reply
            return true
        }
        switch last?.evaluation {
        case .complete: return .complete
        case .incomplete: return .incomplete
        case .failed: return .failed
        case .ended: return .ended(Int32(clamping: last?.exitStatus ?? 0))
        case nil: throw Failure("the daemon ended the evaluation without a word")
        }
    }
}

/// Ctrl-C during an evaluation.
private final class Interrupter: Sendable {
    let isEvaluating = Atomic<Bool>(false)
    private let session: Int
    private let path: String

    init(session: Int, path: String) {
        self.session = session
        self.path = path
    }

    /// False when nothing is being evaluated.
    func interrupt() -> Bool {
        guard isEvaluating.load(ordering: .acquiring) else { return false }
        let patience: UInt64 = 5_000_000_000
        do throws(ControlClientError) {
            let client = try ControlClient(path: path, timeoutNanoseconds: patience)
            _ = try client.call(ScriptInterface.Interrupt.self, .init(session: session), timeoutNanoseconds: patience)
        } catch {
            Failure(error, path: path).report()
        }
        return true
    }
}
