// Figures of the runtime → the report.

import GildReport
import GildRuntime

func report(_ figures: RunFigures, script: String) -> RunReport {
    var report = RunReport(script: script, regime: figures.regime.rawValue)
    report.lockOrder = figures.lockOrder?.rawValue
    report.exitStatus = figures.killedBySignal.map { 128 + Int($0) } ?? Int(figures.exitStatus)
    report.wallNanoseconds = Int(figures.lock.wallNanoseconds)
    report.cpuNanoseconds = Int(figures.cpuNanoseconds)
    report.notes = figures.notes
    if !figures.pluginViolations.isEmpty {
        report.pluginViolations = figures.pluginViolations.map(violationReport)
    }
    if figures.pluginViolationsBeyond > 0 { report.notes.append("\(figures.pluginViolationsBeyond) more broken rules of plugins are counted but not listed.") }

    let lock = figures.lock
    let names = Dictionary(lock.threads.map { ($0.number, $0.name) }, uniquingKeysWith: { first, _ in first })
    var pairs: [GildReport.LockReport.HandoffPair] = []
    for pair in lock.pairs {
        for (reason, count) in [(HandoffReason.blocking, pair.counts.blocking), (.interval, pair.counts.interval), (.finish, pair.counts.finish)]
        where count > 0 {
            pairs.append(.init(from: names[pair.from] ?? "another run", to: names[pair.to] ?? "another run", reason: reason, count: Int(count)))
        }
    }
    if lock.handoffsBeyondPairs.total > 0 {
        report.notes.append("\(lock.handoffsBeyondPairs.total) handoffs between further pairs of threads are counted but not listed by pair.")
    }
    report.lock = lockReport(lock)
    report.lock.handoffPairs = pairs
    if lock.stops != nil { report.lock.contendedSections = figures.threads.reduce(0) { $0 + Int($1.contendedSections) } }

    let byNumber = Dictionary(figures.threads.map { ($0.number, $0) }, uniquingKeysWith: { first, _ in first })
    report.threads = lock.threads.map { thread in
        let counters = byNumber[thread.number]
        return ThreadReport(
            name: thread.name, holdNanoseconds: Int(thread.hold.sum), waitNanoseconds: Int(thread.wait.sum), blockedNanoseconds: Int(thread.blocked.sum),
            acquisitions: Int(thread.acquisitions), instructions: Int(counters?.instructions ?? 0), increfs: Int(counters?.increfs ?? 0),
            decrefs: Int(counters?.decrefs ?? 0), allocations: Int(counters?.allocations ?? 0))
    }

    let increfs = figures.threads.reduce(0) { $0 + Int($1.increfs) }
    let decrefs = figures.threads.reduce(0) { $0 + Int($1.decrefs) }
    report.refcounts = RefcountReport(
        increfs: increfs, decrefs: decrefs, liveReferences: figures.liveReferences, exchangedReferences: figures.exchangedReferences)

    report.refcounts.paths = countingPaths(figures)

    var live: [String: (count: Int, bytes: Int)] = [:]
    for leak in figures.leaks {
        let old = live[leak.type] ?? (0, 0)
        live[leak.type] = (old.count + leak.count, old.bytes + leak.bytes)
    }
    let allocatedBytes = figures.threads.reduce(0) { $0 + Int($1.allocatedBytes) }
    let freedBytes = figures.threads.reduce(0) { $0 + Int($1.freedBytes) }
    report.heap = HeapReport(
        allocatedObjects: figures.threads.reduce(0) { $0 + Int($1.allocations) }, freedObjects: figures.threads.reduce(0) { $0 + Int($1.frees) },
        liveObjects: figures.liveObjects, allocatedBytes: allocatedBytes, freedBytes: freedBytes, liveBytes: figures.liveBytes, peakBytes: figures.peakBytes,
        exchangedObjects: figures.exchangedObjects, exchangedBytes: allocatedBytes - freedBytes - figures.liveBytes,
        cyclesCollected: figures.cyclesCollected,
        leaked: figures.leaks.map { .init(type: $0.type, count: $0.count, refcount: $0.references, site: $0.site, shared: $0.shared == 0 ? nil : $0.shared) },
        live: live.map { HeapReport.LiveType(type: $0.key, count: $0.value.count, bytes: $0.value.bytes) }
            .sorted { ($1.bytes, $0.type) < ($0.bytes, $1.type) })
    if let races = figures.races {
        report.heap.lostUpdates = RaceReport(count: Int(clamping: races.lostCount), first: races.lost.map { race($0, names) })
        report.heap.prematureFrees = RaceReport(count: Int(clamping: races.prematureCount), first: races.premature.map { race($0, names) })
    }
    report.deadlocks = DeadlockReport(count: figures.deadlockCount, list: figures.deadlocks.map(deadlockReport))
    if let ledger = figures.ledger { report.ledger = ledgerReport(ledger, names: names, notes: &report.notes) }
    return report
}

