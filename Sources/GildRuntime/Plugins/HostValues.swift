// Host functions that make values from C's and read them.
//
// Each answers at once when the rules are broken (`refusal`), leaves GILD_NULL or 0 in its results when it fails, and raises what
// scripts would get for a wrong type.

import BigInt
import CGild
import CGildPlugin

extension HostContext {
    @inline(never) fileprivate func wrongType(_ expected: String, _ value: Value) -> gild_status {
        if !thread.raiseIfQuarantined(value) { thread.raise(.typeError, "expected \(expected), got \(thread.typeName(value))") }
        return GILD_RAISED
    }
}

func hostIntNew(_ context: ContextPointer, _ value: Int64, _ result: HandlePlace?) -> gild_status {
    let c = HostContext(context)
    result?.pointee = gild_handle(bits: 0)
    let refusal = c.refusal(.intNew)
    if refusal != GILD_OK { return refusal }
    guard let result else { return c.badPointer(.intNew, "result") }
    return c.give(c.thread.makeInt(Int(value)), result)
}

func hostIntGet(_ context: ContextPointer, _ object: gild_handle, _ value: UnsafeMutablePointer<Int64>?) -> gild_status {
    let c = HostContext(context)
    value?.pointee = 0
    let refusal = c.refusal(.intGet)
    if refusal != GILD_OK { return refusal }
    guard let value else { return c.badPointer(.intGet, "value") }
    let number = c.value(object)
    if number.isUndefined { return c.badHandle(.intGet, object, "object") }
    if let small = c.thread.smallInt(number) {
        value.pointee = Int64(small)
        return GILD_OK
    }
    guard c.thread.isInteger(number) else { return c.wrongType("an int", number) }
    c.thread.raise(.overflowError, "int too large for 64 bits")
    return GILD_RAISED
}

func hostFloatNew(_ context: ContextPointer, _ value: Double, _ result: HandlePlace?) -> gild_status {
    let c = HostContext(context)
    result?.pointee = gild_handle(bits: 0)
    let refusal = c.refusal(.floatNew)
    if refusal != GILD_OK { return refusal }
    guard let result else { return c.badPointer(.floatNew, "result") }
    return c.give(c.thread.makeFloat(value), result)
}

func hostFloatGet(_ context: ContextPointer, _ object: gild_handle, _ value: UnsafeMutablePointer<Double>?) -> gild_status {
    let c = HostContext(context)
    value?.pointee = 0
    let refusal = c.refusal(.floatGet)
    if refusal != GILD_OK { return refusal }
    guard let value else { return c.badPointer(.floatGet, "value") }
    let number = c.value(object)
    if number.isUndefined { return c.badHandle(.floatGet, object, "object") }
    if c.thread.isFloat(number) {
        value.pointee = c.thread.float(number)
        return GILD_OK
    }
    guard c.thread.isInteger(number) else { return c.wrongType("a float", number) }
    let converted = c.thread.smallInt(number).map { Double($0) } ?? Double(c.thread.bigInt(number))
    if converted.isInfinite {
        c.thread.raise(.overflowError, "int too large to convert to float")
        return GILD_RAISED
    }
    value.pointee = converted
    return GILD_OK
}

func hostStrNew(_ context: ContextPointer, _ text: UnsafePointer<CChar>?, _ length: Int, _ result: HandlePlace?) -> gild_status {
    let c = HostContext(context)
    result?.pointee = gild_handle(bits: 0)
    let refusal = c.refusal(.strNew)
    if refusal != GILD_OK { return refusal }
    guard let result else { return c.badPointer(.strNew, "result") }
    guard text != nil || length == 0 else { return c.badPointer(.strNew, "text") }
    guard length >= 0 else { return c.misuse(.strNew, GILD_BAD_ARGUMENT, "got a length beyond the address space") }
    let bytes = UnsafeBufferPointer(start: UnsafeRawPointer(text)?.assumingMemoryBound(to: UInt8.self), count: length)
    if bytes.allSatisfy({ $0 < 0x80 }) { return c.give(c.thread.makeString(latin1: bytes), result) }
    guard let decoded = String(validating: bytes, as: UTF8.self) else {
        c.thread.raise(.valueError, "gild_str_new: the text is not valid UTF-8")
        return GILD_RAISED
    }
    return c.give(c.thread.makeString(decoded), result)
}

func hostStrGet(_ context: ContextPointer, _ object: gild_handle, _ text: UnsafeMutablePointer<CChar>?, _ capacity: Int, _ length: UnsafeMutablePointer<Int>?) -> gild_status {
    let c = HostContext(context)
    length?.pointee = 0
    let refusal = c.refusal(.strGet)
    if refusal != GILD_OK { return refusal }
    guard let length else { return c.badPointer(.strGet, "length") }
    guard text != nil || capacity == 0 else { return c.badPointer(.strGet, "text") }
    let value = c.value(object)
    if value.isUndefined { return c.badHandle(.strGet, object, "object") }
    guard c.thread.isKind(value, .str) else { return c.wrongType("a str", value) }
    let string = value.cast(StringObject.self)
    guard let needed = c.thread.encodedLength(string, value, escaping: false) else { return GILD_RAISED }
    length.pointee = needed
    guard let text, needed > 0 else { return GILD_OK }
    let target = UnsafeMutableRawPointer(text).assumingMemoryBound(to: UInt8.self)
    if needed <= capacity {
        c.thread.encode(string, to: target)
        return GILD_OK
    }
    // Only what fits: whole code points.
    let whole = UnsafeMutablePointer<UInt8>.allocate(capacity: needed)
    defer { whole.deallocate() }
    c.thread.encode(string, to: whole)
    var end = max(capacity, 0)
    while end > 0 && whole[end] & 0xC0 == 0x80 { end -= 1 }
    target.update(from: whole, count: end)
    return GILD_OK
}

func hostBytesNew(_ context: ContextPointer, _ data: UnsafeRawPointer?, _ length: Int, _ result: HandlePlace?) -> gild_status {
    let c = HostContext(context)
    result?.pointee = gild_handle(bits: 0)
    let refusal = c.refusal(.bytesNew)
    if refusal != GILD_OK { return refusal }
    guard let result else { return c.badPointer(.bytesNew, "result") }
    guard data != nil || length == 0 else { return c.badPointer(.bytesNew, "data") }
    guard length >= 0 else { return c.misuse(.bytesNew, GILD_BAD_ARGUMENT, "got a length beyond the address space") }
    return c.give(c.thread.makeBytes(UnsafeBufferPointer(start: data?.assumingMemoryBound(to: UInt8.self), count: length)), result)
}

func hostBytesGet(
    _ context: ContextPointer, _ object: gild_handle, _ data: UnsafeMutablePointer<UnsafePointer<UInt8>?>?, _ length: UnsafeMutablePointer<Int>?
) -> gild_status {
    let c = HostContext(context)
    data?.pointee = nil
    length?.pointee = 0
    let refusal = c.refusal(.bytesGet)
    if refusal != GILD_OK { return refusal }
    guard let data, let length else { return c.badPointer(.bytesGet, "data or length") }
    let value = c.value(object)
    if value.isUndefined { return c.badHandle(.bytesGet, object, "object") }
    guard c.thread.isKind(value, .bytes) else { return c.wrongType("a bytes object", value) }
    // A bytes object never moves and never changes.
    let bytes = value.cast(StringObject.self)
    data.pointee = UnsafePointer(bytes.bytes)
    length.pointee = bytes.pointee.count
    return GILD_OK
}
