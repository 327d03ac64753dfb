// The counts of objects that the ledger follows, where threads run at the same time and no update may be lost: object-lock, atomic, biased.
//
// Such an object's count is not in its header but in the ledger, and the header's count word holds its number (Heap/LedgeredReferences.swift). Every
// operation on it is made and recorded under the ledger's mutex, in the steps of its regime; so the order of the story is the order of the counts,
// and what it says was before and after is exact. All other objects are counted as in a run without a ledger.
//
//     operation                                          under the mutex
//     word = load(count word)
//     it says that the object is followed:               the word is the same still: count, record; at zero the words become those of free memory
//                                                        it is not: the object has become immortal, or, of a reader without a reference, gone: again
//     at zero: free the object
//     it does not: as the regime does
//
// - *A reader without a reference* (`tryIncref`) may meet an address that was freed and given to another object, followed or not. What it adds to is
//   one of the words that it has looked at, by a compare-and-swap that fails on any other: a followed object's count word is like no count, and in
//   biased its second word has a state of its own. With the mutex of object-lock a count above 0 cannot become another object's.
// - *The mutex is a leaf*: freeing, and handing an object to its owner's queue, come after it. The queues' lock is taken before it (`mergeFollowed`).
//
// biased: the two counts, and the state of their merge, are those of Biased.swift, and the steps are the same ones; the record says which count
// changed. A followed object is never spread: the ledger counts it one by one.

import CGild

extension gild_thread_ref {
    private var isBiasedScheme: Bool { scheme == .biased }

    /// The rest of `increfFreely` in a run with a ledger.
    @inline(never) func increfFollowing(_ object: ObjectPointer) {
        if scheme == .unsynchronized { return increfRacilyFollowing(object) }
        while true {
            let word = gild_load_relaxed_32(object.countWord)
            if !ObjectHeader.isLedgered(word) { return incref(object, as: scheme) }
            if increfFollowed(object, word) { return }
        }
    }

    /// The rest of `decrefFreely` in a run with a ledger.
    @inline(never) func decrefFollowing(_ object: ObjectPointer) {
        if scheme == .unsynchronized { return decrefRacilyFollowing(object) }
        while true {
            let word = gild_load_relaxed_32(object.countWord)
            if !ObjectHeader.isLedgered(word) { return decref(object, as: scheme) }
            if decrefFollowed(object, word) { return }
        }
    }

    /// `tryIncref` in a run with a ledger.
    @inline(never) func tryIncrefFollowing(_ object: ObjectPointer) -> Bool {
        if scheme == .unsynchronized { return tryIncrefRacilyFollowing(object) }
        while true {
            let word = gild_load_acquire_32(object.countWord)
            if ObjectHeader.isLedgered(word) {
                if increfFollowed(object, word) { return true }
            } else if let isAlive = tryIncrefUnfollowed(object, word) {
                return isAlive
            }
            gild_spin_pause()
        }
    }

    /// Take a reference to what is not followed. Nil: look again, it has become another object.
    private func tryIncrefUnfollowed(_ object: ObjectPointer, _ word: UInt32) -> Bool? {
        if word >= ObjectHeader.immortalCount { return tryIncref(object, as: scheme) }
        switch scheme {
        case .atomic:
            if word == 0 { return false }
            if !gild_compare_exchange_32(object.countWord, word, word &+ 1) { return nil }
        case .objectLock:
            lockCount(object)
            let count = gild_load_relaxed_32(object.countWord)
            let isAlive = count > 0 && count < ObjectHeader.ledgeredCount
            if isAlive { gild_store_relaxed_32(object.countWord, count &+ 1) }
            unlockCount(object)
            if !isAlive { return count == 0 ? false : nil }
        case .plain, .biased, .unsynchronized, .ledgered:
            if isOwn(object) { return tryIncrefBiased(object) }
            let shared = gild_load_acquire_32(object.sharedCountWord)
            if shared == BiasedCount.merged { return false }
            if shared == BiasedCount.followed || !gild_compare_exchange_32(object.sharedCountWord, shared, shared &+ BiasedCount.one) { return nil }
            s.pointee.sharedIncrefs &+= 1
            noteStranger(object)
        }
        s.pointee.increfs &+= 1
        return true
    }

    // MARK: Operations on followed objects

    /// False: it is not followed any more.
    private func increfFollowed(_ object: ObjectPointer, _ word: UInt32) -> Bool {
        let ledger = s.pointee.ledger.unsafelyUnwrapped.pointee
        let isStranger = isBiasedScheme && !isOwn(object)
        let isDone: Void? = ledger.change(object, word) { known, number in
            if isStranger { known.shared += 1 } else { known.count += 1 }
            ledger.append(record(.incref, number, count: known.references, path(isStranger: isStranger)))
        }
        if isDone == nil { return false }
        s.pointee.increfs &+= 1
        if isStranger { s.pointee.sharedIncrefs &+= 1 }
        return true
    }

    private enum Outcome {
        case lives, handedOver, ended(UInt32)
    }

