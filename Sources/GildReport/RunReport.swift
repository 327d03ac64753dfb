// The report of one run: plain figures, ready to be encoded, compared and drawn.
//
// The model knows nothing of how the figures were taken. Its property order is the order of the keys in the JSON form,
// and its coding keys are a public format: keys are added, never renamed. Times are nanoseconds, sizes are bytes. What
// every figure means and how exact it is stands in docs/measurements.md.

/// Everything that gild knows about one run of one script.
public struct RunReport: Codable, Sendable, Equatable {
    /// Version of gild that measured.
    public var gild: String
    /// The script as the user named it; `<stdin>` for standard input.
    public var script: String
    /// Name of the synchronisation regime, such as `gil`.
    public var regime: String
    /// In which order operations on two objects lock them, `address` or `access`; nil in other regimes than object-lock.
    public var lockOrder: String?
    /// Status that the script ended with; 128 + n when signal n ended it.
    public var exitStatus: Int
    /// From the first acquisition of the lock to the last drop.
    public var wallNanoseconds: Int
    /// CPU time of all threads of the process within that span.
    public var cpuNanoseconds: Int
    public var lock: LockReport
    /// In order of creation; the main thread first.
    public var threads: [ThreadReport]
    public var refcounts: RefcountReport
    public var heap: HeapReport
    /// Where one was kept.
    public var ledger: LedgerReport?
    public var deadlocks: DeadlockReport
    /// Where the run had some.
    public var plugins: [PluginReport]?
    /// Rules that plugins broke in this run, where they were watched and some were.
    public var pluginViolations: [PluginViolationReport]?
    /// What is not exact or missing in this report, one sentence each. Empty when every figure is exact.
    public var notes: [String]

    enum CodingKeys: String, CodingKey {
        case gild, script, regime
        case lockOrder = "lock_order"
        case exitStatus = "exit_status"
        case wallNanoseconds = "wall_ns"
        case cpuNanoseconds = "cpu_ns"
        case lock, threads, refcounts, heap, deadlocks, ledger, plugins
        case pluginViolations = "plugin_violations"
        case notes
    }

    public init(
        gild: String = "0.1.0", script: String, regime: String = "gil", exitStatus: Int = 0, wallNanoseconds: Int = 0,
        cpuNanoseconds: Int = 0, lock: LockReport = LockReport(), threads: [ThreadReport] = [],
        refcounts: RefcountReport = RefcountReport(), heap: HeapReport = HeapReport(), deadlocks: DeadlockReport = DeadlockReport(),
        ledger: LedgerReport? = nil, notes: [String] = []
    ) {
        self.gild = gild
        self.script = script
        self.regime = regime
        self.exitStatus = exitStatus
        self.wallNanoseconds = wallNanoseconds
        self.cpuNanoseconds = cpuNanoseconds
        self.lock = lock
        self.threads = threads
        self.refcounts = refcounts
        self.heap = heap
        self.ledger = ledger
        self.deadlocks = deadlocks
        self.notes = notes
    }
}

/// A set of durations in nanoseconds. Count, sum, minimum and maximum are exact; the percentiles come from a histogram
/// with two significant digits. All are 0 when `count` is 0.
public struct TimeDistribution: Codable, Sendable, Equatable {
    public var count: Int
    public var sum: Int
    public var minimum: Int
    public var p50: Int
    public var p90: Int
    public var p99: Int
    /// 99.9th percentile.
    public var p999: Int
    public var maximum: Int

    enum CodingKeys: String, CodingKey {
        case count, sum
        case minimum = "min"
        case p50, p90, p99, p999
        case maximum = "max"
    }

    public init(
        count: Int = 0, sum: Int = 0, minimum: Int = 0, p50: Int = 0, p90: Int = 0, p99: Int = 0, p999: Int = 0,
        maximum: Int = 0
    ) {
        self.count = count
        self.sum = sum
        self.minimum = minimum
        self.p50 = p50
        self.p90 = p90
        self.p99 = p99
        self.p999 = p999
        self.maximum = maximum
    }
}

/// Why the lock went from one thread to another.
public enum HandoffReason: String, Codable, Sendable, CaseIterable {
    /// The holder was about to block: sleep, join, a lock, input or output.
    case blocking
    /// A waiter had posted a drop request after the switch interval.
    case interval
    /// The holder's thread ended.
    case finish
}

