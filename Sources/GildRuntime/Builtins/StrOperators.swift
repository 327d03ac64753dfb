// The operators and the sequence protocol of str.
//
// A result is as narrow as its parts allow: concatenation takes the wider width of the two, a slice of a wide string is
// measured anew. Appending in place works on a string with one reference: nobody else can see it change.

import CGild

extension UnsafeMutablePointer where Pointee == StringObject {
    /// Copy all code points to index `at` of a string that is at least as wide.
    @inline(__always) func copy(to target: StringPointer, at: Int) { copy(0, pointee.count, to: target, at: at) }

    @inline(__always) func copy(_ start: Int, _ count: Int, to target: StringPointer, at: Int) {
        if !target.isWide {
            (target.bytes + at).update(from: bytes + start, count: count)
        } else if isWide {
            (target.wides + at).update(from: wides + start, count: count)
        } else {
            let source = bytes + start
            let destination = target.wides + at
            for i in 0..<count { destination[i] = UInt32(source[i]) }
        }
    }
}

/// `a + b` of two str.
func stringConcatenate(_ thread: Thread, _ a: Value, _ b: Value) -> Value {
    let x = a.cast(StringObject.self)
    let y = b.cast(StringObject.self)
    if x.pointee.count == 0 { return thread.newReference(b) }
    if y.pointee.count == 0 { return thread.newReference(a) }
    guard let result = thread.allocateString(count: x.pointee.count + y.pointee.count, wide: x.isWide || y.isWide, isASCII: x.isASCII && y.isASCII) else {
        return .undefined
    }
    x.copy(to: result, at: 0)
    y.copy(to: result, at: x.pointee.count)
    return Value(pointer: result)
}

/// Make the place's str, which it owns, the concatenation with `tail`: in its own memory when the place has the only reference
/// and the widths allow, else as a new string. False: MemoryError raised, nothing changed.
func stringAppendInPlace(_ thread: Thread, _ target: UnsafeMutablePointer<Value>, _ tail: Value) -> Bool {
    let string = target.pointee.cast(StringObject.self)
    let other = tail.cast(StringObject.self)
    if !thread.isUniquelyReferenced(string.asObject) || string.asObject.flags & ObjectFlags.interned != 0 || string == other
        || (other.isWide && !string.isWide) {
        let result = stringConcatenate(thread, target.pointee, tail)
        if result.isUndefined { return false }
        thread.replace(target, result)
        return true
    }
    let count = string.pointee.count
    let added = other.pointee.count
    if added == 0 { return true }
    let stride = string.isWide ? 4 : 1
    let needed = MemoryLayout<StringObject>.size + (count + added) * stride
    var grown = string
    if needed > string.asObject.allocatedCapacity {
        let capacity = count + added + (count + added) / 2 + 8
        guard let fresh = thread.allocateString(count: capacity, wide: string.isWide, isASCII: string.isASCII) else { return false }
        string.copy(to: fresh, at: 0)
        grown = fresh
    }
    grown.pointee.count = count + added
    grown.knownHash = 0
    other.copy(to: grown, at: count)
    if !other.isASCII { grown.asObject.clearOwnFlags(ObjectFlags.ascii) }
    if grown != string { thread.replace(target, Value(pointer: grown)) }
    return true
}

/// `text * times` for an int of any size.
func stringRepeat(_ thread: Thread, _ text: Value, _ times: Value) -> Value {
    let string = text.cast(StringObject.self)
    let count = string.pointee.count
    if thread.isNegativeInteger(times) { return thread.heap.pointee.names.empty }
    guard let n = thread.smallInt(times) else { return thread.raise(.overflowError, "cannot fit 'int' into an index-sized integer") }
    if n == 0 || count == 0 { return thread.heap.pointee.names.empty }
    if n == 1 { return thread.newReference(text) }
    let (total, overflow) = count.multipliedReportingOverflow(by: n)
    if overflow { return thread.raise(.overflowError, "repeated string is too long") }
    guard let result = thread.allocateString(count: total, wide: string.isWide, isASCII: string.isASCII) else { return .undefined }
    if count == 1 && !string.isWide {
        result.bytes.update(repeating: string.bytes[0], count: total)
        return Value(pointer: result)
    }
    // Doubling what is there.
    string.copy(to: result, at: 0)
    var done = count
    while done < total {
        let step = min(done, total - done)
        result.copy(0, step, to: result, at: done)
        done += step
    }
    return Value(pointer: result)
}

