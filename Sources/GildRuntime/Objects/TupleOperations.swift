// Tuples as storage: creation, release, hash.
//
// A tuple's items lie behind its header. A new tuple is filled with `undefined`, so that it may be released before all of its
// items are known. The empty tuple is one immortal object.

import CGild

extension gild_thread_ref {
    /// A tuple of `count` undefined items, or nil with MemoryError raised. `count` 0 gives the one empty tuple.
    @inline(__always) func allocateTuple(_ count: Int) -> TuplePointer? {
        if count == 0 && heap.pointee.emptyTuple.isPointer { return heap.pointee.emptyTuple.cast(TupleObject.self) }
        if count > Int.max >> 5 {
            raiseMemoryError()
            return nil
        }
        guard let object = allocateContainer(bytes: MemoryLayout<TupleObject>.size &+ count &* 8, shape: .tuple) else { return nil }
        let tuple = object.cast(TupleObject.self)
        tuple.pointee.count = count
        let items = tuple.items
        for i in 0..<count { items[i] = .undefined }
        return tuple
    }

    /// A tuple of these values, whose references are taken over also when this fails.
    func makeTuple(_ values: [Value]) -> Value {
        guard let tuple = allocateTuple(values.count) else {
            for value in values { decref(value) }
            return .undefined
        }
        for i in 0..<values.count { tuple.items[i] = values[i] }
        return Value(pointer: tuple)
    }

    /// A pair; the references are taken over also when this fails.
    @inline(__always) func makePair(_ a: Value, _ b: Value) -> Value {
        guard let tuple = allocateTuple(2) else {
            decref(a)
            decref(b)
            return .undefined
        }
        tuple.items[0] = a
        tuple.items[1] = b
        return Value(pointer: tuple)
    }

    /// A tuple of the values of a buffer; new references.
    func makeTuple(copying items: UnsafeMutablePointer<Value>?, count: Int) -> Value {
        guard let tuple = allocateTuple(count) else { return .undefined }
        if count > 0 {
            let from = items.unsafelyUnwrapped
            let to = tuple.items
            for i in 0..<count { to[i] = newReference(from[i]) }
        }
        return Value(pointer: tuple)
    }

    /// A tuple of what an iterable yields, or undefined. A tuple gives itself.
    func tupleFrom(_ iterable: Value) -> Value {
        if iterable.hasShape(.tuple) { return newReference(iterable) }
        if iterable.hasShape(.list) {
            let list = iterable.cast(ListObject.self)
            return holding(list) { makeTuple(copying: list.pointee.items, count: list.pointee.count) }
        }
        let list = listFrom(iterable)
        if list.isUndefined { return list }
        let source = list.cast(ListObject.self)
        guard let tuple = allocateTuple(source.pointee.count) else {
            decref(list)
            return .undefined
        }
        // The list's references move.
        for i in 0..<source.pointee.count { tuple.items[i] = source.pointee.items.unsafelyUnwrapped[i] }
        source.pointee.count = 0
        decref(list)
        return Value(pointer: tuple)
    }

    /// A new tuple of `count` items from `start` on, every `step`th.
    func tupleGetSlice(_ tuple: TuplePointer, start: Int, step: Int, count: Int) -> Value {
        if count == tuple.pointee.count && step == 1 && tuple.pointee.header.shape == BuiltinShape.tuple.rawValue {
            return newReference(Value(pointer: tuple))
        }
        guard let result = allocateTuple(count) else { return .undefined }
        var at = start
        for i in 0..<count {
            result.items[i] = newReference(tuple.items[at])
            at &+= step
        }
        return Value(pointer: result)
    }

    /// Hash of a tuple: the accumulation of xxHash's 64-bit form over the items' hashes, as CPython's since 3.8.
    /// nil: an item raised.
    func tupleHash(_ tuple: TuplePointer) -> Int? {
        let prime1: UInt64 = 11_400_714_785_074_694_791
        let prime2: UInt64 = 14_029_467_366_897_019_727
        let prime5: UInt64 = 2_870_177_450_012_600_261
        let count = tuple.pointee.count
        var sum = prime5
        for i in 0..<count {
            guard let lane = hash(tuple.items[i]) else { return nil }
            sum = sum &+ UInt64(bitPattern: Int64(lane)) &* prime2
            sum = sum << 31 | sum >> 33
            sum = sum &* prime1
        }
        sum = sum &+ (UInt64(count) ^ (prime5 ^ 3_527_539))
        if sum == UInt64.max { return 1_546_275_796 }
        return Int(Int64(bitPattern: sum))
    }
}

// MARK: - Deallocation and collection

/// Release the items of a tuple that is being deallocated; the last item goes first.
@inline(__always) func tupleRelease(_ thread: Thread, _ tuple: TuplePointer) {
    let items = tuple.items
    var i = tuple.pointee.count
    while i > 0 {
        i &-= 1
        thread.decref(items[i])
    }
}

/// Show every item to `visit`.
@inline(__always) func tupleTraverse(_ tuple: TuplePointer, _ visit: (Value) -> Void) {
    for i in 0..<tuple.pointee.count { visit(tuple.items[i]) }
}
