// gilctl run and gilctl exec: a script of ours in a runtime of the daemon, as if it ran here.
//
// The stream's first reply names the run, so that Ctrl-C can ask for its end on a second connection while the first one
// goes on to deliver output, outcome and report. A second Ctrl-C does not wait for that: it drops the connection, which
// stops the run as well.

import ArgumentParser
import GildControl
import GildReport
import Glibc
import Synchronization

struct ScriptOptions: ParsableArguments {
    @Option(
        name: .shortAndLong, help: ArgumentHelp("Name of the runtime. (default: main)", valueName: "name"),
        completion: .custom { arguments, _, _ in Completion.runtimes(arguments) })
    var runtime: String?

    @Option(
        help: ArgumentHelp("Wall time after which the script is stopped, with status 124. (default: none)", valueName: "duration"),
        transform: { try DurationArgument($0) })
    var timeLimit: DurationArgument?

    @Option(help: ArgumentHelp("Depth of calls at which the script gets RecursionError. (default: 1000)", valueName: "depth"))
    var recursionLimit: Int?

    func validate() throws {
        if timeLimit?.nanoseconds == 0 { throw ValidationError("--time-limit must be longer than 0") }
        if let recursionLimit, recursionLimit < 1 || recursionLimit > 1_000_000_000 {
            throw ValidationError("--recursion-limit must be between 1 and 1000000000")
        }
    }

    func parameters(_ source: [UInt8], name: String, arguments: [String]) -> ScriptInterface.Run.Parameters {
        .init(
            runtime: runtime, bytes: source, name: name, arguments: arguments,
            timeLimitNanoseconds: timeLimit?.count, recursionLimit: recursionLimit)
    }
}

struct Run: DaemonCommand {
    static let configuration = CommandConfiguration(
        commandName: "run",
        abstract: "Run a script in the daemon, with its output and exit status here.",
        usage: "gilctl run [OPTIONS] FILE [ARGS…]",
        discussion: """
            FILE is read here and sent; it runs in the runtime's heap, under its lock, beside its workloads. Standard output, \
            standard error and exit status are the script's own. Its standard input is empty. Options stand before FILE; \
            everything after it belongs to the script (sys.argv). Ctrl-C stops the run; a second one does not wait for it.

              gilctl run --report race.py 4
              echo 'print(1)' | gilctl run -

            EXIT STATUS
              The script's own; 2 or 3 when gilctl was called wrongly or cannot connect; 124 when the time limit ended it.
            """)

    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var script: ScriptOptions
    @OptionGroup var report: ReportOptions

    @Argument(
        parsing: .captureForPassthrough,
        help: ArgumentHelp("The script, or - for standard input, and its arguments.", valueName: "file-and-args"),
        completion: .file(extensions: ["py"]))
    var scriptAndArguments: [String] = []

    mutating func validate() throws {
        // The parser captures from the first thing that it does not know: the terminator, --help and wrong options too.
        let isTerminated = scriptAndArguments.first == "--"
        if isTerminated { scriptAndArguments.removeFirst() }
        guard let first = scriptAndArguments.first else {
            throw ValidationError("which script? Give a FILE, or - for standard input.")
        }
        if !isTerminated && first.hasPrefix("-") && first != "-" {
            if first == "--help" || first == "-h" { throw CleanExit.helpRequest(self) }
            throw ValidationError("unknown option '\(escaped(first))' (options of the script stand after FILE)")
        }
    }

    func run() throws {
        // What can go wrong here goes wrong before there is a run.
        let path = scriptAndArguments[0]
        let source = try InputFile.read(path)
        let file = try report.openFile()
        let name = path == "-" ? "<stdin>" : path
        try RemoteRun.run(
            connection, script.parameters(source, name: name, arguments: Array(scriptAndArguments.dropFirst())), report,
            file)
    }

    func run(_ daemon: Daemon) throws {}
}

struct Execute: DaemonCommand {
    static let configuration = CommandConfiguration(
        commandName: "exec",
        abstract: "Run a line of code in the daemon.",
        usage: "gilctl exec [OPTIONS] -c CODE [ARGS…]",
        discussion: """
            As gilctl run, with the code on the command line.

              gilctl exec -c 'import gild; print(sorted(gild.shared))'
            """)

    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var script: ScriptOptions
    @OptionGroup var report: ReportOptions

