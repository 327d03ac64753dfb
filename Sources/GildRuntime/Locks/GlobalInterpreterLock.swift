import CGild
import Glibc

// The global interpreter lock of CPython 3.10 and later: a flag under a mutex, not a mutex.
//
// The state is `locked`, guarded by `mutex` like everything else here. The mutex is only ever held for the length of
// one transition, never while a thread runs.
//
//     take(T)                                          drop(H)
//     while locked:                                    locked = false
//         wait for `freed`, at most the interval       signal `freed`
//         still locked, time over, and nobody          if H was asked to drop:
//         took it since this wait began:                   take the request back
//             ask the holder to drop                       wait for `taken` until another one is the last holder
//     locked = true, last holder = T
//     if T was not the last holder: count a switch, signal `taken`
//     take back any request on T
//
// What each step prevents:
//
// - *Time-out, then a request.* The holder polls its eval breaker, a word of its own; it never looks at the mutex
//   while it runs. Without a request it would run for ever; with one at every tick it would pay for waiters that it
//   does not have.
// - *Nobody took it since.* Three waiters time out in turn; the first one's request makes the holder drop, the second
//   takes the lock and should have its whole interval, not be asked again by the third, which has waited long but not
//   on this holder. So a waiter asks only if the switch number stood still for its own whole interval.
// - *Forced switch.* A mutex that is released and taken again by a running thread is nearly always won by that thread:
//   the waiter still has to be woken, which takes microseconds, and CPU-bound threads starve the others (the convoy of
//   Python 2). So a holder that was asked to drop waits until another thread has the lock.
// - *Only while somebody waits.* That other thread may have gone meanwhile (it parked, below); `waiting` says so, and
//   parking signals `taken`. Otherwise the dropper would wait for a switch that cannot come.
// - *Take back any request on T.* It was meant for the turn that ended.
//
// A wakeup cannot be lost: `locked` is tested and the wait begun in one critical section, every drop signals `freed` when
// somebody waits, and a waiter that was woken in vain (another thread was faster) waits again, to be signalled by that
// thread's drop, or to time out. CPython promises no order among waiters, and neither does this.
//
// **The end.** After `beginFinalization` only the finalizing thread gets the lock. Daemon threads that come for it park
// for ever (CPython 3.13 hangs them too): they hold nothing, touch no heap memory, and the process ends around them.
//
// **Measurement** happens inside the same critical sections; see LockLedger.swift.
//
// Sources: CPython's Python/ceval_gil.c; A. Pitrou, "Reworking the GIL", python-dev 2009; D. Beazley, "Understanding
// the Python GIL", PyCon 2010.

/// A handle to one lock; copies denote the same lock. `destroy()` frees it.
struct GlobalInterpreterLock: @unchecked Sendable {
    /// CPython's default, 5 ms.
    static let defaultSwitchInterval: UInt64 = 5_000_000
    /// CPython's least, 1 µs.
    static let leastSwitchInterval: UInt64 = 1000
    /// A year: for ever, without overflow.
    static let greatestSwitchInterval: UInt64 = 365 * 86_400 * 1_000_000_000

    private struct State {
        var locked = false
        /// Not nil exactly while `locked`.
        var holder: UnsafeMutablePointer<LockThread>?
        /// Number of the thread that took the lock last, 0 before the first. A number, because a finished thread's
        /// address may come again.
        var lastHolder: UInt32 = 0
        /// That thread's account, while it is open.
        var lastAccount: UnsafeMutablePointer<LockAccount>?
        var lastDropAt: UInt64 = 0
        /// Times that the lock went to another thread than the last holder.
        var switchNumber: UInt64 = 0
        /// Threads inside `take` that found the lock held.
        var waiting = 0
        /// Threads that wait for a forced switch.
        var switching = 0
        var interval = GlobalInterpreterLock.defaultSwitchInterval
        var switchesAtEveryCheckpoint = false
        /// Number of the only thread that may still take the lock, or 0.
        var finalizing: UInt32 = 0
        var nextNumber: UInt32 = 1
        var ledger: LockLedger
        var finalReport: LockReport?
        /// Open accounts, and closed ones that were not freed yet, by the number of their run.
        var accounts: [UInt64: UnsafeMutablePointer<LockAccount>] = [:]
        /// Holds longer than this are noted; 0: none are.
        var holdThreshold: UInt64 = 0
        /// Called, under the mutex, when one was noted.
        var onLongHold: (@Sendable () -> Void)?
    }

