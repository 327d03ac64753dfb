// What the interpreter asks of a value that may be a container: one entry point for each question.
//
// Every function answers for the kinds str excepted (`list tuple dict set frozenset range slice dict views iterators`) and says
// so when a value is not its business, so that the caller goes on to special methods or to the error. Each is one step for other threads:
// the containers are held meanwhile (ContainerSections.swift).

import CGild

/// Number of items; -1: not a container.
func containerLength(_ thread: Thread, _ value: Value) -> Int {
    if !value.isPointer { return -1 }
    switch thread.kind(value) {
    case .list: return thread.listCount(value.cast(ListObject.self))
    case .tuple: return value.cast(TupleObject.self).pointee.count
    case .dict: return dictLength(thread, value.cast(DictObject.self))
    case .set, .frozenSet: return thread.briefly(value) { value.cast(SetObject.self).pointee.used }
    case .dictView: return dictLength(thread, viewDict(value))
    case .range:
        let length = value.cast(RangeObject.self).pointee.length
        return thread.smallInt(length) ?? Int.max
    default: return -1
    }
}

private func dictLength(_ thread: Thread, _ dict: DictPointer) -> Int {
    if !thread.s.pointee.isFreeThreaded || thread.isBiased(thread.header(of: dict)) { return dict.pointee.used }
    return thread.readCount(dict) ?? thread.briefly(dict) {
        thread.markRead(thread.header(of: dict))
        return dict.pointee.used
    }
}

/// `item in container`: 1, 0, -1 raised, -2 not a container.
func containerContains(_ thread: Thread, _ container: Value, _ item: Value) -> Int32 {
    if !container.isPointer { return -2 }
    switch thread.kind(container) {
    case .list: return thread.holding(container) { listContains(thread, container.cast(ListObject.self), item) }
    case .tuple: return tupleContains(thread, container.cast(TupleObject.self), item)
    case .dict: return dictContains(thread, container.cast(DictObject.self), item)
    case .set, .frozenSet: return thread.holding(container, item) { setContainsItem(thread, container.cast(SetObject.self), item) }
    case .dictView: return thread.holding(container) { dictViewContains(thread, container, item) }
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
    case .list, .tuple: return thread.holding(value) { sequenceRepr(thread, value) }
    case .dict: return thread.holding(value) { dictRepr(thread, value) }
    case .set, .frozenSet: return thread.holding(value) { setRepr(thread, value) }
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

/// `hash(container)`; nil: raised. Containers that change raise TypeError.
func containerHash(_ thread: Thread, _ value: Value) -> Int? {
    switch thread.kind(value) {
    case .tuple:
        if !thread.enterNative() { return nil }
        defer { thread.leaveNative() }
        return thread.tupleHash(value.cast(TupleObject.self))
    case .frozenSet:
        let set = value.cast(SetObject.self)
        let hash = setHash(set)
        set.knownHash = hash
        return hash
    case .range: return rangeHash(thread, value.cast(RangeObject.self))
    case .slice: return sliceHash(thread, value.cast(SliceObject.self))
    case .dictView where value.shapeOfPointer == BuiltinShape.dictValues.rawValue: return thread.identityHash(value)
    default:
        thread.raise(.typeError, "unhashable type: '\(thread.typeName(value))'")
        return nil
    }
}

/// The accumulation of a tuple's hash without its final step, so that a slice and the tuple of its parts differ.
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
    // Tuples do not change.
    if a.hasShape(.tuple) && b.hasShape(.tuple) { return sequenceCompare(thread, a, b, op) }
    return thread.holding(a, b) { compareHeld(thread, a, b, op) }
}

private func compareHeld(_ thread: Thread, _ a: Value, _ b: Value, _ op: CompareOperator) -> Value {
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

private func isSequence(_ thread: Thread, _ value: Value) -> Bool { thread.isKind(value, .list) || thread.isKind(value, .tuple) }

/// `a + b` of two lists or two tuples; NotImplemented otherwise.
func containerAdd(_ thread: Thread, _ a: Value, _ b: Value) -> Value {
    guard isSequence(thread, a), thread.isKind(b, thread.kind(a)) else { return .notImplemented }
    return thread.holding(a, b) { sequenceConcatenate(thread, a, b) }
}

/// `a * b` of a list or tuple and an integer, in either order; NotImplemented otherwise.
func containerMultiply(_ thread: Thread, _ a: Value, _ b: Value) -> Value {
    let isLeft = isSequence(thread, a)
    guard isLeft || isSequence(thread, b), canIndex(thread, isLeft ? b : a) else { return .notImplemented }
    guard let times = thread.repeatCount(isLeft ? b : a) else { return .undefined }
    let sequence = isLeft ? a : b
    return thread.holding(sequence) { sequenceRepeat(thread, sequence, times) }
}

/// Why `a + b` failed, when a list or tuple stands on the left.
func concatenationComplaint(_ thread: Thread, _ a: Value, _ b: Value, inPlace: Bool) -> String? {
    guard isSequence(thread, a) else { return nil }
    let name = thread.kind(a) == .list ? "list" : "tuple"
    return "can only concatenate \(name) (not \"\(thread.typeName(b))\") to \(name)"
}

/// Why `a * b` failed, when one of them is a sequence.
func repetitionComplaint(_ thread: Thread, _ a: Value, _ b: Value) -> String? {
    if isSequence(thread, a) || thread.isString(a) || thread.isBytes(a) { return "can't multiply sequence by non-int of type '\(thread.typeName(b))'" }
    if isSequence(thread, b) || thread.isString(b) || thread.isBytes(b) { return "can't multiply sequence by non-int of type '\(thread.typeName(a))'" }
    return nil
}

/// `a op b`, or `a op= b`, when a container defines it; NotImplemented otherwise. In place, a list, dict or set changes itself
/// and is the result.
func containerBinary(_ thread: Thread, _ op: BinaryOperator, _ a: Value, _ b: Value, inPlace: Bool = false) -> Value {
    thread.holding(a, b) { binaryHeld(thread, op, a, b, inPlace: inPlace) }
}

private func binaryHeld(_ thread: Thread, _ op: BinaryOperator, _ a: Value, _ b: Value, inPlace: Bool) -> Value {
    if inPlace {
        let result = containerInPlace(thread, op, a, b)
        if !result.isNotImplemented { return result }
    }
    switch op {
    case .add: return containerAdd(thread, a, b)
    case .mul: return containerMultiply(thread, a, b)
    case .or where thread.isKind(a, .dict):
        return thread.isKind(b, .dict) ? dictUnion(thread, a.cast(DictObject.self), b.cast(DictObject.self)) : .notImplemented
    case .and, .or, .xor, .sub:
        if isSetLikeView(a) || isSetLikeView(b) { return dictViewBinary(thread, op, a, b) }
        return setBinary(thread, op, a, b)
    default: return .notImplemented
    }
}

private func containerInPlace(_ thread: Thread, _ op: BinaryOperator, _ a: Value, _ b: Value) -> Value {
    guard a.isPointer else { return .notImplemented }
    switch op {
    case .add where thread.kind(a) == .list:
        return thread.listExtend(a.cast(ListObject.self), b) ? thread.newReference(a) : .undefined
    case .mul where thread.kind(a) == .list && canIndex(thread, b):
        guard let times = thread.repeatCount(b) else { return .undefined }
        return listRepeatInPlace(thread, a.cast(ListObject.self), times) ? thread.newReference(a) : .undefined
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
