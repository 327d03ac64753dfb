// What a workload does next: a state machine without a clock, a lock or a thread of its own.
//
//              start                     launched                 ended 0, no more runs
//   stopped ──────────► starting ─────────────────► running ───────────────────────────► finished
//      ▲                   │ could not start           │ ended otherwise, no more runs ─► failed
//      │                   ▼                           │
//      │◄───── stop ── waiting ◄────── a restart or a period is due later ──────────────┤
//      │                   └── due ──► starting        │ stop, restart, remove, replace
//      └──────────────────────── ended ──── stopping ◄─┘
//
// The supervisor feeds events in, under its lock, and carries the effects out afterwards. Each effect that comes back as
// an event carries `generation`, which grows with every launch and every timer: an event of a generation that is over
// changes nothing. That is what keeps a timer that fired while `stop` took the lock from starting the workload again,
// and the end of an old run from being taken for that of the new one.
//
// A workload that somebody stopped stays stopped: neither its restart policy nor its period starts it. The period's ticks
// lie at the first start + n × `every`; a tick that finds the workload busy is skipped and counted. A failed start
// counts as a run that failed.

import GildWorkload

/// The state machine of one workload. A value: whoever owns it guards it.
struct Lifecycle: Sendable, Equatable {
    enum State: String, Sendable, Equatable, CaseIterable {
        /// Not asked to run: never started, or stopped by somebody.
        case stopped
        /// The script is being read and compiled.
        case starting
        case running
        /// Its run has been told to end.
        case stopping
        /// For the end of a back-off or for the next tick of its period.
        case waiting
        /// The last run failed and there will be no other by itself.
        case failed
        /// The last run ended with status 0 and there will be no other by itself.
        case finished
    }

    /// How a run ended.
    enum Result: String, Sendable, Equatable, CaseIterable {
        /// Exit status 0.
        case succeeded
        /// Any other exit status, or no start at all.
        case failed
        /// `limits.time`.
        case timedOut = "timed-out"
        /// By `stop`, `restart`, `remove`, a reload or the daemon's end.
        case stopped
    }

    enum Event: Sendable, Equatable {
        case start
        case stop
        case restart
        /// End what runs, then leave.
        case remove
        /// A new definition; `starts`: run it even if the old one did not.
        case replace(WorkloadDefinition, starts: Bool)
        /// The runtime has taken the run.
        case launched(generation: UInt64)
        /// The run is over, or never began.
        case ended(Result, generation: UInt64)
        case due(generation: UInt64)
    }

    enum Effect: Sendable, Equatable {
        /// Start a run; answered by `launched` or `ended`.
        case launch(generation: UInt64)
        /// Stop the run; answered by `ended`.
        case stopRun
        /// Send `due` at this moment of the monotonic clock; replaces the timer before.
        case arm(at: UInt64, generation: UInt64)
        case disarm
        /// A tick of the period found the workload busy.
        case skippedTick
        /// A restart by the policy lies ahead: nanoseconds from now, and how many in a row.
        case willRestart(after: UInt64, attempt: Int)
        /// Nothing runs and nothing is being started or stopped.
        case settled
        /// The workload has ended and goes.
        case removed
    }

    /// Why a timer is armed.
    private enum Pending: Sendable, Equatable { case none, restart, tick }

    /// What to do when the run that is being stopped has ended.
    private enum AfterStop: Sendable, Equatable { case stay, start, remove }

    static let firstBackOff: UInt64 = 1_000_000_000
    static let lastBackOff: UInt64 = 60_000_000_000
    /// A run that lasted so long proves the workload healthy: the back-off begins anew.
    static let healthyRun: UInt64 = 60_000_000_000

    private(set) var definition: WorkloadDefinition
    private(set) var state = State.stopped
    /// Of the present launch or timer.
    private(set) var generation: UInt64 = 0
    /// Somebody wants it to run: restarts and periods apply.
    private(set) var isWanted = false
    private(set) var restartsInARow = 0
    private(set) var restarts = 0
    private(set) var skippedTicks = 0
    private(set) var counts: [Result: Int] = [:]
    private(set) var lastResult: Result?
    /// Moment of the next start by itself; nil: none.
    private(set) var nextStart: UInt64?
    private var pending = Pending.none
    private var afterStop = AfterStop.stay
    private var replacement: WorkloadDefinition?
    private var startedAt: UInt64 = 0
    /// Next tick of the period; nil: the period has not begun.
    private var nextTick: UInt64?
    private var timerGeneration: UInt64 = 0

    init(_ definition: WorkloadDefinition) { self.definition = definition }

    var isBusy: Bool { state == .starting || state == .running || state == .stopping }
    var isBeingRemoved: Bool { state == .stopping && afterStop == .remove }

    mutating func handle(_ event: Event, now: UInt64) -> [Effect] {
        switch event {
        case .start: start(now)
        case .stop: stop(then: .stay)
        case .restart: restart(now)
        case .remove: stop(then: .remove)
        case .replace(let definition, let starts): replace(definition, starts, now)
        case .launched(let generation): launched(generation)
        case .ended(let result, let generation): ended(result, generation, now)
        case .due(let generation): due(generation, now)
        }
    }

