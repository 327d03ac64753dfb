import ArgumentParser
import GildControl
import GildReport

struct Logs: DaemonCommand {
    static let configuration = CommandConfiguration(
        commandName: "logs",
        abstract: "Show what a workload has written.",
        discussion: """
            Its standard output, standard error and gild.log() messages, as far as the daemon keeps them \
            (limits.output of the workload). Control characters are shown as escapes, unless with --raw.
            """)

    @OptionGroup var connection: ConnectionOptions

    @Flag(name: .shortAndLong, help: "Go on with new lines until Ctrl-C.")
    var follow = false

    @Option(name: [.customShort("n"), .long], help: ArgumentHelp("Only the newest lines. (default: all; 10 with -f)", valueName: "number"))
    var lines: Int?

    @Option(help: ArgumentHelp("Only the lines of this run.", valueName: "number"))
    var run: Int?

    @Flag(help: "Only the bytes that were written, standard error to standard error.")
    var raw = false

    @Argument(help: "The workload.", completion: .custom { arguments, _, _ in Completion.workloads(arguments) })
    var name: String

    func validate() throws {
        if let lines, lines < 0 { throw ValidationError("--lines must be 0 or more") }
    }

    func run(_ daemon: Daemon) throws {
        let page = Page.standard
        let parameters = WorkloadInterface.Logs.Parameters(
            name: name, lines: lines ?? (follow ? 10 : nil), run: run, follow: follow)
        try daemon.stream(WorkloadInterface.Logs.self, parameters) { reply in
            if daemon.options.isJSON {
                try daemon.printJSON(reply, isLine: true)
                return true
            }
            if reply.dropped > 0 && !raw {
                Output.print(page.style.faint("… \(counted(reply.dropped, "line")) before these are gone") + "\n")
            }
            if raw {
                for line in reply.lines {
                    Output.write((line.bytes ?? []) + [0x0A], to: line.stream == .stdout ? 1 : 2)
                }
            } else {
                Output.print(reply.lines.map { text($0, page.style) })
            }
            return true
        }
    }

    /// `2026-11-22 18:11:03.123 name[7] the line`.
    private func text(_ line: WorkloadInterface.LogLine, _ style: TextStyle) -> String {
        let time = formatTime(line.atRealtimeNanoseconds, milliseconds: true, withDate: true)
        let head = style.faint("\(time) \(escaped(name))[\(line.run)]")
        // Invalid UTF-8 is shown as U+FFFD; --raw has the bytes.
        let body = escaped(line.text ?? String(decoding: line.bytes ?? [], as: UTF8.self))
        switch line.stream {
        case .stdout: return "\(head) \(body)"
        case .stderr: return "\(head) \(style.bad("stderr")) \(body)"
        case .log: return "\(head) \(style.bold(escaped(line.level ?? "log"))) \(body)"
        }
    }
}
