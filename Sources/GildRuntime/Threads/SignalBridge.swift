// SIGINT becomes KeyboardInterrupt in the main Python thread.
//
// The handler may run on any OS thread. It only sets a bit in the main thread's eval breaker and wakes it from a wait; both
// are atomic operations and a futex call, which are async-signal-safe. The previous disposition comes back at the end of
// the run.

import CGild
import Glibc

enum SignalBridge {
    /// Address of the main thread's lock record, 0 = none. Read by the handler.
    nonisolated(unsafe) private static let target: UnsafeMutablePointer<UInt64> = {
        let word = UnsafeMutablePointer<UInt64>.allocate(capacity: 1)
        word.initialize(to: 0)
        return word
    }()
    nonisolated(unsafe) private static var previous = sigaction()

    static func install(_ main: UnsafeMutablePointer<LockThread>) {
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

    private static func interrupt() {
        let saved = errno
        if let main = UnsafeMutablePointer<LockThread>(bitPattern: UInt(gild_load_acquire_64(target))) {
            main.interruptFromSignalHandler(EvalBreaker.signal)
        }
        errno = saved
    }
}
