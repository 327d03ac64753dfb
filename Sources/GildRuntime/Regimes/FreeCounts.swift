// The counts of the regimes whose threads run at the same time, for natives: they are not generic over the regime, so one switch here
// stands for what the run loop has compiled in. The biased regime is the one that is to be fast: it is asked for before the switch, whose
// jump table costs more than its count. A thread of a run with a ledger counts by the ledger's functions (FollowedCounts.swift), in its run loop,
// too; they come back here for what is not followed.

import CGild

/// How references are counted.
enum Counting: UInt8 {
    /// Load, add, store, under one lock.
    case plain
    /// Regimes/Atomic.swift
    case atomic
    /// Regimes/ObjectLock.swift
    case objectLock
    /// Regimes/Biased.swift
    case biased
    /// Regimes/Unsynchronized.swift
    case unsynchronized
    /// One of these but `plain`, in a run with a ledger: Regimes/FollowedCounts.swift
    case ledgered

    /// What a new object's second count word holds.
    var initialSharedCount: UInt32 {
        switch self {
        case .plain, .atomic, .objectLock, .ledgered: 0
        case .biased: BiasedCount.readable
        case .unsynchronized: 1
        }
    }
}

extension gild_thread_ref {
    /// How the regime counts, whether a ledger follows some objects or not.
    var scheme: Counting { s.pointee.runtime.pointee.regime.counting }

    @inline(never) func increfFreely(_ object: ObjectPointer) {
        if s.pointee.counting == .biased { return increfBiased(object) }
        incref(object, as: s.pointee.counting)
    }

    @inline(__always) func incref(_ object: ObjectPointer, as counting: Counting) {
        switch counting {
        case .plain, .atomic: increfAtomically(object)
        case .objectLock: increfUnderMutex(object)
        case .biased: increfBiased(object)
        case .unsynchronized: increfRacily(object)
        case .ledgered: increfFollowing(object)
        }
    }

    @inline(never) func decrefFreely(_ object: ObjectPointer) {
        if s.pointee.counting == .biased { return decrefBiased(object) }
        decref(object, as: s.pointee.counting)
    }

    @inline(__always) func decref(_ object: ObjectPointer, as counting: Counting) {
        switch counting {
        case .plain, .atomic: decrefAtomically(object)
        case .objectLock: decrefUnderMutex(object)
        case .biased: decrefBiased(object)
        case .unsynchronized: decrefRacily(object)
        case .ledgered: decrefFollowing(object)
        }
    }

    /// Take a reference to an object that may be on its way out, or gone. False: it is.
    func tryIncref(_ object: ObjectPointer) -> Bool {
        if s.pointee.counting == .biased { return tryIncrefBiased(object) }
        return tryIncref(object, as: s.pointee.counting)
    }

    @inline(__always) func tryIncref(_ object: ObjectPointer, as counting: Counting) -> Bool {
        switch counting {
        case .plain, .atomic: tryIncrefAtomically(object)
        case .objectLock: tryIncrefUnderMutex(object)
        case .biased: tryIncrefBiased(object)
        case .unsynchronized: tryIncrefRacily(object)
        case .ledgered: tryIncrefFollowing(object)
        }
    }

    /// The last reference is gone and the finaliser is about to run: it gets a reference.
    func revive(_ object: ObjectPointer) { revive(object, as: s.pointee.counting) }

    @inline(__always) func revive(_ object: ObjectPointer, as counting: Counting) {
        if counting == .ledgered { return reviveFollowing(object) }
        s.pointee.increfs &+= 1
        switch counting {
        case .plain, .ledgered:
            object.pointee.count = 1
            if s.pointee.ledger != nil { finalizerBegins(object) }
        case .atomic, .objectLock: gild_store_release_32(object.countWord, 1)
        case .biased: gild_store_release_32(object.sharedCountWord, BiasedCount.one | BiasedCount.merged)
        case .unsynchronized:
            gild_store_relaxed_32(object.countWord, 1)
            gild_store_release_32(object.sharedCountWord, 1)
        }
    }

    /// The finaliser's reference goes; the object is not freed here. True: others are left.
    func hasOutlivedItsFinalizer(_ object: ObjectPointer) -> Bool { hasOutlivedItsFinalizer(object, as: s.pointee.counting) }

    @inline(__always) func hasOutlivedItsFinalizer(_ object: ObjectPointer, as counting: Counting) -> Bool {
        if counting == .ledgered { return hasOutlivedItsFinalizerFollowing(object) }
        s.pointee.decrefs &+= 1
        switch counting {
        case .plain, .ledgered:
            object.pointee.count &-= 1
            let isAlive = object.references != 0
            if s.pointee.ledger != nil { finalizerEnded(object) }
            return isAlive
        case .atomic:
            return gild_fetch_sub_32(object.countWord, 1) != 1
        case .objectLock:
            lockCount(object)
            let count = gild_load_relaxed_32(object.countWord) &- 1
            gild_store_relaxed_32(object.countWord, count)
            unlockCount(object)
            return count != 0
        case .biased:
            return gild_fetch_sub_32(object.sharedCountWord, BiasedCount.one) != BiasedCount.one | BiasedCount.merged
        case .unsynchronized:
            let count = gild_load_relaxed_32(object.countWord)
            if count > 0 { gild_store_relaxed_32(object.countWord, count &- 1) }
            return gild_fetch_sub_32(object.sharedCountWord, 1) != 1
        }
    }
}
