// Ranges and slices.
//
// A range is start, stop, step and its length, integers of any size. Whatever fits machine words is computed with them; the
// rest goes through BigInt. A range is a sequence that knows its items: membership, index and equality are arithmetic.
// Slicing a range gives a range.

import BigInt
import CGild

typealias RangePointer = UnsafeMutablePointer<RangeObject>

extension gild_thread_ref {
    /// A range of three integers, whose references are taken over; `step` is not zero.
    func makeRange(_ start: Value, _ stop: Value, _ step: Value) -> Value {
        let length = rangeLength(start, stop, step)
        guard !length.isUndefined, let object = allocateContainer(bytes: MemoryLayout<RangeObject>.size, shape: .range) else {
            decref(start)
            decref(stop)
            decref(step)
            decref(length)
            return .undefined
        }
        let range = object.cast(RangeObject.self)
        range.pointee.start = start
        range.pointee.stop = stop
        range.pointee.step = step
        range.pointee.length = length
        return Value(object)
    }

    private func rangeLength(_ start: Value, _ stop: Value, _ step: Value) -> Value {
        if start.isInt && stop.isInt && step.isInt {
            // 63-bit numbers: their difference fits a word.
            let a = start.int
            let b = stop.int
            let s = step.int
            if s > 0 { return makeInt(a < b ? (b &- a &- 1) / s &+ 1 : 0) }
            return makeInt(a > b ? (a &- b &- 1) / -s &+ 1 : 0)
        }
        let a = bigInt(start)
        let b = bigInt(stop)
        let s = bigInt(step)
        if s > 0 { return makeInt(a < b ? (b - a - 1) / s + 1 : 0) }
        return makeInt(a > b ? (a - b - 1) / -s + 1 : 0)
    }

    /// Item number `index`, which must lie in the range.
    func rangeItem(_ range: RangePointer, _ index: BigInt) -> Value {
        makeInt(bigInt(range.pointee.start) + index * bigInt(range.pointee.step))
    }
}

/// Release what a range holds.
@inline(__always) func rangeRelease(_ thread: Thread, _ range: RangePointer) {
    thread.clear(&range.pointee.start)
    thread.clear(&range.pointee.stop)
    thread.clear(&range.pointee.step)
    thread.clear(&range.pointee.length)
}

func rangeIterator(_ thread: Thread, _ range: RangePointer, reversed: Bool) -> Value {
    let start = range.pointee.start
    let step = range.pointee.step
    let length = range.pointee.length
    if start.isInt && step.isInt && length.isInt {
        let (span, overflow) = step.int.multipliedReportingOverflow(by: max(0, length.int - 1))
        let (last, overflow2) = start.int.addingReportingOverflow(span)
        if !overflow && !overflow2 && last >= Value.smallIntMin && last <= Value.smallIntMax {
            if reversed { return thread.makeIterator(.rangeIterator, .undefined, position: last, index: -step.int, limit: length.int) }
            return thread.makeIterator(.rangeIterator, .undefined, position: start.int, index: step.int, limit: length.int)
        }
    }
    if !reversed { return thread.makeIterator(.longRangeIterator, thread.newReference(Value(pointer: range))) }
    let first = thread.bigInt(start)
    let width = thread.bigInt(step)
    let last = first + (thread.bigInt(length) - 1) * width
    let turned = thread.makeRange(thread.makeInt(last), thread.makeInt(first - width), thread.makeInt(-width))
    return turned.isUndefined ? turned : thread.makeIterator(.longRangeIterator, turned)
}

/// Position of an integer in a range, or nil.
private func rangePosition(_ thread: Thread, _ range: RangePointer, _ value: Value) -> BigInt? {
    if value.isInt && range.pointee.start.isInt && range.pointee.stop.isInt && range.pointee.step.isInt {
        let distance = value.int &- range.pointee.start.int
        let step = range.pointee.step.int
        let (position, rest) = distance.quotientAndRemainder(dividingBy: step)
        return rest == 0 && position >= 0 && BigInt(position) < thread.bigInt(range.pointee.length) ? BigInt(position) : nil
    }
    let distance = thread.bigInt(value) - thread.bigInt(range.pointee.start)
    let (position, rest) = distance.quotientAndRemainder(dividingBy: thread.bigInt(range.pointee.step))
    return rest == 0 && position >= 0 && position < thread.bigInt(range.pointee.length) ? position : nil
}

