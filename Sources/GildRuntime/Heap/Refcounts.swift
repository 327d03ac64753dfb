// Reference counts of the GIL's regimes: plain integers, guarded by the GIL.
//
// `incref` and `decref` leave immediates and immortal objects alone and count every other operation; those of objects that the
// ledger follows go to LedgeredReferences.swift. A count that
// falls to zero frees the object at once (`deallocate`). The first reference of a new object is made by its
// allocation; the report adds allocations to the increfs, so that increfs − decrefs is the number of references alive.

import CGild

extension gild_thread_ref {
    @inline(__always) func incref(_ value: Value) {
        if value.isPointer { incref(value.object) }
    }

    /// - Parameter isPlain: true only in the run loop of a regime with one lock, in a run without a ledger: nothing needs to be asked.
    @inline(__always) func incref(_ object: ObjectPointer, isPlain: Bool = false) {
        #if DEBUG
            checkAlive(object)
        #endif
        if !isPlain && s.pointee.isFreeThreaded { return increfFreely(object) }
        let count = object.pointee.count
        if Int32(bitPattern: count) >= 0 {
            object.pointee.count = count &+ 1
            measured { s.pointee.increfs &+= 1 }
        } else if !isPlain && _slowPath(count < ObjectHeader.immortalCount) {
            increfLedgered(object)
        } else {
            noteImmortalOperation()
        }
    }

    @inline(__always) func decref(_ value: Value) {
        if value.isPointer { decref(value.object) }
    }

    /// - Parameter isPlain: true only in the run loop of a regime with one lock, in a run without a ledger: nothing needs to be asked.
    @inline(__always) func decref(_ object: ObjectPointer, isPlain: Bool = false) {
        #if DEBUG
            checkAlive(object)
        #endif
        if !isPlain && s.pointee.isFreeThreaded { return decrefFreely(object) }
        let count = object.pointee.count
        if Int32(bitPattern: count) > 0 {
            object.pointee.count = count &- 1
            measured { s.pointee.decrefs &+= 1 }
            if count == 1 { deallocate(object) }
        } else if !isPlain && _slowPath(count >> 30 == 2) {
            decrefLedgered(object)
        } else {
            noteImmortalOperation()
        }
    }

    /// An operation on an immortal object: there is nothing to count but the operation itself.
    @inline(__always) func noteImmortalOperation() { measured { s.pointee.immortals &+= 1 } }

    #if DEBUG
        /// Trap where freed memory is taken for an object.
        private func checkAlive(_ object: ObjectPointer) {
            if object.shapeNumber == 0 && !object.isImmortal { fatalError("a reference to an object that has been freed") }
        }
    #endif

    /// A new reference to the same value.
    @inline(__always) func newReference(_ value: Value) -> Value {
        incref(value)
        return value
    }

    /// Store a new value (its reference is handed over) and release the old one, in this order: releasing may run
    /// code that looks at the place.
    @inline(__always) func replace(_ place: UnsafeMutablePointer<Value>, _ value: Value) {
        decref(exchange(place, value))
    }

    /// Release what the place holds and leave it undefined.
    @inline(__always) func clear(_ place: UnsafeMutablePointer<Value>) {
        decref(exchange(place, .undefined))
    }

    // MARK: Places that no other thread sees

    /// `replace` for a register, a part of a container that is held, or of an object that is only now made or taken apart: no other thread reads or
    /// writes the place meanwhile.
    @inline(__always) func replaceOwn(_ place: UnsafeMutablePointer<Value>, _ value: Value) {
        let old = place.pointee
        place.pointee = value
        decref(old)
    }

    /// `clear` for such a place.
    @inline(__always) func clearOwn(_ place: UnsafeMutablePointer<Value>) {
        let old = place.pointee
        place.pointee = .undefined
        decref(old)
    }
}
