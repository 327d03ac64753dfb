// Biased counts (PEP 703): the thread that made an object counts its references with plain instructions, all others in a second, atomic word.
//
// The protocol, what each step prevents, and its model for Spin are in Tests/Models/biased_merge.pml; the numbers below are the steps there.
// The words of the header:
//
//     count         references counted by the owner; at least `immortalCount`: immortal. Owner only, but others read it to see whether it is immortal.
//     owner         number of the owner's slot; with `ThreadSlots.merged` once the counts have been merged (the model says 0)
//     sharedCount   a signed 30-bit count << 2 | state
//
// Here every object is READABLE from its birth (the model's PRIVATE is not used): any thread may take a reference from a shared place without a lock,
// and in return the owner merges with an atomic instruction when it drops its last reference (step 3). MERGED is 0, so that the word of a merged
// object with no reference left, and that of free memory, is 0 as a whole, and refused.
//
// Sources: J. Choi, T. Shull, J. Torrellas, "Biased Reference Counting", PACT 2018; PEP 703; CPython's Objects/object.c and Python/brc.c.

import CGild

enum Biased: Regime {
    static var checksEveryInstruction: Bool { false }
    static var countsTicks: Bool { false }
    static var savesEveryPC: Bool { false }
    static var isFreeThreaded: Bool { true }
    static var biasesLocks: Bool { true }
    @inline(__always) static func incref(_ thread: Thread, _ value: Value) { if value.isPointer { thread.increfBiased(value.object) } }
    @inline(__always) static func decref(_ thread: Thread, _ value: Value) { if value.isPointer { thread.decrefBiased(value.object) } }
    @inline(__always) static func tryIncref(_ thread: Thread, _ object: ObjectPointer) -> Bool { thread.tryIncrefBiased(object) }
    @inline(__always) static func load(_ thread: Thread, _ place: UnsafeMutablePointer<Value>) -> Value {
        thread.loadShared(place) { thread.tryIncrefBiased($0) } release: { thread.decrefBiased($0) }
    }
}

/// The shared word.
enum BiasedCount {
    static let merged: UInt32 = 0
    static let readable: UInt32 = 1
    /// One reference was handed to the owner's queue, which holds it until the merge.
    static let queued: UInt32 = 2
    /// The ledger has the counts (FollowedCounts.swift): nobody else adds to this word.
    static let followed: UInt32 = 3
    static let stateMask: UInt32 = 3
    /// One reference.
    static let one: UInt32 = 4

    /// No queue holds a reference, and no ledger the counts.
    @inline(__always) static func canSpread(_ word: UInt32) -> Bool { word & stateMask < queued }

    @inline(__always) static func count(_ word: UInt32) -> Int32 { Int32(bitPattern: word) >> 2 }
}

extension gild_thread_ref {
    @inline(__always) func isOwn(_ object: ObjectPointer) -> Bool { gild_load_relaxed_16(object.ownerWord) == s.pointee.owner }

    /// Step 1.
    @inline(__always) func increfBiased(_ object: ObjectPointer) {
        let count = gild_load_relaxed_32(object.countWord)
        if count >= ObjectHeader.immortalCount {
            if count >= SpreadCounts.first { countSpread(count, 1) } else { noteImmortalOperation() }
            return
        }
        measured { s.pointee.increfs &+= 1 }
        if isOwn(object) {
            gild_store_relaxed_32(object.countWord, count &+ 1)
        } else {
            gild_add_relaxed_32(object.sharedCountWord, BiasedCount.one)
            measured { s.pointee.sharedIncrefs &+= 1 }
            noteStranger(object)
        }
    }

    /// Step 2.
    @inline(__always) func decrefBiased(_ object: ObjectPointer) {
        let count = gild_load_relaxed_32(object.countWord)
        if count >= ObjectHeader.immortalCount {
            if count >= SpreadCounts.first { countSpread(count, -1) } else { noteImmortalOperation() }
            return
        }
        measured { s.pointee.decrefs &+= 1 }
        if isOwn(object) {
            gild_store_relaxed_32(object.countWord, count &- 1)
            if count == 1 { mergeZero(object) }
        } else {
            measured { s.pointee.sharedDecrefs &+= 1 }
            decrefShared(object)
        }
    }

    /// Step 8, of a word that may be anything.
    @inline(__always) func tryIncrefBiased(_ object: ObjectPointer) -> Bool {
        let count = gild_load_relaxed_32(object.countWord)
        if count >= ObjectHeader.immortalCount {
            if count >= SpreadCounts.first { countSpread(count, 1) } else { noteImmortalOperation() }
            return true
        }
        if isOwn(object) {
            gild_store_relaxed_32(object.countWord, count &+ 1)
            measured { s.pointee.increfs &+= 1 }
            return true
        }
        var word = gild_load_relaxed_32(object.sharedCountWord)
        while word != BiasedCount.merged {
            if gild_compare_exchange_32(object.sharedCountWord, word, word &+ BiasedCount.one) {
                measured {
                    s.pointee.increfs &+= 1
                    s.pointee.sharedIncrefs &+= 1
                }
                noteStranger(object)
                return true
            }
            word = gild_load_relaxed_32(object.sharedCountWord)
        }
        return false
    }

