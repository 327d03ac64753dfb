// bytes: immutable sequences of numbers from 0 to 255.
//
// A bytes object has the layout of a str whose code points take one byte each (`StringObject`), with another shape, so hash and
// equality are those of such a str. It never changes and never moves; plugins read it without the lock. The empty one is not shared,
// as `is` on equal bytes promises nothing.
//
// The language part has literals, bytes(), len, index, slice, iteration, `in`, comparison, hash, + and *, and the methods below.
// CPython's Objects/bytesobject.c has the words of the errors.

import CGild

extension gild_thread_ref {
    @inline(__always) func isBytes(_ value: Value) -> Bool { value.hasShape(.bytes) }

    /// Room for `count` bytes, not filled in; or nil with MemoryError raised.
    func allocateBytes(_ count: Int) -> UnsafeMutablePointer<StringObject>? {
        if count > Int.max >> 2 {
            raiseMemoryError()
            return nil
        }
        guard let object = allocate(bytes: MemoryLayout<StringObject>.size + count, shape: .bytes) else { return nil }
        let bytes = object.cast(StringObject.self)
        bytes.pointee.hash = 0
        bytes.pointee.count = count
        return bytes
    }

    /// A bytes object (copied), or undefined with MemoryError raised.
    func makeBytes(_ source: UnsafeBufferPointer<UInt8>) -> Value {
        guard let bytes = allocateBytes(source.count) else { return .undefined }
        if let start = source.baseAddress { bytes.bytes.update(from: start, count: source.count) }
        return Value(pointer: bytes)
    }

    func makeBytes(_ source: [UInt8]) -> Value { source.withUnsafeBufferPointer { makeBytes($0) } }

    /// The bytes themselves; valid as long as the object lives.
    func byteBuffer(_ value: Value) -> UnsafeBufferPointer<UInt8> {
        let object = value.cast(StringObject.self)
        return UnsafeBufferPointer(start: object.bytes, count: object.pointee.count)
    }
}

// MARK: - Protocols

/// `repr(value)`: b'…', or b"…" when there are single quotes and no double ones.
func bytesRepr(_ thread: Thread, _ value: Value) -> Value {
    let source = thread.byteBuffer(value)
    let quote: UInt8 = source.contains(0x27) && !source.contains(0x22) ? 0x22 : 0x27
    var out: [UInt8] = [0x62, quote]
    out.reserveCapacity(source.count + 3)
    for byte in source {
        switch byte {
        case quote, 0x5C: out += [0x5C, byte]
        case 0x09: out += [0x5C, 0x74]
        case 0x0A: out += [0x5C, 0x6E]
        case 0x0D: out += [0x5C, 0x72]
        case 0x20..<0x7F: out.append(byte)
        default: out += [0x5C, 0x78, hexadecimalDigit(byte >> 4), hexadecimalDigit(byte & 15)]
        }
    }
    out.append(quote)
    return thread.makeString(out)
}

private func hexadecimalDigit(_ nibble: UInt8) -> UInt8 { nibble < 10 ? 0x30 + nibble : 0x57 + nibble }

/// `value[key]`.
func bytesSubscript(_ thread: Thread, _ value: Value, _ key: Value) -> Value {
    let source = thread.byteBuffer(value)
    if key.hasShape(.slice) {
        guard let (start, _, step, count) = thread.sliceIndices(key, source.count) else { return .undefined }
        if step == 1 && count == source.count { return thread.newReference(value) }
        guard let result = thread.allocateBytes(max(count, 0)) else { return .undefined }
        var i = 0
        while i < count {
            result.bytes[i] = source[start + i * step]
            i += 1
        }
        return Value(pointer: result)
    }
    if !canIndex(thread, key) { return thread.raise(.typeError, "byte indices must be integers or slices, not \(thread.typeName(key))") }
    guard let given = thread.indexInt(key) else { return .undefined }
    let index = given < 0 ? given + source.count : given
    if index < 0 || index >= source.count { return thread.raise(.indexError, "index out of range") }
    return Value(smallInt: Int(source[index]))
}

