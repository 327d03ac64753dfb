// A mutex with one condition variable, on pthreads: ThreadSanitizer knows them, and the deadline is CLOCK_MONOTONIC.

import CGild
import Glibc

/// Protects `Value`. `wake` and `wait` are called with the lock held.
final class Monitor<Value>: @unchecked Sendable {
    private let mutex: UnsafeMutablePointer<pthread_mutex_t>
    private let condition: UnsafeMutablePointer<pthread_cond_t>
    /// Guarded by `mutex`.
    private var value: Value

    init(_ value: Value) {
        mutex = .allocate(capacity: 1)
        condition = .allocate(capacity: 1)
        precondition(pthread_mutex_init(mutex, nil) == 0 && gild_condition_init(condition) == 0)
        self.value = value
    }

    deinit {
        pthread_cond_destroy(condition)
        pthread_mutex_destroy(mutex)
        condition.deallocate()
        mutex.deallocate()
    }

    func withLock<Result>(_ body: (inout Value) throws -> Result) rethrows -> Result {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        return try body(&value)
    }

    /// Waits until `condition` is true of the value, or the deadline (CLOCK_MONOTONIC, ns; nil: for ever), then runs `body`,
    /// all under one holding of the lock.
    func withLock<Result>(
        when isReady: (inout Value) -> Bool, before deadline: UInt64? = nil, _ body: (inout Value) -> Result
    ) -> Result {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        while !isReady(&value) {
            guard let deadline else {
                pthread_cond_wait(condition, mutex)
                continue
            }
            var time = timespec(tv_sec: Int(deadline / 1_000_000_000), tv_nsec: Int(deadline % 1_000_000_000))
            if pthread_cond_timedwait(condition, mutex, &time) == ETIMEDOUT { break }
        }
        return body(&value)
    }

    /// Wakes every waiter.
    func wake() { pthread_cond_broadcast(condition) }
}

/// Starts a detached thread that takes no signal but those of its own faults: they are the process's, and another thread waits for them.
/// - Parameter name: at most 15 bytes, as `ps -L` shows it.
func startThread(named name: String, _ body: @escaping @Sendable () -> Void) {
    final class Start {
        let name: String
        let body: @Sendable () -> Void
        init(_ name: String, _ body: @escaping @Sendable () -> Void) { (self.name, self.body) = (name, body) }
    }
    var everything = sigset_t()
    var previous = sigset_t()
    gild_asynchronous_signals(&everything)
    // Blocked before the thread exists, so that it never has a moment in which it could be chosen.
    pthread_sigmask(SIG_SETMASK, &everything, &previous)
    defer { pthread_sigmask(SIG_SETMASK, &previous, nil) }
    var attributes = pthread_attr_t()
    pthread_attr_init(&attributes)
    pthread_attr_setdetachstate(&attributes, Int32(PTHREAD_CREATE_DETACHED))
    defer { pthread_attr_destroy(&attributes) }
    var thread = pthread_t()
    let start = Unmanaged.passRetained(Start(name, body))
    let failure = pthread_create(&thread, &attributes, { argument in
        let start = Unmanaged<Start>.fromOpaque(argument!).takeRetainedValue()
        gild_name_thread(start.name)
        start.body()
        return nil
    }, start.toOpaque())
    precondition(failure == 0, "cannot start the thread \(name): \(String(cString: strerror(failure)))")
}