/// What happened to the global interpreter lock. Without one ("attached" says what that means then): what the threads did instead.
public struct LockReport: Codable, Sendable, Equatable {
    public var switchIntervalNanoseconds: Int
    /// Times that a thread took the lock, and those of them that found it held.
    public var acquisitions: Int
    public var contendedAcquisitions: Int
    /// Times that a thread gave the lock up.
    public var drops: Int
    public var handoffs: Handoffs
    /// Times that a waiter asked the holder to give the lock up.
    public var dropRequests: Int
    /// Wakeups of a waiter that found the lock taken again.
    public var futileWakeups: Int
    /// From taking the lock to dropping it, one entry for each drop.
    public var hold: TimeDistribution
    /// From asking for the lock to having it, one entry for each acquisition; 0 where the lock was free.
    public var wait: TimeDistribution
    /// From one thread's drop to the next thread's acquisition, while that one was already waiting.
    public var handoff: TimeDistribution
    /// Time in which nobody held the lock.
    public var idleNanoseconds: Int
    /// Time in which threads of other runs of the same runtime held the lock; 0 for a run that has the runtime for itself.
    public var heldByOthersNanoseconds: Int
    /// `wall_ns` − `hold_ns.sum` − `idle_ns` − `held_by_others_ns`; where threads run at the same time `wall_ns` − `attached_ns` − `idle_ns`.
    public var unaccountedNanoseconds: Int
    /// Time in which at least one thread of the runtime was attached, which is to say: ran or was about to run. Nil under one lock; elsewhere to hold
    /// means to be attached, holds overlap, and there are no handoffs.
    public var attachedNanoseconds: Int?
    /// How often all threads but one were stopped; nil under one lock.
    public var stops: Stops?
    /// Times that a thread found an object locked that it wanted to work on; nil under one lock.
    public var contendedSections: Int?
    /// Every pair of threads between which the lock went, with the reason.
    public var handoffPairs: [HandoffPair]
    /// The latest handoffs, at most 1,024, oldest first; nil where they were not asked for.
    public var recentHandoffs: [RecentHandoff]?

    public struct Handoffs: Codable, Sendable, Equatable {
        public var blocking: Int
        public var interval: Int
        public var finish: Int

        public init(blocking: Int = 0, interval: Int = 0, finish: Int = 0) {
            self.blocking = blocking
            self.interval = interval
            self.finish = finish
        }

        public var total: Int { blocking &+ interval &+ finish }

        public subscript(reason: HandoffReason) -> Int {
            switch reason {
            case .blocking: blocking
            case .interval: interval
            case .finish: finish
            }
        }
    }

    /// Stops of the world: for the cycle collector, for a change of a class, for a look from outside.
    public struct Stops: Codable, Sendable, Equatable {
        public var count: Int
        /// From the request until all had stopped, one entry for each stop.
        public var stopping: TimeDistribution
        /// From there until they went on, one entry for each stop that has ended.
        public var stopped: TimeDistribution

        enum CodingKeys: String, CodingKey {
            case count
            case stopping = "stopping_ns"
            case stopped = "stopped_ns"
        }

        public init(count: Int = 0, stopping: TimeDistribution = TimeDistribution(), stopped: TimeDistribution = TimeDistribution()) {
            self.count = count
            self.stopping = stopping
            self.stopped = stopped
        }
    }

    public struct HandoffPair: Codable, Sendable, Equatable {
        /// Names of the threads, as in `threads`.
        public var from: String
        public var to: String
        public var reason: HandoffReason
        public var count: Int

        public init(from: String, to: String, reason: HandoffReason, count: Int) {
            self.from = from
            self.to = to
            self.reason = reason
            self.count = count
        }
    }

    /// One handoff, when it happened.
    public struct RecentHandoff: Codable, Sendable, Equatable {
        /// When the taker had the lock, from the beginning of `wall_ns`.
        public var atNanoseconds: Int
        /// Positions in the report's `threads`; -1 for a thread that is not listed there.
        public var from: Int
        public var to: Int
        public var reason: HandoffReason
        /// From the giver's drop to the taker's acquisition.
        public var gapNanoseconds: Int
        /// Whether the taker was waiting when the lock was dropped; otherwise the lock was just idle in the gap.
        public var takerWaited: Bool

        enum CodingKeys: String, CodingKey {
            case atNanoseconds = "at_ns"
            case from, to, reason
            case gapNanoseconds = "gap_ns"
            case takerWaited = "taker_waited"
        }

