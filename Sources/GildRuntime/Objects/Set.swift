// Sets: an open-addressed hash table that probes a run of neighbours before it jumps.
//
// The order in which a set is iterated is the order of its table, and users know it for integers: the table must therefore
// be CPython's, step for step (R. Hettinger's design of 3.5, with the growth of 3.7):
//
//   probe    start at hash & mask; look at it and, when they do not cross the table's end, the nine places behind it; then
//            jump to i*5 + 1 + perturb, where perturb is the hash shifted right by 5 each time.
//   add      in the place of the last removed element on the way to the first place never used, else there. When filled
//            places, removed ones included, reach three fifths of the mask, rebuild for more than 4 × the elements (2 ×
//            above 50000).
//   remove   leave a dummy.
//   merge    a set into a set: one rebuild beforehand when it might be needed; into an empty table of the same size the
//            places are copied, into another empty table inserted without comparing.
//
// Tables of eight places lie in the object. Comparing may run a script; when the table or the element has changed meanwhile,
// the search starts again, and so it does at its end if it passed a dummy and something was added: the same element may lie there
// now. (CPython's search ends there, and an element may come to be in the set twice.)
//
// Where no one lock guards everything, the functions here are called with the set held (ContainerSections.swift); `setMerge` and `setCopy` hold
// their sets themselves. A frozenset's elements never change, so it needs no lock; only its hash is written late, by whoever asks first.

import CGild
import Glibc

struct SetEntry {
    /// Undefined: never used; `SetTable.dummy`: removed.
    var key: Value
    var hash: Int
}

/// A set or frozenset.
struct SetObject {
    var header: ObjectHeader
    var table: UnsafeMutablePointer<SetEntry>
    var mask: Int
    /// Places used, removed ones included.
    var fill: Int
    /// Elements.
    var used: Int
    /// Where `pop` looks next.
    var finger: UInt32
    /// Elements that were ever added one by one, modulo 2³².
    var additions: UInt32
    /// Of a frozenset; -1: not computed. Read and written as `knownHash`.
    var hash: Int
    // eight entries follow
}

typealias SetPointer = UnsafeMutablePointer<SetObject>

enum SetTable {
    static let minimumSlots = 8
    static let linearProbes = 9
    static let bytes = MemoryLayout<SetObject>.size + minimumSlots * MemoryLayout<SetEntry>.stride
    @inline(__always) static var dummy: Value { Value(bits: 0x34) }
}

extension SetEntry {
    /// Holds an element.
    @inline(__always) var isLive: Bool { !key.isUndefined && key != SetTable.dummy }
}

extension UnsafeMutablePointer where Pointee == SetObject {
    /// The table inside the object.
    @inline(__always) var smallTable: UnsafeMutablePointer<SetEntry> {
        (UnsafeMutableRawPointer(self) + MemoryLayout<SetObject>.size).assumingMemoryBound(to: SetEntry.self)
    }

    /// The hash, or -1. Two threads that compute it at once write the same.
    @inline(__always) var knownHash: Int {
        get { Int(bitPattern: UInt(gild_load_relaxed_64(hashWord))) }
        nonmutating set { gild_store_relaxed_64(hashWord, UInt64(UInt(bitPattern: newValue))) }
    }

    @inline(__always) private var hashWord: UnsafeMutablePointer<UInt64> {
        (UnsafeMutableRawPointer(self) + MemoryLayout<SetObject>.offset(of: \SetObject.hash).unsafelyUnwrapped).assumingMemoryBound(to: UInt64.self)
    }

    @inline(__always) func makeEmpty() {
        pointee.table = smallTable
        smallTable.initialize(repeating: SetEntry(key: .undefined, hash: 0), count: SetTable.minimumSlots)
        pointee.mask = SetTable.minimumSlots - 1
        pointee.fill = 0
        pointee.used = 0
        pointee.finger = 0
        pointee.additions = 0
        pointee.hash = -1
    }
}

extension gild_thread_ref {
    /// An empty set or frozenset, or nil with MemoryError raised.
    func makeSet(frozen: Bool = false) -> SetPointer? {
        guard let object = allocateContainer(bytes: SetTable.bytes, shape: frozen ? .frozenSet : .set) else { return nil }
        let set = object.cast(SetObject.self)
        set.makeEmpty()
        return set
    }

    @inline(__always) func isAnySet(_ value: Value) -> Bool {
        if !value.isPointer { return false }
        let kind = kind(value)
        return kind == .set || kind == .frozenSet
    }
}

