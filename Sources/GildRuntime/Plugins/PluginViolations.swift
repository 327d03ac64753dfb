// The rules that plugins broke in one run, as its report tells them.
//
// With checks on, every broken rule ends a call with a SystemError, which a script may catch. So each is kept here, too: those that are told
// apart by their sentence (plugin, function, place, what was done), with a count, up to `capacity` of them; later ones are counted only.
// Whoever hosts the run hears of each sentence when it comes up first: a plugin that breaks one rule a million times is told once.
//
// A mutex of its own, because threads of a run work at the same time in some regimes, and other threads of a plugin's at any. Nothing is called
// under it.

/// A broken rule, and how often it was broken in the same way.
public struct PluginViolation: Sendable, Equatable {
    public var plugin: String
    /// Empty where no call can be blamed.
    public var function: String
    /// The plugin's innermost function on the stack, where it is known.
    public var place: String?
    /// A sentence that names all of these, and what was done.
    public var message: String
    public var count = 1
}

final class PluginViolationLog: @unchecked Sendable {
    /// Violations that are told apart.
    static let capacity = 64

    private let mutex = ConditionMutex()
    /// Guarded by `mutex`, as `beyond`.
    private var known: [PluginViolation] = []
    private var beyond = 0

    /// True: nothing of the kind was added before, and there was room for it.
    func add(_ violation: PluginViolation) -> Bool {
        mutex.lock()
        defer { mutex.unlock() }
        if let index = known.firstIndex(where: { $0.message == violation.message }) {
            known[index].count += 1
            return false
        }
        if known.count >= Self.capacity {
            beyond += 1
            return false
        }
        known.append(violation)
        return true
    }

    /// What was added, in the order of its first occurrence, and how many found no room.
    var figures: (known: [PluginViolation], beyond: Int) {
        mutex.lock()
        defer { mutex.unlock() }
        return (known, beyond)
    }
}
