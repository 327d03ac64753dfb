// A regime says how counts change and what guards them. The run loop is generic over it and specialised for each.
//
// Natives are not generic: they use the thread's own `incref`/`decref`, whose branch on the regime is one predictable
// test. Only what the run loop inlines goes through the protocol.

import CGild

protocol Regime {
    /// `regime` in reports and options.
    static var name: String { get }
    static func incref(_ thread: Thread, _ value: Value)
    static func decref(_ thread: Thread, _ value: Value)
    /// The run loop saves the address of every instruction in its frame, not only of those that may throw, allocate or call.
    static var savesEveryPC: Bool { get }
}

/// CPython 3.10 and later: one lock, plain counts, the eval breaker tested at function entry and loop back-edges.
enum GIL: Regime {
    static var name: String { "gil" }
    @inline(__always) static func incref(_ thread: Thread, _ value: Value) {
        if value.isPointer { thread.increfUnledgered(value.object) }
    }
    @inline(__always) static func decref(_ thread: Thread, _ value: Value) {
        if value.isPointer { thread.decrefUnledgered(value.object) }
    }
    @inline(__always) static var savesEveryPC: Bool { false }
}
