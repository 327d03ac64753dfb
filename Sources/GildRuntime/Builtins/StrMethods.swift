// str: searching, replacing, stripping, padding, translating, and the constructor.

import CGild

/// All methods of str.
let strMethods: [NativeDefinition] = [NativeDefinition("encode", 0, -1, keywords: true, strEncode)] + strSearchMethods + strEditMethods + strSplitMethods + strCaseMethods + strPredicateMethods + strFormatMethods

// MARK: - Searching

/// Bounds of a search, cut to the string. nil: raised.
private func searchBounds(_ thread: Thread, _ a: Arguments, _ count: Int, _ length: Int) -> (start: Int, end: Int)? {
    var start = 0
    var end = length
    if count > 2 && !a[2].isNone {
        guard let bound = searchBound(thread, a[2]) else { return nil }
        start = bound < 0 ? max(bound + length, 0) : bound
    }
    if count > 3 && !a[3].isNone {
        guard let bound = searchBound(thread, a[3]) else { return nil }
        end = bound > length ? length : bound < 0 ? max(bound + length, 0) : bound
    }
    return (start, end)
}

private func searchBound(_ thread: Thread, _ value: Value) -> Int? {
    if let small = thread.smallInt(value) { return max(small, Int.min / 2) }
    if !thread.isInteger(value) && thread.special(value, .index).isUndefined {
        thread.raise(.typeError, "slice indices must be integers or None or have an __index__ method")
        return nil
    }
    let number = thread.index(value)
    if number.isUndefined { return nil }
    defer { thread.decref(number) }
    return thread.smallInt(number) ?? (thread.isNegativeInteger(number) ? Int.min / 2 : Int.max)
}

/// Index, -1 when not there, nil when raised.
private func search(_ thread: Thread, _ name: String, _ a: Arguments, _ count: Int, last: Bool) -> Int? {
    guard thread.isString(a[1]) else {
        thread.raise(.typeError, "\(name)() argument 1 must be str, not \(thread.argumentTypeName(a[1]))")
        return nil
    }
    let string = a[0].cast(StringObject.self)
    guard let (start, end) = searchBounds(thread, a, count, string.pointee.count) else { return nil }
    if start > end { return -1 }
    let needle = a[1].cast(StringObject.self)
    return last ? StrSearch.findLast(string, needle, start, end) : StrSearch.find(string, needle, start, end)
}

/// startswith and endswith.
private func hasAffix(_ thread: Thread, _ name: String, _ a: Arguments, _ count: Int, atEnd: Bool) -> Value {
    let string = a[0].cast(StringObject.self)
    guard let (start, end) = searchBounds(thread, a, count, string.pointee.count) else { return .undefined }
    func matches(_ affix: Value) -> Bool {
        let needle = affix.cast(StringObject.self)
        let m = needle.pointee.count
        if end - start < m { return false }
        return StrSearch.matches(string, needle, at: atEnd ? end - m : start)
    }
    if thread.isString(a[1]) { return Value(matches(a[1])) }
    guard a[1].hasShape(.tuple) else {
        return thread.raise(.typeError, "\(name) first arg must be str or a tuple of str, not \(thread.typeName(a[1]))")
    }
    let tuple = a[1].cast(TupleObject.self)
    for i in 0..<tuple.pointee.count {
        let item = tuple.items[i]
        guard thread.isString(item) else {
            return thread.raise(.typeError, "tuple for \(name) must only contain str, not \(thread.typeName(item))")
        }
        if matches(item) { return .true }
    }
    return .false
}

