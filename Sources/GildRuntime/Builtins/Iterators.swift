// Iterators: one layout, one `next`.
//
// An iterator holds its source and a position; an exhausted one holds no source any more and stays exhausted. Which
// fields mean what is decided by the shape:
//
//   rangeIterator     position next value, index step, limit items left. When a value exceeds 63 bits: source the range,
//                     limit 0, position the next item's number.
//   list/tuple/str    source, position
//   set               source, position, index the set's size at the start
//   dict…             source, position, index the dict's size at the start, limit entries not yet seen. Reverse: from the end.
//   sequenceIterator  source (asked with indices until IndexError), position
//   reversedIterator  source, position (descending)
//   callableIterator  source callable, extra sentinel
//   enumerate         source iterator, position the next number, or extra when it exceeds 63 bits
//   zip               source tuple of iterators, limit 1: strict
//   map, filter       source tuple of iterators, or iterator; extra the function
//
// A dict or set that changes its size while it is iterated raises RuntimeError, once and for ever.
//
// Where no one lock guards everything, a step is one section: about the list, dict or set that is iterated, which then guards the iterator's position
// too, else about the iterator. (In the biased regime the iterator's owner, alone with it, needs neither; so others revoke the iterator's bias
// first.) The source is read with a reference before, because another thread may exhaust the iterator; when it is another one inside the section,
// that has happened. Iterators that call others (enumerate, zip, map, filter, …) hold themselves; when the inner one waits, another thread may take a
// step in between, as it may under the GIL when the inner one runs a script.

import BigInt
import CGild

typealias IteratorPointer = UnsafeMutablePointer<IteratorObject>

/// A live view of a dict's keys, values or items.
struct DictViewObject {
    var header: ObjectHeader
    var dict: Value
}

extension gild_thread_ref {
    /// A new iterator; `source` and `extra` are taken over also when this fails.
    @inline(__always) func makeIterator(
        _ shape: BuiltinShape, _ source: Value, extra: Value = .undefined, position: Int = 0, index: Int = 0, limit: Int = 0
    ) -> Value {
        guard let object = allocateContainer(bytes: MemoryLayout<IteratorObject>.size, shape: shape) else {
            decref(source)
            decref(extra)
            return .undefined
        }
        let iterator = object.cast(IteratorObject.self)
        iterator.pointee.source = source
        iterator.pointee.extra = extra
        iterator.pointee.position = position
        iterator.pointee.index = index
        iterator.pointee.limit = limit
        return Value(object)
    }

    /// A new view (`dictKeys`, `dictValues`, `dictItems`) of a dict, which is borrowed.
    func makeDictView(_ shape: BuiltinShape, _ dict: Value) -> Value {
        guard let object = allocateContainer(bytes: MemoryLayout<DictViewObject>.size, shape: shape) else { return .undefined }
        object.cast(DictViewObject.self).pointee.dict = newReference(dict)
        return Value(object)
    }

    fileprivate func makeDictIterator(_ shape: BuiltinShape, _ dict: Value) -> Value {
        let used = dict.cast(DictObject.self).pointee.used
        let own = shape == .dictItemIterator ? tupleOfNone(2) : .undefined
        return makeIterator(shape, newReference(dict), extra: own, index: used, limit: used)
    }

    /// The tuple that an iterator of tuples fills again and again; undefined when there is no memory for it.
    fileprivate func tupleOfNone(_ count: Int) -> Value {
        guard let tuple = allocateTuple(count) else {
            clearException()
            return .undefined
        }
        for i in 0..<count { tuple.items[i] = .none }
        return Value(pointer: tuple)
    }
}

/// A new iterator over a value of a builtin kind; undefined without an exception when the kind has none.
func nativeIterator(_ thread: Thread, _ value: Value) -> Value {
    if !value.isPointer { return .undefined }
    return thread.briefly(value) { iteratorHeld(thread, value) }
}

