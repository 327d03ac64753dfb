// A call on its way through a handler.
//
// It is answered exactly once, from any thread: by `reply`, by `fail`, or, when the last reference goes without either, by an
// internal error, so that no client waits for an answer that nobody owes. Until then the connection takes no other call.

import NIOConcurrencyHelpers

/// Answers calls. `handle` runs on the server's event loop and must not block: it answers at once, or hands the call to a
/// thread of its own and returns.
public protocol VarlinkHandler: Sendable {
    func handle(_ call: VarlinkCall)
}

public final class VarlinkCall: Sendable {
    /// Full name, like `org.example.Name.Method`.
    public let method: String
    /// `org.example.Name`.
    public let interface: String
    /// `Method`.
    public let methodName: String
    /// An object that holds what the interface's description asks for.
    public let parameters: JSONValue
    /// The client asked for a stream: any number of `replyContinues`, then `reply` or `fail`.
    public let wantsMore: Bool
    /// The client takes no answer; answers are dropped, but tell the server that the call has ended.
    public let isOneway: Bool
    public let peer: PeerCredentials
    /// Unique within a server.
    public let connectionID: UInt64

    private let connection: VarlinkConnection
    private let identifier: UInt64
    private let isAnswered = NIOLockedValueBox(false)

    init(
        method: String, interface: String, methodName: String, message: CallMessage, connection: VarlinkConnection, identifier: UInt64
    ) {
        self.method = method
        self.interface = interface
        self.methodName = methodName
        parameters = message.parameters
        wantsMore = message.wantsMore
        isOneway = message.isOneway
        peer = connection.peer
        connectionID = connection.identifier
        self.connection = connection
        self.identifier = identifier
    }

    deinit {
        if isAnswered.withLockedValue({ $0 }) { return }
        answer(ReplyMessage.failure(connection.core.errorNames.internalError, nil), isError: true)
    }

    /// Ends the call with this answer; nil is `{}`. A second answer is a programming error: it traps in debug builds and is
    /// ignored in release builds.
    public func reply(_ parameters: JSONValue? = nil) {
        guard beginAnswer() else { return }
        answer(ReplyMessage.reply(parameters), isError: false)
    }

    /// Ends the call with an error, like `org.example.Name.NotFound`, and its parameters.
    public func fail(_ error: String, _ parameters: JSONValue? = nil) {
        guard beginAnswer() else { return }
        answer(ReplyMessage.failure(error, parameters), isError: true)
    }

    /// One answer of several; only for a call that `wantsMore`. False once there is nobody to answer to: the client has closed,
    /// or it did not read and was closed for the limit of the output buffer. The call is still to be ended.
    public func replyContinues(_ parameters: JSONValue) -> Bool {
        guard wantsMore, !isAnswered.withLockedValue({ $0 }) else {
            assertionFailure("replyContinues on a call that has ended or did not ask for more")
            return false
        }
        return connection.send(ReplyMessage.reply(parameters, continues: true))
    }

    /// Runs `body` once, on the event loop, when the connection closes before this call has ended; at once, on this thread,
    /// when it has closed already. Not at all for a call that ends.
    public func onClose(_ body: @escaping @Sendable () -> Void) {
        connection.onClose(of: identifier, body)
    }

    /// Runs `body` once when the connection closes, also after this call has ended; at once, on this thread, when it has closed
    /// already. For what a client holds from one call to the next.
    public func onDisconnect(_ body: @escaping @Sendable () -> Void) { connection.onDisconnect(body) }

    /// Runs `body` once, on the event loop, when the client has read all but a little (64 KiB) of what it was sent; not at all
    /// when the connection closes before. A stream that waits for it between answers never runs into the output buffer's limit.
    public func whenDrained(_ body: @escaping @Sendable () -> Void) { connection.whenDrained(body) }

    /// False once the connection has closed.
    public var isConnected: Bool { connection.isOpen }

    /// The parameters as a type. Throws `DecodingError`.
    public func decode<T: Decodable>(_ type: T.Type = T.self) throws -> T { try parameters.decode(as: type) }

    /// `reply` with what `value` encodes as.
    public func reply(encoding value: some Encodable) throws { reply(try JSONValue(encoding: value)) }

    /// `replyContinues` with what `value` encodes as.
    public func replyContinues(encoding value: some Encodable) throws -> Bool { replyContinues(try JSONValue(encoding: value)) }

    /// Fails with org.varlink.service.InvalidParameter.
    public func fail(invalidParameter parameter: String) {
        fail(VarlinkServiceError.invalidParameter, ["parameter": .string(parameter)])
    }

    /// Fails with org.varlink.service.MethodNotImplemented.
    public func failNotImplemented() { fail(VarlinkServiceError.methodNotImplemented, ["method": .string(method)]) }

    /// For a method that only streams: true when the client asked for more, else the call is answered with
    /// org.varlink.service.InvalidParameter, `parameter` being `more`.
    public func requireMore() -> Bool {
        if wantsMore { return true }
        fail(invalidParameter: "more")
        return false
    }

    private func beginAnswer() -> Bool {
        let first = isAnswered.withLockedValue { answered in
            defer { answered = true }
            return !answered
        }
        assert(first, "\(method) is answered twice")
        return first
    }

    private func answer(_ bytes: [UInt8], isError: Bool) {
        connection.end(identifier, isOneway ? nil : bytes, isError: isError)
    }
}
