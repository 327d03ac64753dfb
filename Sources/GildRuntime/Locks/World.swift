import CGild
import Glibc

// Attaching, detaching, and stopping the world: what is left of the GIL in the regimes whose threads run at the same time.
//
// A thread is *attached* while it runs Python code or natives, and detached while it blocks. Any number is attached at a time. A thread that
// needs the heap to stand still (the collector, a change of a type, the end of a run, an enquiry from outside) stops the world: it asks
// every attached thread through its eval breaker, and goes on when none is attached but itself.
//
//     attach(T)                          detach(T)                             stop(T), attached
//     while another one has stopped      attached -= 1                         while another one has stopped: detach, wait, attach
//         or is stopping: wait           if 0 and somebody is stopping:        stopper = T; do not count T
//     attached += 1                          signal `taken`                    set the drop request of every attached thread
//                                                                              wait for `taken` until attached is 0
//     checkpoint with the request set                                          … the world stands still …
//     detach, attach                     start(T): stopper = nothing; count T; broadcast `freed`
//
// What the steps prevent:
//
// - *One stopper.* Two threads that stop the world would wait for each other: the second gives way like any other thread. So what it found out before
//   may have changed: a stop is asked for at the beginning of an operation, and critical sections are suspended for it.
// - *Stopped means at a checkpoint, or detached.* A native is never stopped in the middle: it holds no half-made object, no internal mutex, and no value that
//   it has read from a shared place without taking a reference.
// - *New threads attach like old ones*, and wait while the world is stopped.
// - *Nested stops.* The thread that has stopped the world may come upon an operation that needs it stopped: the stop is counted.
//
// The end of a run stops the world for good: threads that come park, as under the GIL.
//
// The books: `hold` is the time that a thread is attached, so holds overlap; idle is the time in which no thread was attached; `wait` is what a
// thread waited for a stop to end. Hold and idle do not add up to the wall time here: the time in which at least one thread was attached does, who
// has stopped the world included. Nobody waits for a thread that is attached for long, so no long holds are noted.
//
// Source: CPython's Python/pystate.c (free-threaded builds), stop_the_world and start_the_world.

/// Guarded by the lock's mutex, as all its state.
struct World {
    /// Attached threads, the stopper not counted.
    var attached = 0
    /// Who has stopped the world, or is about to.
    var stopper: UnsafeMutablePointer<LockThread>?
    /// Stops that the stopper has not ended.
    var depth = 0
    var stops: UInt64 = 0
    /// From a request until everybody had stopped; and from there to the start.
    var stopping = TimeRecorder()
    var stopped = TimeRecorder()
    /// What stopping the world has taken so far.
    var books: StopTimes { StopTimes(count: stops, stopping: stopping, stopped: stopped) }
    var stoppedAt: UInt64 = 0
}

extension GlobalInterpreterLock {
    // MARK: Threads that run code

    func attach(_ thread: UnsafeMutablePointer<LockThread>) {
        let asked = measuredNow()
        pthread_mutex_lock(mutex)
        if thread.pointee.state == .blocked { thread.pointee.times.pointee.blocked.record(asked &- min(asked, thread.pointee.since)) }
        attachUnderMutex(thread, asked: asked)
        pthread_mutex_unlock(mutex)
    }

    func detach(_ thread: UnsafeMutablePointer<LockThread>, _ reason: DropReason, in call: BlockingCall) {
        pthread_mutex_lock(mutex)
        thread.pointee.blockedIn = call
        // Who looked at the heap from outside has seen what it wanted to see. The end of a run stops the world for good.
        if reason == .finish && state.pointee.world.stopper == thread && state.pointee.finalizing == 0 { startUnderMutex(thread) }
        detachUnderMutex(thread, reason)
        pthread_mutex_unlock(mutex)
    }

    /// At a checkpoint whose request is set.
    func stopIfAsked(_ thread: UnsafeMutablePointer<LockThread>) {
        pthread_mutex_lock(mutex)
        let asked = detachUnderMutex(thread, .interval)
        attachUnderMutex(thread, asked: asked)
        let isStressed = state.pointee.stressedSwitches > 0 && state.pointee.ledger.liveThreads > 1
        if isStressed { state.pointee.stressedSwitches -= 1 }
        pthread_mutex_unlock(mutex)
        // There is no lock to hand over: another thread may have the processor.
        if isStressed { sched_yield() }
    }

