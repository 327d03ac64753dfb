// What the runtime makes for itself while a script runs is not the script's: names, constants, natives, the module
// `threading`. It is immortal, and what its making counted is struck from the books of the thread that happened to make it,
// so that a run has the same figures whether it was the first to need it or not.

import CGild

/// A thread's counters at some moment. (The last two are all threads' under one lock; without, they are not set back.)
struct Bookmark {
    var increfs: UInt64 = 0
    var decrefs: UInt64 = 0
    var immortals: UInt64 = 0
    var allocations: UInt64 = 0
    var frees: UInt64 = 0
    var allocatedBytes: UInt64 = 0
    var freedBytes: UInt64 = 0
    var instructions: UInt64 = 0
    var sharedIncrefs: UInt64 = 0
    var sharedDecrefs: UInt64 = 0
    var merges: UInt64 = 0
    var handedOver: UInt64 = 0
    var spreadOperations: UInt64 = 0
    var youngContainers = 0
    var peakBytes = 0
}

extension gild_thread_ref {
    func bookmark() -> Bookmark {
        Bookmark(
            increfs: s.pointee.increfs, decrefs: s.pointee.decrefs, immortals: s.pointee.immortals, allocations: s.pointee.allocations, frees: s.pointee.frees,
            allocatedBytes: s.pointee.allocatedBytes, freedBytes: s.pointee.freedBytes, instructions: s.pointee.instructions,
            sharedIncrefs: s.pointee.sharedIncrefs, sharedDecrefs: s.pointee.sharedDecrefs, merges: s.pointee.merges, handedOver: s.pointee.handedOver,
            spreadOperations: s.pointee.spreadOperations, youngContainers: s.pointee.figures.pointee.youngContainers, peakBytes: s.pointee.figures.pointee.peakBytes)
    }

    /// Forget what was counted since then, provided that it balances: everything made since is freed or immortal. (The
    /// buffers of immortal objects are still on the books: those bytes go, too.)
    func strike(since mark: Bookmark) {
        let allocations = s.pointee.allocations &- mark.allocations
        guard allocations == s.pointee.frees &- mark.frees,
            allocations &+ s.pointee.increfs &- mark.increfs == s.pointee.decrefs &- mark.decrefs
        else { return }
        let bytes = Int((s.pointee.allocatedBytes &- mark.allocatedBytes) &- (s.pointee.freedBytes &- mark.freedBytes))
        setCounters(to: mark)
        strikeFigures(bytes: bytes, young: mark.youngContainers, peak: mark.peakBytes)
    }

    /// Set the thread's counters to what they were; not the two that belong to all threads.
    func setCounters(to mark: Bookmark) {
        s.pointee.increfs = mark.increfs
        s.pointee.decrefs = mark.decrefs
        s.pointee.immortals = mark.immortals
        s.pointee.allocations = mark.allocations
        s.pointee.frees = mark.frees
        s.pointee.allocatedBytes = mark.allocatedBytes
        s.pointee.freedBytes = mark.freedBytes
        s.pointee.instructions = mark.instructions
        s.pointee.sharedIncrefs = mark.sharedIncrefs
        s.pointee.sharedDecrefs = mark.sharedDecrefs
        s.pointee.merges = mark.merges
        s.pointee.handedOver = mark.handedOver
        s.pointee.spreadOperations = mark.spreadOperations
    }

    /// `body` without a trace in the books, provided that it makes nothing but what is immortal or freed again.
    func unbooked<T>(_ body: () -> T) -> T {
        let before = bookmark()
        let result = body()
        strike(since: before)
        return result
    }
}