/// The order of two bytes objects; NotImplemented for another type.
func bytesCompare(_ thread: Thread, _ a: Value, _ b: Value, _ op: CompareOperator) -> Value {
    guard thread.isBytes(b) else { return .notImplemented }
    let (x, y) = (a.cast(StringObject.self), b.cast(StringObject.self))
    if op == .eq || op == .ne { return Value(thread.equalStrings(x, y) == (op == .eq)) }
    let (left, right) = (thread.byteBuffer(a), thread.byteBuffer(b))
    switch op {
    case .lt: return Value(left.lexicographicallyPrecedes(right))
    case .gt: return Value(right.lexicographicallyPrecedes(left))
    case .le: return Value(!right.lexicographicallyPrecedes(left))
    default: return Value(!left.lexicographicallyPrecedes(right))
    }
}

/// `item in value`: 1, 0, or −1 raised.
func bytesContains(_ thread: Thread, _ value: Value, _ item: Value) -> Int32 {
    if thread.isBytes(item) { return bytesFind(thread, value, item) >= 0 ? 1 : 0 }
    if !canIndex(thread, item) {
        thread.raise(.typeError, "a bytes-like object is required, not '\(thread.typeName(item))'")
        return -1
    }
    guard let byte = byteArgument(thread, item, range: "byte must be in range(0, 256)") else { return -1 }
    return thread.byteBuffer(value).contains(byte) ? 1 : 0
}

/// Position of the first occurrence, or −1.
private func bytesFind(_ thread: Thread, _ value: Value, _ needle: Value, from start: Int = 0, to end: Int? = nil) -> Int {
    let (source, wanted) = (thread.byteBuffer(value), thread.byteBuffer(needle))
    let last = min(end ?? source.count, source.count)
    if start > last || wanted.count > last - start { return -1 }
    if wanted.count == 0 { return start }
    let base = source.baseAddress.unsafelyUnwrapped
    guard let place = gild_memory_find(base + start, last - start, wanted.baseAddress.unsafelyUnwrapped, wanted.count) else { return -1 }
    return UnsafeRawPointer(place) - UnsafeRawPointer(base)
}

/// An integer from 0 to 255; nil: raised.
private func byteArgument(_ thread: Thread, _ item: Value, range complaint: String) -> UInt8? {
    let number = thread.index(item) as Value
    if number.isUndefined { return nil }
    defer { thread.decref(number) }
    guard let small = thread.smallInt(number), let byte = UInt8(exactly: small) else {
        thread.raise(.valueError, complaint)
        return nil
    }
    return byte
}

/// `a + b`, or NotImplemented unless both are bytes.
func bytesConcatenate(_ thread: Thread, _ a: Value, _ b: Value) -> Value {
    guard thread.isBytes(a) else { return .notImplemented }
    guard thread.isBytes(b) else { return thread.raise(.typeError, "can't concat \(thread.typeName(b)) to bytes") }
    let (x, y) = (thread.byteBuffer(a), thread.byteBuffer(b))
    if x.isEmpty { return thread.newReference(b) }
    if y.isEmpty { return thread.newReference(a) }
    guard let result = thread.allocateBytes(x.count + y.count) else { return .undefined }
    result.bytes.update(from: x.baseAddress.unsafelyUnwrapped, count: x.count)
    (result.bytes + x.count).update(from: y.baseAddress.unsafelyUnwrapped, count: y.count)
    return Value(pointer: result)
}

/// `a * b` with one of them bytes and the other an integer; NotImplemented otherwise.
func bytesRepeat(_ thread: Thread, _ a: Value, _ b: Value) -> Value {
    let isLeft = thread.isBytes(a)
    guard isLeft || thread.isBytes(b) else { return .notImplemented }
    let (value, times) = isLeft ? (a, b) : (b, a)
    guard canIndex(thread, times) else { return .notImplemented }
    guard let given = thread.indexInt(times, .overflowError) else { return .undefined }
    let source = thread.byteBuffer(value)
    let n = max(given, 0)
    if n == 1 { return thread.newReference(value) }
    let (total, overflow) = source.count.multipliedReportingOverflow(by: n)
    if overflow { return thread.raise(.overflowError, "repeated bytes are too long") }
    guard let result = thread.allocateBytes(total) else { return .undefined }
    if source.count == 1 {
        result.bytes.update(repeating: source[0], count: total)
    } else if total > 0 {
        for i in 0..<n { (result.bytes + i * source.count).update(from: source.baseAddress.unsafelyUnwrapped, count: source.count) }
    }
    return Value(pointer: result)
}

