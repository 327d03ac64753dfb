// Dictionaries: a compact hash table in the order of insertion.
//
// Two arrays in one buffer: `indices`, a sparse hash table of entry numbers (one, two or four bytes each), and `entries`,
// dense, in the order of insertion (R. Hettinger's compact dict; CPython since 3.6). An entry that was removed stays as a
// hole until the table is rebuilt; its index becomes a dummy, so that probe sequences that passed it still do.
//
//   find     probe `hash`, then (i*5 + perturb + 1) with the higher bits of the hash mixed in, until an empty index.
//            The same word is the same key; two strings are compared without running code; anything else goes through
//            `equal`, which may run a script: if the table or the entry has changed meanwhile the search starts again. A key
//            that was added meanwhile may lie at a dummy that the search had passed: at its end the entries that are new
//            are searched for, until none is. (CPython's search ends there, and a key may come to be in the table twice.)
//   insert   when `usable` (two thirds of the slots, minus every entry ever written) is used up, the table is rebuilt for
//            three times the live entries, which also drops the holes.
//
// An empty dict has no buffer: its `indices` point at `emptyIndex` in the object itself, one slot that says empty, so that
// the search needs no case for it. Sizes and growth are those of CPython, because iteration positions show them.
//
// Where no one lock guards everything, what works with a key (`dictLoad`, `dictSet`, `dictContains`, `dictDelete`, `dictPop`, `dictUpdate`)
// locks the dict itself, or reads it without (OptimisticReads.swift: so entries are stored before their indices, and all words one by one); what works with hashes, entries and borrowed values is called with the dict held (ContainerSections.swift).

import CGild
import Glibc

struct DictEntry {
    var hash: Int
    /// Undefined: a hole.
    var key: Value
    var value: Value
}

struct DictObject {
    var header: ObjectHeader
    /// Entry numbers, -1 empty, -2 dummy; `width` bytes each, `mask` + 1 of them.
    var indices: UnsafeMutableRawPointer
    /// In the same buffer behind the indices; nil: no buffer.
    var entries: UnsafeMutablePointer<DictEntry>?
    var mask: Int
    /// Live entries.
    var used: Int
    /// Entries written, holes included.
    var entryCount: Int
    /// Entries that may be written before the table is rebuilt.
    var usable: Int
    /// Log2 of the bytes of an index: 0, 1, 2.
    var width: UInt8
    var emptyIndex: Int8
}

typealias DictPointer = UnsafeMutablePointer<DictObject>

extension UnsafeMutablePointer where Pointee == DictObject {
    /// The entry number in a slot.
    @inline(__always) func index(_ slot: Int) -> Int {
        let width = pointee.width
        if width == 0 { return Int(pointee.indices.load(fromByteOffset: slot, as: Int8.self)) }
        if width == 1 { return Int(pointee.indices.load(fromByteOffset: slot &<< 1, as: Int16.self)) }
        return Int(pointee.indices.load(fromByteOffset: slot &<< 2, as: Int32.self))
    }

    @inline(__always) func setIndex(_ slot: Int, _ value: Int) {
        let width = pointee.width
        if width == 0 {
            gild_store_release_8((pointee.indices + slot).assumingMemoryBound(to: UInt8.self), UInt8(truncatingIfNeeded: value))
        } else if width == 1 {
            gild_store_release_16((pointee.indices + slot &<< 1).assumingMemoryBound(to: UInt16.self), UInt16(truncatingIfNeeded: value))
        } else {
            gild_store_release_32((pointee.indices + slot &<< 2).assumingMemoryBound(to: UInt32.self), UInt32(truncatingIfNeeded: value))
        }
    }

    /// No buffer, no entries.
    @inline(__always) func makeEmpty() {
        pointee.emptyIndex = -1
        let indices = UnsafeMutableRawPointer(self) + MemoryLayout<DictObject>.offset(of: \DictObject.emptyIndex).unsafelyUnwrapped
        setTable(indices: indices, entries: nil, mask: 0, width: 0)
        setUsed(0)
        pointee.entryCount = 0
        pointee.usable = 0
    }

