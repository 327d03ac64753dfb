// Views of a dict: keys, values and items, live.
//
// Views of keys and items are sets: they are compared with sets and with each other, and their operators take any iterable
// and give a new set. A view of values is only iterable.

import CGild

@inline(__always) func viewDict(_ view: Value) -> DictPointer { view.cast(DictViewObject.self).pointee.dict.cast(DictObject.self) }

@inline(__always) private func isKeys(_ view: Value) -> Bool { view.shapeOfPointer == BuiltinShape.dictKeys.rawValue }
@inline(__always) private func isItems(_ view: Value) -> Bool { view.shapeOfPointer == BuiltinShape.dictItems.rawValue }

/// A view of keys or items.
@inline(__always) func isSetLikeView(_ value: Value) -> Bool {
    value.hasShape(.dictKeys) || value.hasShape(.dictItems)
}

/// `item in view`: 1, 0, -1 raised.
func dictViewContains(_ thread: Thread, _ view: Value, _ item: Value) -> Int32 {
    let dict = viewDict(view)
    if isKeys(view) { return dictContains(thread, dict, item) }
    if isItems(view) {
        guard thread.isKind(item, .tuple), item.cast(TupleObject.self).pointee.count == 2 else { return 0 }
        let pair = item.cast(TupleObject.self)
        let found = dictGet(thread, dict, pair.items[0])
        if found.isUndefined { return thread.isRaising ? -1 : 0 }
        thread.incref(found)
        let equal = thread.equal(found, pair.items[1])
        thread.decref(found)
        return equal
    }
    var result: Int32 = 0
    let done = thread.forEach(view) { value in
        result = thread.equal(value, item)
        return result == 0
    }
    return done || result > 0 ? result : -1
}

/// `dict_keys([…])`.
func dictViewRepr(_ thread: Thread, _ view: Value) -> Value {
    if !thread.enterRepr(view) { return thread.isRaising ? .undefined : thread.makeString("...") }
    defer { thread.leaveRepr(view) }
    let list = thread.listFrom(view)
    if list.isUndefined { return list }
    defer { thread.decref(list) }
    let text = thread.repr(list)
    if text.isUndefined { return text }
    defer { thread.decref(text) }
    var builder = ReprBuilder(thread)
    builder.add(isKeys(view) ? "dict_keys(" : isItems(view) ? "dict_items(" : "dict_values(")
    builder.add(string: text)
    builder.add(")")
    return builder.finish()
}

/// Every item of `a` is in `b`: 1, 0, -1 raised.
private func allContained(_ thread: Thread, _ a: Value, _ b: Value) -> Int32 {
    var result: Int32 = 1
    let done = thread.forEach(a) { item in
        result = containerContains(thread, b, item)
        return result > 0
    }
    return done || result == 0 ? result : -1
}

/// Comparison of a view of keys or items with a set or another such view; NotImplemented for anything else.
func dictViewCompare(_ thread: Thread, _ a: Value, _ b: Value, _ op: CompareOperator) -> Value {
    guard isSetLikeView(a), isSetLikeView(b) || thread.isAnySet(b) else { return .notImplemented }
    let first = containerLength(thread, a)
    let second = containerLength(thread, b)
    let result: Int32
    switch op {
    case .eq: result = first == second ? allContained(thread, a, b) : 0
    case .ne:
        let equal = first == second ? allContained(thread, a, b) : 0
        result = equal < 0 ? equal : 1 - equal
    case .lt: result = first < second ? allContained(thread, a, b) : 0
    case .le: result = first <= second ? allContained(thread, a, b) : 0
    case .gt: result = first > second ? allContained(thread, b, a) : 0
    case .ge: result = first >= second ? allContained(thread, b, a) : 0
    }
    return result < 0 ? .undefined : Value(result > 0)
}

/// A set of what a view or another operand holds.
private func operandSet(_ thread: Thread, _ value: Value) -> SetPointer? {
    guard let set = thread.makeSet() else { return nil }
    // Keys are taken from the dict itself, whose hashes are known.
    let source = value.hasShape(.dictKeys) ? value.cast(DictViewObject.self).pointee.dict : value
    if setUpdate(thread, set, source) { return set }
    thread.decref(Value(pointer: set))
    return nil
}

/// `a op b` where one operand is a view of keys or items; NotImplemented for other operators.
func dictViewBinary(_ thread: Thread, _ op: BinaryOperator, _ a: Value, _ b: Value) -> Value {
    switch op {
    case .and: return isSetLikeView(a) ? intersection(thread, a, b) : intersection(thread, b, a)
    case .or, .sub, .xor:
        guard let set = operandSet(thread, a) else { return .undefined }
        let done: Bool
        switch op {
        case .or: done = setUpdate(thread, set, b)
        case .sub: done = setDifferenceUpdate(thread, set, b)
        default: done = setSymmetricDifferenceUpdate(thread, set, b)
        }
        if done { return Value(pointer: set) }
        thread.decref(Value(pointer: set))
        return .undefined
    default: return .notImplemented
    }
}

private func intersection(_ thread: Thread, _ view: Value, _ other: Value) -> Value {
    let length = containerLength(thread, view)
    if other.hasShape(.set) && length <= other.cast(SetObject.self).pointee.used {
        return setIntersection(thread, other.cast(SetObject.self), view)
    }
    var view = view
    var other = other
    if isSetLikeView(other) && containerLength(thread, other) > length { swap(&view, &other) }
    guard let result = thread.makeSet() else { return .undefined }
    let done = thread.forEach(other) { item in
        let found = dictViewContains(thread, view, item)
        if found > 0 { return setAdd(thread, result, item) >= 0 }
        return found == 0
    }
    if done { return Value(pointer: result) }
    thread.decref(Value(pointer: result))
    return .undefined
}

/// Release what a view holds.
@inline(__always) func dictViewRelease(_ thread: Thread, _ view: UnsafeMutablePointer<DictViewObject>) {
    thread.clear(&view.pointee.dict)
}

/// Show what a view holds to `visit`.
@inline(__always) func dictViewTraverse(_ view: UnsafeMutablePointer<DictViewObject>, _ visit: (Value) -> Void) {
    visit(view.pointee.dict)
}

private let reversible: [NativeDefinition] = [
    NativeDefinition("__reversed__", 0, 0) { thread, args, _, _ in nativeReversed(thread, args[0]) }
]

let dictValuesMethods: [NativeDefinition] = ContainerSpecialMethods.values + reversible

let dictKeysMethods: [NativeDefinition] = ContainerSpecialMethods.keysOrItems + reversible + NativeDefinition.locking(argument: true, [
    NativeDefinition("isdisjoint", 1, 1) { thread, args, _, _ in
        var view = args[0]
        var other = args[1]
        if view == other { return Value(viewDict(view).pointee.used == 0) }
        if isSetLikeView(other) || thread.isAnySet(other) {
            if containerLength(thread, other) > containerLength(thread, view) { swap(&view, &other) }
        }
        var found: Int32 = 0
        let done = thread.forEach(other) { item in
            found = containerContains(thread, view, item)
            return found == 0
        }
        return found > 0 ? .false : done ? .true : .undefined
    }
])

let dictItemsMethods: [NativeDefinition] = dictKeysMethods
