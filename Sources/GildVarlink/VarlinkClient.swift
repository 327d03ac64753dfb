// A Varlink client for programs that ask and wait: a blocking Unix socket, poll(2) with a deadline, no event loop and no thread.
//
// One exchange at a time: `lock` is held from a call's first byte to its last answer, so several threads may share a client and
// wait for one another. An exchange that does not end as the protocol says (a deadline, a broken message, a body that stops a
// stream early) leaves answers on the way that nobody will ask for; the connection is closed then, and every later call says so.
//
// `close` may be called from any thread, also against a call in progress: it shuts the socket down, which ends that call's poll;
// the descriptor itself is closed only by who holds `lock`, so its number cannot be reused under a reader.

import CGild
import Glibc
import NIOConcurrencyHelpers

public struct VarlinkClientError: Error, Sendable, Equatable, CustomStringConvertible {
    public enum Code: Sendable, Equatable {
        /// Nobody listens there, or not for us; see `errorNumber`.
        case cannotConnect
        /// The service answered with an error; see `remoteError` and `parameters`.
        case remote
        case timedOut
        /// The connection ended before the answer.
        case connectionClosed
        /// What came is no answer.
        case protocolViolation
    }

    public var code: Code
    public var message: String
    /// errno(3) of what failed, or 0.
    public var errorNumber: Int32 = 0
    /// Full name of the error that the service answered with.
    public var remoteError: String?
    /// Its parameters.
    public var parameters: JSONValue?

    public var description: String { message }

    static func system(_ code: Code, _ what: String, _ number: Int32) -> VarlinkClientError {
        VarlinkClientError(code: code, message: "\(what): \(String(cString: strerror(number)))", errorNumber: number)
    }
}

public final class VarlinkClient: Sendable {
    public let path: String
    /// An answer may be so long, in bytes.
    public static let maximumReplyBytes = 64 << 20

    private struct Exchange {
        /// -1: closed.
        var descriptor: Int32
        /// What was read beyond the last message.
        var buffer: [UInt8] = []
        var scanned = 0
    }

    /// Held during an exchange.
    private let lock = NIOLockedValueBox(Exchange(descriptor: -1))
    /// The descriptor for `close`, -1 once it is closed.
    private let shutdownDescriptor = NIOLockedValueBox<Int32>(-1)

