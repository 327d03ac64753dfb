import CGild

// The books of one lock.
//
// Every transition of the lock (taken, dropped) is booked under the lock's own mutex with one reading of the clock,
// which ends one period and begins the next: idle ends where hold begins, hold ends where idle begins. So hold + idle
// is the wall time by construction, and a difference can only mean that a transition was not booked. Because the mutex
// is held, a snapshot sees no half-booked transition, and no thread ever reads what another one writes.
//
// What a thread did stays with the thread (`ThreadTimes`, `LockThread`) while it lives. When it is retired, its
// histograms are added to the totals and only their summary is kept: a program may start a million threads. The summaries
// of a run among several are kept in its account (LockAccount.swift) and go with it.

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
    /// Long holds that wait to be fetched; later ones are counted only.
    static let longHoldCapacity = 64

    /// Who has the lock.
    enum Holder {
        case nobody
        case thread(UnsafeMutablePointer<LockThread>)
        /// There is no lock: whether any thread is attached, and the stops of the world so far.
        case threads(Bool, StopTimes)

        var isAny: Bool {
            switch self {
            case .nobody: false
            case .thread: true
            case .threads(let isAttached, _): isAttached
            }
        }
        var stops: StopTimes? { if case .threads(_, let stops) = self { stops } else { nil } }
    }

    /// When measuring began.
    var startedAt: UInt64
    /// When the lock last changed between held and free.
    var lastTransition: UInt64
    var idle: UInt64 = 0
    /// Sum of all holds that have ended; without one lock, the time until `lastTransition` in which threads were attached.
    var held: UInt64 = 0
    var retaken: UInt64 = 0
    var handoffs = DropCounts()
    var lastDropReason = DropReason.finish
    /// Holds over the threshold that nobody fetched yet, and how many found no room.
    var longHolds: [LongHold] = []
    var longHoldsBeyond = 0

    private var pairs = HandoffPairs()
    private var recent: [Handoff] = []
    private var nextRecent = 0

    private var live: [UnsafeMutablePointer<LockThread>] = []
    /// Threads without an account: with their reports. Threads of accounts: the sums of their times.
    private var finished = FinishedThreads()
    /// Threads of accounts that were retired.
    private var finishedInAccounts = LockCounts()

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

    /// Books that `to` follows `from`, whose account is `account`, as the holder.
    mutating func recordHandoff(
        from: UInt32, to: UInt32, at now: UInt64, droppedAt: UInt64, takerWaited: Bool, account: UnsafeMutablePointer<LockAccount>?
    ) {
        #if GILD_UNMEASURED
            return
        #endif
        let reason = lastDropReason
        handoffs.increment(reason)
        if let account {
            account.pointee.handoffs.increment(reason)
            account.pointee.pairs.record(from: from, to: to, reason)
        } else {
            pairs.record(from: from, to: to, reason)
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

    /// Books a hold that has ended and was longer than the threshold.
    mutating func recordLongHold(_ thread: UnsafeMutablePointer<LockThread>, _ nanoseconds: UInt64, site: UInt32) {
        guard longHolds.count < Self.longHoldCapacity else {
            longHoldsBeyond += 1
            return
        }
        longHolds.append(
            LongHold(thread: thread.pointee.number, threadName: thread.pointee.times.pointee.name, nanoseconds: nanoseconds, site: site))
    }

    // MARK: Threads and accounts

    mutating func register(_ thread: UnsafeMutablePointer<LockThread>) {
        live.append(thread)
        thread.pointee.account?.pointee.threads += 1
    }

    /// Keeps the summary of a thread that is done; its memory is no longer needed afterwards.
    mutating func retire(_ thread: UnsafeMutablePointer<LockThread>) {
        guard let index = live.lastIndex(of: thread) else { return }
        live.swapAt(index, live.count - 1)
        live.removeLast()
        let report = Self.report(of: thread, times: thread.pointee.times.pointee)
        if let account = thread.pointee.account {
            account.pointee.threads -= 1
            account.pointee.finished.add(report, thread.pointee.times.pointee)
            finishedInAccounts.add(report)
        }
        finished.add(report, thread.pointee.times.pointee, keepingReport: thread.pointee.account == nil)
    }

    func forEachLiveThread(_ body: (UnsafeMutablePointer<LockThread>) -> Void) { live.forEach(body) }

    /// An account whose span begins at `now`; `holder` is who holds the lock then.
    func openAccount(at now: UInt64, _ holder: Holder) -> LockAccount {
        LockAccount(
            startedAt: now, idleBefore: idleTime(at: now, held: holder.isAny), heldBefore: heldTime(at: now, holder),
            stopsBefore: holder.stops ?? StopTimes())
    }

    func idleTime(at now: UInt64, held: Bool) -> UInt64 { held ? idle : idle + (now - lastTransition) }

    private func heldTime(at now: UInt64, _ holder: Holder) -> UInt64 {
        switch holder {
        case .nobody: held
        case .thread(let thread): held + (now - thread.pointee.since)
        case .threads(let isAttached, _): isAttached ? held + (now - lastTransition) : held
        }
    }

    // MARK: Snapshots

    /// Everything booked until `now`, periods in progress included; of one account, or of the whole lock.
    func snapshot(
        at now: UInt64, _ holder: Holder, switchInterval: UInt64, account: UnsafeMutablePointer<LockAccount>? = nil
    ) -> (report: LockReport, times: LockTimes) {
        let base = account.map { $0.pointee.finished } ?? finished
        var times = base.times
        var threads = base.reports
        for thread in live where account == nil || thread.pointee.account == account {
            var own = thread.pointee.times.pointee
            switch thread.pointee.state {
            case .holding: own.hold.record(now - thread.pointee.since)
            case .waiting: own.wait.record(now - thread.pointee.since)
            case .blocked: own.blocked.record(now - thread.pointee.since)
            case .outside: break
            }
            times.add(own)
            threads.append(Self.report(of: thread, times: own))
        }
        threads.sort { $0.number < $1.number }
        var counts = account == nil ? finishedInAccounts : LockCounts()
        for thread in threads { counts.add(thread) }
        let wall = now - (account?.pointee.startedAt ?? startedAt)
        let idleNow = idleTime(at: now, held: holder.isAny) - (account?.pointee.idleBefore ?? 0)
        let heldNow = heldTime(at: now, holder) - (account?.pointee.heldBefore ?? 0)
        // Holds overlap where there is no lock, so what others held cannot be told from them.
        var others: UInt64 = 0
        if account != nil && holder.stops == nil { others = heldNow - min(heldNow, times.hold.sum) }
        if let stops = holder.stops { times.stops = account.map { stops.since($0.pointee.stopsBefore) } ?? stops }
        let accounted = holder.stops == nil ? times.hold.sum : heldNow
        let pairs = account?.pointee.pairs ?? pairs
        return (
            LockReport(
                switchIntervalNanoseconds: switchInterval,
                startedAt: account?.pointee.startedAt ?? startedAt,
                wallNanoseconds: wall,
                idleNanoseconds: idleNow,
                heldByOthersNanoseconds: others,
                unaccountedNanoseconds: Int64(wall) - Int64(accounted) - Int64(idleNow) - Int64(others),
                acquisitions: counts.acquisitions,
                contendedAcquisitions: counts.contendedAcquisitions,
                drops: counts.drops,
                handoffs: account?.pointee.handoffs ?? handoffs,
                retaken: account?.pointee.retaken ?? retaken,
                dropRequests: counts.dropRequests,
                futileWakeups: counts.futileWakeups,
                forcedSwitches: counts.forcedSwitches,
                hold: times.hold.distribution, wait: times.wait.distribution, blocked: times.blocked.distribution,
                handoff: times.handoff.distribution,
                threads: threads,
                pairs: pairs.sorted,
                handoffsBeyondPairs: pairs.beyond,
                recentHandoffs: account == nil ? Array(recent[nextRecent...] + recent[..<nextRecent]) : [],
                attachedNanoseconds: holder.stops == nil ? nil : heldNow, stops: holder.stops == nil ? nil : times.stops.report),
            times
        )
    }

    /// Where every live thread is now.
    func activities() -> [LockActivity] {
        live.map { thread in
            LockActivity(
                number: thread.pointee.number, name: thread.pointee.times.pointee.name, state: thread.pointee.state, since: thread.pointee.since,
                blockedIn: thread.pointee.blockedIn)
        }
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