    /// Step 3: the owner has dropped its last reference.
    @inline(never) private func mergeZero(_ object: ObjectPointer) {
        // Nobody finds the object through its owner from here on; the next instruction may be its end.
        dropBias(object)
        disown(object)
        measured { s.pointee.merges &+= 1 }
        if merge(object, adding: 0) { deallocate(object) }
    }

    /// The state becomes MERGED and the count grows. True: it is zero.
    private func merge(_ object: ObjectPointer, adding references: Int32) -> Bool {
        while true {
            let word = gild_load_relaxed_32(object.sharedCountWord)
            let count = BiasedCount.count(word) &+ references
            let merged = UInt32(bitPattern: count << 2) | BiasedCount.merged
            if gild_compare_exchange_32(object.sharedCountWord, word, merged) { return count == 0 }
        }
    }

    /// Step 2 for a thread that is not the owner.
    @inline(never) private func decrefShared(_ object: ObjectPointer) {
        while true {
            let word = gild_load_relaxed_32(object.sharedCountWord)
            if word == BiasedCount.readable {
                // The count stays: the reference is the queue's now.
                if gild_compare_exchange_32(object.sharedCountWord, word, BiasedCount.queued) { return handOver(object) }
            } else if gild_compare_exchange_32(object.sharedCountWord, word, word &- BiasedCount.one) {
                if word == BiasedCount.one | BiasedCount.merged { deallocate(object) }
                return
            }
        }
    }

    /// Step 4.
    private func handOver(_ object: ObjectPointer) {
        let owner = gild_load_relaxed_16(object.ownerWord)
        if owner & ThreadSlots.merged != 0 { return decrefShared(object) }
        handOver(object, to: owner)
    }

    func handOver(_ object: ObjectPointer, to owner: UInt16) {
        switch s.pointee.runtime.pointee.mergeQueues.push(object, owner: owner, by: self) {
        case .queued:
            measured { s.pointee.handedOver &+= 1 }
        case .merged(let isLast):
            measured { s.pointee.merges &+= 1 }
            if isLast { deallocate(object) }
        }
    }

    /// Steps 5 and 6: merge what others have handed to this thread.
    @inline(never) func mergeQueue() {
        guard scheme == .biased else { return }
        while let object = s.pointee.runtime.pointee.mergeQueues.pop(owner: s.pointee.owner) {
            measured { s.pointee.merges &+= 1 }
            if MergeQueues.merge(object, by: self) { deallocate(object) }
        }
    }

    /// Step 7: the thread has given up its last reference.
    func closeMergeQueue() {
        guard scheme == .biased else { return }
        while !s.pointee.runtime.pointee.mergeQueues.close(owner: s.pointee.owner) { mergeQueue() }
    }

    /// Merge what is queued for any thread, and gather what has no reference any more, until nothing is left. The world is stopped for each round,
    /// and runs while what has ended is freed.
    func mergeAllQueues() {
        guard scheme == .biased else { return }
        forgetWanted()
        var ended = ObjectStack(capacity: 16)
        defer { ended.destroy() }
        repeat {
            ended.removeAll()
            exclusively {
                s.pointee.runtime.pointee.mergeQueues.drain(into: &ended, by: self)
                gatherUnreferenced(into: &ended)
                // A collection while they wait passes them by.
                for i in 0..<ended.count { ended.items[i].setOwnFlags(ObjectFlags.dying) }
            }
            for i in 0..<ended.count { deallocate(ended.items[i]) }
        } while ended.count > 0
    }
}

/// The object is nobody's own from here on; its run stays known.
@inline(__always) func disown(_ object: ObjectPointer) {
    gild_store_relaxed_16(object.ownerWord, gild_load_relaxed_16(object.ownerWord) | ThreadSlots.merged)
}

extension MergeQueues {
    /// Step 5, by the owner, or by another thread when the owner is gone or stopped. True: that was the last reference.
    static func merge(_ object: ObjectPointer, by thread: Thread) -> Bool {
        let word = gild_load_relaxed_32(object.countWord)
        if ObjectHeader.isLedgered(word) { return thread.mergeFollowed(object, word) }
        let local = Int32(bitPattern: word)
        gild_store_relaxed_32(object.countWord, 0)
        disown(object)
        while true {
            let word = gild_load_relaxed_32(object.sharedCountWord)
            let count = BiasedCount.count(word) &+ local &- 1
            if gild_compare_exchange_32(object.sharedCountWord, word, UInt32(bitPattern: count << 2) | BiasedCount.merged) { return count == 0 }
        }
    }
}