    /// The slot whose index is `entry`; it must exist.
    @inline(__always) fileprivate func slot(of entry: Int, hash: Int) -> Int {
        var perturb = UInt(bitPattern: hash)
        var slot = hash & pointee.mask
        while index(slot) != entry {
            perturb >>= 5
            slot = (slot &* 5 &+ Int(bitPattern: perturb) &+ 1) & pointee.mask
        }
        return slot
    }
}

/// Buffer sizes.
enum DictTable {
    static let minimumSlots = 8
    @inline(__always) static func usable(_ slots: Int) -> Int { (slots << 1) / 3 }
    @inline(__always) static func width(_ slots: Int) -> UInt8 { slots <= 128 ? 0 : slots <= 32768 ? 1 : 2 }
    @inline(__always) static func bytes(_ slots: Int) -> Int {
        (slots &<< Int(width(slots))) &+ usable(slots) &* MemoryLayout<DictEntry>.stride
    }
    /// Slots for at least `minimum`, a power of two.
    static func slots(minimum: Int) -> Int {
        let bits = ((minimum | minimumSlots) - 1) | (minimumSlots - 1)
        return 1 << (Int.bitWidth - bits.leadingZeroBitCount)
    }
    /// Slots so that `entries` fit without a rebuild.
    static func slots(forEntries entries: Int) -> Int { slots(minimum: (entries * 3 + 1) / 2) }
}

// MARK: - Hashes

/// Hash of an integer that fits a value: the number modulo the Mersenne prime 2^61 - 1, with -1 replaced.
@inline(__always) func smallIntHash(_ value: Int) -> Int {
    let modulus = (1 << 61) - 1
    if value < modulus && value > -modulus { return value == -1 ? -2 : value }
    let rest = value % modulus
    return rest == -1 ? -2 : rest
}

extension gild_thread_ref {
    /// Hash of a key; -1: raised.
    @inline(__always) func keyHash(_ key: Value) -> Int {
        if key.isInt { return smallIntHash(key.int) }
        if key.hasShape(.str) {
            let string = key.cast(StringObject.self)
            let hash = string.knownHash
            return hash != 0 ? hash : self.hash(string: string)
        }
        return hash(key) ?? -1
    }

    /// An empty dict, or nil with MemoryError raised.
    @inline(__always) func makeDict() -> DictPointer? {
        guard let object = allocateContainer(bytes: MemoryLayout<DictObject>.size, shape: .dict) else { return nil }
        let dict = object.cast(DictObject.self)
        dict.makeEmpty()
        return dict
    }

    /// An empty dict with room for `entries`.
    func makeDict(entries: Int) -> DictPointer? {
        guard let dict = makeDict() else { return nil }
        if entries > 5 {
            guard dictRebuild(self, dict, slots: DictTable.slots(forEntries: entries)) else {
                decref(Value(pointer: dict))
                return nil
            }
        }
        return dict
    }
}

// MARK: - Look-up

/// Number of the key's entry; -1 absent, -2 raised.
@inline(__always) func dictFind(_ thread: Thread, _ dict: DictPointer, _ key: Value, hash: Int) -> Int {
    let first = dict.index(hash & dict.pointee.mask)
    if first >= 0 {
        if dict.pointee.entries.unsafelyUnwrapped[first].key == key { return first }
    } else if first == -1 {
        return -1
    }
    return dictProbe(thread, dict, key, hash)
}

