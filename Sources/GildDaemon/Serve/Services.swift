// The daemon's parts as services of swift-service-lifecycle: they are stopped in the reverse order of the list, each when
// the one before has ended. Stopping waits for threads, so it is done on one, not on an executor of Swift's tasks.

import CGild
import GildVarlink
import ServiceLifecycle

/// A part that runs by itself and is ended by a call that blocks.
struct DaemonService: Service, CustomStringConvertible {
    let name: String
    let end: @Sendable () -> Void

    var description: String { name }

    func run() async throws {
        try? await gracefulShutdown()
        await withCheckedContinuation { continuation in
            startThread(named: "gild-stop") {
                end()
                continuation.resume()
            }
        }
    }
}

extension Daemon {
    /// First to last; the last one is stopped first.
    func services() -> [DaemonService] {
        [
            DaemonService(name: "log") { [log] in
                log.emit(.stopped, "stopped")
                log.close(deadline: gild_monotonic_ns() + 500_000_000)
            },
            DaemonService(name: "control") { [self] in server?.stop(withinNanoseconds: 300_000_000) },
            DaemonService(name: "metrics") { [self] in metrics.end() },
            DaemonService(name: "supervisor") { [self] in endRuns() },
        ]
    }
}
