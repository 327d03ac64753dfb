// Lists as the language sees them: indexing, methods, operators.
//
// Whatever may run a script (equality, hashing, conversion of an index) may change the very list: the item is held by a
// reference meanwhile, and size and storage are read again afterwards.
//
// `listGetItem`, `listSetItem` and `listDeleteItem` lock the list themselves; the functions that work on sequences are called with theirs held
// (ContainerSections.swift).

import CGild

extension gild_thread_ref {
    /// An argument that stands for a size or position. nil: raised.
    func sizeArgument(_ value: Value) -> Int? {
        if value.isInt { return value.int }
        let number = index(value)
        if number.isUndefined { return nil }
        defer { decref(number) }
        if let small = smallInt(number) { return small }
        raise(.overflowError, "Python int too large to convert to C ssize_t")
        return nil
    }

    /// An argument that bounds a search: any integer, clamped to a machine word. nil: raised.
    func boundArgument(_ value: Value) -> Int? {
        if value.isInt { return value.int }
        if !canIndex(self, value) {
            raise(.typeError, "slice indices must be integers or have an __index__ method")
            return nil
        }
        let number = index(value)
        if number.isUndefined { return nil }
        defer { decref(number) }
        return smallInt(number) ?? (isNegativeInteger(number) ? Int.min : Int.max)
    }

    /// A subscript that is known to be convertible. nil: raised.
    func subscriptIndex(_ key: Value) -> Int? {
        if key.isInt { return key.int }
        let number = index(key)
        if number.isUndefined { return nil }
        defer { decref(number) }
        if let small = smallInt(number) { return small }
        raise(.indexError, "cannot fit '\(typeName(key))' into an index-sized integer")
        return nil
    }

    /// A factor of a sequence. nil: raised.
    func repeatCount(_ value: Value) -> Int? {
        if value.isInt { return value.int }
        let number = index(value)
        if number.isUndefined { return nil }
        defer { decref(number) }
        if let small = smallInt(number) { return small }
        raise(.overflowError, "cannot fit '\(typeName(value))' into an index-sized integer")
        return nil
    }

    /// Indices of a slice for a list as it is after the slice's parts have been converted.
    func listSliceIndices(_ list: ListPointer, _ slice: Value) -> (start: Int, stop: Int, step: Int, count: Int)? {
        while true {
            let count = list.pointee.count
            guard let indices = sliceIndices(slice, count) else { return nil }
            if list.pointee.count == count { return indices }
        }
    }
}

// MARK: - Items

/// `list[key]`.
func listGetItem(_ thread: Thread, _ list: ListPointer, _ key: Value) -> Value {
    if key.hasShape(.slice) {
        return thread.holding(list) {
            guard let (start, _, step, count) = thread.listSliceIndices(list, key) else { return .undefined }
            return thread.listGetSlice(list, start: start, step: step, count: count)
        }
    }
    if !canIndex(thread, key) { return thread.raise(.typeError, "list indices must be integers or slices, not \(thread.typeName(key))") }
    guard let i = thread.subscriptIndex(key) else { return .undefined }
    let item = thread.listItem(list, i)
    return item.isUndefined ? thread.raise(.indexError, "list index out of range") : item
}

/// `list[key] = value` (borrowed). False: raised.
func listSetItem(_ thread: Thread, _ list: ListPointer, _ key: Value, _ value: Value) -> Bool {
    if key.hasShape(.slice) { return thread.holding(list) { listSetSlice(thread, list, key, value) } }
    if !canIndex(thread, key) {
        thread.raise(.typeError, "list indices must be integers or slices, not \(thread.typeName(key))")
        return false
    }
    guard let i = thread.subscriptIndex(key) else { return false }
    thread.incref(value)
    let old = thread.listExchange(list, i, value)
    if old.isUndefined {
        thread.decref(value)
        thread.raise(.indexError, "list assignment index out of range")
        return false
    }
    thread.decref(old)
    return true
}

private func listSetSlice(_ thread: Thread, _ list: ListPointer, _ key: Value, _ value: Value) -> Bool {
    guard let step = thread.listSliceIndices(list, key)?.step else { return false }
    let sequence: Value
    if value == Value(pointer: list) {
        sequence = thread.makeList(copying: list.pointee.items, count: list.pointee.count)
    } else {
        sequence = thread.fastSequence(value, "must assign iterable to extended slice")
    }
    if sequence.isUndefined { return false }
    defer { thread.decref(sequence) }
    return thread.holding(Value(pointer: list), sequence) { listSetSlice(thread, list, key, step: step, sequence) }
}

