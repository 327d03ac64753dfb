// Feeds the service manager's watchdog, honestly: only while every runtime makes progress.
//
// One thread. Every half period it asks `check` which runtimes hang. None: WATCHDOG=1. Some: nothing is sent, the hang is
// logged once, and the question is asked again every eighth of the period, so that a runtime that goes on in time is fed in
// time. After a whole period without a message the manager kills and restarts the service, which is the point.
// The thread depends on nothing that a hang can take along: no event loop, no lock of a runtime, no Swift task.
// Waking up more than a quarter period late is logged: then the machine, not a runtime, is about to have us killed.
// Source: sd_watchdog_enabled(3), WATCHDOG_USEC, WATCHDOG_PID.

import CGild
import Glibc

public final class Watchdog: Sendable {
    private let periodNanoseconds: UInt64
    private let isStopped = Monitor(false)

    /// Period of the watchdog; nil when the manager does not watch this process.
    /// - Parameters:
    ///   - period: value of WATCHDOG_USEC.
    ///   - process: value of WATCHDOG_PID; absent means any process.
    public static func period(
        usec period: String? = getenv("WATCHDOG_USEC").map { String(cString: $0) },
        pid process: String? = getenv("WATCHDOG_PID").map { String(cString: $0) }, ownProcess: Int32 = getpid()
    ) throws(ServiceError) -> UInt64? {
        guard let period else { return nil }
        guard let microseconds = UInt64(period), microseconds > 0, microseconds < UInt64.max / 1000 else {
            throw ServiceError(code: .watchdog, message: "WATCHDOG_USEC is not a number above 0: \(period)", place: "WATCHDOG_USEC")
        }
        if let process {
            guard let number = Int32(process), number > 0 else {
                throw ServiceError(code: .watchdog, message: "WATCHDOG_PID is not a process: \(process)", place: "WATCHDOG_PID")
            }
            if number != ownProcess { return nil }
        }
        return microseconds * 1000
    }

    /// Starts the thread.
    /// - Parameters:
    ///   - periodNanoseconds: as `period` returns it.
    ///   - check: names of the runtimes that make no progress. Called on the thread; must not wait.
    ///   - feed: sends WATCHDOG=1.
    public init(
        periodNanoseconds: UInt64, log: EventLog, check: @escaping @Sendable () -> [String], feed: @escaping @Sendable () -> Void
    ) {
        self.periodNanoseconds = max(periodNanoseconds, 8)
        let (period, isStopped) = (self.periodNanoseconds, self.isStopped)
        startThread(named: "gild-watchdog") { Watchdog.run(period, isStopped, log, check, feed) }
    }

    public convenience init(
        periodNanoseconds: UInt64, log: EventLog, notifier: ServiceNotifier, check: @escaping @Sendable () -> [String]
    ) {
        self.init(periodNanoseconds: periodNanoseconds, log: log, check: check, feed: { notifier.notify(.watchdog) })
    }

    deinit { stop() }

    /// Ends the thread; it feeds no more after the call, but for a check that is under way.
    public func stop() {
        isStopped.withLock {
            $0 = true
            isStopped.wake()
        }
    }

    private static func run(
        _ period: UInt64, _ isStopped: Monitor<Bool>, _ log: EventLog, _ check: () -> [String], _ feed: () -> Void
    ) {
        var hanging: Set<String> = []
        var next = gild_monotonic_ns()
        while true {
            if isStopped.withLock(when: { $0 }, before: next, { $0 }) { return }
            let now = gild_monotonic_ns()
            if now > next + period / 4 {
                log.emit(.watchdogLate, "the watchdog's thread woke up \((now - next) / 1_000_000) ms late", fields: [
                    LogField("late_ns", Int(clamping: now - next)), LogField("period_ns", Int(clamping: period)),
                ])
            }
            let found = Set(check())
            for runtime in found.subtracting(hanging).sorted() {
                log.emit(
                    .runtimeHung, "runtime \(runtime) makes no progress; the watchdog is not fed until it does",
                    runtime: runtime, fields: [LogField("period_ns", Int(clamping: period))])
            }
            for runtime in hanging.subtracting(found).sorted() {
                log.emit(.runtimeRecovered, "runtime \(runtime) makes progress again", runtime: runtime)
            }
            hanging = found
            if found.isEmpty { feed() }
            next = now + (found.isEmpty ? period / 2 : period / 8)
        }
    }
}
