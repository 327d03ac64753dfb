// What the interpreter asks of a value that may be a container: one entry point for each question.
//
// Every function answers for the kinds str excepted (`list tuple dict set frozenset range slice dict views iterators`) and says
// so when a value is not its business, so that the caller goes on to special methods or to the error.

import CGild

/// Number of items; -1: not a container.
func containerLength(_ thread: Thread, _ value: Value) -> Int {
    if !value.isPointer { return -1 }
    switch thread.kind(value) {
    case .list: return value.cast(ListObject.self).pointee.count
    case .tuple: return value.cast(TupleObject.self).pointee.count
    case .dict: return value.cast(DictObject.self).pointee.used
    case .set, .frozenSet: return value.cast(SetObject.self).pointee.used
    case .dictView: return viewDict(value).pointee.used
    case .range:
        let length = value.cast(RangeObject.self).pointee.length
        return thread.smallInt(length) ?? Int.max
    default: return -1
    }
}

/// `item in container`: 1, 0, -1 raised, -2 not a container.
func containerContains(_ thread: Thread, _ container: Value, _ item: Value) -> Int32 {
    if !container.isPointer { return -2 }
    switch thread.kind(container) {
    case .list: return listContains(thread, container.cast(ListObject.self), item)
    case .tuple: return tupleContains(thread, container.cast(TupleObject.self), item)
    case .dict: return dictContains(thread, container.cast(DictObject.self), item)
    case .set, .frozenSet: return setContainsItem(thread, container.cast(SetObject.self), item)
    case .dictView: return dictViewContains(thread, container, item)
    case .range: return rangeContains(thread, container.cast(RangeObject.self), item)
    default: return -2
    }
}

/// `container[key]`; NotImplemented: not a container with items.
func containerGetItem(_ thread: Thread, _ container: Value, _ key: Value) -> Value {
    if !container.isPointer { return .notImplemented }
    switch thread.kind(container) {
    case .list: return listGetItem(thread, container.cast(ListObject.self), key)
    case .tuple: return tupleGetItem(thread, container.cast(TupleObject.self), key)
    case .dict: return dictGetItem(thread, container.cast(DictObject.self), key)
    case .range: return rangeGetItem(thread, container.cast(RangeObject.self), key)
    default: return .notImplemented
    }
}

/// `container[key] = value`: 1 done, -1 raised, 0 not a container whose items can be set.
func containerSetItem(_ thread: Thread, _ container: Value, _ key: Value, _ value: Value) -> Int32 {
    if !container.isPointer { return 0 }
    switch thread.kind(container) {
    case .list: return listSetItem(thread, container.cast(ListObject.self), key, value) ? 1 : -1
    case .dict: return dictSet(thread, container.cast(DictObject.self), key, value) ? 1 : -1
    default: return 0
    }
}

/// `del container[key]`: 1 done, -1 raised, 0 not a container whose items can be deleted.
func containerDeleteItem(_ thread: Thread, _ container: Value, _ key: Value) -> Int32 {
    if !container.isPointer { return 0 }
    switch thread.kind(container) {
    case .list: return listDeleteItem(thread, container.cast(ListObject.self), key) ? 1 : -1
    case .dict: return dictDeleteItem(thread, container.cast(DictObject.self), key) ? 1 : -1
    default: return 0
    }
}

/// `repr(container)`; NotImplemented: not a container.
func containerRepr(_ thread: Thread, _ value: Value) -> Value {
    if !value.isPointer { return .notImplemented }
    switch thread.kind(value) {
    case .list, .tuple: return sequenceRepr(thread, value)
    case .dict: return dictRepr(thread, value)
    case .set, .frozenSet: return setRepr(thread, value)
    case .dictView: return dictViewRepr(thread, value)
    case .range: return rangeRepr(thread, value.cast(RangeObject.self))
    case .slice:
        var builder = ReprBuilder(thread)
        let slice = value.cast(SliceObject.self)
        builder.add("slice(")
        if !builder.addRepr(slice.pointee.start) { return .undefined }
        builder.add(", ")
        if !builder.addRepr(slice.pointee.stop) { return .undefined }
        builder.add(", ")
        if !builder.addRepr(slice.pointee.step) { return .undefined }
        builder.add(")")
        return builder.finish()
    default: return .notImplemented
    }
}

/// What a hash request gives.
enum ContainerHash {
    case hash(Int), raised, notContainer
}

