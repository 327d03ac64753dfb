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
// **Priority** (`Scheduling.priority`). Above, a thread that comes back from a blocking call waits like anybody else: beside CPU-bound
// threads one interval for each of them, however little it has to do (the convoy effect). With priority it is *urgent*: it asks the
// holder to drop at once, waits on a condition of its own, and the next drop is for it. Its steps:
//
// - *Nobody overtakes.* While an urgent thread waits, the free lock counts as taken for the others: one of them could be
//   running and would take it in the microseconds that a wakeup lasts.
// - *Spinning.* The holder reaches a checkpoint within a microsecond or so, and an urgent hold is short, while a wakeup
//   takes up to 50: so the urgent thread, and the one that made place for it, first look at the lock's word for
//   `spinTime` before they sleep. The lock would lie idle for the wakeup otherwise, a thousand times a second.
// - *Turns.* The one that made place goes on with its interval: `turnNumber` counts changes among ordinary holders only.
//   If urgent holds counted, nobody's interval would ever pass without a switch, and the other CPU-bound threads starve.
// - *Budget.* What urgent threads take away (from the drop for them to their own) comes out of a bucket that fills with
//   a twentieth of the time that passes and holds one interval at most. Who comes while it is empty waits as an
//   ordinary thread: however many threads come back, the others keep 95 %.
//
// - *Short time slices.* The kernel, too, lets a thread that wakes up wait for the one that runs on its processor: until that one's slice is over, some
//   milliseconds, as soon as there are not as many idle processors as threads that spin or compute. One with shorter slices than the running one's preempts it
//   (Linux 6.12 and later). So who comes back from a blocking call asks for short ones; CPU-bound threads keep theirs.
// - *A turn stays on its processor.* Slices are not enough: a thread that wakes where another one computes and has had more than its share there does not
//   preempt it before the next tick, and the kernel often leaves it there although another processor is idle. That share is eaten up when ordinary threads
//   take their turns wherever they wake, as often as not where an urgent one naps. So after a turn with urgent holds the next one moves to the processor
//   of the one before, which that one is about to leave.
// - *No spinning beside the holder.* An urgent thread that finds itself on the holder's processor keeps it from its checkpoint; it sleeps at once.
//
// **Ticks** (`gil-ticks`). CPython 2's lock knows no waiters: no time-outs, no requests, no forced switch. A holder that has
// run its 100 instructions lets the lock go and takes it again, and mostly gets it (Python 2's Python/ceval.c).
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

    /// How the next holder is found.
    enum Policy {
        case interval, priority, ticks
        /// Not a lock: any number of threads is attached at a time, until one stops the world (World.swift).
        case free
    }

    /// How long a thread looks at the lock's word before it sleeps; only with priority.
    private static let spinTime: UInt64 = 50_000
    /// What the kernel is asked for as the length of time slices of threads that come back from blocking calls; only with priority.
    private static let sliceTime: UInt64 = 200_000
    /// Of the time that passes, one part in so many may go to urgent threads.
    private static let budgetDivisor: UInt64 = 20

    struct State {
        var locked = false
        /// Not nil exactly while `locked`.
        var holder: UnsafeMutablePointer<LockThread>?
        /// Number of the thread that took the lock last, 0 before the first. A number, because a finished thread's
        /// address may come again.
        var lastHolder: UInt32 = 0
        /// That thread's account, while it is open.
        var lastAccount: UnsafeMutablePointer<LockAccount>?
        var lastDropAt: UInt64 = 0
        /// Number of the thread that took the lock last without being urgent.
        var turnHolder: UInt32 = 0
        /// Times that the lock went to another thread than `turnHolder`; urgent holds are not counted.
        var turnNumber: UInt64 = 0
        /// The processor on which the holder took the lock, or moves to, and the one on which an ordinary holder dropped it last; -1: not known. Only with
        /// priority.
        var holderProcessor: Int32 = -1
        var turnProcessor: Int32 = -1
        /// An urgent thread had the lock during this turn.
        var turnHadUrgentHolds = false
        /// Threads that wait urgently.
        var urgentWaiting = 0
        /// Ordinary threads that spin.
        var spinning = 0
        /// What urgent threads may still take away, in nanoseconds, when it was `budgetAt`.
        var budget: Int64 = 0
        var budgetAt: UInt64 = 0
        /// Threads inside `take` that found the lock held.
        var waiting = 0
        /// Threads that wait for a forced switch.
        var switching = 0
        var interval = GlobalInterpreterLock.defaultSwitchInterval
        /// Switches to come at checkpoints that nobody has asked for; for stress.
        var stressedSwitches = 0
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
        /// Where every transition is booked, if anywhere.
        var trace: TraceBuffer?
        var world = World()
    }

    let policy: Policy
    let mutex: UnsafeMutablePointer<pthread_mutex_t>
    /// Signalled when the lock becomes free and somebody waits.
    let freed: UnsafeMutablePointer<pthread_cond_t>
    /// Signalled when another thread than the last holder has taken the lock.
    let taken: UnsafeMutablePointer<pthread_cond_t>
    /// Signalled when the lock becomes free and a thread waits urgently.
    private let urgent: UnsafeMutablePointer<pthread_cond_t>
    /// Signalled when the last thread of an account was retired.
    private let retired: UnsafeMutablePointer<pthread_cond_t>
    /// 1 while locked, 2 while free for an urgent thread only, 0 while free for all. Written under `mutex`, read by threads that
    /// spin; atomic.
    private let word: UnsafeMutablePointer<UInt32>
    /// Threads that wait for `mutex` on their way into `take`. Atomic.
    private let arriving: UnsafeMutablePointer<UInt32>
    /// Guarded by `mutex`.
    let state: UnsafeMutablePointer<State>

    init(policy: Policy = .interval) {
        self.policy = policy
        mutex = .allocate(capacity: 1)
        freed = .allocate(capacity: 1)
        taken = .allocate(capacity: 1)
        urgent = .allocate(capacity: 1)
        urgent.initialize(to: pthread_cond_t())
        retired = .allocate(capacity: 1)
        retired.initialize(to: pthread_cond_t())
        word = .allocate(capacity: 1)
        word.initialize(to: 0)
        arriving = .allocate(capacity: 1)
        arriving.initialize(to: 0)
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
        pthread_cond_init(urgent, &attributes)
        pthread_cond_init(retired, &attributes)
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
        pthread_cond_destroy(urgent)
        pthread_cond_destroy(retired)
        pthread_mutex_destroy(mutex)
        state.deinitialize(count: 1)
        state.deallocate()
        mutex.deallocate()
        freed.deallocate()
        taken.deallocate()
        urgent.deallocate()
        retired.deallocate()
        word.deallocate()
        arriving.deallocate()
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
        if let trace = state.pointee.trace { trace.begin(thread, at: gild_monotonic_ns()) }
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

    /// Number and name of a thread that was not retired.
    func identity(of thread: UnsafeMutablePointer<LockThread>) -> (number: UInt32, name: String) {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        return (thread.pointee.number, thread.pointee.times.pointee.name)
    }

    /// Closes a thread's account and frees its record. The thread does not hold the lock and never takes it again.
    func retire(_ thread: UnsafeMutablePointer<LockThread>) {
        pthread_mutex_lock(mutex)
        precondition(state.pointee.holder != thread, "a thread that holds the lock cannot be retired")
        state.pointee.ledger.retire(thread)
        if let account = thread.pointee.account, account.pointee.threads == 0 { pthread_cond_broadcast(retired) }
        if let trace = state.pointee.trace { trace.stretch(thread, .ending, until: gild_monotonic_ns()) }
        pthread_mutex_unlock(mutex)
        thread.free()
    }

    // MARK: Take and drop

    /// Takes the lock, however long that lasts. Never returns when another thread is finalizing.
    func take(_ thread: UnsafeMutablePointer<LockThread>) {
        if policy == .free { return attach(thread) }
        if policy == .priority && thread.pointee.state == .blocked && !thread.pointee.hasShortSlices {
            thread.pointee.hasShortSlices = true
            _ = gild_request_time_slice(Self.sliceTime)
        }
        let asked = policy == .priority ? gild_monotonic_ns() : measuredNow()
        let atOnce = pthread_mutex_trylock(mutex) == 0
        if !atOnce {
            gild_fetch_add_32(arriving, 1)
            pthread_mutex_lock(mutex)
            gild_fetch_sub_32(arriving, 1)
        }
        let isReturning = thread.pointee.state == .blocked
        if isReturning {
            thread.pointee.times.pointee.blocked.record(asked &- min(asked, thread.pointee.since))
        }
        // Without any waiting the moment of asking is the moment of taking: one clock reading less.
        takeUnderMutex(thread, asked: asked, now: atOnce ? asked : nil, isReturning: isReturning)
        pthread_mutex_unlock(mutex)
        if thread.pointee.movesTo >= 0 { move(thread) }
    }

    /// Takes the lock if that is possible by `deadline`, in nanoseconds of the monotonic clock. False: it was not.
    func take(_ thread: UnsafeMutablePointer<LockThread>, until deadline: UInt64) -> Bool {
        if policy == .free { return attachAlone(thread, until: deadline) }
        let asked = gild_monotonic_ns()
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        return takeUnderMutex(thread, asked: asked, now: nil, deadline: deadline)
    }

    /// Lets the lock go. When a waiter asked for it, returns only after another thread has taken the lock.
    func drop(_ thread: UnsafeMutablePointer<LockThread>, _ reason: DropReason, in call: BlockingCall = .other) {
        if policy == .free { return detach(thread, reason, in: call) }
        pthread_mutex_lock(mutex)
        thread.pointee.blockedIn = call
        dropUnderMutex(thread, reason)
        pthread_mutex_unlock(mutex)
    }

    /// Lets the waiter that asked for it have its turn: drop and take, for a checkpoint that found `dropRequest` set, or at the end
    /// of a tick.
    func yield(_ thread: UnsafeMutablePointer<LockThread>) {
        if policy == .free { return stopIfAsked(thread) }
        pthread_mutex_lock(mutex)
        if state.pointee.stressedSwitches > 0 { admitArrivals() }
        let dropped = dropUnderMutex(thread, .interval)
        // With ticks nobody waits for a switch, so the mutex was kept: when no thread wants the lock it is taken at the moment of
        // its drop.
        let isAlone = policy == .ticks && state.pointee.waiting == 0
        if policy == .ticks && !isAlone {
            // The waiter that was signalled may get it: now, or never.
            pthread_mutex_unlock(mutex)
            pthread_mutex_lock(mutex)
        }
        takeUnderMutex(thread, asked: dropped, now: isAlone ? dropped : nil)
        pthread_mutex_unlock(mutex)
        if thread.pointee.movesTo >= 0 { move(thread) }
    }

    /// For stress, whose holder has the mutex nearly all the time: returns when every thread that wants the lock waits for it, and can
    /// be given it. The mutex is held.
    private func admitArrivals() {
        while state.pointee.switching > 0 || gild_load_acquire_32(arriving) > 0 {
            pthread_mutex_unlock(mutex)
            sched_yield()
            pthread_mutex_lock(mutex)
        }
        if state.pointee.waiting > 0 { state.pointee.stressedSwitches -= 1 }
    }

    /// `now`: the current time, when it is known.
    @discardableResult
    private func takeUnderMutex(_ thread: UnsafeMutablePointer<LockThread>, asked: UInt64, now: UInt64?, deadline: UInt64 = .max, isReturning: Bool = false) -> Bool {
        if let trace = state.pointee.trace { traceAbsence(thread, in: trace, until: asked) }
        parkIfFinalizing(thread)
        let mustWait = !isFree(for: thread)
        var isUrgent = false
        if mustWait {
            precondition(state.pointee.holder != thread, "the thread holds the lock already")
            thread.pointee.state = .waiting
            thread.pointee.since = asked
            state.pointee.waiting += 1
            isUrgent = isReturning && hasBudget(at: asked)
            let isTaken = isUrgent ? waitUrgently(thread) : waitUntilFree(thread, deadline)
            state.pointee.waiting -= 1
            if !isTaken {
                thread.pointee.state = .outside
                state.pointee.trace?.stretch(thread, .waiting, until: gild_monotonic_ns())
                // A holder that was asked to drop may wait for this thread to take the lock.
                if state.pointee.switching > 0 { pthread_cond_broadcast(taken) }
                return false
            }
        }
        let last = state.pointee.ledger.lastTransition
        let at = max(last, mustWait ? measuredNow() : now ?? measuredNow())
        state.pointee.ledger.endIdle(at: at)
        state.pointee.locked = true
        publish()
        state.pointee.holder = thread
        thread.pointee.urgentSince = isUrgent ? state.pointee.lastDropAt : 0
        if policy == .priority { settle(thread, isUrgent: isUrgent) }
        if !isUrgent && state.pointee.turnHolder != thread.pointee.number {
            state.pointee.turnHolder = thread.pointee.number
            state.pointee.turnNumber += 1
        }
        let giver = state.pointee.lastHolder
        if giver == thread.pointee.number {
            state.pointee.ledger.retaken += 1
            thread.pointee.account?.pointee.retaken += 1
        } else {
            state.pointee.lastHolder = thread.pointee.number
            if state.pointee.switching > 0 { pthread_cond_broadcast(taken) }
            if giver != 0 {
                let dropped = state.pointee.lastDropAt
                state.pointee.ledger.recordHandoff(
                    from: giver, to: thread.pointee.number, at: at, droppedAt: dropped, takerWaited: mustWait, account: state.pointee.lastAccount)
                if mustWait { thread.pointee.times.pointee.handoff.record(at - dropped) }
                if let trace = state.pointee.trace {
                    trace.handoff(
                        from: giver, to: thread.pointee.number, droppedAt: dropped, takenAt: at, state.pointee.ledger.lastDropReason)
                }
            }
        }
        state.pointee.trace?.stretch(thread, .waiting, until: at)
        state.pointee.lastAccount = thread.pointee.account
        if state.pointee.stressedSwitches > 0 {
            gild_fetch_or_32(thread.pointee.evalBreaker, EvalBreaker.dropRequest)
        } else if gild_load_relaxed_32(thread.pointee.evalBreaker) & EvalBreaker.dropRequest != 0 {
            gild_fetch_and_32(thread.pointee.evalBreaker, ~EvalBreaker.dropRequest)
        }
        thread.pointee.acquisitions = thread.pointee.acquisitions + 1
        if mustWait { thread.pointee.contendedAcquisitions = thread.pointee.contendedAcquisitions + 1 }
        // Asked before the last transition although it had not to wait: the wait was for the mutex.
        thread.pointee.times.pointee.wait.record(at - min(asked, at))
        thread.pointee.state = .holding
        thread.pointee.since = at
        return true
    }

    /// Returns when nobody holds the lock (true) or when the deadline has passed, with the mutex held all the time in between.
    private func waitUntilFree(_ thread: UnsafeMutablePointer<LockThread>, _ deadline: UInt64) -> Bool {
        // Who made place for an urgent one; that will not be long.
        var maySpin = policy == .priority && state.pointee.turnHolder == thread.pointee.number
        while true {
            let turnNumber = state.pointee.turnNumber
            let now = gild_monotonic_ns()
            if now >= deadline { return false }
            var timedOut = false
            let spins = maySpin
            if spins {
                maySpin = false
                state.pointee.spinning += 1
                spin(whileBelow: 3, until: min(deadline, now + Self.spinTime))
                state.pointee.spinning -= 1
            } else {
                timedOut = !wait(for: freed, until: policy == .ticks ? deadline : min(deadline, now + state.pointee.interval))
            }
            if state.pointee.finalizing != 0 && state.pointee.finalizing != thread.pointee.number {
                state.pointee.waiting -= 1
                pthread_cond_broadcast(taken)
                parkIfFinalizing(thread)
            }
            if isFree(for: thread) { return true }
            if !spins { thread.pointee.futileWakeups = thread.pointee.futileWakeups + 1 }
            if timedOut && state.pointee.turnNumber == turnNumber && policy != .ticks { askHolder(for: thread) }
        }
    }

    /// The finalizing thread has nobody to wait for: urgent threads are on their way to park.
    private func isFree(for thread: UnsafeMutablePointer<LockThread>) -> Bool {
        !state.pointee.locked && (state.pointee.urgentWaiting == 0 || state.pointee.finalizing == thread.pointee.number)
    }

    /// The holder is alive as long as it holds the lock.
    private func askHolder(for thread: UnsafeMutablePointer<LockThread>) {
        guard let holder = state.pointee.holder else { return }
        let before = gild_fetch_or_32(holder.pointee.evalBreaker, EvalBreaker.dropRequest)
        if before & EvalBreaker.dropRequest == 0 { thread.pointee.dropRequests = thread.pointee.dropRequests + 1 }
    }

    // MARK: Priority

    /// Whether an urgent thread may have the next turn.
    private func hasBudget(at now: UInt64) -> Bool {
        guard policy == .priority else { return false }
        let passed = now - min(now, state.pointee.budgetAt)
        state.pointee.budgetAt = max(now, state.pointee.budgetAt)
        state.pointee.budget = min(state.pointee.budget + Int64(passed / Self.budgetDivisor), Int64(state.pointee.interval))
        return state.pointee.budget > 0
    }

    /// Books the processor of a thread that takes the lock, and where it moves to when a turn begins. Before `turnHolder` is changed.
    private func settle(_ thread: UnsafeMutablePointer<LockThread>, isUrgent: Bool) {
        let here = gild_current_processor()
        state.pointee.holderProcessor = here
        if isUrgent {
            state.pointee.turnHadUrgentHolds = true
        } else if state.pointee.turnHolder != thread.pointee.number {
            if state.pointee.turnHadUrgentHolds && state.pointee.turnProcessor >= 0 && state.pointee.turnProcessor != here {
                thread.pointee.movesTo = state.pointee.turnProcessor
                state.pointee.holderProcessor = state.pointee.turnProcessor
            }
            state.pointee.turnHadUrgentHolds = false
        }
    }

    /// The holder goes where its turn shall run. Where it may not, it stays.
    @inline(never)
    private func move(_ thread: UnsafeMutablePointer<LockThread>) {
        let isMoved = gild_move_to_processor(thread.pointee.movesTo)
        thread.pointee.movesTo = -1
        if isMoved { return }
        pthread_mutex_lock(mutex)
        state.pointee.holderProcessor = gild_current_processor()
        pthread_mutex_unlock(mutex)
    }

    /// Returns when nobody holds the lock.
    private func waitUrgently(_ thread: UnsafeMutablePointer<LockThread>) -> Bool {
        state.pointee.urgentWaiting += 1
        publish()
        defer { state.pointee.urgentWaiting -= 1 }
        var isFirst = true
        while state.pointee.locked {
            let turnNumber = state.pointee.turnNumber
            // Another urgent one will not be long either, and if it is, its interval ends too.
            if state.pointee.holder?.pointee.urgentSince == 0 { askHolder(for: thread) }
            let spins = isFirst && state.pointee.holderProcessor != gild_current_processor()
            isFirst = false
            var timedOut = false
            if spins {
                spin(whileBelow: 2, until: gild_monotonic_ns() + Self.spinTime)
            } else {
                timedOut = !wait(for: urgent, until: gild_monotonic_ns() + state.pointee.interval)
            }
            if state.pointee.finalizing != 0 && state.pointee.finalizing != thread.pointee.number {
                state.pointee.waiting -= 1
                state.pointee.urgentWaiting -= 1
                pthread_cond_broadcast(taken)
                pthread_cond_broadcast(freed)
                parkIfFinalizing(thread)
            }
            if state.pointee.locked && !spins {
                thread.pointee.futileWakeups = thread.pointee.futileWakeups + 1
                if timedOut && state.pointee.turnNumber == turnNumber { askHolder(for: thread) }
            }
        }
        return true
    }

    /// Gives `mutex` away while the word is neither 0 nor the limit or above, or until the time is over. Who drops signals nobody
    /// while an ordinary thread spins: that one looks again, under the mutex, before it sleeps.
    private func spin(whileBelow limit: UInt32, until end: UInt64) {
        pthread_mutex_unlock(mutex)
        while gild_monotonic_ns() < end {
            let seen = gild_load_relaxed_32(word)
            if seen == 0 || seen >= limit { break }
            gild_spin_pause()
        }
        pthread_mutex_lock(mutex)
    }

    private func publish() {
        gild_store_relaxed_32(word, state.pointee.locked ? 1 : state.pointee.urgentWaiting > 0 ? 2 : 0)
    }

    /// Returns the time of the drop.
    @discardableResult
    private func dropUnderMutex(_ thread: UnsafeMutablePointer<LockThread>, _ reason: DropReason) -> UInt64 {
        precondition(state.pointee.holder == thread, "the thread does not hold the lock")
        let at = max(measuredNow(), state.pointee.ledger.lastTransition)
        let held = at - thread.pointee.since
        thread.pointee.times.pointee.hold.record(held)
        state.pointee.ledger.held &+= held
        if state.pointee.holdThreshold != 0 && held > state.pointee.holdThreshold { noteLongHold(thread, held) }
        if let trace = state.pointee.trace {
            trace.stretch(thread, .running, until: at, detail: reason.rawValue)
            trace.sample(thread, at: at)
        }
        thread.pointee.drops = thread.pointee.drops.adding(reason)
        // Who drops for another one wants it back at once.
        thread.pointee.state = reason == .blocking ? .blocked : reason == .interval ? .waiting : .outside
        thread.pointee.since = at
        state.pointee.ledger.lastTransition = at
        state.pointee.ledger.lastDropReason = reason
        state.pointee.lastDropAt = at
        state.pointee.locked = false
        state.pointee.holder = nil
        publish()
        if policy == .priority && thread.pointee.urgentSince == 0 { state.pointee.turnProcessor = gild_current_processor() }
        if thread.pointee.urgentSince != 0 {
            state.pointee.budget -= Int64(at - min(at, thread.pointee.urgentSince))
            thread.pointee.urgentSince = 0
        }
        if state.pointee.urgentWaiting > 0 {
            pthread_cond_signal(urgent)
        } else if state.pointee.waiting > 0 && state.pointee.spinning == 0 {
            pthread_cond_signal(freed)
        }
        if gild_load_relaxed_32(thread.pointee.evalBreaker) & EvalBreaker.dropRequest != 0 {
            gild_fetch_and_32(thread.pointee.evalBreaker, ~EvalBreaker.dropRequest)
            // Nobody overtakes an urgent thread, so there is nothing to wait for.
            if reason != .finish && state.pointee.urgentWaiting == 0 { waitForSwitch(thread) }
        }
        return at
    }

    private func waitForSwitch(_ thread: UnsafeMutablePointer<LockThread>) {
        guard state.pointee.waiting > 0 else { return }
        thread.pointee.forcedSwitches = thread.pointee.forcedSwitches + 1
        state.pointee.switching += 1
        while state.pointee.lastHolder == thread.pointee.number && state.pointee.waiting > 0 {
            pthread_cond_wait(taken, mutex)
        }
        state.pointee.switching -= 1
    }

    /// False when the time was over before the condition was signalled; `UInt64.max`: waits for ever.
    func wait(for condition: UnsafeMutablePointer<pthread_cond_t>, until deadline: UInt64) -> Bool {
        if deadline == .max {
            pthread_cond_wait(condition, mutex)
            return true
        }
        var time = timespec(tv_sec: Int(deadline / 1_000_000_000), tv_nsec: Int(deadline % 1_000_000_000))
        return pthread_cond_timedwait(condition, mutex, &time) != ETIMEDOUT
    }

    // MARK: The end

    /// From now on only `thread`, which holds the lock, gets it; others that come for it never return.
    func beginFinalization(_ thread: UnsafeMutablePointer<LockThread>) {
        if policy == .free { stopTheWorld(thread) }
        pthread_mutex_lock(mutex)
        precondition(state.pointee.holder == thread || policy == .free, "the finalizing thread must hold the lock")
        state.pointee.finalizing = thread.pointee.number
        pthread_cond_broadcast(freed)
        pthread_cond_broadcast(urgent)
        pthread_mutex_unlock(mutex)
    }

    func parkIfFinalizing(_ thread: UnsafeMutablePointer<LockThread>) {
        guard state.pointee.finalizing != 0, state.pointee.finalizing != thread.pointee.number else { return }
        state.pointee.trace?.stretch(thread, .waiting, until: gild_monotonic_ns())
        thread.pointee.state = .outside
        thread.pointee.isParked = true
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

    /// For stress: at every checkpoint the lock goes to a thread that waits for it. After so many times it lives on as usual, or programs with long
    /// loops would not end. Takes effect with each thread's next acquisition.
    func switchAtEveryCheckpoint(times: Int = 3000) {
        pthread_mutex_lock(mutex)
        state.pointee.stressedSwitches = times
        pthread_mutex_unlock(mutex)
    }

    /// Threads that wait for the lock now.
    var waiting: Int {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        return state.pointee.waiting
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
        stopTracing(at: report.wallNanoseconds + state.pointee.ledger.startedAt)
        return report
    }

    // MARK: The trace

    /// From now on every transition is booked in `trace`, until measuring stops. Measuring has begun, and nobody took the lock yet.
    func startTracing(_ trace: TraceBuffer) {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        precondition(state.pointee.lastHolder == 0, "tracing begins before the first acquisition")
        state.pointee.trace = trace
        trace.start(at: state.pointee.ledger.startedAt)
        state.pointee.ledger.forEachLiveThread { trace.begin($0, at: state.pointee.ledger.startedAt) }
    }

    /// Has the holder book a sample at its next checkpoint. Any thread may ask.
    func requestSample() {
        pthread_mutex_lock(mutex)
        if let holder = state.pointee.holder ?? anyAttached() { gild_fetch_or_32(holder.pointee.evalBreaker, EvalBreaker.sample) }
        pthread_mutex_unlock(mutex)
    }

    /// Books a sample of what is alive. The thread holds the lock.
    func sample(_ thread: UnsafeMutablePointer<LockThread>) {
        pthread_mutex_lock(mutex)
        state.pointee.trace?.sample(thread, at: gild_monotonic_ns())
        pthread_mutex_unlock(mutex)
    }

    /// The thread was away from the lock until it asked for it.
    func traceAbsence(_ thread: UnsafeMutablePointer<LockThread>, in trace: TraceBuffer, until asked: UInt64) {
        if thread.pointee.state == .blocked {
            trace.stretch(thread, .blocked, until: asked, detail: thread.pointee.blockedIn.rawValue)
        } else {
            trace.stretch(thread, .starting, until: asked)
        }
    }

    /// What every thread does ends in the trace, and nothing is booked from now on.
    private func stopTracing(at now: UInt64) {
        guard let trace = state.pointee.trace else { return }
        state.pointee.ledger.forEachLiveThread { thread in
            switch thread.pointee.state {
            case .holding: trace.stretch(thread, .running, until: now)
            case .waiting: trace.stretch(thread, .waiting, until: now)
            case .blocked: trace.stretch(thread, .blocked, until: now, detail: thread.pointee.blockedIn.rawValue)
            case .outside:
                trace.stretch(thread, thread.pointee.isParked ? .parked : thread.pointee.acquisitions == 0 ? .starting : .ending, until: now)
            }
        }
        state.pointee.trace = nil
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
            at: max(gild_monotonic_ns(), state.pointee.ledger.lastTransition), holder, switchInterval: state.pointee.interval, account: account)
    }

    /// Who has the lock, as the books ask.
    private var holder: LockLedger.Holder {
        policy == .free ? .threads(isAnyAttached, state.pointee.world.books) : state.pointee.holder.map { .thread($0) } ?? .nobody
    }

    // MARK: Accounts

    /// Opens the books of the run of this number, whose span begins now.
    func openAccount(_ number: UInt64) -> UnsafeMutablePointer<LockAccount> {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        let account = UnsafeMutablePointer<LockAccount>.allocate(capacity: 1)
        account.initialize(
            to: state.pointee.ledger.openAccount(at: max(gild_monotonic_ns(), state.pointee.ledger.lastTransition), holder))
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

    /// Frees a closed account. Waits until the last of its threads has been retired: they have dropped the lock for good, and book here
    /// what they did. Whoever calls this does not hold the lock.
    func freeAccount(_ number: UInt64) {
        pthread_mutex_lock(mutex)
        let account = state.pointee.accounts.removeValue(forKey: number)
        while let account, account.pointee.threads > 0 { pthread_cond_wait(retired, mutex) }
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

    /// Number of the holder (0: nobody), when the lock was taken or dropped last, and threads that wait. Without one lock: the thread that has been
    /// attached longest, and since when. Any thread may ask.
    func progress() -> (holder: UInt32, lastTransition: UInt64, waiting: Int) {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        if policy == .free {
            var oldest: UnsafeMutablePointer<LockThread>?
            state.pointee.ledger.forEachLiveThread { thread in
                if thread.pointee.state == .holding && thread.pointee.since < oldest?.pointee.since ?? .max { oldest = thread }
            }
            return (oldest?.pointee.number ?? 0, oldest?.pointee.since ?? state.pointee.ledger.lastTransition, state.pointee.waiting)
        }
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
    func noteLongHold(_ thread: UnsafeMutablePointer<LockThread>, _ held: UInt64) {
        guard let address = thread.pointee.threadState else { return }
        let pc = address.assumingMemoryBound(to: ThreadState.self).pointee.frame.pointee.pc
        state.pointee.ledger.recordLongHold(thread, held, site: UInt32(truncatingIfNeeded: UInt(bitPattern: pc)))
        state.pointee.onLongHold?()
    }
}
