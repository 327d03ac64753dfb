import ArgumentParser
import GildControl
import GildReport

extension DaemonInterface.LogLevel: ExpressibleByArgument {}

struct LogLevel: DaemonCommand {
    static let configuration = CommandConfiguration(
        commandName: "log-level",
        abstract: "Set the level of the daemon's log, until the next reload or restart.")

    @OptionGroup var connection: ConnectionOptions

    @Argument(help: "Records below this level are not written: debug, info, notice, warning or error.")
    var level: DaemonInterface.LogLevel

    func run(_ daemon: Daemon) throws {
        try daemon.show(DaemonInterface.SetLogLevel.self, .init(level: level)) { reply, _ in
            ["log level \(level.rawValue), was \(reply.previous.rawValue)"]
        }
    }
}