/// Place of an element; -1 absent, -2 raised.
func setFind(_ thread: Thread, _ set: SetPointer, _ key: Value, hash: Int) -> Int {
    let isString = key.hasShape(.str)
    restart: while true {
        let table = set.pointee.table
        let mask = set.pointee.mask
        let additions = set.pointee.additions
        var hasPassedDummy = false
        var perturb = UInt(bitPattern: hash)
        var i = hash & mask
        while true {
            let last = i &+ SetTable.linearProbes <= mask ? i &+ SetTable.linearProbes : i
            var place = i
            while place <= last {
                let candidate = table[place].key
                if candidate == key { return place }
                if candidate.isUndefined {
                    if hasPassedDummy && additions != set.pointee.additions { continue restart }
                    return -1
                }
                if candidate == SetTable.dummy { hasPassedDummy = true }
                if table[place].hash == hash && candidate != SetTable.dummy && !(candidate.isInt && key.isInt) {
                    if isString && candidate.hasShape(.str) {
                        if thread.equalStrings(candidate.cast(StringObject.self), key.cast(StringObject.self)) { return place }
                    } else {
                        thread.incref(candidate)
                        let equal = thread.equal(candidate, key)
                        // Before the reference is given back: the address must not be another element's.
                        let hasChanged = set.pointee.table != table || set.pointee.mask != mask || table[place].key != candidate
                        thread.decref(candidate)
                        if equal < 0 { return -2 }
                        if hasChanged { continue restart }
                        if equal > 0 { return place }
                    }
                }
                place &+= 1
            }
            perturb >>= 5
            i = Int(bitPattern: UInt(bitPattern: i) &* 5 &+ 1 &+ perturb) & mask
        }
    }
}

/// Put an element that is known to be absent into a table without dummies; takes the reference over.
@inline(__always) private func setInsertClean(_ table: UnsafeMutablePointer<SetEntry>, _ mask: Int, _ key: Value, _ hash: Int) {
    var perturb = UInt(bitPattern: hash)
    var i = hash & mask
    while true {
        let last = i &+ SetTable.linearProbes <= mask ? i &+ SetTable.linearProbes : i
        var place = i
        while place <= last {
            if table[place].key.isUndefined {
                table[place] = SetEntry(key: key, hash: hash)
                return
            }
            place &+= 1
        }
        perturb >>= 5
        i = Int(bitPattern: UInt(bitPattern: i) &* 5 &+ 1 &+ perturb) & mask
    }
}

/// Where an absent element goes: the last removed element's place on its probe sequence, else the first place never used.
@inline(__always) private func setFreePlace(_ set: SetPointer, _ hash: Int) -> Int {
    var removed = -1
    let table = set.pointee.table
    let mask = set.pointee.mask
    var perturb = UInt(bitPattern: hash)
    var i = hash & mask
    while true {
        let last = i &+ SetTable.linearProbes <= mask ? i &+ SetTable.linearProbes : i
        var place = i
        while place <= last {
            let key = table[place].key
            if key.isUndefined { return removed >= 0 ? removed : place }
            if key == SetTable.dummy { removed = place }
            place &+= 1
        }
        perturb >>= 5
        i = Int(bitPattern: UInt(bitPattern: i) &* 5 &+ 1 &+ perturb) & mask
    }
}

/// Rebuild with more than `minimum` places, without dummies. False: MemoryError raised, nothing changed.
func setRebuild(_ thread: Thread, _ set: SetPointer, minimum: Int) -> Bool {
    var slots = SetTable.minimumSlots
    while slots <= minimum { slots <<= 1 }
    var old = set.pointee.table
    let oldSlots = set.pointee.mask + 1
    let wasSmall = old == set.smallTable
    let table: UnsafeMutablePointer<SetEntry>
    if slots == SetTable.minimumSlots {
        if wasSmall {
            if set.pointee.fill == set.pointee.used { return true }
            guard let copy = thread.allocateBuffer(bytes: oldSlots * MemoryLayout<SetEntry>.stride) else { return false }
            memcpy(copy, old, oldSlots * MemoryLayout<SetEntry>.stride)
            old = copy.assumingMemoryBound(to: SetEntry.self)
        }
        table = set.smallTable
    } else {
        guard let buffer = thread.allocateBuffer(bytes: slots * MemoryLayout<SetEntry>.stride) else { return false }
        table = buffer.assumingMemoryBound(to: SetEntry.self)
    }
    table.initialize(repeating: SetEntry(key: .undefined, hash: 0), count: slots)
    for i in 0..<oldSlots where old[i].isLive { setInsertClean(table, slots - 1, old[i].key, old[i].hash) }
    set.pointee.table = table
    set.pointee.mask = slots - 1
    set.pointee.fill = set.pointee.used
    if !wasSmall || old != set.smallTable { thread.freeBuffer(old, bytes: oldSlots * MemoryLayout<SetEntry>.stride) }
    return true
}

