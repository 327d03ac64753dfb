// gild's methods over a Varlink connection, typed both ways.
//
// One call at a time on a client; `close` may come from any thread and ends a call in progress. A connection whose stream
// was left early is closed by the Varlink client, because replies of the abandoned stream are still on their way.

import GildVarlink

/// Why there was no reply.
public enum ControlClientError: Error, Sendable, Equatable {
    /// The value is `errno`.
    case cannotConnect(Int32)
    /// One of gild's errors, from `method` (with its interface).
    case control(ControlError, method: String)
    /// Any other error reply: its name, and its parameters as JSON.
    case refused(name: String, parameters: String)
    case timedOut
    /// The connection ended before the reply.
    case closed
    /// What came is no reply of this method.
    case malformed(String)
}

/// A connection to a daemon.
public final class ControlClient: Sendable {
    private let client: VarlinkClient

    /// Connects to the socket at `path`.
    /// - Parameter timeoutNanoseconds: how long to try while the socket's queue is full.
    public init(path: String, timeoutNanoseconds: UInt64 = 5_000_000_000) throws(ControlClientError) {
        do throws(VarlinkClientError) {
            client = try VarlinkClient(path: path, timeout: Self.seconds(timeoutNanoseconds))
        } catch {
            throw .cannotConnect(error.errorNumber)
        }
    }

    /// Ends the connection, and a call in progress on another thread with it.
    public func close() { client.close() }

    /// Calls a method and waits for its reply.
    /// - Parameter timeoutNanoseconds: for the whole exchange; nil: for ever.
    public func call<M: ControlMethod>(
        _ method: M.Type, _ parameters: M.Parameters, timeoutNanoseconds: UInt64? = nil
    ) throws(ControlClientError) -> M.Reply {
        do {
            return try client.call(
                method.name, encoding: parameters, as: M.Reply.self, timeout: timeoutNanoseconds.map(Self.seconds))
        } catch {
            throw Self.translate(error, method: method.name)
        }
    }

    /// Calls a method with `more`. `onReply` gets every reply, and returns false to end the stream, and the connection with it.
    /// - Parameter timeoutNanoseconds: for each reply; nil: for ever.
    public func stream<M: ControlMethod>(
        _ method: M.Type, _ parameters: M.Parameters, timeoutNanoseconds: UInt64? = nil, onReply: (M.Reply) -> Bool
    ) throws(ControlClientError) {
        do {
            try client.stream(
                method.name, encoding: parameters, as: M.Reply.self, timeout: timeoutNanoseconds.map(Self.seconds),
                body: onReply)
        } catch {
            throw Self.translate(error, method: method.name)
        }
    }

    private static func seconds(_ nanoseconds: UInt64) -> Double { Double(nanoseconds) / 1e9 }

    private static func translate(_ error: any Error, method: String) -> ControlClientError {
        guard let error = error as? VarlinkClientError else { return .malformed("\(method): \(error)") }
        switch error.code {
        case .cannotConnect: return .cannotConnect(error.errorNumber)
        case .timedOut: return .timedOut
        case .connectionClosed: return .closed
        case .protocolViolation: return .malformed(error.message)
        case .remote:
            let name = error.remoteError ?? ""
            let parameters = error.parameters ?? [:]
            if let known = ControlError(name: name, json: parameters) { return .control(known, method: method) }
            return .refused(name: name, parameters: parameters == [:] ? "" : "\(parameters)")
        }
    }
}

extension ControlError {
    /// The parameters of the error reply; `{}` for an error without any.
    public var json: JSONValue { (try? JSONValue(encoding: parameters)) ?? [:] }

    /// Reads an error reply; nil when it is none of gild's, or when a parameter is missing.
    public init?(name: String, json: JSONValue) {
        guard let parameters = try? json.decode(as: ErrorParameters.self) else { return nil }
        self.init(name: name, parameters: parameters)
    }
}
