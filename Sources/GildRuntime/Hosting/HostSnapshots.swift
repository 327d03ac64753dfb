// What a runtime and its runs did so far, as figures of one moment.
//
// The counters of a thread belong to it; another thread may read them only with the lock. So a snapshot is a job of the
// control thread, which reads all counters in one hold: increfs − decrefs is then the number of references alive and
// allocations − frees the number of objects alive, exactly. When the lock is not to be had, the figures of the lock itself,
// which have a mutex of their own, are given without the counters, and `isExact` is false.

import CGild

/// Figures of a whole runtime.
public struct HostSnapshot: Sendable {
    public var name: String
    /// Nanoseconds of the monotonic clock.
    public var takenAt: UInt64
    /// False: `counters` and what comes from the heap are missing (zero), because the lock was not to be had.
    public var isExact = false
    public var lock: LockReport
    /// Of all threads that ever were.
    public var counters = ThreadCounters()
    /// Threads of runs; the control thread is not counted.
    public var threadCount = 0
    public var waiting = 0
    /// Workload and name of the thread that holds the lock.
    public var holder: (workload: String, thread: String)?
    public var liveBytes = 0
    public var peakBytes = 0
    public var heapLimitBytes = 0
    public var collections = 0
    public var cyclesCollected = 0
    public var runs: [HostedRunSnapshot] = []
    let times: LockTimes
}

/// Figures of one run.
public struct HostedRunSnapshot: Sendable {
    public var number: UInt64
    public var workload: String
    public var phase: HostedRun.Phase
    public var startedAt: UInt64
    public var threadCount = 0
    public var lock: LockReport
    public var counters = ThreadCounters()
    let times: LockTimes
}

extension RuntimeHost {
    /// Figures so far. Waits for the lock at most `timeoutNanoseconds`.
    public func snapshot(timeoutNanoseconds: UInt64) -> HostSnapshot {
        let (holderNumber, _, waiting) = runtime.pointee.lock.progress()
        if let exact = try? ask(timeoutNanoseconds: timeoutNanoseconds, { self.snapshot($0, holder: holderNumber, waiting: waiting) }) { return exact }
        let (report, times) = runtime.pointee.lock.measurements()
        var result = HostSnapshot(name: name, takenAt: gild_monotonic_ns(), lock: report, times: times)
        result.waiting = waiting
        result.heapLimitBytes = heapLimitBytes
        result.runs = allRuns().compactMap { lockSnapshot(of: $0) }
        for run in result.runs {
            for thread in run.lock.threads where thread.number == holderNumber { result.holder = (run.workload, thread.name) }
        }
        return result
    }

    private func snapshot(_ thread: Thread, holder: UInt32, waiting: Int) -> HostSnapshot {
        let (report, times) = runtime.pointee.lock.measurements()
        var result = HostSnapshot(name: name, takenAt: gild_monotonic_ns(), lock: report, times: times)
        result.isExact = true
        result.waiting = waiting
        result.counters = runtime.pointee.shelves.pointee.endedRuns
        var byRun: [UInt64: (ThreadCounters, Int)] = [:]
        var run = runtime.pointee.runs
        while let current = run {
            var sums = ThreadCounters()
            for ended in current.pointee.books.pointee.endedThreads { sums += ThreadCounters(ended.figures) }
            byRun[current.pointee.number] = (sums, current.pointee.books.pointee.threadCount)
            result.counters += sums
            result.threadCount += current.pointee.books.pointee.threadCount
            run = current.pointee.next
        }
        var state = runtime.pointee.threads.first
        while let current = state {
            let counters = Thread(current).counters
            result.counters += counters
            let number = current.pointee.run.pointee.number
            if number != 0 { byRun[number]?.0 += counters }
            let record = current.pointee.lockThread.pointee
            if record.number == holder { result.holder = (current.pointee.run.pointee.workload, record.times.pointee.name) }
            state = current.pointee.next
        }
        let heap = thread.heap
        result.liveBytes = thread.liveBytes
        result.peakBytes = max(runtime.pointee.peakBytes, thread.peakBytes)
        result.heapLimitBytes = heapLimitBytes
        result.collections = heap.pointee.collector.collections
        result.cyclesCollected = heap.pointee.collector.collected
        result.runs = allRuns().compactMap { run in
            var figures = lockSnapshot(of: run)
            if let (counters, threads) = byRun[run.number] {
                figures?.counters = counters
                figures?.threadCount = threads
            }
            return figures
        }
        return result
    }

