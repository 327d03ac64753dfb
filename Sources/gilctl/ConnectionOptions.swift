// Options that every command has: which daemon, how long to wait for it, and the form of the answer.
//
// ArgumentParser knows an option only where it is declared, that is after the subcommand. People also write
// `gilctl --socket X list`, so those that stand in front are taken off before the parser sees the rest, and count where
// the command itself does not say otherwise.

import ArgumentParser
import GildControl
import GildReport
import Glibc

struct ConnectionOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp("Path of the daemon's socket. (default: GILD_SOCKET, else /run/gild/gild.sock)", valueName: "path"),
        completion: .file())
    var socket: String?

    @Option(
        help: ArgumentHelp("How long to wait for the daemon. (default: 10s)", valueName: "duration"),
        transform: { try DurationArgument($0) })
    var timeout: DurationArgument?

    @Flag(help: "Print the daemon's replies as JSON; those of a stream on a line each.")
    var json = false

    /// What stood in front of the command.
    private struct Leading {
        var socket: String?
        var timeout: DurationArgument?
        var json = false
    }
    /// Written once, before any thread is started.
    nonisolated(unsafe) private static var leading = Leading()

    /// Removes the options before the first word that is none of them.
    static func takeLeading(from arguments: [String]) throws -> [String] {
        var rest = arguments[...]
        func value(_ name: String) throws -> String? {
            guard let first = rest.first else { return nil }
            if first == name {
                guard rest.count > 1 else { throw ValidationError("Missing value for '\(name)'") }
                let value = rest[rest.startIndex + 1]
                rest = rest.dropFirst(2)
                return value
            }
            guard first.hasPrefix(name + "=") else { return nil }
            rest = rest.dropFirst()
            return String(first.dropFirst(name.count + 1))
        }
        while true {
            if rest.first == "--json" {
                leading.json = true
                rest = rest.dropFirst()
            } else if let path = try value("--socket") {
                leading.socket = path
            } else if let text = try value("--timeout") {
                do { leading.timeout = try DurationArgument(text) } catch { throw ValidationError("--timeout: \(error)") }
            } else {
                return Array(rest)
            }
        }
    }

    var path: String { socket ?? Self.leading.socket ?? Self.environmentPath ?? ControlSocket.defaultPath }
    var isJSON: Bool { json || Self.leading.json }
    /// Nil where nobody has asked for one.
    var chosenTimeout: UInt64? { (timeout ?? Self.leading.timeout)?.nanoseconds }
    var timeoutNanoseconds: UInt64 { chosenTimeout ?? 10_000_000_000 }

    private static var environmentPath: String? {
        guard let value = getenv(ControlSocket.environmentVariable).map({ String(cString: $0) }), !value.isEmpty else {
            return nil
        }
        return value
    }

    func validate() throws {
        if chosenTimeout == 0 { throw ValidationError("--timeout must be longer than 0") }
    }
}

/// A runtime, by name.
struct RuntimeOption: ParsableArguments {
    @Option(
        name: .shortAndLong, help: ArgumentHelp("Name of the runtime. (default: main)", valueName: "name"),
        completion: .custom { arguments, _, _ in Completion.runtimes(arguments) })
    var runtime: String?
}

struct DurationArgument: Sendable {
    let nanoseconds: UInt64

    init(nanoseconds: UInt64) { self.nanoseconds = nanoseconds }
    init(_ text: String) throws(UnitError) { nanoseconds = try parseDuration(text) }

    /// For a message.
    var count: Int { Int(clamping: nanoseconds) }
}