private func iteratorHeld(_ thread: Thread, _ value: Value) -> Value {
    switch thread.kind(value) {
    case .list: return thread.makeIterator(.listIterator, thread.newReference(value))
    case .tuple: return thread.makeIterator(.tupleIterator, thread.newReference(value))
    case .str: return thread.makeIterator(.strIterator, thread.newReference(value))
    case .bytes: return thread.makeIterator(.bytesIterator, thread.newReference(value))
    case .dict: return thread.makeDictIterator(.dictKeyIterator, value)
    case .set, .frozenSet:
        return thread.makeIterator(.setIterator, thread.newReference(value), index: value.cast(SetObject.self).pointee.used)
    case .range: return rangeIterator(thread, value.cast(RangeObject.self), reversed: false)
    case .dictView:
        let dict = value.cast(DictViewObject.self).pointee.dict
        switch value.shapeOfPointer {
        case BuiltinShape.dictKeys.rawValue: return thread.makeDictIterator(.dictKeyIterator, dict)
        case BuiltinShape.dictValues.rawValue: return thread.makeDictIterator(.dictValueIterator, dict)
        default: return thread.makeDictIterator(.dictItemIterator, dict)
        }
    case .iterator: return thread.newReference(value)
    default: return .undefined
    }
}

/// An iterator that asks an object with `__getitem__` for the items 0, 1, 2, ….
func sequenceIterator(_ thread: Thread, _ value: Value) -> Value {
    thread.makeIterator(.sequenceIterator, thread.newReference(value))
}

/// `reversed()` of a value of a builtin kind; undefined without an exception when the kind cannot be reversed.
func nativeReversed(_ thread: Thread, _ value: Value) -> Value {
    if !value.isPointer { return .undefined }
    return thread.briefly(value) { reversedHeld(thread, value) }
}

private func reversedHeld(_ thread: Thread, _ value: Value) -> Value {
    switch thread.kind(value) {
    case .list:
        return thread.makeIterator(.listReverseIterator, thread.newReference(value), position: value.cast(ListObject.self).pointee.count - 1)
    case .tuple:
        return thread.makeIterator(.reversedIterator, thread.newReference(value), position: value.cast(TupleObject.self).pointee.count - 1)
    case .str, .bytes:
        return thread.makeIterator(.reversedIterator, thread.newReference(value), position: value.cast(StringObject.self).pointee.count - 1)
    case .range: return rangeIterator(thread, value.cast(RangeObject.self), reversed: true)
    case .dict: return reversedDict(thread, .dictReverseKeyIterator, value)
    case .dictView:
        let dict = value.cast(DictViewObject.self).pointee.dict
        switch value.shapeOfPointer {
        case BuiltinShape.dictKeys.rawValue: return reversedDict(thread, .dictReverseKeyIterator, dict)
        case BuiltinShape.dictValues.rawValue: return reversedDict(thread, .dictReverseValueIterator, dict)
        default: return reversedDict(thread, .dictReverseItemIterator, dict)
        }
    default: return .undefined
    }
}

private func reversedDict(_ thread: Thread, _ shape: BuiltinShape, _ value: Value) -> Value {
    let dict = value.cast(DictObject.self)
    return thread.makeIterator(
        shape, thread.newReference(value), extra: shape == .dictReverseItemIterator ? thread.tupleOfNone(2) : .undefined, position: dict.pointee.entryCount - 1, index: dict.pointee.used, limit: dict.pointee.used)
}

// MARK: - Next

/// No more items: let go of what the iterator holds.
@inline(never) private func exhaust(_ thread: Thread, _ iterator: IteratorPointer) -> Value {
    thread.clear(&iterator.pointee.source)
    return .undefined
}

