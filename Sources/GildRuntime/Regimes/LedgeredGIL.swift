// The GIL's regime for runs with a ledger: the same counts, but an object may be ledgered, and every operation has its line.

import CGild

enum LedgeredGIL: Regime {
    static var name: String { GIL.name }
    @inline(__always) static func incref(_ thread: Thread, _ value: Value) { thread.incref(value) }
    @inline(__always) static func decref(_ thread: Thread, _ value: Value) { thread.decref(value) }
    @inline(__always) static var savesEveryPC: Bool { true }
}
