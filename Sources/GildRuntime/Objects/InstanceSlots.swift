// The attributes that an instance holds itself.
//
// Slots 0 ..< inlineCapacity lie in the instance, further ones in its overflow buffer, and those of an instance in dictionary form in a dict that
// takes the buffer's place. An instance only ever moves forward: to a shape with one more slot, or to its type's dictionary shape.
//
// Where threads run at the same time:
//
//   read an inline slot      load (Places.swift). Undefined: the instance has become a dictionary since its shape was looked at; look again
//   write an inline slot     exchange, then look at the shape again. It is the dictionary shape: move what the slot holds into the dict
//   overflow slots           with the instance locked, and its shape looked at again
//   add a slot               with the instance locked and its shape looked at again: the slot, then the shape, with release
//   become a dictionary      with the instance and the new dict locked: values copied; the dict, then the shape, with release; slots emptied
//                            by exchange, and what another thread has written into one since the copy goes into the dict
//
// Bad schedules, and what prevents them:
//
// - *Two threads add an attribute each*: the second one would take the first one's slot. It looks at the shape under the lock and starts again.
// - *A write falls between copy and emptying*: the exchange that empties the slot finds another value than was copied.
// - *A write comes after the emptying*: the writer's second look finds the new shape, because it reads the slot's last exchange first. It empties
//   the slot again; whoever finds a value there moves it, with both locked, so a writer that finds none knows that its value is in the dict.
// - *The buffer is read as a dict, or the dict as a buffer*: buffers are read under the lock only, and the dict lies there before the shape says so.

import CGild

extension gild_thread_ref {
    // MARK: Where they are

    /// Slot of an attribute in instances of this shape, or -1.
    func slot(_ shape: UnsafeMutablePointer<Shape>, _ name: Value) -> Int {
        let value = shape.slotsByName.get(name)
        return value.isUndefined ? -1 : value.int
    }

    @inline(__always)
    func slotPlace(_ instance: UnsafeMutablePointer<InstanceObject>, _ slot: Int) -> UnsafeMutablePointer<Value> {
        let inline = Int(instance.pointee.inlineCapacity)
        return slot < inline ? instance.slots + slot : instance.pointee.overflow.unsafelyUnwrapped + (slot - inline)
    }

    /// The dict of an instance in dictionary form, which it keeps.
    @inline(__always) func attributeDict(_ instance: UnsafeMutablePointer<InstanceObject>) -> UnsafeMutablePointer<DictObject>? {
        UnsafeMutableRawPointer(instance.pointee.overflow)?.assumingMemoryBound(to: DictObject.self)
    }

    /// The number of an instance's shape, which other threads may change.
    @inline(__always) private func shapeNumber(_ instance: UnsafeMutablePointer<InstanceObject>) -> UInt32 {
        gild_load_acquire_32(header(of: instance).shapeWord)
    }

    /// Bytes of an instance's overflow buffer.
    func overflowBytes(_ slotCount: Int, _ inlineCapacity: Int) -> Int {
        let used = slotCount - inlineCapacity
        if used <= 0 { return 0 }
        var capacity = 4
        while capacity < used { capacity *= 2 }
        return capacity * 8
    }

    // MARK: Reading

    /// An instance's own attribute: borrowed, undefined when it has none of that name. Nobody else writes the instance.
    func ownAttribute(_ value: Value, _ name: Value) -> Value {
        let shape = shape(value.object)
        guard shape.pointee.kind == .instance else { return .undefined }
        let instance = value.cast(InstanceObject.self)
        if shape.pointee.isDictionary { return attributeDict(instance).map { dictGet(self, $0, name) } ?? .undefined }
        let slot = slot(shape, name)
        return slot < 0 ? .undefined : slotPlace(instance, slot).pointee
    }

