// gild compare: one script under several regimes, thread counts and Pythons.
//
// Everything that can be wrong with the call is found before the first run: the script compiles, the Pythons answer, the files for the
// results can be written.

import ArgumentParser
import GildComparison
import GildReport
import GildSession
import Glibc

struct Compare: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "compare",
        abstract: "Run one script under several regimes, thread counts and Pythons, and say what the figures show.",
        usage: "gild compare [OPTIONS] FILE [ARGS…]",
        discussion: """
            Runs FILE COUNT ARGS… once for each regime, Python and thread count, --repeat times over, each run in a process of its own, and \
            prints wall times, speed-ups, what the lock and the refcounts did, and a sentence for each regime. Arguments of the script that \
            begin with a dash stand after --.

            The script takes the number of its threads as its first argument. With --work total it does the same work whatever the number is; \
            with --work per-thread each thread does the same work. Its standard output is not shown but compared: all runs must print the same \
            (with per-thread, all runs of one count).

            A configuration that fails is told with its standard error and not run again; the others go on.

            EXAMPLES
              gild compare examples/compare_primes.py
              gild compare --threads 1,4 --python python3 examples/compare_primes.py
              gild compare --regimes gil,object-lock --lock-order access work.py
              gild compare --regimes gil --runtimes 4 examples/compare_primes.py
              gild compare --regimes gil --html result.html --json result.json work.py -- -v

            EXIT STATUS
              0 when every run ended well and all printed the same; 1 when not, or
              when FILE does not compile; 2 when gild was called wrongly.
            """)

    @Option(
        help: ArgumentHelp(
            "Regimes, with commas: \(RegimeName.allCases.map(\.rawValue).joined(separator: ", ")). (default: all but unsynchronized)", valueName: "list"),
        transform: { try regimeList($0) })
    var regimes = RegimeName.allCases.filter(\.isSafe)

    @Option(
        help: ArgumentHelp(
            "object-lock: in which order an operation on two objects locks them: address, or access (as it names them), which can deadlock. (default: address)",
            valueName: "order"))
    var lockOrder: LockOrder?

    @Option(
        help: ArgumentHelp("Thread counts, with commas. (default: 1,2,4)", valueName: "list"),
        transform: { try countList($0) })
    var threads = [1, 2, 4]

    @Option(
        help: ArgumentHelp(
            "Beside threads, run the script in up to so many runtimes of one process, each with a lock of its own and one thread (2 to \(greatestSiblings)).",
            valueName: "number"))
    var runtimes: Int?

    @Option(help: ArgumentHelp("A Python interpreter to run beside gild: a path or a name on PATH; may be repeated.", valueName: "path"))
    var python: [String] = []

    @Option(name: .customLong("repeat"), help: ArgumentHelp("Rounds; a round runs every configuration once.", valueName: "count"))
    var repetitions = 5

    @Option(help: ArgumentHelp("Whether the script does the same work in total or for each thread: total, per-thread.", valueName: "kind"))
    var work = Comparison.Work.total

    @Option(
        help: ArgumentHelp("Wall time after which a run is stopped and counts as failed. (default: 2m)", valueName: "duration"),
        transform: { try DurationArgument($0) })
    var timeLimit = DurationArgument(nanoseconds: 120_000_000_000)

    @Option(help: ArgumentHelp("Write the figures as JSON to a file; - is standard output, instead of the tables.", valueName: "file"))
    var json: String?

    @Option(help: ArgumentHelp("Write a page with charts to a file.", valueName: "file"))
    var html: String?

    @Argument(help: ArgumentHelp("The script.", valueName: "file"))
    var script: String

    @Argument(help: ArgumentHelp("Arguments of the script, after the thread count.", valueName: "args"))
    var arguments: [String] = []

    mutating func validate() throws {
        if lockOrder != nil && !regimes.contains(.objectLock) {
            throw ValidationError("--lock-order is for the regime object-lock, which is not among the regimes to compare")
        }
        if let runtimes {
            if runtimes < 2 || runtimes > greatestSiblings { throw ValidationError("--runtimes must be between 2 and \(greatestSiblings)") }
            if !regimes.contains(where: \.hasOneLock) {
                throw ValidationError("--runtimes is for regimes with one lock, of which none is to be compared: gil, gil-3.2, gil-ticks")
            }
        }
        if html == "-" { throw ValidationError("--html needs the name of a file") }
        try validateRuns(of: script, repetitions: repetitions, timeLimit: timeLimit)
    }

    func run() throws {
        do throws(SessionError) { try checkScript(.file(path: script)) } catch { throw Output.fail(error) }
        let pythons: [Comparison.Subject.Python]
        do throws(ComparisonError) { pythons = try probePythons(python) } catch { throw Output.fail(error) }
        // A path that cannot be written should not cost the runs.
        let jsonDescriptor = try json.map { try Output.openForWriting($0) }
        let htmlDescriptor = try html.map { try Output.openForWriting($0) }

        let plan = ComparePlan(
            script: script, arguments: arguments, regimes: regimes.map { ($0.rawValue, $0.hasOneLock) }, lockOrder: lockOrder?.rawValue, pythons: pythons,
            threadCounts: threads, runtimes: runtimes, repetitions: repetitions, work: work, timeLimitNanoseconds: timeLimit.nanoseconds)
        let comparison = try Output.showingProgress { (progress) throws(ComparisonError) in try compare(plan, progress: progress) }
        try Output.write(comparison, json: json, to: jsonDescriptor, page: htmlDescriptor.map { ($0, comparison.page()) })
        if comparison.configurations.contains(where: { $0.failure != nil || $0.difference != nil }) { throw ExitCode(1) }
    }
}

extension Comparison.Work: ExpressibleByArgument {}

/// `gil,biased`; each of them once.
private func regimeList(_ text: String) throws -> [RegimeName] {
    let names = text.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
    return try names.map { name in
        guard let regime = RegimeName(rawValue: name) else {
            let all = RegimeName.allCases.map(\.rawValue).joined(separator: ", ")
            throw ValidationError("there is no regime '\(escaped(name))': choose among \(all)")
        }
        if names.count(where: { $0 == name }) > 1 { throw ValidationError("regime '\(name)' stands twice") }
        return regime
    }
}

/// `1,2,4`, in ascending order; each of them once.
private func countList(_ text: String) throws -> [Int] {
    let counts = try text.split(separator: ",", omittingEmptySubsequences: false).map { part in
        guard let count = Int(part), (1...1024).contains(count) else {
            throw ValidationError("'\(escaped(String(part)))' is no thread count: give numbers from 1 to 1024, with commas, such as 1,2,4")
        }
        return count
    }
    if Set(counts).count < counts.count { throw ValidationError("a thread count stands twice in '\(escaped(text))'") }
    return counts.sorted()
}
