// Builtin functions that consume iterables.

import BigInt
import CGild

let iterationFunctions: [NativeDefinition] = [
    NativeDefinition("all", 1, 1) { thread, args, _, _ in
        var truth: Int32 = 1
        let done = thread.forEach(args[0]) { item in
            truth = thread.truth(item)
            return truth > 0
        }
        return done ? Value(truth > 0) : .undefined
    },
    NativeDefinition("any", 1, 1) { thread, args, _, _ in
        var truth: Int32 = 0
        let done = thread.forEach(args[0]) { item in
            truth = thread.truth(item)
            return truth == 0
        }
        return done ? Value(truth > 0) : .undefined
    },
    NativeDefinition("iter", 1, 2) { thread, args, count, _ in
        if count == 1 { return thread.iterator(args[0]) }
        if !thread.isCallable(args[0]) { return thread.raise(.typeError, "iter(v, w): v must be callable") }
        return thread.makeIterator(.callableIterator, thread.newReference(args[0]), extra: thread.newReference(args[1]))
    },
    NativeDefinition("next", 1, 2) { thread, args, count, _ in
        let iterator = args[0]
        let item: Value
        if thread.isKind(iterator, .iterator) {
            item = nativeNext(thread, iterator.cast(IteratorObject.self))
            if item.isUndefined && !thread.isRaising && count < 2 { return thread.raise(.stopIteration, argument: .undefined) }
        } else {
            let method = thread.isKind(iterator, .nativeObject) ? thread.nativeMethod(iterator, .next) : thread.special(iterator, .next)
            if method.isUndefined { return thread.raise(.typeError, "'\(thread.typeName(iterator))' object is not an iterator") }
            item = thread.call(method, iterator)
        }
        if !item.isUndefined || count < 2 { return item }
        if thread.isRaising {
            if !thread.isRaising(.stopIteration) { return .undefined }
            thread.clearException()
        }
        return thread.newReference(args[1])
    },
    NativeDefinition("max", 0, -1, keywords: true) { thread, args, count, keywordNames in
        extreme(thread, "max", .gt, args, count, keywordNames)
    },
    NativeDefinition("min", 0, -1, keywords: true) { thread, args, count, keywordNames in
        extreme(thread, "min", .lt, args, count, keywordNames)
    },
    NativeDefinition("sorted", 0, -1, keywords: true) { thread, args, count, keywordNames in
        if count != 1 { return thread.raise(.typeError, "sorted expected 1 argument, got \(count)") }
        let list = thread.listFrom(args[0])
        if list.isUndefined { return list }
        if let (key, reverse) = sortArguments(thread, args, 1, keywordNames),
            listSort(thread, list.cast(ListObject.self), key: key, reverse: reverse)
        {
            return list
        }
        thread.decref(list)
        return .undefined
    },
    NativeDefinition("sum", 0, -1, keywords: true) { thread, args, count, keywordNames in
        withUnsafeTemporaryAllocation(of: Value.self, capacity: 2) { places in
            let bound = places.baseAddress.unsafelyUnwrapped
            if !thread.bind("sum", args, count, keywordNames, parameters: ["", "start"], positionalOnly: 1, required: 1, into: bound) {
                return .undefined
            }
            return sum(thread, bound[0], start: bound[1].isUndefined ? Value(smallInt: 0) : bound[1])
        }
    },
]

// MARK: - Extremes

