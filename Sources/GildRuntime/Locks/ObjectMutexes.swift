// Object mutexes as the textbook has them: `lock_order: access` of the regime object-lock.
//
// Critical sections (CriticalSections.swift) are built so that nobody waits for ever: a thread that waits holds nothing. Here an
// operation of the script locks its objects in the order in which it names them, receiver before argument, and keeps what it has:
//
//     lock(first, second), an operation              a step that cannot fail
//     open a section; note when and where            an object's mutex is not free:
//     take first; take second                          unlock every section of the thread
//                                                      wait
//     take(object)                                     lock it
//     free: lock it                                  when it ends, the section below is locked again
//     locked by this thread: done
//     enter the wait-for graph with all that         detach
//         the thread has locked: a cycle? raise      nothing is unlocked: not for a blocking call, not while a
//     detach, sleep, attach; leave the graph         script runs that the operation calls, not for a stop
//
// What the steps prevent, and what they leave to happen:
//
// - *Kept while asleep.* Two threads that hold one list each and want the other's wait for ever. That is the deadlock that this order is there
//   to show; the last of them finds it before it sleeps (WaitForGraph.swift). Sections nest, and scripts run inside of them: a thread in a
//   `key` function holds the list that is sorted, and a `threading.Lock` that it waits for there is an edge of the same graph.
// - *Published when the wait begins.* An object has no room for its holder. But every thread of a cycle waits, and what a waiting thread has
//   locked does not change: so the graph has it from the waiter itself, and nothing is written where locks are free.
// - *Failing.* A section that is not obtained is closed again, and the operation has not begun: it raises. A section that an operation opens in the middle
//   (`extend` from an iterator over another list) fails as the iterator itself may.
// - *Steps that cannot fail* have no exception to raise (a list's item, its length, an object's attributes, the books of the runtime). They hold no
//   object while they wait. But their thread may hold a `threading.Lock` that the holder of the object waits for: they are in the graph, and never
//   the victims.
// - *Whoever has stopped the world locks nothing.* A thread that keeps an object while it is detached would stop the collector, enquiries and
//   the end of the run for ever. It stands at a point where it expects others to work on the object.
// - *The end of a run.* A main thread that has to end may wait, in a step that cannot fail, for a thread that will never go on. It stops the world, which is
//   what ends runs anyhow, and passes.

import CGild
import Glibc

/// In which order an operation on two objects locks them.
public enum LockOrder: String, CaseIterable, Sendable, Codable {
    /// The lower address first, and a thread that waits holds nothing: no deadlock is possible.
    case address
    /// As the operation names them, and a thread keeps what it has while it waits for more. Only in the regime object-lock.
    case access
}

/// What a thread notes of its operations' sections. Owner thread only.
struct ObjectMutexes {
    struct Note {
        /// The script's line, as allocation sites are written.
        var site: UInt32 = 0
        /// `gild_ticks()` when the objects were locked.
        var firstTicks: UInt64 = 0
        var secondTicks: UInt64 = 0
    }

    /// Of the section with the same index; means something where that one is noted.
    fileprivate var notes: [Note] = []
    /// Sections that were given up and have been locked again.
    fileprivate var resumptions: UInt64 = 0

    static func make() -> UnsafeMutablePointer<ObjectMutexes> {
        let mutexes = UnsafeMutablePointer<ObjectMutexes>.allocate(capacity: 1)
        mutexes.initialize(to: ObjectMutexes())
        return mutexes
    }
}

/// An object that a waiting thread has locked.
struct HeldMutex {
    var object: ObjectPointer
    /// Where and when; 0: not noted.
    var site: UInt32
    var ticks: UInt64
}

/// The result of a function that raises: what it returns then.
protocol FailableResult {
    static var failure: Self { get }
}

extension Value: FailableResult { static var failure: Value { .undefined } }
extension Bool: FailableResult { static var failure: Bool { false } }
extension Int32: FailableResult { static var failure: Int32 { -1 } }
extension Optional: FailableResult { static var failure: Self { nil } }

private enum Taking {
    /// Locked, by this thread for this section.
    case taken
    /// Locked by an outer section of this thread, or guarded by the world's standing still.
    case held
    /// The whole section was given up and is locked again, by code that ran meanwhile.
    case resumed
    /// An exception is set.
    case failed
}

extension gild_thread_ref {
    // MARK: Operations of scripts

    /// Begin a section for an operation that can raise. False: it does not get its objects, an exception is set and no section is open.
    @inline(__always) func beginOperation(_ object: ObjectPointer) -> Bool {
        if s.pointee.mutexes != nil { return lockForOperation(object, nil) }
        beginSection(object)
        return true
    }

    /// The same for two values, which may be the same; immediates need no lock.
    @inline(__always) func beginOperation(_ first: Value, _ second: Value) -> Bool {
        if s.pointee.mutexes != nil {
            let one = first.isPointer ? first.object : nil
            return lockForOperation(one ?? (second.isPointer ? second.object : nil), one != nil && second.isPointer && second != first ? second.object : nil)
        }
        beginSection(first, second)
        return true
    }

    @inline(never) private func lockForOperation(_ first: ObjectPointer?, _ second: ObjectPointer?) -> Bool {
        let mutexes = s.pointee.mutexes.unsafelyUnwrapped
        let index = s.pointee.sectionCount
        pushSection(first, second)
        // Active from the start: what runs meanwhile must not try to lock the section again.
        s.pointee.sections[index].state = [.active, .noted]
        while mutexes.pointee.notes.count <= index { mutexes.pointee.notes.append(.init()) }
        mutexes.pointee.notes[index].site = scriptSite()
        if let isOpen = lockInnermost(first, .holdsFirst, ticks: \.firstTicks) { return isOpen }
        if let isOpen = lockInnermost(second, .holdsSecond, ticks: \.secondTicks) { return isOpen }
        return true
    }

