// The life of a thread that a script starts.
//
//     starter, with the GIL                       the new OS thread
//     make a state, link it, create the thread
//     without the GIL: wait for `started`         take the GIL
//                                                 note its identifiers; set `started`
//     go on when the GIL is to be had             call run()
//                                                 an exception: the except hook
//                                                 release what the thread holds
//                                                 figures, unlink, set `done`
//                                                 drop the GIL, retire, free the state
//
// What the steps prevent:
//
// - *Linked before it exists.* A thread that has been created but waits for its first turn is alive for everybody: the
//   end of the program waits for it, and the list is only ever changed with the GIL.
// - *Waiting for `started`.* As in CPython, start() returns when the new thread has had its first turn; scripts see the
//   same order of events.
// - *`done` last, but under the GIL.* Whoever sees it cannot run before the GIL was dropped, when the thread has left the
//   list, its counters are in the books and everything it held is freed. So after join() a program counts right.
// - *The state is freed by the thread itself*, after the lock's record is retired: nobody else knows the address any more.
//   OS threads are detached; nothing has to be joined.
//
// A daemon thread that comes for the GIL after the end has begun stays in `take` for ever. Its state is never freed.

import CGild
import Glibc

/// Threads alive at a time in one runtime.
let greatestThreadCount = 4096

/// A handle is a NativeObject of the type _ThreadHandle without memory of its own: `word0` holds two `RawEvent` words,
/// `started` and `done`; `word1` the thread's `pthread_self()`; `state` is 0 before the start, then an odd number whose
/// upper bits are the kernel's thread number. All but the events are guarded by the GIL.
///
/// The note of its holder says which thread it is, and since when and by which line it was started.
extension UnsafeMutablePointer where Pointee == NativeObject {
    fileprivate var started: RawEvent { RawEvent(word: futexWord) }
    var done: RawEvent { RawEvent(word: futexWord + 1) }
    fileprivate var isBegun: Bool {
        get { pointee.state != nil }
        nonmutating set { pointee.state = UnsafeMutableRawPointer(bitPattern: newValue ? 1 : 0) }
    }
    fileprivate var kernelIdentifier: Int {
        get { Int(bitPattern: pointee.state) >> 1 }
        nonmutating set { pointee.state = UnsafeMutableRawPointer(bitPattern: newValue << 1 | 1) }
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
        holdable.pointee.holding.ticks = s.pointee.runtime.pointee.waits.startTicks
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
        if run.pointee.isFinalizing {
            raise(.runtimeError, "can't create new thread at interpreter shutdown")
            return false
        }
        guard runtime.pointee.threadCount < runtime.pointee.threadLimit, let new = Thread.make(run: run, name: name, isMain: false) else {
            raise(.runtimeError, "can't start new thread")
            return false
        }
        new.s.pointee.isDaemon = isDaemon
        new.s.pointee.threadObject = newReference(threadObject)
        new.s.pointee.handle = newReference(handleValue)
        handle.isBegun = true
        let holdable = handleValue.cast(HoldableObject.self)
        holdable.pointee.holding.ticks = gild_ticks()
        holdable.pointee.holding.site = scriptSite()
        holdable.holder = new.s.pointee.lockThread.pointee.number
        link(new.s)
        if !Thread.createDetached(new.s) {
            unlink(new.s)
            handle.isBegun = false
            clear(&new.s.pointee.threadObject)
            clear(&new.s.pointee.handle)
            runtime.pointee.lock.retire(new.s.pointee.lockThread)
            new.destroyState()
            raise(.runtimeError, "can't start new thread")
            return false
        }
        return wait(handle.started, deadline: nil) >= 0
    }

    private static func createDetached(_ state: UnsafeMutablePointer<ThreadState>) -> Bool {
        var attributes = pthread_attr_t()
        pthread_attr_init(&attributes)
        pthread_attr_setstacksize(&attributes, state.pointee.run.pointee.threadStackSize)
        pthread_attr_setdetachstate(&attributes, Int32(PTHREAD_CREATE_DETACHED))
        defer { pthread_attr_destroy(&attributes) }
        var handle = pthread_t()
        return pthread_create(&handle, &attributes, { argument in
            Thread(state: argument.unsafelyUnwrapped).runThread()
            return nil
        }, UnsafeMutableRawPointer(state)) == 0
    }

    /// Put a thread on the runtime's list. Under the GIL.
    func link(_ state: UnsafeMutablePointer<ThreadState>) {
        let runtime = s.pointee.runtime
        state.pointee.next = runtime.pointee.threads
        runtime.pointee.threads = state
        runtime.pointee.threadCount += 1
        state.pointee.run.pointee.threadCount += 1
    }

    func unlink(_ state: UnsafeMutablePointer<ThreadState>) {
        let runtime = s.pointee.runtime
        runtime.pointee.threadCount -= 1
        state.pointee.run.pointee.threadCount -= 1
        if runtime.pointee.threads == state {
            runtime.pointee.threads = state.pointee.next
            return
        }
        var current = runtime.pointee.threads
        while let previous = current {
            if previous.pointee.next == state {
                previous.pointee.next = state.pointee.next
                return
            }
            current = previous.pointee.next
        }
    }

    // MARK: The new thread

    /// The whole life of the OS thread, from its first instruction to its last.
    private func runThread() {
        let runtime = s.pointee.runtime
        let program = s.pointee.run
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

        releaseThreadLocals()
        clear(&s.pointee.handled)
        clear(&s.pointee.threadObject)
        clearException()
        lookForStandstill()
        handle.done.set()
        clear(&s.pointee.handle)
        s.pointee.reprs?.deallocate()
        leaveHeap()
        program.pointee.endedThreads.append(EndedThread(figures: threadFigures()))
        program.pointee.endedCPUNanoseconds &+= gild_thread_cpu_ns()
        unlink(s)
        runtime.pointee.lock.drop(record, .finish)
        runtime.pointee.lock.retire(record)
        destroyState()
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
            var oldest: UnsafeMutablePointer<ThreadState>?
            var current = s.pointee.runtime.pointee.threads
            while let state = current {
                if state != s && state.pointee.run == s.pointee.run && !state.pointee.isDaemon { oldest = state }
                current = state.pointee.next
            }
            guard let oldest else { return }
            let handle = newReference(oldest.pointee.handle)
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
        var current = s.pointee.runtime.pointee.threads
        while let state = current {
            if state.pointee.handle == handle { s.pointee.runtime.pointee.lock.rename(state.pointee.lockThread, name) }
            current = state.pointee.next
        }
    }
}