@inline(__always) private func grown(_ used: Int) -> Int { used > 50000 ? used * 2 : used * 4 }

/// Add an element (borrowed): 1 added, 0 was there, -1 raised.
@discardableResult
func setAddKnownHash(_ thread: Thread, _ set: SetPointer, _ key: Value, hash: Int) -> Int32 {
    let found = setFind(thread, set, key, hash: hash)
    if found >= 0 { return 0 }
    if found == -2 { return -1 }
    let place = setFreePlace(set, hash)
    let wasRemoved = !set.pointee.table[place].key.isUndefined
    thread.incref(key)
    set.pointee.table[place] = SetEntry(key: key, hash: hash)
    set.pointee.used = set.pointee.used &+ 1
    set.pointee.additions = set.pointee.additions &+ 1
    if wasRemoved { return 1 }
    set.pointee.fill = set.pointee.fill &+ 1
    if set.pointee.fill &* 5 < set.pointee.mask &* 3 { return 1 }
    return setRebuild(thread, set, minimum: grown(set.pointee.used)) ? 1 : -1
}

/// Add an element (borrowed): 1 added, 0 was there, -1 raised (unhashable, or a comparison failed).
@discardableResult
func setAdd(_ thread: Thread, _ set: SetPointer, _ key: Value) -> Int32 {
    let hash = thread.keyHash(key)
    return hash == -1 ? -1 : setAddKnownHash(thread, set, key, hash: hash)
}

/// 1 present, 0 absent, -1 raised.
func setContains(_ thread: Thread, _ set: SetPointer, _ key: Value) -> Int32 {
    let hash = thread.keyHash(key)
    if hash == -1 { return -1 }
    let place = setFind(thread, set, key, hash: hash)
    return place >= 0 ? 1 : place == -1 ? 0 : -1
}

/// Remove an element: 1 removed, 0 absent, -1 raised.
func setDiscardKnownHash(_ thread: Thread, _ set: SetPointer, _ key: Value, hash: Int) -> Int32 {
    let place = setFind(thread, set, key, hash: hash)
    if place < 0 { return place == -1 ? 0 : -1 }
    let old = set.pointee.table[place].key
    set.pointee.table[place] = SetEntry(key: SetTable.dummy, hash: -1)
    set.pointee.used = set.pointee.used &- 1
    thread.decref(old)
    return 1
}

/// Remove an element of the set's choice; undefined: empty. The reference is the caller's.
func setPopAny(_ set: SetPointer) -> Value {
    if set.pointee.used == 0 { return .undefined }
    let table = set.pointee.table
    var place = Int(set.pointee.finger) & set.pointee.mask
    while !table[place].isLive { place = place == set.pointee.mask ? 0 : place + 1 }
    let key = table[place].key
    table[place] = SetEntry(key: SetTable.dummy, hash: -1)
    set.pointee.used = set.pointee.used - 1
    set.pointee.finger = UInt32(truncatingIfNeeded: place + 1)
    return key
}

/// Remove all elements, then release them in the table's order.
func setClear(_ thread: Thread, _ set: SetPointer) {
    if set.pointee.fill == 0 && set.pointee.table == set.smallTable { return }
    let slots = set.pointee.mask + 1
    if set.pointee.table == set.smallTable {
        withScratch(of: SetEntry.self, count: slots) { copy in
            memcpy(copy, set.smallTable, slots * MemoryLayout<SetEntry>.stride)
            set.makeEmpty()
            for i in 0..<slots { thread.decref(copy[i].key) }
        }
        return
    }
    let table = set.pointee.table
    set.makeEmpty()
    for i in 0..<slots { thread.decref(table[i].key) }
    thread.freeBuffer(table, bytes: slots * MemoryLayout<SetEntry>.stride)
}

