// Threads for what may block: compiling a script, asking a runtime for something that needs its lock.
//
// A fixed number of threads takes jobs from a bounded queue, first come first served. A full queue refuses a job at once:
// a caller that is told so can come again, one that waits in a growing queue cannot tell that from a hang. Every job has a
// deadline that starts when it is submitted; one that comes up later than that is told so instead of being done, so that
// the queue of a runtime that hangs empties at the rate at which its callers have given up.

import CGild

/// Where jobs that may block go; tests put one here that runs them at once.
protocol JobExecutor: Sendable {
    /// Calls `job(false)` on a thread that may block, or `job(true)` there when the deadline passed before its turn.
    /// - Returns: false when there are too many jobs; `job` is not called then.
    func submit(deadlineNanoseconds: UInt64, _ job: @escaping @Sendable (_ isLate: Bool) -> Void) -> Bool
}

extension JobExecutor {
    /// A job without a deadline.
    func submit(_ job: @escaping @Sendable () -> Void) -> Bool { submit(deadlineNanoseconds: .max) { _ in job() } }
}

final class DispatchPool: JobExecutor {
    private struct Job {
        let deadline: UInt64
        let body: @Sendable (Bool) -> Void
    }

    private struct State {
        /// Jobs before `head` have been taken.
        var queue: [Job] = []
        var head = 0
        var isEnded = false

        var isEmpty: Bool { head == queue.count }

        mutating func take() -> Job? {
            if isEnded || isEmpty { return nil }
            let job = queue[head]
            head += 1
            if isEmpty || head > 64 && head > queue.count / 2 {
                queue.removeFirst(head)
                head = 0
            }
            return job
        }
    }

    private let queueLimit: Int
    private let monitor = Monitor(State())

    /// - Parameters:
    ///   - name: of the threads; at most 15 bytes.
    ///   - queue: jobs that may wait.
    init(name: String, threads: Int, queue: Int) {
        queueLimit = queue
        let monitor = self.monitor
        for _ in 0..<threads { startThread(named: name) { DispatchPool.work(monitor) } }
    }

    func submit(deadlineNanoseconds: UInt64, _ job: @escaping @Sendable (_ isLate: Bool) -> Void) -> Bool {
        let (moment, overflow) = gild_monotonic_ns().addingReportingOverflow(deadlineNanoseconds)
        return monitor.withLock { state in
            if state.isEnded || state.queue.count - state.head >= queueLimit { return false }
            state.queue.append(Job(deadline: overflow ? .max : moment, body: job))
            monitor.wake()
            return true
        }
    }

    /// Jobs that wait are dropped; those that run end by themselves.
    func end() {
        monitor.withLock { state in
            state.isEnded = true
            state.queue = []
            state.head = 0
            monitor.wake()
        }
    }

    private static func work(_ monitor: Monitor<State>) {
        while true {
            let job = monitor.withLock(when: { $0.isEnded || !$0.isEmpty }) { $0.take() }
            guard let job else { return }
            job.body(gild_monotonic_ns() > job.deadline)
        }
    }
}
