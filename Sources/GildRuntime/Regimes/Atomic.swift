// Atomic counts: every incref and decref of an object that is not immortal is one atomic instruction on its count.
//
// - *Zero is the end.* Whoever takes the count from 1 to 0 frees the object, and nobody takes it from 0 to 1: a reader that found the object in a
//   shared place increments it with a compare-and-swap that refuses zero (`tryIncref`). So there is one thread that frees, once.
// - *Release on the way down, acquire at the end.* What other threads did to the object happened before their decref; the one that frees sees all of it.
// - *Immortal objects are left alone*, so that None, small strings and types are not a cache line that all threads write.
//
// Source: L. Hastings, "Removing Python's GIL: The Gilectomy", PyCon 2016.

import CGild

enum Atomic: Regime {
    static var checksEveryInstruction: Bool { false }
    static var countsTicks: Bool { false }
    static var savesEveryPC: Bool { false }
    static var isFreeThreaded: Bool { true }
    @inline(__always) static func incref(_ thread: Thread, _ value: Value) { if value.isPointer { thread.increfAtomically(value.object) } }
    @inline(__always) static func decref(_ thread: Thread, _ value: Value) { if value.isPointer { thread.decrefAtomically(value.object) } }
    @inline(__always) static func load(_ thread: Thread, _ place: UnsafeMutablePointer<Value>) -> Value { thread.loadShared(place) { thread.tryIncrefAtomically($0) } release: { thread.decrefAtomically($0) } }
}

extension gild_thread_ref {
    @inline(__always) func increfAtomically(_ object: ObjectPointer) {
        if gild_load_relaxed_32(object.countWord) >= ObjectHeader.immortalCount { return noteImmortalOperation() }
        gild_increment_relaxed_32(object.countWord)
        measured { s.pointee.increfs &+= 1 }
    }

    @inline(__always) func decrefAtomically(_ object: ObjectPointer) {
        if gild_load_relaxed_32(object.countWord) >= ObjectHeader.immortalCount { return noteImmortalOperation() }
        measured { s.pointee.decrefs &+= 1 }
        if gild_fetch_sub_32(object.countWord, 1) == 1 { deallocate(object) }
    }

    /// Take a reference to an object that may be on its way out, or gone. False: it is.
    @inline(__always) func tryIncrefAtomically(_ object: ObjectPointer) -> Bool {
        var count = gild_load_relaxed_32(object.countWord)
        while count < ObjectHeader.immortalCount {
            if count == 0 { return false }
            if gild_compare_exchange_32(object.countWord, count, count &+ 1) {
                measured { s.pointee.increfs &+= 1 }
                return true
            }
            count = gild_load_relaxed_32(object.countWord)
        }
        noteImmortalOperation()
        return true
    }
}
