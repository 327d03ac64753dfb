// Sets and frozensets as the language sees them: operations, methods, operators.
//
// Which operand is iterated and which is asked, and into what size a result grows, decides the order of the result's elements;
// it is CPython's choice everywhere. A set itself may be looked up in a set: it then stands for the frozenset of its elements.

import CGild

/// Add every element of an iterable. False: raised.
func setUpdate(_ thread: Thread, _ set: SetPointer, _ other: Value) -> Bool {
    thread.holding(Value(pointer: set), other) { setUpdateHeld(thread, set, other) }
}

private func setUpdateHeld(_ thread: Thread, _ set: SetPointer, _ other: Value) -> Bool {
    if thread.isAnySet(other) { return setMerge(thread, set, other.cast(SetObject.self)) }
    if other.hasShape(.dict) {
        let dict = other.cast(DictObject.self)
        let size = dict.pointee.used
        if (set.pointee.fill + size) * 5 >= set.pointee.mask * 3 {
            if !setRebuild(thread, set, minimum: (set.pointee.used + size) * 2) { return false }
        }
        return eachKey(dict) { key, hash in
            thread.incref(key)
            defer { thread.decref(key) }
            return setAddKnownHash(thread, set, key, hash: hash) >= 0
        }
    }
    return thread.forEach(other) { setAdd(thread, set, $0) >= 0 }
}

@inline(__always) private func eachKey(_ dict: DictPointer, _ body: (Value, Int) -> Bool) -> Bool {
    var position = 0
    while position < dict.pointee.entryCount {
        let entry = dict.pointee.entries.unsafelyUnwrapped[position]
        position += 1
        if !entry.key.isUndefined && !body(entry.key, entry.hash) { return false }
    }
    return true
}

/// Call `body` with every element and its hash, the element held meanwhile. False: `body` said stop.
@inline(__always) private func eachElement(_ thread: Thread, _ set: SetPointer, _ body: (Value, Int) -> Bool) -> Bool {
    var position = 0
    while let entry = setNext(set, &position) {
        thread.incref(entry.key)
        defer { thread.decref(entry.key) }
        if !body(entry.key, entry.hash) { return false }
    }
    return true
}

/// 1, 0, -1 raised.
private func setContainsKnownHash(_ thread: Thread, _ set: SetPointer, _ key: Value, _ hash: Int) -> Int32 {
    let place = setFind(thread, set, key, hash: hash)
    return place >= 0 ? 1 : place == -1 ? 0 : -1
}

/// Hash of what is looked up: a set stands for the frozenset of its elements. -1: raised.
private func lookupHash(_ thread: Thread, _ key: Value) -> Int {
    if thread.isKind(key, .set) && thread.special(key, .hash).isUndefined {
        // A set keeps no hash: it is that of the elements at this moment.
        return thread.briefly(key) { setHash(key.cast(SetObject.self)) }
    }
    return thread.keyHash(key)
}

/// `item in set`: 1, 0, -1 raised.
func setContainsItem(_ thread: Thread, _ set: SetPointer, _ item: Value) -> Int32 {
    let hash = lookupHash(thread, item)
    return hash == -1 ? -1 : setContainsKnownHash(thread, set, item, hash)
}

/// A set or frozenset, as `like` is, from a body that fills it.
@inline(__always) private func makeLike(_ thread: Thread, _ like: SetPointer, _ fill: (SetPointer) -> Bool) -> Value {
    let frozen = thread.kind(Value(pointer: like)) == .frozenSet
    guard let result = thread.makeSet(frozen: frozen) else { return .undefined }
    if fill(result) { return Value(pointer: result) }
    thread.decref(Value(pointer: result))
    return .undefined
}

private func copyLike(_ thread: Thread, _ set: SetPointer) -> Value {
    makeLike(thread, set) { setMerge(thread, $0, set) }
}

/// `set & other`, other any iterable.
func setIntersection(_ thread: Thread, _ set: SetPointer, _ other: Value) -> Value {
    thread.holding(Value(pointer: set), other) { setIntersectionHeld(thread, set, other) }
}

