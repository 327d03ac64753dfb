// What `gilctl top` knows at one moment, and where it comes from.
//
// One thread follows io.gild.Metrics.Subscribe, whose samples set the pace; for each of them it asks a second connection for
// the status and the workloads. The frames go to the screen's thread through `Mailbox`, which keeps only the newest one and
// writes a byte into a pipe, so that the screen can wait for keys and frames with one poll(2). A change of the interval starts
// another thread with a higher generation; frames of older generations are thrown away, and their threads end by themselves
// with their next sample.

import GildControl
import Glibc
import NIOConcurrencyHelpers

/// One picture's worth of figures.
struct TopFrame: Sendable {
    var status: DaemonInterface.Status.Reply
    var atRealtimeNanoseconds: Int
    var runtimes: [MetricsInterface.RuntimeFigures]
    var workloads: [WorkloadInterface.Workload]
}

final class Mailbox: Sendable {
    private struct State {
        var generation = 0
        var frame: TopFrame?
        /// Why there are no frames.
        var failure: String?
    }
    private let state = NIOLockedValueBox(State())
    /// Readable while there is news.
    let descriptor: Int32
    private let wakeDescriptor: Int32

    init() throws {
        var ends: [Int32] = [0, 0]
        guard pipe(&ends) == 0 else { throw Failure("cannot make a pipe: \(Output.lastError())") }
        for end in ends { _ = fcntl(end, F_SETFL, O_NONBLOCK) }
        descriptor = ends[0]
        wakeDescriptor = ends[1]
    }

    /// Starts a generation of frames; those of the ones before are not delivered any more.
    func nextGeneration() -> Int {
        state.withLockedValue { state in
            state.generation += 1
            return state.generation
        }
    }

    /// False when the generation is over.
    func deliver(_ frame: TopFrame?, failure: String?, generation: Int) -> Bool {
        let isCurrent = state.withLockedValue { state in
            guard state.generation == generation else { return false }
            if let frame { state.frame = frame }
            state.failure = failure
            return true
        }
        if isCurrent { _ = write(wakeDescriptor, [0], 1) }
        return isCurrent
    }

    /// The newest frame since the last call, if there is one, and the failure that stands.
    func take() -> (frame: TopFrame?, failure: String?) {
        var bytes = [UInt8](repeating: 0, count: 64)
        while read(descriptor, &bytes, bytes.count) > 0 {}
        return state.withLockedValue { state in
            defer { state.frame = nil }
            return (state.frame, state.failure)
        }
    }
}

enum TopFeed {
    private static let patience: UInt64 = 5_000_000_000

    /// One frame, with the figures since the start of each runtime.
    static func once(_ daemon: Daemon) throws -> TopFrame {
        let sample = try daemon.call(MetricsInterface.Snapshot.self, .init())
        return TopFrame(
            status: try daemon.call(DaemonInterface.Status.self, .init()),
            atRealtimeNanoseconds: sample.atRealtimeNanoseconds, runtimes: sample.runtimes,
            workloads: try daemon.call(WorkloadInterface.List.self, .init()).workloads)
    }

    /// Fills `mailbox` from a thread of its own until the generation is over. A lost connection is tried again each second.
    static func start(path: String, intervalNanoseconds: Int, mailbox: Mailbox) {
        let generation = mailbox.nextGeneration()
        startThread {
            var isCurrent = true
            while isCurrent {
                let reason: String
                do throws(ControlClientError) {
                    isCurrent = try follow(path, intervalNanoseconds, mailbox, generation)
                    reason = "the daemon has ended the stream"
                } catch {
                    reason = Failure(error, path: path).message
                }
                if isCurrent {
                    isCurrent = mailbox.deliver(nil, failure: reason, generation: generation)
                    sleep(1)
                }
            }
        }
    }

    /// Until the stream ends. False when the generation is over.
    private static func follow(
        _ path: String, _ intervalNanoseconds: Int, _ mailbox: Mailbox, _ generation: Int
    ) throws(ControlClientError) -> Bool {
        let asking = try ControlClient(path: path, timeoutNanoseconds: patience)
        let stream = try ControlClient(path: path, timeoutNanoseconds: patience)
        var isCurrent = true
        var failure: ControlClientError?
        let wait = UInt64(intervalNanoseconds) + patience
        try stream.stream(
            MetricsInterface.Subscribe.self, .init(intervalNanoseconds: intervalNanoseconds), timeoutNanoseconds: wait
        ) { sample in
            do throws(ControlClientError) {
                let frame = TopFrame(
                    status: try asking.call(DaemonInterface.Status.self, .init(), timeoutNanoseconds: patience),
                    atRealtimeNanoseconds: sample.atRealtimeNanoseconds, runtimes: sample.runtimes,
                    workloads: try asking.call(WorkloadInterface.List.self, .init(), timeoutNanoseconds: patience).workloads)
                isCurrent = mailbox.deliver(frame, failure: nil, generation: generation)
            } catch {
                failure = error
            }
            return isCurrent && failure == nil
        }
        if let failure { throw failure }
        return isCurrent
    }
}
