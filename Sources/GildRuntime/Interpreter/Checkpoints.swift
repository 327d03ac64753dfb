// What a thread does at a checkpoint when its eval breaker is set.
//
// The order: an exit or time limit ends everything; a signal becomes an exception in the main thread; counts are merged; a due collection runs; a
// trace gets its sample; last, the lock goes to whoever asked for it, so that the thread comes back to nothing but its own work.

import CGild

extension gild_thread_ref {
    /// What ends waits early: the end of the run, a signal. Runs no code of the script. False: an exception is set.
    func handleInterrupts() -> Bool {
        let bits = gild_load_acquire_32(&s.pointee.evalBreaker)
        if bits & (EvalBreaker.timeLimit | EvalBreaker.exit) != 0 {
            s.pointee.isTerminating = true
            raise(.systemExit, argument: .undefined)
            return false
        }
        if bits & EvalBreaker.signal != 0 {
            gild_fetch_and_32(&s.pointee.evalBreaker, ~EvalBreaker.signal)
            if s.pointee.isMain {
                raise(.keyboardInterrupt, argument: .undefined)
                return false
            }
        }
        return true
    }

    /// From the run loop: what was executed goes into the thread's counter first, because somebody may read it meanwhile. The frame's `pc` is up to date.
    /// False: an exception is set.
    @inline(never)
    func checkpoint() -> Bool {
        s.pointee.executed.flush(at: s.pointee.frame.pointee.pc, into: &s.pointee.instructions)
        return handleEvalBreaker()
    }

    /// False: an exception is set.
    @inline(never)
    func handleEvalBreaker() -> Bool {
        if !handleInterrupts() { return false }
        let bits = gild_load_acquire_32(&s.pointee.evalBreaker)
        if bits & EvalBreaker.merge != 0 {
            gild_fetch_and_32(&s.pointee.evalBreaker, ~EvalBreaker.merge)
            mergeQueue()
        }
        if bits & EvalBreaker.tidy != 0 {
            gild_fetch_and_32(&s.pointee.evalBreaker, ~EvalBreaker.tidy)
            stopForTidying()
            quarantine()
        }
        if bits & EvalBreaker.collect != 0 {
            gild_fetch_and_32(&s.pointee.evalBreaker, ~EvalBreaker.collect)
            if s.pointee.run.pointee.settings.isCollectorEnabled { collectGarbage() }
        }
        if bits & EvalBreaker.sample != 0 {
            gild_fetch_and_32(&s.pointee.evalBreaker, ~EvalBreaker.sample)
            s.pointee.runtime.pointee.lock.sample(s.pointee.lockThread)
        }
        if s.pointee.runtime.pointee.stress.collectAtEveryAllocation && s.pointee.allocations != s.pointee.allocationsWhenCollected {
            collectGarbage()
            s.pointee.allocationsWhenCollected = s.pointee.allocations
        }
        if gild_load_acquire_32(&s.pointee.evalBreaker) & EvalBreaker.dropRequest != 0 {
            suspendSections()
            s.pointee.runtime.pointee.lock.yield(s.pointee.lockThread)
            resumeInnermostSection()
            return checkPendingTermination()
        }
        return true
    }

    /// From the run loop, as `checkpoint`, of a thread that has used up its instructions: the lock goes to whoever is fast enough, if there is anybody.
    /// False: an exception is set.
    @inline(never)
    func endTick() -> Bool {
        s.pointee.executed.flush(at: s.pointee.frame.pointee.pc, into: &s.pointee.instructions)
        if s.pointee.runtime.pointee.threads.count < 2 { return true }
        s.pointee.runtime.pointee.lock.yield(s.pointee.lockThread)
        return checkPendingTermination()
    }

    /// A request that arrived while the lock was away.
    private func checkPendingTermination() -> Bool {
        if gild_load_acquire_32(&s.pointee.evalBreaker) & (EvalBreaker.timeLimit | EvalBreaker.exit) != 0 {
            s.pointee.isTerminating = true
            raise(.systemExit, argument: .undefined)
            return false
        }
        return true
    }

    /// Run `body` without the lock: it may block and must not touch the heap.
    @inline(__always)
    func allowThreads<T>(_ call: BlockingCall = .other, _ body: () -> T) -> T {
        suspendSections()
        s.pointee.runtime.pointee.lock.drop(s.pointee.lockThread, .blocking, in: call)
        let result = body()
        s.pointee.runtime.pointee.lock.take(s.pointee.lockThread)
        resumeInnermostSection()
        return result
    }
}