/// A step of an iterator that is the thread's own to work on, if the source is, too, or does not change, and no other iterator is asked.
@inline(__always) private func nextAlone(_ thread: Thread, _ iterator: IteratorPointer, _ shape: BuiltinShape) -> Value? {
    let source = iterator.pointee.source
    switch shape {
    case .rangeIterator, .longRangeIterator: return nextOfRange(thread, iterator)
    case .tupleIterator, .strIterator, .bytesIterator: break
    case .listIterator:
        if source.isPointer && !thread.isBiased(source.object) { return readNext(thread, iterator, source.cast(ListObject.self)) }
    case .setIterator, .dictKeyIterator, .dictValueIterator, .dictItemIterator, .listReverseIterator, .dictReverseKeyIterator,
        .dictReverseValueIterator, .dictReverseItemIterator:
        if source.isPointer && !thread.isBiased(source.object) { return nil }
    default: return nil
    }
    return source.isUndefined ? .undefined : next(thread, iterator, shape, source)
}

/// A step of an iterator that is the thread's own over a list that others may be working on. Nil: the list has to be locked for it, and the iterator may
/// be others' now.
@inline(__always) private func readNext(_ thread: Thread, _ iterator: IteratorPointer, _ list: ListPointer) -> Value? {
    var item = Value.undefined
    let position = iterator.pointee.position
    if !thread.readItem(list, position, into: &item) { return nil }
    if item.isUndefined { return exhaust(thread, iterator) }
    iterator.pointee.position = position &+ 1
    return item
}

/// What guards an iterator over `source`: one step reads both.
private func guardian(_ thread: Thread, _ iterator: IteratorPointer, _ source: Value) -> Value {
    switch thread.kind(source) {
    case .list, .dict, .set: return source
    default: return Value(pointer: iterator)
    }
}

/// The next item (a new reference). Undefined: exhausted, or raised when `isRaising`. The iterator must stay alive meanwhile.
func nativeNext(_ thread: Thread, _ iterator: IteratorPointer) -> Value {
    guard let shape = BuiltinShape(rawValue: iterator.pointee.header.shape) else { return .undefined }
    if thread.s.pointee.isFreeThreaded { return nextHeld(thread, iterator, shape) }
    if shape == .rangeIterator || shape == .longRangeIterator { return nextOfRange(thread, iterator) }
    let source = iterator.pointee.source
    return source.isUndefined ? .undefined : next(thread, iterator, shape, source)
}

/// The same where other threads may use the iterator and its source meanwhile.
@inline(never) private func nextHeld(_ thread: Thread, _ iterator: IteratorPointer, _ shape: BuiltinShape) -> Value {
    if thread.isBiased(thread.header(of: iterator)) {
        if let item = nextAlone(thread, iterator, shape) { return item }
    } else {
        thread.shareForWriting(thread.header(of: iterator))
    }
    if shape == .rangeIterator || shape == .longRangeIterator { return thread.holding(iterator) { nextOfRange(thread, iterator) } }
    let source = thread.load(&iterator.pointee.source)
    if source.isUndefined { return .undefined }
    let item: Value = thread.holding(guardian(thread, iterator, source).object) {
        if shape == .listIterator { thread.markRead(source.object) }
        return thread.peek(&iterator.pointee.source) == source ? next(thread, iterator, shape, source) : .undefined
    }
    thread.decref(source)
    return item
}

