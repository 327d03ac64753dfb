// Dicts as the language sees them: items, methods, operators, construction.

import CGild

/// `dict[key]`: a new reference, or KeyError with the key.
func dictGetItem(_ thread: Thread, _ dict: DictPointer, _ key: Value) -> Value {
    let value = dictLoad(thread, dict, key)
    if !value.isUndefined || thread.isRaising { return value }
    return thread.raise(.keyError, argument: key)
}

/// `dict[key] = value` (both borrowed). False: raised.
func dictSetItem(_ thread: Thread, _ dict: DictPointer, _ key: Value, _ value: Value) -> Bool { dictSet(thread, dict, key, value) }

/// `del dict[key]`. False: raised.
func dictDeleteItem(_ thread: Thread, _ dict: DictPointer, _ key: Value) -> Bool {
    let removed = dictDelete(thread, dict, key)
    if removed == 0 { thread.raise(.keyError, argument: key) }
    return removed > 0
}

/// Set what a mapping (anything with `keys`) or an iterable of pairs holds. False: raised.
func dictMerge(_ thread: Thread, _ dict: DictPointer, from other: Value) -> Bool {
    if thread.isKind(other, .dict) { return dictUpdate(thread, dict, from: other.cast(DictObject.self)) }
    let method = thread.getOptionalAttribute(other, name: thread.intern("keys"))
    if !method.isUndefined {
        let keys = thread.call(method)
        thread.decref(method)
        if keys.isUndefined { return false }
        defer { thread.decref(keys) }
        return thread.forEach(keys) { key in
            let value = thread.getItem(other, key)
            if value.isUndefined { return false }
            defer { thread.decref(value) }
            return dictSet(thread, dict, key, value)
        }
    }
    if thread.isRaising { return false }
    var number = 0
    return thread.forEach(other) { pair in
        let sequence = thread.fastSequence(pair, "cannot convert dictionary update sequence element #\(number) to a sequence")
        if sequence.isUndefined { return false }
        defer { thread.decref(sequence) }
        var key = Value.undefined
        var value = Value.undefined
        let count = thread.briefly(sequence) {
            let count = thread.sequenceCount(sequence)
            if count == 2 {
                let items = thread.sequenceItems(sequence).unsafelyUnwrapped
                key = thread.newReference(items[0])
                value = thread.newReference(items[1])
            }
            return count
        }
        if count != 2 {
            thread.raise(.valueError, "dictionary update sequence element #\(number) has length \(count); 2 is required")
            return false
        }
        defer {
            thread.decref(key)
            thread.decref(value)
        }
        number += 1
        return dictSet(thread, dict, key, value)
    }
}

/// `update(other=(), **keywords)`; `args` behind the receiver. False: raised.
private func dictUpdateArguments(
    _ thread: Thread, _ dict: DictPointer, _ name: String, _ args: Arguments, _ count: Int, _ keywordNames: Value
) -> Bool {
    if count > 1 {
        thread.raise(.typeError, "\(name) expected at most 1 argument, got \(count)")
        return false
    }
    if count == 1 && !dictMerge(thread, dict, from: args[0]) { return false }
    if keywordNames.isPointer {
        let names = keywordNames.cast(TupleObject.self)
        for i in 0..<names.pointee.count {
            if !dictSet(thread, dict, names.items[i], args[count + i]) { return false }
        }
    }
    return true
}

/// `dict(other=(), **keywords)`.
func dictNew(_ thread: Thread, _ args: Arguments, _ count: Int, _ keywordNames: Value) -> Value {
    guard let dict = thread.makeDict() else { return .undefined }
    if dictUpdateArguments(thread, dict, "dict", args, count, keywordNames) { return Value(pointer: dict) }
    thread.decref(Value(pointer: dict))
    return .undefined
}

/// `a == b` for dicts: 1, 0, -1 raised.
func dictsEqual(_ thread: Thread, _ a: DictPointer, _ b: DictPointer) -> Int32 {
    if a == b { return 1 }
    if a.pointee.used != b.pointee.used { return 0 }
    if !thread.enterNative() { return -1 }
    defer { thread.leaveNative() }
    var position = 0
    while position < a.pointee.entryCount {
        let entry = a.pointee.entries.unsafelyUnwrapped[position]
        position += 1
        if entry.key.isUndefined { continue }
        thread.incref(entry.key)
        thread.incref(entry.value)
        defer {
            thread.decref(entry.key)
            thread.decref(entry.value)
        }
        let other = dictGetKnownHash(thread, b, entry.key, hash: entry.hash)
        if other.isUndefined { return thread.isRaising ? -1 : 0 }
        thread.incref(other)
        let equal = thread.equal(entry.value, other)
        thread.decref(other)
        if equal <= 0 { return equal }
    }
    return 1
}

