// Taking strings apart and putting them together: split, rsplit, splitlines, partition, join.
//
// Parts are appended to a list as they are found. Splitting from the right finds them in reverse and turns the list round
// at the end.

import CGild

/// A list under construction; releases itself when a part cannot be made.
private struct Parts {
    let thread: Thread
    let text: Value
    let list: UnsafeMutablePointer<ListObject>

    init?(_ thread: Thread, _ text: Value) {
        guard let list = thread.makeList(capacity: 0) else { return nil }
        self.thread = thread
        self.text = text
        self.list = list
    }

    func add(_ start: Int, _ end: Int) -> Bool {
        let part = substring(thread, text, start, end - start)
        if part.isUndefined { return false }
        return thread.append(list, part)
    }

    func finish(_ complete: Bool, reversed: Bool = false) -> Value {
        if !complete {
            thread.decref(Value(pointer: list))
            return .undefined
        }
        if reversed, let items = list.pointee.items {
            var i = 0
            var j = list.pointee.count - 1
            while i < j {
                (items[i], items[j]) = (items[j], items[i])
                i += 1
                j -= 1
            }
        }
        return Value(pointer: list)
    }
}

/// Arguments of split and rsplit. nil: raised.
private func splitArguments(_ thread: Thread, _ name: String, _ a: Arguments, _ count: Int, _ keywordNames: Value) -> (separator: Value, limit: Int)? {
    var separator = count > 1 ? a[1] : Value.none
    var limitValue = count > 2 ? a[2] : Value.undefined
    if count > 3 || keywordNames.isPointer {
        let bound = withUnsafeTemporaryAllocation(of: Value.self, capacity: 2) { places -> Bool in
            let places = places.baseAddress.unsafelyUnwrapped
            guard thread.bind(name, a + 1, count - 1, keywordNames, parameters: ["sep", "maxsplit"], required: 0, into: places) else { return false }
            separator = places[0].isUndefined ? .none : places[0]
            limitValue = places[1]
            return true
        }
        if !bound { return nil }
    }
    var limit = Int.max
    if !limitValue.isUndefined {
        guard let given = thread.sizeArgument(limitValue) else { return nil }
        limit = given < 0 ? Int.max : given
    }
    if !separator.isNone {
        guard thread.isString(separator) else {
            thread.raise(.typeError, "must be str or None, not \(thread.typeName(separator))")
            return nil
        }
        if separator.cast(StringObject.self).pointee.count == 0 {
            thread.raise(.valueError, "empty separator")
            return nil
        }
    }
    return (separator, limit)
}

private func split(_ thread: Thread, _ a: Arguments, _ count: Int, _ keywordNames: Value) -> Value {
    guard let (separator, limit) = splitArguments(thread, "split", a, count, keywordNames), let parts = Parts(thread, a[0]) else { return .undefined }
    let string = a[0].cast(StringObject.self)
    let n = string.pointee.count
    var i = 0
    var done = 0
    if separator.isNone {
        while true {
            while i < n && StrCharacters.isSpace(string[codePoint: i]) { i += 1 }
            if i == n { break }
            let start = i
            if done == limit {
                return parts.finish(parts.add(start, n))
            }
            while i < n && !StrCharacters.isSpace(string[codePoint: i]) { i += 1 }
            if !parts.add(start, i) { return parts.finish(false) }
            done += 1
        }
        return parts.finish(true)
    }
    let needle = separator.cast(StringObject.self)
    let m = needle.pointee.count
    while done < limit {
        let found = StrSearch.find(string, needle, i, n)
        if found < 0 { break }
        if !parts.add(i, found) { return parts.finish(false) }
        i = found + m
        done += 1
    }
    return parts.finish(parts.add(i, n))
}

private func rsplit(_ thread: Thread, _ a: Arguments, _ count: Int, _ keywordNames: Value) -> Value {
    guard let (separator, limit) = splitArguments(thread, "rsplit", a, count, keywordNames), let parts = Parts(thread, a[0]) else { return .undefined }
    let string = a[0].cast(StringObject.self)
    var i = string.pointee.count
    var done = 0
    if separator.isNone {
        while true {
            while i > 0 && StrCharacters.isSpace(string[codePoint: i - 1]) { i -= 1 }
            if i == 0 { break }
            let end = i
            if done == limit {
                return parts.finish(parts.add(0, end), reversed: true)
            }
            while i > 0 && !StrCharacters.isSpace(string[codePoint: i - 1]) { i -= 1 }
            if !parts.add(i, end) { return parts.finish(false) }
            done += 1
        }
        return parts.finish(true, reversed: true)
    }
    let needle = separator.cast(StringObject.self)
    while done < limit {
        let found = StrSearch.findLast(string, needle, 0, i)
        if found < 0 { break }
        if !parts.add(found + needle.pointee.count, i) { return parts.finish(false) }
        i = found
        done += 1
    }
    return parts.finish(parts.add(0, i), reversed: true)
}