    @Option(name: [.customShort("c"), .customLong("code")], help: ArgumentHelp("The code.", valueName: "code"))
    var code: String

    @Argument(parsing: .captureForPassthrough, help: ArgumentHelp("Arguments of the code (sys.argv).", valueName: "args"))
    var arguments: [String] = []

    mutating func validate() throws {
        if arguments.first == "--" {
            arguments.removeFirst()
        } else if let first = arguments.first, first.hasPrefix("-") && first != "-" {
            if first == "--help" || first == "-h" { throw CleanExit.helpRequest(self) }
            throw ValidationError("unknown option '\(escaped(first))' (-- stands before arguments that begin with -)")
        }
    }

    func run() throws {
        let file = try report.openFile()
        let parameters = script.parameters(Array((code + "\n").utf8), name: "<string>", arguments: arguments)
        try RemoteRun.run(connection, parameters, report, file)
    }

    func run(_ daemon: Daemon) throws {}
}

enum RemoteRun {
    /// What the thread that waits for Ctrl-C has to know.
    private final class Progress: Sendable {
        /// Number of the run; 0 before it is known, -1 when an interrupt came before that.
        let run = Atomic<Int>(0)
        let wasInterrupted = Atomic<Bool>(false)
    }

    /// Runs, passes the output on, and ends with the script's status.
    static func run(
        _ options: ConnectionOptions, _ parameters: ScriptInterface.Run.Parameters, _ report: ReportOptions, _ file: Int32?
    ) throws {
        let daemon = try Daemon(options)
        let progress = Progress()
        let stopper = Stopper(path: options.path)
        Interrupts.handle { count in
            progress.wasInterrupted.store(true, ordering: .relaxed)
            let run = progress.run.load(ordering: .acquiring)
            if count > 1 || run == 0 { Output.dieOfSignal(SIGINT) }
            stopper.stop(run)
        }
        var outcome: ScriptInterface.Outcome?
        do {
            try daemon.stream(ScriptInterface.Run.self, parameters) { reply in
                if let run = reply.run { progress.run.store(run, ordering: .releasing) }
                if options.isJSON {
                    try daemon.printJSON(reply, isLine: true)
                } else {
                    try pass(reply.output)
                }
                if let end = reply.outcome { outcome = end }
                return true
            }
        } catch let failure as Failure where failure.status == 3 && outcome == nil {
            let hint = (parameters.source?.utf8.count ?? 0) > 500_000 ? "; is the script longer than daemon.limits.frame?" : ""
            throw Failure(failure.message + hint, status: 3)
        }
        guard let outcome else { throw Failure("the daemon ended the run without an outcome") }
        report.write(outcome.report, file: file)
        if progress.wasInterrupted.load(ordering: .relaxed) { Output.dieOfSignal(SIGINT) }
        if let signal = outcome.killedBySignal, (1...64).contains(signal) { Output.dieOfSignal(Int32(signal)) }
        throw ExitCode(Int32(clamping: outcome.exitStatus))
    }

    /// Writes pieces of output to our own streams, unchanged.
    static func pass(_ pieces: [ScriptInterface.Output]) throws {
        for piece in pieces {
            guard let bytes = piece.bytes else { throw Failure("the daemon sent a piece of output without its bytes") }
            Output.write(bytes, to: piece.stream == .stdout ? STDOUT_FILENO : STDERR_FILENO)
        }
    }

    /// Asks for the end of a run on a connection of its own.
    private struct Stopper: Sendable {
        let path: String

        func stop(_ run: Int) {
            let patience: UInt64 = 5_000_000_000
            guard let client = try? ControlClient(path: path, timeoutNanoseconds: patience) else {
                return Output.complain("gilctl: cannot ask the daemon to stop the run; Ctrl-C again leaves\n")
            }
            do throws(ControlClientError) {
                _ = try client.call(ScriptInterface.Stop.self, .init(run: run), timeoutNanoseconds: patience)
            } catch {
                if case .control(.notFound, _) = error { return }  // it has just ended
                Failure(error, path: path).report()
            }
        }
    }
}