@inline(__always) private func next(_ thread: Thread, _ iterator: IteratorPointer, _ shape: BuiltinShape, _ source: Value) -> Value {
    switch shape {
    case .listIterator:
        let list = source.cast(ListObject.self)
        let position = iterator.pointee.position
        if position < list.pointee.count {
            iterator.pointee.position = position &+ 1
            return thread.newReference(list.pointee.items.unsafelyUnwrapped[position])
        }
        return exhaust(thread, iterator)
    case .tupleIterator:
        let tuple = source.cast(TupleObject.self)
        let position = iterator.pointee.position
        if position < tuple.pointee.count {
            iterator.pointee.position = position &+ 1
            return thread.newReference(tuple.items[position])
        }
        return exhaust(thread, iterator)
    case .strIterator:
        let string = source.cast(StringObject.self)
        let position = iterator.pointee.position
        if position < string.pointee.count {
            iterator.pointee.position = position &+ 1
            return thread.makeString(codePoint: string[codePoint: position])
        }
        return exhaust(thread, iterator)
    case .bytesIterator:
        let bytes = source.cast(StringObject.self)
        let position = iterator.pointee.position
        if position < bytes.pointee.count {
            iterator.pointee.position = position &+ 1
            return Value(smallInt: Int(bytes.bytes[position]))
        }
        return exhaust(thread, iterator)
    case .setIterator:
        let set = source.cast(SetObject.self)
        if iterator.pointee.index != set.pointee.used {
            iterator.pointee.index = -1
            return thread.raise(.runtimeError, "Set changed size during iteration")
        }
        var position = iterator.pointee.position
        let entry = setNext(set, &position)
        iterator.pointee.position = position
        return entry.map { thread.newReference($0.key) } ?? exhaust(thread, iterator)
    case .dictKeyIterator, .dictValueIterator, .dictItemIterator:
        return nextOfDict(thread, iterator, shape, source.cast(DictObject.self))
    case .dictReverseKeyIterator, .dictReverseValueIterator, .dictReverseItemIterator:
        return nextOfDictReversed(thread, iterator, shape, source.cast(DictObject.self))
    case .sequenceIterator: return nextOfSequence(thread, iterator, source)
    case .reversedIterator, .listReverseIterator: return nextOfReversed(thread, iterator, source)
    case .callableIterator: return nextOfCallable(thread, iterator, source)
    case .enumerate: return nextOfEnumerate(thread, iterator, source)
    case .zip: return nextOfZip(thread, iterator, source.cast(TupleObject.self))
    case .map: return nextOfMap(thread, iterator, source.cast(TupleObject.self))
    case .filter: return nextOfFilter(thread, iterator, source)
    default: return .undefined
    }
}

private func nextOfRange(_ thread: Thread, _ iterator: IteratorPointer) -> Value {
    if iterator.pointee.limit > 0 {
        let value = iterator.pointee.position
        iterator.pointee.limit = iterator.pointee.limit &- 1
        iterator.pointee.position = value &+ iterator.pointee.index
        return thread.makeInt(value)
    }
    let source = iterator.pointee.source
    if source.isUndefined { return .undefined }
    let range = source.cast(RangeObject.self)
    let position = BigInt(iterator.pointee.position)
    if position >= thread.bigInt(range.pointee.length) { return exhaust(thread, iterator) }
    iterator.pointee.position = iterator.pointee.position + 1
    return thread.makeInt(thread.bigInt(range.pointee.start) + position * thread.bigInt(range.pointee.step))
}

@inline(__always) private func dictItem(_ thread: Thread, _ iterator: IteratorPointer, _ shape: BuiltinShape, _ entry: UnsafeMutablePointer<DictEntry>) -> Value {
    switch shape {
    case .dictKeyIterator, .dictReverseKeyIterator: return thread.newReference(entry.pointee.key)
    case .dictValueIterator, .dictReverseValueIterator: return thread.newReference(entry.pointee.value)
    default: return pair(thread, iterator, thread.newReference(entry.pointee.key), thread.newReference(entry.pointee.value))
    }
}

/// The iterator's own tuple when nobody else holds the one it gave last, as CPython reuses it: what it holds counts as a
/// reference of the iterator's.
@inline(__always) private func ownTuple(_ thread: Thread, _ iterator: IteratorPointer) -> TuplePointer? {
    let own = iterator.pointee.extra
    return own.isPointer && thread.isUniquelyReferenced(own.object) ? own.cast(TupleObject.self) : nil
}

/// A tuple of two values, both taken over, in the iterator's own tuple when it is free.
@inline(__always) private func pair(_ thread: Thread, _ iterator: IteratorPointer, _ first: Value, _ second: Value) -> Value {
    guard let tuple = ownTuple(thread, iterator) else { return thread.makePair(first, second) }
    let oldFirst = tuple.items[0]
    let oldSecond = tuple.items[1]
    tuple.items[0] = first
    tuple.items[1] = second
    thread.incref(Value(pointer: tuple))
    thread.decref(oldFirst)
    thread.decref(oldSecond)
    return Value(pointer: tuple)
}

