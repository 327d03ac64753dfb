// Places that several threads read and write: attributes, globals, cells, items.
//
// Under one lock a place is read and written as it stands. Without one, "read the slot, then incref what it held" is a use after free when
// another thread replaces the value in between, and "read the old value, store the new one, decref the old" is two decrefs of one reference when
// two threads do it at once. So here a write is one atomic exchange, and who swapped the old value out owns its reference; and a read is
//
//     value = load(place)
//     an immediate: done
//     increment its count unless it is zero: it was being freed, so the place has changed; again
//     the place still holds the value: done
//     else: give the reference back; again
//
// The count that is incremented may be that of an object which has been freed since the load. That does no harm because an object's memory
// stays an object's memory until all threads have been stopped (Heap.swift), a free slot's count is zero and never incremented, and a slot that has
// been given to a new object has a true count, of which the reader then holds one for a moment.
//
// Sources: PEP 703, "Optimistically Avoiding Locking"; J. Valois, "Lock-free linked lists using compare-and-swap", PODC 1995 (safe read).

import CGild

extension gild_thread_ref {
    /// A new reference to what the place holds, or `undefined`. The caller keeps the object alive that the place lies in.
    @inline(__always) func load(_ place: UnsafeMutablePointer<Value>) -> Value {
        if !s.pointee.isFreeThreaded {
            let value = place.pointee
            incref(value)
            return value
        }
        return loadShared(place)
    }

    /// Store a value, whose reference is handed over; the old value's reference is the caller's.
    @inline(__always) func exchange(_ place: UnsafeMutablePointer<Value>, _ value: Value) -> Value {
        if !s.pointee.isFreeThreaded {
            let old = place.pointee
            place.pointee = value
            return old
        }
        return exchangeShared(place, value)
    }

    /// Store a value only if the place is undefined. False: it is not, and the reference is still the caller's.
    @inline(__always) func fill(_ place: UnsafeMutablePointer<Value>, _ value: Value) -> Bool {
        if !s.pointee.isFreeThreaded {
            if !place.pointee.isUndefined { return false }
            place.pointee = value
            return true
        }
        return place.withMemoryRebound(to: UInt64.self, capacity: 1) { gild_compare_exchange_64($0, Value.undefined.bits, value.bits) }
    }

    /// What the place holds, without a reference to it: for tests of identity and of immediates.
    @inline(__always) func peek(_ place: UnsafeMutablePointer<Value>) -> Value {
        place.withMemoryRebound(to: UInt64.self, capacity: 1) { Value(bits: gild_load_acquire_64($0)) }
    }

    /// `load` where threads run at the same time.
    @inline(never) func loadShared(_ place: UnsafeMutablePointer<Value>) -> Value {
        loadShared(place) { tryIncref($0) } release: { decref($0) }
    }

    /// The same with the counts of one regime, for its run loop.
    @inline(__always) func loadShared(
        _ place: UnsafeMutablePointer<Value>, tryIncref: (ObjectPointer) -> Bool, release: (ObjectPointer) -> Void
    ) -> Value {
        while true {
            let value = peek(place)
            if !value.isPointer { return value }
            if tryIncref(value.object) {
                if peek(place) == value { return value }
                release(value.object)
            }
            gild_spin_pause()
        }
    }

    /// Store a value that is whole where other threads may read it; nobody else writes the place.
    @inline(__always) func publish(_ place: UnsafeMutablePointer<Value>, _ value: Value) {
        place.withMemoryRebound(to: UInt64.self, capacity: 1) { gild_store_release_64($0, value.bits) }
    }

    @inline(__always) func exchangeShared(_ place: UnsafeMutablePointer<Value>, _ value: Value) -> Value {
        place.withMemoryRebound(to: UInt64.self, capacity: 1) { Value(bits: gild_exchange_64($0, value.bits)) }
    }
}
