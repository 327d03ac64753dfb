// The life of a thread that a script starts.
//
//     starter, with the GIL                       the new OS thread
//     make a state, link it, create the thread
//     without the GIL: wait for `started`         take the GIL
//                                                 note its identifiers; set `started`
//     go on when the GIL is to be had             call run()
//                                                 an exception: the except hook
//                                                 release what the thread holds
//                                                 set `done`
//                                                 figures and unlink, in one step
//                                                 drop the GIL, retire, free the state
//
// What the steps prevent:
//
// - *Linked before it exists.* A thread that has been created but waits for its first turn is alive for everybody: the
//   end of the program waits for it.
// - *Waiting for `started`.* As in CPython, start() returns when the new thread has had its first turn; scripts see the
//   same order of events.
// - *`done` when nothing of the script is left to run.* Everything that the thread held is freed, but for its handle, and it is no
//   longer counted: after join() a program counts right.
// - *The books after `done`, but attached.* The thread releases its handle after `done` was set in it, and that belongs into its
//   counters. Whoever wants the sums takes the GIL or stops the world, and neither is possible before the thread has left the list.
// - *The state is freed by the thread itself*, after the lock's record is retired: nobody else knows the address any more.
//   OS threads are detached; nothing has to be joined.
// - *Retired after it has left the list.* A run's main thread that finds itself alone on the list may be faster than the last of the others on
//   its way out. That one still books into the run's account, so the account is freed only when it has retired, and the run after that.
//
// Without a GIL, "take" and "drop" are attach and detach (World.swift); who writes what others read: ThreadList.swift.
//
// A daemon thread that comes for the GIL after the end has begun stays in `take` for ever. Its state is never freed.

import CGild
import Glibc

/// Threads alive at a time in one runtime.
let greatestThreadCount = 4096

/// A handle is a NativeObject of the type _ThreadHandle without memory of its own: `word0` holds two `RawEvent` words,
/// `started` and `done`; `word1` the thread's `pthread_self()`, written before `started` is set; `state` is 0 before the start, then an odd
/// number whose upper bits are the kernel's thread number (atomic: of two that start a handle, one changes it from 0).
///
/// The note of its holder says which thread it is, and since when and by which line it was started.
extension UnsafeMutablePointer where Pointee == NativeObject {
    fileprivate var started: RawEvent { RawEvent(word: futexWord) }
    var done: RawEvent { RawEvent(word: futexWord + 1) }
    fileprivate var isBegun: Bool { gild_load_acquire_64(stateWord) != 0 }
    /// False: it has been begun already.
    fileprivate func begin() -> Bool { gild_compare_exchange_64(stateWord, 0, 1) }
    /// The thread could not be made.
    fileprivate func takeBack() { gild_store_release_64(stateWord, 0) }
    fileprivate var kernelIdentifier: Int {
        get { Int(gild_load_acquire_64(stateWord) >> 1) }
        nonmutating set { gild_store_release_64(stateWord, UInt64(newValue) << 1 | 1) }
    }
}

extension gild_thread_ref {
    // MARK: Starting

    /// A handle for a thread that has not been started; undefined: MemoryError raised.
    func makeThreadHandle() -> Value { makeHoldableObject(.threadHandle) }

    /// A handle of the calling thread, which runs already.
    func makeHandleOfThisThread() -> Value {
        let value = makeThreadHandle()
        if value.isUndefined { return value }
        let handle = value.cast(NativeObject.self)
        handle.pointee.word1 = s.pointee.identifier
        handle.kernelIdentifier = Int(gild_thread_id())
        let holdable = value.cast(HoldableObject.self)
        holdable.setNote(site: 0, ticks: s.pointee.runtime.pointee.waits.startTicks)
        holdable.holder = s.pointee.lockThread.pointee.number
        handle.started.set()
        return value
    }

