// Ctrl-C while the daemon works for us.
//
// SIGINT is blocked in every thread, and one thread does nothing but sigwait(3) for it: no code runs in a signal handler, and
// what is done about an interrupt may take locks and talk to the daemon. The block has to stand before any other thread is
// started, because threads inherit it.

import Glibc

final class Interrupts: Sendable {
    /// Blocks SIGINT and calls `body`, on a thread of its own, with 1 for the first one, 2 for the second, and so on.
    static func handle(_ body: @escaping @Sendable (Int) -> Void) {
        var set = sigset_t()
        sigemptyset(&set)
        sigaddset(&set, SIGINT)
        pthread_sigmask(SIG_BLOCK, &set, nil)
        startThread {
            var set = sigset_t()
            sigemptyset(&set)
            sigaddset(&set, SIGINT)
            var count = 0
            while true {
                var number: Int32 = 0
                guard sigwait(&set, &number) == 0 else { return }
                count += 1
                body(count)
            }
        }
    }
}

/// A detached thread.
func startThread(_ body: @escaping @Sendable () -> Void) {
    final class Box: Sendable {
        let body: @Sendable () -> Void
        init(_ body: @escaping @Sendable () -> Void) { self.body = body }
    }
    var thread = pthread_t()
    let box = Unmanaged.passRetained(Box(body))
    let failure = pthread_create(
        &thread, nil,
        { pointer in
            guard let pointer else { return nil }
            Unmanaged<Box>.fromOpaque(pointer).takeRetainedValue().body()
            return nil
        }, box.toOpaque())
    if failure != 0 {
        box.release()
        Output.complain("gilctl: cannot start a thread: \(String(cString: strerror(failure)))\n")
        exit(1)
    }
    pthread_detach(thread)
}