// MARK: - Making

/// `bytes()`, `bytes(count)`, `bytes(bytes)`, `bytes(iterable)`, `bytes(text, encoding)`.
func bytesNew(_ thread: Thread, _ arguments: Arguments, _ count: Int, _ keywordNames: Value) -> Value {
    var given = (Value.undefined, Value.undefined, Value.undefined)
    let isBound = withUnsafeMutableBytes(of: &given) { places in
        thread.bind(
            "bytes", arguments, count, keywordNames, parameters: ["source", "encoding", "errors"], required: 0,
            into: places.baseAddress.unsafelyUnwrapped.assumingMemoryBound(to: Value.self))
    }
    guard isBound else { return .undefined }
    let source = given.0
    for (value, name) in [(given.1, "encoding"), (given.2, "errors")] where !value.isUndefined && !thread.isString(value) {
        return thread.raise(.typeError, "bytes() argument '\(name)' must be str, not \(thread.argumentTypeName(value))")
    }
    if source.isUndefined {
        if !given.1.isUndefined || !given.2.isUndefined {
            return thread.raise(.typeError, given.1.isUndefined ? "errors without a string argument" : "encoding without a string argument")
        }
        return thread.makeBytes([])
    }
    if thread.isString(source) {
        if given.1.isUndefined { return thread.raise(.typeError, "string argument without an encoding") }
        return encode(thread, source, given.1, given.2)
    }
    if !given.1.isUndefined || !given.2.isUndefined {
        return thread.raise(.typeError, given.1.isUndefined ? "errors without a string argument" : "encoding without a string argument")
    }
    if thread.isBytes(source) { return thread.newReference(source) }
    if canIndex(thread, source) {
        guard let size = thread.indexInt(source, .overflowError) else { return .undefined }
        if size < 0 { return thread.raise(.valueError, "negative count") }
        guard let result = thread.allocateBytes(size) else { return .undefined }
        result.bytes.update(repeating: 0, count: size)
        return Value(pointer: result)
    }
    if !thread.isIterable(source) { return thread.raise(.typeError, "cannot convert '\(thread.typeName(source))' object to bytes") }
    var collected: [UInt8] = []
    let isComplete = thread.forEach(source) { item in
        if !canIndex(thread, item) {
            thread.raise(.typeError, "'\(thread.typeName(item))' object cannot be interpreted as an integer")
            return false
        }
        guard let byte = byteArgument(thread, item, range: "bytes must be in range(0, 256)") else { return false }
        collected.append(byte)
        return true
    }
    return isComplete && !thread.isRaising ? thread.makeBytes(collected) : .undefined
}

/// The encodings that both directions know.
private enum Encoding {
    case utf8, ascii, latin1

    init?(_ name: String) {
        switch name.lowercased().replacing("_", with: "-") {
        case "utf-8", "utf8": self = .utf8
        case "ascii", "us-ascii": self = .ascii
        case "latin-1", "latin1", "iso-8859-1": self = .latin1
        default: return nil
        }
    }
}

/// The encoding that a call names; only strict errors. Nil: raised.
private func encodingArgument(_ thread: Thread, _ encoding: Value, _ errors: Value) -> Encoding? {
    if !errors.isUndefined && thread.string(errors) != "strict" {
        thread.raise(.valueError, "gild does not support the error handler '\(thread.string(errors))' yet; it has 'strict'")
        return nil
    }
    if encoding.isUndefined { return .utf8 }
    if let known = Encoding(thread.string(encoding)) { return known }
    thread.raise(.lookupError, "unknown encoding: \(thread.string(encoding))")
    return nil
}