    /// For one that runs no code and looks at the heap from outside: attaches as the only one. False: the others had not stopped by `deadline`,
    /// in nanoseconds of the monotonic clock.
    func attachAlone(_ thread: UnsafeMutablePointer<LockThread>, until deadline: UInt64) -> Bool {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        attachUnderMutex(thread, asked: measuredNow())
        guard stopUnderMutex(thread, until: deadline) else {
            detachUnderMutex(thread, .finish)
            return false
        }
        return true
    }

    // MARK: Stopping

    /// Returns when no other thread is attached; none attaches until `startTheWorld`. The thread is attached, and has nothing locked.
    func stopTheWorld(_ thread: UnsafeMutablePointer<LockThread>) {
        pthread_mutex_lock(mutex)
        _ = stopUnderMutex(thread, until: .max)
        pthread_mutex_unlock(mutex)
    }

    func startTheWorld(_ thread: UnsafeMutablePointer<LockThread>) {
        pthread_mutex_lock(mutex)
        startUnderMutex(thread)
        pthread_mutex_unlock(mutex)
    }

    /// Whether this very thread has stopped the world.
    func hasStoppedTheWorld(_ thread: UnsafeMutablePointer<LockThread>) -> Bool {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        return state.pointee.world.stopper == thread
    }

    /// Whether no other thread is attached at this moment, nor has stopped the world: none is in the middle of anything that it does with objects.
    /// The thread itself is attached.
    func isOnlyAttached(_ thread: UnsafeMutablePointer<LockThread>) -> Bool {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        let world = state.pointee.world
        return world.stopper == thread ? world.attached == 0 : world.stopper == nil && world.attached == 1
    }

    /// Some thread that is attached; nil: none is, or there is one lock.
    func anyAttached() -> UnsafeMutablePointer<LockThread>? {
        var found: UnsafeMutablePointer<LockThread>?
        if policy == .free { state.pointee.ledger.forEachLiveThread { if $0.pointee.state == .holding { found = $0 } } }
        return found
    }

    // MARK: Under the mutex

    private func attachUnderMutex(_ thread: UnsafeMutablePointer<LockThread>, asked: UInt64) {
        if let trace = state.pointee.trace { traceAbsence(thread, in: trace, until: asked) }
        parkIfFinalizing(thread)
        var mustWait = false
        if state.pointee.world.stopper != nil && state.pointee.world.stopper != thread {
            mustWait = true
            thread.pointee.state = .waiting
            thread.pointee.since = asked
            state.pointee.waiting += 1
            while state.pointee.world.stopper != nil {
                pthread_cond_wait(freed, mutex)
                if state.pointee.finalizing != 0 {
                    state.pointee.waiting -= 1
                    parkIfFinalizing(thread)
                }
            }
            state.pointee.waiting -= 1
        }
        let at = max(measuredNow(), state.pointee.ledger.lastTransition)
        if !isAnyAttached { state.pointee.ledger.endIdle(at: at) }
        if state.pointee.world.stopper != thread { state.pointee.world.attached += 1 }
        state.pointee.trace?.stretch(thread, .waiting, until: at)
        if state.pointee.stressedSwitches > 0 {
            gild_fetch_or_32(thread.pointee.evalBreaker, EvalBreaker.dropRequest)
        } else if gild_load_relaxed_32(thread.pointee.evalBreaker) & EvalBreaker.dropRequest != 0 {
            gild_fetch_and_32(thread.pointee.evalBreaker, ~EvalBreaker.dropRequest)
        }
        thread.pointee.acquisitions = thread.pointee.acquisitions + 1
        if mustWait { thread.pointee.contendedAcquisitions = thread.pointee.contendedAcquisitions + 1 }
        thread.pointee.times.pointee.wait.record(at - min(asked, at))
        state.pointee.lastHolder = thread.pointee.number
        thread.pointee.state = .holding
        thread.pointee.since = at
    }

