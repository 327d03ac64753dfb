import ArgumentParser
import GildControl
import GildReport

struct PluginCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "plugin",
        abstract: "List, load and unload plugins.",
        discussion: """
              gilctl plugin list
              gilctl plugin load /usr/lib/gild/plugins/hash.so
              gilctl plugin unload hash
            """,
        subcommands: [PluginList.self, PluginLoad.self, PluginUnload.self], defaultSubcommand: PluginList.self)
}

struct PluginList: DaemonCommand {
    static let configuration = CommandConfiguration(commandName: "list", abstract: "List the plugins with what they offer and count. (default)")

    @OptionGroup var connection: ConnectionOptions

    func run(_ daemon: Daemon) throws {
        try daemon.show(PluginInterface.List.self, .init()) { reply, page in
            var table = TextTable(["<name", "<version", "<functions", "<workloads", "<metrics", "rules broken", "<path"])
            for plugin in reply.plugins {
                table.add([
                    plugin.name, plugin.version, plugin.functions.joined(separator: " "), plugin.workloads.joined(separator: " "),
                    plugin.metrics.map { "\($0.name)=\(formatCount($0.value))" }.joined(separator: " "), formatCount(plugin.violations), plugin.path,
                ])
            }
            return table.lines(width: page.width, style: page.style)
        }
    }
}

struct PluginLoad: DaemonCommand {
    static let configuration = CommandConfiguration(
        commandName: "load", abstract: "Load a plugin into every runtime, until it is unloaded or the daemon ends.")

    @OptionGroup var connection: ConnectionOptions

    @Option(help: ArgumentHelp("The version that it must have. (default: any)", valueName: "version"))
    var version: String?

    @Option(help: ArgumentHelp("What it finds as a parameter; may be given several times.", valueName: "name=value"))
    var parameter: [String] = []

    @Argument(help: ArgumentHelp("Absolute path of a shared library.", valueName: "file"))
    var path: String

    func validate() throws {
        if parameter.contains(where: { !$0.contains("=") || $0.hasPrefix("=") }) { throw ValidationError("--parameter needs NAME=VALUE") }
    }

    func run(_ daemon: Daemon) throws {
        let parameters = parameter.map { text in
            let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            return PluginInterface.Parameter(name: String(parts[0]), value: String(parts[1]))
        }
        try daemon.show(PluginInterface.Load.self, .init(path: path, version: version, parameters: parameters.isEmpty ? nil : parameters)) { reply, _ in
            ["plugin \(escaped(reply.plugin.name)) \(escaped(reply.plugin.version)) is loaded"]
        }
    }
}

struct PluginUnload: DaemonCommand {
    static let configuration = CommandConfiguration(
        commandName: "unload", abstract: "Unload a plugin once nothing uses it.",
        discussion: "Its functions raise at once. Calls under way, runs of its workloads and objects of its own are waited for; if they last, it stays loaded.")

    @OptionGroup var connection: ConnectionOptions

    @Option(help: ArgumentHelp("How long to wait. (default: 5s)", valueName: "duration"), transform: { try DurationArgument($0) })
    var wait: DurationArgument?

    @Argument(help: ArgumentHelp("The module's name.", valueName: "plugin"), completion: .custom { words, _, _ in Completion.plugins(words) })
    var name: String

    func run(_ daemon: Daemon) throws {
        try daemon.show(PluginInterface.Unload.self, .init(name: name, timeoutNanoseconds: wait?.count)) { _, _ in
            ["plugin \(escaped(name)) is unloaded"]
        }
    }
}