private func setIntersectionHeld(_ thread: Thread, _ set: SetPointer, _ other: Value) -> Value {
    if other == Value(pointer: set) { return copyLike(thread, set) }
    return makeLike(thread, set) { result in
        if thread.isAnySet(other) {
            var asked = set
            var iterated = other.cast(SetObject.self)
            if iterated.pointee.used > asked.pointee.used { swap(&asked, &iterated) }
            return eachElement(thread, iterated) { key, hash in
                let found = setContainsKnownHash(thread, asked, key, hash)
                if found > 0 { return setAddKnownHash(thread, result, key, hash: hash) >= 0 }
                return found == 0
            }
        }
        var enough = false
        let done = thread.forEach(other) { item in
            let hash = thread.keyHash(item)
            if hash == -1 { return false }
            let found = setContainsKnownHash(thread, set, item, hash)
            if found < 0 { return false }
            if found > 0 {
                if setAddKnownHash(thread, result, item, hash: hash) < 0 { return false }
                if result.pointee.used >= set.pointee.used {
                    enough = true
                    return false
                }
            }
            return true
        }
        return done || enough
    }
}

/// Remove every element of an iterable. False: raised.
func setDifferenceUpdate(_ thread: Thread, _ set: SetPointer, _ other: Value) -> Bool {
    thread.holding(Value(pointer: set), other) { setDifferenceUpdateHeld(thread, set, other) }
}

private func setDifferenceUpdateHeld(_ thread: Thread, _ set: SetPointer, _ other: Value) -> Bool {
    if other == Value(pointer: set) {
        setClear(thread, set)
        return true
    }
    var done: Bool
    if thread.isAnySet(other) {
        var source = thread.newReference(other)
        if other.cast(SetObject.self).pointee.used >> 3 > set.pointee.used {
            thread.decref(source)
            source = setIntersection(thread, set, other)
            if source.isUndefined { return false }
        }
        done = eachElement(thread, source.cast(SetObject.self)) { key, hash in setDiscardKnownHash(thread, set, key, hash: hash) >= 0 }
        thread.decref(source)
    } else {
        done = thread.forEach(other) { item in
            let hash = thread.keyHash(item)
            return hash != -1 && setDiscardKnownHash(thread, set, item, hash: hash) >= 0
        }
    }
    if !done { return false }
    if set.pointee.fill - set.pointee.used <= set.pointee.mask / 4 { return true }
    return setRebuild(thread, set, minimum: set.pointee.used > 50000 ? set.pointee.used * 2 : set.pointee.used * 4)
}

/// `set - other`, other any iterable.
func setDifference(_ thread: Thread, _ set: SetPointer, _ other: Value) -> Value {
    thread.holding(Value(pointer: set), other) { setDifferenceHeld(thread, set, other) }
}

private func setDifferenceHeld(_ thread: Thread, _ set: SetPointer, _ other: Value) -> Value {
    let isSet = thread.isAnySet(other)
    let isDict = other.hasShape(.dict)
    let size = isSet ? other.cast(SetObject.self).pointee.used : isDict ? other.cast(DictObject.self).pointee.used : 0
    if !isSet && !isDict || set.pointee.used >> 2 > size {
        let copy = copyLike(thread, set)
        if copy.isUndefined { return copy }
        if setDifferenceUpdate(thread, copy.cast(SetObject.self), other) { return copy }
        thread.decref(copy)
        return .undefined
    }
    return makeLike(thread, set) { result in
        eachElement(thread, set) { key, hash in
            let found: Int32
            if isSet {
                found = setContainsKnownHash(thread, other.cast(SetObject.self), key, hash)
            } else {
                let index = dictFind(thread, other.cast(DictObject.self), key, hash: hash)
                found = index >= 0 ? 1 : index == -1 ? 0 : -1
            }
            if found == 0 { return setAddKnownHash(thread, result, key, hash: hash) >= 0 }
            return found > 0
        }
    }
}

/// `set ^= other`, other any iterable. False: raised.
func setSymmetricDifferenceUpdate(_ thread: Thread, _ set: SetPointer, _ other: Value) -> Bool {
    thread.holding(Value(pointer: set), other) { setSymmetricDifferenceUpdateHeld(thread, set, other) }
}