/// Add all elements of another set. False: raised.
func setMerge(_ thread: Thread, _ set: SetPointer, _ other: SetPointer) -> Bool {
    thread.holding(Value(pointer: set), Value(pointer: other)) { setMergeHeld(thread, set, other) }
}

private func setMergeHeld(_ thread: Thread, _ set: SetPointer, _ other: SetPointer) -> Bool {
    if set == other || other.pointee.used == 0 { return true }
    if (set.pointee.fill + other.pointee.used) * 5 >= set.pointee.mask * 3 {
        if !setRebuild(thread, set, minimum: (set.pointee.used + other.pointee.used) * 2) { return false }
    }
    if set.pointee.fill == 0 {
        let from = other.pointee.table
        let to = set.pointee.table
        if set.pointee.mask == other.pointee.mask && other.pointee.fill == other.pointee.used {
            for i in 0...other.pointee.mask {
                to[i] = from[i]
                thread.incref(from[i].key)
            }
        } else {
            for i in 0...other.pointee.mask where from[i].isLive {
                thread.incref(from[i].key)
                setInsertClean(to, set.pointee.mask, from[i].key, from[i].hash)
            }
        }
        set.pointee.fill = other.pointee.used
        set.pointee.used = other.pointee.used
        return true
    }
    var i = 0
    while i <= other.pointee.mask {
        let entry = other.pointee.table[i]
        i += 1
        if !entry.isLive { continue }
        thread.incref(entry.key)
        let added = setAddKnownHash(thread, set, entry.key, hash: entry.hash)
        thread.decref(entry.key)
        if added < 0 { return false }
    }
    return true
}

/// A new set of the same elements, or nil.
func setCopy(_ thread: Thread, _ set: SetPointer, frozen: Bool) -> SetPointer? {
    guard let copy = thread.makeSet(frozen: frozen) else { return nil }
    if setMerge(thread, copy, set) { return copy }
    thread.decref(Value(pointer: copy))
    return nil
}

/// Exchange the elements of two sets.
func setSwap(_ a: SetPointer, _ b: SetPointer) {
    let aSmall = a.pointee.table == a.smallTable
    let bSmall = b.pointee.table == b.smallTable
    (a.pointee.table, b.pointee.table) = (b.pointee.table, a.pointee.table)
    if aSmall || bSmall {
        for i in 0..<SetTable.minimumSlots { swap(&a.smallTable[i], &b.smallTable[i]) }
        if aSmall { b.pointee.table = b.smallTable }
        if bSmall { a.pointee.table = a.smallTable }
    }
    (a.pointee.mask, b.pointee.mask) = (b.pointee.mask, a.pointee.mask)
    (a.pointee.fill, b.pointee.fill) = (b.pointee.fill, a.pointee.fill)
    (a.pointee.used, b.pointee.used) = (b.pointee.used, a.pointee.used)
    a.knownHash = -1
    b.knownHash = -1
}

/// The next element at `position` or behind it, borrowed; `position` is then behind it.
@inline(__always) func setNext(_ set: SetPointer, _ position: inout Int) -> SetEntry? {
    while position <= set.pointee.mask {
        let entry = set.pointee.table[position]
        position &+= 1
        if entry.isLive { return entry }
    }
    return nil
}

/// Hash of the elements, whatever their order: frozenset_hash of CPython. Never raises.
func setHash(_ set: SetPointer) -> Int {
    let known = set.knownHash
    if known != -1 { return known }
    var hash: UInt = 0
    var position = 0
    while let entry = setNext(set, &position) {
        let h = UInt(bitPattern: entry.hash)
        hash ^= ((h ^ 89_869_747) ^ (h << 16)) &* 3_644_798_167
    }
    hash ^= (UInt(set.pointee.used) &+ 1) &* 1_927_868_237
    hash ^= (hash >> 11) ^ (hash >> 25)
    hash = hash &* 69069 &+ 907_133_923
    if hash == UInt.max { hash = 590_923_713 }
    return Int(bitPattern: hash)
}

// MARK: - Deallocation and collection

/// Release the elements and the table of a set that is being deallocated.
@inline(__always) func setRelease(_ thread: Thread, _ set: SetPointer) { setClear(thread, set) }

/// Show every element to `visit`.
@inline(__always) func setTraverse(_ set: SetPointer, _ visit: (Value) -> Void) {
    for i in 0...set.pointee.mask where set.pointee.table[i].isLive { visit(set.pointee.table[i].key) }
}
