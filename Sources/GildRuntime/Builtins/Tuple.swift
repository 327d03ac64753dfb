// Tuples as the language sees them: indexing, methods, construction. Operators are shared with lists (`List.swift`).

import CGild

/// `tuple[key]`.
func tupleGetItem(_ thread: Thread, _ tuple: TuplePointer, _ key: Value) -> Value {
    if key.hasShape(.slice) {
        guard let (start, _, step, count) = thread.sliceIndices(key, tuple.pointee.count) else { return .undefined }
        return thread.tupleGetSlice(tuple, start: start, step: step, count: count)
    }
    if !canIndex(thread, key) { return thread.raise(.typeError, "tuple indices must be integers or slices, not \(thread.typeName(key))") }
    guard var i = thread.subscriptIndex(key) else { return .undefined }
    if i < 0 { i += tuple.pointee.count }
    if i < 0 || i >= tuple.pointee.count { return thread.raise(.indexError, "tuple index out of range") }
    return thread.newReference(tuple.items[i])
}

/// `item in tuple`: 1, 0, -1 raised.
func tupleContains(_ thread: Thread, _ tuple: TuplePointer, _ item: Value) -> Int32 {
    for i in 0..<tuple.pointee.count {
        let candidate = tuple.items[i]
        if candidate == item { return 1 }
        let equal = thread.equal(candidate, item)
        if equal != 0 { return equal }
    }
    return 0
}

let tupleMethods: [NativeDefinition] = ContainerSpecialMethods.tuple + [
    NativeDefinition("index", 1, 3) { thread, args, count, _ in
        guard let (start, stop) = indexBounds(thread, args, count) else { return .undefined }
        let position = sequenceIndex(thread, args[0], args[1], start: start, stop: stop)
        if position >= 0 { return Value(smallInt: position) }
        return position == -2 ? .undefined : thread.raise(.valueError, "tuple.index(x): x not in tuple")
    },
    NativeDefinition("count", 1, 1) { thread, args, _, _ in
        let count = sequenceCountOf(thread, args[0], args[1])
        return count < 0 ? .undefined : Value(smallInt: count)
    },
]

/// `tuple(iterable=())`.
func tupleNew(_ thread: Thread, _ args: Arguments, _ count: Int, _ keywordNames: Value) -> Value {
    if keywordNames.isPointer && keywordNames.cast(TupleObject.self).pointee.count > 0 {
        return thread.raise(.typeError, "tuple() takes no keyword arguments")
    }
    if count > 1 { return thread.raise(.typeError, "tuple expected at most 1 argument, got \(count)") }
    return count == 0 ? thread.newReference(thread.heap.pointee.emptyTuple) : thread.tupleFrom(args[0])
}
