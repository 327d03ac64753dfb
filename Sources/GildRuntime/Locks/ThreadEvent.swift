import CGild
import Glibc

// An event that happens once: one 32-bit word in memory that the caller keeps alive.
//
//     bit 0       it has happened
//     bits 8-31   generation; changed to interrupt waits (see LockThread.swift)
//
// Waiters sleep on the word and wake together. The word is read before the test for interrupts, and the kernel refuses to
// sleep on a word that has changed: neither the event nor an interrupt is missed.

/// A one-time event over a word that is zero before it happens.
struct RawEvent {
    enum Outcome: Equatable {
        case happened, timedOut
        /// A request is pending in the thread's eval breaker.
        case interrupted
    }

    let word: UnsafeMutablePointer<UInt32>

    init(word: UnsafeMutablePointer<UInt32>) { self.word = word }

    var hasHappened: Bool { gild_load_acquire_32(word) & 1 != 0 }

    /// From now on it has happened.
    func set() {
        gild_fetch_or_32(word, 1)
        gild_futex_wake(word, Int32.max)
    }

    /// Waits until `deadline` (nanoseconds of the monotonic clock; nil: for ever). To be called without the GIL.
    func wait(_ thread: UnsafeMutablePointer<LockThread>, deadline: UInt64?) -> Outcome {
        thread.beginWait(on: word)
        defer { thread.endWait() }
        while true {
            let seen = gild_load_acquire_32(word)
            if seen & 1 != 0 { return .happened }
            if thread.isInterrupted { return .interrupted }
            if gild_futex_wait(word, seen, deadline.map { max($0, 1) } ?? 0) == ETIMEDOUT { return hasHappened ? .happened : .timedOut }
        }
    }
}
