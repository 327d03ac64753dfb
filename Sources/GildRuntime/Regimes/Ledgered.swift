// A regime for runs with a ledger: the same counts and checkpoints, but an object may be ledgered, and every operation has its line. Nothing of the
// counting is compiled in: it goes through the thread, as that of natives does.

import CGild

enum Ledgered<Base: Regime>: Regime {
    static var checksEveryInstruction: Bool { Base.checksEveryInstruction }
    static var countsTicks: Bool { Base.countsTicks }
    static var savesEveryPC: Bool { true }
    static var isFreeThreaded: Bool { Base.isFreeThreaded }
    static var biasesLocks: Bool { Base.biasesLocks }
    @inline(__always) static func incref(_ thread: Thread, _ value: Value) {
        if !Base.isFreeThreaded { return thread.incref(value) }
        if value.isPointer { thread.increfFreely(value.object) }
    }
    @inline(__always) static func decref(_ thread: Thread, _ value: Value) {
        if !Base.isFreeThreaded { return thread.decref(value) }
        if value.isPointer { thread.decrefFreely(value.object) }
    }
}
