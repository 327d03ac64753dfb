// The supervisor's tables, made as a configuration says: at the start, at each reload, and emptied at the end.
//
// Runtimes that the new configuration needs are made first, because that is what can fail: if one cannot be made, those made
// so far are closed and nothing has changed. Then, under the lock, the tables change in one step: a runtime is replaced by
// the new one of its name, workloads are added, redefined and removed. A workload whose runtime was replaced starts again on
// the new heap. Runtimes that nobody names any more are closed on a thread of the pool, which stops what still runs in
// them. Submitted workloads are left alone, unless their runtime has gone or the configuration has taken their name.

import CGild
import GildControl
import GildSession
import GildWorkload

/// What a reload has done, as `io.gild.Daemon.Reload` tells it.
struct ReloadOutcome: Sendable, Equatable {
    var added: [String] = []
    var changed: [String] = []
    var removed: [String] = []
    var unchanged = 0
    var needsRestart: [String] = []

    /// One sentence for people.
    var summary: String {
        var parts: [String] = []
        for (names, verb) in [(added, "added"), (changed, "changed"), (removed, "removed")] where !names.isEmpty {
            parts.append("\(verb) " + names.joined(separator: ", "))
        }
        if parts.isEmpty { parts.append("no workload changed") }
        if !needsRestart.isEmpty { parts.append("only after a restart: " + needsRestart.joined(separator: ", ")) }
        return parts.joined(separator: "; ")
    }
}

extension Supervisor {
    /// Time that runs have to end when their runtime goes.
    static let closingNanoseconds: UInt64 = 4_000_000_000

    /// Makes the tables as `new` says. BLOCKING: makes runtimes.
    /// - Parameter starts: whether workloads with autostart that are new are started.
    /// - Throws: `HostError`; nothing has changed then.
    func apply(_ new: Configuration, from old: Configuration, startsNew: Bool = true) throws -> ReloadOutcome {
        let difference = ConfigurationDifference(old: old, new: new)
        var made: [HostedEntry] = []
        do {
            for definition in new.runtimes
            where difference.runtimes.added.contains(definition.name) || difference.runtimes.changed.contains(definition.name) {
                made.append(HostedEntry(definition, try makeRuntime(definition)))
            }
        } catch {
            for entry in made { _ = entry.hosting.close(deadlineNanoseconds: gild_monotonic_ns() + Self.closingNanoseconds) }
            throw error
        }
        var outcome = ReloadOutcome(
            added: difference.workloads.added, changed: difference.workloads.changed, removed: difference.workloads.removed,
            unchanged: difference.workloads.unchanged.count, needsRestart: difference.needRestart)
        var gone: [HostedEntry] = []
        transaction { deferred in
            gone = replaceRuntimes(new.runtimes, made, adjusted: Set(difference.adjustedRuntimes))
            let replaced = Set(difference.runtimes.changed)
            for name in difference.workloads.removed {
                if let workload = byName[name], !workload.isSubmitted { handle(.remove, workload, &deferred) }
            }
            for workload in workloads where workload.isSubmitted {
                let definition = workload.definition
                if entry(definition.runtime) == nil {
                    outcome.removed.append(workload.name)
                    handle(.remove, workload, &deferred)
                } else if replaced.contains(definition.runtime) {
                    outcome.changed.append(workload.name)
                    handle(.replace(definition, starts: false), workload, &deferred)
                }
            }
            let touched = Set(difference.workloads.added + difference.workloads.changed)
            for definition in new.workloads {
                let isUnchanged = !touched.contains(definition.name)
                let isThere = byName[definition.name].map { !$0.lifecycle.isBeingRemoved } ?? false
                // One that a client removed comes back, as its configuration says.
                if isUnchanged && isThere { continue }
                // A definition that was changed starts again, unless somebody stopped the workload.
                let state = byName[definition.name]?.lifecycle.state
                let isStarted = state == nil || state == .failed || state == .finished || byName[definition.name]?.isSubmitted == true
                if isUnchanged {
                    outcome.unchanged -= 1
                    outcome.added.append(definition.name)
                }
                define(
                    definition, isSubmitted: false, definedIn: new.places.workloads[definition.name]?.file ?? "",
                    starts: startsNew && definition.autostart && (isStarted || isUnchanged), &deferred)
            }
            let order = Dictionary(new.workloads.enumerated().map { ($1.name, $0) }, uniquingKeysWith: { first, _ in first })
            workloads = workloads.enumerated().sorted {
                (order[$0.element.name] ?? .max, $0.offset) < (order[$1.element.name] ?? .max, $1.offset)
            }.map(\.element)
        }
        for entry in made {
            log.emit(
                .runtimeStarted, "the runtime is up", runtime: entry.name, regime: entry.hosting.regime,
                fields: [
                    LogField("switch_interval_ns", Int(clamping: entry.definition.switchIntervalNanoseconds)),
                    LogField("heap_limit_bytes", entry.definition.heapLimitBytes), LogField("thread_limit", entry.definition.threadLimit),
                ])
        }
        for entry in gone { close(entry) }
        return outcome
    }

    /// Under the lock. Returns those that have no place any more.
    private func replaceRuntimes(_ definitions: [RuntimeDefinition], _ made: [HostedEntry], adjusted: Set<String>) -> [HostedEntry] {
        let old = runtimes
        runtimes = definitions.compactMap { definition in
            if let entry = made.first(where: { $0.name == definition.name }) { return entry }
            guard let entry = old.first(where: { $0.name == definition.name }) else { return nil }
            entry.definition = definition
            if adjusted.contains(definition.name) { entry.hosting.setSwitchInterval(definition.switchIntervalNanoseconds) }
            return entry
        }
        return old.filter { entry in !runtimes.contains { $0 === entry } }
    }

    private func close(_ entry: HostedEntry) {
        let isTaken = executor.submit { [log] in
            let isEnded = entry.hosting.close(deadlineNanoseconds: gild_monotonic_ns() + Self.closingNanoseconds)
            log.emit(
                .runtimeStopped, level: isEnded ? nil : .error,
                isEnded ? "the runtime has ended" : "the runtime was given up: a run in it does not end",
                runtime: entry.name, regime: entry.hosting.regime)
        }
        if !isTaken { startThread(named: "gild-close") { _ = entry.hosting.close(deadlineNanoseconds: gild_monotonic_ns() + Self.closingNanoseconds) } }
    }

    /// Ends everything; nothing starts any more. BLOCKING, at most for the timeout.
    /// - Returns: names of the runtimes in which something still runs.
    func shutDown(timeoutNanoseconds: UInt64) -> [String] {
        let entries = transaction { deferred in
            isStopping = true
            for workload in workloads {
                if let timer = workload.timer { clock.cancel(timer) }
                handle(.stop, workload, &deferred)
            }
            return runtimes
        }
        let deadline = gild_monotonic_ns() &+ timeoutNanoseconds
        let closed = Monitor([String: Bool]())
        for entry in entries {
            startThread(named: "gild-close") {
                let isEnded = entry.hosting.close(deadlineNanoseconds: deadline)
                closed.withLock {
                    $0[entry.name] = isEnded
                    closed.wake()
                }
            }
        }
        return closed.withLock(when: { $0.count == entries.count }, before: deadline &+ 200_000_000) { closed in
            entries.map(\.name).filter { closed[$0] != true }
        }
    }
}
