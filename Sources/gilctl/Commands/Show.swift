import ArgumentParser
import GildControl
import GildReport

struct Show: DaemonCommand {
    static let configuration = CommandConfiguration(commandName: "show", abstract: "Show one workload: what it does, its definition, its latest report.")

    @OptionGroup var connection: ConnectionOptions

    @Flag(help: "Print the report of the latest run that ended, too.")
    var report = false

    @Argument(help: "The workload.", completion: .custom { arguments, _, _ in Completion.workloads(arguments) })
    var name: String

    func run(_ daemon: Daemon) throws {
        try daemon.show(WorkloadInterface.Show.self, .init(name: name)) { reply, page in
            var lines = lines(reply.workload, reply.definition, page)
            if let latest = reply.report {
                if report {
                    lines += ["", latest.table(width: page.width, isColoured: page.style.isColoured)]
                    if lines[lines.count - 1].hasSuffix("\n") { lines[lines.count - 1].removeLast() }
                } else {
                    lines.append(page.style.faint("  report of the latest run: gilctl show --report \(escaped(name))"))
                }
            }
            return lines
        }
    }

    private func lines(
        _ workload: WorkloadInterface.Workload, _ definition: WorkloadInterface.Definition, _ page: Page
    ) -> [String] {
        let title = page.style.bold(escaped(workload.name)) + " · " + WorkloadText.paint(workload.state.rawValue, page.style)
            + " for \(formatDuration(workload.sinceNanoseconds))"
        let source = definition.source.map { "in the definition, \(counted($0.split(separator: "\n").count, "line"))" }
        let entry = definition.entry.map { "\(escaped($0))(index) on \(counted(definition.threads, "thread"))" }
        return [title]
            + page.fields([
                (
                    "run",
                    workload.run.map { "\($0)" + (workload.threads > 0 ? ", \(counted(workload.threads, "thread"))" : "") } ?? ""
                ),
                ("runs", "\(formatCount(workload.runs)), \(formatCount(workload.failures)) failed"),
                ("latest status", workload.exitStatus.map(String.init) ?? ""),
                ("next start", workload.nextStartNanoseconds.map { "in \(formatDuration($0))" } ?? ""),
                ("message", workload.message.map(escaped) ?? ""),
                ("runtime", escaped(workload.runtime)),
                ("script", definition.script.map(escaped) ?? source ?? ""),
                ("arguments", definition.arguments.map { "'\(escaped($0))'" }.joined(separator: " ")),
                ("entry", entry ?? ""),
                ("restart", definition.restart == .onFailure ? "on-failure" : definition.restart.rawValue),
                ("every", definition.everyNanoseconds.map { formatSetting($0) } ?? ""),
                ("autostart", definition.autostart ? "yes" : "no"),
                ("time limit", definition.timeLimitNanoseconds.map { formatSetting($0) } ?? "none"),
                ("output kept", formatSize(definition.outputBytes)),
                ("defined in", escaped(definition.definedIn) + (definition.isSubmitted ? " (submitted)" : "")),
            ])
    }
}
