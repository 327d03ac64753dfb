import ArgumentParser
import GildControl
import GildReport

struct Wait: DaemonCommand {
    static let configuration = CommandConfiguration(
        commandName: "wait",
        abstract: "Wait for the end of a workload's run.",
        discussion: """
            Without a run under way, tells how the latest one ended. Waits for ever, or as long as --timeout says. The exit \
            status is 0 when the run ended with status 0, else 1.
            """)

    @OptionGroup var connection: ConnectionOptions

    @Flag(help: "Print the run's report as tables on standard error.")
    var report = false

    @Argument(help: "The workload.", completion: .custom { arguments, _, _ in Completion.workloads(arguments) })
    var name: String

    func run(_ daemon: Daemon) throws {
        let reply = try daemon.show(
            WorkloadInterface.Wait.self, .init(name: name, timeoutNanoseconds: daemon.waitNanoseconds),
            waits: daemon.options.chosenTimeout
        ) { reply, _ in ["\(escaped(name)): run \(reply.run) ended with status \(reply.exitStatus)"] }
        if report, let report = reply.report { ReportOptions.printTables(report) }
        if reply.exitStatus != 0 { throw ExitCode(1) }
    }
}