/// - Parameter mayRunCode: false: −3 instead of a comparison that may run code of a script.
@inline(never) private func dictProbe(_ thread: Thread, _ dict: DictPointer, _ key: Value, _ hash: Int, mayRunCode: Bool = true) -> Int {
    let isString = key.hasShape(.str)
    let isInt = key.isInt
    // Entries of this table below have been compared.
    var known = 0
    restart: while true {
        guard let entries = dict.pointee.entries else { return -1 }
        let mask = dict.pointee.mask
        // Each addition to this table uses one up; none is given back.
        let usable = dict.pointee.usable
        let count = dict.pointee.entryCount
        var perturb = UInt(bitPattern: hash)
        var slot = hash & mask
        while true {
            let index = dict.index(slot)
            if index >= 0 {
                let candidate = entries[index].key
                if candidate == key { return index }
                if entries[index].hash == hash && index >= known && !(isInt && candidate.isInt) {
                    if isString && candidate.hasShape(.str) {
                        if thread.equalStrings(candidate.cast(StringObject.self), key.cast(StringObject.self)) { return index }
                    } else {
                        if !mayRunCode { return -3 }
                        thread.incref(candidate)
                        let equal = thread.equal(candidate, key)
                        // The reference is given back after the test: the address must not be another key's. If it was the last one, this is no
                        // key of the table any more.
                        let hasChanged = dict.pointee.entries != entries || dict.pointee.mask != mask || index >= dict.pointee.entryCount
                            || entries[index].key != candidate
                        thread.decref(candidate)
                        if equal < 0 { return -2 }
                        if hasChanged {
                            known = 0
                            continue restart
                        }
                        if equal > 0 { return index }
                    }
                }
            } else if index == -1 {
                let added = usable &- dict.pointee.usable
                if added == 0 { return -1 }
                // popitem() gives the numbers of entries to others: then none is known.
                known = dict.pointee.entryCount &- count == added ? count : 0
                continue restart
            }
            perturb >>= 5
            slot = (slot &* 5 &+ Int(bitPattern: perturb) &+ 1) & mask
        }
    }
}

/// Number of the key's entry, if the thread needs no section to work on the dict (Locks/LockBias.swift), which it does not as long as it runs no code of a
/// script; -1 absent; -3 not decided.
@inline(__always) private func dictFindAlone(_ thread: Thread, _ dict: DictPointer, _ key: Value, _ hash: Int) -> Int {
    if !thread.isBiased(thread.header(of: dict)) { return -3 }
    let first = dict.index(hash & dict.pointee.mask)
    if first >= 0 {
        if dict.pointee.entries.unsafelyUnwrapped[first].key == key { return first }
    } else if first == -1 {
        return -1
    }
    return dictProbe(thread, dict, key, hash, mayRunCode: false)
}

/// The value of a key, a new reference; undefined: absent, or raised (unhashable, or a comparison failed).
@inline(__always) func dictLoad(_ thread: Thread, _ dict: DictPointer, _ key: Value) -> Value {
    let hash = thread.keyHash(key)
    if hash == -1 { return .undefined }
    if thread.s.pointee.isFreeThreaded {
        let index = dictFindAlone(thread, dict, key, hash)
        if index != -3 { return index < 0 ? .undefined : thread.newReference(dict.pointee.entries.unsafelyUnwrapped[index].value) }
        return dictLoadShared(thread, dict, key, hash)
    }
    return thread.newReference(dictGetKnownHash(thread, dict, key, hash: hash))
}

/// The same for a dict that others may be working on.
@inline(never) private func dictLoadShared(_ thread: Thread, _ dict: DictPointer, _ key: Value, _ hash: Int) -> Value {
    var value = Value.undefined
    switch thread.readEntry(dict, key, hash, wantsValue: true, into: &value) {
    case .found: return value
    case .absent: return .undefined
    case .undecided: break
    }
    return thread.holding(dict) {
        thread.markRead(thread.header(of: dict))
        return thread.newReference(dictGetKnownHash(thread, dict, key, hash: hash))
    }
}

/// The value of a key, borrowed while the dict is held; undefined: absent, or raised (unhashable, or a comparison failed).
@inline(__always) func dictGet(_ thread: Thread, _ dict: DictPointer, _ key: Value) -> Value {
    let hash = thread.keyHash(key)
    if hash == -1 { return .undefined }
    return dictGetKnownHash(thread, dict, key, hash: hash)
}

@inline(__always) func dictGetKnownHash(_ thread: Thread, _ dict: DictPointer, _ key: Value, hash: Int) -> Value {
    let index = dictFind(thread, dict, key, hash: hash)
    return index < 0 ? .undefined : dict.pointee.entries.unsafelyUnwrapped[index].value
}

