// SIGINT becomes KeyboardInterrupt in the main Python thread.
//
// The kernel may give the signal to any OS thread. On another than the main Python thread, the handler only sends it on to
// that one, for two reasons: a system call in which that thread blocks must end with EINTR, and the word that it waits on
// may be freed as soon as its wait is over, which cannot happen while the handler runs on top of it (LockThread.swift).
// There, the handler sets a bit in the eval breaker and wakes the wait. Atomic operations, a futex call and tgkill are
// async-signal-safe. The previous disposition comes back at the end of the run.

import CGild
import Glibc

enum SignalBridge {
    /// Address of the main thread's lock record, 0 = none. Read by the handler.
    nonisolated(unsafe) private static let target: UnsafeMutablePointer<UInt64> = {
        let word = UnsafeMutablePointer<UInt64>.allocate(capacity: 1)
        word.initialize(to: 0)
        return word
    }()
    /// Kernel's number of the main thread. Written before the handler is installed.
    nonisolated(unsafe) private static var targetThread: Int32 = 0
    nonisolated(unsafe) private static var previous = sigaction()

    /// Called by the main Python thread with its lock record.
    static func install(_ main: UnsafeMutablePointer<LockThread>) {
        targetThread = gild_thread_id()
        gild_store_release_64(target, UInt64(UInt(bitPattern: main)))
        var action = sigaction()
        action.__sigaction_handler.sa_handler = { _ in SignalBridge.interrupt() }
        // Without SA_RESTART: a read from a terminal must notice.
        sigaction(SIGINT, &action, &previous)
        signal(SIGPIPE, SIG_IGN)
    }

    static func remove() {
        sigaction(SIGINT, &previous, nil)
        gild_store_release_64(target, 0)
    }

    /// Make a system call in which the main thread blocks end with EINTR. No effect where the handler is not installed.
    static func interruptSystemCall() {
        if gild_load_acquire_64(target) != 0 { gild_thread_signal(targetThread, SIGINT) }
    }

    private static func interrupt() {
        let saved = errno
        if let main = UnsafeMutablePointer<LockThread>(bitPattern: UInt(gild_load_acquire_64(target))) {
            if gild_thread_id() == targetThread {
                main.interruptFromSignalHandler(EvalBreaker.signal)
            } else {
                gild_thread_signal(targetThread, SIGINT)
            }
        }
        errno = saved
    }
}