private func nextOfDict(_ thread: Thread, _ iterator: IteratorPointer, _ shape: BuiltinShape, _ dict: DictPointer) -> Value {
    if iterator.pointee.index != dict.pointee.used {
        iterator.pointee.index = -1
        return thread.raise(.runtimeError, "dictionary changed size during iteration")
    }
    var position = iterator.pointee.position
    let count = dict.pointee.entryCount
    guard let entries = dict.pointee.entries else { return exhaust(thread, iterator) }
    while position < count && entries[position].key.isUndefined { position &+= 1 }
    if position >= count { return exhaust(thread, iterator) }
    if iterator.pointee.limit == 0 {
        thread.raise(.runtimeError, "dictionary keys changed during iteration")
        return exhaust(thread, iterator)
    }
    iterator.pointee.position = position &+ 1
    iterator.pointee.limit = iterator.pointee.limit &- 1
    return dictItem(thread, iterator, shape, entries + position)
}

private func nextOfDictReversed(_ thread: Thread, _ iterator: IteratorPointer, _ shape: BuiltinShape, _ dict: DictPointer) -> Value {
    if iterator.pointee.index != dict.pointee.used {
        iterator.pointee.index = -1
        return thread.raise(.runtimeError, "dictionary changed size during iteration")
    }
    var position = min(iterator.pointee.position, dict.pointee.entryCount - 1)
    guard let entries = dict.pointee.entries else { return exhaust(thread, iterator) }
    while position >= 0 && entries[position].key.isUndefined { position &-= 1 }
    if position < 0 { return exhaust(thread, iterator) }
    iterator.pointee.position = position &- 1
    iterator.pointee.limit = iterator.pointee.limit &- 1
    return dictItem(thread, iterator, shape, entries + position)
}

/// Ask an object with __getitem__ for the items 0, 1, 2, … until it raises IndexError (or StopIteration).
private func nextOfSequence(_ thread: Thread, _ iterator: IteratorPointer, _ source: Value) -> Value {
    let position = iterator.pointee.position
    thread.incref(source)
    let item = thread.getItem(source, Value(smallInt: position))
    thread.decref(source)
    if !item.isUndefined {
        iterator.pointee.position = position + 1
        return item
    }
    if thread.isRaising(.indexError) || thread.isRaising(.stopIteration) {
        thread.clearException()
        return exhaust(thread, iterator)
    }
    return .undefined
}

private func nextOfReversed(_ thread: Thread, _ iterator: IteratorPointer, _ source: Value) -> Value {
    let position = iterator.pointee.position
    if position < 0 { return exhaust(thread, iterator) }
    if source.hasShape(.list) {
        // Its list is held.
        let list = source.cast(ListObject.self)
        if position >= list.pointee.count { return exhaust(thread, iterator) }
        iterator.pointee.position = position &- 1
        return thread.newReference(list.pointee.items.unsafelyUnwrapped[position])
    }
    thread.incref(source)
    let item = thread.getItem(source, Value(smallInt: position))
    thread.decref(source)
    if !item.isUndefined {
        iterator.pointee.position = position - 1
        return item
    }
    if thread.isRaising(.indexError) || thread.isRaising(.stopIteration) {
        thread.clearException()
        return exhaust(thread, iterator)
    }
    return .undefined
}

private func nextOfCallable(_ thread: Thread, _ iterator: IteratorPointer, _ source: Value) -> Value {
    thread.incref(source)
    let sentinel = thread.newReference(iterator.pointee.extra)
    defer {
        thread.decref(sentinel)
        thread.decref(source)
    }
    let item = thread.call(source)
    if item.isUndefined {
        if thread.isRaising(.stopIteration) {
            thread.clearException()
            return exhaustCallable(thread, iterator)
        }
        return .undefined
    }
    let equal = thread.equal(sentinel, item)
    if equal == 0 { return item }
    thread.decref(item)
    if equal < 0 { return .undefined }
    return exhaustCallable(thread, iterator)
}