private func setSymmetricDifferenceUpdateHeld(_ thread: Thread, _ set: SetPointer, _ other: Value) -> Bool {
    if other == Value(pointer: set) {
        setClear(thread, set)
        return true
    }
    func toggle(_ key: Value, _ hash: Int) -> Bool {
        thread.incref(key)
        defer { thread.decref(key) }
        let removed = setDiscardKnownHash(thread, set, key, hash: hash)
        if removed == 0 { return setAddKnownHash(thread, set, key, hash: hash) >= 0 }
        return removed > 0
    }
    if other.hasShape(.dict) { return eachKey(other.cast(DictObject.self), toggle) }
    if thread.isAnySet(other) { return eachElement(thread, other.cast(SetObject.self), toggle) }
    guard let source = thread.makeSet() else { return false }
    defer { thread.decref(Value(pointer: source)) }
    return setUpdate(thread, source, other) && eachElement(thread, source, toggle)
}

/// `set ^ other`, other any iterable.
func setSymmetricDifference(_ thread: Thread, _ set: SetPointer, _ other: Value) -> Value {
    thread.holding(Value(pointer: set), other) {
        makeLike(thread, set) { result in
            setUpdate(thread, result, other) && setSymmetricDifferenceUpdate(thread, result, Value(pointer: set))
        }
    }
}

/// Every element of `a` is in `b`: 1, 0, -1 raised.
private func setIsSubset(_ thread: Thread, _ a: SetPointer, _ b: SetPointer) -> Int32 {
    if a.pointee.used > b.pointee.used { return 0 }
    var result: Int32 = 1
    _ = eachElement(thread, a) { key, hash in
        result = setContainsKnownHash(thread, b, key, hash)
        return result > 0
    }
    return result
}

/// Comparison of two sets; NotImplemented for anything else.
func setCompare(_ thread: Thread, _ a: Value, _ b: Value, _ op: CompareOperator) -> Value {
    guard thread.isAnySet(b) else { return .notImplemented }
    let x = a.cast(SetObject.self)
    let y = b.cast(SetObject.self)
    let first = x.pointee.used
    let second = y.pointee.used
    let result: Int32
    switch op {
    case .eq, .ne:
        var equal: Int32 = 0
        if first == second {
            let (hash, other) = (x.knownHash, y.knownHash)
            let hashesDiffer = hash != -1 && other != -1 && hash != other
            equal = hashesDiffer ? 0 : setIsSubset(thread, x, y)
        }
        result = equal < 0 || op == .eq ? equal : 1 - equal
    case .lt: result = first < second ? setIsSubset(thread, x, y) : 0
    case .le: result = setIsSubset(thread, x, y)
    case .gt: result = first > second ? setIsSubset(thread, y, x) : 0
    case .ge: result = setIsSubset(thread, y, x)
    }
    return result < 0 ? .undefined : Value(result > 0)
}

/// `a op b` of two sets; NotImplemented for other operators and operands.
func setBinary(_ thread: Thread, _ op: BinaryOperator, _ a: Value, _ b: Value) -> Value {
    guard thread.isAnySet(a), thread.isAnySet(b) else { return .notImplemented }
    let set = a.cast(SetObject.self)
    switch op {
    case .and: return setIntersection(thread, set, b)
    case .sub: return setDifference(thread, set, b)
    case .xor: return setSymmetricDifference(thread, set, b)
    case .or:
        let copy = copyLike(thread, set)
        if copy.isUndefined || setMerge(thread, copy.cast(SetObject.self), b.cast(SetObject.self)) { return copy }
        thread.decref(copy)
        return .undefined
    default: return .notImplemented
    }
}

/// `a op= b` of a set (not a frozenset) and any set: a itself (a new reference); NotImplemented for anything else.
func setInPlace(_ thread: Thread, _ op: BinaryOperator, _ a: Value, _ b: Value) -> Value {
    guard thread.isKind(a, .set), thread.isAnySet(b) else { return .notImplemented }
    let set = a.cast(SetObject.self)
    let done: Bool
    switch op {
    case .or: done = setMerge(thread, set, b.cast(SetObject.self))
    case .sub: done = setDifferenceUpdate(thread, set, b)
    case .xor: done = setSymmetricDifferenceUpdate(thread, set, b)
    case .and:
        let result = setIntersection(thread, set, b)
        done = !result.isUndefined
        if done { setSwap(set, result.cast(SetObject.self)) }
        thread.decref(result)
    default: return .notImplemented
    }
    return done ? thread.newReference(a) : .undefined
}

