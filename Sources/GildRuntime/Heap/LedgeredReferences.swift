// Objects that the ledger follows: how they are born, and how those with plain counts are counted.
//
// The first count word says what kind of count an object has, by its two highest bits:
//
//     0x          not followed, or `unsynchronized`: the word is the count
//     10          followed. One lock: the low 30 bits are the count, and `sharedCount` is the object's number in the ledger
//                 object-lock, atomic, biased: the low 30 bits are the number (Regimes/FollowedCounts.swift)
//     11          immortal: there is no count
//
// With one lock `incref` and `decref` test the highest bit, as they do anyway for immortal objects; a plain object never comes here, and what
// is here is never inlined. So a run without a ledger pays a compare where it touches an immortal object, and nothing else. Without one lock a thread
// of a run with a ledger counts by the ledger's own functions (`Counting.ledgered`), and a thread of another run pays nothing.
//
// **The birth.** An object is chosen, and its allocation recorded, before its count words are stored: a thread that still knows the address from
// an object that was freed (Heap.swift) sees counts of 0 until then, and afterwards ones that say that the object is followed.
//
// **The end.** When its count falls to zero an object becomes one with count 0 that is not followed, because a freed slot
// has counts of zero. A finaliser may bring it back: its number waits by its address until the finaliser runs.
//
// With one lock all counts are guarded by it.

import CGild

extension ObjectHeader {
    /// The two highest bits of a ledgered object's count.
    static let ledgeredCount: UInt32 = 0x8000_0000

    @inline(__always) static func isLedgered(_ countWord: UInt32) -> Bool { countWord >> 30 == 2 }
}

extension UnsafeMutablePointer where Pointee == ObjectHeader {
    @inline(__always) var isLedgered: Bool { ObjectHeader.isLedgered(pointee.count) }

    /// References to an object that is not immortal. One lock.
    @inline(__always) var references: UInt32 { pointee.count & ~ObjectHeader.ledgeredCount }
}

extension gild_thread_ref {
    // MARK: Birth and end, in all regimes

    /// The runtime keeps a ledger from here on. The thread is its only one, and no script has run.
    func keepLedger(_ ledger: RefcountLedger) {
        let place = UnsafeMutablePointer<RefcountLedger>.allocate(capacity: 1)
        place.initialize(to: ledger)
        let runtime = s.pointee.runtime
        runtime.pointee.ledger = place
        s.pointee.ledger = place
        s.pointee.counting = runtime.pointee.counting
        s.pointee.initialSharedCount = runtime.pointee.counting.initialSharedCount
    }

    /// Store the second count word of a new object, and get the first one: its first reference, or, if it is one of those that were chosen, that it is
    /// followed. All else of its header is there.
    @inline(never) func firstCount(of object: ObjectPointer) -> UInt32 {
        let ledger = s.pointee.ledger.unsafelyUnwrapped.pointee
        _ = ledger.takeNumber(ofDying: object)
        let type = ledger.chosenType(of: object, self)
        let number = type.flatMap { type in ledger.open(type, count: 1) { ledger.append(record(.allocation, $0, count: 1)) } }
        var shared = scheme.initialSharedCount
        var count: UInt32 = 1
        switch (scheme, number) {
        case (.plain, let number?):
            shared = number
            count |= ObjectHeader.ledgeredCount
        case (.unsynchronized, _):
            if ledger.numbers.number(of: object) != number ?? 0 { ledger.setNumber(number ?? 0, object) }
        case (_, let number?):
            if scheme == .biased { shared = BiasedCount.followed }
            count = ObjectHeader.ledgeredCount | number
        case (_, nil): break
        }
        // Of an object-lock's object that is 0, and a reader that found its predecessor may hold the mutex in there.
        if shared != 0 { gild_store_release_32(object.sharedCountWord, shared) }
        return count
    }

