// Signals of the process, taken by one thread.
//
// Every thread blocks them; one waits with sigwaitinfo(2) and hands each to a closure, on which everything is allowed (it is
// no signal handler). For that to hold, `block` must run on the main thread before any other thread exists: threads inherit
// the mask, those of scripts, of Swift's executors and of SwiftNIO included. A signal that arrives before the source is
// started stays pending and is delivered then.
//
// The daemon owns its signals here, and swift-service-lifecycle is given none (`gracefulShutdownSignals: []`): its own source
// goes through Dispatch, which sets the disposition to "ignore" and leaves the signal open in every thread, and it knows no
// reload. On SIGTERM the daemon calls `ServiceGroup.triggerGracefulShutdown()` itself.
//
// SIGPIPE is ignored altogether: a reader that is gone is an EPIPE, not the end of the daemon.

import CGild
import Glibc

public final class SignalSource: Sendable {
    /// What a daemon answers to.
    public static let daemonSignals = [SIGHUP, SIGINT, SIGTERM]

    private let isStopped: Monitor<Bool>
    /// The waiting thread; set before `init` returns.
    private let thread: pthread_t
    private let wakeup: Int32

    /// Blocks the signals in the calling thread and ignores SIGPIPE. First thing of `main`.
    public static func block(_ signals: [Int32] = daemonSignals) {
        var set = signalSet(signals)
        pthread_sigmask(SIG_BLOCK, &set, nil)
        signal(SIGPIPE, SIG_IGN)
    }

    /// Starts to take the signals.
    /// - Parameters:
    ///   - signals: blocked in every thread, see `block`.
    ///   - onSignal: the signal and the process that sent it (0: the kernel, such as a terminal's Ctrl-C). Called on the
    ///     source's thread, one at a time; the next signal waits for it.
    public init(_ signals: [Int32] = daemonSignals, onSignal: @escaping @Sendable (_ signal: Int32, _ sender: Int32) -> Void) {
        let isStopped = Monitor(false)
        let threadIsKnown = Monitor<pthread_t?>(nil)
        // Only this thread is ever sent it, to end its wait.
        let wakeup = gild_last_realtime_signal() - 1
        let waited = signals
        startThread(named: "gild-signals") {
            threadIsKnown.withLock {
                $0 = pthread_self()
                threadIsKnown.wake()
            }
            var set = SignalSource.signalSet(waited + [wakeup])
            while true {
                var sender: Int32 = 0
                let number = gild_wait_for_signal(&set, &sender)
                if isStopped.withLock({ $0 }) { return }
                if number > 0 && number != wakeup { onSignal(number, sender) }
            }
        }
        self.isStopped = isStopped
        self.wakeup = wakeup
        thread = threadIsKnown.withLock(when: { $0 != nil }) { $0 ?? pthread_self() }
    }

    /// Takes no more signals; they stay blocked.
    public func stop() {
        isStopped.withLock { isStopped in
            if isStopped { return }
            isStopped = true
            // Under the lock, so that the thread still exists: it ends only after it has taken the lock.
            pthread_kill(thread, wakeup)
        }
    }

    deinit { stop() }

    private static func signalSet(_ signals: [Int32]) -> sigset_t {
        var set = sigset_t()
        sigemptyset(&set)
        for number in signals { sigaddset(&set, number) }
        return set
    }

    /// The waiting thread, for tests that send a signal to it alone.
    var waitingThread: pthread_t { thread }
}
