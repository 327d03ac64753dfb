// A regime says how counts change and what guards them. The run loop is generic over it and specialised for each.
//
// Natives are not generic: they use the thread's own `incref`/`decref`, whose branch on the regime is one predictable
// test. Only what the run loop inlines goes through the protocol.

import CGild

protocol Regime {
    /// The eval breaker is tested before every instruction, not only at function entries and loop back-edges.
    static var checksEveryInstruction: Bool { get }
    /// The lock is given away by the number of instructions.
    static var countsTicks: Bool { get }
    /// The run loop saves the address of every instruction in its frame, not only of those that may throw, allocate or call.
    static var savesEveryPC: Bool { get }
    /// Threads run at the same time: places that others may write are read and written through Heap/Places.swift, and containers are locked.
    static var isFreeThreaded: Bool { get }
    /// What a thread has made it works on without locking it, until another one wants it (Locks/LockBias.swift).
    static var biasesLocks: Bool { get }
    static func incref(_ thread: Thread, _ value: Value)
    static func decref(_ thread: Thread, _ value: Value)
    /// Take a reference to an object that may be on its way out, or gone. False: it is. Only where threads run at the same time.
    static func tryIncref(_ thread: Thread, _ object: ObjectPointer) -> Bool
    /// A new reference to what a place holds that other threads may write; only where threads run at the same time.
    static func load(_ thread: Thread, _ place: UnsafeMutablePointer<Value>) -> Value
}

extension Regime {
    static var isFreeThreaded: Bool { false }
    static var biasesLocks: Bool { false }
    @inline(__always) static func load(_ thread: Thread, _ place: UnsafeMutablePointer<Value>) -> Value { thread.load(place) }
    @inline(__always) static func tryIncref(_ thread: Thread, _ object: ObjectPointer) -> Bool { thread.tryIncref(object) }
}

/// CPython 3.10 and later: one lock, plain counts, the eval breaker tested at function entry and loop back-edges.
enum GIL: Regime {
    static var checksEveryInstruction: Bool { false }
    static var countsTicks: Bool { false }
    static var savesEveryPC: Bool { false }
    @inline(__always) static func incref(_ thread: Thread, _ value: Value) { if value.isPointer { thread.incref(value.object, isPlain: true) } }
    @inline(__always) static func decref(_ thread: Thread, _ value: Value) { if value.isPointer { thread.decref(value.object, isPlain: true) } }
}

/// CPython 3.2 to 3.9: the same lock and counts. The eval breaker is tested before (nearly) every instruction, so that `n += 1` on a
/// global can be interrupted between its load and its store (Python/ceval.c of those versions, DISPATCH).
enum GIL32: Regime {
    static var checksEveryInstruction: Bool { true }
    static var countsTicks: Bool { false }
    static var savesEveryPC: Bool { false }
    @inline(__always) static func incref(_ thread: Thread, _ value: Value) { GIL.incref(thread, value) }
    @inline(__always) static func decref(_ thread: Thread, _ value: Value) { GIL.decref(thread, value) }
}

/// CPython 2: the lock is let go and taken again whenever the ticker, one number for all threads, has counted 100 instructions down
/// (Python/ceval.c of 2.7, _Py_Ticker and _Py_CheckInterval).
enum GILTicks: Regime {
    static var checksEveryInstruction: Bool { true }
    static var countsTicks: Bool { true }
    static var savesEveryPC: Bool { false }
    static var checkInterval: Int { 100 }
    @inline(__always) static func incref(_ thread: Thread, _ value: Value) { GIL.incref(thread, value) }
    @inline(__always) static func decref(_ thread: Thread, _ value: Value) { GIL.decref(thread, value) }
}