/// 1 present, 0 absent, -1 raised.
@inline(__always) func dictContains(_ thread: Thread, _ dict: DictPointer, _ key: Value) -> Int32 {
    let hash = thread.keyHash(key)
    if hash == -1 { return -1 }
    if thread.s.pointee.isFreeThreaded {
        let index = dictFindAlone(thread, dict, key, hash)
        if index != -3 { return index < 0 ? 0 : 1 }
        return dictContainsShared(thread, dict, key, hash)
    }
    let index = dictFind(thread, dict, key, hash: hash)
    return index >= 0 ? 1 : index == -1 ? 0 : -1
}

/// The same for a dict that others may be working on.
@inline(never) private func dictContainsShared(_ thread: Thread, _ dict: DictPointer, _ key: Value, _ hash: Int) -> Int32 {
    var value = Value.undefined
    switch thread.readEntry(dict, key, hash, wantsValue: false, into: &value) {
    case .found: return 1
    case .absent: return 0
    case .undecided: break
    }
    return thread.holding(dict) {
        thread.markRead(thread.header(of: dict))
        let index = dictFind(thread, dict, key, hash: hash)
        return index >= 0 ? 1 : index == -1 ? 0 : -1
    }
}

// MARK: - Changes

/// Set a key; both are borrowed. False: raised.
@inline(__always) func dictSet(_ thread: Thread, _ dict: DictPointer, _ key: Value, _ value: Value) -> Bool {
    let hash = thread.keyHash(key)
    if hash == -1 { return false }
    if thread.s.pointee.isFreeThreaded {
        let index = dictFindAlone(thread, dict, key, hash)
        if index == -1 { return dictInsert(thread, dict, key, value, hash: hash) }
        if index >= 0 {
            dictReplace(thread, dict, index, value)
            return true
        }
    }
    return thread.holding(dict) { dictSetKnownHash(thread, dict, key, value, hash: hash) }
}

@inline(__always) func dictSetKnownHash(_ thread: Thread, _ dict: DictPointer, _ key: Value, _ value: Value, hash: Int) -> Bool {
    let index = dictFind(thread, dict, key, hash: hash)
    if index >= 0 {
        dictReplace(thread, dict, index, value)
        return true
    }
    if index == -2 { return false }
    return dictInsert(thread, dict, key, value, hash: hash)
}

/// Another value for the key of an entry; borrowed.
@inline(__always) private func dictReplace(_ thread: Thread, _ dict: DictPointer, _ index: Int, _ value: Value) {
    let place = DictEntryPlaces(dict.pointee.entries.unsafelyUnwrapped + index).value
    thread.incref(value)
    let old = place.pointee
    place.setItem(value)
    thread.decref(old)
}

/// Add a key that is known to be absent; both are borrowed.
@inline(__always) func dictInsert(_ thread: Thread, _ dict: DictPointer, _ key: Value, _ value: Value, hash: Int) -> Bool {
    if dict.pointee.usable <= 0 {
        // Nothing is released here, so no code runs: the key stays absent.
        let slots = dict.pointee.entries == nil ? DictTable.minimumSlots : DictTable.slots(minimum: dict.pointee.used * 3)
        if !dictRebuild(thread, dict, slots: slots) { return false }
    }
    var perturb = UInt(bitPattern: hash)
    let mask = dict.pointee.mask
    var slot = hash & mask
    while dict.index(slot) >= 0 {
        perturb >>= 5
        slot = (slot &* 5 &+ Int(bitPattern: perturb) &+ 1) & mask
    }
    let index = dict.pointee.entryCount
    thread.incref(key)
    thread.incref(value)
    DictEntryPlaces(dict.pointee.entries.unsafelyUnwrapped + index).set(hash: hash, key: key, value: value)
    dict.setIndex(slot, index)
    dict.pointee.entryCount = index &+ 1
    dict.setUsed(dict.pointee.used &+ 1)
    dict.pointee.usable = dict.pointee.usable &- 1
    return true
}