let strSearchMethods: [NativeDefinition] = [
    NativeDefinition("find", 1, 3) { thread, a, count, _ in
        search(thread, "find", a, count, last: false).map { Value(smallInt: $0) } ?? .undefined
    },
    NativeDefinition("rfind", 1, 3) { thread, a, count, _ in
        search(thread, "rfind", a, count, last: true).map { Value(smallInt: $0) } ?? .undefined
    },
    NativeDefinition("index", 1, 3) { thread, a, count, _ in
        guard let found = search(thread, "index", a, count, last: false) else { return .undefined }
        return found < 0 ? thread.raise(.valueError, "substring not found") : Value(smallInt: found)
    },
    NativeDefinition("rindex", 1, 3) { thread, a, count, _ in
        guard let found = search(thread, "rindex", a, count, last: true) else { return .undefined }
        return found < 0 ? thread.raise(.valueError, "substring not found") : Value(smallInt: found)
    },
    NativeDefinition("count", 1, 3) { thread, a, count, _ in
        guard thread.isString(a[1]) else { return thread.raise(.typeError, "count() argument 1 must be str, not \(thread.argumentTypeName(a[1]))") }
        let string = a[0].cast(StringObject.self)
        guard let (start, end) = searchBounds(thread, a, count, string.pointee.count) else { return .undefined }
        if start > end { return Value(smallInt: 0) }
        return Value(smallInt: StrSearch.count(string, a[1].cast(StringObject.self), start, end))
    },
    NativeDefinition("startswith", 1, 3) { thread, a, count, _ in hasAffix(thread, "startswith", a, count, atEnd: false) },
    NativeDefinition("endswith", 1, 3) { thread, a, count, _ in hasAffix(thread, "endswith", a, count, atEnd: true) },
]

// MARK: - Editing

/// `text.replace(old, new)` of at most `limit` occurrences.
func stringReplace(_ thread: Thread, _ text: Value, _ old: Value, _ new: Value, limit: Int) -> Value {
    let string = text.cast(StringObject.self)
    let needle = old.cast(StringObject.self)
    let fresh = new.cast(StringObject.self)
    let n = string.pointee.count
    let m = needle.pointee.count
    let occurrences = m > n ? 0 : StrSearch.count(string, needle, 0, n, limit: limit)
    if occurrences == 0 || old == new { return thread.newReference(text) }
    let (growth, overflow) = (fresh.pointee.count - m).multipliedReportingOverflow(by: occurrences)
    if overflow { return thread.raise(.overflowError, "replace string is too long") }
    let total = n + growth
    if total == 0 { return thread.heap.pointee.names.empty }
    guard let result = thread.allocateString(count: total, wide: string.isWide || fresh.isWide, isASCII: string.isASCII && fresh.isASCII) else { return .undefined }
    var source = 0
    var at = 0
    for k in 0..<occurrences {
        var found = k
        if m > 0 { found = StrSearch.find(string, needle, source, n) }
        string.copy(source, found - source, to: result, at: at)
        at += found - source
        fresh.copy(to: result, at: at)
        at += fresh.pointee.count
        source = found + m
    }
    string.copy(source, n - source, to: result, at: at)
    return narrowed(thread, Value(pointer: result))
}

/// The same text in its narrowest form; takes over the reference.
private func narrowed(_ thread: Thread, _ value: Value) -> Value {
    let string = value.cast(StringObject.self)
    if string.isASCII { return value }
    var all: UInt32 = 0
    for i in 0..<string.pointee.count { all |= string[codePoint: i] }
    if !string.isWide {
        if all < 128 { string.asObject.setOwnFlags(ObjectFlags.ascii) }
        return value
    }
    if all >= 256 { return value }
    let result = thread.makeString(codePoints: UnsafeBufferPointer(start: string.wides, count: string.pointee.count))
    thread.decref(value)
    return result
}

private func strip(_ thread: Thread, _ name: String, _ a: Arguments, _ count: Int, left: Bool, right: Bool) -> Value {
    let string = a[0].cast(StringObject.self)
    var start = 0
    var end = string.pointee.count
    if count < 2 || a[1].isNone {
        if left { while start < end && StrCharacters.isSpace(string[codePoint: start]) { start += 1 } }
        if right { while end > start && StrCharacters.isSpace(string[codePoint: end - 1]) { end -= 1 } }
        return substring(thread, a[0], start, end - start)
    }
    guard thread.isString(a[1]) else { return thread.raise(.typeError, "\(name) arg must be None or str") }
    let set = a[1].cast(StringObject.self)
    func isInSet(_ c: UInt32) -> Bool {
        for i in 0..<set.pointee.count where set[codePoint: i] == c { return true }
        return false
    }
    if left { while start < end && isInSet(string[codePoint: start]) { start += 1 } }
    if right { while end > start && isInSet(string[codePoint: end - 1]) { end -= 1 } }
    return substring(thread, a[0], start, end - start)
}

