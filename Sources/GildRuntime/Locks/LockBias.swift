// The bias of lock bytes: in the biased regime a thread works on what it has made itself without locking it, until another thread wants it.
//
// Most containers are only ever used by the thread that made them. Locking their byte costs two atomic instructions for each operation, more than the operation
// itself. So an object is born with the byte 2, which says: the owner (the same as that of its counts, Biased.swift) needs no lock.
//
//     the owner T                                     another thread U
//     byte is 2 and the owner is T: work;             byte is 2: revoke
//     what may call a script or wait pushes a             the owner's slot has no thread now: byte := 0, under the slots' mutex
//     section that holds nothing                          else stop the world: byte := 0; start it
//     detaching suspends the section; resuming        lock the byte like everybody
//     it looks at the byte again
//     byte is not 2: lock it like everybody
//
// What the steps prevent:
//
// - *U changes what T is working on.* Between T's look at the byte and the end of its operation, or the next point at which its sections are
//   suspended, T passes no checkpoint; and the world stands still only when every thread is at a checkpoint or detached. So at a stop nobody relies
//   on a bias.
// - *A new thread inherits the slot while U revokes.* It would be the owner, and look at the byte, while U stores to it without having stopped
//   anything. A slot is taken under the mutex that U holds: the heir finds what U has stored.
// - *An object that is no thread's own* (its counts have been merged) fits nobody's bias, and a thread that merged it in the midst of an operation on
//   it may still rely on the section that it has pushed: the world is stopped for it, too. An owner that merges outside of all sections lets the bias
//   go itself (`dropBias`).
// - *A bias never comes back*, so whoever has seen another byte than 2 need not look for it again.
//
// A stop costs some ten microseconds, much more than a lock: 16 revocations cost a thread the bias of all that it has made, at the same stop, and of
// all that it will make. Such a thread makes what others use, and locks from then on, as without this mechanism.
//
// Writers of places (Places.swift) that other threads write without a lock, as instance slots and cells, are in it: the owner stores without an
// atomic exchange while the bias lasts, and every other writer revokes it before its first exchange (`shareForWriting`). Readers do not mind.
//
// Sources: K. Kawachiya, A. Koseki, T. Onodera, "Lock Reservation", OOPSLA 2002; K. Russell, D. Detlefs, "Eliminating Synchronization-Related Atomic
// Operations with Biased Locking and Bulk Rebiasing", OOPSLA 2006.

import CGild

enum LockBias {
    /// Revocations after which a thread has no bias any more.
    static let patience = 16
    /// Owner and lock byte of the header's word; the flags are masked out.
    static let mask: UInt32 = 0x00FF_FFFF

    @inline(__always) static func word(owner: UInt16) -> UInt32 { UInt32(owner) | UInt32(LockByte.biased) << 16 }
}

extension gild_thread_ref {
    /// The object is this thread's to work on without locking it, until the next checkpoint, callback or wait.
    @inline(__always) func isBiased(_ object: ObjectPointer) -> Bool {
        gild_load_relaxed_32(object.ownerLockFlagsWord) & LockBias.mask == s.pointee.biasWord
    }

    /// Whoever writes a place of the object from here on exchanges it. The thread may have been stopped meanwhile, its sections suspended and resumed.
    @inline(__always) func shareForWriting(_ object: ObjectPointer) {
        if gild_load_acquire_8(object.lockByte) == LockByte.biased && !isBiased(object) { shareForWritingSlowly(object) }
    }

    @inline(never) private func shareForWritingSlowly(_ object: ObjectPointer) {
        suspendSections()
        revokeBias(object)
        resumeInnermostSection()
    }

    /// The byte is 2, and this thread is not the owner: make it an ordinary lock. The thread's sections are suspended.
    @inline(never) func revokeBias(_ object: ObjectPointer) {
        let runtime = s.pointee.runtime
        let owner = gild_load_relaxed_16(object.ownerWord)
        if owner & ThreadSlots.merged == 0 && runtime.pointee.slots.whileNobodyHas(owner, { unbias(object) }) { return }
        suspendSections()
        // Who has stopped the world for a purpose of its own (an enquiry, the collector) looks at everything: that says nothing about the thread.
        let isWanted = !runtime.pointee.lock.hasStoppedTheWorld(s.pointee.lockThread)
        runtime.pointee.lock.stopTheWorld(s.pointee.lockThread)
        if gild_load_relaxed_8(object.lockByte) == LockByte.biased {
            unbias(object)
            if isWanted { blame(gild_load_relaxed_16(object.ownerWord)) }
        }
        runtime.pointee.lock.startTheWorld(s.pointee.lockThread)
    }

    /// While no thread runs: a thread whose objects are wanted by others again and again loses all bias.
    private func blame(_ owner: UInt16) {
        var thread = s.pointee.runtime.pointee.threads.first
        while let state = thread {
            if state.pointee.owner == owner {
                state.pointee.revocations = state.pointee.revocations + 1
                if state.pointee.revocations == LockBias.patience {
                    state.pointee.birthWord = UInt32(owner)
                    let word = state.pointee.biasWord
                    heap.pointee.forEachObject { if gild_load_relaxed_32($0.ownerLockFlagsWord) & LockBias.mask == word { unbias($0) } }
                }
                return
            }
            thread = state.pointee.next
        }
    }

    /// The owner gives its last reference away, to whoever has others.
    @inline(__always) func dropBias(_ object: ObjectPointer) {
        if s.pointee.sectionCount == s.pointee.sectionBase && isBiased(object) { unbias(object) }
    }
}

/// Unless somebody else was first.
private func unbias(_ object: ObjectPointer) { _ = gild_compare_exchange_8(object.lockByte, LockByte.biased, LockByte.free) }