/// Both go before either is released: that may run code that looks at the iterator.
private func exhaustCallable(_ thread: Thread, _ iterator: IteratorPointer) -> Value {
    let source = thread.exchange(&iterator.pointee.source, .undefined)
    let sentinel = thread.exchange(&iterator.pointee.extra, .undefined)
    thread.decref(source)
    thread.decref(sentinel)
    return .undefined
}

private func nextOfEnumerate(_ thread: Thread, _ iterator: IteratorPointer, _ source: Value) -> Value {
    let item = thread.next(source)
    if item.isUndefined { return item }
    let number: Value
    if iterator.pointee.extra.hasShape(.tuple) {
        let position = iterator.pointee.position
        number = thread.makeInt(position)
        if position == Int.max {
            thread.replace(&iterator.pointee.extra, thread.makeInt(BigInt(Int.max) + 1))
        } else {
            iterator.pointee.position = position &+ 1
        }
    } else {
        number = thread.newReference(iterator.pointee.extra)
        thread.replace(&iterator.pointee.extra, thread.makeInt(thread.bigInt(number) + 1))
    }
    if number.isUndefined {
        thread.decref(item)
        return number
    }
    if !iterator.pointee.extra.hasShape(.tuple) { return thread.makePair(number, item) }
    return pair(thread, iterator, number, item)
}

private func nextOfZip(_ thread: Thread, _ iterator: IteratorPointer, _ sources: TuplePointer) -> Value {
    let count = sources.pointee.count
    if count == 0 { return .undefined }
    if let result = ownTuple(thread, iterator) {
        thread.incref(Value(pointer: result))
        for i in 0..<count {
            let item = thread.next(sources.items[i])
            if item.isUndefined {
                thread.decref(Value(pointer: result))
                if iterator.pointee.limit == 0 || thread.isRaising { return .undefined }
                return zipIsUneven(thread, sources, exhausted: i)
            }
            thread.replaceOwn(result.items + i, item)
        }
        return Value(pointer: result)
    }
    guard let result = thread.allocateTuple(count) else { return .undefined }
    for i in 0..<count {
        let item = thread.next(sources.items[i])
        if item.isUndefined {
            thread.decref(Value(pointer: result))
            if iterator.pointee.limit == 0 || thread.isRaising { return .undefined }
            return zipIsUneven(thread, sources, exhausted: i)
        }
        result.items[i] = item
    }
    return Value(pointer: result)
}

/// zip(strict=True): one source is exhausted; all others must be as well, and none may have given an item before it.
private func zipIsUneven(_ thread: Thread, _ sources: TuplePointer, exhausted: Int) -> Value {
    func message(_ i: Int, _ what: String) -> String {
        "zip() argument \(i + 1) is \(what) than argument\(i == 1 ? " " : "s 1-")\(i)"
    }
    if exhausted > 0 { return thread.raise(.valueError, message(exhausted, "shorter")) }
    for i in 1..<max(1, sources.pointee.count) {
        let item = thread.next(sources.items[i])
        if !item.isUndefined {
            thread.decref(item)
            return thread.raise(.valueError, message(i, "longer"))
        }
        if thread.isRaising { return .undefined }
    }
    return .undefined
}

private func nextOfMap(_ thread: Thread, _ iterator: IteratorPointer, _ sources: TuplePointer) -> Value {
    let count = sources.pointee.count
    if count == 1 {
        let item = thread.next(sources.items[0])
        if item.isUndefined { return item }
        let result = thread.call(iterator.pointee.extra, item)
        thread.decref(item)
        return result
    }
    return withScratch(of: Value.self, count: count) { buffer in
        let items = buffer
        var made = 0
        var result = Value.undefined
        while made < count {
            let item = thread.next(sources.items[made])
            if item.isUndefined { break }
            items[made] = item
            made += 1
        }
        if made == count { result = thread.call(iterator.pointee.extra, arguments: items, count: count, keywordNames: .undefined) }
        for i in 0..<made { thread.decref(items[i]) }
        return result
    }
}

