// Host functions about lists, tuples and dicts.
//
// Each works in a critical section of the container, which costs one test where one lock guards everything. Containers take references of their own:
// handles stay the plugin's. Old items are released after the container has the new ones, because releasing may run code of the script that looks.

import CGild
import CGildPlugin

extension HostContext {
    @inline(never) fileprivate func wrongContainer(_ expected: String, _ value: Value) -> gild_status {
        if !thread.raiseIfQuarantined(value) { thread.raise(.typeError, "expected a \(expected), got \(thread.typeName(value))") }
        return GILD_RAISED
    }

    @inline(never) fileprivate func beyondEnd(_ what: String) -> gild_status {
        thread.raise(.indexError, "\(what) index out of range")
        return GILD_RAISED
    }
}

func hostListNew(_ context: ContextPointer, _ result: HandlePlace?) -> gild_status {
    let c = HostContext(context)
    result?.pointee = gild_handle(bits: 0)
    let refusal = c.refusal(.listNew)
    if refusal != GILD_OK { return refusal }
    guard let result else { return c.badPointer(.listNew, "result") }
    guard let list = c.thread.makeList() else { return GILD_RAISED }
    return c.give(Value(pointer: list), result)
}

func hostListAppend(_ context: ContextPointer, _ list: gild_handle, _ item: gild_handle) -> gild_status {
    let c = HostContext(context)
    let refusal = c.refusal(.listAppend)
    if refusal != GILD_OK { return refusal }
    let container = c.value(list)
    if container.isUndefined { return c.badHandle(.listAppend, list, "list") }
    let value = c.value(item)
    if value.isUndefined { return c.badHandle(.listAppend, item, "item") }
    guard c.thread.isKind(container, .list) else { return c.wrongContainer("list", container) }
    let isDone = c.thread.guarded(container) { c.thread.append(container.cast(ListObject.self), c.thread.newReference(value)) }
    return isDone ? GILD_OK : GILD_RAISED
}

func hostListGet(_ context: ContextPointer, _ list: gild_handle, _ index: Int, _ result: HandlePlace?) -> gild_status {
    let c = HostContext(context)
    result?.pointee = gild_handle(bits: 0)
    let refusal = c.refusal(.listGet)
    if refusal != GILD_OK { return refusal }
    guard let result else { return c.badPointer(.listGet, "result") }
    let container = c.value(list)
    if container.isUndefined { return c.badHandle(.listGet, list, "list") }
    guard c.thread.isKind(container, .list) else { return c.wrongContainer("list", container) }
    let object = container.cast(ListObject.self)
    let item = c.thread.guarded(container) {
        index >= 0 && index < object.pointee.count ? c.thread.newReference(object.pointee.items.unsafelyUnwrapped[index]) : .undefined
    }
    return item.isUndefined ? c.beyondEnd("list") : c.give(item, result)
}

func hostListSet(_ context: ContextPointer, _ list: gild_handle, _ index: Int, _ item: gild_handle) -> gild_status {
    let c = HostContext(context)
    let refusal = c.refusal(.listSet)
    if refusal != GILD_OK { return refusal }
    let container = c.value(list)
    if container.isUndefined { return c.badHandle(.listSet, list, "list") }
    let value = c.value(item)
    if value.isUndefined { return c.badHandle(.listSet, item, "item") }
    guard c.thread.isKind(container, .list) else { return c.wrongContainer("list", container) }
    let object = container.cast(ListObject.self)
    let old = c.thread.guarded(container) {
        index >= 0 && index < object.pointee.count
            ? c.thread.exchange(object.pointee.items.unsafelyUnwrapped + index, c.thread.newReference(value)) : .undefined
    }
    if old.isUndefined { return c.beyondEnd("list assignment") }
    c.thread.decref(old)
    return GILD_OK
}

func hostTupleNew(_ context: ContextPointer, _ items: UnsafePointer<gild_handle>?, _ count: Int, _ result: HandlePlace?) -> gild_status {
    let c = HostContext(context)
    result?.pointee = gild_handle(bits: 0)
    let refusal = c.refusal(.tupleNew)
    if refusal != GILD_OK { return refusal }
    guard let result else { return c.badPointer(.tupleNew, "result") }
    guard items != nil || count == 0 else { return c.badPointer(.tupleNew, "items") }
    guard count >= 0, count <= Int.max >> 5 else { return c.misuse(.tupleNew, GILD_BAD_ARGUMENT, "got a count beyond the address space") }
    for i in 0..<count where c.value(items.unsafelyUnwrapped[i]).isUndefined {
        return c.badHandle(.tupleNew, items.unsafelyUnwrapped[i], "items[\(i)]")
    }
    guard let tuple = c.thread.allocateTuple(count) else { return GILD_RAISED }
    for i in 0..<count { tuple.items[i] = c.thread.newReference(c.value(items.unsafelyUnwrapped[i])) }
    return c.give(count == 0 ? c.thread.newReference(Value(pointer: tuple)) : Value(pointer: tuple), result)
}

