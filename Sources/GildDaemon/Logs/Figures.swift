// What the metrics records and the OpenMetrics text are made of. The daemon fills these from a runtime's snapshot: from the
// difference of two for the records of an interval, from the sums since the start for OpenMetrics, whose readers take
// differences themselves.

import GildReport

/// Figures of one runtime, of an interval or since its start.
public struct RuntimeFigures: Sendable, Equatable {
    public var name: String
    public var regime: String
    /// Whether all counters are of one moment: read while no thread could change them.
    public var isExact: Bool
    /// Length of the interval, or time since the start.
    public var nanoseconds: UInt64
    public var lock: LockReport
    /// Name of the thread that holds the lock now, `workload/thread`.
    public var holder: String?
    /// Threads that wait for the lock now, threads, and runs.
    public var waiting: Int
    public var threads: Int
    public var runs: Int
    public var increfs: Int
    public var decrefs: Int
    /// nil where the regime cannot tell.
    public var liveReferences: Int?
    public var allocations: Int
    public var frees: Int
    public var allocatedBytes: Int
    public var freedBytes: Int
    public var liveObjects: Int
    public var liveBytes: Int
    public var peakBytes: Int
    /// 0: no limit.
    public var heapLimitBytes: Int
    public var collections: Int
    public var cyclesCollected: Int

    public init(
        name: String, regime: String = "gil", isExact: Bool = true, nanoseconds: UInt64 = 0, lock: LockReport = LockReport(),
        holder: String? = nil, waiting: Int = 0, threads: Int = 0, runs: Int = 0, increfs: Int = 0, decrefs: Int = 0,
        liveReferences: Int? = nil, allocations: Int = 0, frees: Int = 0, allocatedBytes: Int = 0, freedBytes: Int = 0,
        liveObjects: Int = 0, liveBytes: Int = 0, peakBytes: Int = 0, heapLimitBytes: Int = 0, collections: Int = 0,
        cyclesCollected: Int = 0
    ) {
        self.name = name
        self.regime = regime
        self.isExact = isExact
        self.nanoseconds = nanoseconds
        self.lock = lock
        self.holder = holder
        self.waiting = waiting
        self.threads = threads
        self.runs = runs
        self.increfs = increfs
        self.decrefs = decrefs
        self.liveReferences = liveReferences
        self.allocations = allocations
        self.frees = frees
        self.allocatedBytes = allocatedBytes
        self.freedBytes = freedBytes
        self.liveObjects = liveObjects
        self.liveBytes = liveBytes
        self.peakBytes = peakBytes
        self.heapLimitBytes = heapLimitBytes
        self.collections = collections
        self.cyclesCollected = cyclesCollected
    }
}

/// Figures of one run of a workload, of an interval or since its start.
public struct WorkloadFigures: Sendable, Equatable {
    public var runtime: String
    public var regime: String
    public var workload: String
    public var run: UInt64
    public var isExact: Bool
    public var nanoseconds: UInt64
    public var lock: LockReport
    public var threads: Int
    public var increfs: Int
    public var decrefs: Int
    public var allocations: Int
    public var frees: Int
    public var allocatedBytes: Int
    public var freedBytes: Int
    /// Bytecode instructions.
    public var instructions: Int

    public init(
        runtime: String, regime: String = "gil", workload: String, run: UInt64, isExact: Bool = true,
        nanoseconds: UInt64 = 0, lock: LockReport = LockReport(), threads: Int = 0, increfs: Int = 0, decrefs: Int = 0,
        allocations: Int = 0, frees: Int = 0, allocatedBytes: Int = 0, freedBytes: Int = 0, instructions: Int = 0
    ) {
        self.runtime = runtime
        self.regime = regime
        self.workload = workload
        self.run = run
        self.isExact = isExact
        self.nanoseconds = nanoseconds
        self.lock = lock
        self.threads = threads
        self.increfs = increfs
        self.decrefs = decrefs
        self.allocations = allocations
        self.frees = frees
        self.allocatedBytes = allocatedBytes
        self.freedBytes = freedBytes
        self.instructions = instructions
    }
}

/// Figures of the daemon itself, for OpenMetrics.
public struct DaemonFigures: Sendable, Equatable {
    /// One workload's ended runs with one result.
    public struct Runs: Sendable, Equatable {
        public var runtime: String
        public var workload: String
        /// `succeeded`, `failed`, `stopped`.
        public var result: String
        public var count: Int

        public init(runtime: String, workload: String, result: String, count: Int) {
            (self.runtime, self.workload, self.result, self.count) = (runtime, workload, result, count)
        }
    }
    /// One workload of the configuration, with its runs at this moment.
    public struct Workload: Sendable, Equatable {
        public var runtime: String
        public var workload: String
        public var running: Int

        public init(runtime: String, workload: String, running: Int) {
            (self.runtime, self.workload, self.running) = (runtime, workload, running)
        }
    }
    public var version: String
    /// CLOCK_REALTIME of the daemon's start, ns.
    public var startRealtimeNanoseconds: UInt64
    public var runs: [Runs]
    public var workloads: [Workload]
    /// Connections to the control socket now.
    /// What plugins count.
    public var plugins: [PluginReport] = []
    public var clients: Int
    public var log: EventLog.Statistics

    public init(
        version: String, startRealtimeNanoseconds: UInt64 = 0, runs: [Runs] = [], workloads: [Workload] = [],
        clients: Int = 0, log: EventLog.Statistics = EventLog.Statistics()
    ) {
        self.version = version
        self.startRealtimeNanoseconds = startRealtimeNanoseconds
        self.runs = runs
        self.workloads = workloads
        self.clients = clients
        self.log = log
    }
}