    /// Connects to the service at `path`. Throws `.cannotConnect` with errno(3).
    /// - Parameter timeout: seconds to wait while the service's queue of connections is full.
    public init(path: String, timeout: Double = 5) throws(VarlinkClientError) {
        self.path = path
        guard var address = unixAddress(path) else { throw .system(.cannotConnect, path, ENAMETOOLONG) }
        let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue), 0)
        guard descriptor >= 0 else { throw .system(.cannotConnect, path, errno) }
        let deadline = Deadline(seconds: timeout)
        while withSocketAddress(&address, { connect(descriptor, $0, $1) }) != 0 {
            let number = errno
            if number == EINTR { continue }
            // A Unix socket is never "in progress": EAGAIN means that the queue is full, and nothing can be polled for it.
            if number == EAGAIN, !deadline.isOver {
                usleep(2000)
                continue
            }
            Glibc.close(descriptor)
            throw .system(.cannotConnect, path, number)
        }
        lock.withLockedValue { $0.descriptor = descriptor }
        shutdownDescriptor.withLockedValue { $0 = descriptor }
    }

    deinit { lock.withLockedValue { release(&$0) } }

    /// Ends the connection, and a call in progress with it (`.connectionClosed`); the service sees the end at once. Never waits,
    /// so a stream's body may call it.
    public func close() {
        shutdownDescriptor.withLockedValue { if $0 >= 0 { _ = shutdown($0, Int32(SHUT_RDWR)) } }
    }

    private func release(_ exchange: inout Exchange) {
        guard exchange.descriptor >= 0 else { return }
        shutdownDescriptor.withLockedValue { $0 = -1 }
        Glibc.close(exchange.descriptor)
        exchange = Exchange(descriptor: -1)
    }

    // MARK: Calls

    /// Calls a method and waits for its answer's parameters (`{}` when there are none).
    /// - Parameter timeout: seconds for the whole exchange; nil: for ever.
    public func call(_ method: String, _ parameters: JSONValue? = nil, timeout: Double? = nil) throws(VarlinkClientError) -> JSONValue {
        let deadline = Deadline(seconds: timeout)
        return try exchange { exchange throws(VarlinkClientError) in
            try send(Self.message(method, parameters), &exchange, deadline)
            let reply = try receive(&exchange, deadline)
            if reply.continues { throw Self.violation("a second answer announced to a call that asked for one") }
            return reply.parameters
        }
    }

    /// Calls without waiting: there is no answer, and no error.
    public func callOneway(_ method: String, _ parameters: JSONValue? = nil, timeout: Double? = nil) throws(VarlinkClientError) {
        try exchange { exchange throws(VarlinkClientError) in
            try send(Self.message(method, parameters, "oneway"), &exchange, Deadline(seconds: timeout))
        }
    }

    /// Calls with `more`: `body` gets the parameters of every answer, the last one included, and returns whether it wants further
    /// ones. When it does not, or throws, before the stream has ended, the connection is closed. `body` must not call through the
    /// same client.
    /// - Parameter timeout: seconds to wait for each answer; nil: for ever.
    public func stream(
        _ method: String, _ parameters: JSONValue? = nil, timeout: Double? = nil, body: (JSONValue) throws -> Bool
    ) throws {
        try lock.withLockedValue { exchange in
            do {
                try send(Self.message(method, parameters, "more"), &exchange, Deadline(seconds: timeout))
                while true {
                    let reply = try receive(&exchange, Deadline(seconds: timeout))
                    let wantsMore = try body(reply.parameters)
                    if !reply.continues { return }
                    if !wantsMore { return release(&exchange) }
                }
            } catch let error as VarlinkClientError where error.code == .remote {
                throw error
            } catch {
                release(&exchange)
                throw error
            }
        }
    }

    /// Runs one exchange; an error that leaves the connection in an unknown state closes it.
    private func exchange<Result>(
        _ body: (inout Exchange) throws(VarlinkClientError) -> Result
    ) throws(VarlinkClientError) -> Result {
        let result = lock.withLockedValue { exchange -> Swift.Result<Result, VarlinkClientError> in
            do throws(VarlinkClientError) {
                return .success(try body(&exchange))
            } catch {
                if error.code != .remote { release(&exchange) }
                return .failure(error)
            }
        }
        return try result.get()
    }

    // MARK: Typed calls

    /// Calls with what `parameters` encodes as and decodes the answer. Throws `VarlinkClientError`, `EncodingError` and
    /// `DecodingError`.
    public func call<Reply: Decodable>(
        _ method: String, encoding parameters: some Encodable, as reply: Reply.Type = Reply.self, timeout: Double? = nil
    ) throws -> Reply {
        try call(method, JSONValue(encoding: parameters), timeout: timeout).decode(as: reply)
    }

    /// Calls and decodes the answer.
    public func call<Reply: Decodable>(
        _ method: String, _ parameters: JSONValue? = nil, as reply: Reply.Type, timeout: Double? = nil
    ) throws -> Reply {
        try call(method, parameters, timeout: timeout).decode(as: reply)
    }

    /// `stream` with what `parameters` encodes as, every answer decoded.
    public func stream<Reply: Decodable>(
        _ method: String, encoding parameters: some Encodable, as reply: Reply.Type = Reply.self, timeout: Double? = nil,
        body: (Reply) throws -> Bool
    ) throws {
        try stream(method, JSONValue(encoding: parameters), timeout: timeout) { try body($0.decode(as: reply)) }
    }

    // MARK: Messages

    private static func message(_ method: String, _ parameters: JSONValue?, _ flag: StaticString? = nil) -> [UInt8] {
        var writer = JSONWriter()
        writer.write(literal: "{\"method\":")
        writer.write(string: method)
        if let flag {
            writer.write(literal: ",\"")
            writer.write(literal: flag)
            writer.write(literal: "\":true")
        }
        if let parameters {
            writer.write(literal: ",\"parameters\":")
            writer.write(parameters)
        }
        writer.write(literal: "}\0")
        return writer.bytes
    }

    private static func violation(_ message: String) -> VarlinkClientError {
        VarlinkClientError(code: .protocolViolation, message: message)
    }

    private static let closed = VarlinkClientError(code: .connectionClosed, message: "the connection was closed")

    private func send(_ bytes: [UInt8], _ exchange: inout Exchange, _ deadline: Deadline) throws(VarlinkClientError) {
        var sent = 0
        while sent < bytes.count {
            guard exchange.descriptor >= 0 else { throw Self.closed }
            let descriptor = exchange.descriptor
            let count = bytes.withUnsafeBytes {
                Glibc.send(descriptor, $0.baseAddress! + sent, $0.count - sent, Int32(MSG_NOSIGNAL))
            }
            if count >= 0 {
                sent += count
            } else if errno == EAGAIN {
                try wait(descriptor, Int16(POLLOUT), deadline)
            } else if errno == EPIPE || errno == ECONNRESET {
                // The service may have said why before it closed.
                do throws(VarlinkClientError) {
                    _ = try receive(&exchange, deadline)
                } catch {
                    throw error.code == .remote ? error : Self.closed
                }
                throw Self.closed
            } else if errno != EINTR {
                throw .system(.connectionClosed, "send", errno)
            }
        }
    }

    private func receive(
        _ exchange: inout Exchange, _ deadline: Deadline
    ) throws(VarlinkClientError) -> (parameters: JSONValue, continues: Bool) {
        while true {
            if let end = exchange.buffer[exchange.scanned...].firstIndex(of: 0) {
                let value: JSONValue
                do throws(JSONError) {
                    value = try JSONValue.parse(exchange.buffer[..<end], maximumDepth: JSONValue.greatestDepth)
                } catch {
                    throw Self.violation("an answer that is no JSON: \(error)")
                }
                exchange.buffer.removeSubrange(...end)
                exchange.scanned = 0
                return try Self.reply(value)
            }
            exchange.scanned = exchange.buffer.count
            guard exchange.scanned <= Self.maximumReplyBytes else {
                throw Self.violation("an answer of more than \(Self.maximumReplyBytes) bytes")
            }
            try read(&exchange, deadline)
        }
    }

    private func read(_ exchange: inout Exchange, _ deadline: Deadline) throws(VarlinkClientError) {
        guard exchange.descriptor >= 0 else { throw Self.closed }
        let descriptor = exchange.descriptor
        while true {
            var number: Int32 = 0
            let count = withUnsafeTemporaryAllocation(byteCount: 64 << 10, alignment: 16) { bytes in
                let count = recv(descriptor, bytes.baseAddress, bytes.count, 0)
                if count > 0 { exchange.buffer.append(contentsOf: bytes[..<count]) } else if count < 0 { number = errno }
                return count
            }
            if count > 0 { return }
            if count == 0 || number == ECONNRESET { throw Self.closed }
            if number == EAGAIN {
                try wait(descriptor, Int16(POLLIN), deadline)
            } else if number != EINTR {
                throw .system(.connectionClosed, "recv", number)
            }
        }
    }

    private func wait(_ descriptor: Int32, _ events: Int16, _ deadline: Deadline) throws(VarlinkClientError) {
        while true {
            var request = pollfd(fd: descriptor, events: events, revents: 0)
            let count = poll(&request, 1, deadline.milliseconds)
            if count > 0 { return }
            if count < 0 && errno != EINTR { throw .system(.connectionClosed, "poll", errno) }
            if deadline.isOver { throw VarlinkClientError(code: .timedOut, message: "no answer in time") }
        }
    }

    private static func reply(_ value: JSONValue) throws(VarlinkClientError) -> (parameters: JSONValue, continues: Bool) {
        guard case .object(let members) = value else { throw violation("an answer is an object, not \(value.kind)") }
        var parameters = members["parameters"] ?? .object([:])
        if parameters.isNull { parameters = .object([:]) }
        guard case .object = parameters else { throw violation("'parameters' is an object, not \(parameters.kind)") }
        switch members["error"] {
        case nil, .some(.null): break
        case .some(.string(let name)):
            let details = parameters == .object([:]) ? "" : " \(parameters)"
            throw VarlinkClientError(code: .remote, message: name + details, remoteError: name, parameters: parameters)
        case .some(let other): throw violation("'error' is a string, not \(other.kind)")
        }
        switch members["continues"] {
        case nil, .some(.null): return (parameters, false)
        case .some(.bool(let continues)): return (parameters, continues)
        case .some(let other): throw violation("'continues' is a bool, not \(other.kind)")
        }
    }
}

/// A moment on the monotonic clock.
private struct Deadline {
    /// Nanoseconds; nil: never.
    private var moment: UInt64?

    init(seconds: Double?) {
        moment = seconds.map { gild_monotonic_ns() + UInt64(min(max($0, 0), 1e9) * 1e9) }
    }

    var isOver: Bool { moment.map { gild_monotonic_ns() >= $0 } ?? false }

    /// For poll(2), rounded up; -1: for ever.
    var milliseconds: Int32 {
        guard let moment else { return -1 }
        let now = gild_monotonic_ns()
        return now >= moment ? 0 : Int32(clamping: (moment - now) / 1_000_000 + 1)
    }
}