func stringCompare(_ thread: Thread, _ a: Value, _ b: Value, _ op: CompareOperator) -> Value {
    let x = a.cast(StringObject.self)
    let y = b.cast(StringObject.self)
    switch op {
    case .eq: return Value(thread.equalStrings(x, y))
    case .ne: return Value(!thread.equalStrings(x, y))
    default: return decide(op, StrSearch.compare(x, y))
    }
}

/// `item in text`: 1, 0, or -1 raised.
func stringContains(_ thread: Thread, _ text: Value, _ item: Value) -> Int32 {
    guard thread.isString(item) else {
        thread.raise(.typeError, "'in <string>' requires string as left operand, not \(thread.typeName(item))")
        return -1
    }
    let string = text.cast(StringObject.self)
    return StrSearch.find(string, item.cast(StringObject.self), 0, string.pointee.count) >= 0 ? 1 : 0
}

/// `text[index]`; a negative index counts from the end.
func stringGetItem(_ thread: Thread, _ text: Value, _ index: Int) -> Value {
    let string = text.cast(StringObject.self)
    let i = index < 0 ? index + string.pointee.count : index
    if i < 0 || i >= string.pointee.count { return thread.raise(.indexError, "string index out of range") }
    return thread.makeString(codePoint: string[codePoint: i])
}

/// `count` code points from `start` on, `step` apart; the indices have been checked.
func stringSlice(_ thread: Thread, _ text: Value, start: Int, step: Int, count: Int) -> Value {
    if count <= 0 { return thread.heap.pointee.names.empty }
    if step == 1 { return substring(thread, text, start, count) }
    let string = text.cast(StringObject.self)
    if count == 1 { return thread.makeString(codePoint: string[codePoint: start]) }
    if string.isWide {
        return thread.makeString([UInt32](unsafeUninitializedCapacity: count) { buffer, initialized in
            for i in 0..<count { buffer[i] = string.wides[start + i * step] }
            initialized = count
        })
    }
    guard let result = thread.allocateString(count: count, wide: false, isASCII: string.isASCII) else { return .undefined }
    var all: UInt8 = 0
    for i in 0..<count {
        let c = string.bytes[start + i * step]
        all |= c
        result.bytes[i] = c
    }
    if all < 128 { result.asObject.setOwnFlags(ObjectFlags.ascii) }
    return Value(pointer: result)
}

/// `count` code points from `start` on.
func substring(_ thread: Thread, _ text: Value, _ start: Int, _ count: Int) -> Value {
    let string = text.cast(StringObject.self)
    if count == string.pointee.count { return thread.newReference(text) }
    if count == 0 { return thread.heap.pointee.names.empty }
    if count == 1 { return thread.makeString(codePoint: string[codePoint: start]) }
    if string.isASCII {
        guard let result = thread.allocateString(count: count, wide: false, isASCII: true) else { return .undefined }
        result.bytes.update(from: string.bytes + start, count: count)
        return Value(pointer: result)
    }
    if string.isWide { return thread.makeString(codePoints: UnsafeBufferPointer(start: string.wides + start, count: count)) }
    return thread.makeString(latin1: UnsafeBufferPointer(start: string.bytes + start, count: count))
}

/// The next character of a str iterator, or undefined when exhausted (its source is then released).
func stringIterate(_ thread: Thread, _ iterator: UnsafeMutablePointer<IteratorObject>) -> Value {
    let source = iterator.pointee.source
    if source.isUndefined { return .undefined }
    let string = source.cast(StringObject.self)
    let i = iterator.pointee.position
    if i >= string.pointee.count {
        iterator.pointee.source = .undefined
        thread.decref(source)
        return .undefined
    }
    iterator.pointee.position = i + 1
    return thread.makeString(codePoint: string[codePoint: i])
}
