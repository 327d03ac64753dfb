// io.gild.Daemon.

import CGild
import GildControl
import GildVarlink
import Glibc

extension Daemon {
    func addDaemonMethods(to table: inout Router.Table) {
        table.on(DaemonInterface.Ping.self) { $0.reply(.init()) }
        table.on(DaemonInterface.Status.self) { [self] in $0.reply(status()) }
        table.on(DaemonInterface.Reload.self) { [self] request in
            reload(isFromSignal: false) { result in
                request.answer(
                    result.map {
                        .init(
                            added: $0.added, changed: $0.changed, removed: $0.removed, unchanged: $0.unchanged,
                            needsRestart: $0.needsRestart)
                    })
            }
        }
        table.on(DaemonInterface.Shutdown.self) { [self] request in
            request.reply(.init())
            stop(reason: "asked to by uid \(request.call.peer.userID)")
        }
        table.on(DaemonInterface.SetLogLevel.self) { [self] request in
            let previous = log.level
            log.setLevel(LogLevel(rawValue: request.parameters.level.rawValue) ?? previous)
            request.reply(.init(previous: DaemonInterface.LogLevel(previous)))
        }
    }

    func status() -> DaemonInterface.Status.Reply {
        let statistics = log.statistics
        let (state, lastReload) = shared.withLockedValue { ($0.state, $0.lastReload) }
        return DaemonInterface.Status.Reply(
            version: options.version, pid: Int(getpid()), state: state, startedRealtimeNanoseconds: Int(startedRealtime),
            uptimeNanoseconds: Int(clamping: gild_monotonic_ns() - startedMonotonic), socket: socketPath, group: permission.group,
            configuration: shared.withLockedValue { $0.files }, logLevel: DaemonInterface.LogLevel(log.level),
            log: .init(written: statistics.written, dropped: statistics.droppedTotal), clients: server?.connectionCount ?? 0,
            runtimes: supervisor.runtimeNames, workloads: supervisor.stateCounts(), lastReload: lastReload)
    }
}

extension DaemonInterface.LogLevel {
    init(_ level: LogLevel) { self = Self(rawValue: level.rawValue) ?? .error }
}

extension Supervisor {
    var runtimeNames: [String] { lock.withLock { runtimes.map(\.name) } }

    func stateCounts() -> DaemonInterface.WorkloadCounts {
        lock.withLock {
            var counts = DaemonInterface.WorkloadCounts(stopped: 0, running: 0, stopping: 0, waiting: 0, finished: 0, failed: 0)
            for workload in workloads {
                switch workload.lifecycle.state {
                case .stopped: counts.stopped += 1
                case .starting, .running: counts.running += 1
                case .stopping: counts.stopping += 1
                case .waiting: counts.waiting += 1
                case .finished: counts.finished += 1
                case .failed: counts.failed += 1
                }
            }
            return counts
        }
    }
}