    /// Lock one of the innermost section's objects and note when. Not nil: nothing is left to lock, and whether the section is open.
    private func lockInnermost(
        _ object: ObjectPointer?, _ holds: CriticalSection.State, ticks: WritableKeyPath<ObjectMutexes.Note, UInt64>
    ) -> Bool? {
        guard let object else { return nil }
        let index = s.pointee.sectionCount - 1
        switch take(object) {
        case .taken: s.pointee.sections[index].state.formUnion(holds)
        case .held: break
        case .resumed: return true
        case .failed:
            endSection()
            return false
        }
        s.pointee.mutexes.unsafelyUnwrapped.pointee.notes[index][keyPath: ticks] = gild_ticks()
        return nil
    }

    /// Lock an object for the innermost section, with everything kept that the thread has locked.
    private func take(_ object: ObjectPointer) -> Taking {
        if gild_compare_exchange_8(object.lockByte, LockByte.free, LockByte.locked) { return .taken }
        if hasLocked(object) || s.pointee.runtime.pointee.lock.hasStoppedTheWorld(s.pointee.lockThread) { return .held }
        if spinForByte(of: object) { return .taken }
        let resumptions = s.pointee.mutexes.unsafelyUnwrapped.pointee.resumptions
        while true {
            if !enterWait(for: .objectMutex(object)) { return .failed }
            // Telling of another one's deadlock may have run finalisers.
            let isResumed = s.pointee.mutexes.unsafelyUnwrapped.pointee.resumptions != resumptions
            let isTaken = !isResumed && allowThreads(.section) { sleepForByte(of: object, endedBy: EvalBreaker.interrupting) }
            if !leaveWait(isDone: isTaken || isResumed) { return .failed }
            if isResumed { return .resumed }
            if isTaken { return .taken }
            if !handleInterrupts() { return .failed }
        }
    }

    /// What the thread has locked, for others to see while it waits.
    var heldMutexes: [HeldMutex] {
        guard let mutexes = s.pointee.mutexes else { return [] }
        var held: [HeldMutex] = []
        for index in 0..<s.pointee.sectionCount {
            let section = s.pointee.sections[index]
            let note = section.state.contains(.noted) ? mutexes.pointee.notes[index] : .init()
            if section.holdsFirst, let first = section.first { held.append(HeldMutex(object: first, site: note.site, ticks: note.firstTicks)) }
            if section.holdsSecond, let second = section.second { held.append(HeldMutex(object: second, site: note.site, ticks: note.secondTicks)) }
        }
        return held
    }

    // MARK: Steps that cannot fail

    /// Lock an object that no section of this thread has locked, holding nothing while asleep. False: the world stands still, and no lock is needed.
    func lockGivingUp(_ object: ObjectPointer) -> Bool {
        let lock = s.pointee.runtime.pointee.lock
        if lock.hasStoppedTheWorld(s.pointee.lockThread) { return false }
        if spinForByte(of: object) { return true }
        // In a runtime that goes on, the threads that hold the object do so, too.
        let isLast = s.pointee.isMain && s.pointee.run.pointee.callbacks == nil
        giveUpSections()
        // Telling of a deadlock detaches: on the way back nothing below is locked again, not even the section that this is about.
        let base = s.pointee.sectionBase
        s.pointee.sectionBase = s.pointee.sectionCount
        _ = enterWait(for: .objectMutex(object), cannotFail: true)
        s.pointee.sectionBase = base
        lock.drop(s.pointee.lockThread, .blocking, in: .section)
        let isTaken = sleepForByte(of: object, endedBy: isLast ? EvalBreaker.timeLimit | EvalBreaker.exit : 0)
        lock.take(s.pointee.lockThread)
        _ = leaveWait(isDone: true)
        // For good: no other thread of the run runs again.
        if !isTaken { lock.stopTheWorld(s.pointee.lockThread) }
        return isTaken
    }

    /// The innermost section was given up: its objects are locked again in the order of their addresses. Whether it is noted.
    func beginResumption() -> Bool {
        let section = s.pointee.sections + (s.pointee.sectionCount - 1)
        if let first = section.pointee.first, let second = section.pointee.second, second < first {
            section.pointee.first = second
            section.pointee.second = first
        }
        return section.pointee.state.contains(.noted)
    }

    /// The innermost section has been locked again.
    func endResumption(isNoted: Bool) {
        let mutexes = s.pointee.mutexes.unsafelyUnwrapped
        let index = s.pointee.sectionCount - 1
        mutexes.pointee.resumptions &+= 1
        if isNoted {
            s.pointee.sections[index].state = s.pointee.sections[index].state.union(.noted)
            mutexes.pointee.notes[index].firstTicks = gild_ticks()
            mutexes.pointee.notes[index].secondTicks = mutexes.pointee.notes[index].firstTicks
        }
    }

    // MARK: Sleeping

    /// Sleep, detached, until the byte is locked by this thread. False: one of the requests is set in its eval breaker.
    private func sleepForByte(of object: ObjectPointer, endedBy requests: UInt32) -> Bool {
        let bucket = ParkingLot.bucket(of: object)
        let record = s.pointee.lockThread
        record.beginWait(on: bucket)
        defer { record.endWait() }
        // The generation is changed by who unlocks the byte of a sleeper, and by who interrupts one: neither is missed before the sleep.
        while let generation = prepareToSleep(for: object, in: bucket) {
            if gild_load_acquire_32(&s.pointee.evalBreaker) & requests != 0 { return false }
            gild_futex_wait(bucket, generation, 0)
        }
        return true
    }
}