    /// An instance's own attribute: a new reference, undefined when it has none of that name.
    func loadOwnAttribute(_ value: Value, _ name: Value) -> Value {
        let instance = value.cast(InstanceObject.self)
        while true {
            let shape = shape(value.object)
            guard shape.pointee.kind == .instance else { return .undefined }
            if shape.pointee.isDictionary { return attributeDict(instance).map { loadItem($0, name) } ?? .undefined }
            let slot = slot(shape, name)
            if slot < 0 { return .undefined }
            let found = loadSlot(instance, shape.pointee.id, slot)
            if !found.isUndefined || shapeNumber(instance) == shape.pointee.id { return found }
        }
    }

    /// A slot of an instance that had this shape: a new reference. Undefined: nothing, or the shape has changed.
    @inline(__always) func loadSlot(_ instance: UnsafeMutablePointer<InstanceObject>, _ shape: UInt32, _ slot: Int) -> Value {
        let inline = Int(instance.pointee.inlineCapacity)
        if slot < inline { return load(instance.slots + slot) }
        return loadOverflow(instance, shape, slot - inline)
    }

    @inline(__always) func loadOverflow(_ instance: UnsafeMutablePointer<InstanceObject>, _ shape: UInt32, _ index: Int) -> Value {
        guarded(header(of: instance)) {
            if s.pointee.isFreeThreaded && shapeNumber(instance) != shape { return .undefined }
            return newReference(instance.pointee.overflow.unsafelyUnwrapped[index])
        }
    }

    /// The value of an interned name in a dict: a new reference, or undefined.
    func loadItem(_ dict: UnsafeMutablePointer<DictObject>, _ name: Value) -> Value {
        guarded(header(of: dict)) { newReference(dictGet(self, dict, name)) }
    }

    @inline(__always) func header<T>(of object: UnsafeMutablePointer<T>) -> ObjectPointer {
        UnsafeMutableRawPointer(object).assumingMemoryBound(to: ObjectHeader.self)
    }

    // MARK: Writing

    /// Write an inline slot of an instance that had this shape; takes the reference over.
    @inline(__always)
    func setInlineSlot(_ instance: UnsafeMutablePointer<InstanceObject>, _ shape: UInt32, _ slot: Int, _ value: Value) {
        if s.pointee.isFreeThreaded { shareForWriting(header(of: instance)) }
        let old = exchange(instance.slots + slot, value)
        if s.pointee.isFreeThreaded && shapeNumber(instance) != shape { moveLateWrite(instance, shape, slot) }
        decref(old)
    }

    /// Write a new reference to an overflow slot of an instance that had this shape. False: the shape has changed, and nothing is done.
    func setOverflowSlot(_ instance: UnsafeMutablePointer<InstanceObject>, _ shape: UInt32, _ index: Int, _ value: Value) -> Bool {
        let old: Value? = guarded(header(of: instance)) {
            if s.pointee.isFreeThreaded && shapeNumber(instance) != shape { return nil }
            let place = instance.pointee.overflow.unsafelyUnwrapped + index
            let old = place.pointee
            place.pointee = newReference(value)
            return old
        }
        guard let old else { return false }
        decref(old)
        return true
    }

    /// After a write to a slot of the shape `before`, which the instance no longer has. If it is a dictionary now, what lies in the slot belongs into
    /// the dict.
    @inline(never)
    func moveLateWrite(_ instance: UnsafeMutablePointer<InstanceObject>, _ before: UInt32, _ slot: Int) {
        guard shape(header(of: instance)).pointee.isDictionary, let dict = attributeDict(instance) else { return }
        let slots = s.pointee.shapes[Int(before)].unsafelyUnwrapped.slotsByName
        guard let entry = (0..<slots.count).first(where: { slots.value(at: $0).int == slot }) else { return }
        let late = guarded(Value(pointer: instance), Value(pointer: dict)) {
            let value = exchange(instance.slots + slot, .undefined)
            // The attribute has an entry, unless it has been deleted since: then there may be no memory for a new one, and the deletion stands.
            if !value.isUndefined && !dictSet(self, dict, slots.name(at: entry), value) { clearException() }
            return value
        }
        decref(late)
    }