    /// Start an OS thread that calls `threadObject.run()`, and wait for its first turn. False: raised.
    func startThread(_ handleValue: Value, _ threadObject: Value, name: String, isDaemon: Bool) -> Bool {
        let runtime = s.pointee.runtime
        let run = s.pointee.run
        let handle = handleValue.cast(NativeObject.self)
        if handle.isBegun {
            raise(.runtimeError, "thread already started")
            return false
        }
        if run.pointee.settings.isFinalizing {
            raise(.runtimeError, "can't create new thread at interpreter shutdown")
            return false
        }
        if !handle.begin() {
            raise(.runtimeError, "thread already started")
            return false
        }
        guard runtime.pointee.threads.count < runtime.pointee.threadLimit, let new = Thread.make(run: run, name: name, isMain: false) else {
            handle.takeBack()
            raise(.runtimeError, "can't start new thread")
            return false
        }
        new.s.pointee.isDaemon = isDaemon
        new.s.pointee.threadObject = newReference(threadObject)
        new.s.pointee.handle = newReference(handleValue)
        let holdable = handleValue.cast(HoldableObject.self)
        holdable.setNote(site: scriptSite(), ticks: gild_ticks())
        holdable.holder = new.s.pointee.lockThread.pointee.number
        let isLinked = link(new.s)
        if !isLinked || !Thread.createDetached(new.s) {
            let threadObject = runtime.pointee.threads.takeThreadObject(new.s)
            if isLinked { unlink(new.s) } else { decref(new.s.pointee.handle) }
            handle.takeBack()
            decref(threadObject)
            new.retire()
            raise(.runtimeError, "can't start new thread")
            return false
        }
        return wait(handle.started, deadline: nil) >= 0
    }

    private static func createDetached(_ state: UnsafeMutablePointer<ThreadState>) -> Bool {
        var attributes = pthread_attr_t()
        pthread_attr_init(&attributes)
        pthread_attr_setstacksize(&attributes, state.pointee.run.pointee.settings.threadStackSize)
        pthread_attr_setdetachstate(&attributes, Int32(PTHREAD_CREATE_DETACHED))
        defer { pthread_attr_destroy(&attributes) }
        var handle = pthread_t()
        return pthread_create(&handle, &attributes, { argument in
            Thread(state: argument.unsafelyUnwrapped).runThread()
            return nil
        }, UnsafeMutableRawPointer(state)) == 0
    }

    /// Put a thread on the runtime's list. False: there are as many as there may be.
    @discardableResult
    func link(_ state: UnsafeMutablePointer<ThreadState>) -> Bool {
        let runtime = s.pointee.runtime
        guard runtime.pointee.threads.add(state, limit: runtime.pointee.threadLimit) else { return false }
        runtime.pointee.waits.begin()
        return true
    }

    /// Take a thread off the list whose end nobody waits for.
    func unlink(_ state: UnsafeMutablePointer<ThreadState>) {
        let runtime = s.pointee.runtime
        let handle = runtime.pointee.threads.takeHandle(state)
        runtime.pointee.threads.remove(state)
        runtime.pointee.waits.takeBack()
        decref(handle)
    }

    // MARK: The new thread

    /// The whole life of the OS thread, from its first instruction to its last.
    private func runThread() {
        let runtime = s.pointee.runtime
        let record = s.pointee.lockThread
        runtime.pointee.lock.take(record)
        let handle = s.pointee.handle.cast(NativeObject.self)
        s.pointee.identifier = Int(pthread_self())
        handle.pointee.word1 = s.pointee.identifier
        handle.kernelIdentifier = Int(gild_thread_id())
        handle.started.set()

        let threadObject = newReference(s.pointee.threadObject)
        let run = getAttribute(threadObject, name: intern("run"))
        let result = run.isUndefined ? run : call(run)
        decref(run)
        if result.isUndefined { reportThreadException(threadObject) } else { decref(result) }
        decref(threadObject)

        mergeQueue()
        releaseThreadLocals()
        clear(&s.pointee.handled)
        decref(runtime.pointee.threads.takeThreadObject(s))
        clearException()
        // Before the end is told: who has joined the thread finds nothing in its queue any more. The thread has no references of its own from here on but to
        // its handle, which its starter made and which holds nothing.
        closeMergeQueue()
        lookForStandstill()
        let handleReference = runtime.pointee.threads.takeHandle(s)
        handle.done.set()
        runtime.pointee.waits.forget(record.pointee.number)
        decref(handleReference)
        leaveSpreadCounts()
        s.pointee.reprs?.deallocate()
        leaveHeap()
        let figures = threadFigures()
        let cpu = gild_thread_cpu_ns()
        runtime.pointee.threads.remove(s) { books in
            books.pointee.endedThreads.append(EndedThread(figures: figures))
            books.pointee.endedCPUNanoseconds &+= cpu
        }
        runtime.pointee.lock.drop(record, .finish)
        retire()
    }

