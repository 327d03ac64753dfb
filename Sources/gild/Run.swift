// gild run: one script, its own output, and the report after it.
//
// Order of what is written: the script's output (the session has flushed it), then `--report` on standard error, then
// `--report-json`, then `--trace`. Files are opened before the script starts, because a path that cannot be written should
// not cost a run.

import ArgumentParser
import GildReport
import GildSession
import Glibc

extension RegimeName: ExpressibleByArgument {}
extension LockOrder: ExpressibleByArgument {}
extension Scheduling: ExpressibleByArgument {}
extension DeadlockPolicy: ExpressibleByArgument {}

struct Run: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run",
        abstract: "Run a script and, when asked, report what the lock and the refcounts did.",
        usage: "gild run [OPTIONS] FILE [ARGS…]",
        discussion: """
            Standard output, standard error and exit status are the script's own and equal those of `python3 FILE ARGS…`. \
            Options stand before FILE; everything after it belongs to the script (sys.argv).

            EXAMPLES
              gild run hello.py               just run it
              gild run --report race.py 4     tables on standard error
              gild run --report-json - x.py   JSON after the script's output
              gild run --switch-interval 50us race.py
                                              threads change places more often
              gild run --report --ledger-type Account bank.py
                                              who took and dropped references to them
              gild run --trace race.json race.py
                                              what every thread did when: ui.perfetto.dev
              gild run --runtimes 2 parts.py  the script twice, each with a heap and a
                                              lock of its own
              echo 'print(1)' | gild run -    the script from standard input

            EXIT STATUS
              The script's own; of several runtimes, that of the first, by
              number, whose status is not 0. 1 after an uncaught exception; 2 when gild was
              called wrongly or FILE cannot be read; 3 when a deadlock ended
              the run (--on-deadlock abort); 124 when the time limit did.

            UNITS
              durations  ns, us, ms, s, m, h               5ms, 1.5s
              sizes      bytes, KiB, MiB, GiB, kB, MB, GB  512MiB
            """)

    @Option(
        help: ArgumentHelp(
            "How long a thread may keep the lock while another one waits; for gil and gil-3.2. (default: 5ms)", valueName: "duration"),
        transform: { try DurationArgument($0) })
    var switchInterval: DurationArgument?

    @Option(help: ArgumentHelp("How the heap is synchronised: \(RegimeName.allCases.map(\.rawValue).joined(separator: ", ")).", valueName: "regime"))
    var regime = RegimeName.gil

    @Option(
        help: ArgumentHelp(
            "object-lock: in which order an operation on two objects locks them: address, which cannot deadlock, or access (as it names them), "
                + "which can. (default: address)", valueName: "order"))
    var lockOrder: LockOrder?

    @Option(
        help: ArgumentHelp(
            "Who gets the lock next: interval (CPython's order), or priority (who comes back from a blocking call asks at once, "
                + "within a twentieth of the time); for gil and gil-3.2.", valueName: "order"))
    var scheduling = Scheduling.interval

    @Option(
        help: ArgumentHelp(
            "Run the script in so many runtimes of one process at once, each with its own heap and lock (1 to \(greatestSiblings)).",
            valueName: "number"))
    var runtimes: Int?

    @Flag(help: "Print the report as tables on standard error.")
    var report = false

    @Option(help: ArgumentHelp("Write the report as JSON to a file; - is standard output.", valueName: "file"))
    var reportJson: String?

    @Flag(help: "List the latest 1,024 handoffs of the lock in the JSON report, one by one.")
    var recentHandoffs = false

    @Option(
        help: ArgumentHelp(
            "Write what every thread did when, for Perfetto or chrome://tracing, to a file; - is standard output.", valueName: "file"))
    var trace: String?

    @Option(
        help: ArgumentHelp("What the records of --trace may take; later ones are left out. (default: 256MiB)", valueName: "size"),
        transform: { try SizeArgument($0) })
    var traceLimit: SizeArgument?

    @Flag(help: "Record every incref and decref of the objects that --ledger-site and --ledger-type choose; the report tells their stories.")
    var ledger = false

    @Option(
        help: ArgumentHelp("Follow objects allocated at this line; may be given several times. Implies --ledger.", valueName: "file:line"),
        transform: { try SiteArgument($0) })
    var ledgerSite: [SiteArgument] = []

    @Option(
        help: ArgumentHelp("Follow objects of this type, by its __name__; may be given several times. Implies --ledger.", valueName: "type"))
    var ledgerType: [String] = []

    @Option(help: ArgumentHelp("Objects whose stories the report tells: those alive at the end first. (default: 10)", valueName: "count"))
    var ledgerObjects: Int?

    @Option(
        help: ArgumentHelp("What the records of the ledger may take; later operations are left out. (default: 64MiB)", valueName: "size"),
        transform: { try SizeArgument($0) })
    var ledgerLimit: SizeArgument?

    @Option(
        help: ArgumentHelp("Bytes of live objects at which the script gets MemoryError. (default: 512MiB)", valueName: "size"),
        transform: { try SizeArgument($0) })
    var heapLimit = SizeArgument(bytes: 512 << 20)

    @Option(
        help: ArgumentHelp(
            "Wall time after which the script is stopped, with status 124. (default: none)", valueName: "duration"),
        transform: { try DurationArgument($0) })
    var timeLimit: DurationArgument?

    @Option(
        help: ArgumentHelp(
            "What a deadlock among threads does: raise gives one of them DeadlockError, abort ends the run with status 3.",
            valueName: "action"))
    var onDeadlock = DeadlockPolicy.raise

    @Option(
        help: ArgumentHelp(
            "Load a plugin (an absolute path to a shared library), so that the script can import its module; may be given several times.", valueName: "file"))
    var plugin: [String] = []

    @Option(
        help: ArgumentHelp(
            "What the plugins find as a parameter; may be given several times.", valueName: "name=value"))
    var pluginParameter: [String] = []

    @Flag(help: "Watch what plugins do: whoever breaks a rule gets an exception that names plugin, function and place.")
    var checkPlugins = false

    @Option(
        help: ArgumentHelp(
            "How long a plugin may keep the lock without a checkpoint. Implies --check-plugins. (default: 100ms)", valueName: "duration"),
        transform: { try DurationArgument($0) })
    var pluginHoldLimit: DurationArgument?

    @Option(help: ArgumentHelp("Depth of calls at which the script gets RecursionError.", valueName: "depth"))
    var recursionLimit = 1000

    /// Tests of the runtime: make rare things happen always. `switch`: the lock changes hands at every checkpoint, for the first three thousand times; `collect`:
    /// cycles are collected at every checkpoint after an allocation; both with a comma.
    @Option(help: .hidden)
    var stress = ""

    @Argument(
        parsing: .captureForPassthrough,
        help: ArgumentHelp("The script, or - for standard input, and its arguments.", valueName: "file-and-args"))
    var scriptAndArguments: [String] = []

    mutating func validate() throws {
        // The parser captures from the first thing that it does not know: the terminator, --help and wrong options too.
        let isTerminated = scriptAndArguments.first == "--"
        if isTerminated { scriptAndArguments.removeFirst() }
        guard let script = scriptAndArguments.first else {
            throw ValidationError("which script? Give a FILE, or - for standard input.")
        }
        if !isTerminated && script.hasPrefix("-") && script != "-" {
            if script == "--help" || script == "-h" { throw CleanExit.helpRequest(self) }
            throw ValidationError("unknown option '\(escaped(script))' (options of the script stand after FILE)")
        }
        if let switchInterval, switchInterval.nanoseconds < 1_000 { throw ValidationError("--switch-interval must be at least 1us") }
        if !regime.hasSwitchInterval {
            if switchInterval != nil { throw ValidationError("regime \(regime.rawValue) has no switch interval: leave --switch-interval out") }
            if scheduling == .priority {
                throw ValidationError("regime \(regime.rawValue) has no order of waiting threads: --scheduling priority is for gil and gil-3.2")
            }
        }
        if lockOrder != nil && regime != .objectLock {
            throw ValidationError("regime \(regime.rawValue) has no mutexes of objects: --lock-order is for --regime object-lock")
        }
        if timeLimit?.nanoseconds == 0 { throw ValidationError("--time-limit must be longer than 0") }
        if heapLimit.bytes < 1 << 20 { throw ValidationError("--heap-limit must be at least 1MiB") }
        if let traceLimit {
            if trace == nil { throw ValidationError("--trace-limit needs --trace FILE") }
            if traceLimit.bytes < 4096 { throw ValidationError("--trace-limit must be at least 4KiB") }
        }
        if trace == "-" && reportJson == "-" { throw ValidationError("--trace and --report-json cannot both write to standard output") }
        let isLedgered = !ledgerSite.isEmpty || !ledgerType.isEmpty
        if !isLedgered && (ledger || ledgerObjects != nil || ledgerLimit != nil) {
            throw ValidationError("which objects? The ledger needs --ledger-site FILE:LINE or --ledger-type TYPE.")
        }
        if isLedgered && !report && reportJson == nil {
            throw ValidationError("the ledger is told in the report: give --report or --report-json FILE")
        }
        if let ledgerObjects, ledgerObjects < 1 || ledgerObjects > 10_000 { throw ValidationError("--ledger-objects must be between 1 and 10000") }
        if let ledgerLimit, ledgerLimit.bytes < 4096 { throw ValidationError("--ledger-limit must be at least 4KiB") }
        if let runtimes, runtimes < 1 || runtimes > greatestSiblings {
            throw ValidationError("--runtimes must be between 1 and \(greatestSiblings)")
        }
        if runtimes != nil && (trace != nil || isLedgered) { throw ValidationError("--trace and --ledger follow one runtime: leave --runtimes out") }
        if pluginParameter.contains(where: { !$0.contains("=") || $0.hasPrefix("=") }) { throw ValidationError("--plugin-parameter needs NAME=VALUE") }
        if (checkPlugins || pluginHoldLimit != nil || !pluginParameter.isEmpty) && plugin.isEmpty {
            throw ValidationError("which plugin? Give --plugin FILE.")
        }
        if recursionLimit < 1 || recursionLimit > 1_000_000_000 {
            throw ValidationError("--recursion-limit must be between 1 and 1000000000")
        }
    }

    func run() throws {
        let script = scriptAndArguments[0]
        var options = RunOptions(
            switchIntervalNanoseconds: switchInterval?.nanoseconds ?? 5_000_000, heapLimitBytes: heapLimit.bytes,
            timeLimitNanoseconds: timeLimit?.nanoseconds, recursionLimit: recursionLimit, arguments: scriptAndArguments)
        options.regime = regime
        options.lockOrder = lockOrder ?? .address
        options.scheduling = scheduling
        options.onDeadlock = onDeadlock
        options.recentHandoffs = recentHandoffs
        options.plugins = try loadPlugins()
        if checkPlugins || pluginHoldLimit != nil { options.greatestPluginHoldNanoseconds = pluginHoldLimit?.nanoseconds ?? 100_000_000 }
        if stress.split(separator: ",").contains("switch") { options.stress.insert(.switchAtEveryCheckpoint) }
        if stress.split(separator: ",").contains("collect") { options.stress.insert(.collectAtEveryAllocation) }
        if !ledgerSite.isEmpty || !ledgerType.isEmpty {
            var choice = LedgerOptions(sites: ledgerSite.map { .init(file: $0.file, line: $0.line) }, types: ledgerType)
            if let ledgerObjects { choice.storyCount = ledgerObjects }
            if let ledgerLimit { choice.limitBytes = ledgerLimit.bytes }
            options.ledger = choice
        }
        if trace != nil { options.traceLimitBytes = traceLimit?.bytes ?? 256 << 20 }
        let jsonDescriptor = try reportJson.map { try Output.openForWriting($0) }
        let traceDescriptor = try trace.map { try Output.openForWriting($0) }

        let input = script == "-" ? ScriptInput.standardInput : .file(path: script)
        let ended: Ended
        do throws(SessionError) {
            if let runtimes {
                let outcome = try runScript(input, options: options, runtimes: runtimes)
                ended = Ended(outcome.exitStatus, outcome.killedBySignal, outcome.report.table(width:isColoured:), outcome.report.json)
            } else {
                let outcome = try runScript(input, options: options)
                ended = Ended(
                    outcome.exitStatus, outcome.killedBySignal, outcome.report.table(width:isColoured:), outcome.report.json, trace: outcome.trace)
            }
        } catch {
            throw Output.fail(error)
        }

        var isWritten = true
        if report {
            let text = ended.table(Output.terminalWidth(STDERR_FILENO), Output.wantsColour(STDERR_FILENO))
            isWritten = Output.write("\n" + text, to: STDERR_FILENO)
        }
        if let jsonDescriptor { isWritten = Output.write(ended.json(), to: jsonDescriptor) && isWritten }
        if let traceDescriptor, let trace = ended.trace {
            isWritten = trace.write { Output.write($0, to: traceDescriptor) } && isWritten
        }
        if let signal = ended.killedBySignal { Output.dieOfSignal(signal) }
        if !isWritten && ended.exitStatus == 0 {
            Output.write("gild: cannot write the report: \(Output.lastError())\n", to: STDERR_FILENO)
            throw ExitCode(1)
        }
        throw ExitCode(ended.exitStatus)
    }

    private func loadPlugins() throws -> [Plugin] {
        var parameters: [String: String] = [:]
        for text in pluginParameter {
            let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            parameters[String(parts[0])] = String(parts[1])
        }
        return try plugin.map { path in
            do throws(PluginError) { return try Plugin.load(PluginOptions(path: path, parameters: parameters)) } catch {
                Output.write("gild: \(error)\n", to: STDERR_FILENO)
                throw ExitCode(2)
            }
        }
    }

    /// How the script ended, in one runtime or in several.
    private struct Ended {
        let exitStatus: Int32
        let killedBySignal: Int32?
        let table: (Int?, Bool) -> String
        let json: () -> String
        let trace: RunTrace?

        init(
            _ exitStatus: Int32, _ killedBySignal: Int32?, _ table: @escaping (Int?, Bool) -> String, _ json: @escaping () -> String,
            trace: RunTrace? = nil
        ) {
            self.exitStatus = exitStatus
            self.killedBySignal = killedBySignal
            self.table = table
            self.json = json
            self.trace = trace
        }
    }
}
