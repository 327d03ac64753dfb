import CGild

// The books of one lock.
//
// Every transition of the lock (taken, dropped) is booked under the lock's own mutex with one reading of the clock,
// which ends one period and begins the next: idle ends where hold begins, hold ends where idle begins. So hold + idle
// is the wall time by construction, and a difference can only mean that a transition was not booked. Because the mutex
// is held, a snapshot sees no half-booked transition, and no thread ever reads what another one writes.
//
// What a thread did stays with the thread (`ThreadTimes`, `LockThread`) while it lives. When it is retired, its
// histograms are added to the totals and only their summary is kept: a program may start a million threads.

/// Histograms and name of one registered thread. Guarded by the lock's mutex.
struct ThreadTimes {
    var name: String
    var hold = TimeRecorder()
    var wait = TimeRecorder()
    var blocked = TimeRecorder()
    var handoff = TimeRecorder()
}

/// Everything that is booked for the lock as a whole. Guarded by the lock's mutex.
struct LockLedger {
    /// Handoffs that `recent` holds.
    static let recentCapacity = 1024
    /// Pairs of threads told apart; later pairs are counted together.
    static let pairCapacity = 1 << 16

    /// When measuring began.
    var startedAt: UInt64
    /// When the lock last changed between held and free.
    var lastTransition: UInt64
    var idle: UInt64 = 0
    var retaken: UInt64 = 0
    var handoffs = DropCounts()
    var lastDropReason = DropReason.finish

    private var pairs: [UInt64: DropCounts] = [:]
    private var beyondPairs = DropCounts()
    private var recent: [Handoff] = []
    private var nextRecent = 0

    private var live: [UnsafeMutablePointer<LockThread>] = []
    private var finished: [ThreadLockReport] = []
    private var finishedHold = TimeRecorder()
    private var finishedWait = TimeRecorder()
    private var finishedBlocked = TimeRecorder()
    private var finishedHandoff = TimeRecorder()

    init(now: UInt64) {
        startedAt = now
        lastTransition = now
    }

    var liveThreads: Int { live.count }

    /// Books that the lock, free since the last transition, is taken at `now`.
    mutating func endIdle(at now: UInt64) {
        idle &+= now - lastTransition
        lastTransition = now
    }

    /// Books that `to` follows `from` as the holder.
    mutating func recordHandoff(from: UInt32, to: UInt32, at now: UInt64, droppedAt: UInt64, takerWaited: Bool) {
        let reason = lastDropReason
        handoffs.increment(reason)
        let key = UInt64(from) << 32 | UInt64(to)
        if let index = pairs.index(forKey: key) {
            pairs.values[index].increment(reason)
        } else if pairs.count < Self.pairCapacity {
            var counts = DropCounts()
            counts.increment(reason)
            pairs[key] = counts
        } else {
            beyondPairs.increment(reason)
        }
        let handoff = Handoff(
            time: now, from: from, to: to, reason: reason, gap: now - droppedAt, takerWaited: takerWaited)
        if recent.count < Self.recentCapacity {
            recent.append(handoff)
        } else {
            recent[nextRecent] = handoff
            nextRecent = (nextRecent + 1) % Self.recentCapacity
        }
    }

    mutating func register(_ thread: UnsafeMutablePointer<LockThread>) {
        live.append(thread)
    }

    /// Keeps the summary of a thread that is done; its memory is no longer needed afterwards.
    mutating func retire(_ thread: UnsafeMutablePointer<LockThread>) {
        guard let index = live.lastIndex(of: thread) else { return }
        live.swapAt(index, live.count - 1)
        live.removeLast()
        finished.append(Self.report(of: thread, times: thread.pointee.times.pointee))
        finishedHold.add(thread.pointee.times.pointee.hold)
        finishedWait.add(thread.pointee.times.pointee.wait)
        finishedBlocked.add(thread.pointee.times.pointee.blocked)
        finishedHandoff.add(thread.pointee.times.pointee.handoff)
    }

    /// Everything booked until `now`, periods in progress included.
    func snapshot(at now: UInt64, held: Bool, switchInterval: UInt64) -> LockReport {
        var hold = finishedHold
        var wait = finishedWait
        var blocked = finishedBlocked
        var handoff = finishedHandoff
        var threads = finished
        for thread in live {
            var times = thread.pointee.times.pointee
            switch thread.pointee.state {
            case .holding: times.hold.record(now - thread.pointee.since)
            case .waiting: times.wait.record(now - thread.pointee.since)
            case .blocked: times.blocked.record(now - thread.pointee.since)
            case .outside: break
            }
            hold.add(times.hold)
            wait.add(times.wait)
            blocked.add(times.blocked)
            handoff.add(times.handoff)
            threads.append(Self.report(of: thread, times: times))
        }
        threads.sort { $0.number < $1.number }
        let idleNow = held ? idle : idle + (now - lastTransition)
        let wall = now - startedAt
        var drops = DropCounts()
        for thread in threads { drops += thread.drops }
        return LockReport(
            switchIntervalNanoseconds: switchInterval,
            wallNanoseconds: wall,
            idleNanoseconds: idleNow,
            unaccountedNanoseconds: Int64(wall) - Int64(hold.sum) - Int64(idleNow),
            acquisitions: threads.reduce(0) { $0 + $1.acquisitions },
            contendedAcquisitions: threads.reduce(0) { $0 + $1.contendedAcquisitions },
            drops: drops,
            handoffs: handoffs,
            retaken: retaken,
            dropRequests: threads.reduce(0) { $0 + $1.dropRequests },
            futileWakeups: threads.reduce(0) { $0 + $1.futileWakeups },
            forcedSwitches: threads.reduce(0) { $0 + $1.forcedSwitches },
            hold: hold.distribution, wait: wait.distribution, blocked: blocked.distribution,
            handoff: handoff.distribution,
            threads: threads,
            pairs: pairs.sorted { $0.key < $1.key }.map {
                HandoffPair(from: UInt32($0.key >> 32), to: UInt32(truncatingIfNeeded: $0.key), counts: $0.value)
            },
            handoffsBeyondPairs: beyondPairs,
            recentHandoffs: Array(recent[nextRecent...] + recent[..<nextRecent]))
    }

    private static func report(of thread: UnsafeMutablePointer<LockThread>, times: ThreadTimes) -> ThreadLockReport {
        ThreadLockReport(
            number: thread.pointee.number, name: times.name,
            acquisitions: thread.pointee.acquisitions,
            contendedAcquisitions: thread.pointee.contendedAcquisitions,
            drops: thread.pointee.drops,
            dropRequests: thread.pointee.dropRequests,
            futileWakeups: thread.pointee.futileWakeups,
            forcedSwitches: thread.pointee.forcedSwitches,
            hold: times.hold.distribution, wait: times.wait.distribution,
            blocked: times.blocked.distribution, handoff: times.handoff.distribution)
    }
}
