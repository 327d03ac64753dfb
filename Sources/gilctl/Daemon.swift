// A connection as the commands see it: typed calls that throw a `Failure`, and replies shown as text or as JSON.

import ArgumentParser
import GildControl
import GildReport
import Glibc

/// A command that talks to the daemon.
protocol DaemonCommand: ParsableCommand {
    var connection: ConnectionOptions { get }
    func run(_ daemon: Daemon) throws
}

extension DaemonCommand {
    func run() throws { try run(Daemon(connection)) }
}

struct Daemon {
    let options: ConnectionOptions
    private let client: ControlClient

    /// Connects. Throws `Failure` with status 3 where that is impossible.
    init(_ options: ConnectionOptions) throws {
        self.options = options
        do throws(ControlClientError) {
            client = try ControlClient(path: options.path, timeoutNanoseconds: options.timeoutNanoseconds)
        } catch {
            throw Failure(error, path: options.path)
        }
    }

    /// Another connection to the same daemon.
    func another() throws -> Daemon { try Daemon(options) }

    /// What a method that waits in the daemon is told to wait.
    var waitNanoseconds: Int? { options.chosenTimeout.map { Int(clamping: $0) } }

    /// - Parameter waits: how long the daemon itself may wait, on top of what the answer takes; nil: for ever.
    func call<M: ControlMethod>(
        _ method: M.Type, _ parameters: M.Parameters, waits: UInt64? = 0
    ) throws -> M.Reply {
        let timeout = waits.map { options.timeoutNanoseconds.addingReportingOverflow($0) }
        do throws(ControlClientError) {
            return try client.call(
                method, parameters, timeoutNanoseconds: timeout.map { $0.overflow ? .max : $0.partialValue })
        } catch {
            throw Failure(error, path: options.path)
        }
    }

    /// Calls with `more`; `onReply` returns false to end the stream, and with it the connection.
    func stream<M: ControlMethod>(
        _ method: M.Type, _ parameters: M.Parameters, onReply: (M.Reply) throws -> Bool
    ) throws {
        var thrown: (any Error)?
        do throws(ControlClientError) {
            try client.stream(method, parameters) { reply in
                do { return try onReply(reply) } catch {
                    thrown = error
                    return false
                }
            }
        } catch {
            throw Failure(error, path: options.path)
        }
        if let thrown { throw thrown }
    }

    /// Calls, and prints the reply as JSON or as the lines that `text` makes of it.
    @discardableResult
    func show<M: ControlMethod>(
        _ method: M.Type, _ parameters: M.Parameters, waits: UInt64? = 0, text: (M.Reply, Page) -> [String]
    ) throws -> M.Reply {
        let reply = try call(method, parameters, waits: waits)
        if options.isJSON { try printJSON(reply) } else { Output.print(text(reply, .standard)) }
        return reply
    }

    /// - Parameter isLine: on one line, for streams.
    func printJSON(_ reply: some Encodable, isLine: Bool = false) throws {
        Output.print(try OrderedJSONEncoder(isCompact: isLine).encode(reply) + "\n")
    }
}