/// `hash(container)`; raises TypeError for those that change.
func containerHash(_ thread: Thread, _ value: Value) -> ContainerHash {
    if !value.isPointer { return .notContainer }
    func result(_ hash: Int?) -> ContainerHash { hash.map { .hash($0) } ?? .raised }
    switch thread.kind(value) {
    case .tuple:
        if !thread.enterNative() { return .raised }
        defer { thread.leaveNative() }
        return result(thread.tupleHash(value.cast(TupleObject.self)))
    case .frozenSet:
        let set = value.cast(SetObject.self)
        set.pointee.hash = setHash(set)
        return .hash(set.pointee.hash)
    case .range: return result(rangeHash(thread, value.cast(RangeObject.self)))
    case .slice:
        // The hash of the tuple of its parts would be equal to that tuple's; CPython omits the final step, so that it differs.
        return result(sliceHash(thread, value.cast(SliceObject.self)))
    case .list, .dict, .set:
        thread.raise(.typeError, "unhashable type: '\(thread.typeName(value))'")
        return .raised
    case .dictView:
        if value.shapeOfPointer == BuiltinShape.dictValues.rawValue { return .notContainer }
        thread.raise(.typeError, "unhashable type: '\(thread.typeName(value))'")
        return .raised
    default: return .notContainer
    }
}

private func sliceHash(_ thread: Thread, _ slice: SlicePointer) -> Int? {
    let prime1: UInt64 = 11_400_714_785_074_694_791
    let prime2: UInt64 = 14_029_467_366_897_019_727
    var sum: UInt64 = 2_870_177_450_012_600_261
    for part in [slice.pointee.start, slice.pointee.stop, slice.pointee.step] {
        guard let lane = thread.hash(part) else { return nil }
        sum = sum &+ UInt64(bitPattern: Int64(lane)) &* prime2
        sum = sum << 31 | sum >> 33
        sum = sum &* prime1
    }
    return sum == UInt64.max ? 1_546_275_796 : Int(Int64(bitPattern: sum))
}

/// `a op b` when both are containers that can be compared; NotImplemented otherwise.
func containerCompare(_ thread: Thread, _ a: Value, _ b: Value, _ op: CompareOperator) -> Value {
    if !a.isPointer || !b.isPointer { return .notImplemented }
    let kind = thread.kind(a)
    switch kind {
    case .list, .tuple: return thread.kind(b) == kind ? sequenceCompare(thread, a, b, op) : .notImplemented
    case .dict:
        guard op == .eq || op == .ne, thread.kind(b) == .dict else { return .notImplemented }
        let equal = dictsEqual(thread, a.cast(DictObject.self), b.cast(DictObject.self))
        return equal < 0 ? .undefined : Value((equal > 0) == (op == .eq))
    case .set, .frozenSet:
        // A view on the right answers with the operands exchanged.
        return setCompare(thread, a, b, op)
    case .dictView: return dictViewCompare(thread, a, b, op)
    case .range:
        guard op == .eq || op == .ne, thread.kind(b) == .range else { return .notImplemented }
        return Value(rangesEqual(thread, a.cast(RangeObject.self), b.cast(RangeObject.self)) == (op == .eq))
    case .slice:
        guard thread.kind(b) == .slice else { return .notImplemented }
        if a == b { return Value(op == .eq || op == .le || op == .ge) }
        let x = sliceTuple(thread, a.cast(SliceObject.self))
        let y = sliceTuple(thread, b.cast(SliceObject.self))
        defer {
            thread.decref(x)
            thread.decref(y)
        }
        if x.isUndefined || y.isUndefined { return .undefined }
        return sequenceCompare(thread, x, y, op)
    default: return .notImplemented
    }
}

// MARK: - Operators

/// Whether the right operand has a method of its own for the reflected operation.
@inline(__always) private func reflects(_ thread: Thread, _ value: Value, _ method: SpecialMethod) -> Bool {
    value.isPointer && !thread.special(value, method).isUndefined
}

/// `a + b` when a is a list or tuple; NotImplemented otherwise. Raises TypeError for another right operand, unless that one
/// has `__radd__`.
func containerAdd(_ thread: Thread, _ a: Value, _ b: Value) -> Value {
    guard a.isPointer else { return .notImplemented }
    let kind = thread.kind(a)
    guard kind == .list || kind == .tuple else { return .notImplemented }
    if thread.isKind(b, kind) { return sequenceConcatenate(thread, a, b) }
    if reflects(thread, b, .radd) { return .notImplemented }
    let name = kind == .list ? "list" : "tuple"
    return thread.raise(.typeError, "can only concatenate \(name) (not \"\(thread.typeName(b))\") to \(name)")
}