private func encode(_ thread: Thread, _ text: Value, _ encoding: Value, _ errors: Value) -> Value {
    guard let encoding = encodingArgument(thread, encoding, errors) else { return .undefined }
    let string = text.cast(StringObject.self)
    if encoding == .utf8 {
        guard let length = thread.encodedLength(string, text, escaping: false), let result = thread.allocateBytes(length) else { return .undefined }
        thread.encode(string, to: result.bytes)
        return Value(pointer: result)
    }
    let limit: UInt32 = encoding == .ascii ? 128 : 256
    let count = string.pointee.count
    for i in 0..<count where string[codePoint: i] >= limit {
        var end = i + 1
        while end < count && string[codePoint: end] >= limit { end += 1 }
        thread.raiseUnicodeError(
            .unicodeEncodeError, encoding: encoding == .ascii ? "ascii" : "latin-1", text, start: i, end: end, reason: "ordinal not in range(\(limit))")
        return .undefined
    }
    guard let result = thread.allocateBytes(count) else { return .undefined }
    for i in 0..<count { result.bytes[i] = UInt8(truncatingIfNeeded: string[codePoint: i]) }
    return Value(pointer: result)
}

/// `bytes.decode`, `str(bytes, encoding)`; absent arguments are undefined.
func bytesDecode(_ thread: Thread, _ value: Value, _ encoding: Value, _ errors: Value) -> Value {
    guard let encoding = encodingArgument(thread, encoding, errors) else { return .undefined }
    let source = thread.byteBuffer(value)
    switch encoding {
    case .latin1: return thread.makeString(latin1: source)
    case .ascii:
        if let place = source.firstIndex(where: { $0 >= 128 }) {
            thread.raiseUnicodeError(.unicodeDecodeError, encoding: "ascii", value, start: place, end: place + 1, reason: "ordinal not in range(128)")
            return .undefined
        }
        return thread.makeString(latin1: source)
    case .utf8:
        var points: [UInt32] = []
        points.reserveCapacity(source.count)
        var position = 0
        while position < source.count {
            switch nextCodePoint(source, position) {
            case .point(let point, let length):
                points.append(point)
                position += length
            case .bad(let length, let reason):
                thread.raiseUnicodeError(.unicodeDecodeError, encoding: "utf-8", value, start: position, end: position + length, reason: reason)
                return .undefined
            }
        }
        return thread.makeString(points)
    }
}

private enum Decoded {
    case point(UInt32, length: Int)
    /// Bytes that belong to the mistake (the longest part of a valid sequence), and CPython's reason.
    case bad(length: Int, reason: String)
}

/// One code point of UTF-8, after table 3-7 of the Unicode standard.
private func nextCodePoint(_ source: UnsafeBufferPointer<UInt8>, _ position: Int) -> Decoded {
    let first = source[position]
    if first < 0x80 { return .point(UInt32(first), length: 1) }
    guard (0xC2...0xF4).contains(first) else { return .bad(length: 1, reason: "invalid start byte") }
    let count = first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4
    var point = UInt32(first) & (count == 2 ? 0x1F : count == 3 ? 0x0F : 0x07)
    for i in 1..<count {
        if position + i >= source.count { return .bad(length: i, reason: "unexpected end of data") }
        let byte = source[position + i]
        var range: ClosedRange<UInt8> = 0x80...0xBF
        if i == 1 {
            switch first {
            case 0xE0: range = 0xA0...0xBF
            case 0xED: range = 0x80...0x9F
            case 0xF0: range = 0x90...0xBF
            case 0xF4: range = 0x80...0x8F
            default: break
            }
        }
        if !range.contains(byte) { return .bad(length: i, reason: "invalid continuation byte") }
        point = point << 6 | UInt32(byte & 0x3F)
    }
    return .point(point, length: count)
}

// MARK: - Methods

/// `str.encode(encoding='utf-8', errors='strict')`.
func strEncode(_ thread: Thread, _ arguments: Arguments, _ count: Int, _ keywordNames: Value) -> Value {
    guard let (encoding, errors) = codecArguments(thread, "encode", arguments, count, keywordNames) else { return .undefined }
    return encode(thread, arguments[0], encoding, errors)
}

