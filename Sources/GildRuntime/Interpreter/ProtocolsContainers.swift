// Protocols that containers need: the recursion guard of repr, and the indices of a slice.

import CGild
import Glibc

extension gild_thread_ref {
    /// Begin the repr of a container. False: it is being made already (or, when `isRaising`, the nesting is too deep).
    func enterRepr(_ value: Value) -> Bool {
        let count = s.pointee.reprCount
        for i in 0..<count where s.pointee.reprs.unsafelyUnwrapped[i] == value { return false }
        if !enterNative(" while getting the repr of an object") { return false }
        if count == s.pointee.reprCapacity {
            let capacity = max(16, count * 2)
            let larger = UnsafeMutablePointer<Value>.allocate(capacity: capacity)
            if let reprs = s.pointee.reprs {
                larger.update(from: reprs, count: count)
                reprs.deallocate()
            }
            s.pointee.reprs = larger
            s.pointee.reprCapacity = capacity
        }
        s.pointee.reprs.unsafelyUnwrapped[count] = value
        s.pointee.reprCount = count + 1
        return true
    }

    /// End what `enterRepr` began.
    func leaveRepr(_ value: Value) {
        s.pointee.reprCount -= 1
        leaveNative()
    }

    /// `ascii(value)`: the repr with every code point above 127 escaped.
    func asciiRepr(_ value: Value) -> Value { stringEscapingNonASCII(self, repr(value)) }

    /// A part of a slice as a machine integer, clamped; nil: raised.
    private func slicePart(_ value: Value, missing: Int) -> Int? {
        if value.isInt { return value.int }
        if value.isNone { return missing }
        if !canIndex(self, value) {
            raise(.typeError, "slice indices must be integers or None or have an __index__ method")
            return nil
        }
        let number = index(value)
        if number.isUndefined { return nil }
        defer { decref(number) }
        return smallInt(number) ?? (isNegativeInteger(number) ? Int.min : Int.max)
    }

    /// The indices that a slice selects from a sequence of `length` items: `count` of them from `start` on, every
    /// `step`th. nil: raised.
    func sliceIndices(_ slice: Value, _ length: Int) -> (start: Int, stop: Int, step: Int, count: Int)? {
        let parts = slice.cast(SliceObject.self)
        guard var step = slicePart(parts.pointee.step, missing: 1) else { return nil }
        if step == 0 {
            raise(.valueError, "slice step cannot be zero")
            return nil
        }
        if step == Int.min { step = -Int.max }
        guard var start = slicePart(parts.pointee.start, missing: step < 0 ? Int.max : 0) else { return nil }
        guard var stop = slicePart(parts.pointee.stop, missing: step < 0 ? Int.min : Int.max) else { return nil }
        if start < 0 {
            start = start < -length ? (step < 0 ? -1 : 0) : start + length
        } else if start >= length {
            start = step < 0 ? length - 1 : length
        }
        if stop < 0 {
            stop = stop < -length ? (step < 0 ? -1 : 0) : stop + length
        } else if stop >= length {
            stop = step < 0 ? length - 1 : length
        }
        var count = 0
        if step < 0 {
            if stop < start { count = step == -1 ? start - stop : (start - stop - 1) / -step + 1 }
        } else if start < stop {
            count = step == 1 ? stop - start : (stop - start - 1) / step + 1
        }
        return (start, stop, step, count)
    }
}