    // MARK: - Requests

    private mutating func start(_ now: UInt64) -> [Effect] {
        switch state {
        case .starting, .running: return []
        case .stopping:
            if afterStop != .remove { (afterStop, isWanted) = (.start, true) }
            return []
        case .stopped, .waiting, .failed, .finished:
            isWanted = true
            restartsInARow = 0
            nextTick = definition.everyNanoseconds.map { now &+ $0 }
            return launch(now)
        }
    }

    private mutating func stop(then next: AfterStop, isReplaced: Bool = false) -> [Effect] {
        isWanted = next == .start
        nextTick = nil
        let disarmed = disarm()
        switch state {
        case .starting, .running:
            state = .stopping
            afterStop = next
            return disarmed + [.stopRun]
        case .stopping:
            if afterStop != .remove || isReplaced { afterStop = next }
            return disarmed
        case .stopped, .waiting, .failed, .finished:
            if next == .remove { return disarmed + [.removed] }
            if state == .waiting { state = .stopped }
            return disarmed + [.settled]
        }
    }

    private mutating func restart(_ now: UInt64) -> [Effect] { isBusy ? stop(then: .start) : start(now) }

    private mutating func replace(_ definition: WorkloadDefinition, _ starts: Bool, _ now: UInt64) -> [Effect] {
        let runs = isWanted && (isBusy || state == .waiting) || starts
        if isBusy {
            replacement = definition
            // A definition that comes back while the old run is still being removed stays.
            return stop(then: runs ? .start : .stay, isReplaced: true)
        }
        self.definition = definition
        let stopped = stop(then: .stay)
        return runs ? stopped.filter { $0 != .settled } + start(now) : stopped
    }

    // MARK: - What came of effects

    private mutating func launched(_ generation: UInt64) -> [Effect] {
        guard generation == self.generation else { return [] }
        if state == .starting { state = .running }
        // A stop that came while the script was compiled had no run to stop.
        return state == .stopping ? [.stopRun] : []
    }

    private mutating func ended(_ result: Result, _ generation: UInt64, _ now: UInt64) -> [Effect] {
        guard generation == self.generation, isBusy else { return [] }
        counts[result, default: 0] += 1
        lastResult = result
        if state == .stopping { return stopped(now) }
        if now &- startedAt >= Self.healthyRun { restartsInARow = 0 }
        let restarts = definition.restart == .always || definition.restart == .onFailure && result != .succeeded
        guard isWanted, result != .stopped else {
            // Stopped by the runtime itself, which is closing.
            isWanted = false
            state = .stopped
            return [.settled]
        }
        if restarts {
            let delay = min(Self.lastBackOff, Self.firstBackOff << UInt64(min(restartsInARow, 16)))
            restartsInARow += 1
            state = .waiting
            let at = min(now &+ delay, nextTick ?? .max)
            return [.willRestart(after: at &- now, attempt: restartsInARow)] + arm(.restart, at: at) + [.settled]
        }
        restartsInARow = 0
        if let nextTick {
            state = .waiting
            return arm(.tick, at: nextTick) + [.settled]
        }
        isWanted = false
        state = result == .succeeded ? .finished : .failed
        return [.settled]
    }

    private mutating func stopped(_ now: UInt64) -> [Effect] {
        state = .stopped
        if let replacement {
            definition = replacement
            self.replacement = nil
        }
        let next = afterStop
        afterStop = .stay
        switch next {
        case .stay: return [.settled]
        case .remove: return [.removed]
        case .start: return start(now)
        }
    }

    private mutating func due(_ generation: UInt64, _ now: UInt64) -> [Effect] {
        guard generation == timerGeneration, pending != .none else { return [] }
        let reason = pending
        pending = .none
        nextStart = nil
        var effects: [Effect] = []
        if let period = definition.everyNanoseconds, let tick = nextTick, tick <= now {
            // Ticks that passed unseen (the machine slept) are skipped, not made up for.
            let passed = (now &- tick) / period
            nextTick = tick &+ (passed &+ 1) &* period
            let skipped = isBusy ? Int(passed) + 1 : Int(passed)
            skippedTicks += skipped
            effects = Array(repeating: .skippedTick, count: min(skipped, 1))
        }
        if isBusy { return effects + armTick() }
        guard state == .waiting, isWanted else { return effects }
        if reason == .restart { restarts += 1 }
        return effects + launch(now)
    }

    // MARK: - Steps

    private mutating func launch(_ now: UInt64) -> [Effect] {
        generation &+= 1
        state = .starting
        startedAt = now
        let effects = armTick()
        return (effects.isEmpty ? disarm() : effects) + [.launch(generation: generation)]
    }

    private mutating func armTick() -> [Effect] { nextTick.map { arm(.tick, at: $0) } ?? [] }

    private mutating func arm(_ reason: Pending, at moment: UInt64) -> [Effect] {
        timerGeneration &+= 1
        pending = reason
        nextStart = moment
        return [.arm(at: moment, generation: timerGeneration)]
    }

    private mutating func disarm() -> [Effect] {
        guard pending != .none else { return [] }
        timerGeneration &+= 1
        pending = .none
        nextStart = nil
        return [.disarm]
    }
}
