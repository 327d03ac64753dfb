// Lists as storage: growth, insertion, removal, slices.
//
// A list owns a buffer of `capacity` values, of which the first `count` are items. The buffer grows by an eighth of the
// new size and a little more, so that n appends cost O(n), and shrinks when less than half of it is used: the sizes are those
// of CPython's list_resize, because a script that measures memory sees them.
//
// A list may be read by threads that have not locked it (OptimisticReads.swift): what may have been in use before is stored by `setItem`, `moveItems`, `setItems` and
// `setCount`, and buffers are given up through `freeItems`.
//
// Everything that releases items first brings the list into its final state: a finaliser may look at it, or change it.

import CGild
import Glibc

typealias ListPointer = UnsafeMutablePointer<ListObject>
typealias TuplePointer = UnsafeMutablePointer<TupleObject>

extension gild_thread_ref {
    /// A new object that the cycle collector has to look at.
    @inline(__always) func allocateContainer(bytes: Int, shape: BuiltinShape) -> ObjectPointer? {
        containerAllocated()
        return allocate(bytes: bytes, shape: shape)
    }

    /// An empty list with room for `capacity` items, or nil with MemoryError raised.
    @inline(__always) func makeList(capacity: Int = 0) -> ListPointer? {
        guard let object = allocateContainer(bytes: MemoryLayout<ListObject>.size, shape: .list) else { return nil }
        let list = object.cast(ListObject.self)
        list.pointee.items = nil
        list.pointee.count = 0
        list.pointee.capacity = 0
        if capacity > 0 {
            guard let buffer = allocateValues(capacity) else {
                decref(object)
                return nil
            }
            list.pointee.items = buffer
            list.pointee.capacity = capacity
        }
        return list
    }

    /// A buffer for `count` values, not filled in, or nil with MemoryError raised.
    @inline(__always) func allocateValues(_ count: Int) -> UnsafeMutablePointer<Value>? {
        if count > Int.max >> 4 {
            raiseMemoryError()
            return nil
        }
        return allocateBuffer(bytes: count &* 8)?.assumingMemoryBound(to: Value.self)
    }

    @inline(__always) func freeValues(_ buffer: UnsafeMutablePointer<Value>, _ count: Int) {
        freeBuffer(buffer, bytes: count &* 8)
    }

    /// Give up a buffer that has been a list's.
    private func freeItems(of list: ListPointer, _ buffer: UnsafeMutablePointer<Value>, _ capacity: Int) {
        freeBuffer(buffer, bytes: capacity &* 8, mayBeRead: list.isReadUnlocked)
    }

    /// A list of the values of a buffer; new references.
    func makeList(copying items: UnsafeMutablePointer<Value>?, count: Int) -> Value {
        guard let list = makeList(capacity: count) else { return .undefined }
        if count > 0 {
            let from = items.unsafelyUnwrapped
            let to = list.pointee.items.unsafelyUnwrapped
            for i in 0..<count { to[i] = newReference(from[i]) }
            list.pointee.count = count
        }
        return Value(pointer: list)
    }

    /// Append a value, whose reference is taken over also when this fails.
    /// - Returns: false with MemoryError raised.
    @inline(__always) func append(_ list: ListPointer, _ value: Value) -> Bool {
        let count = list.pointee.count
        if count < list.pointee.capacity {
            (list.pointee.items.unsafelyUnwrapped + count).setItem(value)
            list.setCount(count &+ 1)
            return true
        }
        return appendSlowly(list, value)
    }

    @inline(never) private func appendSlowly(_ list: ListPointer, _ value: Value) -> Bool {
        let count = list.pointee.count
        guard listResize(list, to: count + 1) else {
            decref(value)
            return false
        }
        (list.pointee.items.unsafelyUnwrapped + count).setItem(value)
        return true
    }