private func codecArguments(_ thread: Thread, _ name: String, _ arguments: Arguments, _ count: Int, _ keywordNames: Value) -> (Value, Value)? {
    var given = (Value.undefined, Value.undefined)
    let isBound = withUnsafeMutableBytes(of: &given) { places in
        thread.bind(
            name, arguments + 1, count - 1, keywordNames, parameters: ["encoding", "errors"], required: 0,
            into: places.baseAddress.unsafelyUnwrapped.assumingMemoryBound(to: Value.self))
    }
    guard isBound else { return nil }
    for (value, parameter) in [(given.0, "encoding"), (given.1, "errors")] where !value.isUndefined && !thread.isString(value) {
        thread.raise(.typeError, "\(name)() argument '\(parameter)' must be str, not \(thread.argumentTypeName(value))")
        return nil
    }
    return given
}

/// `startswith` and `endswith`: bytes or a tuple of them.
private func hasAffix(_ thread: Thread, _ name: String, _ value: Value, _ affix: Value, _ test: (UnsafeBufferPointer<UInt8>, UnsafeBufferPointer<UInt8>) -> Bool) -> Value {
    let source = thread.byteBuffer(value)
    if thread.isBytes(affix) { return Value(test(source, thread.byteBuffer(affix))) }
    guard thread.isKind(affix, .tuple) else {
        return thread.raise(.typeError, "\(name) first arg must be bytes or a tuple of bytes, not \(thread.typeName(affix))")
    }
    let tuple = affix.cast(TupleObject.self)
    for i in 0..<tuple.pointee.count {
        guard thread.isBytes(tuple.items[i]) else { return thread.raise(.typeError, "a bytes-like object is required, not '\(thread.typeName(tuple.items[i]))'") }
        if test(source, thread.byteBuffer(tuple.items[i])) { return .true }
    }
    return .false
}

/// `join(iterable)`.
private func bytesJoin(_ thread: Thread, _ separator: Value, _ iterable: Value) -> Value {
    if !thread.isIterable(iterable) { return thread.raise(.typeError, "can only join an iterable") }
    var out: [UInt8] = []
    var index = 0
    let isComplete = thread.forEach(iterable) { item in
        guard thread.isBytes(item) else {
            thread.raise(.typeError, "sequence item \(index): expected a bytes-like object, \(thread.typeName(item)) found")
            return false
        }
        if index > 0 { out += thread.byteBuffer(separator) }
        out += thread.byteBuffer(item)
        index += 1
        return true
    }
    return isComplete && !thread.isRaising ? thread.makeBytes(out) : .undefined
}

/// `find(sub[, start[, end]])`.
private func bytesFindMethod(_ thread: Thread, _ a: Arguments, _ count: Int, _ keywordNames: Value) -> Value {
    let length = thread.byteBuffer(a[0]).count
    var bounds = (0, length)
    if count > 2 && !a[2].isNone {
        guard let start = thread.boundArgument(a[2]) else { return .undefined }
        bounds.0 = start < 0 ? max(0, start + length) : start
    }
    if count > 3 && !a[3].isNone {
        guard let end = thread.boundArgument(a[3]) else { return .undefined }
        bounds.1 = end < 0 ? max(0, end + length) : min(end, length)
    }
    if thread.isBytes(a[1]) { return thread.makeInt(bytesFind(thread, a[0], a[1], from: bounds.0, to: bounds.1)) }
    if !canIndex(thread, a[1]) { return thread.raise(.typeError, "argument should be integer or bytes-like object, not '\(thread.typeName(a[1]))'") }
    guard let byte = byteArgument(thread, a[1], range: "byte must be in range(0, 256)") else { return .undefined }
    if bounds.0 >= bounds.1 { return Value(smallInt: -1) }
    return Value(smallInt: thread.byteBuffer(a[0])[bounds.0..<bounds.1].firstIndex(of: byte) ?? -1)
}

