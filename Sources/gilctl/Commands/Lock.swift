import ArgumentParser
import GildControl
import GildReport

struct Lock: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "lock",
        abstract: "Show a runtime's lock, or set its switch interval.",
        discussion: """
              gilctl lock                      figures since the start of the runtime
              gilctl lock set-interval 1ms     threads change places more often
            """,
        subcommands: [LockShow.self, LockSetInterval.self], defaultSubcommand: LockShow.self)
}

struct LockShow: DaemonCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "Show who has the lock and what happened to it since the runtime started. (default)")

    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var runtime: RuntimeOption

    func run(_ daemon: Daemon) throws {
        try daemon.show(RuntimeInterface.Lock.self, .init(runtime: runtime.runtime)) { reply, page in
            let style = page.style
            let lock = reply.lock
            var lines = [
                style.bold("Lock of \(escaped(reply.runtime))")
                    + style.faint(
                        "  regime \(escaped(reply.regime)), switch interval \(formatSetting(lock.switchIntervalNanoseconds))")
            ]
            lines += page.fields([
                ("holder", reply.holder.map(escaped) ?? "nobody"),
                ("waiting", counted(reply.waiting, "thread")),
                ("measured for", formatDuration(reply.wallNanoseconds)),
                ("held", share(lock.hold.sum, of: reply.wallNanoseconds)),
                ("idle", share(lock.idleNanoseconds, of: reply.wallNanoseconds)),
            ])
            lines += [""] + lock.figures(width: page.width, style: style)
            if !lock.handoffPairs.isEmpty {
                lines += ["", style.bold("Handoffs") + style.faint("  who gave the lock to whom, and why")]
                lines += lock.handoffTable(width: page.width, style: style)
            }
            return lines
        }
    }

    private func share(_ part: Int, of whole: Int) -> String {
        part == 0 ? "0" : "\(formatDuration(part)), \(formatShare(part, of: whole))"
    }
}

struct LockSetInterval: DaemonCommand {
    static let configuration = CommandConfiguration(
        commandName: "set-interval",
        abstract: "Set how long a thread may keep the lock while another one waits.",
        discussion: "In force until the next reload that changes it.")

    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var runtime: RuntimeOption

    @Argument(help: ArgumentHelp("Such as 5ms; at least 1us.", valueName: "duration"), transform: { try DurationArgument($0) })
    var interval: DurationArgument

    func validate() throws {
        if interval.nanoseconds < 1_000 { throw ValidationError("the interval must be at least 1us") }
    }

    func run(_ daemon: Daemon) throws {
        let parameters = RuntimeInterface.SetSwitchInterval.Parameters(
            runtime: runtime.runtime, intervalNanoseconds: interval.count)
        try daemon.show(RuntimeInterface.SetSwitchInterval.self, parameters) { reply, _ in
            ["switch interval \(formatSetting(interval.count)), was \(formatSetting(reply.previousNanoseconds))"]
        }
    }
}