    /// Set the number of items; places that are new hold garbage and must be filled before anything can look.
    /// Items beyond a smaller size must have been taken out.
    /// - Returns: false with MemoryError raised.
    func listResize(_ list: ListPointer, to size: Int) -> Bool {
        let capacity = list.pointee.capacity
        if capacity >= size && size >= capacity >> 1 {
            list.setCount(size)
            return true
        }
        if size == 0 {
            if let items = list.pointee.items { freeItems(of: list, items, capacity) }
            list.setItems(nil)
            list.pointee.capacity = 0
            list.setCount(0)
            return true
        }
        if size > Int.max >> 5 {
            raiseMemoryError()
            return false
        }
        var newCapacity = (size + (size >> 3) + 6) & ~3
        // A single large extension gets what it needs and no more.
        if size - list.pointee.count > newCapacity - size { newCapacity = (size + 3) & ~3 }
        guard let buffer = reallocateBuffer(list.pointee.items, from: capacity * 8, to: newCapacity * 8, mayBeRead: list.isReadUnlocked) else {
            if size > capacity { return false }
            // No memory for a smaller buffer: the old one does.
            list.setCount(size)
            clearException()
            return true
        }
        list.setItems(buffer.assumingMemoryBound(to: Value.self))
        list.pointee.capacity = newCapacity
        list.setCount(size)
        return true
    }

    /// Insert before position `at` (clamped as Python does); the reference is taken over also when this fails.
    func listInsert(_ list: ListPointer, at position: Int, _ value: Value) -> Bool {
        let count = list.pointee.count
        guard listResize(list, to: count + 1) else {
            decref(value)
            return false
        }
        var at = position
        if at < 0 { at = max(at + count, 0) }
        if at > count { at = count }
        let items = list.pointee.items.unsafelyUnwrapped
        list.moveItems(to: items + at + 1, from: items + at, count: count - at)
        (items + at).setItem(value)
        return true
    }

    /// Take out the item at a valid position; its reference is the caller's.
    func listTake(_ list: ListPointer, at position: Int) -> Value {
        let items = list.pointee.items.unsafelyUnwrapped
        let value = items[position]
        let rest = list.pointee.count - position - 1
        if rest > 0 { list.moveItems(to: items + position, from: items + position + 1, count: rest) }
        _ = listResize(list, to: list.pointee.count - 1)
        return value
    }

    /// Remove all items; the last one is released first.
    /// - Parameter isDead: nobody else knows the list.
    func listClear(_ list: ListPointer, isDead: Bool = false) {
        guard let items = list.pointee.items else { return }
        let count = list.pointee.count
        let capacity = list.pointee.capacity
        list.setItems(nil)
        list.setCount(0)
        list.pointee.capacity = 0
        var i = count
        while i > 0 {
            i -= 1
            decref(items[i])
        }
        if isDead { freeValues(items, capacity) } else { freeItems(of: list, items, capacity) }
    }

    /// Append the items of a buffer (new references). The buffer may be the list's own.
    func listExtend(_ list: ListPointer, items: UnsafeMutablePointer<Value>?, count: Int) -> Bool {
        if count == 0 { return true }
        let own = list.pointee.items != nil && items == list.pointee.items
        let old = list.pointee.count
        guard listResize(list, to: old + count) else { return false }
        let from = own ? list.pointee.items.unsafelyUnwrapped : items.unsafelyUnwrapped
        let to = list.pointee.items.unsafelyUnwrapped + old
        for i in 0..<count { (to + i).setItem(newReference(from[i])) }
        return true
    }

    /// Append what an iterable yields. On an error the items so far stay.
    func listExtend(_ list: ListPointer, _ iterable: Value) -> Bool {
        holding(Value(pointer: list), iterable) {
            if iterable.hasShape(.list) {
                let other = iterable.cast(ListObject.self)
                return listExtend(list, items: other.pointee.items, count: other.pointee.count)
            }
            if iterable.hasShape(.tuple) {
                let other = iterable.cast(TupleObject.self)
                return listExtend(list, items: other.items, count: other.pointee.count)
            }
            return forEach(iterable) { append(list, newReference($0)) }
        }
    }

    /// A new list of what an iterable yields, or undefined.
    func listFrom(_ iterable: Value) -> Value {
        guard let list = makeList() else { return .undefined }
        if listExtend(list, iterable) { return Value(pointer: list) }
        decref(Value(pointer: list))
        return .undefined
    }

    /// The iterable itself when it is exactly a list or a tuple, else a list of its items: a new reference.
    /// A TypeError because it cannot be iterated is replaced by one with `message`.
    func fastSequence(_ iterable: Value, _ message: String) -> Value {
        if iterable.isPointer {
            let kind = kind(iterable)
            if kind == .list || kind == .tuple { return newReference(iterable) }
        }
        let iterator = iterator(iterable)
        if iterator.isUndefined {
            if isRaising(.typeError) {
                clearException()
                raise(.typeError, message)
            }
            return .undefined
        }
        let list = listFrom(iterator)
        decref(iterator)
        return list
    }