/// `{1, 2}`, `set()`, `frozenset({1, 2})`.
func setRepr(_ thread: Thread, _ value: Value) -> Value {
    let set = value.cast(SetObject.self)
    let isPlain = value.hasShape(.set)
    let name = thread.typeName(value)
    if set.pointee.used == 0 { return thread.makeString("\(name)()") }
    if !thread.enterRepr(value) { return thread.isRaising ? .undefined : thread.makeString("\(name)(...)") }
    defer { thread.leaveRepr(value) }
    let list = thread.listFrom(value)
    if list.isUndefined { return list }
    defer { thread.decref(list) }
    var builder = ReprBuilder(thread)
    if !isPlain {
        let prefix = thread.makeString(name)
        builder.add(string: prefix)
        thread.decref(prefix)
        builder.add("(")
    }
    builder.add("{")
    let items = list.cast(ListObject.self)
    for i in 0..<items.pointee.count {
        if i > 0 { builder.add(", ") }
        if !builder.addRepr(items.pointee.items.unsafelyUnwrapped[i]) { return .undefined }
    }
    builder.add(isPlain ? "}" : "})")
    return builder.finish()
}

// MARK: - Methods

/// Methods of both kinds.
private let commonSetMethods: [NativeDefinition] = ContainerSpecialMethods.set + NativeDefinition.locking(argument: true, [
    NativeDefinition("union", 0, -1) { thread, args, count, _ in
        let copy = copyLike(thread, args[0].cast(SetObject.self))
        if copy.isUndefined { return copy }
        for i in 1..<max(1, count) where args[i] != args[0] {
            if !setUpdate(thread, copy.cast(SetObject.self), args[i]) {
                thread.decref(copy)
                return .undefined
            }
        }
        return copy
    },
    NativeDefinition("intersection", 0, -1) { thread, args, count, _ in
        intersectionOfAll(thread, args, count)
    },
    NativeDefinition("difference", 0, -1) { thread, args, count, _ in
        let set = args[0].cast(SetObject.self)
        if count < 2 { return copyLike(thread, set) }
        let result = setDifference(thread, set, args[1])
        if result.isUndefined { return result }
        for i in 2..<max(2, count) {
            if !setDifferenceUpdate(thread, result.cast(SetObject.self), args[i]) {
                thread.decref(result)
                return .undefined
            }
        }
        return result
    },
    NativeDefinition("symmetric_difference", 1, 1) { thread, args, _, _ in
        setSymmetricDifference(thread, args[0].cast(SetObject.self), args[1])
    },
    NativeDefinition("issubset", 1, 1) { thread, args, _, _ in
        let set = args[0].cast(SetObject.self)
        if thread.isAnySet(args[1]) { return setCompare(thread, args[0], args[1], .le) }
        let common = setIntersection(thread, set, args[1])
        if common.isUndefined { return common }
        defer { thread.decref(common) }
        return Value(common.cast(SetObject.self).pointee.used == set.pointee.used)
    },
    NativeDefinition("issuperset", 1, 1) { thread, args, _, _ in
        if thread.isAnySet(args[1]) { return setCompare(thread, args[0], args[1], .ge) }
        let set = args[0].cast(SetObject.self)
        var found: Int32 = 1
        let done = thread.forEach(args[1]) { item in
            found = setContainsItem(thread, set, item)
            return found > 0
        }
        return found == 0 ? .false : done ? .true : .undefined
    },
    NativeDefinition("isdisjoint", 1, 1) { thread, args, _, _ in
        var set = args[0].cast(SetObject.self)
        if args[0] == args[1] { return Value(set.pointee.used == 0) }
        var found: Int32 = 0
        if thread.isAnySet(args[1]) {
            var other = args[1].cast(SetObject.self)
            if other.pointee.used > set.pointee.used { swap(&set, &other) }
            _ = eachElement(thread, other) { key, hash in
                found = setContainsKnownHash(thread, set, key, hash)
                return found == 0
            }
            return found < 0 ? .undefined : Value(found == 0)
        }
        let done = thread.forEach(args[1]) { item in
            let hash = thread.keyHash(item)
            found = hash == -1 ? -1 : setContainsKnownHash(thread, set, item, hash)
            return found == 0
        }
        return found > 0 ? .false : done ? .true : .undefined
    },
    NativeDefinition("copy", 0, 0) { thread, args, _, _ in
        args[0].hasShape(.frozenSet) ? thread.newReference(args[0]) : copyLike(thread, args[0].cast(SetObject.self))
    },
])