private func splitLines(_ thread: Thread, _ a: Arguments, _ count: Int, _ keywordNames: Value) -> Value {
    var keep = false
    let bound = withUnsafeTemporaryAllocation(of: Value.self, capacity: 1) { places -> Bool in
        let places = places.baseAddress.unsafelyUnwrapped
        guard thread.bind("splitlines", a + 1, count - 1, keywordNames, parameters: ["keepends"], required: 0, into: places) else { return false }
        if places[0].isUndefined { return true }
        let truth = thread.truth(places[0])
        keep = truth > 0
        return truth >= 0
    }
    guard bound, let parts = Parts(thread, a[0]) else { return .undefined }
    let string = a[0].cast(StringObject.self)
    let n = string.pointee.count
    var i = 0
    while i < n {
        let start = i
        while i < n && !StrCharacters.isLineBreak(string[codePoint: i]) { i += 1 }
        var end = i
        if i < n {
            i += string[codePoint: i] == 0x0D && i + 1 < n && string[codePoint: i + 1] == 0x0A ? 2 : 1
            if keep { end = i }
        }
        if !parts.add(start, end) { return parts.finish(false) }
    }
    return parts.finish(true)
}

private func partition(_ thread: Thread, _ a: Arguments, fromRight: Bool) -> Value {
    guard thread.isString(a[1]) else { return thread.raise(.typeError, "must be str, not \(thread.typeName(a[1]))") }
    let string = a[0].cast(StringObject.self)
    let needle = a[1].cast(StringObject.self)
    let n = string.pointee.count
    let m = needle.pointee.count
    if m == 0 { return thread.raise(.valueError, "empty separator") }
    let found = fromRight ? StrSearch.findLast(string, needle, 0, n) : StrSearch.find(string, needle, 0, n)
    guard let triple = thread.allocateTuple(3) else { return .undefined }
    let empty = thread.heap.pointee.names.empty
    if found < 0 {
        for i in 0..<3 { triple.items[i] = empty }
        triple.items[fromRight ? 2 : 0] = thread.newReference(a[0])
        return Value(pointer: triple)
    }
    triple.items[0] = substring(thread, a[0], 0, found)
    triple.items[1] = thread.newReference(a[1])
    triple.items[2] = substring(thread, a[0], found + m, n - found - m)
    if triple.items[0].isUndefined || triple.items[2].isUndefined {
        thread.decref(Value(pointer: triple))
        return .undefined
    }
    return Value(pointer: triple)
}

/// `separator.join(items)`.
func stringJoin(_ thread: Thread, _ separator: Value, _ iterable: Value) -> Value {
    if iterable.hasShape(.list) {
        let list = iterable.cast(ListObject.self)
        return thread.holding(list) { join(thread, separator, list.pointee.items, list.pointee.count) }
    }
    if iterable.hasShape(.tuple) {
        let tuple = iterable.cast(TupleObject.self)
        return join(thread, separator, tuple.items, tuple.pointee.count)
    }
    let iterator = thread.iterator(iterable)
    if iterator.isUndefined {
        if thread.isRaising(.typeError) {
            thread.clearException()
            thread.raise(.typeError, "can only join an iterable")
        }
        return .undefined
    }
    defer { thread.decref(iterator) }
    guard let list = thread.makeList(capacity: 0) else { return .undefined }
    defer { thread.decref(Value(pointer: list)) }
    while true {
        let item = thread.next(iterator)
        if item.isUndefined {
            if thread.isRaising { return .undefined }
            break
        }
        if !thread.append(list, item) { return .undefined }
    }
    return join(thread, separator, list.pointee.items, list.pointee.count)
}

/// Nothing here runs a script, so the items stay where they are; a list that others know is held.
private func join(_ thread: Thread, _ separator: Value, _ items: UnsafeMutablePointer<Value>?, _ count: Int) -> Value {
    guard count > 0, let items else { return thread.heap.pointee.names.empty }
    if count == 1 && thread.isString(items[0]) { return thread.newReference(items[0]) }
    let glue = separator.cast(StringObject.self)
    var wide = glue.isWide
    var ascii = glue.isASCII || glue.pointee.count == 0
    var (total, tooLong) = glue.pointee.count.multipliedReportingOverflow(by: count - 1)
    for i in 0..<count {
        guard thread.isString(items[i]) else {
            return thread.raise(.typeError, "sequence item \(i): expected str instance, \(thread.typeName(items[i])) found")
        }
        let string = items[i].cast(StringObject.self)
        let (sum, overflow) = total.addingReportingOverflow(string.pointee.count)
        total = sum
        tooLong = tooLong || overflow
        wide = wide || string.isWide
        ascii = ascii && (string.isASCII || string.pointee.count == 0)
    }
    if tooLong { return thread.raise(.overflowError, "join() result is too long for a Python string") }
    if total == 0 { return thread.heap.pointee.names.empty }
    guard let result = thread.allocateString(count: total, wide: wide, isASCII: ascii && !wide) else { return .undefined }
    var at = 0
    for i in 0..<count {
        if i > 0 && glue.pointee.count > 0 {
            glue.copy(to: result, at: at)
            at += glue.pointee.count
        }
        let string = items[i].cast(StringObject.self)
        string.copy(to: result, at: at)
        at += string.pointee.count
    }
    return Value(pointer: result)
}

let strSplitMethods: [NativeDefinition] = [
    NativeDefinition("split", 0, -1, keywords: true) { split($0, $1, $2, $3) },
    NativeDefinition("rsplit", 0, -1, keywords: true) { rsplit($0, $1, $2, $3) },
    NativeDefinition("splitlines", 0, -1, keywords: true) { splitLines($0, $1, $2, $3) },
    NativeDefinition("partition", 1, 1) { thread, a, _, _ in partition(thread, a, fromRight: false) },
    NativeDefinition("rpartition", 1, 1) { thread, a, _, _ in partition(thread, a, fromRight: true) },
    NativeDefinition("join", 1, 1) { thread, a, _, _ in stringJoin(thread, a[0], a[1]) },
]