        public init(atNanoseconds: Int, from: Int, to: Int, reason: HandoffReason, gapNanoseconds: Int = 0, takerWaited: Bool = true) {
            self.atNanoseconds = atNanoseconds
            self.from = from
            self.to = to
            self.reason = reason
            self.gapNanoseconds = gapNanoseconds
            self.takerWaited = takerWaited
        }
    }

    enum CodingKeys: String, CodingKey {
        case switchIntervalNanoseconds = "switch_interval_ns"
        case acquisitions
        case contendedAcquisitions = "contended_acquisitions"
        case drops, handoffs
        case dropRequests = "drop_requests"
        case futileWakeups = "futile_wakeups"
        case hold = "hold_ns"
        case wait = "wait_ns"
        case handoff = "handoff_ns"
        case idleNanoseconds = "idle_ns"
        case heldByOthersNanoseconds = "held_by_others_ns"
        case unaccountedNanoseconds = "unaccounted_ns"
        case attachedNanoseconds = "attached_ns"
        case stops
        case contendedSections = "contended_sections"
        case handoffPairs = "handoff_pairs"
        case recentHandoffs = "recent_handoffs"
    }

    public init(
        switchIntervalNanoseconds: Int = 5_000_000, acquisitions: Int = 0, contendedAcquisitions: Int = 0,
        drops: Int = 0, handoffs: Handoffs = Handoffs(), dropRequests: Int = 0, futileWakeups: Int = 0,
        hold: TimeDistribution = TimeDistribution(), wait: TimeDistribution = TimeDistribution(),
        handoff: TimeDistribution = TimeDistribution(), idleNanoseconds: Int = 0, heldByOthersNanoseconds: Int = 0,
        unaccountedNanoseconds: Int = 0,
        handoffPairs: [HandoffPair] = [], recentHandoffs: [RecentHandoff]? = nil, attachedNanoseconds: Int? = nil, stops: Stops? = nil,
        contendedSections: Int? = nil
    ) {
        self.attachedNanoseconds = attachedNanoseconds
        self.stops = stops
        self.contendedSections = contendedSections
        self.switchIntervalNanoseconds = switchIntervalNanoseconds
        self.acquisitions = acquisitions
        self.contendedAcquisitions = contendedAcquisitions
        self.drops = drops
        self.handoffs = handoffs
        self.dropRequests = dropRequests
        self.futileWakeups = futileWakeups
        self.hold = hold
        self.wait = wait
        self.handoff = handoff
        self.idleNanoseconds = idleNanoseconds
        self.heldByOthersNanoseconds = heldByOthersNanoseconds
        self.unaccountedNanoseconds = unaccountedNanoseconds
        self.handoffPairs = handoffPairs
        self.recentHandoffs = recentHandoffs
    }
}

/// One thread of the script. Two threads may have the same name.
public struct ThreadReport: Codable, Sendable, Equatable {
    /// `Thread.name` at the end of the thread.
    public var name: String
    /// Time with the lock, time waiting for it, and time in blocking calls (sleep, join, locks, input and output).
    public var holdNanoseconds: Int
    public var waitNanoseconds: Int
    public var blockedNanoseconds: Int
    public var acquisitions: Int
    /// Bytecode instructions executed.
    public var instructions: Int
    public var increfs: Int
    public var decrefs: Int
    /// Objects allocated.
    public var allocations: Int

    enum CodingKeys: String, CodingKey {
        case name
        case holdNanoseconds = "hold_ns"
        case waitNanoseconds = "wait_ns"
        case blockedNanoseconds = "blocked_ns"
        case acquisitions, instructions, increfs, decrefs, allocations
    }

    public init(
        name: String, holdNanoseconds: Int = 0, waitNanoseconds: Int = 0, blockedNanoseconds: Int = 0,
        acquisitions: Int = 0, instructions: Int = 0, increfs: Int = 0, decrefs: Int = 0, allocations: Int = 0
    ) {
        self.name = name
        self.holdNanoseconds = holdNanoseconds
        self.waitNanoseconds = waitNanoseconds
        self.blockedNanoseconds = blockedNanoseconds
        self.acquisitions = acquisitions
        self.instructions = instructions
        self.increfs = increfs
        self.decrefs = decrefs
        self.allocations = allocations
    }
}