/// The text with `left` and `right` fill characters around it.
private func pad(_ thread: Thread, _ text: Value, _ left: Int, _ right: Int, _ fill: UInt32) -> Value {
    if left <= 0 && right <= 0 { return thread.newReference(text) }
    let left = max(left, 0)
    let right = max(right, 0)
    let string = text.cast(StringObject.self)
    let (sides, overflow) = left.addingReportingOverflow(right)
    let (total, overflow2) = sides.addingReportingOverflow(string.pointee.count)
    if overflow || overflow2 { return thread.raise(.overflowError, "padded string is too long") }
    let ascii = (string.isASCII || string.pointee.count == 0) && fill < 128
    guard let result = thread.allocateString(count: total, wide: string.isWide || fill > 255, isASCII: ascii) else { return .undefined }
    if result.isWide {
        result.wides.update(repeating: fill, count: left)
        (result.wides + left + string.pointee.count).update(repeating: fill, count: right)
    } else {
        result.bytes.update(repeating: UInt8(fill), count: left)
        (result.bytes + left + string.pointee.count).update(repeating: UInt8(fill), count: right)
    }
    string.copy(to: result, at: left)
    return Value(pointer: result)
}

/// Width and fill character of ljust, rjust, center. nil: raised.
private func justification(_ thread: Thread, _ a: Arguments, _ count: Int) -> (width: Int, fill: UInt32)? {
    guard let width = thread.sizeArgument(a[1]) else { return nil }
    if count < 3 { return (width, 0x20) }
    guard thread.isString(a[2]) else {
        thread.raise(.typeError, "The fill character must be a unicode character, not \(thread.typeName(a[2]))")
        return nil
    }
    let fill = a[2].cast(StringObject.self)
    guard fill.pointee.count == 1 else {
        thread.raise(.typeError, "The fill character must be exactly one character long")
        return nil
    }
    return (width, fill[codePoint: 0])
}

private func expandTabs(_ thread: Thread, _ a: Arguments, _ count: Int, _ keywordNames: Value) -> Value {
    var size = 8
    let bound = withUnsafeTemporaryAllocation(of: Value.self, capacity: 1) { places -> Bool in
        let places = places.baseAddress.unsafelyUnwrapped
        guard thread.bind("expandtabs", a + 1, count - 1, keywordNames, parameters: ["tabsize"], required: 0, into: places) else { return false }
        if places[0].isUndefined { return true }
        guard let given = thread.sizeArgument(places[0]) else { return false }
        size = given
        return true
    }
    if !bound { return .undefined }
    if size > 1 << 31 { return thread.raise(.overflowError, "Python int too large to convert to C int") }
    var out: [UInt32] = []
    var column = 0
    for c in thread.codePoints(a[0]) {
        if c == 9 {
            if size > 0 {
                let fill = size - column % size
                column += fill
                if out.count + fill > thread.heap.pointee.quota.limitBytes { return thread.raiseMemoryError() }
                out.append(contentsOf: repeatElement(0x20, count: fill))
            }
        } else {
            column = c == 10 || c == 13 ? 0 : column + 1
            out.append(c)
        }
    }
    return thread.makeString(out)
}

private func replace(_ thread: Thread, _ a: Arguments, _ count: Int, _ keywordNames: Value) -> Value {
    if count > 4 { return thread.raise(.typeError, "replace() takes at most 3 arguments (\(count - 1) given)") }
    if count < 3 { return thread.raise(.typeError, "replace() takes at least 2 positional arguments (\(count - 1) given)") }
    var limitValue = count > 3 ? a[3] : Value.undefined
    if keywordNames.isPointer {
        let names = keywordNames.cast(TupleObject.self)
        for k in 0..<names.pointee.count {
            let name = thread.string(names.items[k])
            if name != "count" { return thread.raise(.typeError, "replace() got an unexpected keyword argument '\(name)'") }
            if count > 3 { return thread.raise(.typeError, "replace() takes at most 3 arguments (\(count) given)") }
            limitValue = a[count + k]
        }
    }
    for i in 1...2 where !thread.isString(a[i]) {
        return thread.raise(.typeError, "replace() argument \(i) must be str, not \(thread.argumentTypeName(a[i]))")
    }
    var limit = Int.max
    if !limitValue.isUndefined {
        guard let given = thread.sizeArgument(limitValue) else { return .undefined }
        limit = given < 0 ? Int.max : given
    }
    return stringReplace(thread, a[0], a[1], a[2], limit: limit)
}

