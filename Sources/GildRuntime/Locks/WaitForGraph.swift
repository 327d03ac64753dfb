// The wait-for graph of one runtime: which threads wait, without a time-out, for what only others can give.
//
//     a thread that cannot have what it wants           a thread that ends
//     enter: register the wait                          it counts no more; who joins it is on the way:
//            walk from it along the holders             look whether all others wait
//            back at its start: a deadlock              tell its end; forget it
//            or all threads wait: a deadlock
//     block without the GIL
//     leave: take the wait out; was it sentenced?
//
// An edge leads from a waiter to the thread that can end its wait. A waiter has one edge or, where any thread could end the
// wait, none; so the walk is a single path of at most as many steps as there are waiters. Only a wait that begins can close
// a cycle, and all waits begin under `mutex`: the last thread of a cycle finds it, before it blocks, every time.
//
// Who can end a wait:
//
// - *RLock, join.* One thread: the owner; the thread to be joined.
// - *Object mutex* (ObjectMutexes.swift). The thread that has locked it, if that one waits, too: every waiter tells what it has locked. If none
//   has, the thread that has it runs, or is about to.
// - *Lock taken by `with`.* The holder, which gives it back when the block ends.
// - *Lock taken by `acquire()`.* Any thread may release it, and programs use that for signals. It counts as the holder's
//   when nothing speaks against it: no other thread ever released it, the frame that took it is still active, has gone
//   forward since, and now waits for another lock (not for the end of a thread).
// - *Otherwise* any thread that can still run. Such a wait is hopeless when there is none: when all threads wait without
//   time-out. In a runtime that hosts several runs that is never known, because a run may begin at any time.
//
// What the steps prevent:
//
// - *Free, or on its way.* Between a release and the moment when the next holder says so, a waiter is registered that is
//   about to go on. The lock has no holder then, and the walk ends.
// - *Interrupted waiters go on.* A thread with a pending signal or stop request leaves the graph in a moment; if it comes
//   back, it looks again.
// - *Counted under `mutex`.* "All threads wait" is decided with the number of threads that have begun and not ended. A thread is counted
//   before the one that starts it can wait, and counted no more in the step that looks whether all others wait: where threads run at
//   the same time, a number read before would be one too many (missed for ever) or too few (a thread that can run is forgotten).
// - *Ending.* Between that step and the moment when its end is told, a thread is neither counted nor gone: a wait for its end is
//   about to end.
// - *A sentence is taken back by leaving.* The victim is woken and finds its sentence when it leaves. If it got the lock
//   after all, the sentence is void: nobody is hit outside of a wait.
//
// Sources: R. C. Holt, "Some Deadlock Properties of Computer Systems", ACM Computing Surveys 4 (1972); the reasons for each
// rule: docs/decisions/0012-deadlocks.md.

import CGild
import Glibc

/// What a thread waits for. The waiter keeps the object alive.
enum AwaitedResource {
    case lock(UnsafeMutablePointer<HoldableObject>)
    case reentrantLock(UnsafeMutablePointer<HoldableObject>)
    /// The end of the thread of this handle.
    case threadEnd(UnsafeMutablePointer<HoldableObject>)
    /// The mutex of an object's contents.
    case objectMutex(ObjectPointer)

    /// Who holds it, as far as the object itself knows; nil: it has no room for that.
    var holdable: UnsafeMutablePointer<HoldableObject>? {
        switch self {
        case .lock(let object), .reentrantLock(let object), .threadEnd(let object): object
        case .objectMutex: nil
        }
    }

    var isNotification: Bool { holdable.map { $0.holdingFlags & HoldingFlags.notification != 0 } ?? false }
}

/// Who can end a wait.
enum Provider: Equatable {
    /// The wait is about to end.
    case nobody
    case thread(UInt32)
    /// Every thread that runs; `last` is the one that took the lock last.
    case anyThread(last: UInt32)
}

/// A thread that waits without a time-out.
struct Waiter {
    let thread: UnsafeMutablePointer<ThreadState>
    let resource: AwaitedResource
    /// When the wait began, in nanoseconds of the monotonic clock.
    let since: UInt64
    /// The main module has ended and its thread waits for the others: no code of the script is there to get an exception.
    var isAtExit = false
    /// It waits in a step that has no exception to raise, and that no request ends.
    var cannotFail = false

    /// The thread's, as its lock record has it: that record changes under the GIL's mutex, and is not read here.
    let number: UInt32
    /// Objects that it has locked, and keeps while it waits.
    let held: [HeldMutex]

    /// What is known of an object that it has locked; nil: it has not.
    func hasLocked(_ object: ObjectPointer) -> HeldMutex? { held.first { $0.object == object } }

    fileprivate var isInterrupted: Bool { !cannotFail && thread.pointee.lockThread.isInterrupted }
    fileprivate var canBeVictim: Bool { !isAtExit && !cannotFail }
}

