import ArgumentParser
import GildControl
import GildReport

struct Runtimes: DaemonCommand {
    static let configuration = CommandConfiguration(abstract: "List the runtimes: one heap and one lock each.")

    @OptionGroup var connection: ConnectionOptions

    func run(_ daemon: Daemon) throws {
        try daemon.show(RuntimeInterface.List.self, .init()) { reply, page in
            var table = TextTable(["<name", "<regime", "<holder", "waiting", "threads", "runs", "objects", "bytes", "of", "switch"])
            for runtime in reply.runtimes {
                table.add([
                    runtime.name, runtime.regime, runtime.holder ?? "–", formatCount(runtime.waiting),
                    formatCount(runtime.threads), formatCount(runtime.runs), formatCount(runtime.liveObjects),
                    formatSize(runtime.liveBytes), formatSize(runtime.heapLimitBytes),
                    formatSetting(runtime.switchIntervalNanoseconds),
                ])
            }
            return table.lines(width: page.width, style: page.style)
        }
    }
}