/// The same for a list or tuple, which is not the list itself; both are held.
private func listSetSlice(_ thread: Thread, _ list: ListPointer, _ key: Value, step: Int, _ sequence: Value) -> Bool {
    // Making the sequence may have changed the list.
    guard let now = list.pointee.count == 0 ? thread.sliceIndices(key, 0) : thread.listSliceIndices(list, key) else { return false }
    let start = now.start
    let count = thread.sequenceCount(sequence)
    let items = thread.sequenceItems(sequence)
    if step == 1 { return thread.listReplace(list, start: start, stop: max(start, now.stop), items: items, count: count) }
    if count != now.count {
        thread.raise(.valueError, "attempt to assign sequence of size \(count) to extended slice of size \(now.count)")
        return false
    }
    if count == 0 { return true }
    guard let old = thread.allocateValues(count) else { return false }
    let places = list.pointee.items.unsafelyUnwrapped
    var at = start
    for i in 0..<count {
        old[i] = places[at]
        (places + at).setItem(thread.newReference(items.unsafelyUnwrapped[i]))
        at += step
    }
    for i in 0..<count { thread.decref(old[i]) }
    thread.freeValues(old, count)
    return true
}

/// `del list[key]`. False: raised.
func listDeleteItem(_ thread: Thread, _ list: ListPointer, _ key: Value) -> Bool {
    if key.hasShape(.slice) {
        return thread.holding(list) {
            guard let (start, _, step, count) = thread.listSliceIndices(list, key) else { return false }
            return thread.listDeleteSlice(list, start: start, step: step, count: count)
        }
    }
    if !canIndex(thread, key) {
        thread.raise(.typeError, "list indices must be integers or slices, not \(thread.typeName(key))")
        return false
    }
    guard let i = thread.subscriptIndex(key) else { return false }
    let item: Value = thread.briefly(list) {
        let index = i < 0 ? i + list.pointee.count : i
        return index < 0 || index >= list.pointee.count ? .undefined : thread.listTake(list, at: index)
    }
    if item.isUndefined {
        thread.raise(.indexError, "list assignment index out of range")
        return false
    }
    thread.decref(item)
    return true
}

/// `item in list`: 1, 0, -1 raised.
func listContains(_ thread: Thread, _ list: ListPointer, _ item: Value) -> Int32 {
    var i = 0
    while i < list.pointee.count {
        let candidate = list.pointee.items.unsafelyUnwrapped[i]
        i &+= 1
        if candidate == item { return 1 }
        if candidate.isInt && item.isInt { continue }
        thread.incref(candidate)
        let equal = thread.equal(candidate, item)
        thread.decref(candidate)
        if equal != 0 { return equal }
    }
    return 0
}

// MARK: - Operators

/// `list + other`, `tuple + other`; both are of that kind.
func sequenceConcatenate(_ thread: Thread, _ a: Value, _ b: Value) -> Value {
    let first = thread.sequenceCount(a)
    let second = thread.sequenceCount(b)
    if thread.kind(a) == .list {
        guard let list = thread.makeList(capacity: first + second) else { return .undefined }
        if first + second > 0 {
            let to = list.pointee.items.unsafelyUnwrapped
            let from = a.cast(ListObject.self).pointee.items
            for i in 0..<first { to[i] = thread.newReference(from.unsafelyUnwrapped[i]) }
            let more = b.cast(ListObject.self).pointee.items
            for i in 0..<second { to[first + i] = thread.newReference(more.unsafelyUnwrapped[i]) }
            list.pointee.count = first + second
        }
        return Value(pointer: list)
    }
    if first == 0 && b.hasShape(.tuple) { return thread.newReference(b) }
    if second == 0 && a.hasShape(.tuple) { return thread.newReference(a) }
    guard let tuple = thread.allocateTuple(first + second) else { return .undefined }
    let x = a.cast(TupleObject.self).items
    let y = b.cast(TupleObject.self).items
    for i in 0..<first { tuple.items[i] = thread.newReference(x[i]) }
    for i in 0..<second { tuple.items[first + i] = thread.newReference(y[i]) }
    return Value(pointer: tuple)
}

