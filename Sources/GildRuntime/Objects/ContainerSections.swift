// What is locked for an operation on containers, where no one lock guards everything.
//
// A list, dict or set is guarded by its own lock byte; a view by its dict's; an iterator over one of them by the container's, because
// every step reads the container as well as the position; any other iterator by its own. Tuples, strings, ranges and frozensets do not change and
// need no lock. Inside a section nobody else works on the container, so its items may be read as they stand, and a value is increfed
// before the section ends.
//
// Who opens the section:
//
// - *The whole operation.* What is one step to a script (`a[i]`, `d[k] = v`, `x in s`, `a += b`, `len(d)`, a method) is one section, opened by the
//   function that carries it out or, for methods, by the call (`NativeDefinition.locking`). Functions that work on entries and positions
//   (`dictFind`, `setAddKnownHash`, `append`) open none: their callers have, or the container is nobody else's yet.
// - *Both at once.* An operation on two containers locks both before it looks at either.
// - *Loops inside.* `forEach` and what fills a container from another one keep the section between two items, so that `list(d)` or `sum(a)` sees
//   one state of the container, as under the GIL, unless an item runs code of the script.
//
// Where natives call a script, all sections are suspended (`runPushedFrame`), and whenever the thread waits; so after everything that may
// call a script, and after every further section, a native reads counts, buffers and entries again, as it has to under the GIL. What it
// keeps across such a call it holds a reference to.

import CGild

extension gild_thread_ref {
    /// The object whose lock byte guards what a value holds; undefined: there is nothing to guard.
    func lockable(_ value: Value) -> Value {
        if !value.isPointer { return .undefined }
        switch kind(value) {
        case .list, .dict, .set, .iterator: return value
        case .dictView: return value.cast(DictViewObject.self).pointee.dict
        default: return .undefined
        }
    }

    /// Begin a section about what guards the values. False: they need none, and there is nothing to end.
    @inline(never) func beginHolding(_ value: Value, _ other: Value) -> Bool {
        let first = lockable(value)
        if other.isUndefined {
            if first.isUndefined { return false }
            beginSection(first.object)
            return true
        }
        let second = lockable(other)
        if first.isUndefined && second.isUndefined { return false }
        beginSection(first, second)
        return true
    }

    /// Run `body` while nobody else works on the container.
    @inline(__always) func holding<T>(_ value: Value, _ body: () -> T) -> T {
        let isOpen = s.pointee.isFreeThreaded && beginHolding(value, .undefined)
        let result = body()
        if isOpen { endSection() }
        return result
    }

    /// Run `body` while nobody else works on either container.
    @inline(__always) func holding<T>(_ value: Value, _ other: Value, _ body: () -> T) -> T {
        let isOpen = s.pointee.isFreeThreaded && beginHolding(value, other)
        let result = body()
        if isOpen { endSection() }
        return result
    }

    /// Run `body` while nobody else works on an object that is known to be a list, dict or set.
    @inline(__always) func holding<Container, T>(_ container: UnsafeMutablePointer<Container>, _ body: () -> T) -> T {
        guarded(UnsafeMutableRawPointer(container).assumingMemoryBound(to: ObjectHeader.self), body)
    }

    /// Call a native's function with what its definition asks for locked.
    @inline(__always) func invoke(_ native: UnsafeMutablePointer<NativeFunctionObject>, _ arguments: Arguments, _ count: Int, _ keywordNames: Value) -> Value {
        if s.pointee.isFreeThreaded && native.pointee.flags & NativeFlags.locking != 0 { return invokeHolding(native, arguments, count, keywordNames) }
        return native.pointee.function(self, arguments, count, keywordNames)
    }

    @inline(never) func invokeHolding(
        _ native: UnsafeMutablePointer<NativeFunctionObject>, _ arguments: Arguments, _ count: Int, _ keywordNames: Value
    ) -> Value {
        let locksArgument = native.pointee.flags & NativeFlags.locksArgument != 0 && count > 1
        return holding(arguments[0], locksArgument ? arguments[1] : .undefined) {
            native.pointee.function(self, arguments, count, keywordNames)
        }
    }

    /// Number of items of a list.
    @inline(__always) func listCount(_ list: ListPointer) -> Int {
        if isBiased(header(of: list)) { return list.pointee.count }
        return holding(list) { list.pointee.count }
    }

    /// The item at an index, which counts from the end when it is negative: a new reference; undefined: there is none.
    @inline(never) func listItem(_ list: ListPointer, _ position: Int) -> Value {
        holding(list) {
            let count = list.pointee.count
            let index = position < 0 ? position &+ count : position
            if UInt(bitPattern: index) >= UInt(bitPattern: count) { return .undefined }
            return newReference(list.pointee.items.unsafelyUnwrapped[index])
        }
    }

    /// The next item of a list iterator that nobody else can reach: a new reference; undefined: exhausted. So its source stays, and only the list
    /// is locked.
    @inline(never) func nextOfPrivateListIterator(_ iterator: IteratorPointer) -> Value {
        let source = iterator.pointee.source
        if source.isUndefined { return .undefined }
        let item = listItem(source.cast(ListObject.self), iterator.pointee.position)
        if item.isUndefined {
            clear(&iterator.pointee.source)
        } else {
            iterator.pointee.position = iterator.pointee.position &+ 1
        }
        return item
    }

    /// Put a value, whose reference is handed over, at an index: the old item, which is the caller's. Undefined: there is no such index, and the
    /// value is still the caller's.
    @inline(never) func listExchange(_ list: ListPointer, _ position: Int, _ value: Value) -> Value {
        holding(list) {
            let count = list.pointee.count
            let index = position < 0 ? position &+ count : position
            if UInt(bitPattern: index) >= UInt(bitPattern: count) { return .undefined }
            let place = list.pointee.items.unsafelyUnwrapped + index
            let old = place.pointee
            place.pointee = value
            return old
        }
    }
}

extension NativeDefinition {
    /// Methods that work on their receiver, and with `argument` on their first argument, as one step.
    static func locking(argument: Bool = false, _ definitions: [NativeDefinition]) -> [NativeDefinition] {
        definitions.map { NativeDefinition($0, flags: $0.flags | NativeFlags.locking | (argument ? NativeFlags.locksArgument : 0)) }
    }
}
