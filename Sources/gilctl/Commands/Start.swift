import ArgumentParser
import GildControl
import GildReport

/// Workloads that a command is done to, one after the other. All are tried; the exit status is 1 when one failed.
struct WorkloadNames: ParsableArguments {
    @Argument(
        help: "The workloads.", completion: .custom { arguments, _, _ in Completion.workloads(arguments) })
    var names: [String]

    func forEach(_ body: (String) throws -> Void) throws {
        var failed: Int32?
        for name in names {
            do { try body(name) } catch let failure as Failure {
                if failure.status == 3 || names.count == 1 { throw failure }
                failure.report()
                failed = failure.status
            }
        }
        if let failed { throw ExitCode(failed) }
    }
}

/// How long the daemon waits for the end of a run when a call does not say so.
let defaultStopNanoseconds: UInt64 = 5_000_000_000

struct Start: DaemonCommand {
    static let configuration = CommandConfiguration(commandName: "start", abstract: "Start runs of workloads now.")

    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var workloads: WorkloadNames

    func run(_ daemon: Daemon) throws {
        try workloads.forEach { name in
            try daemon.show(WorkloadInterface.Start.self, .init(name: name)) { reply, _ in
                ["\(escaped(name)): started run \(reply.run)"]
            }
        }
    }
}

struct Stop: DaemonCommand {
    static let configuration = CommandConfiguration(
        commandName: "stop",
        abstract: "Stop workloads; they do not start again by themselves.",
        discussion: "Waits for the end of each run, 5 s or what --timeout says.")

    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var workloads: WorkloadNames

    func run(_ daemon: Daemon) throws {
        try workloads.forEach { name in
            try daemon.show(
                WorkloadInterface.Stop.self, .init(name: name, timeoutNanoseconds: daemon.waitNanoseconds),
                waits: daemon.options.chosenTimeout ?? defaultStopNanoseconds
            ) { reply, _ in
                ["\(escaped(name)): stopped" + (reply.exitStatus.map { ", its run ended with status \($0)" } ?? "")]
            }
        }
    }
}

struct Restart: DaemonCommand {
    static let configuration = CommandConfiguration(
        commandName: "restart",
        abstract: "Stop workloads where they run, and start them.",
        discussion: "Waits for the end of each old run, 5 s or what --timeout says.")

    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var workloads: WorkloadNames

    func run(_ daemon: Daemon) throws {
        try workloads.forEach { name in
            try daemon.show(
                WorkloadInterface.Restart.self, .init(name: name, timeoutNanoseconds: daemon.waitNanoseconds),
                waits: daemon.options.chosenTimeout ?? defaultStopNanoseconds
            ) { reply, _ in ["\(escaped(name)): started run \(reply.run)"] }
        }
    }
}

struct Remove: DaemonCommand {
    static let configuration = CommandConfiguration(
        commandName: "remove",
        abstract: "Stop workloads and forget them, with their output.",
        discussion: "A workload that a configuration file defines comes back with the next reload.")

    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var workloads: WorkloadNames

    func run(_ daemon: Daemon) throws {
        try workloads.forEach { name in
            try daemon.show(
                WorkloadInterface.Remove.self, .init(name: name, timeoutNanoseconds: daemon.waitNanoseconds),
                waits: daemon.options.chosenTimeout ?? defaultStopNanoseconds
            ) { _, _ in ["\(escaped(name)): removed"] }
        }
    }
}
