// Figures of every runtime: since its start, and of the span since the sample before.
//
// A sampler belongs to whoever wants intervals: the metrics records have one, each subscriber has another. It remembers one
// snapshot for each runtime, by identity: a runtime that a reload replaced begins anew under the same name.

import CGild
import GildControl
import GildReport
import GildSession

/// A value: whoever owns it guards it.
struct Sampler: Sendable {
    struct Sample: Sendable {
        let entry: HostedEntry
        /// The daemon's run numbers by the runtime's.
        let numbers: [UInt64: Int]
        let cumulative: RuntimeSnapshot
        /// Since the sample before, or since the start of a runtime that is new.
        let interval: RuntimeSnapshot

        func number(_ run: UInt64) -> Int { numbers[run] ?? Int(clamping: run) }
    }

    private var previous: [ObjectIdentifier: RuntimeSnapshot] = [:]

    /// BLOCKING, for each runtime at most for the timeout.
    mutating func sample(_ supervisor: Supervisor, timeoutNanoseconds: UInt64) -> [Sample] {
        var latest: [ObjectIdentifier: RuntimeSnapshot] = [:]
        let samples = supervisor.entries.map { entry in
            let snapshot = entry.hosting.snapshot(timeoutNanoseconds: timeoutNanoseconds)
            let identity = ObjectIdentifier(entry)
            latest[identity] = snapshot
            let before = previous[identity]
            return Sample(
                entry: entry, numbers: supervisor.runNumbers(of: entry), cumulative: snapshot,
                interval: before.map { snapshot.interval(since: $0) } ?? snapshot)
        }
        previous = latest
        return samples
    }
}

extension RuntimeFigures {
    init(_ snapshot: RuntimeSnapshot) {
        self.init(
            name: snapshot.name, regime: snapshot.regime, isExact: snapshot.isExact, nanoseconds: UInt64(clamping: snapshot.wallNanoseconds), lock: snapshot.lock,
            holder: snapshot.holder, waiting: snapshot.waiting, threads: snapshot.threadCount, runs: snapshot.runs.count,
            increfs: snapshot.increfs, decrefs: snapshot.decrefs, liveReferences: snapshot.isExact ? snapshot.liveReferences : nil,
            allocations: snapshot.allocations, frees: snapshot.frees, allocatedBytes: snapshot.allocatedBytes,
            freedBytes: snapshot.freedBytes, liveObjects: snapshot.liveObjects, liveBytes: snapshot.liveBytes,
            peakBytes: snapshot.peakBytes, heapLimitBytes: snapshot.heapLimitBytes, collections: snapshot.collections,
            cyclesCollected: snapshot.cyclesCollected)
    }
}

extension WorkloadFigures {
    init(_ run: RunSnapshot, number: Int, of runtime: RuntimeSnapshot) {
        self.init(
            runtime: runtime.name, regime: runtime.regime, workload: run.workload, run: UInt64(number), isExact: runtime.isExact,
            nanoseconds: UInt64(clamping: run.wallNanoseconds), lock: run.lock, threads: run.threadCount, increfs: run.increfs, decrefs: run.decrefs,
            allocations: run.allocations, frees: run.frees, allocatedBytes: run.allocatedBytes, freedBytes: run.freedBytes,
            instructions: run.instructions)
    }
}

extension MetricsInterface.RuntimeFigures {
    /// - Parameter snapshot: the cumulative one or the interval's.
    init(_ snapshot: RuntimeSnapshot, _ sample: Sampler.Sample) {
        self.init(
            runtime: snapshot.name, regime: snapshot.regime, spanNanoseconds: snapshot.wallNanoseconds, isExact: snapshot.isExact,
            holder: snapshot.holder, waiting: snapshot.waiting, threads: snapshot.threadCount, lock: snapshot.lock.withoutPairs,
            increfs: snapshot.increfs, decrefs: snapshot.decrefs, liveReferences: snapshot.isExact ? snapshot.liveReferences : nil,
            allocations: snapshot.allocations, frees: snapshot.frees, allocatedBytes: snapshot.allocatedBytes,
            freedBytes: snapshot.freedBytes, liveObjects: snapshot.liveObjects, liveBytes: snapshot.liveBytes,
            peakBytes: snapshot.peakBytes, limitBytes: snapshot.heapLimitBytes, collections: snapshot.collections,
            cyclesCollected: snapshot.cyclesCollected,
            runs: snapshot.runs.prefix(500).map { MetricsInterface.RunFigures($0, sample) })
    }
}

extension MetricsInterface.RunFigures {
    init(_ run: RunSnapshot, _ sample: Sampler.Sample) {
        let taken = sample.cumulative.takenAtNanoseconds
        self.init(
            workload: run.workload, run: sample.number(run.number), state: MetricsInterface.RunState(rawValue: run.state) ?? .running,
            threads: run.threadCount, ageNanoseconds: Int(clamping: taken - min(taken, run.startedAtNanoseconds)),
            instructions: run.instructions, lock: run.lock.withoutPairs, increfs: run.increfs, decrefs: run.decrefs,
            allocations: run.allocations, frees: run.frees, allocatedBytes: run.allocatedBytes, freedBytes: run.freedBytes)
    }
}

extension LockReport {
    var withoutPairs: LockReport {
        var lock = self
        lock.handoffPairs = []
        return lock
    }

    /// The most frequent pairs, as many as fit a message.
    var bounded: LockReport {
        var lock = self
        lock.handoffPairs = Array(handoffPairs.sorted { $0.count > $1.count }.prefix(500))
        return lock
    }
}

extension Supervisor {
    var entries: [HostedEntry] { lock.withLock { runtimes } }

    func runtime(_ name: String) -> HostedEntry? { lock.withLock { entry(name) } }

    func runNumbers(of entry: HostedEntry) -> [UInt64: Int] { lock.withLock { entry.numbers } }

    /// What OpenMetrics says of workloads.
    func workloadFigures() -> (runs: [DaemonFigures.Runs], workloads: [DaemonFigures.Workload]) {
        lock.withLock {
            var runs: [DaemonFigures.Runs] = []
            for workload in workloads {
                for result in Lifecycle.Result.allCases {
                    runs.append(.init(
                        runtime: workload.definition.runtime, workload: workload.name, result: result.rawValue,
                        count: workload.lifecycle.counts[result] ?? 0))
                }
            }
            return (
                runs,
                workloads.map { .init(runtime: $0.definition.runtime, workload: $0.name, running: $0.lifecycle.isBusy ? 1 : 0) }
            )
        }
    }
}