/// `value in range`: 1, 0, -1 raised.
func rangeContains(_ thread: Thread, _ range: RangePointer, _ value: Value) -> Int32 {
    if value.isInt && range.pointee.start.isInt && range.pointee.step.isInt && range.pointee.length.isInt {
        let (position, rest) = (value.int &- range.pointee.start.int).quotientAndRemainder(dividingBy: range.pointee.step.int)
        return rest == 0 && position >= 0 && position < range.pointee.length.int ? 1 : 0
    }
    if thread.isInteger(value) { return rangePosition(thread, range, value) == nil ? 0 : 1 }
    // Anything else is compared with every item.
    var found: Int32 = 0
    let done = thread.forEach(Value(pointer: range)) { item in
        found = thread.equal(item, value)
        return found == 0
    }
    return done || found > 0 ? found : -1
}

/// `range[key]`.
func rangeGetItem(_ thread: Thread, _ range: RangePointer, _ key: Value) -> Value {
    if key.hasShape(.slice) { return rangeGetSlice(thread, range, key.cast(SliceObject.self)) }
    if !canIndex(thread, key) {
        return thread.raise(.typeError, "range indices must be integers or slices, not \(thread.typeName(key))")
    }
    if key.isInt && range.pointee.length.isInt && range.pointee.start.isInt && range.pointee.step.isInt {
        let length = range.pointee.length.int
        var index = key.int
        if index < 0 { index += length }
        if index < 0 || index >= length { return thread.raise(.indexError, "range object index out of range") }
        let (offset, overflow) = index.multipliedReportingOverflow(by: range.pointee.step.int)
        let (value, overflow2) = range.pointee.start.int.addingReportingOverflow(offset)
        if !overflow && !overflow2 { return thread.makeInt(value) }
    }
    let number = thread.index(key)
    if number.isUndefined { return number }
    var index = thread.bigInt(number)
    thread.decref(number)
    let length = thread.bigInt(range.pointee.length)
    if index < 0 { index += length }
    if index < 0 || index >= length { return thread.raise(.indexError, "range object index out of range") }
    return thread.rangeItem(range, index)
}

private func rangeGetSlice(_ thread: Thread, _ range: RangePointer, _ slice: UnsafeMutablePointer<SliceObject>) -> Value {
    guard let (start, stop, step) = longSliceIndices(thread, slice, thread.bigInt(range.pointee.length)) else { return .undefined }
    let base = thread.bigInt(range.pointee.start)
    let width = thread.bigInt(range.pointee.step)
    return thread.makeRange(thread.makeInt(base + start * width), thread.makeInt(base + stop * width), thread.makeInt(step * width))
}

/// Two ranges are equal when they have the same items.
func rangesEqual(_ thread: Thread, _ a: RangePointer, _ b: RangePointer) -> Bool {
    func same(_ x: Value, _ y: Value) -> Bool { x == y || thread.bigInt(x) == thread.bigInt(y) }
    if a == b { return true }
    if !same(a.pointee.length, b.pointee.length) { return false }
    if a.pointee.length == Value(smallInt: 0) { return true }
    if !same(a.pointee.start, b.pointee.start) { return false }
    return a.pointee.length == Value(smallInt: 1) || same(a.pointee.step, b.pointee.step)
}

/// Hash of (length, start, step), with None for what does not matter.
func rangeHash(_ thread: Thread, _ range: RangePointer) -> Int? {
    let empty = range.pointee.length == Value(smallInt: 0)
    let single = range.pointee.length == Value(smallInt: 1)
    let tuple = thread.makeTuple([
        thread.newReference(range.pointee.length), empty ? .none : thread.newReference(range.pointee.start),
        empty || single ? .none : thread.newReference(range.pointee.step),
    ])
    if tuple.isUndefined { return nil }
    let hash = thread.tupleHash(tuple.cast(TupleObject.self))
    thread.decref(tuple)
    return hash
}

