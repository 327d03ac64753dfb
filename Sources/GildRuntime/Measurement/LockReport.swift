// What a lock's measurements say, as plain data that outlives the lock.
//
// Three equations hold in every report of a lock, and the tests assert them:
//
//     hold.sum + idle + held by others = wall                (unaccounted is what is missing, computed, never forced)
//     acquisitions    = drops.total + (1 if somebody holds)
//     acquisitions    = handoffs.total + retaken + (1 if anybody ever took it)      (the whole lock, or a run alone)

// Where threads run at the same time there is no lock. Then "to hold" means to be attached, holds overlap, there are no handoffs, and the first
// equation is
//
//     attached + idle = wall

/// Why a thread let the lock go.
public enum DropReason: UInt8, Sendable, Hashable, Codable, CaseIterable {
    /// Before a call that can block.
    case blocking
    /// At a checkpoint, asked by a waiter whose switch interval had passed.
    case interval
    /// The thread is done.
    case finish
}

/// A number for each reason.
public struct DropCounts: Sendable, Hashable, Codable {
    public var blocking: UInt64 = 0
    public var interval: UInt64 = 0
    public var finish: UInt64 = 0

    public init(blocking: UInt64 = 0, interval: UInt64 = 0, finish: UInt64 = 0) {
        self.blocking = blocking
        self.interval = interval
        self.finish = finish
    }

    public var total: UInt64 { blocking + interval + finish }

    mutating func increment(_ reason: DropReason) {
        switch reason {
        case .blocking: blocking += 1
        case .interval: interval += 1
        case .finish: finish += 1
        }
    }

    func adding(_ reason: DropReason) -> DropCounts {
        var sum = self
        sum.increment(reason)
        return sum
    }

    static func += (left: inout DropCounts, right: DropCounts) {
        left.blocking += right.blocking
        left.interval += right.interval
        left.finish += right.finish
    }
}

/// How often one thread followed another as the holder, by the reason for which the first let go.
public struct HandoffPair: Sendable, Hashable, Codable {
    /// Number of the thread that gave (`ThreadLockReport.number`).
    public var from: UInt32
    /// Number of the thread that took.
    public var to: UInt32
    public var counts: DropCounts
}

/// One handoff.
public struct Handoff: Sendable, Hashable, Codable {
    /// Nanoseconds of the monotonic clock when the taker had it.
    public var time: UInt64
    public var from: UInt32
    public var to: UInt32
    public var reason: DropReason
    /// Nanoseconds from the drop to the acquisition. With `takerWaited` that is the price of the handoff, else the lock
    /// was just idle.
    public var gap: UInt64
    public var takerWaited: Bool
}

/// What one thread did with the lock.
public struct ThreadLockReport: Sendable, Hashable, Codable {
    /// Numbers count from 1 in the order of registration.
    public var number: UInt32
    public var name: String
    public var acquisitions: UInt64
    /// Acquisitions that found the lock held.
    public var contendedAcquisitions: UInt64
    public var drops: DropCounts
    /// Drop requests that this thread posted on others.
    public var dropRequests: UInt64
    /// Times that it woke, by signal or time-out, and the lock was still held.
    public var futileWakeups: UInt64
    /// Drops after which it had to wait until another thread had taken the lock.
    public var forcedSwitches: UInt64
    /// From acquisition to drop; one for each acquisition.
    public var hold: TimeDistribution
    /// From asking to acquisition, 0 when the lock was free; one for each acquisition, and one for a wait in progress.
    public var wait: TimeDistribution
    /// From a drop before a blocking call until the lock was asked for again.
    public var blocked: TimeDistribution
    /// From the giver's drop to this thread's acquisition, where this thread was waiting.
    public var handoff: TimeDistribution
}

/// A snapshot of a lock's measurements: every number belongs to the same instant.
public struct LockReport: Sendable, Hashable, Codable {
    public var switchIntervalNanoseconds: UInt64
    /// When the span began, in nanoseconds of the monotonic clock: the zero of `recentHandoffs`' times.
    public var startedAt: UInt64
    /// From `startMeasuring()` to `stopMeasuring()`, or to now.
    public var wallNanoseconds: UInt64
    /// Nobody held the lock.
    public var idleNanoseconds: UInt64
    /// Threads of other runs held the lock; 0 where the report is of the whole lock.
    public var heldByOthersNanoseconds: UInt64
    /// Wall − hold − idle − held by others; without one lock wall − attached − idle.
    public var unaccountedNanoseconds: Int64
    public var acquisitions: UInt64
    public var contendedAcquisitions: UInt64
    public var drops: DropCounts
    /// Acquisitions by another thread than the last holder, by the reason why that one let go.
    public var handoffs: DropCounts
    /// Acquisitions by the last holder itself.
    public var retaken: UInt64
    public var dropRequests: UInt64
    public var futileWakeups: UInt64
    public var forcedSwitches: UInt64
    public var hold: TimeDistribution
    public var wait: TimeDistribution
    public var blocked: TimeDistribution
    public var handoff: TimeDistribution
    /// In the order of their numbers; finished threads included.
    public var threads: [ThreadLockReport]
    /// Sorted by giver, then taker.
    public var pairs: [HandoffPair]
    /// Handoffs between pairs that no longer found room in `pairs`.
    public var handoffsBeyondPairs: DropCounts
    /// The latest handoffs, oldest first, at most 1,024; none in the report of a run among several.
    public var recentHandoffs: [Handoff]
    /// Time in which at least one thread of the runtime was attached; nil under one lock.
    public var attachedNanoseconds: UInt64?
    /// Stops of the world; nil under one lock.
    public var stops: StopReport?
}

/// How often all threads but one were stopped.
public struct StopReport: Sendable, Hashable, Codable {
    public var count: UInt64
    /// From the request until all had stopped.
    public var stopping: TimeDistribution
    /// From there until they went on; one for each stop that has ended.
    public var stopped: TimeDistribution
}

/// Where a thread is at some moment.
struct LockActivity {
    var number: UInt32
    var name: String
    var state: LockThread.State
    /// When the state began, in nanoseconds of the monotonic clock.
    var since: UInt64
    var blockedIn: BlockingCall
}
