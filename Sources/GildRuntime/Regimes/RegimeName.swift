// The regimes by name, and the one switch from a name to the run loop specialised for it.

import CGild

/// A synchronisation regime: how reference counts change and what guards them. The raw value is its name in options,
/// configuration and reports.
public enum RegimeName: String, CaseIterable, Sendable, Codable {
    /// CPython 3.10 and later: one lock, a switch interval, the eval breaker tested at function entry and loop back-edges.
    case gil
    /// CPython 3.2 to 3.9: the same lock, the eval breaker tested before every instruction.
    case gil32 = "gil-3.2"
    /// CPython 2: the lock is let go and taken again every 100 instructions; no interval, no requests.
    case gilTicks = "gil-ticks"
    /// A mutex for every object's count, and one for its contents.
    case objectLock = "object-lock"
    /// Gilectomy's first step: threads run at the same time, counts are atomic, containers have a lock byte each.
    case atomic
    /// PEP 703: the owner counts with plain instructions, the others with atomic ones.
    case biased
    /// The race itself: counts that threads load, change and store with nothing held.
    case unsynchronized

    /// Every program has the same result under all safe regimes, but for the order in which its threads take their turns.
    public var isSafe: Bool { self != .unsynchronized }

    /// One lock guards the whole heap: threads take turns.
    public var hasOneLock: Bool { counting == .plain }

    /// How the regime counts references.
    var counting: Counting {
        switch self {
        case .gil, .gil32, .gilTicks: .plain
        case .atomic: .atomic
        case .objectLock: .objectLock
        case .biased: .biased
        case .unsynchronized: .unsynchronized
        }
    }

    /// A thread that waits may ask the holder to drop the lock once a switch interval has passed.
    public var hasSwitchInterval: Bool { hasOneLock && self != .gilTicks }
}

/// Who gets the GIL next.
public enum Scheduling: String, CaseIterable, Sendable, Codable {
    /// CPython's own order: who waits for a switch interval asks the holder to drop.
    case interval
    /// Who comes back from a blocking call asks at once, within a twentieth of the time.
    case priority
}

extension GlobalInterpreterLock {
    init(regime: RegimeName, scheduling: Scheduling) {
        self.init(policy: !regime.hasOneLock ? .free : regime == .gilTicks ? .ticks : scheduling == .priority ? .priority : .interval)
    }
}

extension gild_thread_ref {
    /// The run loop of this runtime's regime.
    @inline(__always) func runLoop() -> Value {
        switch s.pointee.runtime.pointee.regime {
        case .gil: s.pointee.ledger == nil ? Interpreter<GIL>.run(self) : Interpreter<Ledgered<GIL>>.run(self)
        case .gil32: s.pointee.ledger == nil ? Interpreter<GIL32>.run(self) : Interpreter<Ledgered<GIL32>>.run(self)
        case .atomic: s.pointee.ledger == nil ? Interpreter<Atomic>.run(self) : Interpreter<Ledgered<Atomic>>.run(self)
        case .objectLock: s.pointee.ledger == nil ? Interpreter<ObjectLock>.run(self) : Interpreter<Ledgered<ObjectLock>>.run(self)
        case .biased: s.pointee.ledger == nil ? Interpreter<Biased>.run(self) : Interpreter<Ledgered<Biased>>.run(self)
        case .unsynchronized: s.pointee.ledger == nil ? Interpreter<Unsynchronized>.run(self) : Interpreter<Ledgered<Unsynchronized>>.run(self)
        case .gilTicks: s.pointee.ledger == nil ? Interpreter<GILTicks>.run(self) : Interpreter<Ledgered<GILTicks>>.run(self)
        }
    }
}