/// `fromhex(text)`.
private func bytesFromHex(_ thread: Thread, _ a: Arguments, _ count: Int, _ keywordNames: Value) -> Value {
    guard thread.isString(a[0]) else { return thread.raise(.typeError, "fromhex() argument must be str, not \(thread.argumentTypeName(a[0]))") }
    let text = thread.codePoints(a[0])
    var out: [UInt8] = []
    var i = 0
    func digit(_ at: Int) -> UInt8? {
        guard at < text.count else { return nil }
        switch text[at] {
        case 0x30...0x39: return UInt8(text[at] - 0x30)
        case 0x41...0x46: return UInt8(text[at] - 0x37)
        case 0x61...0x66: return UInt8(text[at] - 0x57)
        default: return nil
        }
    }
    while i < text.count {
        if text[i] == 0x20 || (0x09...0x0D).contains(text[i]) {
            i += 1
            continue
        }
        guard let high = digit(i) else { return thread.raise(.valueError, "non-hexadecimal number found in fromhex() arg at position \(i)") }
        guard let low = digit(i + 1) else { return thread.raise(.valueError, "non-hexadecimal number found in fromhex() arg at position \(i + 1)") }
        out.append(high << 4 | low)
        i += 2
    }
    return thread.makeBytes(out)
}

/// Methods of bytes.
let bytesMethods: [NativeDefinition] = BuiltinSpecialMethods.hashable + [
    NativeDefinition("__len__", 0, 0) { thread, a, _, _ in thread.makeInt(thread.byteBuffer(a[0]).count) },
    NativeDefinition("__iter__", 0, 0) { thread, a, _, _ in nativeIterator(thread, a[0]) },
    NativeDefinition("__getitem__", 1, 1) { thread, a, _, _ in bytesSubscript(thread, a[0], a[1]) },
    NativeDefinition("__contains__", 1, 1) { thread, a, _, _ in
        let found = bytesContains(thread, a[0], a[1])
        return found < 0 ? .undefined : Value(found == 1)
    },
    NativeDefinition("__add__", 1, 1) { thread, a, _, _ in bytesConcatenate(thread, a[0], a[1]) },
    NativeDefinition("__mul__", 1, 1) { thread, a, _, _ in bytesRepeat(thread, a[0], a[1]) },
    NativeDefinition("__rmul__", 1, 1) { thread, a, _, _ in bytesRepeat(thread, a[0], a[1]) },
    NativeDefinition("__eq__", 1, 1) { thread, a, _, _ in bytesCompare(thread, a[0], a[1], .eq) },
    NativeDefinition("__ne__", 1, 1) { thread, a, _, _ in bytesCompare(thread, a[0], a[1], .ne) },
    NativeDefinition("__lt__", 1, 1) { thread, a, _, _ in bytesCompare(thread, a[0], a[1], .lt) },
    NativeDefinition("__le__", 1, 1) { thread, a, _, _ in bytesCompare(thread, a[0], a[1], .le) },
    NativeDefinition("__gt__", 1, 1) { thread, a, _, _ in bytesCompare(thread, a[0], a[1], .gt) },
    NativeDefinition("__ge__", 1, 1) { thread, a, _, _ in bytesCompare(thread, a[0], a[1], .ge) },
    NativeDefinition("hex", 0, 0) { thread, a, _, _ in
        var out: [UInt8] = []
        for byte in thread.byteBuffer(a[0]) { out += [hexadecimalDigit(byte >> 4), hexadecimalDigit(byte & 15)] }
        return thread.makeString(out)
    },
    NativeDefinition("fromhex", 1, 1, isStatic: true, bytesFromHex),
    NativeDefinition("decode", 0, -1, keywords: true) { thread, a, count, names in
        guard let (encoding, errors) = codecArguments(thread, "decode", a, count, names) else { return .undefined }
        return bytesDecode(thread, a[0], encoding, errors)
    },
    NativeDefinition("startswith", 1, 1) { thread, a, _, _ in hasAffix(thread, "startswith", a[0], a[1]) { $0.starts(with: $1) } },
    NativeDefinition("endswith", 1, 1) { thread, a, _, _ in hasAffix(thread, "endswith", a[0], a[1]) { $0.reversed().starts(with: $1.reversed()) } },
    NativeDefinition("join", 1, 1) { thread, a, _, _ in bytesJoin(thread, a[0], a[1]) },
    NativeDefinition("find", 1, 3, bytesFindMethod),
]
