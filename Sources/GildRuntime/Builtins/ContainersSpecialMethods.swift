// The special methods of containers as attributes: `d.__len__()`, `list.__getitem__`, `map(d.__contains__, …)`.
//
// The runtime itself never calls them: operators and protocols go to the containers' functions directly, which lock what they work on.

import CGild

private func truthValue(_ result: Int32) -> Value { result < 0 ? .undefined : Value(result > 0) }

private let sized: [NativeDefinition] = [
    NativeDefinition("__len__", 0, 0) { thread, args, _, _ in thread.makeInt(containerLength(thread, args[0])) },
    NativeDefinition("__iter__", 0, 0) { thread, args, _, _ in nativeIterator(thread, args[0]) },
]

private let searchable: [NativeDefinition] = [
    NativeDefinition("__contains__", 1, 1) { thread, args, _, _ in truthValue(containerContains(thread, args[0], args[1])) }
]

private let subscriptable: [NativeDefinition] = [
    NativeDefinition("__getitem__", 1, 1) { thread, args, _, _ in containerGetItem(thread, args[0], args[1]) }
]

private let assignable: [NativeDefinition] = [
    NativeDefinition("__setitem__", 2, 2) { thread, args, _, _ in
        containerSetItem(thread, args[0], args[1], args[2]) > 0 ? .none : .undefined
    },
    NativeDefinition("__delitem__", 1, 1) { thread, args, _, _ in
        containerDeleteItem(thread, args[0], args[1]) > 0 ? .none : .undefined
    },
]

private let comparable: [NativeDefinition] = [
    NativeDefinition("__eq__", 1, 1) { thread, args, _, _ in containerCompare(thread, args[0], args[1], .eq) },
    NativeDefinition("__ne__", 1, 1) { thread, args, _, _ in containerCompare(thread, args[0], args[1], .ne) },
    NativeDefinition("__lt__", 1, 1) { thread, args, _, _ in containerCompare(thread, args[0], args[1], .lt) },
    NativeDefinition("__le__", 1, 1) { thread, args, _, _ in containerCompare(thread, args[0], args[1], .le) },
    NativeDefinition("__gt__", 1, 1) { thread, args, _, _ in containerCompare(thread, args[0], args[1], .gt) },
    NativeDefinition("__ge__", 1, 1) { thread, args, _, _ in containerCompare(thread, args[0], args[1], .ge) },
]

private let addable: [NativeDefinition] = [
    NativeDefinition("__add__", 1, 1) { thread, args, _, _ in
        let result = containerAdd(thread, args[0], args[1])
        if !result.isNotImplemented { return result }
        return thread.raise(.typeError, concatenationComplaint(thread, args[0], args[1], inPlace: false) ?? "")
    },
    NativeDefinition("__mul__", 1, 1) { thread, args, _, _ in multiplied(thread, args[0], args[1]) },
    NativeDefinition("__rmul__", 1, 1) { thread, args, _, _ in multiplied(thread, args[0], args[1]) },
]

private func multiplied(_ thread: Thread, _ sequence: Value, _ times: Value) -> Value {
    let number = thread.index(times) as Value
    if number.isUndefined { return number }
    defer { thread.decref(number) }
    return containerMultiply(thread, sequence, number)
}

private let changeable: [NativeDefinition] = [
    NativeDefinition("__iadd__", 1, 1) { thread, args, _, _ in containerBinary(thread, .add, args[0], args[1], inPlace: true) },
    NativeDefinition("__imul__", 1, 1) { thread, args, _, _ in containerBinary(thread, .mul, args[0], args[1], inPlace: true) },
]

/// Set algebra; NotImplemented for an operand that is no set (or view).
private let algebra: [NativeDefinition] = [
    NativeDefinition("__or__", 1, 1) { thread, args, _, _ in containerBinary(thread, .or, args[0], args[1]) },
    NativeDefinition("__and__", 1, 1) { thread, args, _, _ in containerBinary(thread, .and, args[0], args[1]) },
    NativeDefinition("__xor__", 1, 1) { thread, args, _, _ in containerBinary(thread, .xor, args[0], args[1]) },
    NativeDefinition("__sub__", 1, 1) { thread, args, _, _ in containerBinary(thread, .sub, args[0], args[1]) },
    NativeDefinition("__ror__", 1, 1) { thread, args, _, _ in containerBinary(thread, .or, args[1], args[0]) },
    NativeDefinition("__rand__", 1, 1) { thread, args, _, _ in containerBinary(thread, .and, args[1], args[0]) },
    NativeDefinition("__rxor__", 1, 1) { thread, args, _, _ in containerBinary(thread, .xor, args[1], args[0]) },
    NativeDefinition("__rsub__", 1, 1) { thread, args, _, _ in containerBinary(thread, .sub, args[1], args[0]) },
]

private let changingAlgebra: [NativeDefinition] = [
    NativeDefinition("__ior__", 1, 1) { thread, args, _, _ in containerBinary(thread, .or, args[0], args[1], inPlace: true) },
    NativeDefinition("__iand__", 1, 1) { thread, args, _, _ in containerBinary(thread, .and, args[0], args[1], inPlace: true) },
    NativeDefinition("__ixor__", 1, 1) { thread, args, _, _ in containerBinary(thread, .xor, args[0], args[1], inPlace: true) },
    NativeDefinition("__isub__", 1, 1) { thread, args, _, _ in containerBinary(thread, .sub, args[0], args[1], inPlace: true) },
]

private let merging: [NativeDefinition] = [
    NativeDefinition("__or__", 1, 1) { thread, args, _, _ in containerBinary(thread, .or, args[0], args[1]) },
    NativeDefinition("__ror__", 1, 1) { thread, args, _, _ in containerBinary(thread, .or, args[1], args[0]) },
    NativeDefinition("__ior__", 1, 1) { thread, args, _, _ in containerBinary(thread, .or, args[0], args[1], inPlace: true) },
]

private let shown: [NativeDefinition] = [
    NativeDefinition("__repr__", 0, 0) { thread, args, _, _ in thread.repr(args[0]) }
]

private let hashed: [NativeDefinition] = [
    NativeDefinition("__hash__", 0, 0) { thread, args, _, _ in
        guard let hash = thread.hash(args[0]) else { return .undefined }
        return thread.makeInt(hash)
    }
]

/// Special methods of each container type.
enum ContainerSpecialMethods {
    static let list: [NativeDefinition] = shown + sized + searchable + subscriptable + assignable + comparable + addable + changeable
    static let tuple: [NativeDefinition] = shown + hashed + sized + searchable + subscriptable + comparable + addable
    static let dict: [NativeDefinition] = shown + sized + searchable + subscriptable + assignable + comparable + merging
    static let set: [NativeDefinition] = shown + sized + searchable + comparable + algebra
    static let mutableSet: [NativeDefinition] = changingAlgebra
    static let frozenset: [NativeDefinition] = hashed
    static let range: [NativeDefinition] = shown + hashed + sized + searchable + subscriptable + comparable
    static let keysOrItems: [NativeDefinition] = shown + sized + searchable + comparable + algebra
    static let values: [NativeDefinition] = shown + sized
}