/// `{key: value, …}`.
func dictRepr(_ thread: Thread, _ value: Value) -> Value {
    let dict = value.cast(DictObject.self)
    if dict.pointee.used == 0 { return thread.makeString("{}") }
    if !thread.enterRepr(value) { return thread.isRaising ? .undefined : thread.makeString("{...}") }
    defer { thread.leaveRepr(value) }
    var builder = ReprBuilder(thread)
    builder.add("{")
    var position = 0
    var first = true
    while let (key, item) = dictNext(dict, &position) {
        if !first { builder.add(", ") }
        first = false
        thread.incref(item)
        defer { thread.decref(item) }
        if !builder.addRepr(key) { return .undefined }
        builder.add(": ")
        if !builder.addRepr(item) { return .undefined }
    }
    builder.add("}")
    return builder.finish()
}

/// `a | b` of two dicts.
func dictUnion(_ thread: Thread, _ a: DictPointer, _ b: DictPointer) -> Value {
    guard let result = dictCopy(thread, a) else { return .undefined }
    if dictUpdate(thread, result, from: b) { return Value(pointer: result) }
    thread.decref(Value(pointer: result))
    return .undefined
}

let dictMethods: [NativeDefinition] = ContainerSpecialMethods.dict + keyMethods + lockingDictMethods

/// They lock the dict for the look-up only, not for the key's hash.
private let keyMethods: [NativeDefinition] = [
    NativeDefinition("get", 1, 2) { thread, args, count, _ in
        let value = dictLoad(thread, args[0].cast(DictObject.self), args[1])
        if !value.isUndefined || thread.isRaising { return value }
        return count > 2 ? thread.newReference(args[2]) : .none
    },
]

private let lockingDictMethods = NativeDefinition.locking([
    NativeDefinition("setdefault", 1, 2) { thread, args, count, _ in
        let dict = args[0].cast(DictObject.self)
        let hash = thread.keyHash(args[1])
        if hash == -1 { return .undefined }
        let value = dictGetKnownHash(thread, dict, args[1], hash: hash)
        if !value.isUndefined { return thread.newReference(value) }
        if thread.isRaising { return .undefined }
        let missing = count > 2 ? args[2] : Value.none
        return dictInsert(thread, dict, args[1], missing, hash: hash) ? thread.newReference(missing) : .undefined
    },
    NativeDefinition("pop", 1, 2) { thread, args, count, _ in
        let value = dictPop(thread, args[0].cast(DictObject.self), args[1])
        if !value.isUndefined || thread.isRaising { return value }
        return count > 2 ? thread.newReference(args[2]) : thread.raise(.keyError, argument: args[1])
    },
    NativeDefinition("popitem", 0, 0) { thread, args, _, _ in
        guard let (key, value) = dictPopLast(args[0].cast(DictObject.self)) else {
            return thread.raise(.keyError, "popitem(): dictionary is empty")
        }
        return thread.makePair(key, value)
    },
    NativeDefinition("update", 0, -1, keywords: true) { thread, args, count, keywordNames in
        dictUpdateArguments(thread, args[0].cast(DictObject.self), "update", args + 1, count - 1, keywordNames) ? .none : .undefined
    },
    NativeDefinition("keys", 0, 0) { thread, args, _, _ in thread.makeDictView(.dictKeys, args[0]) },
    NativeDefinition("values", 0, 0) { thread, args, _, _ in thread.makeDictView(.dictValues, args[0]) },
    NativeDefinition("items", 0, 0) { thread, args, _, _ in thread.makeDictView(.dictItems, args[0]) },
    NativeDefinition("copy", 0, 0) { thread, args, _, _ in
        guard let copy = dictCopy(thread, args[0].cast(DictObject.self)) else { return .undefined }
        return Value(pointer: copy)
    },
    NativeDefinition("clear", 0, 0) { thread, args, _, _ in
        dictClear(thread, args[0].cast(DictObject.self))
        return .none
    },
    NativeDefinition("fromkeys", 1, 2, isStatic: true) { thread, args, count, _ in
        guard let dict = thread.makeDict() else { return .undefined }
        let value = count > 1 ? args[1] : Value.none
        if thread.forEach(args[0], { dictSet(thread, dict, $0, value) }) { return Value(pointer: dict) }
        thread.decref(Value(pointer: dict))
        return .undefined
    },
    NativeDefinition("__reversed__", 0, 0) { thread, args, _, _ in nativeReversed(thread, args[0]) },
])
