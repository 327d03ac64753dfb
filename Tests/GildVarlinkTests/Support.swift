import Foundation
import GildVarlink

/// A socket that sends and receives raw bytes, for everything that a well-behaved client cannot say. Waits at most ten seconds.
final class RawPeer {
    let descriptor: Int32

    init(_ path: String) throws {
        descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: Array(path.utf8)) }
        let result = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size)) }
        }
        guard descriptor >= 0, result == 0 else { throw Failure(message: "connect: \(String(cString: strerror(errno)))") }
        var timeout = timeval(tv_sec: 10, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &timeout, socklen_t(MemoryLayout<timeval>.size))
        setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &timeout, socklen_t(MemoryLayout<timeval>.size))
    }

    deinit { close(descriptor) }

    struct Failure: Error { var message: String }

    /// False when the other end has closed.
    @discardableResult
    func send(_ bytes: [UInt8]) -> Bool {
        var sent = 0
        while sent < bytes.count {
            let count = bytes.withUnsafeBytes { Glibc.send(descriptor, $0.baseAddress! + sent, $0.count - sent, Int32(MSG_NOSIGNAL)) }
            if count < 0 && errno == EINTR { continue }
            if count <= 0 { return false }
            sent += count
        }
        return true
    }

    @discardableResult
    func send(_ text: String) -> Bool { send(Array(text.utf8)) }

    /// Sends a message and its NUL.
    @discardableResult
    func call(_ text: String) -> Bool { send(text + "\0") }

    private var buffer: [UInt8] = []

    /// The next message, nil at the end of the connection.
    func receive() throws -> JSONValue? {
        while true {
            if let end = buffer.firstIndex(of: 0) {
                let value = try JSONValue.parse(buffer[..<end])
                buffer.removeSubrange(...end)
                return value
            }
            var chunk = [UInt8](repeating: 0, count: 65536)
            let count = recv(descriptor, &chunk, chunk.count, 0)
            if count < 0 && errno == EINTR { continue }
            if count < 0 && errno == EAGAIN { throw Failure(message: "nothing came in ten seconds") }
            if count <= 0 { return nil }
            buffer += chunk[..<count]
        }
    }

    /// Everything until the end of the connection.
    func receiveAll() throws -> [JSONValue] {
        var all: [JSONValue] = []
        while let value = try receive() { all.append(value) }
        return all
    }

    func closeWriting() { shutdown(descriptor, Int32(SHUT_WR)) }
}

/// A count that threads wait for.
final class Gate: @unchecked Sendable {
    private let condition = NSCondition()
    /// Guarded by `condition`.
    private var count = 0

    func signal() {
        condition.lock()
        count += 1
        condition.broadcast()
        condition.unlock()
    }

    var value: Int {
        condition.lock()
        defer { condition.unlock() }
        return count
    }

    /// False after ten seconds.
    func wait(for wanted: Int = 1) -> Bool {
        let deadline = Date(timeIntervalSinceNow: 10)
        condition.lock()
        defer { condition.unlock() }
        while count < wanted { if !condition.wait(until: deadline) { return count >= wanted } }
        return true
    }
}

final class Locked<Value>: @unchecked Sendable {
    private let lock = NSLock()
    /// Guarded by `lock`.
    private var value: Value

    init(_ value: Value) { self.value = value }

    func with<Result>(_ body: (inout Value) -> Result) -> Result {
        lock.lock()
        defer { lock.unlock() }
        return body(&value)
    }
}

func run(_ body: @escaping @Sendable () -> Void) { Thread(block: body).start() }

/// Waits for what another thread brings about; false after ten seconds.
func eventually(_ condition: () -> Bool) -> Bool {
    for _ in 0..<5000 {
        if condition() { return true }
        usleep(2000)
    }
    return condition()
}

/// A service of one interface, on a socket in a directory of its own.
final class TestService: VarlinkHandler {
    static let interface = """
        # For tests.
        interface io.test.Service
        method Echo(text: string) -> (text: string)
        # Answers from another thread.
        method Later(text: string) -> (text: string)
        method Count(to: int) -> (number: int)
        # Streams until the client goes.
        method Flood() -> (text: string)
        # Ends when the client goes.
        method Hang() -> ()
        method Drop() -> ()
        method Note(text: string) -> ()
        method Missing() -> ()
        method Who() -> (process: int, user: int, group: int)
        method Big(bytes: int) -> (text: string)
        error Refused (reason: string)
        method Refuse() -> ()
        """

    let notes = Locked<[String]>([])
    let closed = Gate()
    let floodEnded = Gate()

    func handle(_ call: VarlinkCall) {
        switch call.methodName {
        case "Echo": call.reply(["text": call.parameters["text"]!])
        case "Later": run { call.reply(["text": call.parameters["text"]!]) }
        case "Count":
            guard call.requireMore() else { return }
            run {
                let last = call.parameters["to"]!.intValue!
                for number in 0..<last where !call.replyContinues(["number": .integer(Int64(number))]) { return call.reply() }
                call.reply(["number": .integer(Int64(last))])
            }
        case "Flood":
            guard call.requireMore() else { return }
            run { [floodEnded] in
                let text = JSONValue.string(String(repeating: "x", count: 1000))
                while call.replyContinues(["text": text]) {}
                call.reply(["text": ""])
                floodEnded.signal()
            }
        case "Hang":
            let kept = Locked<VarlinkCall?>(call)
            call.onClose { [closed] in
                kept.with { $0 = nil }
                closed.signal()
            }
        case "Drop": break
        case "Note":
            notes.with { $0.append(call.parameters["text"]!.stringValue!) }
            call.reply()
        case "Who":
            call.reply([
                "process": .integer(Int64(call.peer.processID)), "user": .integer(Int64(call.peer.userID)),
                "group": .integer(Int64(call.peer.groupID)),
            ])
        case "Big": call.reply(["text": .string(String(repeating: "b", count: call.parameters["bytes"]!.intValue!))])
        case "Refuse": call.fail("io.test.Service.Refused", ["reason": "asked to"])
        default: call.failNotImplemented()
        }
    }
}

struct RunningService {
    let directory: String
    let path: String
    let service = TestService()
    let server: VarlinkServer

    init(limits: VarlinkLimits = VarlinkLimits(clients: 2000, clientsPerUID: 2000)) throws {
        directory = try temporaryDirectory()
        path = directory + "/socket"
        server = try makeServer(service, limits)
        try server.start(listeningOn: .path(path, mode: 0o660, group: nil))
    }

    func stop() {
        server.stop()
        try? FileManager.default.removeItem(atPath: directory)
    }
}

func temporaryDirectory() throws -> String {
    let path = FileManager.default.temporaryDirectory.path + "/gild-varlink-\(getpid())-\(UInt32.random(in: 0 ... .max))"
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    return path
}

func makeServer(_ handler: any VarlinkHandler, _ limits: VarlinkLimits = VarlinkLimits()) throws -> VarlinkServer {
    VarlinkServer(
        service: ServiceDescription(vendor: "gild", product: "test", version: "1", url: "https://example.org"),
        interfaces: [try VarlinkInterface(parsing: TestService.interface)], limits: limits, handler: handler)
}

func withService<Result>(
    limits: VarlinkLimits = VarlinkLimits(clients: 2000, clientsPerUID: 2000), _ body: (RunningService) throws -> Result
) throws -> Result {
    let running = try RunningService(limits: limits)
    defer { running.stop() }
    return try body(running)
}
