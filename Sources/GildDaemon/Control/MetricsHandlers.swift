// io.gild.Metrics.

import CGild
import GildControl
import GildVarlink
import NIOConcurrencyHelpers

extension Daemon {
    func addMetricsMethods(to table: inout Router.Table) {
        table.on(MetricsInterface.Snapshot.self) { [self] request in
            onPool(request) { [self] in
                var sampler = Sampler()
                let samples = sampler.sample(supervisor, timeoutNanoseconds: Self.snapshotTimeout)
                return .success(.init(
                    atRealtimeNanoseconds: Int(currentRealtimeNanoseconds()),
                    runtimes: samples.map { MetricsInterface.RuntimeFigures($0.cumulative, $0) }))
            }
        }
        table.on(MetricsInterface.OpenMetrics.self) { [self] request in
            onPool(request) { [self] in
                var sampler = Sampler()
                let samples = sampler.sample(supervisor, timeoutNanoseconds: Self.snapshotTimeout)
                return .success(.init(contentType: OpenMetricsText.contentType, text: metrics.openMetrics(samples)))
            }
        }
        table.on(MetricsInterface.Subscribe.self) { [self] request in
            guard request.requireMore() else { return }
            let interval = request.parameters.intervalNanoseconds ?? 1_000_000_000
            guard (10_000_000...3_600_000_000_000).contains(interval) else {
                return request.fail(parameter: "interval_ns", "an interval is 10 ms to 1 h")
            }
            Subscription(self, request, UInt64(interval)).begin()
        }
    }
}

/// A stream of samples. Each is taken by a job of the pool, posted by a timer, and only once the client has read the one
/// before: one that reads slowly gets fewer samples of longer spans, and none is lost.
private final class Subscription: Sendable {
    private struct State: Sendable {
        var sampler = Sampler()
        var hasEnded = false
        var next: UInt64 = 0
    }

    private let daemon: Daemon
    private let request: Request<MetricsInterface.Subscribe>
    private let interval: UInt64
    private let state = NIOLockedValueBox(State())

    init(_ daemon: Daemon, _ request: Request<MetricsInterface.Subscribe>, _ interval: UInt64) {
        self.daemon = daemon
        self.request = request
        self.interval = interval
    }

    func begin() {
        let now = daemon.clock.now()
        state.withLockedValue { $0.next = now }
        request.call.onClose { self.state.withLockedValue { $0.hasEnded = true } }
        post()
    }

    /// The next sample, now.
    private func post() {
        let isTaken = daemon.questions.submit { self.send() }
        if !isTaken { wait() }
    }

    private func send() {
        let samples = state.withLockedValue { state -> [Sampler.Sample] in
            state.hasEnded ? [] : state.sampler.sample(daemon.supervisor, timeoutNanoseconds: Daemon.snapshotTimeout)
        }
        if state.withLockedValue({ $0.hasEnded }) { return }
        if daemon.isStopping { return request.fail(.stopping) }
        let reply = MetricsInterface.Subscribe.Reply(
            atRealtimeNanoseconds: Int(currentRealtimeNanoseconds()),
            runtimes: samples.map { MetricsInterface.RuntimeFigures($0.interval, $0) })
        guard request.replyContinues(reply) else { return }
        wait()
    }

    /// For the next multiple of the interval, and for the client.
    private func wait() {
        let now = daemon.clock.now()
        let next = state.withLockedValue { state -> UInt64 in
            state.next &+= interval
            if state.next <= now { state.next &+= (now - state.next) / interval * interval &+ interval }
            return state.next
        }
        daemon.clock.schedule(at: next) { self.request.call.whenDrained { self.post() } }
    }
}