private func extreme(_ thread: Thread, _ name: String, _ op: CompareOperator, _ args: Arguments, _ count: Int, _ keywordNames: Value) -> Value {
    if count == 0 { return thread.raise(.typeError, "\(name) expected at least 1 argument, got 0") }
    var key = Value.none
    var missing = Value.undefined
    if keywordNames.isPointer {
        let names = keywordNames.cast(TupleObject.self)
        for i in 0..<names.pointee.count {
            switch thread.string(names.items[i]) {
            case "key": key = args[count + i]
            case "default": missing = args[count + i]
            case let other: return thread.raise(.typeError, "\(name)() got an unexpected keyword argument '\(other)'")
            }
        }
    }
    if count > 1 && !missing.isUndefined {
        return thread.raise(.typeError, "Cannot specify a default for \(name)() with multiple positional arguments")
    }
    var best = Value.undefined
    var bestKey = Value.undefined

    /// Take over the item when it is better than the best one so far. False: raised.
    func consider(_ item: Value) -> Bool {
        var itemKey: Value
        if key.isNone {
            itemKey = thread.newReference(item)
        } else {
            itemKey = thread.call(key, item)
            if itemKey.isUndefined { return false }
        }
        if !best.isUndefined {
            let better: Int32
            if itemKey.isInt && bestKey.isInt {
                better = op == .gt ? (itemKey.int > bestKey.int ? 1 : 0) : (itemKey.int < bestKey.int ? 1 : 0)
            } else {
                let result = thread.compare(itemKey, bestKey, op)
                better = result.isUndefined ? -1 : thread.truth(result)
                thread.decref(result)
            }
            if better <= 0 {
                thread.decref(itemKey)
                return better == 0
            }
        }
        let old = best
        best = thread.newReference(item)
        swap(&bestKey, &itemKey)
        thread.decref(old)
        thread.decref(itemKey)
        return true
    }

    var done = true
    if count > 1 {
        for i in 0..<count where done { done = consider(args[i]) }
    } else {
        done = thread.forEach(args[0], consider)
    }
    thread.decref(bestKey)
    if !done || thread.isRaising {
        thread.decref(best)
        return .undefined
    }
    if !best.isUndefined { return best }
    if !missing.isUndefined { return thread.newReference(missing) }
    return thread.raise(.valueError, "\(name)() iterable argument is empty")
}

// MARK: - Sum

/// The sum of what an iterable yields. Machine integers are added as such, floats with Neumaier's compensation (A. Neumaier,
/// ZAMM 54, 1974), anything else with `+`.
private func sum(_ thread: Thread, _ iterable: Value, start: Value) -> Value {
    if thread.isString(start) { return thread.raise(.typeError, "sum() can't sum strings [use ''.join(seq) instead]") }
    enum Phase { case integers, floats, objects }
    var phase = Phase.objects
    var integer = 0
    var float = 0.0
    var compensation = 0.0
    var object = Value.undefined
    if let small = thread.smallInt(start), !start.isBool {
        phase = .integers
        integer = small
    } else if thread.isFloat(start) {
        phase = .floats
        float = thread.float(start)
    } else {
        object = thread.newReference(start)
    }

    /// Go on with `+` from what there is so far.
    func toObjects() -> Bool {
        if phase == .floats && compensation != 0 && compensation.isFinite { float += compensation }
        object = phase == .integers ? thread.makeInt(integer) : thread.makeFloat(float)
        phase = .objects
        return !object.isUndefined
    }

    let done = thread.forEach(iterable) { item in
        if phase == .integers {
            if let small = thread.smallInt(item) {
                let (total, overflow) = integer.addingReportingOverflow(small)
                if !overflow {
                    integer = total
                    return true
                }
            } else if thread.isFloat(item) {
                phase = .floats
                float = Double(integer)
            }
        }
        if phase == .floats {
            if thread.isFloat(item) {
                let x = thread.float(item)
                let total = float + x
                if abs(float) >= abs(x) { compensation += (float - total) + x } else { compensation += (x - total) + float }
                float = total
                return true
            }
            if let small = thread.smallInt(item) {
                float += Double(small)
                return true
            }
        }
        if phase != .objects && !toObjects() { return false }
        let total = thread.binary(.add, object, item)
        if total.isUndefined { return false }
        thread.decref(object)
        object = total
        return true
    }
    if !done {
        thread.decref(object)
        return .undefined
    }
    if phase != .objects { _ = toObjects() }
    return object
}
