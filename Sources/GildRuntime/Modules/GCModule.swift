// The module `gc`: the script's view of the cycle collector.
//
// gild collects all generations at once, so the generation argument is checked and has no other effect, and the second and
// third numbers of `get_count` are always 0.

import CGild

let gcFunctions: [NativeDefinition] = [
    NativeDefinition("collect", 0, 1, keywords: true, gcCollect),
    NativeDefinition("enable", 0, 0, gcEnable),
    NativeDefinition("disable", 0, 0, gcDisable),
    NativeDefinition("isenabled", 0, 0, gcIsEnabled),
    NativeDefinition("get_count", 0, 0, gcGetCount),
    NativeDefinition("get_threshold", 0, 0, gcGetThreshold),
    NativeDefinition("set_threshold", 0, -1, gcSetThreshold),
    NativeDefinition("is_tracked", 1, 1, gcIsTracked),
]

/// Set the module's constants.
func populateGC(_ thread: Thread, module: Value) {
    if let garbage = thread.makeList(capacity: 0) {
        thread.setModuleAttribute(module, name: thread.intern("garbage"), Value(pointer: garbage))
    }
}

/// `collect(generation=2)`: the number of unreachable objects found.
func gcCollect(_ thread: Thread, _ arguments: Arguments, _ count: Int, _ keywordNames: Value) -> Value {
    var argument = Value.undefined
    guard thread.bind("collect", arguments, count, keywordNames, parameters: ["generation"], required: 0, into: &argument) else { return .undefined }
    var generation = 2
    if !argument.isUndefined {
        guard let given = thread.integerArgument(argument) else { return .undefined }
        generation = given
    }
    if generation < 0 || generation > 2 { return thread.raise(.valueError, "invalid generation") }
    return thread.makeInt(thread.collectGarbage(generation: generation))
}

func gcEnable(_ thread: Thread, _ arguments: Arguments, _ count: Int, _ keywordNames: Value) -> Value {
    thread.s.pointee.run.pointee.settings.isCollectorEnabled = true
    return .none
}

func gcDisable(_ thread: Thread, _ arguments: Arguments, _ count: Int, _ keywordNames: Value) -> Value {
    thread.s.pointee.run.pointee.settings.isCollectorEnabled = false
    return .none
}

func gcIsEnabled(_ thread: Thread, _ arguments: Arguments, _ count: Int, _ keywordNames: Value) -> Value {
    Value(thread.s.pointee.run.pointee.settings.isCollectorEnabled)
}

func gcGetCount(_ thread: Thread, _ arguments: Arguments, _ count: Int, _ keywordNames: Value) -> Value {
    threeIntegers(thread, (thread.youngContainers, 0, 0))
}

func gcGetThreshold(_ thread: Thread, _ arguments: Arguments, _ count: Int, _ keywordNames: Value) -> Value {
    threeIntegers(thread, thresholds(thread))
}

private func thresholds(_ thread: Thread) -> (Int, Int, Int) {
    let words = thread.heap.pointee.collector.thresholds
    return (gild_load_relaxed_int(words), gild_load_relaxed_int(words + 1), gild_load_relaxed_int(words + 2))
}

private func threeIntegers(_ thread: Thread, _ numbers: (Int, Int, Int)) -> Value {
    guard let tuple = thread.allocateTuple(3) else { return .undefined }
    tuple.items[0] = Value(smallInt: numbers.0)
    tuple.items[1] = Value(smallInt: numbers.1)
    tuple.items[2] = Value(smallInt: numbers.2)
    return Value(pointer: tuple)
}

/// `set_threshold(threshold0[, threshold1[, threshold2]])`; what is not given stays. 0 as the first turns the collector off.
func gcSetThreshold(_ thread: Thread, _ arguments: Arguments, _ count: Int, _ keywordNames: Value) -> Value {
    if count < 1 || count > 3 { return thread.raise(.typeError, "gc.set_threshold requires 1 to 3 arguments") }
    var thresholds = thresholds(thread)
    for i in 0..<count {
        guard let number = thread.integerArgument(arguments[i]) else { return .undefined }
        if i == 0 { thresholds.0 = number }
        if i == 1 { thresholds.1 = number }
        if i == 2 { thresholds.2 = number }
    }
    let words = thread.heap.pointee.collector.thresholds
    gild_store_relaxed_int(words, thresholds.0)
    gild_store_relaxed_int(words + 1, thresholds.1)
    gild_store_relaxed_int(words + 2, thresholds.2)
    thread.adoptCollectorThreshold()
    return .none
}

/// Whether CPython's collector would look at the object: a container that may be part of a cycle.
func gcIsTracked(_ thread: Thread, _ arguments: Arguments, _ count: Int, _ keywordNames: Value) -> Value {
    Value(isTracked(thread, arguments[0]))
}

private func isTracked(_ thread: Thread, _ value: Value) -> Bool {
    guard value.isPointer else { return false }
    switch thread.kind(value) {
    case .free, .str, .bytes, .bigInt, .float, .range, .nativeObject:
        return false
    case .tuple:
        return value.cast(TupleObject.self).pointee.count > 0
    case .dict:
        // A dict of atoms cannot be part of a cycle. Looking at its items runs no code: they stay where they are while the dict is locked.
        let dict = value.cast(DictObject.self)
        return thread.briefly(dict) {
            var position = 0
            while let (key, item) = dictNext(dict, &position) {
                if mayBeTracked(thread, key) || mayBeTracked(thread, item) { return true }
            }
            return false
        }
    case .iterator:
        return !value.hasShape(.rangeIterator)
    default:
        return true
    }
}

/// As the question is asked for the items of a dict: no second look into containers.
private func mayBeTracked(_ thread: Thread, _ value: Value) -> Bool {
    guard value.isPointer else { return false }
    return thread.kind(value) == .tuple || thread.kind(value) == .dict || isTracked(thread, value)
}
