import ArgumentParser
import GildControl
import GildReport

struct Ping: DaemonCommand {
    static let configuration = CommandConfiguration(
        commandName: "ping",
        abstract: "Ask the daemon for a sign of life.",
        discussion: "Prints how long each answer took, measured here. Exit status 3 says that nobody answers.")

    @OptionGroup var connection: ConnectionOptions

    @Option(name: .shortAndLong, help: ArgumentHelp("How often to ask.", valueName: "number"))
    var count = 1

    func validate() throws {
        if count < 1 || count > 1_000_000 { throw ValidationError("--count must be between 1 and 1000000") }
    }

    func run(_ daemon: Daemon) throws {
        var times: [Int] = []
        for _ in 0..<count {
            let start = monotonicNow()
            let reply = try daemon.call(DaemonInterface.Ping.self, .init())
            times.append(Int(monotonicNow() - start))
            if daemon.options.isJSON {
                try daemon.printJSON(reply, isLine: true)
            } else if count <= 10 {
                Output.print("answered in \(formatDuration(times.last ?? 0))\n")
            }
        }
        if count > 1 && !daemon.options.isJSON {
            times.sort()
            func percentile(_ share: Int) -> String {
                formatDuration(times[min(times.count - 1, times.count * share / 100)])
            }
            Output.print(
                "\(counted(count, "answer")): min \(formatDuration(times[0])), p50 \(percentile(50)), "
                    + "p99 \(percentile(99)), max \(formatDuration(times[times.count - 1]))\n")
        }
    }
}