/// Refcount operations of all threads. The reference that an object is born with counts as an incref; operations on
/// immortal objects change nothing and are not among them.
public struct RefcountReport: Codable, Sendable, Equatable {
    public var increfs: Int
    public var decrefs: Int
    /// References that were never given back: the sum of the refcounts of the live objects.
    public var liveReferences: Int
    /// References that this run counted and other runs of the same runtime gave back, less the reverse; 0 for a run that has
    /// the runtime for itself.
    public var exchangedReferences: Int
    /// The increfs and decrefs by path, first references of new objects left out, and those that found an immortal object; absent: the report is an old one.
    public var paths: CountingPaths?

    enum CodingKeys: String, CodingKey {
        case increfs, decrefs, paths
        case liveReferences = "live_references"
        case exchangedReferences = "exchanged_references"
    }

    public init(increfs: Int = 0, decrefs: Int = 0, liveReferences: Int = 0, exchangedReferences: Int = 0) {
        self.exchangedReferences = exchangedReferences
        self.increfs = increfs
        self.decrefs = decrefs
        self.liveReferences = liveReferences
    }
}

/// What was allocated and what of it survived the teardown of the modules. Immortal objects are not counted.
public struct HeapReport: Codable, Sendable, Equatable {
    public var allocatedObjects: Int
    public var freedObjects: Int
    public var liveObjects: Int
    public var allocatedBytes: Int
    public var freedBytes: Int
    public var liveBytes: Int
    /// Highest number of live bytes at any time of the run.
    public var peakBytes: Int
    /// Objects (bytes) of this run that other runs of the same runtime freed, less those of theirs that this one freed; 0
    /// for a run that has the runtime for itself.
    public var exchangedObjects: Int
    public var exchangedBytes: Int
    /// Objects that the cycle collector freed.
    public var cyclesCollected: Int
    /// The live objects by type and allocation site, most numerous first.
    public var leaked: [Leak]
    /// The live objects by type, largest first.
    public var live: [LiveType]
    /// unsynchronized: updates of counts that were lost, and objects that were freed while references to them existed; absent in other regimes.
    public var lostUpdates: RaceReport?
    public var prematureFrees: RaceReport?

    public struct Leak: Codable, Sendable, Equatable {
        public var type: String
        public var count: Int
        /// Sum of the refcounts of these objects.
        public var refcount: Int
        /// `file:line` of the allocation.
        public var site: String
        /// Those of them that `gild.shared` leads to, so perhaps left on purpose; absent: none.
        public var shared: Int?

        public init(type: String, count: Int, refcount: Int, site: String, shared: Int? = nil) {
            self.shared = shared
            self.type = type
            self.count = count
            self.refcount = refcount
            self.site = site
        }
    }

    public struct LiveType: Codable, Sendable, Equatable {
        public var type: String
        public var count: Int
        public var bytes: Int

        public init(type: String, count: Int, bytes: Int) {
            self.type = type
            self.count = count
            self.bytes = bytes
        }
    }

    enum CodingKeys: String, CodingKey {
        case allocatedObjects = "allocated_objects"
        case freedObjects = "freed_objects"
        case liveObjects = "live_objects"
        case allocatedBytes = "allocated_bytes"
        case freedBytes = "freed_bytes"
        case liveBytes = "live_bytes"
        case peakBytes = "peak_bytes"
        case exchangedObjects = "exchanged_objects"
        case exchangedBytes = "exchanged_bytes"
        case cyclesCollected = "cycles_collected"
        case leaked, live
        case lostUpdates = "lost_updates"
        case prematureFrees = "premature_frees"
    }

    public init(
        allocatedObjects: Int = 0, freedObjects: Int = 0, liveObjects: Int = 0, allocatedBytes: Int = 0,
        freedBytes: Int = 0, liveBytes: Int = 0, peakBytes: Int = 0, exchangedObjects: Int = 0, exchangedBytes: Int = 0,
        cyclesCollected: Int = 0, leaked: [Leak] = [], live: [LiveType] = []
    ) {
        self.exchangedObjects = exchangedObjects
        self.exchangedBytes = exchangedBytes
        self.allocatedObjects = allocatedObjects
        self.freedObjects = freedObjects
        self.liveObjects = liveObjects
        self.allocatedBytes = allocatedBytes
        self.freedBytes = freedBytes
        self.liveBytes = liveBytes
        self.peakBytes = peakBytes
        self.cyclesCollected = cyclesCollected
        self.leaked = leaked
        self.live = live
    }
}
