import ArgumentParser
import GildControl
import GildReport

struct Reload: DaemonCommand {
    static let configuration = CommandConfiguration(
        commandName: "reload",
        abstract: "Have the daemon read its configuration again.",
        discussion: """
            Applied workload by workload; those that did not change keep running. An invalid configuration changes \
            nothing: its problems are listed, and the exit status is 1.
            """)

    @OptionGroup var connection: ConnectionOptions

    func run(_ daemon: Daemon) throws {
        try daemon.show(DaemonInterface.Reload.self, .init()) { reply, page in
            func line(_ verb: String, _ names: [String]) -> [String] {
                names.isEmpty ? [] : ["  " + page.style.faint(verb) + "  " + names.map(escaped).joined(separator: ", ")]
            }
            let changes = reply.added.count + reply.changed.count + reply.removed.count
            var lines = [
                "reloaded: \(counted(changes, "workload")) differ\(changes == 1 ? "s" : ""), "
                    + "\(formatCount(reply.unchanged)) unchanged"
            ]
            lines += line("added  ", reply.added) + line("changed", reply.changed) + line("removed", reply.removed)
            if !reply.needsRestart.isEmpty {
                lines.append("in force only after a restart of the daemon:")
                lines += reply.needsRestart.map { "  " + escaped($0) }
            }
            return lines
        }
    }
}
