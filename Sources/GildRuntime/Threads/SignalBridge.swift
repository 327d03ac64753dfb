// SIGINT becomes KeyboardInterrupt in the main Python thread of every run that has its runtime for itself: of the only one, or
// of each of those that `gild run --runtimes` started together.
//
// The kernel gives the signal to any one OS thread. The handler sends it on to every main thread by tgkill, and only there does
// something about it, for two reasons: a system call in which that thread blocks must end with EINTR, and the word that it
// waits on may be freed as soon as its wait is over, which cannot happen while the handler runs on top of it
// (LockThread.swift). There, the handler sets a bit in the eval breaker and wakes the wait. A signal that was sent on is known by
// its origin, and goes no further: so one that met a main thread first reaches the others once, and does not come back.
// Atomic operations, a futex call and tgkill are async-signal-safe.
//
// A thread that leaves takes its record out of the table first. Its kernel number may still be sent a signal, and may even
// belong to a new thread by then: the handler finds no target there and does nothing. The previous disposition comes back
// when the last one leaves.

import CGild
import Glibc

enum SignalBridge {
    /// Main threads at a time.
    static let capacity = greatestSiblings

    /// `capacity` pairs: address of a main thread's lock record, 0 = free; and the kernel's number of the thread. Atomic;
    /// written under `mutex`, read by the handler.
    nonisolated(unsafe) private static let targets: UnsafeMutablePointer<UInt64> = {
        let words = UnsafeMutablePointer<UInt64>.allocate(capacity: 2 * capacity)
        words.initialize(repeating: 0, count: 2 * capacity)
        return words
    }()
    private static let mutex = ConditionMutex()
    /// Targets in the table. Guarded by `mutex`.
    nonisolated(unsafe) private static var count = 0
    /// Guarded by `mutex`.
    nonisolated(unsafe) private static var previous = sigaction()

    /// Called by a main Python thread with its lock record.
    static func install(_ main: UnsafeMutablePointer<LockThread>) {
        mutex.lock()
        defer { mutex.unlock() }
        var slot = 0
        while gild_load_acquire_64(targets + 2 * slot) != 0 { slot += 1 }
        gild_store_release_64(targets + 2 * slot + 1, UInt64(gild_thread_id()))
        gild_store_release_64(targets + 2 * slot, UInt64(UInt(bitPattern: main)))
        count += 1
        guard count == 1 else { return }
        var action = sigaction()
        action.__sigaction_handler.sa_sigaction = { _, information, _ in SignalBridge.interrupt(information) }
        // Without SA_RESTART: a read from a terminal must notice.
        action.sa_flags = SA_SIGINFO
        sigaction(SIGINT, &action, &previous)
        signal(SIGPIPE, SIG_IGN)
    }

    /// Called by the same thread, which ends soon: from here on it takes no SIGINT. One that was sent to it and has not arrived would
    /// meet the previous disposition otherwise, and end the process.
    static func remove(_ main: UnsafeMutablePointer<LockThread>) {
        var interrupts = sigset_t()
        sigemptyset(&interrupts)
        sigaddset(&interrupts, SIGINT)
        pthread_sigmask(SIG_BLOCK, &interrupts, nil)
        mutex.lock()
        defer { mutex.unlock() }
        if count == 1 { sigaction(SIGINT, &previous, nil) }
        count -= 1
        for slot in 0..<capacity where gild_load_acquire_64(targets + 2 * slot) == UInt64(UInt(bitPattern: main)) {
            gild_store_release_64(targets + 2 * slot, 0)
        }
    }

    /// Make a system call in which this main thread blocks end with EINTR. No effect where the handler is not installed.
    static func interruptSystemCall(of main: UnsafeMutablePointer<LockThread>) {
        for slot in 0..<capacity where gild_load_acquire_64(targets + 2 * slot) == UInt64(UInt(bitPattern: main)) {
            gild_thread_signal(Int32(truncatingIfNeeded: gild_load_acquire_64(targets + 2 * slot + 1)), SIGINT)
        }
    }

    /// The handler.
    private static func interrupt(_ information: UnsafePointer<siginfo_t>?) {
        let saved = errno
        let me = gild_thread_id()
        let wasSentOn = information.map { gild_signal_is_from_own_thread($0) } ?? false
        for slot in 0..<capacity {
            guard let main = UnsafeMutablePointer<LockThread>(bitPattern: UInt(gild_load_acquire_64(targets + 2 * slot))) else { continue }
            let thread = Int32(truncatingIfNeeded: gild_load_acquire_64(targets + 2 * slot + 1))
            if thread == me {
                main.interruptFromSignalHandler(EvalBreaker.signal)
            } else if !wasSentOn {
                gild_thread_signal(thread, SIGINT)
            }
        }
        errno = saved
    }
}