    private func allRuns() -> [HostedRun] {
        mutex.lock()
        defer { mutex.unlock() }
        return runs.values.sorted { $0.number < $1.number }
    }

    private func lockSnapshot(of run: HostedRun) -> HostedRunSnapshot? {
        let phase = run.phase
        return runtime.pointee.lock.measurements(ofRun: run.number).map { report, times in
            HostedRunSnapshot(
                number: run.number, workload: run.workload, phase: phase, startedAt: run.startedNanoseconds, lock: report, times: times)
        }
    }
}

// MARK: - Intervals

extension HostSnapshot {
    /// What happened between `earlier` and this snapshot: counts and times are differences, and percentiles are those of the
    /// interval. What is a state (live bytes, threads, holder) is this snapshot's.
    public func interval(since earlier: HostSnapshot) -> HostSnapshot {
        var result = self
        result.lock = lock.interval(since: earlier.lock, times, earlier.times)
        result.counters = counters.interval(since: earlier.counters)
        result.collections -= earlier.collections
        result.cyclesCollected -= earlier.cyclesCollected
        result.isExact = isExact && earlier.isExact
        result.runs = runs.map { run in
            guard let before = earlier.runs.first(where: { $0.number == run.number }) else { return run }
            var figures = run
            figures.lock = run.lock.interval(since: before.lock, run.times, before.times)
            figures.counters = run.counters.interval(since: before.counters)
            return figures
        }
        return result
    }
}

extension ThreadCounters {
    func interval(since earlier: ThreadCounters) -> ThreadCounters {
        ThreadCounters(
            instructions: instructions &- earlier.instructions, increfs: increfs &- earlier.increfs, decrefs: decrefs &- earlier.decrefs,
            allocations: allocations &- earlier.allocations, frees: frees &- earlier.frees, allocatedBytes: allocatedBytes &- earlier.allocatedBytes,
            freedBytes: freedBytes &- earlier.freedBytes)
    }
}

extension LockReport {
    fileprivate func interval(since earlier: LockReport, _ times: LockTimes, _ before: LockTimes) -> LockReport {
        var result = self
        result.wallNanoseconds = wallNanoseconds &- earlier.wallNanoseconds
        result.idleNanoseconds = idleNanoseconds &- earlier.idleNanoseconds
        result.heldByOthersNanoseconds = heldByOthersNanoseconds &- min(heldByOthersNanoseconds, earlier.heldByOthersNanoseconds)
        result.unaccountedNanoseconds = unaccountedNanoseconds - earlier.unaccountedNanoseconds
        result.acquisitions -= earlier.acquisitions
        result.contendedAcquisitions -= earlier.contendedAcquisitions
        result.drops -= earlier.drops
        result.handoffs -= earlier.handoffs
        result.retaken -= earlier.retaken
        result.dropRequests -= earlier.dropRequests
        result.futileWakeups -= earlier.futileWakeups
        result.forcedSwitches -= earlier.forcedSwitches
        result.hold = times.hold.since(before.hold).distribution
        result.wait = times.wait.since(before.wait).distribution
        result.blocked = times.blocked.since(before.blocked).distribution
        result.handoff = times.handoff.since(before.handoff).distribution
        if let attachedNanoseconds { result.attachedNanoseconds = attachedNanoseconds &- (earlier.attachedNanoseconds ?? 0) }
        if stops != nil { result.stops = times.stops.since(before.stops).report }
        return result
    }
}

extension DropCounts {
    fileprivate static func -= (left: inout DropCounts, right: DropCounts) {
        left.blocking -= right.blocking
        left.interval -= right.interval
        left.finish -= right.finish
    }
}
