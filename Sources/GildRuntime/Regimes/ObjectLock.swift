// A mutex per object: what the textbooks say is too slow.
//
// Every change of a count is made under a mutex of the object's own, the second count word: lock, load, add, store, unlock. An object's contents are
// guarded by its lock byte (CriticalSections.swift), a second mutex: who holds a list for a whole operation must not keep others from counting
// references to it, or two threads that hold one list each and count the other's would wait for ever.
//
// The mutex is held for three instructions, so who finds it taken spins, and lets another thread run when that has not helped (the holder may have lost
// its processor).

import CGild
import Glibc

enum ObjectLock: Regime {
    static var checksEveryInstruction: Bool { false }
    static var countsTicks: Bool { false }
    static var savesEveryPC: Bool { false }
    static var isFreeThreaded: Bool { true }
    @inline(__always) static func incref(_ thread: Thread, _ value: Value) { if value.isPointer { thread.increfUnderMutex(value.object) } }
    @inline(__always) static func decref(_ thread: Thread, _ value: Value) { if value.isPointer { thread.decrefUnderMutex(value.object) } }
    @inline(__always) static func load(_ thread: Thread, _ place: UnsafeMutablePointer<Value>) -> Value {
        thread.loadShared(place) { thread.tryIncrefUnderMutex($0) } release: { thread.decrefUnderMutex($0) }
    }
}

extension gild_thread_ref {
    @inline(__always) func lockCount(_ object: ObjectPointer) {
        if gild_exchange_32(object.sharedCountWord, 1) != 0 { lockCountSlowly(object) }
    }

    @inline(__always) func unlockCount(_ object: ObjectPointer) { gild_store_release_32(object.sharedCountWord, 0) }

    @inline(never) private func lockCountSlowly(_ object: ObjectPointer) {
        measured { s.pointee.contendedCounts &+= 1 }
        var tries = 0
        while true {
            if gild_load_relaxed_32(object.sharedCountWord) == 0 && gild_exchange_32(object.sharedCountWord, 1) == 0 { return }
            tries += 1
            if tries % 64 == 0 { sched_yield() } else { gild_spin_pause() }
        }
    }

    @inline(__always) func increfUnderMutex(_ object: ObjectPointer) {
        if gild_load_relaxed_32(object.countWord) >= ObjectHeader.immortalCount { return noteImmortalOperation() }
        lockCount(object)
        gild_store_relaxed_32(object.countWord, gild_load_relaxed_32(object.countWord) &+ 1)
        unlockCount(object)
        measured { s.pointee.increfs &+= 1 }
    }

    @inline(__always) func decrefUnderMutex(_ object: ObjectPointer) {
        if gild_load_relaxed_32(object.countWord) >= ObjectHeader.immortalCount { return noteImmortalOperation() }
        measured { s.pointee.decrefs &+= 1 }
        lockCount(object)
        let count = gild_load_relaxed_32(object.countWord) &- 1
        gild_store_relaxed_32(object.countWord, count)
        unlockCount(object)
        if count == 0 { deallocate(object) }
    }

    /// As `tryIncref`.
    @inline(__always) func tryIncrefUnderMutex(_ object: ObjectPointer) -> Bool {
        if gild_load_relaxed_32(object.countWord) >= ObjectHeader.immortalCount {
            noteImmortalOperation()
            return true
        }
        lockCount(object)
        let count = gild_load_relaxed_32(object.countWord)
        if count > 0 && count < ObjectHeader.immortalCount { gild_store_relaxed_32(object.countWord, count &+ 1) }
        unlockCount(object)
        if count > 0 && count < ObjectHeader.immortalCount { measured { s.pointee.increfs &+= 1 } }
        return count > 0
    }
}
