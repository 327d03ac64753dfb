import ArgumentParser
import GildControl
import GildReport

struct Threads: DaemonCommand {
    static let configuration = CommandConfiguration(
        commandName: "threads",
        abstract: "Show what every thread does now.",
        discussion: """
            STATES
              holding  has the lock
              waiting  wants the lock
              blocked  in a call that waits for something else; in says which
              outside  neither, such as while it starts or ends
            """)

    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var runtime: RuntimeOption

    func run(_ daemon: Daemon) throws {
        let parameters = RuntimeInterface.Threads.Parameters(
            runtime: runtime.runtime, timeoutNanoseconds: daemon.waitNanoseconds)
        try daemon.show(RuntimeInterface.Threads.self, parameters, waits: daemon.options.chosenTimeout ?? 2_000_000_000) { reply, page in
            if reply.threads.isEmpty { return ["no threads"] }
            var table = TextTable(["thread", "<name", "<state", "for", "<in", "<at", "<function"])
            for thread in reply.threads {
                table.add([
                    String(thread.number), "\(thread.workload)/\(thread.name)", thread.state.rawValue,
                    formatDuration(thread.sinceNanoseconds), thread.blockedIn ?? "–", thread.place ?? "–",
                    thread.function ?? "–",
                ])
            }
            return table.lines(width: page.width, style: page.style) { column, cell in
                column == 2 && cell == "holding" ? page.style.good(cell) : cell
            }
        }
    }
}
