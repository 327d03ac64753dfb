// The counts of objects that the ledger follows.
//
// The first count word says which of three kinds of count an object has, by its two highest bits:
//
//     0x          plain: the word is the count
//     10          ledgered: the low 30 bits are the count, and `sharedCount` is the object's number in the ledger
//     11          immortal: there is no count
//
// `incref` and `decref` test the highest bit, as they do anyway for immortal objects; a plain object never comes here, and what
// is here is never inlined. So a run without a ledger pays a compare where it touches an immortal object, and nothing else.
//
// **The end of an object.** When its count falls to zero it becomes a plain object with count 0, because a freed slot
// has counts of zero (Heap.swift). A finaliser may bring it back: its number waits in `dying` by the object's address until the
// finaliser runs (`finalizerBegins`) or the address is allocated anew.
//
// Guarded by the GIL, like every count.

import CGild

extension ObjectHeader {
    /// The two highest bits of a ledgered object's count.
    static let ledgeredCount: UInt32 = 0x8000_0000
}

extension UnsafeMutablePointer where Pointee == ObjectHeader {
    @inline(__always) var isLedgered: Bool { pointee.count >> 30 == 2 }

    /// References to an object that is not immortal.
    @inline(__always) var references: UInt32 { pointee.count & ~ObjectHeader.ledgeredCount }
}

extension gild_thread_ref {
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
        endCounting(object)
        deallocate(object)
    }

    /// Follow a new object if it is one of those that were chosen. Only its header is there yet.
    @inline(never) func noteAllocation(_ object: ObjectPointer) {
        guard let ledger = s.pointee.ledger else { return }
        ledger.pointee.dying[object] = nil
        let site = object.prefix.pointee.site
        guard let type = ledger.pointee.chosenType(of: object, site: site, self) else { return }
        guard let number = ledger.pointee.open(type) else { return }
        object.pointee.count = ObjectHeader.ledgeredCount | 1
        object.pointee.sharedCount = number
        note(.allocation, object)
    }

    /// `__del__` of an object that has fallen to zero is about to run: it holds a reference, and is counted again.
    func finalizerBegins(_ object: ObjectPointer) {
        guard let ledger = s.pointee.ledger, let number = ledger.pointee.dying.removeValue(forKey: object) else { return }
        object.pointee.count |= ObjectHeader.ledgeredCount
        object.pointee.sharedCount = number
        note(.incref, object)
    }

    /// The finaliser's own reference is gone.
    func finalizerEnded(_ object: ObjectPointer) {
        guard object.isLedgered else { return }
        note(.decref, object)
        if object.references == 0 { endCounting(object) }
    }

    /// The object is to be counted no longer, by anybody.
    func noteImmortal(_ object: ObjectPointer) {
        if object.isLedgered { note(.immortal, object) }
    }

    private func endCounting(_ object: ObjectPointer) {
        s.pointee.ledger.unsafelyUnwrapped.pointee.dying[object] = object.pointee.sharedCount
        object.pointee.count = 0
        object.pointee.sharedCount = 0
    }

    private func note(_ operation: LedgerRecord.Operation, _ object: ObjectPointer) {
        let ledger = s.pointee.ledger.unsafelyUnwrapped
        ledger.pointee.append(
            operation, object: object.pointee.sharedCount, count: object.references, thread: s.pointee.lockThread.pointee.number,
            site: UInt32(truncatingIfNeeded: UInt(bitPattern: s.pointee.frame.pointee.pc)), byCollector: heap.pointee.collector.isRunning)
    }
}
