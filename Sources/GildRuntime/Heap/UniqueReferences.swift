// How many references there are to an object, for those who ask instead of counting.
//
// `isUniquelyReferenced` decides whether the caller, who has a reference, may change an object that looks immutable or take it apart: nobody else can
// know it. The answer holds until the caller gives the reference away, because only who has a reference, or finds the object in a shared place, can
// make another. It errs on one side only: false means that there may be others.
//
//   plain           the count, under the lock
//   atomic          an acquiring load: what the last other holder did to the object comes before
//   biased          the thread's own object, whose other count is zero and has no reference in the owner's queue. Objects of other threads: never
//   object-lock     never: the other half of the answer would be a mutex on the object for the whole operation
//   unsynchronized  never: the true count would hide the race, and the racy one may be 1 when there are two
//
// A run with a ledger answers for an object that it follows as its regime would (Regimes/FollowedCounts.swift).
//
// `references(of:)` is the whole count, of both words (unsynchronized: the true one). Exact under one lock and while no other thread runs (biased:
// and the queues have been merged).

import CGild

extension gild_thread_ref {
    @inline(__always) func isUniquelyReferenced(_ object: ObjectPointer) -> Bool {
        s.pointee.isFreeThreaded ? isUniquelyReferencedFreely(object) : object.references == 1
    }

    @inline(never) private func isUniquelyReferencedFreely(_ object: ObjectPointer) -> Bool {
        if s.pointee.counting != .ledgered { return isUniquelyReferenced(object, as: s.pointee.counting) }
        return isFollowedUniquelyReferenced(object) ?? isUniquelyReferenced(object, as: scheme)
    }

    @inline(__always) private func isUniquelyReferenced(_ object: ObjectPointer, as counting: Counting) -> Bool {
        switch counting {
        case .plain: object.references == 1
        case .atomic: gild_load_acquire_32(object.countWord) == 1
        case .objectLock, .unsynchronized, .ledgered: false
        case .biased:
            gild_load_relaxed_16(object.ownerWord) == s.pointee.owner && gild_load_relaxed_32(object.countWord) == 1
                && gild_load_acquire_32(object.sharedCountWord) == BiasedCount.readable
        }
    }

    /// References to an object that is not immortal.
    func references(of object: ObjectPointer) -> UInt32 {
        if s.pointee.counting != .ledgered { return references(of: object, as: s.pointee.counting) }
        return followedReferences(object) ?? references(of: object, as: scheme)
    }

    @inline(__always) private func references(of object: ObjectPointer, as counting: Counting) -> UInt32 {
        switch counting {
        case .plain, .ledgered: return object.references
        case .atomic, .objectLock: return gild_load_relaxed_32(object.countWord)
        case .unsynchronized: return gild_load_relaxed_32(object.sharedCountWord)
        case .biased:
            let word = gild_load_relaxed_32(object.countWord)
            if word >= SpreadCounts.first { return spreadReferences(word) }
            let shared = BiasedCount.count(gild_load_relaxed_32(object.sharedCountWord))
            return UInt32(bitPattern: Int32(bitPattern: word) &+ shared)
        }
    }
}
