import ArgumentParser
import GildControl

struct Shutdown: DaemonCommand {
    static let configuration = CommandConfiguration(
        commandName: "shutdown",
        abstract: "Stop every workload and end the daemon.",
        discussion: "systemd starts it again when a client connects to its socket; systemctl stop gild does not.")

    @OptionGroup var connection: ConnectionOptions

    func run(_ daemon: Daemon) throws {
        try daemon.show(DaemonInterface.Shutdown.self, .init()) { _, _ in ["the daemon is stopping its workloads and ends"] }
    }
}