    /// False: it is not followed any more.
    private func decrefFollowed(_ object: ObjectPointer, _ word: UInt32) -> Bool {
        let ledger = s.pointee.ledger.unsafelyUnwrapped.pointee
        let isStranger = isBiasedScheme && !isOwn(object)
        let outcome: Outcome? = ledger.change(object, word) { known, number in
            if isStranger && known.merging == .readable && known.shared == 0 {
                known.merging = .queued
                ledger.append(record(.handOver, number, count: known.references, .shared))
                return .handedOver
            }
            if isStranger { known.shared -= 1 } else { known.count -= 1 }
            ledger.append(record(.decref, number, count: known.references, path(isStranger: isStranger)))
            if isBiasedScheme && !isStranger && known.count == 0 { mergeLast(object, number, &known) }
            return endIfUnreferenced(object, known) ? .ended(number) : .lives
        }
        guard let outcome else { return false }
        s.pointee.decrefs &+= 1
        if isStranger { s.pointee.sharedDecrefs &+= 1 }
        switch outcome {
        case .lives: break
        case .handedOver:
            let owner = gild_load_relaxed_16(object.ownerWord)
            // Step 4: the owner has merged in the meantime, and the reference, which the queue would have had, is the last one to be dropped here.
            if owner & ThreadSlots.merged == 0 {
                handOver(object, to: owner)
            } else if mergeFollowed(object, word) {
                deallocate(object)
            }
        case .ended(let number):
            leaveLedger(object, number)
            deallocate(object)
        }
        return true
    }

    private func path(isStranger: Bool) -> LedgerRecord.Path { !isBiasedScheme ? .only : isStranger ? .shared : .owner }

    /// Step 3 of Biased.swift: the owner has dropped its last reference. Under the ledger's mutex.
    private func mergeLast(_ object: ObjectPointer, _ number: UInt32, _ known: inout RefcountLedger.Object) {
        dropBias(object)
        disown(object)
        known.merging = .merged
        s.pointee.merges &+= 1
        if known.references > 0 { s.pointee.ledger.unsafelyUnwrapped.pointee.append(record(.merge, number, count: known.references)) }
    }

    /// Step 5 of Biased.swift, under the queues' lock, or while no other thread runs: the counts become one, and the queue's reference is dropped.
    /// True: it was the last.
    func mergeFollowed(_ object: ObjectPointer, _ word: UInt32) -> Bool {
        let ledger = s.pointee.ledger.unsafelyUnwrapped.pointee
        var ended: UInt32?
        _ = ledger.change(object, word) { known, number in
            if known.merging != .merged {
                disown(object)
                known.shared += known.count
                known.count = 0
                known.merging = .merged
                ledger.append(record(.merge, number, count: known.references))
            }
            known.shared -= 1
            ledger.append(record(.decref, number, count: known.references, .queue))
            if endIfUnreferenced(object, known) { ended = number }
        }
        if let ended { leaveLedger(object, ended) }
        return ended != nil
    }

    /// If no reference is left the words of the header become those of free memory: nobody takes a reference any more. Under the ledger's mutex.
    private func endIfUnreferenced(_ object: ObjectPointer, _ known: RefcountLedger.Object) -> Bool {
        if known.references > 0 { return false }
        gild_store_release_32(object.countWord, 0)
        if isBiasedScheme { gild_store_release_32(object.sharedCountWord, BiasedCount.merged) }
        return true
    }

    // MARK: Finalisers

    /// `revive` in a run with a ledger.
    func reviveFollowing(_ object: ObjectPointer) {
        let ledger = s.pointee.ledger.unsafelyUnwrapped.pointee
        guard let number = ledger.takeNumber(ofDying: object) else { return revive(object, as: scheme) }
        if scheme == .unsynchronized { return reviveRacilyFollowing(object, number) }
        s.pointee.increfs &+= 1
        ledger.change(number) { known in
            if isBiasedScheme { known.shared = 1 } else { known.count = 1 }
            ledger.append(record(.incref, number, count: 1, path(isStranger: true)))
            if isBiasedScheme { gild_store_release_32(object.sharedCountWord, BiasedCount.followed) }
            gild_store_release_32(object.countWord, ObjectHeader.ledgeredCount | number)
        }
    }

    /// `hasOutlivedItsFinalizer` in a run with a ledger.
    func hasOutlivedItsFinalizerFollowing(_ object: ObjectPointer) -> Bool {
        if scheme == .unsynchronized { return hasOutlivedItsFinalizerRacilyFollowing(object) }
        let ledger = s.pointee.ledger.unsafelyUnwrapped.pointee
        let word = gild_load_relaxed_32(object.countWord)
        if !ObjectHeader.isLedgered(word) { return hasOutlivedItsFinalizer(object, as: scheme) }
        let isAlive: Bool? = ledger.change(object, word) { known, number in
            if isBiasedScheme { known.shared -= 1 } else { known.count -= 1 }
            ledger.append(record(.decref, number, count: known.references, path(isStranger: true)))
            return !endIfUnreferenced(object, known)
        }
        guard let isAlive else { return hasOutlivedItsFinalizer(object, as: scheme) }
        s.pointee.decrefs &+= 1
        return isAlive
    }

    // MARK: Enquiries

    /// References to the object; nil: it is not followed.
    func followedReferences(_ object: ObjectPointer) -> UInt32? {
        let word = gild_load_relaxed_32(object.countWord)
        if scheme == .unsynchronized || !ObjectHeader.isLedgered(word) { return nil }
        return s.pointee.ledger.unsafelyUnwrapped.pointee.change(object, word) { known, _ in UInt32(clamping: known.references) }
    }

    /// What `isUniquelyReferenced` says of the object in the same regime without a ledger; nil: it is not followed.
    func isFollowedUniquelyReferenced(_ object: ObjectPointer) -> Bool? {
        let word = gild_load_relaxed_32(object.countWord)
        if scheme == .unsynchronized || !ObjectHeader.isLedgered(word) { return nil }
        return s.pointee.ledger.unsafelyUnwrapped.pointee.change(object, word) { known, _ in
            switch scheme {
            case .atomic: known.count == 1
            case .biased: isOwn(object) && known.count == 1 && known.shared == 0 && known.merging == .readable
            default: false
            }
        }
    }
}
