// Figures of a hosted runtime and its runs, in the terms of reports.

import GildReport
import GildRuntime

/// Figures of a runtime so far, or (from `interval(since:)`) of an interval.
public struct RuntimeSnapshot: Sendable {
    public var name: String
    public var regime: String
    /// Nanoseconds of the monotonic clock.
    public var takenAtNanoseconds: UInt64
    /// All figures are of one moment. Otherwise the counters are zero: the runtime's lock was not to be had, and only the
    /// lock's own figures are given.
    public var isExact: Bool
    /// What the figures of the lock are about: the time since the runtime began, or the interval.
    public var wallNanoseconds: Int
    /// `handoffPairs` is empty.
    public var lock: GildReport.LockReport
    /// Of the thread that holds the lock, as `workload/thread`; nil: nobody.
    public var holder: String?
    /// Threads that wait for the lock.
    public var waiting: Int
    /// Live threads of runs.
    public var threadCount: Int
    /// First references of new objects included.
    public var increfs: Int
    public var decrefs: Int
    /// Sum of the refcounts of the live objects. A state, in interval snapshots too, as are the next ones.
    public var liveReferences: Int
    public var liveObjects: Int
    public var liveBytes: Int
    public var peakBytes: Int
    public var heapLimitBytes: Int
    public var allocations: Int
    public var frees: Int
    public var allocatedBytes: Int
    public var freedBytes: Int
    public var instructions: Int
    public var collections: Int
    public var cyclesCollected: Int
    /// In the order of their start.
    public var runs: [RunSnapshot]
    private let source: HostSnapshot

    init(_ host: HostSnapshot, regime: String, state: HostSnapshot? = nil) {
        let state = state ?? host
        source = state
        name = host.name
        self.regime = regime
        takenAtNanoseconds = host.takenAt
        isExact = host.isExact
        wallNanoseconds = Int(clamping: host.lock.wallNanoseconds)
        lock = lockReport(host.lock)
        holder = host.holder.map { $0.workload.isEmpty ? $0.thread : "\($0.workload)/\($0.thread)" }
        waiting = host.waiting
        threadCount = host.threadCount
        increfs = Int(truncatingIfNeeded: host.counters.increfs)
        decrefs = Int(truncatingIfNeeded: host.counters.decrefs)
        liveReferences = state.counters.liveReferences
        liveObjects = state.counters.liveObjects
        liveBytes = state.liveBytes
        peakBytes = state.peakBytes
        heapLimitBytes = state.heapLimitBytes
        allocations = Int(truncatingIfNeeded: host.counters.allocations)
        frees = Int(truncatingIfNeeded: host.counters.frees)
        allocatedBytes = Int(truncatingIfNeeded: host.counters.allocatedBytes)
        freedBytes = Int(truncatingIfNeeded: host.counters.freedBytes)
        instructions = Int(truncatingIfNeeded: host.counters.instructions)
        collections = host.collections
        cyclesCollected = host.cyclesCollected
        runs = host.runs.map { RunSnapshot($0) }
    }

    /// What happened since an earlier snapshot of the same runtime: counts, sums and percentiles are those of the interval.
    public func interval(since earlier: RuntimeSnapshot) -> RuntimeSnapshot {
        RuntimeSnapshot(source.interval(since: earlier.source), regime: regime, state: source)
    }
}

/// Figures of a run so far, or of an interval.
public struct RunSnapshot: Sendable {
    public var number: UInt64
    public var workload: String
    /// `running` or `stopping`.
    public var state: String
    public var startedAtNanoseconds: UInt64
    /// What the figures are about: the time since the run began, or the part of the interval in which it was there.
    public var wallNanoseconds: Int
    public var threadCount: Int
    public var lock: GildReport.LockReport
    public var increfs: Int
    public var decrefs: Int
    public var allocations: Int
    public var frees: Int
    public var allocatedBytes: Int
    public var freedBytes: Int
    public var instructions: Int

    init(_ run: HostedRunSnapshot) {
        number = run.number
        workload = run.workload
        state = run.phase.rawValue
        startedAtNanoseconds = run.startedAt
        wallNanoseconds = Int(clamping: run.lock.wallNanoseconds)
        threadCount = run.threadCount
        lock = lockReport(run.lock)
        increfs = Int(truncatingIfNeeded: run.counters.increfs)
        decrefs = Int(truncatingIfNeeded: run.counters.decrefs)
        allocations = Int(truncatingIfNeeded: run.counters.allocations)
        frees = Int(truncatingIfNeeded: run.counters.frees)
        allocatedBytes = Int(truncatingIfNeeded: run.counters.allocatedBytes)
        freedBytes = Int(truncatingIfNeeded: run.counters.freedBytes)
        instructions = Int(truncatingIfNeeded: run.counters.instructions)
    }
}