    /// How adding a slot ended.
    enum Addition { case done, raised, shapeHasChanged }

    /// Move an instance of the shape `before` to the shape `next`, whose last slot takes a new reference to the value.
    func addSlot(_ instance: UnsafeMutablePointer<InstanceObject>, from before: UInt32, to next: UInt32, _ value: Value) -> Addition {
        guarded(header(of: instance)) {
            if s.pointee.isFreeThreaded && shapeNumber(instance) != before { return .shapeHasChanged }
            let shape = s.pointee.shapes[Int(next)].unsafelyUnwrapped
            let slot = shape.pointee.slotCount - 1
            let inline = Int(instance.pointee.inlineCapacity)
            if slot < inline {
                _ = exchange(instance.slots + slot, newReference(value))
            } else {
                let used = slot - inline
                // Capacities 4, 8, 16 …: grow when `used` is one of them (or zero).
                if used == 0 || (used >= 4 && used & (used - 1) == 0) {
                    let capacity = used == 0 ? 4 : used * 2
                    guard let buffer = reallocateBuffer(instance.pointee.overflow, from: used * 8, to: capacity * 8) else { return .raised }
                    instance.pointee.overflow = buffer.assumingMemoryBound(to: Value.self)
                }
                instance.pointee.overflow.unsafelyUnwrapped[used] = newReference(value)
            }
            gild_store_release_32(header(of: instance).shapeWord, next)
            return .done
        }
    }

    /// Move an instance's attributes into a dict, unless another thread has. False: MemoryError raised.
    func becomeDictionary(_ instance: UnsafeMutablePointer<InstanceObject>) -> Bool {
        let type = shape(header(of: instance)).pointee.type
        let dictionaryShape = dictionaryShape(of: type)
        if dictionaryShape == 0 {
            raiseMemoryError()
            return false
        }
        guard let dict = makeDict() else { return false }
        return withUnsafeTemporaryAllocation(of: Value.self, capacity: Shape.maximumSlots) { copied in
            var count = 0
            var inline = 0
            var overflow: UnsafeMutablePointer<Value>?
            var isNeeded = false
            let isDone = guarded(Value(pointer: instance), Value(pointer: dict)) {
                let shape = shape(header(of: instance))
                if shape.pointee.isDictionary { return true }
                for i in 0..<shape.slotsByName.count {
                    let slot = shape.slotsByName.value(at: i).int
                    let value = load(slotPlace(instance, slot))
                    let isCopied = dictSet(self, dict, shape.slotsByName.name(at: i), value)
                    copied[slot] = value
                    decref(value)
                    if !isCopied { return false }
                }
                count = shape.pointee.slotCount
                inline = Int(instance.pointee.inlineCapacity)
                overflow = instance.pointee.overflow
                instance.pointee.overflow = UnsafeMutableRawPointer(dict).assumingMemoryBound(to: Value.self)
                isNeeded = true
                gild_store_release_32(header(of: instance).shapeWord, dictionaryShape)
                // Emptying: the names are in the dict, so that setting one again needs no memory.
                for i in 0..<shape.slotsByName.count {
                    let slot = shape.slotsByName.value(at: i).int
                    let value = slot < inline ? exchange(instance.slots + slot, .undefined) : overflow.unsafelyUnwrapped[slot - inline]
                    if value != copied[slot] && !value.isUndefined { _ = dictSet(self, dict, shape.slotsByName.name(at: i), value) }
                    copied[slot] = value
                }
                return true
            }
            // The dict is the instance's now, and has references of its own.
            for i in 0..<count { decref(copied[i]) }
            if let overflow, count > inline { freeBuffer(overflow, bytes: overflowBytes(count, inline)) }
            if !isNeeded { decref(Value(pointer: dict)) }
            return isDone
        }
    }
}
