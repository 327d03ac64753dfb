// Critical sections: what takes the GIL's place around the natives that work on one or two mutable objects.
//
// A thread locks the object's lock byte for the length of an operation. The byte is free (0), locked (1), locked with threads asleep (3), or, in the
// biased regime, the owner's without locking (2, LockBias.swift). Sections nest like the natives that open them; a thread's open sections lie on a
// stack of its own.
//
//     begin(object)                                     end
//     push an entry that is not active                  unlock the entry's objects, if it is active; pop
//     lock the byte: at once, after a short spin, or    the next entry was suspended: lock its objects again
//         asleep, as a thread that is detached and
//         whose other sections are suspended
//     the entry is active
//
// **Suspending.** A thread that detaches (it blocks, sleeps for a lock byte, or lets the world be stopped) first unlocks everything it
// has locked and marks the entries as suspended. When it is back, only the innermost section is locked again; an outer one when the
// inner one has ended. So a section is what the GIL was to a native: nobody else works on the object, except while the
// native calls something that may let others run. Natives read the object again after such calls, under the GIL and here.
//
// **Scripts.** A native that calls a script has its sections suspended for as long as the script runs: that may be any time, and may be spent in waiting
// for a thread that needs the same objects. Sections of natives that the script calls lie above `sectionBase`, and only those are resumed
// until the call returns.
//
// What the steps prevent:
//
// - *Suspended while asleep.* Two threads that hold one object each and want the other's would wait for ever; here neither of them
//   holds anything while it sleeps. For the same reason no order of locking is needed between nested sections.
// - *Two objects in address order.* An operation on two objects needs both at the same moment. The second is tried while the first is
//   held: with one order for all, somebody always gets on.
// - *Held already.* A native that comes upon an object of an outer section of its own (`a.extend(a)`, a list in itself) would wait for
//   itself: the inner section does without, and locks it itself only if it has to be resumed.
// - *A generation per bucket.* The byte has no room for a queue, so sleepers wait on a word of a table, found by the object's address. They
//   read its generation before they look at the byte for the last time, and who unlocks a byte with sleepers changes the generation before it
//   wakes them: a wakeup between the look and the sleep is not lost, because the kernel compares the generation.
// - *Locked as 3 after a sleep.* There may be others asleep on the byte; who forgets them (by locking it as 1) leaves them asleep.
//
// With `lock_order: access` (ObjectMutexes.swift) the operations of a script lock their objects in another way, and detaching suspends nothing.
//
// Sources: PEP 703, "Container Thread-Safety" and "Critical sections"; CPython's Python/critical_section.c; U. Drepper, "Futexes Are Tricky".

import CGild

/// One critical section of a thread, open or suspended.
struct CriticalSection {
    /// What it is about; of two objects the one with the lower address first.
    var first: ObjectPointer?
    var second: ObjectPointer?
    var state: State = []

    struct State: OptionSet {
        var rawValue: UInt8
        /// Not suspended.
        static let active = State(rawValue: 1)
        /// It has locked them itself; else it is suspended, an outer section has, or they are the thread's without locking.
        static let holdsFirst = State(rawValue: 2)
        static let holdsSecond = State(rawValue: 4)
        /// When and where it began is noted (ObjectMutexes.swift).
        static let noted = State(rawValue: 8)
    }

    @inline(__always) var isActive: Bool { state.contains(.active) }
    @inline(__always) var holdsFirst: Bool { state.contains(.holdsFirst) }
    @inline(__always) var holdsSecond: Bool { state.contains(.holdsSecond) }
}

/// Values of a lock byte.
enum LockByte {
    static let free: UInt8 = 0
    static let locked: UInt8 = 1
    /// The owner works on the object without locking it; nobody else has yet.
    static let biased: UInt8 = 2
    static let lockedWithSleepers: UInt8 = 3
}

/// Where threads sleep that wait for lock bytes: generations, by the object's address. One for the process.
enum ParkingLot {
    static let bucketCount = 256
    nonisolated(unsafe) private static let buckets: UnsafeMutablePointer<UInt32> = {
        // A cache line each.
        let words = UnsafeMutablePointer<UInt32>.allocate(capacity: bucketCount * 16)
        words.initialize(repeating: 0, count: bucketCount * 16)
        return words
    }()

    static func bucket(of object: ObjectPointer) -> UnsafeMutablePointer<UInt32> {
        let address = UInt(bitPattern: object) >> 4
        return buckets + Int((address ^ address >> 8 ^ address >> 16) & UInt(bucketCount - 1)) * 16
    }
}

extension gild_thread_ref {
    // MARK: Sections

    /// Run `body` with the object locked, unless one lock guards everything.
    @inline(__always) func guarded<T>(_ object: ObjectPointer, _ body: () -> T) -> T {
        let isFree = s.pointee.isFreeThreaded
        if isFree { beginSection(object) }
        let result = body()
        if isFree { endSection() }
        return result
    }