private func race(_ race: RaceFigures.Race, _ names: [UInt32: String]) -> RaceReport.Race {
    func operation(_ operation: RaceFigures.Operation) -> RaceReport.Operation {
        RaceReport.Operation(
            operation: operation.isIncref ? "incref" : "decref", thread: names[operation.thread] ?? "another run", site: operation.site)
    }
    return RaceReport.Race(
        object: "0x" + String(race.object, radix: 16), type: race.type, site: race.site, expected: race.expected, actual: race.actual,
        lost: race.lost.map(operation), winner: operation(race.winner))
}

/// What the threads counted on which path.
private func countingPaths(_ figures: RunFigures) -> CountingPaths {
    func sum(_ value: (ThreadFigures) -> UInt64) -> Int { figures.threads.reduce(0) { $0 + Int(value($1)) } }
    let operations = sum { $0.increfs &- $0.allocations &+ $0.decrefs }
    let shared = sum(\.sharedOperations)
    let immortal = sum(\.immortals)
    switch figures.regime {
    case .gil, .gil32, .gilTicks, .unsynchronized: return CountingPaths(plain: operations, immortal: immortal)
    case .atomic: return CountingPaths(atomic: operations, immortal: immortal)
    case .objectLock: return CountingPaths(mutex: operations, contended: sum(\.contendedCounts), immortal: immortal)
    case .biased:
        let spread = sum(\.spreadOperations)
        return CountingPaths(
            biasedOwner: operations - shared - spread, biasedShared: shared, biasedSpread: spread, merged: sum(\.merges), handedOver: sum(\.handedOver),
            immortal: immortal)
    }
}

private func ledgerReport(_ figures: LedgerFigures, names: [UInt32: String], notes: inout [String]) -> LedgerReport {
    var ledger = LedgerReport(
        objects: figures.objects, operations: figures.recorded, droppedOperations: figures.dropped, order: figures.isRacy ? .recording : nil)
    func name(_ number: UInt32) -> String { names[number] ?? "another run" }
    for story in figures.stories {
        guard let first = story.entries.first else { continue }
        ledger.stories.append(
            LedgerReport.Story(
                object: story.number, type: story.type, site: first.site, thread: name(first.thread), references: story.isImmortal ? 0 : story.count,
                isImmortal: story.isImmortal, omitted: story.omitted, omittedAfter: story.omittedAfter,
                trueReferences: story.trueCount, isFreedEarly: story.isFreedEarly ? true : nil, overwrites: figures.isRacy ? story.overwrites : nil,
                entries: story.entries.map { entry in
                    let operation: LedgerReport.Operation =
                        switch entry.operation {
                        case .allocation: .allocation
                        case .incref: .incref
                        case .decref: .decref
                        case .handOver: .handOver
                        case .merge: .merge
                        case .immortal: .immortal
                        }
                    let path: LedgerReport.Path? =
                        switch entry.path {
                        case .owner: .owner
                        case .shared: .shared
                        case .queue: .queue
                        case nil: nil
                        }
                    return .init(
                        number: figures.isRacy ? entry.number : nil, operation: operation, path: path, site: entry.site, thread: name(entry.thread),
                        before: entry.before, after: entry.after, overwrote: entry.overwrote, collector: entry.byCollector ? true : nil)
                }))
    }
    if figures.dropped > 0 {
        notes.append("The ledger is full: it holds the first \(figures.recorded) operations; at least \(figures.dropped) later ones are missing (--ledger-limit).")
    }
    if figures.objects == 0 { notes.append("The ledger is empty: no object of the chosen types was allocated at the chosen lines.") }
    return ledger
}