func hostTupleGet(_ context: ContextPointer, _ tuple: gild_handle, _ index: Int, _ result: HandlePlace?) -> gild_status {
    let c = HostContext(context)
    result?.pointee = gild_handle(bits: 0)
    let refusal = c.refusal(.tupleGet)
    if refusal != GILD_OK { return refusal }
    guard let result else { return c.badPointer(.tupleGet, "result") }
    let container = c.value(tuple)
    if container.isUndefined { return c.badHandle(.tupleGet, tuple, "tuple") }
    guard c.thread.isKind(container, .tuple) else { return c.wrongContainer("tuple", container) }
    let object = container.cast(TupleObject.self)
    guard index >= 0, index < object.pointee.count else { return c.beyondEnd("tuple") }
    return c.give(c.thread.newReference(object.items[index]), result)
}

// MARK: - Dicts

func hostDictNew(_ context: ContextPointer, _ result: HandlePlace?) -> gild_status {
    let c = HostContext(context)
    result?.pointee = gild_handle(bits: 0)
    let refusal = c.refusal(.dictNew)
    if refusal != GILD_OK { return refusal }
    guard let result else { return c.badPointer(.dictNew, "result") }
    guard let dict = c.thread.makeDict() else { return GILD_RAISED }
    return c.give(Value(pointer: dict), result)
}

func hostDictGet(_ context: ContextPointer, _ dict: gild_handle, _ key: gild_handle, _ result: HandlePlace?) -> gild_status {
    let c = HostContext(context)
    result?.pointee = gild_handle(bits: 0)
    let refusal = c.refusal(.dictGet)
    if refusal != GILD_OK { return refusal }
    guard let result else { return c.badPointer(.dictGet, "result") }
    let container = c.value(dict)
    if container.isUndefined { return c.badHandle(.dictGet, dict, "dict") }
    let name = c.value(key)
    if name.isUndefined { return c.badHandle(.dictGet, key, "key") }
    guard c.thread.isKind(container, .dict) else { return c.wrongContainer("dict", container) }
    let found = c.thread.guarded(container) { c.thread.newReference(dictGet(c.thread, container.cast(DictObject.self), name)) }
    if found.isUndefined { return c.thread.isRaising ? GILD_RAISED : GILD_END }
    return c.give(found, result)
}

func hostDictSet(_ context: ContextPointer, _ dict: gild_handle, _ key: gild_handle, _ value: gild_handle) -> gild_status {
    let c = HostContext(context)
    let refusal = c.refusal(.dictSet)
    if refusal != GILD_OK { return refusal }
    let container = c.value(dict)
    if container.isUndefined { return c.badHandle(.dictSet, dict, "dict") }
    let name = c.value(key)
    if name.isUndefined { return c.badHandle(.dictSet, key, "key") }
    let item = c.value(value)
    if item.isUndefined { return c.badHandle(.dictSet, value, "value") }
    guard c.thread.isKind(container, .dict) else { return c.wrongContainer("dict", container) }
    let isDone = c.thread.guarded(container) { dictSet(c.thread, container.cast(DictObject.self), name, item) }
    return isDone ? GILD_OK : GILD_RAISED
}

func hostDictDelete(_ context: ContextPointer, _ dict: gild_handle, _ key: gild_handle) -> gild_status {
    let c = HostContext(context)
    let refusal = c.refusal(.dictDelete)
    if refusal != GILD_OK { return refusal }
    let container = c.value(dict)
    if container.isUndefined { return c.badHandle(.dictDelete, dict, "dict") }
    let name = c.value(key)
    if name.isUndefined { return c.badHandle(.dictDelete, key, "key") }
    guard c.thread.isKind(container, .dict) else { return c.wrongContainer("dict", container) }
    let outcome = c.thread.guarded(container) { dictDelete(c.thread, container.cast(DictObject.self), name) }
    return outcome < 0 ? GILD_RAISED : outcome == 0 ? GILD_END : GILD_OK
}

func hostDictNext(
    _ context: ContextPointer, _ dict: gild_handle, _ position: UnsafeMutablePointer<Int>?, _ key: HandlePlace?, _ value: HandlePlace?
) -> gild_status {
    let c = HostContext(context)
    key?.pointee = gild_handle(bits: 0)
    value?.pointee = gild_handle(bits: 0)
    let refusal = c.refusal(.dictNext)
    if refusal != GILD_OK { return refusal }
    guard let position, let key, let value else { return c.badPointer(.dictNext, "position, key or value") }
    let container = c.value(dict)
    if container.isUndefined { return c.badHandle(.dictNext, dict, "dict") }
    guard c.thread.isKind(container, .dict) else { return c.wrongContainer("dict", container) }
    if position.pointee < 0 { return c.misuse(.dictNext, GILD_BAD_ARGUMENT, "got a position that it did not give out") }
    let entry = c.thread.guarded(container) {
        dictNext(container.cast(DictObject.self), &position.pointee).map { (key: c.thread.newReference($0.key), value: c.thread.newReference($0.value)) }
    }
    guard let entry else { return GILD_END }
    let item = entry.value
    let status = c.give(entry.key, key)
    if status != GILD_OK {
        c.thread.decref(item)
        return status
    }
    let second = c.give(item, value)
    if second != GILD_OK {
        _ = hostCloseUnchecked(c, key.pointee)
        key.pointee = gild_handle(bits: 0)
    }
    return second
}