    /// The same for a value; immediates need no lock.
    @inline(__always) func guarded<T>(_ value: Value, _ body: () -> T) -> T {
        let isFree = s.pointee.isFreeThreaded && value.isPointer
        if isFree { beginSection(value.object) }
        let result = body()
        if isFree { endSection() }
        return result
    }

    /// Run `body` with both objects locked; they may be the same, and immediates need no lock.
    @inline(__always) func guarded<T>(_ first: Value, _ second: Value, _ body: () -> T) -> T {
        let isFree = s.pointee.isFreeThreaded
        if isFree { beginSection(first, second) }
        let result = body()
        if isFree { endSection() }
        return result
    }

    @inline(never) func beginSection(_ object: ObjectPointer) {
        let count = s.pointee.sectionCount
        if count == s.pointee.sectionCapacity { growSections() }
        let state: CriticalSection.State =
            isBiased(object) ? .active : gild_compare_exchange_8(object.lockByte, LockByte.free, LockByte.locked) ? [.active, .holdsFirst] : []
        (s.pointee.sections + count).initialize(to: CriticalSection(first: object, state: state))
        s.pointee.sectionCount = count &+ 1
        if state.isEmpty { lockInnermostSection() }
    }

    @inline(never) func beginSection(_ first: Value, _ second: Value) {
        let one = first.isPointer ? first.object : nil
        let other = second.isPointer && second != first ? second.object : nil
        if let one, let other, other < one { pushSection(other, one) } else { pushSection(one ?? other, one == nil ? nil : other) }
        lockInnermostSection()
    }

    /// `beginSection` with an object that is this thread's to work on without locking it.
    @inline(__always) func beginBiasedSection(_ object: ObjectPointer) {
        let count = s.pointee.sectionCount
        if count == s.pointee.sectionCapacity { growSections() }
        (s.pointee.sections + count).initialize(to: CriticalSection(first: object, state: .active))
        s.pointee.sectionCount = count &+ 1
    }

    /// `endSection` after that.
    @inline(__always) func endBiasedSection() {
        let index = s.pointee.sectionCount &- 1
        if s.pointee.sections[index].state == .active && (index == s.pointee.sectionBase || s.pointee.sections[index &- 1].isActive) {
            s.pointee.sectionCount = index
        } else {
            endSection()
        }
    }

    /// End the innermost section.
    @inline(never) func endSection() {
        let index = s.pointee.sectionCount &- 1
        let top = s.pointee.sections + index
        if top.pointee.state.rawValue > CriticalSection.State.active.rawValue { unlock(top) }
        s.pointee.sectionCount = index
        resumeInnermostSection()
    }

    /// Run `body`, which is code of the script, with the sections of the natives that have called it suspended.
    @inline(__always) func suspendingSections<T>(_ body: () -> T) -> T {
        if s.pointee.sectionCount == s.pointee.sectionBase || s.pointee.mutexes != nil { return body() }
        let base = s.pointee.sectionBase
        suspendSections()
        s.pointee.sectionBase = s.pointee.sectionCount
        let result = body()
        s.pointee.sectionBase = base
        resumeInnermostSection()
        return result
    }

    /// Lock what the innermost section is about; it is not active.
    private func lockInnermostSection() {
        let index = s.pointee.sectionCount - 1
        let (first, second) = (s.pointee.sections[index].first, s.pointee.sections[index].second)
        while true {
            let holdsFirst = first.map { lockByte(of: $0) } ?? false
            s.pointee.sections[index].state = holdsFirst ? [.active, .holdsFirst] : .active
            guard let second else { return }
            // A sleep here suspends the section: then both are wanted again.
            let holdsSecond = lockByte(of: second)
            if s.pointee.sections[index].isActive {
                if holdsSecond { s.pointee.sections[index].state = holdsFirst ? [.active, .holdsFirst, .holdsSecond] : [.active, .holdsSecond] }
                return
            }
            if holdsSecond { unlockByte(of: second) }
        }
    }

    func pushSection(_ first: ObjectPointer?, _ second: ObjectPointer?) {
        let count = s.pointee.sectionCount
        if count == s.pointee.sectionCapacity { growSections() }
        (s.pointee.sections + count).initialize(to: CriticalSection(first: first, second: second))
        s.pointee.sectionCount = count + 1
    }

    @inline(never) private func growSections() {
        let capacity = max(16, s.pointee.sectionCapacity * 2)
        let larger = UnsafeMutablePointer<CriticalSection>.allocate(capacity: capacity)
        larger.moveInitialize(from: s.pointee.sections, count: s.pointee.sectionCount)
        s.pointee.sections.deallocate()
        s.pointee.sections = larger
        s.pointee.sectionCapacity = capacity
    }

    private func unlock(_ section: UnsafeMutablePointer<CriticalSection>) {
        if section.pointee.holdsSecond, let second = section.pointee.second { unlockByte(of: second) }
        if section.pointee.holdsFirst, let first = section.pointee.first { unlockByte(of: first) }
        section.pointee.state = section.pointee.state.intersection(.noted)
    }