/// `a * b` when one operand is a list or tuple; NotImplemented otherwise.
func containerMultiply(_ thread: Thread, _ a: Value, _ b: Value) -> Value {
    func isSequence(_ value: Value) -> Bool {
        guard value.isPointer else { return false }
        let kind = thread.kind(value)
        return kind == .list || kind == .tuple
    }
    let sequence: Value
    let factor: Value
    if isSequence(a) {
        if reflects(thread, b, .rmul) { return .notImplemented }
        (sequence, factor) = (a, b)
    } else if isSequence(b) {
        if reflects(thread, a, .mul) { return .notImplemented }
        (sequence, factor) = (b, a)
    } else {
        return .notImplemented
    }
    if !canIndex(thread, factor) {
        return thread.raise(.typeError, "can't multiply sequence by non-int of type '\(thread.typeName(factor))'")
    }
    guard let times = thread.repeatCount(factor) else { return .undefined }
    return sequenceRepeat(thread, sequence, times)
}

/// `a += b` when a is a list: a itself (a new reference); NotImplemented otherwise.
func containerInPlaceAdd(_ thread: Thread, _ a: Value, _ b: Value) -> Value {
    guard thread.isKind(a, .list) else { return .notImplemented }
    return thread.listExtend(a.cast(ListObject.self), b) ? thread.newReference(a) : .undefined
}

/// `a *= b` when a is a list: a itself (a new reference); NotImplemented otherwise.
func containerInPlaceMultiply(_ thread: Thread, _ a: Value, _ b: Value) -> Value {
    guard thread.isKind(a, .list), !reflects(thread, b, .rmul) else { return .notImplemented }
    if !canIndex(thread, b) {
        return thread.raise(.typeError, "can't multiply sequence by non-int of type '\(thread.typeName(b))'")
    }
    guard let times = thread.repeatCount(b) else { return .undefined }
    return listRepeatInPlace(thread, a.cast(ListObject.self), times) ? thread.newReference(a) : .undefined
}

/// `a op b` for any operator when a container defines it; NotImplemented otherwise.
func containerBinary(_ thread: Thread, _ op: BinaryOperator, _ a: Value, _ b: Value) -> Value {
    switch op {
    case .add: return containerAdd(thread, a, b)
    case .mul: return containerMultiply(thread, a, b)
    case .or where thread.isKind(a, .dict) && thread.isKind(b, .dict):
        return dictUnion(thread, a.cast(DictObject.self), b.cast(DictObject.self))
    case .and, .or, .xor, .sub:
        if isSetLikeView(a) || isSetLikeView(b) { return dictViewBinary(thread, op, a, b) }
        return setBinary(thread, op, a, b)
    default: return .notImplemented
    }
}

/// `a op= b` when a is a container that changes in place: a itself (a new reference); NotImplemented otherwise, and the
/// caller goes on with `a op b`.
func containerInPlace(_ thread: Thread, _ op: BinaryOperator, _ a: Value, _ b: Value) -> Value {
    guard a.isPointer else { return .notImplemented }
    switch op {
    case .add: return containerInPlaceAdd(thread, a, b)
    case .mul: return containerInPlaceMultiply(thread, a, b)
    case .or where thread.kind(a) == .dict:
        return dictMerge(thread, a.cast(DictObject.self), from: b) ? thread.newReference(a) : .undefined
    case .and, .or, .xor, .sub: return setInPlace(thread, op, a, b)
    default: return .notImplemented
    }
}

/// `range.start` and its kin, `slice.start`, …: a new reference; undefined without an exception when there is no such attribute.
func containerAttribute(_ thread: Thread, _ value: Value, name: Value) -> Value {
    guard value.isPointer else { return .undefined }
    let kind = thread.kind(value)
    guard kind == .range || kind == .slice else { return .undefined }
    switch thread.string(name) {
    case "start":
        return thread.newReference(kind == .range ? value.cast(RangeObject.self).pointee.start : value.cast(SliceObject.self).pointee.start)
    case "stop":
        return thread.newReference(kind == .range ? value.cast(RangeObject.self).pointee.stop : value.cast(SliceObject.self).pointee.stop)
    case "step":
        return thread.newReference(kind == .range ? value.cast(RangeObject.self).pointee.step : value.cast(SliceObject.self).pointee.step)
    default: return .undefined
    }
}