func rangeRepr(_ thread: Thread, _ range: RangePointer) -> Value {
    let start = thread.bigInt(range.pointee.start)
    let stop = thread.bigInt(range.pointee.stop)
    let step = thread.bigInt(range.pointee.step)
    return thread.makeString(step == 1 ? "range(\(start), \(stop))" : "range(\(start), \(stop), \(step))")
}

/// `range(stop)`, `range(start, stop[, step])`.
func rangeNew(_ thread: Thread, _ args: Arguments, _ count: Int, _ keywordNames: Value) -> Value {
    if keywordNames.isPointer && keywordNames.cast(TupleObject.self).pointee.count > 0 {
        return thread.raise(.typeError, "range() takes no keyword arguments")
    }
    if count == 0 { return thread.raise(.typeError, "range expected at least 1 argument, got 0") }
    if count > 3 { return thread.raise(.typeError, "range expected at most 3 arguments, got \(count)") }
    if count == 1 {
        let stop = thread.index(args[0])
        return stop.isUndefined ? stop : thread.makeRange(Value(smallInt: 0), stop, Value(smallInt: 1))
    }
    let start = thread.index(args[0])
    if start.isUndefined { return start }
    let stop = thread.index(args[1])
    if stop.isUndefined {
        thread.decref(start)
        return stop
    }
    let step = count == 3 ? thread.index(args[2]) : Value(smallInt: 1)
    if step.isUndefined || step == Value(smallInt: 0) {
        thread.decref(start)
        thread.decref(stop)
        return step.isUndefined ? step : thread.raise(.valueError, "range() arg 3 must not be zero")
    }
    return thread.makeRange(start, stop, step)
}

let rangeMethods: [NativeDefinition] = ContainerSpecialMethods.range + [
    NativeDefinition("count", 1, 1) { thread, args, _, _ in
        let range = args[0].cast(RangeObject.self)
        if thread.isInteger(args[1]) { return Value(smallInt: rangePosition(thread, range, args[1]) == nil ? 0 : 1) }
        var count = 0
        let done = thread.forEach(args[0]) { item in
            let equal = thread.equal(item, args[1])
            if equal > 0 { count += 1 }
            return equal >= 0
        }
        return done ? thread.makeInt(count) : .undefined
    },
    NativeDefinition("index", 1, 1) { thread, args, _, _ in
        let range = args[0].cast(RangeObject.self)
        if thread.isInteger(args[1]) {
            if let position = rangePosition(thread, range, args[1]) { return thread.makeInt(position) }
            let text = thread.repr(args[1])
            if text.isUndefined { return text }
            defer { thread.decref(text) }
            return thread.raise(.valueError, "\(thread.string(text)) is not in range")
        }
        var position = 0
        var found = false
        let done = thread.forEach(args[0]) { item in
            let equal = thread.equal(item, args[1])
            if equal != 0 {
                found = equal > 0
                return false
            }
            position += 1
            return true
        }
        if found { return thread.makeInt(position) }
        return done ? thread.raise(.valueError, "sequence.index(x): x not in sequence") : .undefined
    },
    NativeDefinition("__reversed__", 0, 0) { thread, args, _, _ in nativeReversed(thread, args[0]) },
]

// MARK: - Slices

typealias SlicePointer = UnsafeMutablePointer<SliceObject>

extension gild_thread_ref {
    /// A slice; the three references are taken over also when this fails.
    func makeSlice(_ start: Value, _ stop: Value, _ step: Value) -> Value {
        guard let object = allocateContainer(bytes: MemoryLayout<SliceObject>.size, shape: .slice) else {
            decref(start)
            decref(stop)
            decref(step)
            return .undefined
        }
        let slice = object.cast(SliceObject.self)
        slice.pointee.start = start
        slice.pointee.stop = stop
        slice.pointee.step = step
        return Value(object)
    }
}