    // MARK: Suspending

    /// Unlock whatever the thread has locked: it is about to detach.
    @inline(__always) func suspendSections() {
        if s.pointee.sectionCount > s.pointee.sectionBase { suspendSectionsSlowly() }
    }

    @inline(never) private func suspendSectionsSlowly() {
        if s.pointee.mutexes == nil { giveUpSections() }
    }

    /// Unlock whatever the thread has locked, so that it holds nothing while it waits.
    func giveUpSections() {
        for index in stride(from: s.pointee.sectionCount - 1, through: s.pointee.sectionBase, by: -1) where s.pointee.sections[index].isActive {
            unlock(s.pointee.sections + index)
        }
    }

    /// The thread is attached again, or an inner section has ended: lock what the innermost section is about, if it was suspended and no script
    /// runs inside it.
    @inline(__always) func resumeInnermostSection() {
        let count = s.pointee.sectionCount
        if count > s.pointee.sectionBase && !s.pointee.sections[count - 1].isActive { resumeInnermostSectionSlowly() }
    }

    @inline(never) private func resumeInnermostSectionSlowly() {
        if s.pointee.mutexes == nil { return lockInnermostSection() }
        let isNoted = beginResumption()
        lockInnermostSection()
        endResumption(isNoted: isNoted)
    }

    // MARK: Lock bytes

    /// Lock the object's byte. False: an outer section of this thread has it locked already, or the thread needs no lock.
    @inline(__always) private func lockByte(of object: ObjectPointer) -> Bool {
        if isBiased(object) { return false }
        if gild_compare_exchange_8(object.lockByte, LockByte.free, LockByte.locked) { return true }
        return lockByteSlowly(of: object)
    }

    @inline(__always) private func unlockByte(of object: ObjectPointer) {
        // While the byte is still locked: who then finds it free finds this, too.
        gild_store_release_32(object.sectionsWord, gild_load_relaxed_32(object.sectionsWord) &+ 1)
        if gild_exchange_8(object.lockByte, LockByte.free) == LockByte.lockedWithSleepers { wakeSleepers(object) }
    }

    @inline(never) private func wakeSleepers(_ object: ObjectPointer) {
        let bucket = ParkingLot.bucket(of: object)
        gild_fetch_add_32(bucket, 1)
        gild_futex_wake(bucket, Int32.max)
    }

    /// An open section of this thread has locked the object.
    func hasLocked(_ object: ObjectPointer) -> Bool {
        for index in 0..<s.pointee.sectionCount {
            let section = s.pointee.sections[index]
            if section.holdsFirst && section.first == object || section.holdsSecond && section.second == object { return true }
        }
        return false
    }

    /// Whoever has the byte may be about to unlock it. False: it did not.
    func spinForByte(of object: ObjectPointer) -> Bool {
        measured { s.pointee.contendedSections &+= 1 }
        // Longer and longer, so that the one that has it gets something done before its cache line is taken away again.
        var pauses = 64
        for _ in 0..<12 {
            for _ in 0..<pauses { gild_spin_pause() }
            if gild_load_relaxed_8(object.lockByte) == LockByte.free
                && gild_compare_exchange_8(object.lockByte, LockByte.free, LockByte.locked) {
                return true
            }
            pauses = min(pauses * 2, 256)
        }
        return false
    }

    @inline(never) private func lockByteSlowly(of object: ObjectPointer) -> Bool {
        if gild_load_acquire_8(object.lockByte) == LockByte.biased { revokeBias(object) }
        if hasLocked(object) { return false }
        if s.pointee.mutexes != nil { return lockGivingUp(object) }
        if spinForByte(of: object) { return true }
        let bucket = ParkingLot.bucket(of: object)
        let lock = s.pointee.runtime.pointee.lock
        while let generation = prepareToSleep(for: object, in: bucket) {
            suspendSections()
            lock.drop(s.pointee.lockThread, .blocking, in: .section)
            gild_futex_wait(bucket, generation, 0)
            lock.take(s.pointee.lockThread)
        }
        return true
    }

    /// Lock the object's byte, or mark that somebody sleeps for it. The generation of its bucket to sleep on, read before the byte was looked at
    /// for the last time; nil: it is locked by this thread.
    func prepareToSleep(for object: ObjectPointer, in bucket: UnsafeMutablePointer<UInt32>) -> UInt32? {
        while true {
            let generation = gild_load_acquire_32(bucket)
            switch gild_load_acquire_8(object.lockByte) {
            case LockByte.free:
                if gild_compare_exchange_8(object.lockByte, LockByte.free, LockByte.lockedWithSleepers) { return nil }
            case LockByte.locked:
                if gild_compare_exchange_8(object.lockByte, LockByte.locked, LockByte.lockedWithSleepers) { return generation }
            default: return generation
            }
        }
    }
}
