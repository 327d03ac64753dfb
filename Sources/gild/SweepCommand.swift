// gild sweep: one script at several switch intervals, and which of them to take.

import ArgumentParser
import GildComparison
import GildReport
import GildSession
import Glibc

struct SweepCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sweep",
        abstract: "Run one script at several switch intervals and advise one.",
        usage: "gild sweep [OPTIONS] FILE [ARGS…]",
        discussion: """
            Runs FILE ARGS… once at each switch interval, --repeat times over, each run in a process of its own, and prints throughput and \
            wake-up latency by interval: the wait (from asking for the lock to having it) and the handoff (from the drop to the next thread's \
            acquisition, where that one was waiting). Then it advises the shortest interval that costs at most 5 % of the best throughput, or \
            says that there is nothing to choose. Arguments of the script that begin with a dash stand after --.

            EXAMPLES
              gild sweep examples/io_and_cpu.py
              gild sweep --switch-interval 100us,1ms,10ms --repeat 5 work.py 4

            EXIT STATUS
              0 when every run ended well; 1 when not, or when FILE does not
              compile; 2 when gild was called wrongly.
            """)

    @Option(
        help: ArgumentHelp("Switch intervals, with commas. (default: 50us,0.5ms,5ms,50ms)", valueName: "list"),
        transform: { try intervalList($0) })
    var switchInterval: [UInt64] = [50_000, 500_000, 5_000_000, 50_000_000]

    @Option(help: ArgumentHelp("How the heap is synchronised: a regime with a switch interval.", valueName: "regime"))
    var regime = RegimeName.gil

    @Option(name: .customLong("repeat"), help: ArgumentHelp("Rounds; a round runs every interval once.", valueName: "count"))
    var repetitions = 3

    @Option(
        help: ArgumentHelp("Wall time after which a run is stopped and counts as failed. (default: 2m)", valueName: "duration"),
        transform: { try DurationArgument($0) })
    var timeLimit = DurationArgument(nanoseconds: 120_000_000_000)

    @Option(help: ArgumentHelp("Write the figures as JSON to a file; - is standard output, instead of the table.", valueName: "file"))
    var json: String?

    @Argument(help: ArgumentHelp("The script.", valueName: "file"))
    var script: String

    @Argument(help: ArgumentHelp("Arguments of the script.", valueName: "args"))
    var arguments: [String] = []

    mutating func validate() throws {
        if !regime.hasSwitchInterval { throw ValidationError("regime \(regime.rawValue) has no switch interval") }
        try validateRuns(of: script, repetitions: repetitions, timeLimit: timeLimit)
    }

    func run() throws {
        do throws(SessionError) { try checkScript(.file(path: script)) } catch { throw Output.fail(error) }
        let jsonDescriptor = try json.map { try Output.openForWriting($0) }
        let plan = SweepPlan(
            script: script, arguments: arguments, regime: regime.rawValue, switchIntervals: switchInterval, repetitions: repetitions,
            timeLimitNanoseconds: timeLimit.nanoseconds)
        let result = try Output.showingProgress { (progress) throws(ComparisonError) in try sweep(plan, progress: progress) }
        try Output.write(result, json: json, to: jsonDescriptor)
        if result.points.contains(where: { $0.failure != nil }) { throw ExitCode(1) }
    }
}

/// `50us,5ms`; each of them once, at least 1 µs.
private func intervalList(_ text: String) throws -> [UInt64] {
    let intervals = try text.split(separator: ",", omittingEmptySubsequences: false).map { try parseDuration(String($0)) }
    if let short = intervals.min(), short < 1_000 { throw ValidationError("a switch interval must be at least 1us") }
    if Set(intervals).count < intervals.count { throw ValidationError("a switch interval stands twice in '\(escaped(text))'") }
    return intervals
}
