// A table from interned names to values, in the order of insertion, on raw memory.
//
// Used for the attributes of types and modules and for the slots of shapes. Entries are appended and never move to
// another index, so that an inline cache may hold an index; removing leaves the entry with an undefined value, and
// setting the name again revives it (`order` then gives its new place in the sequence).
// Open addressing with linear probing on the name's address; the table doubles at two thirds full.

import CGild

struct NameTable {
    struct Entry {
        /// Interned string; borrowed, interned names of tables are immortal.
        var name: Value
        /// Owned by the table's user; undefined = absent.
        var value: Value
    }

    private(set) var entries: UnsafeMutablePointer<Entry>?
    private var index: UnsafeMutablePointer<Int32>?
    private(set) var count = 0
    private var capacity = 0
    private var mask = 0

    init() {}

    @inline(__always) private static func hash(_ name: Value) -> Int {
        Int(truncatingIfNeeded: (name.bits >> 4) &* 0x9E37_79B9_7F4A_7C15 >> 20)
    }

    /// Index of the name's entry, or -1. The entry may be undefined.
    func find(_ name: Value) -> Int {
        guard let index, let entries else { return -1 }
        var slot = NameTable.hash(name) & mask
        while true {
            let i = Int(index[slot])
            if i < 0 { return -1 }
            if entries[i].name == name { return i }
            slot = (slot &+ 1) & mask
        }
    }

    /// The value, or undefined.
    func get(_ name: Value) -> Value {
        let i = find(name)
        return i < 0 ? .undefined : entries.unsafelyUnwrapped[i].value
    }

    /// Index of the name's entry, which is made (undefined) when there is none.
    mutating func findOrAdd(_ name: Value) -> Int {
        let found = find(name)
        if found >= 0 { return found }
        if count == capacity { grow() }
        let i = count
        entries.unsafelyUnwrapped[i] = Entry(name: name, value: .undefined)
        count += 1
        insert(i)
        return i
    }

    /// Replace the value at an index; returns the old one, whose reference is the caller's now.
    mutating func exchange(at i: Int, _ value: Value) -> Value {
        let old = entries.unsafelyUnwrapped[i].value
        entries.unsafelyUnwrapped[i].value = value
        return old
    }

    private mutating func insert(_ i: Int) {
        let index = index.unsafelyUnwrapped
        var slot = NameTable.hash(entries.unsafelyUnwrapped[i].name) & mask
        while index[slot] >= 0 { slot = (slot &+ 1) & mask }
        index[slot] = Int32(i)
    }

    private mutating func grow() {
        let newCapacity = capacity == 0 ? 8 : capacity * 2
        let newEntries = UnsafeMutablePointer<Entry>.allocate(capacity: newCapacity)
        if let entries {
            newEntries.update(from: entries, count: count)
            entries.deallocate()
        }
        entries = newEntries
        capacity = newCapacity
        index?.deallocate()
        let slots = newCapacity * 2
        let newIndex = UnsafeMutablePointer<Int32>.allocate(capacity: slots)
        newIndex.initialize(repeating: -1, count: slots)
        index = newIndex
        mask = slots - 1
        for i in 0..<count { insert(i) }
    }

    /// Free the table's memory; the values are the caller's business.
    mutating func destroy() {
        entries?.deallocate()
        index?.deallocate()
        self = NameTable()
    }
}