private func translate(_ thread: Thread, _ a: Arguments) -> Value {
    var out: [UInt32] = []
    for c in thread.codePoints(a[0]) {
        let mapped = thread.getItem(a[1], Value(smallInt: Int(c)))
        if mapped.isUndefined {
            if !thread.isRaising(.lookupError) { return .undefined }
            thread.clearException()
            out.append(c)
            continue
        }
        defer { thread.decref(mapped) }
        if mapped.isNone { continue }
        if thread.isString(mapped) {
            out += thread.codePoints(mapped)
        } else if thread.isInteger(mapped) {
            guard let point = thread.smallInt(mapped), (0...0x10FFFF).contains(point) else {
                return thread.raise(.valueError, "character mapping must be in range(0x110000)")
            }
            out.append(UInt32(point))
        } else {
            return thread.raise(.typeError, "character mapping must return integer, None or str")
        }
    }
    return thread.makeString(out)
}

/// str.maketrans(x[, y[, z]])
private func makeTranslation(_ thread: Thread, _ a: Arguments, _ count: Int) -> Value {
    guard let table = thread.makeDict() else { return .undefined }
    let result = Value(pointer: table)
    var complete = false
    defer { if !complete { thread.decref(result) } }
    if count == 1 {
        guard a[0].hasShape(.dict) else { return thread.raise(.typeError, "if you give only one argument to maketrans it must be a dict") }
        let walked = thread.forEach(a[0]) { key in
            let value = thread.getItem(a[0], key)
            if value.isUndefined { return false }
            defer { thread.decref(value) }
            var target = key
            if thread.isString(key) {
                let string = key.cast(StringObject.self)
                if string.pointee.count != 1 {
                    thread.raise(.valueError, "string keys in translate table must be of length 1")
                    return false
                }
                target = Value(smallInt: Int(string[codePoint: 0]))
            } else if !thread.isInteger(key) {
                thread.raise(.typeError, "keys in translate table must be strings or integers")
                return false
            }
            return thread.setItem(result, target, value)
        }
        if !walked || thread.isRaising { return .undefined }
        complete = true
        return result
    }
    guard thread.isString(a[0]) else {
        return thread.raise(.typeError, "first maketrans argument must be a string if there is a second argument")
    }
    for i in 1..<count where !thread.isString(a[i]) {
        return thread.raise(.typeError, "maketrans() argument \(i + 1) must be str, not \(thread.argumentTypeName(a[i]))")
    }
    let from = a[0].cast(StringObject.self)
    let to = a[1].cast(StringObject.self)
    if from.pointee.count != to.pointee.count { return thread.raise(.valueError, "the first two maketrans arguments must have equal length") }
    for i in 0..<from.pointee.count {
        if !thread.setItem(result, Value(smallInt: Int(from[codePoint: i])), Value(smallInt: Int(to[codePoint: i]))) { return .undefined }
    }
    if count > 2 {
        let removed = a[2].cast(StringObject.self)
        for i in 0..<removed.pointee.count where !thread.setItem(result, Value(smallInt: Int(removed[codePoint: i])), .none) { return .undefined }
    }
    complete = true
    return result
}