/// `sequence * times` for a list or tuple.
func sequenceRepeat(_ thread: Thread, _ sequence: Value, _ times: Int) -> Value {
    let count = thread.sequenceCount(sequence)
    let times = max(0, times)
    let (total, overflow) = count.multipliedReportingOverflow(by: times)
    if overflow || total > Int.max >> 4 { return thread.raiseMemoryError() }
    if thread.kind(sequence) == .tuple {
        if (times == 1 || count == 0) && sequence.hasShape(.tuple) { return thread.newReference(sequence) }
        guard let tuple = thread.allocateTuple(total) else { return .undefined }
        let from = sequence.cast(TupleObject.self).items
        fillRepeating(thread, tuple.items, from, count: count, total: total)
        return Value(pointer: tuple)
    }
    guard let list = thread.makeList(capacity: total) else { return .undefined }
    if total > 0 {
        let from = sequence.cast(ListObject.self).pointee.items.unsafelyUnwrapped
        fillRepeating(thread, list.pointee.items.unsafelyUnwrapped, from, count: count, total: total)
        list.pointee.count = total
    }
    return Value(pointer: list)
}

private func fillRepeating(
    _ thread: Thread, _ to: UnsafeMutablePointer<Value>, _ from: UnsafeMutablePointer<Value>, count: Int, total: Int
) {
    var at = 0
    while at < total {
        for i in 0..<count { to[at &+ i] = thread.newReference(from[i]) }
        at &+= count
    }
}

/// `list *= times`. False: raised.
func listRepeatInPlace(_ thread: Thread, _ list: ListPointer, _ times: Int) -> Bool {
    let count = list.pointee.count
    if count == 0 || times == 1 { return true }
    if times < 1 {
        thread.listClear(list)
        return true
    }
    let (total, overflow) = count.multipliedReportingOverflow(by: times)
    if overflow || total > Int.max >> 4 {
        thread.raiseMemoryError()
        return false
    }
    guard thread.listResize(list, to: total) else { return false }
    let items = list.pointee.items.unsafelyUnwrapped
    for at in count..<total { (items + at).setItem(thread.newReference(items[at % count])) }
    return true
}

/// Comparison of two lists or two tuples: by the first items that differ, else by length.
func sequenceCompare(_ thread: Thread, _ a: Value, _ b: Value, _ op: CompareOperator) -> Value {
    if op == .eq || op == .ne {
        if thread.kind(a) == .list && thread.sequenceCount(a) != thread.sequenceCount(b) { return Value(op == .ne) }
    }
    if !thread.enterNative() { return .undefined }
    defer { thread.leaveNative() }
    var i = 0
    while i < thread.sequenceCount(a) && i < thread.sequenceCount(b) {
        let x = thread.sequenceItems(a).unsafelyUnwrapped[i]
        let y = thread.sequenceItems(b).unsafelyUnwrapped[i]
        if x == y || x.isInt && y.isInt {
            if x == y {
                i &+= 1
                continue
            }
            return decide(thread, x, y, op)
        }
        thread.incref(x)
        thread.incref(y)
        defer {
            thread.decref(x)
            thread.decref(y)
        }
        let equal = thread.equal(x, y)
        if equal < 0 { return .undefined }
        if equal == 0 { return decide(thread, x, y, op) }
        i &+= 1
    }
    let first = thread.sequenceCount(a)
    let second = thread.sequenceCount(b)
    switch op {
    case .lt: return Value(first < second)
    case .le: return Value(first <= second)
    case .eq: return Value(first == second)
    case .ne: return Value(first != second)
    case .gt: return Value(first > second)
    case .ge: return Value(first >= second)
    }
}

private func decide(_ thread: Thread, _ x: Value, _ y: Value, _ op: CompareOperator) -> Value {
    if op == .eq { return .false }
    if op == .ne { return .true }
    return thread.compare(x, y, op)
}

