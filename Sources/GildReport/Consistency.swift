// The bookkeeping identities of a report.
//
// Every figure is counted on its own, at the place where the thing happens; nothing is derived from another figure.
// That is what makes these identities a check: a lost update, a counter that was not merged or a clock read twice
// breaks one of them. The comparison itself cannot overflow: it subtracts with wrapping arithmetic.

extension RunReport {
    /// The identities that this report violates, one sentence each with both sides of it; empty for an exact report.
    ///
    /// Checked: hold + idle = wall (within 0.1 %; without one lock attached + idle, and no handoffs), acquisitions = drops, handoffs = their pairs,
    /// increfs − decrefs = live references, allocated − freed = live (objects and bytes; what was exchanged with other runs of the same runtime, and
    /// the time in which those held the lock, stand on the right side), leaks add up to the live objects, the figures of the threads add up to the
    /// totals, and every time distribution is in order.
    public func consistency() -> [String] {
        var violations: [String] = []
        func expect(_ left: Int, _ leftName: String, equals right: Int, _ rightName: String) {
            if left != right {
                violations.append("\(leftName) = \(rightName) does not hold: \(left) against \(right)")
            }
        }

        let held = lock.attachedNanoseconds ?? lock.hold.sum
        let accounted = held &+ lock.idleNanoseconds &+ lock.heldByOthersNanoseconds
        let difference = wallNanoseconds &- accounted
        let tolerance = (wallNanoseconds.magnitude + 999) / 1000
        if difference.magnitude > tolerance {
            violations.append(
                "\(lock.attachedNanoseconds == nil ? "hold" : "attached") + idle = wall does not hold within 0.1 %: \(held) + "
                    + "\(lock.idleNanoseconds) against \(wallNanoseconds) ns")
        }
        if lock.attachedNanoseconds != nil { expect(lock.handoffs.total, "handoffs", equals: 0, "those of no lock") }
        if let stops = lock.stops {
            expect(stops.stopping.count, "times until all had stopped", equals: stops.count, "stops")
            if stops.stopped.count > stops.count {
                violations.append("stops that ended ≤ stops does not hold: \(stops.stopped.count) against \(stops.count)")
            }
            for (name, times) in [("stopping", stops.stopping), ("stopped", stops.stopped)] where !times.isInOrder {
                violations.append("\(name) times are not in order: \(times)")
            }
        }
        expect(lock.unaccountedNanoseconds, "unaccounted", equals: difference, "wall − hold − idle")

        expect(lock.acquisitions, "acquisitions", equals: lock.drops, "drops")
        expect(lock.hold.count, "count of hold times", equals: lock.drops, "drops")
        if lock.contendedAcquisitions > lock.acquisitions {
            violations.append(
                "contended ≤ acquisitions does not hold: \(lock.contendedAcquisitions) against \(lock.acquisitions)")
        }
        for reason in HandoffReason.allCases {
            let pairs = lock.handoffPairs.filter { $0.reason == reason }.reduce(0) { $0 &+ $1.count }
            expect(lock.handoffs[reason], "\(reason.rawValue) handoffs", equals: pairs, "sum of their pairs")
        }

        expect(
            refcounts.increfs &- refcounts.decrefs, "increfs − decrefs", equals: refcounts.liveReferences &+ refcounts.exchangedReferences,
            "live references")
        expect(
            heap.allocatedObjects &- heap.freedObjects, "allocated − freed objects", equals: heap.liveObjects &+ heap.exchangedObjects,
            "live objects")
        expect(
            heap.allocatedBytes &- heap.freedBytes, "allocated − freed bytes", equals: heap.liveBytes &+ heap.exchangedBytes, "live bytes")
        expect(heap.leaked.reduce(0) { $0 &+ $1.count }, "sum of leaks", equals: heap.liveObjects, "live objects")
        if heap.peakBytes < heap.liveBytes {
            violations.append("peak ≥ live bytes does not hold: \(heap.peakBytes) against \(heap.liveBytes)")
        }

        func total(_ path: (ThreadReport) -> Int) -> Int { threads.reduce(0) { $0 &+ path($1) } }
        expect(total { $0.holdNanoseconds }, "hold of the threads", equals: lock.hold.sum, "hold of the lock")
        expect(total { $0.acquisitions }, "acquisitions of the threads", equals: lock.acquisitions, "acquisitions")
        expect(total { $0.increfs }, "increfs of the threads", equals: refcounts.increfs, "increfs")
        expect(total { $0.decrefs }, "decrefs of the threads", equals: refcounts.decrefs, "decrefs")
        expect(total { $0.allocations }, "allocations of the threads", equals: heap.allocatedObjects, "allocated objects")

        if deadlocks.count < deadlocks.list.count {
            violations.append("deadlocks ≥ those listed does not hold: \(deadlocks.count) against \(deadlocks.list.count)")
        }
        for (name, times) in [("hold", lock.hold), ("wait", lock.wait), ("handoff", lock.handoff)]
        where !times.isInOrder {
            violations.append("\(name) times are not in order: \(times)")
        }
        violations += ledger?.violations() ?? []
        return violations
    }

    /// True when nothing that can die was alive after the modules were torn down.
    public var isFreeOfLeaks: Bool {
        heap.liveObjects == 0 && heap.liveBytes == 0 && heap.leaked.isEmpty && refcounts.liveReferences == 0
    }
}

extension TimeDistribution {
    /// 0 ≤ minimum ≤ percentiles in their order ≤ maximum, and the sum within count × those bounds.
    var isInOrder: Bool {
        let ascending = [0, minimum, p50, p90, p99, p999, maximum]
        guard zip(ascending, ascending.dropFirst()).allSatisfy({ $0 <= $1 }) else { return false }
        if count == 0 { return maximum == 0 && sum == 0 }
        return count > 0 && sum >= maximum && sum / count <= maximum
    }
}