private func nextOfFilter(_ thread: Thread, _ iterator: IteratorPointer, _ source: Value) -> Value {
    while true {
        let item = thread.next(source)
        if item.isUndefined { return item }
        let function = iterator.pointee.extra
        let truth: Int32
        if function.isNone || function == Value(pointer: thread.heap.pointee.types[.bool]) {
            truth = thread.truth(item)
        } else {
            let verdict = thread.call(function, item)
            if verdict.isUndefined {
                thread.decref(item)
                return verdict
            }
            truth = thread.truth(verdict)
            thread.decref(verdict)
        }
        if truth > 0 { return item }
        thread.decref(item)
        if truth < 0 { return .undefined }
    }
}

// MARK: - Collection

/// Show what an iterator holds to `visit`.
@inline(__always) func iteratorTraverse(_ iterator: IteratorPointer, _ visit: (Value) -> Void) {
    visit(iterator.pointee.source)
    visit(iterator.pointee.extra)
}

// MARK: - Methods and constructors

/// `__next__`, `__iter__` and `__length_hint__` of every native iterator.
let iteratorMethods: [NativeDefinition] = [
    NativeDefinition("__iter__", 0, 0) { thread, args, _, _ in thread.newReference(args[0]) },
    NativeDefinition("__next__", 0, 0) { thread, args, _, _ in
        let item = nativeNext(thread, args[0].cast(IteratorObject.self))
        return item.isUndefined && !thread.isRaising ? thread.raise(.stopIteration, argument: .undefined) : item
    },
    NativeDefinition("__length_hint__", 0, 0) { thread, args, _, _ in
        thread.makeInt(iteratorLengthHint(thread, args[0].cast(IteratorObject.self)))
    },
]

/// How many items are probably left; 0 when unknown.
func iteratorLengthHint(_ thread: Thread, _ iterator: IteratorPointer) -> Int {
    if iterator.pointee.header.shape == BuiltinShape.rangeIterator.rawValue {
        return thread.briefly(iterator) { max(0, iterator.pointee.limit) }
    }
    let source = thread.load(&iterator.pointee.source)
    if !source.isPointer { return 0 }
    let hint = thread.briefly(guardian(thread, iterator, source)) { lengthHint(iterator, source) }
    thread.decref(source)
    return hint
}

private func lengthHint(_ iterator: IteratorPointer, _ source: Value) -> Int {
    switch BuiltinShape(rawValue: iterator.pointee.header.shape) {
    case .listIterator: return max(0, source.cast(ListObject.self).pointee.count - iterator.pointee.position)
    case .tupleIterator: return max(0, source.cast(TupleObject.self).pointee.count - iterator.pointee.position)
    case .strIterator, .bytesIterator: return max(0, source.cast(StringObject.self).pointee.count - iterator.pointee.position)
    case .reversedIterator, .listReverseIterator: return iterator.pointee.position + 1
    case .dictKeyIterator, .dictValueIterator, .dictItemIterator, .dictReverseKeyIterator, .dictReverseValueIterator, .dictReverseItemIterator:
        return iterator.pointee.index == source.cast(DictObject.self).pointee.used ? iterator.pointee.limit : 0
    default: return 0
    }
}

private func refuseKeywords(_ thread: Thread, _ name: String, _ keywordNames: Value) -> Bool {
    if keywordNames.isPointer && keywordNames.cast(TupleObject.self).pointee.count > 0 {
        thread.raise(.typeError, "\(name)() takes no keyword arguments")
        return true
    }
    return false
}

