// Names for the shell's completion: the daemon is asked, briefly; where it is away there are none, and no message.

import GildControl

enum Completion {
    static func workloads(_ arguments: [String]) -> [String] {
        guard let client = client(arguments) else { return [] }
        let reply = try? client.call(WorkloadInterface.List.self, .init(), timeoutNanoseconds: patience)
        return reply?.workloads.map(\.name) ?? []
    }

    static func runtimes(_ arguments: [String]) -> [String] {
        guard let client = client(arguments) else { return [] }
        let reply = try? client.call(RuntimeInterface.List.self, .init(), timeoutNanoseconds: patience)
        return reply?.runtimes.map(\.name) ?? []
    }

    static func plugins(_ arguments: [String]) -> [String] {
        guard let client = client(arguments) else { return [] }
        let reply = try? client.call(PluginInterface.List.self, .init(), timeoutNanoseconds: patience)
        return reply?.plugins.map(\.name) ?? []
    }

    private static let patience: UInt64 = 300_000_000

    /// - Parameter arguments: the words of the command line, `--socket` perhaps among them.
    private static func client(_ arguments: [String]) -> ControlClient? {
        var options = ConnectionOptions()
        options.socket = nil
        options.timeout = nil
        for (index, word) in arguments.enumerated() {
            if word == "--socket" && index + 1 < arguments.count { options.socket = arguments[index + 1] }
            if word.hasPrefix("--socket=") { options.socket = String(word.dropFirst("--socket=".count)) }
        }
        return try? ControlClient(path: options.path, timeoutNanoseconds: patience)
    }
}
