// The special methods of containers as attributes: `d.__len__()`, `list.__getitem__`, `map(d.__contains__, …)`.
//
// The runtime itself never calls them: operators and protocols go to the containers' functions directly.

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
    NativeDefinition("__add__", 1, 1) { thread, args, _, _ in containerAdd(thread, args[0], args[1]) },
    NativeDefinition("__mul__", 1, 1) { thread, args, _, _ in containerMultiply(thread, args[0], args[1]) },
]

/// Special methods of each container type.
enum ContainerSpecialMethods {
    static let list: [NativeDefinition] = sized + searchable + subscriptable + assignable + comparable + addable
    static let tuple: [NativeDefinition] = sized + searchable + subscriptable + comparable + addable
    static let dict: [NativeDefinition] = sized + searchable + subscriptable + assignable + comparable
    static let set: [NativeDefinition] = sized + searchable + comparable
    static let range: [NativeDefinition] = sized + searchable + subscriptable + comparable
    static let keysOrItems: [NativeDefinition] = sized + searchable + comparable
    static let values: [NativeDefinition] = sized
}