let strEditMethods: [NativeDefinition] = [
    NativeDefinition("replace", 0, -1, keywords: true) { replace($0, $1, $2, $3) },
    NativeDefinition("strip", 0, 1) { thread, a, count, _ in strip(thread, "strip", a, count, left: true, right: true) },
    NativeDefinition("lstrip", 0, 1) { thread, a, count, _ in strip(thread, "lstrip", a, count, left: true, right: false) },
    NativeDefinition("rstrip", 0, 1) { thread, a, count, _ in strip(thread, "rstrip", a, count, left: false, right: true) },
    NativeDefinition("ljust", 1, 2) { thread, a, count, _ in
        guard let (width, fill) = justification(thread, a, count) else { return .undefined }
        return pad(thread, a[0], 0, width - min(width, a[0].cast(StringObject.self).pointee.count), fill)
    },
    NativeDefinition("rjust", 1, 2) { thread, a, count, _ in
        guard let (width, fill) = justification(thread, a, count) else { return .undefined }
        return pad(thread, a[0], width - min(width, a[0].cast(StringObject.self).pointee.count), 0, fill)
    },
    NativeDefinition("center", 1, 2) { thread, a, count, _ in
        guard let (width, fill) = justification(thread, a, count) else { return .undefined }
        let margin = width - min(width, a[0].cast(StringObject.self).pointee.count)
        let left = margin / 2 + (margin & width & 1)
        return pad(thread, a[0], left, margin - left, fill)
    },
    NativeDefinition("zfill", 1, 1) { thread, a, _, _ in
        guard let width = thread.sizeArgument(a[1]) else { return .undefined }
        let string = a[0].cast(StringObject.self)
        let count = string.pointee.count
        if width <= count { return thread.newReference(a[0]) }
        let result = pad(thread, a[0], width - count, 0, 0x30)
        if result.isUndefined || count == 0 { return result }
        let sign = string[codePoint: 0]
        if sign == 0x2B || sign == 0x2D {
            let padded = result.cast(StringObject.self)
            if padded.isWide {
                padded.wides[0] = sign
                padded.wides[width - count] = 0x30
            } else {
                padded.bytes[0] = UInt8(sign)
                padded.bytes[width - count] = 0x30
            }
        }
        return result
    },
    NativeDefinition("expandtabs", 0, -1, keywords: true) { expandTabs($0, $1, $2, $3) },
    NativeDefinition("removeprefix", 1, 1) { thread, a, _, _ in
        guard thread.isString(a[1]) else { return thread.raise(.typeError, "removeprefix() argument must be str, not \(thread.argumentTypeName(a[1]))") }
        let string = a[0].cast(StringObject.self)
        let affix = a[1].cast(StringObject.self)
        let n = string.pointee.count
        let m = affix.pointee.count
        if m <= n && StrSearch.matches(string, affix, at: 0) { return substring(thread, a[0], m, n - m) }
        return thread.newReference(a[0])
    },
    NativeDefinition("removesuffix", 1, 1) { thread, a, _, _ in
        guard thread.isString(a[1]) else { return thread.raise(.typeError, "removesuffix() argument must be str, not \(thread.argumentTypeName(a[1]))") }
        let string = a[0].cast(StringObject.self)
        let affix = a[1].cast(StringObject.self)
        let n = string.pointee.count
        let m = affix.pointee.count
        if m <= n && StrSearch.matches(string, affix, at: n - m) { return substring(thread, a[0], 0, n - m) }
        return thread.newReference(a[0])
    },
    NativeDefinition("translate", 1, 1) { thread, a, _, _ in translate(thread, a) },
    NativeDefinition("maketrans", 1, 3, isStatic: true) { thread, a, count, _ in makeTranslation(thread, a, count) },
]

// MARK: - Constructor

/// str(object='')
func strNew(_ thread: Thread, _ arguments: Arguments, _ count: Int, _ keywordNames: Value) -> Value {
    if keywordNames.isPointer && keywordNames.cast(TupleObject.self).pointee.count > 0 {
        let names = keywordNames.cast(TupleObject.self)
        let name = thread.string(names.items[0])
        if name == "object" && count == 0 && names.pointee.count == 1 { return thread.str(arguments[0]) }
        if name != "object" && name != "encoding" && name != "errors" {
            return thread.raise(.typeError, "str() got an unexpected keyword argument '\(name)'")
        }
        return thread.raise(.typeError, "decoding str is not supported")
    }
    if count == 0 { return thread.heap.pointee.names.empty }
    if count > 3 { return thread.raise(.typeError, "str expected at most 3 arguments, got \(count)") }
    if count > 1 {
        for (i, name) in [(1, "encoding"), (2, "errors")] where i < count && !thread.isString(arguments[i]) {
            return thread.raise(.typeError, "str() argument '\(name)' must be str, not \(thread.argumentTypeName(arguments[i]))")
        }
        if thread.isString(arguments[0]) { return thread.raise(.typeError, "decoding str is not supported") }
        if thread.isBytes(arguments[0]) { return bytesDecode(thread, arguments[0], arguments[1], count > 2 ? arguments[2] : .undefined) }
        return thread.raise(.typeError, "decoding to str: need a bytes-like object, \(thread.typeName(arguments[0])) found")
    }
    return thread.str(arguments[0])
}
