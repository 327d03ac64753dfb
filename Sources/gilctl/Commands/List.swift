import ArgumentParser
import GildControl
import GildReport

struct List: DaemonCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "List the workloads and what they are doing.",
        discussion: """
            STATES
              running   a run is under way
              stopping  its run has been asked to end
              waiting   between two runs; next in says when
              finished  ended with status 0, no further run is due
              failed    ended otherwise, no further run is due
              stopped   not started, or stopped on request
            """)

    @OptionGroup var connection: ConnectionOptions

    @Option(
        name: .shortAndLong, help: ArgumentHelp("Only the workloads of this runtime.", valueName: "name"),
        completion: .custom { arguments, _, _ in Completion.runtimes(arguments) })
    var runtime: String?

    func run(_ daemon: Daemon) throws {
        try daemon.show(WorkloadInterface.List.self, .init(runtime: runtime)) { reply, page in
            if reply.workloads.isEmpty {
                return ["no workloads; gilctl submit FILE defines some, and so does /etc/gild/conf.d"]
            }
            var table = TextTable(["<name", "<state", "for", "run", "threads", "failed", "status", "next in", "<runtime"])
            for workload in reply.workloads {
                table.add([
                    workload.name, workload.state.rawValue, formatDuration(workload.sinceNanoseconds),
                    workload.run.map(String.init) ?? "–", formatCount(workload.threads),
                    "\(formatCount(workload.failures))/\(formatCount(workload.runs))",
                    workload.exitStatus.map(String.init) ?? "–",
                    workload.nextStartNanoseconds.map { formatDuration($0) } ?? "–", workload.runtime,
                ])
            }
            var lines = table.lines(width: page.width, style: page.style) { column, cell in
                column == 1 ? WorkloadText.paint(cell, page.style) : cell
            }
            for workload in reply.workloads {
                guard let message = workload.message else { continue }
                lines.append("  " + (message.hasPrefix(workload.name) ? "" : "\(escaped(workload.name)): ") + escaped(message))
            }
            return lines
        }
    }
}

enum WorkloadText {
    /// A state in its colour.
    static func paint(_ state: String, _ style: TextStyle) -> String {
        switch state {
        case "running": style.good(state)
        case "failed": style.bad(state)
        default: state
        }
    }
}
