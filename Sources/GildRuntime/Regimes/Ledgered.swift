// A regime for runs with a ledger: the same counts and checkpoints, but an object may be ledgered, and every operation has its line.

import CGild

enum Ledgered<Base: Regime>: Regime {
    static var checksEveryInstruction: Bool { Base.checksEveryInstruction }
    static var countsTicks: Bool { Base.countsTicks }
    static var savesEveryPC: Bool { true }
    @inline(__always) static func incref(_ thread: Thread, _ value: Value) { thread.incref(value) }
    @inline(__always) static func decref(_ thread: Thread, _ value: Value) { thread.decref(value) }
}