/// Release what a slice holds.
@inline(__always) func sliceRelease(_ thread: Thread, _ slice: SlicePointer) {
    thread.clear(&slice.pointee.step)
    thread.clear(&slice.pointee.start)
    thread.clear(&slice.pointee.stop)
}

/// Show what a slice holds to `visit`.
@inline(__always) func sliceTraverse(_ slice: SlicePointer, _ visit: (Value) -> Void) {
    visit(slice.pointee.start)
    visit(slice.pointee.stop)
    visit(slice.pointee.step)
}

/// Whether a value is an integer or has `__index__`.
@inline(__always) func canIndex(_ thread: Thread, _ value: Value) -> Bool {
    thread.isInteger(value) || value.isPointer && !thread.special(value, .index).isUndefined
}

/// The indices of a slice for a sequence of any length. nil: raised.
func longSliceIndices(_ thread: Thread, _ slice: SlicePointer, _ length: BigInt) -> (start: BigInt, stop: BigInt, step: BigInt)? {
    func number(_ value: Value) -> BigInt? {
        if !canIndex(thread, value) {
            thread.raise(.typeError, "slice indices must be integers or None or have an __index__ method")
            return nil
        }
        let index = thread.index(value)
        if index.isUndefined { return nil }
        defer { thread.decref(index) }
        return thread.bigInt(index)
    }
    var step = BigInt(1)
    if !slice.pointee.step.isNone {
        guard let given = number(slice.pointee.step) else { return nil }
        if given == 0 {
            thread.raise(.valueError, "slice step cannot be zero")
            return nil
        }
        step = given
    }
    let lower: BigInt = step < 0 ? -1 : 0
    let upper = step < 0 ? length - 1 : length
    func place(_ value: Value, _ missing: BigInt) -> BigInt? {
        if value.isNone { return missing }
        guard let given = number(value) else { return nil }
        if given < 0 { return max(given + length, lower) }
        return min(given, upper)
    }
    guard let start = place(slice.pointee.start, step < 0 ? upper : lower) else { return nil }
    guard let stop = place(slice.pointee.stop, step < 0 ? lower : upper) else { return nil }
    return (start, stop, step)
}

/// `slice(stop)`, `slice(start, stop[, step])`.
func sliceNew(_ thread: Thread, _ args: Arguments, _ count: Int, _ keywordNames: Value) -> Value {
    if keywordNames.isPointer && keywordNames.cast(TupleObject.self).pointee.count > 0 {
        return thread.raise(.typeError, "slice() takes no keyword arguments")
    }
    if count == 0 { return thread.raise(.typeError, "slice expected at least 1 argument, got 0") }
    if count > 3 { return thread.raise(.typeError, "slice expected at most 3 arguments, got \(count)") }
    if count == 1 { return thread.makeSlice(.none, thread.newReference(args[0]), .none) }
    return thread.makeSlice(
        thread.newReference(args[0]), thread.newReference(args[1]), count == 3 ? thread.newReference(args[2]) : .none)
}

/// The three parts as a new tuple.
func sliceTuple(_ thread: Thread, _ slice: SlicePointer) -> Value {
    thread.makeTuple([
        thread.newReference(slice.pointee.start), thread.newReference(slice.pointee.stop), thread.newReference(slice.pointee.step),
    ])
}

let sliceMethods: [NativeDefinition] = [
    NativeDefinition("indices", 1, 1) { thread, args, _, _ in
        let number = thread.index(args[1])
        if number.isUndefined { return number }
        let length = thread.bigInt(number)
        thread.decref(number)
        if length < 0 { return thread.raise(.valueError, "length should not be negative") }
        guard let (start, stop, step) = longSliceIndices(thread, args[0].cast(SliceObject.self), length) else { return .undefined }
        return thread.makeTuple([thread.makeInt(start), thread.makeInt(stop), thread.makeInt(step)])
    },
]