    // MARK: Waiting

    /// Wait for an event without the GIL, in memory that the caller keeps alive.
    ///
    /// - Returns: 1 it has happened, 0 the time is over, −1 an exception is set.
    func wait(_ event: RawEvent, deadline: UInt64?) -> Int32 {
        let record = s.pointee.lockThread
        while !event.hasHappened {
            switch allowThreads(.join, { event.wait(record, deadline: deadline) }) {
            case .happened: return 1
            case .timedOut: return 0
            case .interrupted: if !handleEvalBreaker() { return -1 }
            }
        }
        return 1
    }

    /// Wait until the handle's thread has ended, as `wait`; without a deadline as a waiter that deadlocks are looked for with.
    private func waitForEnd(_ handle: UnsafeMutablePointer<HoldableObject>, deadline: UInt64?, isAtExit: Bool = false) -> Int32 {
        let event = handle.native.done
        if deadline != nil { return wait(event, deadline: deadline) }
        let record = s.pointee.lockThread
        while !event.hasHappened {
            if !enterWait(for: .threadEnd(handle), isAtExit: isAtExit) { return -1 }
            let outcome = allowThreads(.join) { event.wait(record, deadline: nil) }
            if !leaveWait(isDone: outcome == .happened) { return -1 }
            if outcome == .interrupted && !handleEvalBreaker() { return -1 }
        }
        return 1
    }

    /// Wait for the threads that are not daemons, in the order in which they were started. Leaves the exception set
    /// that ended the wait early.
    func joinNonDaemonThreads() {
        if s.pointee.handle.isPointer { s.pointee.handle.cast(NativeObject.self).done.set() }
        while true {
            var handle = Value.undefined
            let list = s.pointee.runtime.pointee.threads
            list.locked {
                var current = list.first
                while let state = current {
                    // One without a handle has ended.
                    if state != s && state.pointee.run == s.pointee.run && !state.pointee.isDaemon && state.pointee.handle.isPointer {
                        handle = state.pointee.handle
                    }
                    current = state.pointee.next
                }
                incref(handle)
            }
            if handle.isUndefined { return }
            let outcome = waitForEnd(handle.cast(HoldableObject.self), deadline: nil, isAtExit: true)
            decref(handle)
            if outcome < 0 { return }
        }
    }

    // MARK: Handles

    /// Wait until the handle's thread has ended; `timeout` in nanoseconds, nil: for ever. As `wait`.
    func join(_ handle: Value, timeout: Int?) -> Int32 {
        waitForEnd(handle.cast(HoldableObject.self), deadline: timeout.flatMap { deadline(after: $0) })
    }

    func hasBegun(_ handle: Value) -> Bool { handle.cast(NativeObject.self).isBegun }
    func hasEnded(_ handle: Value) -> Bool { handle.cast(NativeObject.self).done.hasHappened }

    /// `pthread_self()` and the kernel's thread number of the handle's thread; nil before its first turn.
    func identifiers(_ handle: Value) -> (thread: Int, kernel: Int)? {
        let native = handle.cast(NativeObject.self)
        return native.started.hasHappened ? (native.pointee.word1, native.kernelIdentifier) : nil
    }

    /// Change the name that reports show, if the handle's thread is alive.
    func renameThread(_ handle: Value, _ name: String) {
        let runtime = s.pointee.runtime
        runtime.pointee.threads.forEach { if $0.pointee.handle == handle { runtime.pointee.lock.rename($0.pointee.lockThread, name) } }
    }
}