/// Threads that wait for each other.
struct Deadlock {
    /// A cycle: each waits for what the next one holds, the last for what the first one holds. Else: all threads.
    var waiters: [Waiter]
    var isCycle: Bool
    var victim: Waiter
}

/// Which threads could end a wait that any thread can end.
enum Bystanders {
    /// Unknown: other runs may begin.
    case unknown
    /// All threads of the runtime that can run, waiters included.
    case all
    /// The interpreter has ended: the calling thread is the only one that still runs.
    case none
}

/// A handle to one graph; copies denote the same graph. Lives as long as its runtime.
struct WaitForGraph: @unchecked Sendable {
    private struct State {
        /// By the numbers of their threads.
        var waiters: [UInt32: Waiter] = [:]
        /// Messages for victims that have not woken up yet.
        var sentences: [UInt32: String] = [:]
        /// The run is being aborted: what is found from now on is told no more.
        var isClosed = false
        /// Threads that have begun and do not end.
        var threadCount = 0
        /// Numbers of threads that run no more code of a script and have not told their end.
        var ending: Set<UInt32> = []
    }

    private let mutex: UnsafeMutablePointer<pthread_mutex_t>
    /// Guarded by `mutex`.
    private let state: UnsafeMutablePointer<State>
    /// One moment in both units, for `nanoseconds(of:)`.
    let startTicks = gild_ticks()
    let startNanoseconds = gild_monotonic_ns()

    init() {
        mutex = .allocate(capacity: 1)
        state = .allocate(capacity: 1)
        mutex.initialize(to: pthread_mutex_t())
        pthread_mutex_init(mutex, nil)
        state.initialize(to: State())
    }

    // MARK: Threads

    /// One thread more; called by the one that starts it.
    func begin() {
        pthread_mutex_lock(mutex)
        state.pointee.threadCount += 1
        pthread_mutex_unlock(mutex)
    }

    /// The thread could not be started.
    func takeBack() {
        pthread_mutex_lock(mutex)
        state.pointee.threadCount -= 1
        pthread_mutex_unlock(mutex)
    }

    /// The thread's end has been told.
    func forget(_ number: UInt32) {
        pthread_mutex_lock(mutex)
        state.pointee.ending.remove(number)
        pthread_mutex_unlock(mutex)
    }

    // MARK: Waits

    /// A wait begins. `tell` is called, under the mutex, with a deadlock that it closes; what it returns is the victim's
    /// sentence, nil: there is none, and the run ends. Returns the deadlock; if the victim is this very thread, its wait does
    /// not begin and the caller carries out the sentence.
    func enter(_ waiter: Waiter, _ bystanders: Bystanders, tell: (Deadlock) -> String?) -> Deadlock? {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        state.pointee.waiters[waiter.number] = waiter
        if state.pointee.isClosed { return nil }
        guard let found = cycle(through: waiter) ?? standstill(from: waiter, bystanders, ending: 0) else { return nil }
        sentence(found, caller: waiter.number, tell)
        return found
    }

    /// The wait of this thread is over. Returns the message of the DeadlockError that it was sentenced to.
    func leave(_ thread: UnsafeMutablePointer<LockThread>) -> String? {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        let number = thread.pointee.number
        state.pointee.waiters[number] = nil
        guard let message = state.pointee.sentences.removeValue(forKey: number) else { return nil }
        gild_fetch_and_32(thread.pointee.evalBreaker, ~EvalBreaker.deadlock)
        return message
    }

    /// A thread is about to end, its number `ending`: it counts no more. As `enter`; the victim is another one.
    func end(_ ending: UInt32, _ bystanders: Bystanders, tell: (Deadlock) -> String?) -> Deadlock? {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        state.pointee.threadCount -= 1
        state.pointee.ending.insert(ending)
        if state.pointee.isClosed { return nil }
        guard let first = state.pointee.waiters.values.min(by: { $0.number < $1.number }),
            let found = standstill(from: first, bystanders, ending: ending)
        else { return nil }
        sentence(found, caller: ending, tell)
        return found
    }

    private func sentence(_ found: Deadlock, caller: UInt32, _ tell: (Deadlock) -> String?) {
        guard let message = tell(found) else {
            state.pointee.isClosed = true
            return
        }
        let victim = found.victim.number
        state.pointee.waiters[victim] = nil
        if victim == caller { return }
        state.pointee.sentences[victim] = message
        found.victim.thread.pointee.lockThread.interrupt(EvalBreaker.deadlock)
    }

    // MARK: Finding (under the mutex)

    /// The path from `start` that leads back to it.
    private func cycle(through start: Waiter) -> Deadlock? {
        var path: [Waiter] = []
        var current = start
        while path.count <= state.pointee.waiters.count {
            if current.isInterrupted { return nil }
            path.append(current)
            guard case .thread(let number) = provider(for: current) else { return nil }
            if number == start.number { return Deadlock(waiters: path, isCycle: true, victim: victim(among: path, preferring: start)) }
            guard let next = state.pointee.waiters[number] else { return nil }
            current = next
        }
        // Into a cycle that `start` is no part of: it was found when it was closed.
        return nil
    }

