import CGild

// The primitive under `threading.Lock`: one 32-bit word in an object's payload.
//
//     bit 0       locked
//     bit 1       somebody may be asleep in the kernel on this word
//     bits 8-31   generation; changed to interrupt waits (see LockThread.swift)
//
// It is the three-state futex mutex (U. Drepper, "Futexes Are Tricky", mutex 2), with the generation beside it:
//
// - A waiter sets bit 1 before it sleeps, and sleeps only if the word is still what it saw: a release in between
//   changes the word, so the kernel sends the waiter back and no wakeup is lost.
// - A waiter that was asleep takes the lock with bit 1 set, because others may be asleep too; at worst one release makes
//   a system call for nobody.
// - Release clears both bits in one step and wakes one sleeper. Whoever is faster gets the lock, as in CPython.
//
// `acquire` blocks: the caller has dropped the GIL. Any thread may release.

/// A lock over a word that the caller provides, zero when unlocked.
struct RawLock {
    enum Outcome: Equatable {
        case acquired
        case timedOut
        /// A request is pending in the thread's eval breaker; handle it and go on waiting, or don't.
        case interrupted
    }

    private static let locked: UInt32 = 1
    private static let waiters: UInt32 = 2

    let word: UnsafeMutablePointer<UInt32>

    init(word: UnsafeMutablePointer<UInt32>) { self.word = word }

    var isLocked: Bool { gild_load_acquire_32(word) & Self.locked != 0 }

    /// Takes the lock if it is free. Never blocks.
    func tryAcquire() -> Bool { tryAcquire(adding: Self.locked) }

    private func tryAcquire(adding bits: UInt32) -> Bool {
        var seen = gild_load_relaxed_32(word)
        while seen & Self.locked == 0 {
            if gild_compare_exchange_32(word, seen, seen | bits) { return true }
            seen = gild_load_relaxed_32(word)
        }
        return false
    }

    /// Takes the lock, waiting until `deadline` (nanoseconds of the monotonic clock; nil: for ever). To be called
    /// without the GIL.
    func acquire(_ thread: UnsafeMutablePointer<LockThread>, deadline: UInt64?) -> Outcome {
        if tryAcquire() { return .acquired }
        thread.beginWait(on: word)
        defer { thread.endWait() }
        var slept: UInt32 = 0
        while true {
            var seen = gild_load_acquire_32(word)
            if seen & Self.locked == 0 {
                if gild_compare_exchange_32(word, seen, seen | Self.locked | slept) { return .acquired }
                continue
            }
            if seen & Self.waiters == 0 {
                guard gild_compare_exchange_32(word, seen, seen | Self.waiters) else { continue }
                seen |= Self.waiters
            }
            // After the word was read: an interrupt that this test misses has changed the word.
            if thread.isInterrupted { return .interrupted }
            slept = Self.waiters
            if gild_futex_wait(word, seen, deadline.map { max($0, 1) } ?? 0) == ETIMEDOUT {
                // A release may have spent its one wakeup on this waiter just as the time ran out.
                return tryAcquire(adding: Self.locked | Self.waiters) ? .acquired : .timedOut
            }
        }
    }

    /// Lets the lock go. False when it was not locked.
    func release() -> Bool {
        while true {
            let seen = gild_load_relaxed_32(word)
            guard seen & Self.locked != 0 else { return false }
            guard gild_compare_exchange_32(word, seen, seen & ~(Self.locked | Self.waiters)) else { continue }
            if seen & Self.waiters != 0 { gild_futex_wake(word, 1) }
            return true
        }
    }
}