/// `enumerate(iterable, start=0)`.
func enumerateNew(_ thread: Thread, _ args: Arguments, _ count: Int, _ keywordNames: Value) -> Value {
    withUnsafeTemporaryAllocation(of: Value.self, capacity: 2) { places in
        let bound = places.baseAddress.unsafelyUnwrapped
        let given = count + (keywordNames.isPointer ? keywordNames.cast(TupleObject.self).pointee.count : 0)
        if given == 0 { return thread.raise(.typeError, "enumerate() missing required argument 'iterable'") }
        if given > 2 { return thread.raise(.typeError, "enumerate() takes at most 2 arguments (\(given) given)") }
        if !thread.bind("enumerate", args, count, keywordNames, parameters: ["iterable", "start"], required: 1, into: bound) { return .undefined }
        var position = 0
        var extra = Value.undefined
        if !bound[1].isUndefined {
            let start = thread.index(bound[1])
            if start.isUndefined { return start }
            if let small = thread.smallInt(start) {
                position = small
                thread.decref(start)
            } else {
                extra = start
            }
        }
        let source = thread.iterator(bound[0])
        if source.isUndefined {
            thread.decref(extra)
            return source
        }
        if extra.isUndefined {
            guard let own = thread.allocateTuple(2) else {
                thread.decref(source)
                return .undefined
            }
            own.items[0] = .none
            own.items[1] = .none
            extra = Value(pointer: own)
        }
        return thread.makeIterator(.enumerate, source, extra: extra, position: position)
    }
}

/// A tuple of iterators over the arguments.
private func iterators(_ thread: Thread, _ args: Arguments, _ count: Int) -> TuplePointer? {
    guard let sources = thread.allocateTuple(count) else { return nil }
    for i in 0..<count {
        let source = thread.iterator(args[i])
        if source.isUndefined {
            thread.decref(Value(pointer: sources))
            return nil
        }
        sources.items[i] = source
    }
    return sources
}

/// `zip(*iterables, strict=False)`.
func zipNew(_ thread: Thread, _ args: Arguments, _ count: Int, _ keywordNames: Value) -> Value {
    var strict = 0
    if keywordNames.isPointer {
        let names = keywordNames.cast(TupleObject.self)
        for i in 0..<names.pointee.count {
            let name = thread.string(names.items[i])
            if name != "strict" { return thread.raise(.typeError, "zip() got an unexpected keyword argument '\(name)'") }
            let truth = thread.truth(args[count + i])
            if truth < 0 { return .undefined }
            strict = Int(truth)
        }
    }
    guard let sources = iterators(thread, args, count) else { return .undefined }
    return thread.makeIterator(.zip, Value(pointer: sources), extra: thread.tupleOfNone(count), limit: strict)
}

/// `map(function, *iterables)`.
func mapNew(_ thread: Thread, _ args: Arguments, _ count: Int, _ keywordNames: Value) -> Value {
    if refuseKeywords(thread, "map", keywordNames) { return .undefined }
    if count < 2 { return thread.raise(.typeError, "map() must have at least two arguments.") }
    guard let sources = iterators(thread, args + 1, count - 1) else { return .undefined }
    return thread.makeIterator(.map, Value(pointer: sources), extra: thread.newReference(args[0]))
}

/// `filter(function, iterable)`.
func filterNew(_ thread: Thread, _ args: Arguments, _ count: Int, _ keywordNames: Value) -> Value {
    if refuseKeywords(thread, "filter", keywordNames) { return .undefined }
    if count != 2 { return thread.raise(.typeError, "filter expected 2 arguments, got \(count)") }
    let source = thread.iterator(args[1])
    if source.isUndefined { return source }
    return thread.makeIterator(.filter, source, extra: thread.newReference(args[0]))
}

/// `reversed(sequence)`.
func reversedNew(_ thread: Thread, _ args: Arguments, _ count: Int, _ keywordNames: Value) -> Value {
    if refuseKeywords(thread, "reversed", keywordNames) { return .undefined }
    if count != 1 { return thread.raise(.typeError, "reversed expected 1 argument, got \(count)") }
    let value = args[0]
    let method = thread.special(value, .reversed)
    if method.isNone { return thread.raise(.typeError, "'\(thread.typeName(value))' object is not reversible") }
    if !method.isUndefined { return thread.call(method, value) }
    let native = nativeReversed(thread, value)
    if !native.isUndefined || thread.isRaising { return native }
    if thread.special(value, .getitem).isUndefined {
        return thread.raise(.typeError, "'\(thread.typeName(value))' object is not reversible")
    }
    let length = thread.length(value)
    if length < 0 { return .undefined }
    return thread.makeIterator(.reversedIterator, thread.newReference(value), position: length - 1)
}
