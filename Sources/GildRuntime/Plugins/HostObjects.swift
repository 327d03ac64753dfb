// Host functions about objects of any kind: handles, kept references, opaque objects, calls.

import CGild
import CGildPlugin

func hostDup(_ context: ContextPointer, _ object: gild_handle, _ result: HandlePlace?) -> gild_status {
    let c = HostContext(context)
    result?.pointee = gild_handle(bits: 0)
    let refusal = c.refusal(.dup)
    if refusal != GILD_OK { return refusal }
    guard let result else { return c.badPointer(.dup, "result") }
    let value = c.value(object)
    if value.isUndefined { return c.badHandle(.dup, object, "object") }
    return c.give(c.thread.newReference(value), result)
}

func hostClose(_ context: ContextPointer, _ object: gild_handle) -> gild_status {
    let c = HostContext(context)
    let refusal = c.refusalWhileRaising(.close)
    if refusal != GILD_OK { return refusal }
    let value = c.value(object)
    if value.isUndefined { return c.badHandle(.close, object, "object") }
    if object.bits < 4 { return GILD_OK }
    if object.bits & HandleTable.argument != 0 {
        return c.misuse(.close, GILD_BAD_ARGUMENT, "closed an argument, which is borrowed")
    }
    return hostCloseUnchecked(c, object)
}

/// Close an open handle that the call owns.
func hostCloseUnchecked(_ c: HostContext, _ object: gild_handle) -> gild_status {
    c.frame.pointee.removeHandle()
    c.release(c.p.pointee.handles.release(Int(object.bits & 0xFF_FFFF)))
    return GILD_OK
}

extension HostContext {
    /// Drop a reference of the plugin's. Finalisers run without the exception that is on its way.
    func release(_ value: Value) {
        if !thread.isRaising { return thread.decref(value) }
        let raised = thread.s.pointee.exception
        thread.s.pointee.exception = .undefined
        thread.decref(value)
        thread.s.pointee.exception = raised
    }
}

// MARK: - Kept references

func hostKeep(_ context: ContextPointer, _ object: gild_handle, _ result: UnsafeMutablePointer<gild_reference>?) -> gild_status {
    let c = HostContext(context)
    result?.pointee = gild_reference(bits: 0)
    let refusal = c.refusal(.keep)
    if refusal != GILD_OK { return refusal }
    guard let result else { return c.badPointer(.keep, "result") }
    let value = c.value(object)
    if value.isUndefined { return c.badHandle(.keep, object, "object") }
    let plugin = c.function.pointee.plugin.takeUnretainedValue()
    guard let kept = c.thread.s.pointee.run.pointee.keptReferences.keep(value, for: plugin, c.thread) else {
        c.thread.raise(.memoryError, "a run can keep \(KeptReferences.greatestCount) objects for plugins at a time")
        return GILD_RAISED
    }
    result.pointee = kept
    return GILD_OK
}

func hostOpen(_ context: ContextPointer, _ kept: gild_reference, _ result: HandlePlace?) -> gild_status {
    let c = HostContext(context)
    result?.pointee = gild_handle(bits: 0)
    let refusal = c.refusal(.open)
    if refusal != GILD_OK { return refusal }
    guard let result else { return c.badPointer(.open, "result") }
    let references = c.thread.s.pointee.run.pointee.keptReferences
    let value = references.open(kept, of: c.function.pointee.plugin.takeUnretainedValue(), c.thread)
    if value.isUndefined { return c.misuse(.open, GILD_BAD_HANDLE, "got a bad reference: it \(references.complaint(kept))") }
    return c.give(value, result)
}

func hostDrop(_ context: ContextPointer, _ kept: gild_reference) -> gild_status {
    let c = HostContext(context)
    let refusal = c.refusal(.drop)
    if refusal != GILD_OK { return refusal }
    let references = c.thread.s.pointee.run.pointee.keptReferences
    let value = references.drop(kept, of: c.function.pointee.plugin.takeUnretainedValue())
    if value.isUndefined { return c.misuse(.drop, GILD_BAD_HANDLE, "got a bad reference: it \(references.complaint(kept))") }
    c.thread.decref(value)
    return GILD_OK
}

// MARK: - What objects are

