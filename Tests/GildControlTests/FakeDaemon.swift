// A daemon with canned replies: a real Varlink server behind gild's descriptions, so that what gilctl sends is held against
// them, and handlers that a test brings along.

import GildControl
import GildReport
import GildVarlink
import Glibc
import NIOConcurrencyHelpers

final class FakeDaemon: VarlinkHandler {
    typealias Handler = @Sendable (VarlinkCall) -> Void

    let path: String
    private let directory: String
    private let handlers = NIOLockedValueBox<[String: Handler]>([:])
    private let calls = NIOLockedValueBox<[(method: String, parameters: JSONValue)]>([])
    private let server = NIOLockedValueBox<VarlinkServer?>(nil)
    /// Threads that send a stream, which end before the server does.
    private let streams = NIOLockedValueBox<(count: Int, isStopping: Bool)>((0, false))

    init() throws {
        var name = Array((temporaryDirectory() + "/gild-fake-XXXXXX").utf8CString)
        guard mkdtemp(&name) != nil else { throw LaunchFailure(description: "cannot make a temporary directory") }
        directory = String(decoding: name.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        path = directory + "/s"
        let server = VarlinkServer(
            service: ServiceDescription(vendor: "gild", product: "fake", version: "0", url: ""),
            interfaces: DescriptionTests.interfaces, handler: self)
        try server.start(listeningOn: .path(path, mode: 0o600, group: nil))
        self.server.withLockedValue { $0 = server }
    }

    /// Ends the server and removes its directory.
    func stop() {
        streams.withLockedValue { $0.isStopping = true }
        while streams.withLockedValue({ $0.count }) > 0 { usleep(1_000) }
        server.withLockedValue { $0 }?.stop()
        server.withLockedValue { $0 = nil }
        rmdir(directory)
    }

    /// What gilctl has called, in order.
    var received: [(method: String, parameters: JSONValue)] { calls.withLockedValue { $0 } }

    /// Answers `method` with one reply.
    func reply<M: ControlMethod>(_ method: M.Type, _ make: @escaping @Sendable (M.Parameters) -> M.Reply) {
        on(method) { call, parameters in try call.reply(encoding: make(parameters)) }
    }

    /// Answers `method` with one of gild's errors.
    func fail<M: ControlMethod>(_ method: M.Type, _ error: ControlError) {
        on(method) { call, _ in call.fail(error.name(in: call.interface), error.json) }
    }

    func on<M: ControlMethod>(_ method: M.Type, _ body: @escaping @Sendable (VarlinkCall, M.Parameters) throws -> Void) {
        handlers.withLockedValue {
            $0[method.name] = { call in
                do { try body(call, call.decode(M.Parameters.self)) } catch {
                    call.fail("org.example.Broken", ["message": .string("\(error)")])
                }
            }
        }
    }

    /// Sends what `make` makes of 0, 1, 2, … from a thread of its own, until the client or the daemon goes.
    func send(_ call: VarlinkCall, every microseconds: UInt32, _ make: @escaping @Sendable (Int) -> any Encodable) {
        final class Stream: Sendable {
            let body: @Sendable () -> Void
            init(_ body: @escaping @Sendable () -> Void) { self.body = body }
        }
        streams.withLockedValue { $0.count += 1 }
        let stream = Stream { [self] in
            var index = 0
            while !streams.withLockedValue({ $0.isStopping }), (try? call.replyContinues(encoding: make(index))) == true {
                index += 1
                usleep(microseconds)
            }
            call.fail("org.example.Ended")
            streams.withLockedValue { $0.count -= 1 }
        }
        var thread = pthread_t()
        pthread_create(
            &thread, nil,
            { pointer in
                if let pointer { Unmanaged<Stream>.fromOpaque(pointer).takeRetainedValue().body() }
                return nil
            }, Unmanaged.passRetained(stream).toOpaque())
        pthread_detach(thread)
    }

    func handle(_ call: VarlinkCall) {
        calls.withLockedValue { $0.append((call.method, call.parameters)) }
        guard let handler = handlers.withLockedValue({ $0[call.method] }) else { return call.failNotImplemented() }
        handler(call)
    }
}

/// Runs gilctl against a fake daemon.
func gilctl(
    _ arguments: [String], _ daemon: FakeDaemon, input: String = "", environment: [String: String?] = [:],
    whileRunning: (pid_t) -> Void = { _ in }
) throws -> Completed {
    var variables: [String: String?] = ["GILD_SOCKET": daemon.path, "TZ": "UTC", "NO_COLOR": nil, "HOME": nil, "XDG_STATE_HOME": nil]
    for (name, value) in environment { variables[name] = value }
    return try runProgram([gilctlPath] + arguments, input: Array(input.utf8), environment: variables, whileRunning: whileRunning)
}

func withFakeDaemon(_ body: (FakeDaemon) throws -> Void) throws {
    let daemon = try FakeDaemon()
    defer { daemon.stop() }
    try body(daemon)
}

/// Calls that are not answered until the test says so.
final class Held: Sendable {
    private let calls = NIOLockedValueBox<[VarlinkCall]>([])

    func keep(_ call: VarlinkCall) { calls.withLockedValue { $0.append(call) } }
    /// The latest one; nil when there is none.
    func take() -> VarlinkCall? { calls.withLockedValue { $0.popLast() } }
    /// Lets go of all of them, which answers them with an error.
    func release() { calls.withLockedValue { $0.removeAll() } }
}

/// Figures to draw.
enum Figures {
    static let times = TimeDistribution(count: 200, sum: 970_000_000, minimum: 1_000, p50: 4_850_000, p90: 5_000_000, p99: 5_100_000, p999: 6_000_000, maximum: 9_000_000)
    static let lock = LockReport(
        acquisitions: 200, contendedAcquisitions: 100, drops: 200, handoffs: .init(blocking: 20, interval: 180, finish: 0), dropRequests: 190,
        futileWakeups: 1, hold: times, wait: times, handoff: times, idleNanoseconds: 30_000_000)

    static func run(_ workload: String, _ number: Int, instructions: Int = 1_000) -> MetricsInterface.RunFigures {
        .init(
            workload: workload, run: number, state: .running, threads: 4, ageNanoseconds: 5_000_000_000, instructions: instructions, lock: lock,
            increfs: 12_000_000, decrefs: 11_000_000, allocations: 600_000, frees: 590_000, allocatedBytes: 1, freedBytes: 1)
    }

    static func runtime(_ name: String, runs: [MetricsInterface.RunFigures] = []) -> MetricsInterface.RuntimeFigures {
        .init(
            runtime: name, regime: "gil", spanNanoseconds: 1_000_000_000, isExact: true, holder: "counter/Thread-1", waiting: 3, threads: 8,
            lock: lock, increfs: 12_300_000, decrefs: 12_200_000, allocations: 1_200_000, frees: 1_100_000, allocatedBytes: 1, freedBytes: 1,
            liveObjects: 12_345, liveBytes: 1_234_567, peakBytes: 2_345_678, limitBytes: 512 << 20, collections: 3, cyclesCollected: 17,
            runs: runs)
    }
}
