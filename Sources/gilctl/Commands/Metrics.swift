import ArgumentParser
import GildControl
import GildReport
import Glibc

struct Metrics: DaemonCommand {
    static let configuration = CommandConfiguration(
        commandName: "metrics",
        abstract: "Show the figures of every runtime and run, once or again and again.",
        discussion: """
            Without --watch, since the start of each runtime and run. With --watch first that, then the figures of each \
            interval.

              gilctl metrics --watch --interval 5s
              gilctl metrics --format openmetrics >gild.prom
              gilctl metrics --watch --json | jq .runtimes[0].lock.hold_ns.p99
            """)

    enum Format: String, CaseIterable, ExpressibleByArgument { case table, json, openmetrics }

    @OptionGroup var connection: ConnectionOptions

    @Option(help: "table, json or openmetrics.")
    var format = Format.table

    @Flag(name: .shortAndLong, help: "Go on until Ctrl-C.")
    var watch = false

    @Option(help: ArgumentHelp("Length of the intervals; with --watch. (default: 1s)", valueName: "duration"), transform: { try DurationArgument($0) })
    var interval: DurationArgument?

    @Option(name: [.customShort("n"), .long], help: ArgumentHelp("End after so many samples; with --watch.", valueName: "number"))
    var count: Int?

    func validate() throws {
        if let interval, !(10_000_000...3_600_000_000_000).contains(interval.nanoseconds) {
            throw ValidationError("--interval must be between 10ms and 1h")
        }
        if let count, count < 1 { throw ValidationError("--count must be 1 or more") }
        if !watch && (interval != nil || count != nil) { throw ValidationError("--interval and --count go with --watch") }
        if watch && format == .openmetrics { throw ValidationError("--watch goes with the formats table and json") }
    }

    func run(_ daemon: Daemon) throws {
        let isJSON = format == .json || daemon.options.isJSON
        let page = Page.standard
        if format == .openmetrics {
            let reply = try daemon.call(MetricsInterface.OpenMetrics.self, .init())
            if daemon.options.isJSON { try daemon.printJSON(reply) } else { Output.print(reply.text) }
        } else if watch {
            var left = count ?? .max
            let parameters = MetricsInterface.Subscribe.Parameters(intervalNanoseconds: interval?.count)
            try daemon.stream(MetricsInterface.Subscribe.self, parameters) { reply in
                if isJSON {
                    try daemon.printJSON(reply, isLine: true)
                } else {
                    Output.print(page.style.bold(formatTime(reply.atRealtimeNanoseconds)) + "\n")
                    Output.print(Self.tables(reply.runtimes, page) + [""])
                }
                left -= 1
                return left > 0
            }
        } else {
            let reply = try daemon.call(MetricsInterface.Snapshot.self, .init())
            if isJSON { try daemon.printJSON(reply) } else { Output.print(Self.tables(reply.runtimes, page)) }
        }
    }

    static func tables(_ runtimes: [MetricsInterface.RuntimeFigures], _ page: Page) -> [String] {
        var lines: [String] = []
        for (index, runtime) in runtimes.enumerated() {
            if index > 0 { lines.append("") }
            let span = "regime \(escaped(runtime.regime)), over \(formatDuration(runtime.spanNanoseconds))"
            lines.append(page.style.bold("Runtime \(escaped(runtime.runtime))") + page.style.faint("  " + span))
            lines += page.fields([
                ("holder", runtime.holder.map(escaped) ?? "nobody"),
                ("waiting", "\(counted(runtime.waiting, "thread")) of \(formatCount(runtime.threads))"),
                ("lock held", formatShare(runtime.lock.hold.sum, of: runtime.spanNanoseconds)),
                (
                    "handoffs",
                    "\(formatCount(runtime.lock.handoffs.interval)) by interval, "
                        + "\(formatCount(runtime.lock.handoffs.blocking)) by blocking, "
                        + "\(formatCount(runtime.lock.handoffs.finish)) by finish"
                ),
                (
                    "heap",
                    runtime.isExact
                        ? "\(counted(runtime.liveObjects, "object")), \(formatSize(runtime.liveBytes)) of "
                            + "\(formatSize(runtime.limitBytes)), peak \(formatSize(runtime.peakBytes))"
                        : "not known: the lock did not come in time"
                ),
            ])
            lines += [""] + runtime.lock.figures(width: page.width, style: page.style) + [""]
            var table = TextTable([
                "<run", "held", "acquisitions", "instructions", "increfs", "decrefs", "allocations", "frees",
            ])
            for run in runtime.runs {
                table.add(
                    ["\(run.workload)[\(run.run)]", formatShare(run.lock.hold.sum, of: runtime.spanNanoseconds)]
                        + [formatCount(run.lock.acquisitions)]
                        + [run.instructions, run.increfs, run.decrefs, run.allocations, run.frees]
                        .map { runtime.isExact ? formatCount($0) : "–" })
            }
            let counters = [runtime.increfs, runtime.decrefs, runtime.allocations, runtime.frees]
            table.add(
                ["all", formatShare(runtime.lock.hold.sum, of: runtime.spanNanoseconds), formatCount(runtime.lock.acquisitions), "–"]
                    + counters.map { runtime.isExact ? formatCount($0) : "–" })
            lines += table.lines(width: page.width, style: page.style)
        }
        return lines
    }
}