/// `[a, b]`, `(a, b)`, `(a,)`; the items' reprs between brackets.
func sequenceRepr(_ thread: Thread, _ sequence: Value) -> Value {
    let isList = thread.kind(sequence) == .list
    if thread.sequenceCount(sequence) == 0 { return thread.makeString(isList ? "[]" : "()") }
    if !thread.enterRepr(sequence) { return thread.isRaising ? .undefined : thread.makeString(isList ? "[...]" : "(...)") }
    defer { thread.leaveRepr(sequence) }
    var builder = ReprBuilder(thread)
    builder.add(isList ? "[" : "(")
    var i = 0
    while i < thread.sequenceCount(sequence) {
        if i > 0 { builder.add(", ") }
        if !builder.addRepr(thread.sequenceItems(sequence).unsafelyUnwrapped[i]) { return .undefined }
        i += 1
    }
    if isList { builder.add("]") } else { builder.add(i == 1 ? ",)" : ")") }
    return builder.finish()
}

/// Collects the code points of a repr. For text that is made of the reprs of parts.
struct ReprBuilder {
    private let thread: Thread
    private var points: [UInt32] = []

    init(_ thread: Thread) { self.thread = thread }

    mutating func add(_ text: StaticString) {
        for i in 0..<text.utf8CodeUnitCount { points.append(UInt32(text.utf8Start[i])) }
    }

    mutating func add(string value: Value) {
        let string = value.cast(StringObject.self)
        let count = string.pointee.count
        points.reserveCapacity(points.count + count)
        if string.isWide {
            for i in 0..<count { points.append(string.wides[i]) }
        } else {
            for i in 0..<count { points.append(UInt32(string.bytes[i])) }
        }
    }

    /// Add the repr of a value (borrowed). False: raised.
    mutating func addRepr(_ value: Value) -> Bool {
        thread.incref(value)
        let text = thread.repr(value)
        thread.decref(value)
        if text.isUndefined { return false }
        add(string: text)
        thread.decref(text)
        return true
    }

    func finish() -> Value { thread.makeString(points) }
}

// MARK: - Methods

/// Position of an item between two bounds; -1 absent, -2 raised.
func sequenceIndex(_ thread: Thread, _ sequence: Value, _ item: Value, start: Int, stop: Int) -> Int {
    let size = thread.sequenceCount(sequence)
    var start = start
    var stop = stop
    if start < 0 { start = max(start + size, 0) }
    if stop < 0 { stop = max(stop + size, 0) }
    var i = start
    while i < stop && i < thread.sequenceCount(sequence) {
        let candidate = thread.sequenceItems(sequence).unsafelyUnwrapped[i]
        if candidate == item { return i }
        if !(candidate.isInt && item.isInt) {
            thread.incref(candidate)
            let equal = thread.equal(candidate, item)
            thread.decref(candidate)
            if equal < 0 { return -2 }
            if equal > 0 { return i }
        }
        i &+= 1
    }
    return -1
}

/// How many items are equal to one; -1 raised.
func sequenceCountOf(_ thread: Thread, _ sequence: Value, _ item: Value) -> Int {
    var count = 0
    var i = 0
    while i < thread.sequenceCount(sequence) {
        let candidate = thread.sequenceItems(sequence).unsafelyUnwrapped[i]
        i &+= 1
        if candidate == item {
            count &+= 1
            continue
        }
        thread.incref(candidate)
        let equal = thread.equal(candidate, item)
        thread.decref(candidate)
        if equal < 0 { return -1 }
        count &+= Int(equal)
    }
    return count
}

/// Arguments `value, start=0, stop=maximum` of the index methods; nil: raised.
func indexBounds(_ thread: Thread, _ args: Arguments, _ count: Int) -> (start: Int, stop: Int)? {
    var start = 0
    var stop = Int.max
    if count > 2 {
        guard let given = thread.boundArgument(args[2]) else { return nil }
        start = given
    }
    if count > 3 {
        guard let given = thread.boundArgument(args[3]) else { return nil }
        stop = given
    }
    return (start, stop)
}