    /// Items of a list or tuple; whoever uses them holds the list.
    @inline(__always) func sequenceItems(_ sequence: Value) -> UnsafeMutablePointer<Value>? {
        kind(sequence) == .list ? sequence.cast(ListObject.self).pointee.items : sequence.cast(TupleObject.self).items
    }

    @inline(__always) func sequenceCount(_ sequence: Value) -> Int {
        kind(sequence) == .list ? sequence.cast(ListObject.self).pointee.count : sequence.cast(TupleObject.self).pointee.count
    }

    // MARK: Slices

    /// A new list of `count` items from `start` on, every `step`th.
    func listGetSlice(_ list: ListPointer, start: Int, step: Int, count: Int) -> Value {
        guard let result = makeList(capacity: count) else { return .undefined }
        if count > 0 {
            let from = list.pointee.items.unsafelyUnwrapped
            let to = result.pointee.items.unsafelyUnwrapped
            var at = start
            for i in 0..<count {
                to[i] = newReference(from[at])
                at &+= step
            }
            result.pointee.count = count
        }
        return Value(pointer: result)
    }

    /// Replace the items `start ..< stop` by `count` others (new references).
    func listReplace(_ list: ListPointer, start: Int, stop: Int, items: UnsafeMutablePointer<Value>?, count: Int) -> Bool {
        let size = list.pointee.count
        let removed = stop - start
        if size - removed + count == 0 {
            listClear(list)
            return true
        }
        var old: UnsafeMutablePointer<Value>?
        if removed > 0 {
            guard let buffer = allocateValues(removed) else { return false }
            memcpy(buffer, list.pointee.items.unsafelyUnwrapped + start, removed * 8)
            old = buffer
        }
        // The new items may lie in this very list.
        var copy: UnsafeMutablePointer<Value>?
        if count > 0 {
            guard let buffer = allocateValues(count) else {
                if let old { freeValues(old, removed) }
                return false
            }
            let from = items.unsafelyUnwrapped
            for i in 0..<count { buffer[i] = newReference(from[i]) }
            copy = buffer
        }
        let growth = count - removed
        if growth > 0 {
            guard listResize(list, to: size + growth) else {
                for i in 0..<count { decref(copy.unsafelyUnwrapped[i]) }
                if let copy { freeValues(copy, count) }
                if let old { freeValues(old, removed) }
                return false
            }
        }
        if let base = list.pointee.items, growth != 0 { list.moveItems(to: base + start + count, from: base + stop, count: size - stop) }
        if growth < 0 { _ = listResize(list, to: size + growth) }
        if let copy {
            list.moveItems(to: list.pointee.items.unsafelyUnwrapped + start, from: copy, count: count)
            freeValues(copy, count)
        }
        if let old {
            var i = removed
            while i > 0 {
                i -= 1
                decref(old[i])
            }
            freeValues(old, removed)
        }
        return true
    }

    /// Remove `count` items: `start`, `start + step`, ….
    func listDeleteSlice(_ list: ListPointer, start: Int, step: Int, count: Int) -> Bool {
        if count <= 0 { return true }
        var start = start
        var step = step
        if step < 0 {
            start += step * (count - 1)
            step = -step
        }
        if step == 1 { return listReplace(list, start: start, stop: start + count, items: nil, count: 0) }
        guard let old = allocateValues(count) else { return false }
        let items = list.pointee.items.unsafelyUnwrapped
        let size = list.pointee.count
        var to = start
        var taken = 0
        var nextRemoved = start
        for from in start..<size {
            if from == nextRemoved && taken < count {
                old[taken] = items[from]
                taken += 1
                nextRemoved += step
            } else {
                (items + to).setItem(items[from])
                to += 1
            }
        }
        _ = listResize(list, to: size - count)
        for i in 0..<count { decref(old[i]) }
        freeValues(old, count)
        return true
    }
}

// MARK: - Deallocation and collection

/// Release the items and the storage of a list that is being deallocated; the last item goes first.
@inline(__always) func listRelease(_ thread: Thread, _ list: ListPointer) { thread.listClear(list, isDead: true) }

/// Show every item to `visit`.
@inline(__always) func listTraverse(_ list: ListPointer, _ visit: (Value) -> Void) {
    if let items = list.pointee.items {
        for i in 0..<list.pointee.count { visit(items[i]) }
    }
}
