import ArgumentParser
import GildControl
import GildReport

struct Runtimes: DaemonCommand {
    static let configuration = CommandConfiguration(commandName: "runtimes", abstract: "List the runtimes: one heap and one lock each.")

    @OptionGroup var connection: ConnectionOptions

    func run(_ daemon: Daemon) throws {
        try daemon.show(RuntimeInterface.List.self, .init()) { reply, page in
            var table = TextTable(["<name", "<regime", "<holder", "waiting", "threads", "runs", "objects", "bytes", "of", "switch"])
            for runtime in reply.runtimes {
                // A runtime without a limit is one whose lock was busy: it gave no figures.
                let isKnown = runtime.heapLimitBytes > 0
                table.add([
                    runtime.name, runtime.regime, runtime.holder ?? "–", formatCount(runtime.waiting),
                    formatCount(runtime.threads), formatCount(runtime.runs), isKnown ? runtime.liveObjects.map(formatCount) ?? "–" : "–",
                    isKnown ? runtime.liveBytes.map(formatSize) ?? "–" : "–",
                    isKnown ? formatSize(runtime.heapLimitBytes) : "–",
                    formatSetting(runtime.switchIntervalNanoseconds),
                ])
            }
            return table.lines(width: page.width, style: page.style)
        }
    }
}