let listMethods: [NativeDefinition] = ContainerSpecialMethods.list + NativeDefinition.locking([
    NativeDefinition("append", 1, 1) { thread, args, _, _ in
        thread.append(args[0].cast(ListObject.self), thread.newReference(args[1])) ? .none : .undefined
    }.brief(alone: false),
    NativeDefinition("extend", 1, 1) { thread, args, _, _ in
        thread.listExtend(args[0].cast(ListObject.self), args[1]) ? .none : .undefined
    },
    NativeDefinition("insert", 2, 2) { thread, args, _, _ in
        guard let position = thread.sizeArgument(args[1]) else { return .undefined }
        return thread.listInsert(args[0].cast(ListObject.self), at: position, thread.newReference(args[2])) ? .none : .undefined
    },
    NativeDefinition("remove", 1, 1) { thread, args, _, _ in
        let list = args[0].cast(ListObject.self)
        let position = sequenceIndex(thread, args[0], args[1], start: 0, stop: Int.max)
        if position == -2 { return .undefined }
        if position < 0 { return thread.raise(.valueError, "list.remove(x): x not in list") }
        // The comparison may have shortened the list.
        if position < list.pointee.count { thread.decref(thread.listTake(list, at: position)) }
        return .none
    },
    NativeDefinition("pop", 0, 1) { thread, args, count, _ in
        let list = args[0].cast(ListObject.self)
        var position = -1
        if count > 1 {
            guard let given = thread.sizeArgument(args[1]) else { return .undefined }
            position = given
        }
        let size = list.pointee.count
        if size == 0 { return thread.raise(.indexError, "pop from empty list") }
        if position < 0 { position += size }
        if position < 0 || position >= size { return thread.raise(.indexError, "pop index out of range") }
        return thread.listTake(list, at: position)
    }.brief(alone: true),
    NativeDefinition("clear", 0, 0) { thread, args, _, _ in
        thread.listClear(args[0].cast(ListObject.self))
        return .none
    },
    NativeDefinition("index", 1, 3) { thread, args, count, _ in
        guard let (start, stop) = indexBounds(thread, args, count) else { return .undefined }
        let position = sequenceIndex(thread, args[0], args[1], start: start, stop: stop)
        if position >= 0 { return Value(smallInt: position) }
        if position == -2 { return .undefined }
        let text = thread.repr(args[1])
        if text.isUndefined { return text }
        defer { thread.decref(text) }
        return thread.raise(.valueError, "\(thread.string(text)) is not in list")
    },
    NativeDefinition("count", 1, 1) { thread, args, _, _ in
        let count = sequenceCountOf(thread, args[0], args[1])
        return count < 0 ? .undefined : Value(smallInt: count)
    },
    NativeDefinition("reverse", 0, 0) { thread, args, _, _ in
        args[0].cast(ListObject.self).reverseItems()
        return .none
    }.brief(alone: true),
    NativeDefinition("copy", 0, 0) { thread, args, _, _ in
        let list = args[0].cast(ListObject.self)
        return thread.makeList(copying: list.pointee.items, count: list.pointee.count)
    },
    NativeDefinition("sort", 0, -1, keywords: true) { thread, args, count, keywordNames in
        if count > 1 { return thread.raise(.typeError, "sort() takes no positional arguments") }
        guard let (key, reverse) = sortArguments(thread, args + 1, 0, keywordNames) else { return .undefined }
        return listSort(thread, args[0].cast(ListObject.self), key: key, reverse: reverse) ? .none : .undefined
    },
    NativeDefinition("__reversed__", 0, 0) { thread, args, _, _ in nativeReversed(thread, args[0]) },
])

/// `key=None, reverse=False`; nil: raised. `args` points behind the positional arguments that are not the sort's.
func sortArguments(_ thread: Thread, _ args: Arguments, _ count: Int, _ keywordNames: Value) -> (key: Value, reverse: Bool)? {
    var key = Value.none
    var reverse = false
    if keywordNames.isPointer {
        let names = keywordNames.cast(TupleObject.self)
        for i in 0..<names.pointee.count {
            let value = args[count + i]
            switch thread.string(names.items[i]) {
            case "key": key = value
            case "reverse":
                let truth = thread.truth(value)
                if truth < 0 { return nil }
                reverse = truth > 0
            case let name:
                thread.raise(.typeError, "sort() got an unexpected keyword argument '\(name)'")
                return nil
            }
        }
    }
    return (key, reverse)
}

/// `list(iterable=())`.
func listNew(_ thread: Thread, _ args: Arguments, _ count: Int, _ keywordNames: Value) -> Value {
    if keywordNames.isPointer && keywordNames.cast(TupleObject.self).pointee.count > 0 {
        return thread.raise(.typeError, "list() takes no keyword arguments")
    }
    if count > 1 { return thread.raise(.typeError, "list expected at most 1 argument, got \(count)") }
    if count == 0 {
        guard let list = thread.makeList() else { return .undefined }
        return Value(pointer: list)
    }
    return thread.listFrom(args[0])
}