func hostKind(_ context: ContextPointer, _ object: gild_handle, _ kind: UnsafeMutablePointer<Int32>?) -> gild_status {
    let c = HostContext(context)
    kind?.pointee = GILD_KIND_OTHER
    let refusal = c.refusal(.kind)
    if refusal != GILD_OK { return refusal }
    guard let kind else { return c.badPointer(.kind, "kind") }
    let value = c.value(object)
    if value.isUndefined { return c.badHandle(.kind, object, "object") }
    kind.pointee = c.kind(of: value)
    return GILD_OK
}

extension HostContext {
    fileprivate func kind(of value: Value) -> Int32 {
        if value.isInt { return GILD_KIND_INT }
        if value.isImmediateFloat { return GILD_KIND_FLOAT }
        if value.isBool { return GILD_KIND_BOOL }
        if value.isNone { return GILD_KIND_NONE }
        guard value.isPointer else { return GILD_KIND_OTHER }
        switch thread.kind(value) {
        case .bigInt: return GILD_KIND_INT
        case .float: return GILD_KIND_FLOAT
        case .str: return GILD_KIND_STR
        case .bytes: return GILD_KIND_BYTES
        case .list: return GILD_KIND_LIST
        case .tuple: return GILD_KIND_TUPLE
        case .dict: return GILD_KIND_DICT
        case .nativeObject: return opaqueType(of: value) == nil ? GILD_KIND_OTHER : GILD_KIND_OPAQUE
        default: return GILD_KIND_OTHER
        }
    }

    /// What an opaque object is of; nil for anything else.
    fileprivate func opaqueType(of value: Value) -> UnsafePointer<gild_opaque_type>? {
        guard value.isPointer, thread.type(of: value).pointee.flags & TypeFlags.opaque != 0 else { return nil }
        return UnsafePointer(bitPattern: value.cast(NativeObject.self).pointee.word0)
    }
}

func hostSame(_ context: ContextPointer, _ one: gild_handle, _ other: gild_handle, _ answer: UnsafeMutablePointer<Int32>?) -> gild_status {
    let c = HostContext(context)
    answer?.pointee = 0
    let refusal = c.refusal(.same)
    if refusal != GILD_OK { return refusal }
    guard let answer else { return c.badPointer(.same, "answer") }
    let first = c.value(one)
    if first.isUndefined { return c.badHandle(.same, one, "one") }
    let second = c.value(other)
    if second.isUndefined { return c.badHandle(.same, other, "other") }
    answer.pointee = c.thread.isSame(first, second) ? 1 : 0
    return GILD_OK
}

func hostTruth(_ context: ContextPointer, _ object: gild_handle, _ answer: UnsafeMutablePointer<Int32>?) -> gild_status {
    let c = HostContext(context)
    answer?.pointee = 0
    let refusal = c.refusal(.truth)
    if refusal != GILD_OK { return refusal }
    guard let answer else { return c.badPointer(.truth, "answer") }
    let value = c.value(object)
    if value.isUndefined { return c.badHandle(.truth, object, "object") }
    let truth = c.thread.truth(value)
    if truth < 0 { return GILD_RAISED }
    answer.pointee = truth
    return GILD_OK
}

func hostLength(_ context: ContextPointer, _ object: gild_handle, _ length: UnsafeMutablePointer<Int>?) -> gild_status {
    let c = HostContext(context)
    length?.pointee = 0
    let refusal = c.refusal(.length)
    if refusal != GILD_OK { return refusal }
    guard let length else { return c.badPointer(.length, "length") }
    let value = c.value(object)
    if value.isUndefined { return c.badHandle(.length, object, "object") }
    let count = c.thread.length(value)
    if count < 0 { return GILD_RAISED }
    length.pointee = count
    return GILD_OK
}

// MARK: - Opaque objects

