// The reports of several runtimes of one process as one, for tables in which runs in one runtime stand beside them.
//
// Counts and sizes are sums. A time distribution keeps count, sum, least and greatest; percentiles cannot be added up without the histograms, so each is the
// largest of the runtimes': no runtime had a worse one. The peak is the sum of the peaks, which the runtimes need not have reached at the same moment.

extension SiblingsReport {
    /// The figures of all runtimes together.
    public var together: RunReport {
        var sum = runtimes.first ?? RunReport(script: script, regime: regime)
        for other in runtimes.dropFirst() { sum.add(other) }
        sum.exitStatus = exitStatus
        sum.wallNanoseconds = wallNanoseconds
        sum.cpuNanoseconds = cpuNanoseconds
        if runtimes.count > 1 {
            sum.notes.append("The figures of \(runtimes.count) runtimes together: counts are sums, percentiles the largest of the runtimes', the peak the sum of their peaks.")
        }
        return sum
    }
}

extension RunReport {
    fileprivate mutating func add(_ other: RunReport) {
        lock.add(other.lock)
        threads += other.threads
        refcounts.increfs += other.refcounts.increfs
        refcounts.decrefs += other.refcounts.decrefs
        refcounts.liveReferences += other.refcounts.liveReferences
        refcounts.exchangedReferences += other.refcounts.exchangedReferences
        refcounts.paths?.add(other.refcounts.paths ?? CountingPaths())
        heap.allocatedObjects += other.heap.allocatedObjects
        heap.freedObjects += other.heap.freedObjects
        heap.liveObjects += other.heap.liveObjects
        heap.allocatedBytes += other.heap.allocatedBytes
        heap.freedBytes += other.heap.freedBytes
        heap.liveBytes += other.heap.liveBytes
        heap.peakBytes += other.heap.peakBytes
        heap.exchangedObjects += other.heap.exchangedObjects
        heap.exchangedBytes += other.heap.exchangedBytes
        heap.cyclesCollected += other.heap.cyclesCollected
        heap.leaked += other.heap.leaked
        heap.live += other.heap.live
        deadlocks.count += other.deadlocks.count
        deadlocks.list += other.deadlocks.list
        notes += other.notes.filter { !notes.contains($0) }
    }
}

extension LockReport {
    fileprivate mutating func add(_ other: LockReport) {
        acquisitions += other.acquisitions
        contendedAcquisitions += other.contendedAcquisitions
        drops += other.drops
        handoffs.blocking += other.handoffs.blocking
        handoffs.interval += other.handoffs.interval
        handoffs.finish += other.handoffs.finish
        dropRequests += other.dropRequests
        futileWakeups += other.futileWakeups
        hold.add(other.hold)
        wait.add(other.wait)
        handoff.add(other.handoff)
        idleNanoseconds += other.idleNanoseconds
        unaccountedNanoseconds += other.unaccountedNanoseconds
        attachedNanoseconds = attachedNanoseconds.map { $0 + (other.attachedNanoseconds ?? 0) }
        contendedSections = contendedSections.map { $0 + (other.contendedSections ?? 0) }
        if let more = other.stops {
            stops?.count += more.count
            stops?.stopping.add(more.stopping)
            stops?.stopped.add(more.stopped)
        }
        handoffPairs += other.handoffPairs
        recentHandoffs = nil
    }
}

extension TimeDistribution {
    fileprivate mutating func add(_ other: TimeDistribution) {
        if other.count == 0 { return }
        minimum = count == 0 ? other.minimum : min(minimum, other.minimum)
        count += other.count
        sum += other.sum
        p50 = max(p50, other.p50)
        p90 = max(p90, other.p90)
        p99 = max(p99, other.p99)
        p999 = max(p999, other.p999)
        maximum = max(maximum, other.maximum)
    }
}

extension CountingPaths {
    fileprivate mutating func add(_ other: CountingPaths) {
        func sum(_ one: Int?, _ two: Int?) -> Int? { one.map { $0 + (two ?? 0) } }
        plain = sum(plain, other.plain)
        biasedOwner = sum(biasedOwner, other.biasedOwner)
        biasedShared = sum(biasedShared, other.biasedShared)
        biasedSpread = sum(biasedSpread, other.biasedSpread)
        merged = sum(merged, other.merged)
        handedOver = sum(handedOver, other.handedOver)
        atomic = sum(atomic, other.atomic)
        mutex = sum(mutex, other.mutex)
        contended = sum(contended, other.contended)
        immortal = sum(immortal, other.immortal)
    }
}