    private let mutex: UnsafeMutablePointer<pthread_mutex_t>
    /// Signalled when the lock becomes free and somebody waits.
    private let freed: UnsafeMutablePointer<pthread_cond_t>
    /// Signalled when another thread than the last holder has taken the lock.
    private let taken: UnsafeMutablePointer<pthread_cond_t>
    /// Guarded by `mutex`.
    private let state: UnsafeMutablePointer<State>

    init() {
        mutex = .allocate(capacity: 1)
        freed = .allocate(capacity: 1)
        taken = .allocate(capacity: 1)
        state = .allocate(capacity: 1)
        mutex.initialize(to: pthread_mutex_t())
        freed.initialize(to: pthread_cond_t())
        taken.initialize(to: pthread_cond_t())
        state.initialize(to: State(ledger: LockLedger(now: gild_monotonic_ns())))
        var attributes = pthread_condattr_t()
        pthread_condattr_init(&attributes)
        pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC)
        pthread_mutex_init(mutex, nil)
        pthread_cond_init(freed, &attributes)
        pthread_cond_init(taken, &attributes)
        pthread_condattr_destroy(&attributes)
    }

    /// Frees the lock. False, and nothing is freed, while threads are registered that were not retired: one of them
    /// may be parked, or blocked and about to come for the lock.
    @discardableResult
    func destroy() -> Bool {
        pthread_mutex_lock(mutex)
        let idle = state.pointee.ledger.liveThreads == 0
        pthread_mutex_unlock(mutex)
        guard idle else { return false }
        pthread_cond_destroy(freed)
        pthread_cond_destroy(taken)
        pthread_mutex_destroy(mutex)
        state.deinitialize(count: 1)
        state.deallocate()
        mutex.deallocate()
        freed.deallocate()
        taken.deallocate()
        return true
    }

    // MARK: Threads

    /// Makes the record of a new thread, which must not run Python code before. `evalBreaker` must live until `retire`.
    func register(
        evalBreaker: UnsafeMutablePointer<UInt32>, name: String, account: UnsafeMutablePointer<LockAccount>? = nil
    ) -> UnsafeMutablePointer<LockThread> {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        let thread = UnsafeMutablePointer<LockThread>.make(
            evalBreaker: evalBreaker, number: state.pointee.nextNumber, name: name, account: account)
        state.pointee.nextNumber += 1
        state.pointee.ledger.register(thread)
        return thread
    }

    /// Changes the name that reports show.
    func rename(_ thread: UnsafeMutablePointer<LockThread>, _ name: String) {
        pthread_mutex_lock(mutex)
        thread.pointee.times.pointee.name = name
        pthread_mutex_unlock(mutex)
    }

    /// The name that reports show.
    func name(of thread: UnsafeMutablePointer<LockThread>) -> String {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        return thread.pointee.times.pointee.name
    }

    /// Closes a thread's account and frees its record. The thread does not hold the lock and never takes it again.
    func retire(_ thread: UnsafeMutablePointer<LockThread>) {
        pthread_mutex_lock(mutex)
        precondition(state.pointee.holder != thread, "a thread that holds the lock cannot be retired")
        state.pointee.ledger.retire(thread)
        pthread_mutex_unlock(mutex)
        thread.free()
    }

    // MARK: Take and drop

    /// Takes the lock, however long that lasts. Never returns when another thread is finalizing.
    func take(_ thread: UnsafeMutablePointer<LockThread>) {
        let asked = gild_monotonic_ns()
        let atOnce = pthread_mutex_trylock(mutex) == 0
        if !atOnce { pthread_mutex_lock(mutex) }
        if thread.pointee.state == .blocked {
            thread.pointee.times.pointee.blocked.record(asked &- min(asked, thread.pointee.since))
        }
        // Without any waiting the moment of asking is the moment of taking: one clock reading less.
        takeUnderMutex(thread, asked: asked, now: atOnce ? asked : nil)
        pthread_mutex_unlock(mutex)
    }

    /// Takes the lock if that is possible by `deadline`, in nanoseconds of the monotonic clock. False: it was not.
    func take(_ thread: UnsafeMutablePointer<LockThread>, until deadline: UInt64) -> Bool {
        let asked = gild_monotonic_ns()
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        return takeUnderMutex(thread, asked: asked, now: nil, deadline: deadline)
    }

    /// Lets the lock go. When a waiter asked for it, returns only after another thread has taken the lock.
    func drop(_ thread: UnsafeMutablePointer<LockThread>, _ reason: DropReason, in call: BlockingCall = .other) {
        pthread_mutex_lock(mutex)
        thread.pointee.blockedIn = call
        dropUnderMutex(thread, reason)
        pthread_mutex_unlock(mutex)
    }

    /// Lets the waiter that asked for it have its turn: drop and take, for a checkpoint that found `dropRequest` set.
    func yield(_ thread: UnsafeMutablePointer<LockThread>) {
        pthread_mutex_lock(mutex)
        let dropped = dropUnderMutex(thread, .interval)
        takeUnderMutex(thread, asked: dropped, now: nil)
        pthread_mutex_unlock(mutex)
    }

    /// `now`: the current time, when it is known.
    @discardableResult
    private func takeUnderMutex(_ thread: UnsafeMutablePointer<LockThread>, asked: UInt64, now: UInt64?, deadline: UInt64 = .max) -> Bool {
        parkIfFinalizing(thread)
        let mustWait = state.pointee.locked
        if mustWait {
            precondition(state.pointee.holder != thread, "the thread holds the lock already")
            thread.pointee.state = .waiting
            thread.pointee.since = asked
            state.pointee.waiting += 1
            let isFree = waitUntilFree(thread, deadline)
            state.pointee.waiting -= 1
            if !isFree {
                thread.pointee.state = .outside
                // A holder that was asked to drop may wait for this thread to take the lock.
                if state.pointee.switching > 0 { pthread_cond_broadcast(taken) }
                return false
            }
        }
        let last = state.pointee.ledger.lastTransition
        let at = max(last, mustWait ? gild_monotonic_ns() : now ?? gild_monotonic_ns())
        state.pointee.ledger.endIdle(at: at)
        state.pointee.locked = true
        state.pointee.holder = thread
        let giver = state.pointee.lastHolder
        if giver == thread.pointee.number {
            state.pointee.ledger.retaken += 1
            thread.pointee.account?.pointee.retaken += 1
        } else {
            state.pointee.lastHolder = thread.pointee.number
            state.pointee.switchNumber += 1
            if state.pointee.switching > 0 { pthread_cond_broadcast(taken) }
            if giver != 0 {
                let dropped = state.pointee.lastDropAt
                state.pointee.ledger.recordHandoff(
                    from: giver, to: thread.pointee.number, at: at, droppedAt: dropped, takerWaited: mustWait, account: state.pointee.lastAccount)
                if mustWait { thread.pointee.times.pointee.handoff.record(at - dropped) }
            }
        }
        state.pointee.lastAccount = thread.pointee.account
        if state.pointee.switchesAtEveryCheckpoint {
            gild_fetch_or_32(thread.pointee.evalBreaker, EvalBreaker.dropRequest)
        } else if gild_load_relaxed_32(thread.pointee.evalBreaker) & EvalBreaker.dropRequest != 0 {
            gild_fetch_and_32(thread.pointee.evalBreaker, ~EvalBreaker.dropRequest)
        }
        thread.pointee.acquisitions += 1
        if mustWait { thread.pointee.contendedAcquisitions += 1 }
        // Asked before the last transition although it had not to wait: the wait was for the mutex.
        thread.pointee.times.pointee.wait.record(at - min(asked, at))
        thread.pointee.state = .holding
        thread.pointee.since = at
        return true
    }

    /// Returns when nobody holds the lock (true) or when the deadline has passed, with the mutex held all the time in between.
    private func waitUntilFree(_ thread: UnsafeMutablePointer<LockThread>, _ deadline: UInt64) -> Bool {
        while true {
            let switchNumber = state.pointee.switchNumber
            let now = gild_monotonic_ns()
            if now >= deadline { return false }
            let timedOut = !waitForFreed(until: min(deadline, now + state.pointee.interval))
            if state.pointee.finalizing != 0 && state.pointee.finalizing != thread.pointee.number {
                state.pointee.waiting -= 1
                pthread_cond_broadcast(taken)
                parkIfFinalizing(thread)
            }
            guard state.pointee.locked, let holder = state.pointee.holder else { return true }
            thread.pointee.futileWakeups += 1
            if timedOut && state.pointee.switchNumber == switchNumber {
                // The holder is alive as long as it holds the lock.
                let before = gild_fetch_or_32(holder.pointee.evalBreaker, EvalBreaker.dropRequest)
                if before & EvalBreaker.dropRequest == 0 { thread.pointee.dropRequests += 1 }
            }
        }
    }

    /// Returns the time of the drop.
    @discardableResult
    private func dropUnderMutex(_ thread: UnsafeMutablePointer<LockThread>, _ reason: DropReason) -> UInt64 {
        precondition(state.pointee.holder == thread, "the thread does not hold the lock")
        let at = max(gild_monotonic_ns(), state.pointee.ledger.lastTransition)
        let held = at - thread.pointee.since
        thread.pointee.times.pointee.hold.record(held)
        state.pointee.ledger.held &+= held
        if state.pointee.holdThreshold != 0 && held > state.pointee.holdThreshold { noteLongHold(thread, held) }
        thread.pointee.drops.increment(reason)
        thread.pointee.state = reason == .blocking ? .blocked : .outside
        thread.pointee.since = at
        state.pointee.ledger.lastTransition = at
        state.pointee.ledger.lastDropReason = reason
        state.pointee.lastDropAt = at
        state.pointee.locked = false
        state.pointee.holder = nil
        if state.pointee.waiting > 0 { pthread_cond_signal(freed) }
        if gild_load_relaxed_32(thread.pointee.evalBreaker) & EvalBreaker.dropRequest != 0 {
            gild_fetch_and_32(thread.pointee.evalBreaker, ~EvalBreaker.dropRequest)
            if reason != .finish { waitForSwitch(thread) }
        }
        return at
    }

    private func waitForSwitch(_ thread: UnsafeMutablePointer<LockThread>) {
        guard state.pointee.waiting > 0 else { return }
        thread.pointee.forcedSwitches += 1
        state.pointee.switching += 1
        while state.pointee.lastHolder == thread.pointee.number && state.pointee.waiting > 0 {
            pthread_cond_wait(taken, mutex)
        }
        state.pointee.switching -= 1
    }

    /// False when the time was over before `freed` was signalled.
    private func waitForFreed(until deadline: UInt64) -> Bool {
        var time = timespec(tv_sec: Int(deadline / 1_000_000_000), tv_nsec: Int(deadline % 1_000_000_000))
        return pthread_cond_timedwait(freed, mutex, &time) != ETIMEDOUT
    }

    // MARK: The end

    /// From now on only `thread`, which holds the lock, gets it; others that come for it never return.
    func beginFinalization(_ thread: UnsafeMutablePointer<LockThread>) {
        pthread_mutex_lock(mutex)
        precondition(state.pointee.holder == thread, "the finalizing thread must hold the lock")
        state.pointee.finalizing = thread.pointee.number
        pthread_cond_broadcast(freed)
        pthread_mutex_unlock(mutex)
    }

    private func parkIfFinalizing(_ thread: UnsafeMutablePointer<LockThread>) {
        guard state.pointee.finalizing != 0, state.pointee.finalizing != thread.pointee.number else { return }
        thread.pointee.state = .outside
        pthread_mutex_unlock(mutex)
        gild_park_forever()
    }

    // MARK: Settings

    /// How long a waiter waits before it asks the holder to drop, in nanoseconds; 1 µs to a year.
    var switchInterval: UInt64 {
        get {
            pthread_mutex_lock(mutex)
            defer { pthread_mutex_unlock(mutex) }
            return state.pointee.interval
        }
        nonmutating set {
            pthread_mutex_lock(mutex)
            state.pointee.interval = min(max(newValue, Self.leastSwitchInterval), Self.greatestSwitchInterval)
            pthread_mutex_unlock(mutex)
        }
    }

    /// For stress: every checkpoint drops and takes the lock. Takes effect with each thread's next acquisition.
    var switchesAtEveryCheckpoint: Bool {
        get {
            pthread_mutex_lock(mutex)
            defer { pthread_mutex_unlock(mutex) }
            return state.pointee.switchesAtEveryCheckpoint
        }
        nonmutating set {
            pthread_mutex_lock(mutex)
            state.pointee.switchesAtEveryCheckpoint = newValue
            pthread_mutex_unlock(mutex)
        }
    }

    // MARK: Measurement

    /// The wall time of the reports begins now; the lock was not taken yet.
    func startMeasuring() {
        pthread_mutex_lock(mutex)
        precondition(state.pointee.lastHolder == 0, "measuring begins before the first acquisition")
        let now = gild_monotonic_ns()
        state.pointee.ledger.startedAt = now
        state.pointee.ledger.lastTransition = now
        pthread_mutex_unlock(mutex)
    }

    /// The wall time ends now, and later reports say what this one says.
    @discardableResult
    func stopMeasuring() -> LockReport {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        let report = state.pointee.finalReport ?? snapshot()
        state.pointee.finalReport = report
        return report
    }

    /// Everything measured so far. May be called by any thread, whether it holds the lock or not.
    func report() -> LockReport {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        return state.pointee.finalReport ?? snapshot()
    }

    private func snapshot(_ account: UnsafeMutablePointer<LockAccount>? = nil) -> LockReport { snapshotWithTimes(account).report }

    private func snapshotWithTimes(_ account: UnsafeMutablePointer<LockAccount>?) -> (report: LockReport, times: LockTimes) {
        state.pointee.ledger.snapshot(
            at: max(gild_monotonic_ns(), state.pointee.ledger.lastTransition), holder: state.pointee.holder, switchInterval: state.pointee.interval,
            account: account)
    }

    // MARK: Accounts

    /// Opens the books of the run of this number, whose span begins now.
    func openAccount(_ number: UInt64) -> UnsafeMutablePointer<LockAccount> {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        let account = UnsafeMutablePointer<LockAccount>.allocate(capacity: 1)
        account.initialize(
            to: state.pointee.ledger.openAccount(at: max(gild_monotonic_ns(), state.pointee.ledger.lastTransition), holder: state.pointee.holder))
        state.pointee.accounts[number] = account
        return account
    }

    /// The span of a run ends now; later reports of the account say what this one says. Its last thread may not be retired yet.
    func closeAccount(_ account: UnsafeMutablePointer<LockAccount>) -> LockReport {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        let report = account.pointee.finalReport ?? snapshot(account)
        account.pointee.finalReport = report
        return report
    }

    /// Frees a closed account whose threads have all been retired.
    func freeAccount(_ number: UInt64) {
        pthread_mutex_lock(mutex)
        let account = state.pointee.accounts.removeValue(forKey: number)
        if state.pointee.lastAccount == account { state.pointee.lastAccount = nil }
        pthread_mutex_unlock(mutex)
        account?.deinitialize(count: 1)
        account?.deallocate()
    }

    /// What is measured so far, with the times behind it. Any thread may ask.
    func measurements() -> (report: LockReport, times: LockTimes) {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        return snapshotWithTimes(nil)
    }

    /// The same for one run; nil: it has no account. Any thread may ask.
    func measurements(ofRun number: UInt64) -> (report: LockReport, times: LockTimes)? {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        return state.pointee.accounts[number].map { snapshotWithTimes($0) }
    }

    // MARK: What threads do now

    /// Where every registered thread is. Any thread may ask.
    func activities() -> [LockActivity] {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        return state.pointee.ledger.activities()
    }

    /// Number of the holder (0: nobody), times that the lock was taken or dropped, and threads that wait. Any thread may ask.
    func progress() -> (holder: UInt32, lastTransition: UInt64, waiting: Int) {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        return (state.pointee.holder?.pointee.number ?? 0, state.pointee.ledger.lastTransition, state.pointee.waiting)
    }

    // MARK: Long holds

    /// Note every hold that is longer than `threshold` nanoseconds; 0: none. `wake` is called under the lock's mutex.
    func watchHolds(longerThan threshold: UInt64, wake: @escaping @Sendable () -> Void) {
        pthread_mutex_lock(mutex)
        state.pointee.holdThreshold = threshold
        state.pointee.onLongHold = wake
        pthread_mutex_unlock(mutex)
    }

    /// The holds noted since the last call, and the number of those that found no room.
    func takeLongHolds() -> (holds: [LongHold], beyond: Int) {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        let result = (state.pointee.ledger.longHolds, state.pointee.ledger.longHoldsBeyond)
        state.pointee.ledger.longHolds = []
        state.pointee.ledger.longHoldsBeyond = 0
        return result
    }

    /// Called by the dropping thread, whose frame stands at the instruction that gives the lock up.
    private func noteLongHold(_ thread: UnsafeMutablePointer<LockThread>, _ held: UInt64) {
        guard let address = thread.pointee.threadState else { return }
        let pc = address.assumingMemoryBound(to: ThreadState.self).pointee.frame.pointee.pc
        state.pointee.ledger.recordLongHold(thread, held, site: UInt32(truncatingIfNeeded: UInt(bitPattern: pc)))
        state.pointee.onLongHold?()
    }
}