func hostOpaqueNew(
    _ context: ContextPointer, _ type: UnsafePointer<gild_opaque_type>?, _ data: UnsafeMutableRawPointer?, _ result: HandlePlace?
) -> gild_status {
    let c = HostContext(context)
    result?.pointee = gild_handle(bits: 0)
    let refusal = c.refusal(.opaqueNew)
    if refusal != GILD_OK { return refusal }
    guard let result else { return c.badPointer(.opaqueNew, "result") }
    guard let type else { return c.badPointer(.opaqueNew, "type") }
    let size = UnsafeRawPointer(type).load(as: Int.self)
    if size < MemoryLayout<gild_opaque_type>.size || UnsafeRawPointer(type).load(fromByteOffset: 8, as: UnsafeRawPointer?.self) == nil {
        return c.misuse(.opaqueNew, GILD_BAD_ARGUMENT, "got a type without its size or name")
    }
    let plugin = c.function.pointee.plugin.takeUnretainedValue()
    guard let scriptType = c.thread.opaqueType(type, of: plugin) else { return GILD_RAISED }
    guard let object = c.thread.allocate(bytes: MemoryLayout<NativeObject>.size, shape: scriptType.pointee.rootShape) else { return GILD_RAISED }
    let native = object.cast(NativeObject.self)
    native.pointee.first = .undefined
    native.pointee.second = .undefined
    native.pointee.destroy = nil
    native.pointee.state = nil
    native.pointee.word0 = Int(bitPattern: type)
    native.pointee.word1 = Int(bitPattern: Unmanaged.passUnretained(plugin).toOpaque())
    c.thread.containerAllocated()
    let status = c.give(Value(object), result)
    if status != GILD_OK { return status }
    // Only now: an object that could not be given out must not destroy what stays the plugin's.
    native.pointee.state = data
    native.pointee.destroy = destroyOpaque
    _ = gild_fetch_add_32(plugin.holds, 1)
    return GILD_OK
}

/// The end of an opaque object.
private func destroyOpaque(_ object: UnsafeMutableRawPointer) {
    let native = object.assumingMemoryBound(to: NativeObject.self)
    let type = UnsafePointer<gild_opaque_type>(bitPattern: native.pointee.word0).unsafelyUnwrapped
    let plugin = Unmanaged<Plugin>.fromOpaque(UnsafeRawPointer(bitPattern: native.pointee.word1).unsafelyUnwrapped)
    type.pointee.destroy?(native.pointee.state)
    _ = gild_fetch_add_32(plugin.takeUnretainedValue().holds, UInt32.max)
}

func hostOpaqueGet(
    _ context: ContextPointer, _ object: gild_handle, _ type: UnsafePointer<gild_opaque_type>?, _ data: UnsafeMutablePointer<UnsafeMutableRawPointer?>?
) -> gild_status {
    let c = HostContext(context)
    data?.pointee = nil
    let refusal = c.refusal(.opaqueGet)
    if refusal != GILD_OK { return refusal }
    guard let type, let data else { return c.badPointer(.opaqueGet, "type or data") }
    let value = c.value(object)
    if value.isUndefined { return c.badHandle(.opaqueGet, object, "object") }
    guard c.opaqueType(of: value) == type else {
        if !c.thread.raiseIfQuarantined(value) {
            c.thread.raise(.typeError, "expected \(String(cString: type.pointee.name)), got \(c.thread.typeName(value))")
        }
        return GILD_RAISED
    }
    data.pointee = value.cast(NativeObject.self).pointee.state
    return GILD_OK
}

// MARK: - Calls

func hostCall(
    _ context: ContextPointer, _ callable: gild_handle, _ arguments: UnsafePointer<gild_handle>?, _ count: Int, _ result: HandlePlace?
) -> gild_status {
    let c = HostContext(context)
    result?.pointee = gild_handle(bits: 0)
    let refusal = c.refusal(.call)
    if refusal != GILD_OK { return refusal }
    guard let result else { return c.badPointer(.call, "result") }
    guard arguments != nil || count == 0 else { return c.badPointer(.call, "arguments") }
    guard count >= 0, count <= 255 else { return c.misuse(.call, GILD_BAD_ARGUMENT, "got \(count) arguments; at most 255") }
    let callee = c.value(callable)
    if callee.isUndefined { return c.badHandle(.call, callable, "callable") }
    for i in 0..<count where c.value(arguments.unsafelyUnwrapped[i]).isUndefined {
        return c.badHandle(.call, arguments.unsafelyUnwrapped[i], "arguments[\(i)]")
    }
    if c.p.pointee.checks != nil { c.checkHold("gild_call", at: c.callSite()) }
    let answer = withScratch(of: Value.self, count: count) { values -> Value in
        for i in 0..<count { values[i] = c.value(arguments.unsafelyUnwrapped[i]) }
        // A level of its own: what a plugin needs of the stack is not known.
        if !c.thread.enterNative() { return .undefined }
        defer { c.thread.leaveNative() }
        return c.thread.call(callee, arguments: values, count: count)
    }
    // What the script did with the lock is its own business.
    if c.p.pointee.checks != nil { c.frame.pointee.heldSince = gild_monotonic_ns() }
    return c.give(answer, result)
}
