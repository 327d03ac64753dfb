// The module `time`: clocks, and sleeping without the lock.
//
// A sleep is a wait on the thread's own futex word until an absolute deadline of the monotonic clock, so that neither a
// change of the wall clock nor an interruption that turns out to be nothing (PEP 475) makes it longer or shorter.

import CGild
import Glibc

let timeFunctions: [NativeDefinition] = [
    NativeDefinition("sleep", 1, 1, timeSleep),
    NativeDefinition("time", 0, 0) { thread, _, _, _ in timeSeconds(thread, wallClockNanoseconds()) },
    NativeDefinition("time_ns", 0, 0) { thread, _, _, _ in thread.makeInt(Int(wallClockNanoseconds())) },
    NativeDefinition("monotonic", 0, 0) { thread, _, _, _ in timeSeconds(thread, gild_monotonic_ns()) },
    NativeDefinition("monotonic_ns", 0, 0) { thread, _, _, _ in thread.makeInt(Int(gild_monotonic_ns())) },
    NativeDefinition("perf_counter", 0, 0) { thread, _, _, _ in timeSeconds(thread, gild_monotonic_ns()) },
    NativeDefinition("perf_counter_ns", 0, 0) { thread, _, _, _ in thread.makeInt(Int(gild_monotonic_ns())) },
    NativeDefinition("process_time", 0, 0) { thread, _, _, _ in timeSeconds(thread, gild_process_cpu_ns()) },
    NativeDefinition("process_time_ns", 0, 0) { thread, _, _, _ in thread.makeInt(Int(gild_process_cpu_ns())) },
    NativeDefinition("thread_time", 0, 0) { thread, _, _, _ in timeSeconds(thread, gild_thread_cpu_ns()) },
    NativeDefinition("thread_time_ns", 0, 0) { thread, _, _, _ in thread.makeInt(Int(gild_thread_cpu_ns())) },
]

/// Nanoseconds since 1970.
private func wallClockNanoseconds() -> UInt64 {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
}

/// Nanoseconds as a float of seconds; whole seconds come out exact.
private func timeSeconds(_ thread: Thread, _ nanoseconds: UInt64) -> Value {
    if nanoseconds % 1_000_000_000 == 0 { return thread.makeFloat(Double(nanoseconds / 1_000_000_000)) }
    return thread.makeFloat(Double(nanoseconds) / 1e9)
}

/// `sleep(seconds)`.
func timeSleep(_ thread: Thread, _ arguments: Arguments, _ count: Int, _ keywordNames: Value) -> Value {
    guard let duration = thread.durationArgument(arguments[0]) else { return .undefined }
    if duration < 0 { return thread.raise(.valueError, "sleep length must be non-negative") }
    let deadline = thread.deadline(after: duration)
    let record = thread.s.pointee.lockThread
    while true {
        let isOver = thread.allowThreads(.sleep) { () -> Bool in
            if duration > 0 { return record.sleep(until: deadline) }
            // A turn for the others.
            sched_yield()
            return true
        }
        if isOver { return thread.checkRequests() ? .none : .undefined }
        if !thread.handleEvalBreaker() { return .undefined }
    }
}

extension gild_thread_ref {
    /// Longest duration, in nanoseconds (292 years).
    static var greatestDuration: Int { Int.max }

    /// Seconds, an int or a float, as nanoseconds rounded away from zero.
    ///
    /// - Returns: nil with TypeError, ValueError (NaN) or OverflowError raised, in the words of CPython's `_PyTime_FromSecondsObject`.
    func durationArgument(_ value: Value) -> Int? {
        if isFloat(value) {
            let seconds = float(value)
            if seconds.isNaN {
                raise(.valueError, "Invalid value NaN (not a number)")
                return nil
            }
            let nanoseconds = (seconds * 1e9).rounded(.awayFromZero)
            guard nanoseconds >= -9_223_372_036_854_775_808.0, nanoseconds < 9_223_372_036_854_775_808.0 else {
                raise(.overflowError, "timestamp out of range for platform time_t")
                return nil
            }
            return Int(nanoseconds)
        }
        guard isInteger(value) else {
            let integer = index(value)
            if integer.isUndefined { return nil }
            defer { decref(integer) }
            return durationArgument(integer)
        }
        let (nanoseconds, overflow) = (smallInt(value) ?? Int.max).multipliedReportingOverflow(by: 1_000_000_000)
        if overflow {
            raise(.overflowError, "timestamp too large to convert to C PyTime_t")
            return nil
        }
        return nanoseconds
    }

    /// The moment of the monotonic clock that is `duration` nanoseconds away; nil when that is beyond the clock's range.
    func deadline(after duration: Int) -> UInt64? {
        let (sum, overflow) = Int(gild_monotonic_ns()).addingReportingOverflow(duration)
        return overflow ? nil : UInt64(max(sum, 1))
    }

    /// After a blocking call that ended by itself: a signal or the end of the time that came meanwhile is answered now. False: raised.
    func checkRequests() -> Bool {
        gild_load_acquire_32(&s.pointee.evalBreaker) & EvalBreaker.interrupting == 0 || handleEvalBreaker()
    }
}
