// What is locked for an operation on containers, where no one lock guards everything.
//
// A list, dict or set is guarded by its own lock byte; a view by its dict's; an iterator over one of them by the container's, because
// every step reads the container as well as the position; any other iterator by its own. Tuples, strings, ranges and frozensets do not change and
// need no lock. Inside a section nobody else works on the container, so its items may be read as they stand, and a value is increfed
// before the section ends.
//
// Reads of one item, key or length do without a section where the container is read by several threads and changed by none at the moment (OptimisticReads.swift).
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
// Who can raise, and who cannot: `holding` is for operations, which return a failure when an exception is set. With `lock_order: access` they may be
// victims of a deadlock (ObjectMutexes.swift). `briefly` is for steps that have nothing to say it with; it runs no code of the script, and waits for
// nothing.
//
// Where natives call a script, all sections are suspended (`runPushedFrame`), and whenever the thread waits; so after everything that may
// call a script, and after every further section, a native reads counts, buffers and entries again, as it has to under the GIL. What it
// keeps across such a call it holds a reference to.

import CGild

enum SectionOutcome {
    /// The values need no section, and there is nothing to end.
    case none
    case open
    /// An exception is set.
    case failed
}

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

    /// Begin an operation's section about what guards the values.
    @inline(never) func beginHolding(_ value: Value, _ other: Value) -> SectionOutcome {
        let first = lockable(value)
        if other.isUndefined {
            if first.isUndefined { return .none }
            return beginOperation(first.object) ? .open : .failed
        }
        let second = lockable(other)
        if first.isUndefined && second.isUndefined { return .none }
        return beginOperation(first, second) ? .open : .failed
    }

    /// Run `body` while nobody else works on the container. Its failure: an exception is set.
    @inline(__always) func holding<T: FailableResult>(_ value: Value, _ body: () -> T) -> T { holding(value, .undefined, body) }

    /// Run `body` while nobody else works on either container. Its failure: an exception is set.
    @inline(__always) func holding<T: FailableResult>(_ value: Value, _ other: Value, _ body: () -> T) -> T {
        let section = s.pointee.isFreeThreaded ? beginHolding(value, other) : .none
        if section == .failed { return .failure }
        let result = body()
        if section == .open { endSection() }
        return result
    }

    /// The same for an object that is known to have contents to guard.
    @inline(__always) func holding<Container, T: FailableResult>(_ container: UnsafeMutablePointer<Container>, _ body: () -> T) -> T {
        let isFree = s.pointee.isFreeThreaded
        if isFree && !beginOperation(UnsafeMutableRawPointer(container).assumingMemoryBound(to: ObjectHeader.self)) { return .failure }
        let result = body()
        if isFree { endSection() }
        return result
    }

    /// Run `body`, which cannot raise, while nobody else works on the container.
    @inline(__always) func briefly<T>(_ value: Value, _ body: () -> T) -> T {
        let object = s.pointee.isFreeThreaded ? lockable(value) : .undefined
        if !object.isUndefined { beginSection(object.object) }
        let result = body()
        if !object.isUndefined { endSection() }
        return result
    }

    /// The same for an object that is known to be a list, dict or set.
    @inline(__always) func briefly<Container, T>(_ container: UnsafeMutablePointer<Container>, _ body: () -> T) -> T {
        guarded(UnsafeMutableRawPointer(container).assumingMemoryBound(to: ObjectHeader.self), body)
    }

    /// Call a native's function with what its definition asks for locked. There is no lock that guards everything.
    @inline(__always) func invoke(_ native: UnsafeMutablePointer<NativeFunctionObject>, _ arguments: Arguments, _ count: Int, _ keywordNames: Value) -> Value {
        let flags = native.pointee.flags
        if flags & NativeFlags.locking != 0 {
            let isBrief = flags & (count == 1 ? NativeFlags.briefAlone : NativeFlags.briefWithArguments) != 0
            if !isBrief || !arguments[0].isPointer || !isBiased(arguments[0].object) { return invokeHolding(native, arguments, count, keywordNames) }
        }
        return native.pointee.function(self, arguments, count, keywordNames)
    }

    @inline(never) func invokeHolding(
        _ native: UnsafeMutablePointer<NativeFunctionObject>, _ arguments: Arguments, _ count: Int, _ keywordNames: Value
    ) -> Value {
        let locksArgument = native.pointee.flags & NativeFlags.locksArgument != 0 && count > 1
        let receiver = arguments[0]
        if !locksArgument && (receiver.hasShape(.list) || receiver.hasShape(.dict) || receiver.hasShape(.set)) && isBiased(receiver.object) {
            beginBiasedSection(receiver.object)
            let result = native.pointee.function(self, arguments, count, keywordNames)
            endBiasedSection()
            return result
        }
        return holding(arguments[0], locksArgument ? arguments[1] : .undefined) {
            native.pointee.function(self, arguments, count, keywordNames)
        }
    }

    /// Number of items of a list.
    @inline(__always) func listCount(_ list: ListPointer) -> Int {
        if !s.pointee.isFreeThreaded || isBiased(header(of: list)) { return list.pointee.count }
        return readCount(list) ?? briefly(list) {
            markRead(header(of: list))
            return list.pointee.count
        }
    }

    /// The item at an index, which counts from the end when it is negative: a new reference; undefined: there is none.
    @inline(never) func listItem(_ list: ListPointer, _ position: Int) -> Value {
        let isFree = s.pointee.isFreeThreaded
        var item = Value.undefined
        if isFree && readItem(list, position, into: &item) { return item }
        return briefly(list) {
            if isFree { markRead(header(of: list)) }
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
        briefly(list) {
            let count = list.pointee.count
            let index = position < 0 ? position &+ count : position
            if UInt(bitPattern: index) >= UInt(bitPattern: count) { return .undefined }
            let place = list.pointee.items.unsafelyUnwrapped + index
            let old = place.pointee
            place.setItem(value)
            return old
        }
    }
}

extension NativeDefinition {
    /// Methods that work on their receiver, and with `argument` on their first argument, as one step.
    static func locking(argument: Bool = false, _ definitions: [NativeDefinition]) -> [NativeDefinition] {
        definitions.map { NativeDefinition($0, flags: $0.flags | NativeFlags.locking | (argument ? NativeFlags.locksArgument : 0)) }
    }

    /// The same method, which is brief without arguments, or with them (`NativeFlags`).
    func brief(alone: Bool) -> NativeDefinition {
        NativeDefinition(self, flags: flags | (alone ? NativeFlags.briefAlone : NativeFlags.briefWithArguments))
    }
}