/// Move the live entries to a table of `slots` slots. False: MemoryError raised, nothing changed.
@inline(never) func dictRebuild(_ thread: Thread, _ dict: DictPointer, slots: Int) -> Bool {
    if slots > 1 << 31 {
        thread.raiseMemoryError()
        return false
    }
    let bytes = DictTable.bytes(slots)
    guard let buffer = thread.allocateBuffer(bytes: bytes) else { return false }
    let width = DictTable.width(slots)
    memset(buffer, 0xFF, slots << Int(width))
    let entries = (buffer + (slots << Int(width))).assumingMemoryBound(to: DictEntry.self)
    let oldEntries = dict.pointee.entries
    let oldCount = dict.pointee.entryCount
    let oldIndices = dict.pointee.indices
    let oldSlots = dict.pointee.mask + 1
    let mask = slots - 1
    dict.setTable(indices: buffer, entries: entries, mask: mask, width: width)
    var count = 0
    if let oldEntries {
        for i in 0..<oldCount where !oldEntries[i].key.isUndefined {
            entries[count] = oldEntries[i]
            let hash = oldEntries[i].hash
            var perturb = UInt(bitPattern: hash)
            var slot = hash & mask
            while dict.index(slot) >= 0 {
                perturb >>= 5
                slot = (slot &* 5 &+ Int(bitPattern: perturb) &+ 1) & mask
            }
            dict.setIndex(slot, count)
            count &+= 1
        }
        thread.freeBuffer(oldIndices, bytes: DictTable.bytes(oldSlots), mayBeRead: dict.isReadUnlocked)
    }
    dict.pointee.entryCount = count
    dict.pointee.usable = DictTable.usable(slots) - count
    return true
}

/// Take an entry out; key and value are the caller's.
@inline(__always) private func dictRemove(_ dict: DictPointer, _ index: Int) -> (key: Value, value: Value) {
    let entry = dict.pointee.entries.unsafelyUnwrapped + index
    let result = (entry.pointee.key, entry.pointee.value)
    dict.setIndex(dict.slot(of: index, hash: entry.pointee.hash), -2)
    DictEntryPlaces(entry).key.setItem(.undefined)
    DictEntryPlaces(entry).value.setItem(.undefined)
    dict.setUsed(dict.pointee.used &- 1)
    return result
}

/// Remove a key: 1 removed, 0 absent (nothing raised), -1 raised.
func dictDelete(_ thread: Thread, _ dict: DictPointer, _ key: Value) -> Int32 {
    let hash = thread.keyHash(key)
    if hash == -1 { return -1 }
    func remove(_ index: Int) -> Int32 {
        if index < 0 { return index == -1 ? 0 : -1 }
        let (oldKey, oldValue) = dictRemove(dict, index)
        thread.decref(oldKey)
        thread.decref(oldValue)
        return 1
    }
    if thread.s.pointee.isFreeThreaded {
        let index = dictFindAlone(thread, dict, key, hash)
        if index != -3 { return remove(index) }
    }
    return thread.holding(dict) { remove(dictFind(thread, dict, key, hash: hash)) }
}

/// Remove a key and return its value (the caller's reference); undefined: absent or raised.
func dictPop(_ thread: Thread, _ dict: DictPointer, _ key: Value) -> Value {
    let hash = thread.keyHash(key)
    if hash == -1 { return .undefined }
    return thread.holding(dict) {
        let index = dictFind(thread, dict, key, hash: hash)
        if index < 0 { return .undefined }
        let (oldKey, value) = dictRemove(dict, index)
        thread.decref(oldKey)
        return value
    }
}

/// Remove the entry inserted last; nil when the dict is empty. The references are the caller's.
func dictPopLast(_ dict: DictPointer) -> (key: Value, value: Value)? {
    if dict.pointee.used == 0 { return nil }
    let entries = dict.pointee.entries.unsafelyUnwrapped
    var index = dict.pointee.entryCount - 1
    while entries[index].key.isUndefined { index -= 1 }
    let result = dictRemove(dict, index)
    dict.pointee.entryCount = index
    return result
}