    /// A record of what this thread does now.
    func record(_ operation: LedgerRecord.Operation, _ number: UInt32, count: Int, _ path: LedgerRecord.Path = .only) -> LedgerRecord {
        LedgerRecord(
            object: number, thread: s.pointee.lockThread.pointee.number,
            site: UInt32(truncatingIfNeeded: UInt(bitPattern: s.pointee.frame.pointee.pc)), count: UInt32(truncatingIfNeeded: count), operation: operation,
            path: path, byCollector: heap.pointee.collector.isRunning(inSlot: s.pointee.owner))
    }

    /// A followed object's count has fallen to zero: its number is wanted if `__del__` is going to run.
    func leaveLedger(_ object: ObjectPointer, _ number: UInt32) {
        let shape = shape(object)
        if shape.pointee.kind != .instance || object.flags & ObjectFlags.finalized != 0 { return }
        if shape.pointee.type.pointee.specials[SpecialMethod.del.rawValue].isUndefined { return }
        s.pointee.ledger.unsafelyUnwrapped.pointee.keepForFinalizer(number, object)
    }

    /// The object is to be counted no longer, by anybody. The caller makes it immortal.
    func noteImmortal(_ object: ObjectPointer) {
        guard let ledger = s.pointee.ledger?.pointee else { return }
        func note(_ number: UInt32, _ count: Int, _ known: inout RefcountLedger.Object) {
            known.isImmortal = true
            ledger.append(record(.immortal, number, count: count))
        }
        switch scheme {
        case .plain:
            if object.isLedgered { ledger.change(object.pointee.sharedCount) { note(object.pointee.sharedCount, Int(object.references), &$0) } }
        case .unsynchronized:
            let number = ledger.numbers.number(of: object)
            if number == 0 { return }
            ledger.change(number) { note(number, Int(gild_load_relaxed_32(object.countWord)), &$0) }
            ledger.setNumber(0, object)
        case .atomic, .objectLock, .biased, .ledgered:
            let word = gild_load_relaxed_32(object.countWord)
            if !ObjectHeader.isLedgered(word) { return }
            _ = ledger.change(object, word) { known, number in
                note(number, known.references, &known)
                gild_store_relaxed_32(object.countWord, ObjectHeader.immortalCount)
            }
        }
    }

    // MARK: Plain counts

    /// The rest of `incref`: the object is ledgered.
    @inline(never) func increfLedgered(_ object: ObjectPointer) {
        object.pointee.count &+= 1
        s.pointee.increfs &+= 1
        note(.incref, object)
    }

    /// The rest of `decref`: the object is ledgered.
    @inline(never) func decrefLedgered(_ object: ObjectPointer) {
        s.pointee.decrefs &+= 1
        object.pointee.count &-= 1
        note(.decref, object)
        if object.references > 0 { return }
        leaveLedger(object, object.pointee.sharedCount)
        object.pointee.count = 0
        object.pointee.sharedCount = 0
        deallocate(object)
    }

    /// `__del__` of an object that has fallen to zero is about to run: it holds a reference, and is counted again.
    func finalizerBegins(_ object: ObjectPointer) {
        guard let number = s.pointee.ledger?.pointee.takeNumber(ofDying: object) else { return }
        object.pointee.count |= ObjectHeader.ledgeredCount
        object.pointee.sharedCount = number
        note(.incref, object)
    }

    /// The finaliser's own reference is gone.
    func finalizerEnded(_ object: ObjectPointer) {
        guard object.isLedgered else { return }
        note(.decref, object)
        if object.references > 0 { return }
        object.pointee.count = 0
        object.pointee.sharedCount = 0
    }

    private func note(_ operation: LedgerRecord.Operation, _ object: ObjectPointer) {
        let ledger = s.pointee.ledger.unsafelyUnwrapped.pointee
        let number = object.pointee.sharedCount
        ledger.change(number) {
            $0.count = Int32(bitPattern: object.references)
            ledger.append(record(operation, number, count: Int(object.references)))
        }
    }
}
