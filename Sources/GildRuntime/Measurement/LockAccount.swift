// The books of one run among the books of a lock that several runs share.
//
// Opened before the run's first thread is registered, closed when its main thread has dropped the lock for good, freed after the last of
// its threads was retired. What a thread of the run does
// is booked with the thread, as always; when the thread is retired, its figures go here instead of the lock's list of
// finished threads, so that a lock that serves for months keeps nothing of the runs that have ended but sums.
//
// For the run's span of wall time, from opening to closing:
//
//     wall = hold (its own threads) + held by others + idle
//
// The second comes from the lock's sum over all holders, the third from the lock's idle time: both are differences between
// now and the opening, which may lie in the middle of somebody's hold. All fields are guarded by the lock's mutex.

struct LockAccount {
    let startedAt: UInt64
    /// The lock's idle time, and its holders' time, until the opening.
    let idleBefore: UInt64
    let heldBefore: UInt64
    /// Stops of the world until the opening; one under way then belongs there with its end.
    var stopsBefore: StopTimes
    /// Threads that were registered for it and not retired.
    var threads = 0
    var retaken: UInt64 = 0
    /// Handoffs in which a thread of the run was the giver.
    var handoffs = DropCounts()
    var pairs = HandoffPairs()
    var finished = FinishedThreads()
    /// Set when the account is closed.
    var finalReport: LockReport?
}

/// How often the lock went from one thread to another, by pair.
struct HandoffPairs {
    /// Pairs told apart; later ones are counted together.
    static let capacity = 1 << 16

    private var counts: [UInt64: DropCounts] = [:]
    private(set) var beyond = DropCounts()

    mutating func record(from: UInt32, to: UInt32, _ reason: DropReason) {
        let key = UInt64(from) << 32 | UInt64(to)
        if let index = counts.index(forKey: key) {
            counts.values[index].increment(reason)
        } else if counts.count < HandoffPairs.capacity {
            var first = DropCounts()
            first.increment(reason)
            counts[key] = first
        } else {
            beyond.increment(reason)
        }
    }

    /// Sorted by giver, then taker.
    var sorted: [HandoffPair] {
        counts.sorted { $0.key < $1.key }.map {
            HandoffPair(from: UInt32($0.key >> 32), to: UInt32(truncatingIfNeeded: $0.key), counts: $0.value)
        }
    }
}

/// What threads that were retired did.
struct FinishedThreads {
    private(set) var reports: [ThreadLockReport] = []
    private(set) var times = LockTimes()

    /// `keepingReport`: false where only the sums of the times are wanted.
    mutating func add(_ report: ThreadLockReport, _ times: ThreadTimes, keepingReport: Bool = true) {
        if keepingReport { reports.append(report) }
        self.times.add(times)
    }
}

/// The times of several threads, as they can be added and subtracted.
struct LockTimes {
    var hold = TimeRecorder()
    var wait = TimeRecorder()
    var blocked = TimeRecorder()
    var handoff = TimeRecorder()
    /// Of the runtime as a whole; nothing under one lock.
    var stops = StopTimes()

    mutating func add(_ times: ThreadTimes) {
        hold.add(times.hold)
        wait.add(times.wait)
        blocked.add(times.blocked)
        handoff.add(times.handoff)
    }
}

/// How often the world was stopped, what it took until all threads had stopped, and how long they stood still.
struct StopTimes {
    var count: UInt64 = 0
    var stopping = TimeRecorder()
    var stopped = TimeRecorder()

    func since(_ earlier: StopTimes) -> StopTimes {
        StopTimes(count: count - earlier.count, stopping: stopping.since(earlier.stopping), stopped: stopped.since(earlier.stopped))
    }

    var report: StopReport { StopReport(count: count, stopping: stopping.distribution, stopped: stopped.distribution) }
}

/// Sums over threads whose reports are kept elsewhere.
struct LockCounts {
    var acquisitions: UInt64 = 0
    var contendedAcquisitions: UInt64 = 0
    var drops = DropCounts()
    var dropRequests: UInt64 = 0
    var futileWakeups: UInt64 = 0
    var forcedSwitches: UInt64 = 0

    mutating func add(_ thread: ThreadLockReport) {
        acquisitions += thread.acquisitions
        contendedAcquisitions += thread.contendedAcquisitions
        drops += thread.drops
        dropRequests += thread.dropRequests
        futileWakeups += thread.futileWakeups
        forcedSwitches += thread.forcedSwitches
    }
}

/// A hold that lasted longer than the threshold.
struct LongHold {
    var thread: UInt32
    var threadName: String
    var nanoseconds: UInt64
    /// Site of the instruction at which the lock was given up.
    var site: UInt32
}