/// Remove all entries, then release them in order.
/// - Parameter isDead: nobody else knows the dict.
func dictClear(_ thread: Thread, _ dict: DictPointer, isDead: Bool = false) {
    guard let entries = dict.pointee.entries else { return }
    let buffer = dict.pointee.indices
    let bytes = DictTable.bytes(dict.pointee.mask + 1)
    let count = dict.pointee.entryCount
    dict.makeEmpty()
    for i in 0..<count {
        thread.decref(entries[i].key)
        thread.decref(entries[i].value)
    }
    thread.freeBuffer(buffer, bytes: bytes, mayBeRead: !isDead && dict.isReadUnlocked)
}

/// A new dict with the same entries, or nil with MemoryError raised.
func dictCopy(_ thread: Thread, _ dict: DictPointer) -> DictPointer? {
    guard let copy = thread.makeDict() else { return nil }
    if dictUpdate(thread, copy, from: dict) { return copy }
    thread.decref(Value(pointer: copy))
    return nil
}

/// Set every entry of `other`. False: raised.
func dictUpdate(_ thread: Thread, _ dict: DictPointer, from other: DictPointer) -> Bool {
    thread.holding(Value(pointer: dict), Value(pointer: other)) { dictUpdateHeld(thread, dict, from: other) }
}

private func dictUpdateHeld(_ thread: Thread, _ dict: DictPointer, from other: DictPointer) -> Bool {
    if dict == other || other.pointee.used == 0 { return true }
    if dict.pointee.entries == nil || DictTable.usable(dict.pointee.mask + 1) < other.pointee.used {
        let slots = DictTable.slots(forEntries: dict.pointee.used + other.pointee.used)
        if !dictRebuild(thread, dict, slots: slots) { return false }
    }
    if dict.pointee.used == 0 && dict.pointee.entryCount == 0 {
        // No key can be there already: no comparison, so no code runs.
        let entries = other.pointee.entries.unsafelyUnwrapped
        for i in 0..<other.pointee.entryCount where !entries[i].key.isUndefined {
            if !dictInsert(thread, dict, entries[i].key, entries[i].value, hash: entries[i].hash) { return false }
        }
        return true
    }
    let count = other.pointee.entryCount
    var position = 0
    while position < other.pointee.entryCount {
        let entry = other.pointee.entries.unsafelyUnwrapped[position]
        position += 1
        if entry.key.isUndefined { continue }
        thread.incref(entry.key)
        thread.incref(entry.value)
        let done = dictSetKnownHash(thread, dict, entry.key, entry.value, hash: entry.hash)
        thread.decref(entry.key)
        thread.decref(entry.value)
        if !done { return false }
        if other.pointee.entryCount != count {
            thread.raise(.runtimeError, "dict mutated during update")
            return false
        }
    }
    return true
}

/// The next entry from `position` on, borrowed, and the position behind it.
@inline(__always) func dictNext(_ dict: DictPointer, _ position: inout Int) -> (key: Value, value: Value)? {
    while position < dict.pointee.entryCount {
        let entry = dict.pointee.entries.unsafelyUnwrapped + position
        position &+= 1
        if !entry.pointee.key.isUndefined { return (entry.pointee.key, entry.pointee.value) }
    }
    return nil
}

/// Number of entries of a dict.
@inline(__always) func dictCount(_ dict: Value) -> Int { dict.cast(DictObject.self).pointee.used }

// MARK: - Deallocation and collection

/// Release the entries (in order) and the table of a dict that is being deallocated.
@inline(__always) func dictRelease(_ thread: Thread, _ dict: DictPointer) { dictClear(thread, dict, isDead: true) }

/// Show every key and value to `visit`.
@inline(__always) func dictTraverse(_ dict: DictPointer, _ visit: (Value) -> Void) {
    if let entries = dict.pointee.entries {
        for i in 0..<dict.pointee.entryCount {
            visit(entries[i].key)
            visit(entries[i].value)
        }
    }
}
