import ArgumentParser
import GildControl
import GildReport

struct Status: DaemonCommand {
    static let configuration = CommandConfiguration(commandName: "status", abstract: "Show how the daemon is doing.")

    @OptionGroup var connection: ConnectionOptions

    func run(_ daemon: Daemon) throws {
        try daemon.show(DaemonInterface.Status.self, .init()) { status, page in
            let title = "gild \(escaped(status.version)) · \(status.state.rawValue) for "
                + "\(formatDuration(status.uptimeNanoseconds)) · pid \(status.pid)"
            var lines = [page.style.bold(title)]
            var last = ""
            if let reload = status.lastReload {
                last = formatTime(reload.atRealtimeNanoseconds)
                last += reload.isApplied ? ", applied" : ", " + page.style.bad("refused: nothing was changed")
            }
            lines += page.fields([
                ("socket", "\(escaped(status.socket)) (changes: group \(escaped(status.group)))"),
                ("configuration", status.configuration.map(escaped).joined(separator: ", ")),
                ("runtimes", status.runtimes.map(escaped).joined(separator: ", ")),
                ("workloads", Self.describe(status.workloads, page.style)),
                ("clients", formatCount(status.clients)),
                (
                    "log",
                    "level \(status.logLevel.rawValue), \(counted(status.log.written, "record")), "
                        + "\(formatCount(status.log.dropped)) dropped"
                ),
                ("last reload", last),
            ])
            for problem in status.lastReload?.problems ?? [] { lines.append("    " + Failure.line(problem)) }
            return lines
        }
    }

    private static func describe(_ counts: DaemonInterface.WorkloadCounts, _ style: TextStyle) -> String {
        let parts = [
            (counts.running, "running"), (counts.stopping, "stopping"), (counts.waiting, "waiting"),
            (counts.finished, "finished"), (counts.stopped, "stopped"), (counts.failed, "failed"),
        ].filter { $0.0 > 0 }.map { count, name in
            let text = "\(formatCount(count)) \(name)"
            return name == "failed" ? style.bad(text) : text
        }
        return parts.isEmpty ? "none" : parts.joined(separator: ", ")
    }
}