    /// No thread can run: every wait is hopeless, whoever could end it.
    private func standstill(from start: Waiter, _ bystanders: Bystanders, ending: UInt32) -> Deadlock? {
        let waiters = state.pointee.waiters
        switch bystanders {
        case .unknown: return nil
        case .none:
            if start.isInterrupted || provider(for: start) == .nobody { return nil }
            return Deadlock(waiters: [start], isCycle: false, victim: start)
        case .all:
            guard waiters.count == state.pointee.threadCount else { return nil }
            // `Event().wait()` of the only thread is how programs wait for Ctrl-C; not so when another one ends meanwhile.
            if waiters.count == 1 && ending == 0 && start.resource.isNotification { return nil }
        }
        for waiter in waiters.values {
            if waiter.isInterrupted || provider(for: waiter) == .nobody { return nil }
        }
        // Where it comes from: follow the holders, as far as they are known, to a cycle or to a wait that nobody will end.
        var path = [start]
        while true {
            let last = path[path.count - 1]
            let number: UInt32
            switch provider(for: last) {
            case .nobody: return nil
            case .thread(let owner): number = owner
            case .anyThread(let taker): number = taker == last.number ? 0 : taker
            }
            guard let next = waiters[number] else {
                let all = waiters.values.sorted { $0.number < $1.number }
                return Deadlock(waiters: all, isCycle: false, victim: last.canBeVictim ? last : victim(among: all, preferring: last))
            }
            if let entry = path.firstIndex(where: { $0.number == next.number }) {
                let cycle = Array(path[entry...])
                return Deadlock(waiters: cycle, isCycle: true, victim: victim(among: cycle, preferring: start))
            }
            path.append(next)
        }
    }

    /// The one whose wait closed the deadlock, or else the one that began to wait last. There is one that can raise: who waits in a step that cannot
    /// fail wants an object, and who keeps an object while waiting is in an operation.
    private func victim(among waiters: [Waiter], preferring closer: Waiter) -> Waiter {
        if closer.canBeVictim && waiters.contains(where: { $0.number == closer.number }) { return closer }
        return waiters.filter(\.canBeVictim).max { ($0.since, $0.number) < ($1.since, $1.number) } ?? closer
    }

    private func provider(for waiter: Waiter) -> Provider {
        switch waiter.resource {
        case .objectMutex(let object):
            let holder = state.pointee.waiters.values.first { $0.hasLocked(object) != nil }
            return holder.map { .thread($0.number) } ?? .nobody
        case .threadEnd(let object):
            let holder = object.holder
            return object.native.done.hasHappened || state.pointee.ending.contains(holder) ? .nobody : .thread(holder)
        case .reentrantLock(let object):
            let holder = object.holder
            return object.native.rawLock.isLocked && holder != 0 ? .thread(holder) : .nobody
        case .lock(let object):
            let holder = object.holder
            if !object.native.rawLock.isLocked || holder == 0 { return .nobody }
            let flags = object.holdingFlags
            if flags & (HoldingFlags.handedOver | HoldingFlags.notification) != 0 { return .anyThread(last: holder) }
            if flags & HoldingFlags.scoped != 0 { return .thread(holder) }
            return holder != waiter.number && keeps(holder, object) ? .thread(holder) : .anyThread(last: holder)
        }
    }

    /// Whether a lock that `acquire()` took looks as if its holder will release it.
    private func keeps(_ holder: UInt32, _ lock: UnsafeMutablePointer<HoldableObject>) -> Bool {
        guard let waiter = state.pointee.waiters[holder] else { return false }
        if case .threadEnd = waiter.resource { return false }
        // A thread that waits does not move in its frames.
        let note = lock.note
        let frame = waiter.thread.pointee.frameBase + Int(note.depth)
        guard frame <= waiter.thread.pointee.frame else { return false }
        let code = frame.pointee.code
        let start = UInt32(truncatingIfNeeded: UInt(bitPattern: code.pointee.words))
        let taken = note.site &- start
        let now = UInt32(truncatingIfNeeded: UInt(bitPattern: frame.pointee.pc)) &- start
        return taken < now && Int(now) < code.pointee.wordCount * MemoryLayout<UInt64>.size
    }

    // MARK: Times

    /// How long ago this was, in nanoseconds: `ticks` of a note, `now` of the clock.
    func age(ofTicks ticks: UInt64, now: UInt64) -> UInt64 {
        let current = gild_ticks()
        guard current > startTicks, current > ticks, now > startNanoseconds else { return 0 }
        let rate = Double(now - startNanoseconds) / Double(current - startTicks)
        return UInt64(Double(current - ticks) * rate)
    }
}