    @discardableResult
    private func detachUnderMutex(_ thread: UnsafeMutablePointer<LockThread>, _ reason: DropReason) -> UInt64 {
        precondition(thread.pointee.state == .holding, "the thread is not attached")
        let at = max(measuredNow(), thread.pointee.since)
        let held = at - thread.pointee.since
        thread.pointee.times.pointee.hold.record(held)
        if let trace = state.pointee.trace {
            trace.stretch(thread, .running, until: at, detail: reason.rawValue)
            trace.sample(thread, at: at)
        }
        thread.pointee.drops = thread.pointee.drops.adding(reason)
        thread.pointee.state = reason == .blocking ? .blocked : reason == .interval ? .waiting : .outside
        thread.pointee.since = at
        state.pointee.lastDropAt = at
        if state.pointee.world.stopper != thread {
            state.pointee.world.attached -= 1
            if state.pointee.world.attached == 0 && state.pointee.world.stopper != nil { pthread_cond_broadcast(taken) }
        }
        if !isAnyAttached {
            let end = max(at, state.pointee.ledger.lastTransition)
            state.pointee.ledger.held &+= end - state.pointee.ledger.lastTransition
            state.pointee.ledger.lastTransition = end
        }
        return at
    }

    /// A thread is attached, be it the one that has stopped the world.
    var isAnyAttached: Bool { state.pointee.world.attached > 0 || state.pointee.world.stopper?.pointee.state == .holding }

    private func stopUnderMutex(_ thread: UnsafeMutablePointer<LockThread>, until deadline: UInt64) -> Bool {
        if state.pointee.world.stopper == thread {
            state.pointee.world.depth += 1
            return true
        }
        while state.pointee.world.stopper != nil {
            let asked = detachUnderMutex(thread, .interval)
            attachUnderMutex(thread, asked: asked)
        }
        let asked = gild_monotonic_ns()
        state.pointee.world.stopper = thread
        state.pointee.world.depth = 1
        state.pointee.world.attached -= 1
        state.pointee.ledger.forEachLiveThread { other in
            if other != thread && other.pointee.state == .holding {
                gild_fetch_or_32(other.pointee.evalBreaker, EvalBreaker.dropRequest)
                thread.pointee.dropRequests = thread.pointee.dropRequests + 1
            }
        }
        while state.pointee.world.attached > 0 {
            if !wait(for: taken, until: deadline) && state.pointee.world.attached > 0 && gild_monotonic_ns() >= deadline {
                startUnderMutex(thread)
                return false
            }
        }
        state.pointee.world.stops += 1
        state.pointee.world.stoppedAt = gild_monotonic_ns()
        state.pointee.world.stopping.record(state.pointee.world.stoppedAt - asked)
        return true
    }

    private func startUnderMutex(_ thread: UnsafeMutablePointer<LockThread>) {
        precondition(state.pointee.world.stopper == thread, "only who has stopped the world starts it")
        state.pointee.world.depth -= 1
        if state.pointee.world.depth > 0 { return }
        if state.pointee.world.attached == 0 {
            state.pointee.world.stopped.record(gild_monotonic_ns() - state.pointee.world.stoppedAt)
            // A run that began during this stop has neither its beginning nor its end.
            for account in state.pointee.accounts.values where account.pointee.stopsBefore.count == state.pointee.world.stops {
                account.pointee.stopsBefore = state.pointee.world.books
            }
        }
        state.pointee.world.stopper = nil
        state.pointee.world.attached += 1
        pthread_cond_broadcast(freed)
    }
}

extension gild_thread_ref {
    /// Run `body` while no other thread runs; under one lock that is so anyhow. It runs no code of the script and does not block.
    /// The thread's critical sections are suspended before, so whatever is to be changed is looked at inside.
    @inline(__always) func exclusively<T>(_ body: () -> T) -> T {
        let isFree = s.pointee.isFreeThreaded
        if isFree { stopTheWorld() }
        let result = body()
        if isFree { startTheWorld() }
        return result
    }

    @inline(never) func stopTheWorld() {
        suspendSections()
        s.pointee.runtime.pointee.lock.stopTheWorld(s.pointee.lockThread)
    }

    @inline(never) func startTheWorld() {
        s.pointee.runtime.pointee.lock.startTheWorld(s.pointee.lockThread)
        resumeInnermostSection()
    }
}