private func intersectionOfAll(_ thread: Thread, _ args: Arguments, _ count: Int) -> Value {
    if count < 2 { return copyLike(thread, args[0].cast(SetObject.self)) }
    var result = thread.newReference(args[0])
    for i in 1..<count {
        let next = setIntersection(thread, result.cast(SetObject.self), args[i])
        thread.decref(result)
        if next.isUndefined { return next }
        result = next
    }
    return result
}

let frozensetMethods: [NativeDefinition] = commonSetMethods + ContainerSpecialMethods.frozenset

let setMethods: [NativeDefinition] = commonSetMethods + ContainerSpecialMethods.mutableSet + elementMethods + updateMethods

private let elementMethods = NativeDefinition.locking([
    NativeDefinition("add", 1, 1) { thread, args, _, _ in
        setAdd(thread, args[0].cast(SetObject.self), args[1]) < 0 ? .undefined : .none
    },
    NativeDefinition("discard", 1, 1) { thread, args, _, _ in
        let hash = lookupHash(thread, args[1])
        if hash == -1 { return .undefined }
        return setDiscardKnownHash(thread, args[0].cast(SetObject.self), args[1], hash: hash) < 0 ? .undefined : .none
    },
    NativeDefinition("remove", 1, 1) { thread, args, _, _ in
        let hash = lookupHash(thread, args[1])
        if hash == -1 { return .undefined }
        let removed = setDiscardKnownHash(thread, args[0].cast(SetObject.self), args[1], hash: hash)
        if removed == 0 { return thread.raise(.keyError, argument: args[1]) }
        return removed < 0 ? .undefined : .none
    },
    NativeDefinition("pop", 0, 0) { thread, args, _, _ in
        let key = setPopAny(args[0].cast(SetObject.self))
        return key.isUndefined ? thread.raise(.keyError, "pop from an empty set") : key
    },
    NativeDefinition("clear", 0, 0) { thread, args, _, _ in
        setClear(thread, args[0].cast(SetObject.self))
        return .none
    },
])

private let updateMethods = NativeDefinition.locking(argument: true, [
    NativeDefinition("update", 0, -1) { thread, args, count, _ in
        for i in 1..<max(1, count) where !setUpdate(thread, args[0].cast(SetObject.self), args[i]) { return .undefined }
        return .none
    },
    NativeDefinition("intersection_update", 0, -1) { thread, args, count, _ in
        let result = intersectionOfAll(thread, args, count)
        if result.isUndefined { return result }
        setSwap(args[0].cast(SetObject.self), result.cast(SetObject.self))
        thread.decref(result)
        return .none
    },
    NativeDefinition("difference_update", 0, -1) { thread, args, count, _ in
        for i in 1..<max(1, count) where !setDifferenceUpdate(thread, args[0].cast(SetObject.self), args[i]) { return .undefined }
        return .none
    },
    NativeDefinition("symmetric_difference_update", 1, 1) { thread, args, _, _ in
        setSymmetricDifferenceUpdate(thread, args[0].cast(SetObject.self), args[1]) ? .none : .undefined
    },
])

private func setOf(_ thread: Thread, _ args: Arguments, _ count: Int, _ keywordNames: Value, frozen: Bool) -> Value {
    let name = frozen ? "frozenset" : "set"
    if keywordNames.isPointer && keywordNames.cast(TupleObject.self).pointee.count > 0 {
        return thread.raise(.typeError, "\(name)() takes no keyword arguments")
    }
    if count > 1 { return thread.raise(.typeError, "\(name) expected at most 1 argument, got \(count)") }
    if frozen && count == 1 && args[0].hasShape(.frozenSet) { return thread.newReference(args[0]) }
    guard let set = thread.makeSet(frozen: frozen) else { return .undefined }
    if count == 0 || setUpdate(thread, set, args[0]) { return Value(pointer: set) }
    thread.decref(Value(pointer: set))
    return .undefined
}

/// `set(iterable=())`.
func setNew(_ thread: Thread, _ args: Arguments, _ count: Int, _ keywordNames: Value) -> Value {
    setOf(thread, args, count, keywordNames, frozen: false)
}

/// `frozenset(iterable=())`.
func frozensetNew(_ thread: Thread, _ args: Arguments, _ count: Int, _ keywordNames: Value) -> Value {
    setOf(thread, args, count, keywordNames, frozen: true)
}