/// A deadlock as reports show it.
public func deadlockReport(_ figures: DeadlockFigures) -> DeadlockReport.Deadlock {
    DeadlockReport.Deadlock(
        isCycle: figures.isCycle, foundAfterNanoseconds: Int(clamping: figures.foundAfterNanoseconds),
        threads: figures.threads.map { member in
            DeadlockReport.Member(
                thread: member.thread,
                holds: member.holds.map { .init(what: $0.what, sinceNanoseconds: Int(clamping: $0.nanoseconds), takenAt: $0.takenAt) },
                wants: .init(what: member.wants, at: member.waitsAt))
        },
        victim: figures.victim)
}

/// The latest handoffs of a lock, their threads by position in the report.
func recentHandoffs(_ lock: GildRuntime.LockReport) -> [GildReport.LockReport.RecentHandoff] {
    let positions = Dictionary(lock.threads.enumerated().map { ($1.number, $0) }, uniquingKeysWith: { first, _ in first })
    return lock.recentHandoffs.map { handoff in
        let reason: HandoffReason =
            switch handoff.reason {
            case .blocking: .blocking
            case .interval: .interval
            case .finish: .finish
            }
        return .init(
            atNanoseconds: Int(handoff.time &- lock.startedAt), from: positions[handoff.from] ?? -1, to: positions[handoff.to] ?? -1, reason: reason,
            gapNanoseconds: Int(handoff.gap), takerWaited: handoff.takerWaited)
    }
}

/// The figures of a lock without its pairs and its latest handoffs.
func lockReport(_ lock: GildRuntime.LockReport) -> GildReport.LockReport {
    GildReport.LockReport(
        switchIntervalNanoseconds: Int(lock.switchIntervalNanoseconds), acquisitions: Int(lock.acquisitions),
        contendedAcquisitions: Int(lock.contendedAcquisitions), drops: Int(lock.drops.total),
        handoffs: .init(blocking: Int(lock.handoffs.blocking), interval: Int(lock.handoffs.interval), finish: Int(lock.handoffs.finish)),
        dropRequests: Int(lock.dropRequests), futileWakeups: Int(lock.futileWakeups), hold: distribution(lock.hold), wait: distribution(lock.wait),
        handoff: distribution(lock.handoff), idleNanoseconds: Int(lock.idleNanoseconds), heldByOthersNanoseconds: Int(lock.heldByOthersNanoseconds),
        unaccountedNanoseconds: Int(lock.unaccountedNanoseconds), attachedNanoseconds: lock.attachedNanoseconds.map { Int($0) },
        stops: lock.stops.map { .init(count: Int($0.count), stopping: distribution($0.stopping), stopped: distribution($0.stopped)) })
}

private func distribution(_ times: GildRuntime.TimeDistribution) -> GildReport.TimeDistribution {
    GildReport.TimeDistribution(
        count: Int(times.count), sum: Int(times.sum), minimum: Int(times.min), p50: Int(times.p50), p90: Int(times.p90), p99: Int(times.p99),
        p999: Int(times.p999), maximum: Int(times.max))
}
