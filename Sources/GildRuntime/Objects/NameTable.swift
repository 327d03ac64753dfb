// A table from interned names to values, in the order of insertion, on raw memory.
//
// Used for the attributes of types and modules, for the slots of shapes and the transitions between them. Entries are appended and never
// move to another index, so that an inline cache may hold an index; removing leaves the entry with an undefined value, and
// setting the name again revives it.
// Open addressing with linear probing on the name's address; the table doubles when its entries are used up.
//
// The table is one pointer to a block: a header, the entries, then twice as many index words. Where threads run at the same time writers
// take turns (they hold the types' mutex, TypeTables.swift), and readers take no lock:
//
//   writer, new name    entry; then the index word that leads to it, with release; then `count`
//   writer, full        a larger block with all of it; then the table's pointer, with release
//   reader              the block, with acquire; index words, with acquire; the entry
//   reader with a cache the cache, which was stored with release after the entry; the block; the entry, whose address depends on the cache
//
// - *One pointer.* A reader has the mask, the index and the entries of one block: never the mask of one and the index of another.
// - *Old blocks stay* until the table is destroyed, because readers may still be in them; together they are smaller than the newest one.
//   Who finds a name in an old block has its right index, but not always its latest value: so values are read
//   through `gild_thread_ref.load(_:at:)`, which asks again after it has taken a reference.

import CGild

struct NameTable {
    struct Entry {
        /// Interned string; borrowed, interned names of tables are immortal.
        var name: Value
        /// Owned by the table's user; undefined = absent.
        var value: Value
    }

    fileprivate struct Block {
        /// The block that was outgrown.
        var previous: UnsafeMutablePointer<Block>?
        var capacity: Int
        var mask: Int
        var count: Int
    }

    /// Written by `UnsafeMutablePointer<NameTable>` only.
    fileprivate var block: UnsafeMutablePointer<Block>?

    init() {}

    /// An empty table in memory of its own.
    static func make() -> NameTablePointer {
        let table = NameTablePointer.allocate(capacity: 1)
        table.initialize(to: NameTable())
        return table
    }

    @inline(__always) fileprivate static func hash(_ name: Value) -> Int {
        Int(truncatingIfNeeded: (name.bits >> 4) &* 0x9E37_79B9_7F4A_7C15 >> 20)
    }
}

typealias NameTablePointer = UnsafeMutablePointer<NameTable>

extension UnsafeMutablePointer where Pointee == NameTable.Block {
    @inline(__always) fileprivate var entries: UnsafeMutablePointer<NameTable.Entry> {
        (UnsafeMutableRawPointer(self) + MemoryLayout<NameTable.Block>.size).assumingMemoryBound(to: NameTable.Entry.self)
    }
    /// Entry numbers by hash; `UInt32.max`: none.
    @inline(__always) fileprivate var index: UnsafeMutablePointer<UInt32> {
        UnsafeMutableRawPointer(entries + pointee.capacity).assumingMemoryBound(to: UInt32.self)
    }
    @inline(__always) fileprivate var countWord: UnsafeMutablePointer<UInt64> {
        (UnsafeMutableRawPointer(self) + MemoryLayout<NameTable.Block>.offset(of: \.count).unsafelyUnwrapped).assumingMemoryBound(to: UInt64.self)
    }

    /// Atomic: a thread that has the index from an inline cache has not been through the index words.
    fileprivate func store(_ i: Int, _ name: Value, _ value: Value) {
        let words = UnsafeMutableRawPointer(entries + i).assumingMemoryBound(to: UInt64.self)
        gild_store_relaxed_64(words, name.bits)
        gild_store_release_64(words + 1, value.bits)
    }

    fileprivate func enter(_ i: Int) {
        var slot = NameTable.hash(entries[i].name) & pointee.mask
        while index[slot] != .max { slot = (slot &+ 1) & pointee.mask }
        gild_store_release_32(index + slot, UInt32(truncatingIfNeeded: i))
    }
}

/// Where a table lies; for fields of objects, which are not to be copied.
@inline(__always) private func address(of table: NameTablePointer) -> NameTablePointer { table }

extension UnsafeMutablePointer where Pointee == TypeObject {
    @inline(__always) var attributes: NameTablePointer { address(of: &pointee.attributeTable) }
    @inline(__always) var lookup: NameTablePointer { address(of: &pointee.lookupTable) }
}

extension UnsafeMutablePointer where Pointee == Shape {
    @inline(__always) var slotsByName: NameTablePointer { address(of: &pointee.slotTable) }
    @inline(__always) var transitions: NameTablePointer { address(of: &pointee.transitionTable) }
}

extension UnsafeMutablePointer where Pointee == ModuleObject {
    @inline(__always) var attributes: NameTablePointer { address(of: &pointee.attributeTable) }
}

extension UnsafeMutablePointer where Pointee == NameTable {
    @inline(__always) private var blockWord: UnsafeMutablePointer<UInt64> { UnsafeMutableRawPointer(self).assumingMemoryBound(to: UInt64.self) }
    @inline(__always) fileprivate var block: UnsafeMutablePointer<NameTable.Block>? {
        UnsafeMutablePointer<NameTable.Block>(bitPattern: UInt(gild_load_acquire_64(blockWord)))
    }

    // MARK: Reading

    /// Names that were ever entered.
    var count: Int {
        guard let block else { return 0 }
        return Int(truncatingIfNeeded: gild_load_acquire_64(block.countWord))
    }

    /// Index of the name's entry, or -1. The entry may be undefined.
    func find(_ name: Value) -> Int {
        guard let block else { return -1 }
        let (entries, index, mask) = (block.entries, block.index, block.pointee.mask)
        var slot = NameTable.hash(name) & mask
        while true {
            let i = gild_load_acquire_32(index + slot)
            if i == .max { return -1 }
            if entries[Int(i)].name == name { return Int(i) }
            slot = (slot &+ 1) & mask
        }
    }

    /// The place of the value at an index that `find` gave. It moves when the table grows.
    @inline(__always) func place(at i: Int) -> UnsafeMutablePointer<Value> {
        let entry = UnsafeMutableRawPointer(block.unsafelyUnwrapped.entries + i) + MemoryLayout<Value>.size
        return entry.assumingMemoryBound(to: Value.self)
    }

    func name(at i: Int) -> Value { block.unsafelyUnwrapped.entries[i].name }

    /// The value at an index, without a reference to it.
    @inline(__always) func value(at i: Int) -> Value {
        place(at: i).withMemoryRebound(to: UInt64.self, capacity: 1) { Value(bits: gild_load_acquire_64($0)) }
    }

    /// The value, without a reference to it, or undefined.
    func get(_ name: Value) -> Value {
        let i = find(name)
        return i < 0 ? .undefined : value(at: i)
    }

    // MARK: Writing: nobody else writes

    /// Enter a name that the table does not have.
    func add(_ name: Value, _ value: Value) -> Int {
        if block == nil || block.unsafelyUnwrapped.pointee.count == block.unsafelyUnwrapped.pointee.capacity { grow() }
        let block = block.unsafelyUnwrapped
        let i = block.pointee.count
        block.store(i, name, value)
        block.enter(i)
        gild_store_release_64(block.countWord, UInt64(i + 1))
        return i
    }

    /// Index of the name's entry, which is made (undefined) when there is none.
    func findOrAdd(_ name: Value) -> Int {
        let found = find(name)
        return found >= 0 ? found : add(name, .undefined)
    }

    /// Replace the value at an index; returns the old one, whose reference is the caller's now.
    func exchange(at i: Int, _ value: Value) -> Value {
        place(at: i).withMemoryRebound(to: UInt64.self, capacity: 1) {
            let old = $0.pointee
            gild_store_release_64($0, value.bits)
            return Value(bits: old)
        }
    }

    /// Enter a name or replace its value; the old one, whose reference is the caller's now, or undefined.
    func set(_ name: Value, _ value: Value) -> Value {
        let i = find(name)
        if i >= 0 { return exchange(at: i, value) }
        _ = add(name, value)
        return .undefined
    }

    private func grow() {
        let old = block
        let capacity = old.map { $0.pointee.capacity * 2 } ?? 8
        let bytes = MemoryLayout<NameTable.Block>.size + capacity * (MemoryLayout<NameTable.Entry>.stride + 2 * MemoryLayout<UInt32>.stride)
        let new = UnsafeMutableRawPointer.allocate(byteCount: bytes, alignment: 16).assumingMemoryBound(to: NameTable.Block.self)
        let count = old?.pointee.count ?? 0
        new.initialize(to: NameTable.Block(previous: old, capacity: capacity, mask: capacity * 2 - 1, count: count))
        new.index.initialize(repeating: .max, count: capacity * 2)
        if let old { new.entries.initialize(from: old.entries, count: count) }
        for i in 0..<count { new.enter(i) }
        gild_store_release_64(blockWord, UInt64(UInt(bitPattern: new)))
    }

    /// Free the table's memory; the values are the caller's business. Nobody reads it any more.
    func destroy() {
        var current = block
        while let block = current {
            current = block.pointee.previous
            UnsafeMutableRawPointer(block).deallocate()
        }
        gild_store_release_64(blockWord, 0)
    }
}

extension gild_thread_ref {
    /// A new reference to the value at an index, or undefined.
    @inline(__always) func load(_ table: NameTablePointer, at i: Int) -> Value {
        if !s.pointee.isFreeThreaded { return newReference(table.place(at: i).pointee) }
        return loadShared(table, at: i)
    }

    /// `load` where threads run at the same time. As for a single place (Places.swift): the reference is good if the table still holds the value
    /// after it was taken; and the table is asked both times what its newest block holds.
    @inline(never) func loadShared(_ table: NameTablePointer, at i: Int) -> Value {
        loadShared(table, at: i) { tryIncref($0) } release: { decref($0) }
    }

    /// The same with the counts of one regime, for its run loop.
    @inline(__always) func loadShared(
        _ table: NameTablePointer, at i: Int, tryIncref: (ObjectPointer) -> Bool, release: (ObjectPointer) -> Void
    ) -> Value {
        while true {
            let value = table.value(at: i)
            if !value.isPointer { return value }
            if tryIncref(value.object) {
                if table.value(at: i) == value { return value }
                release(value.object)
            }
            gild_spin_pause()
        }
    }

    /// A new reference to the value of a name, or undefined.
    func load(_ table: NameTablePointer, _ name: Value) -> Value {
        let i = table.find(name)
        return i < 0 ? .undefined : load(table, at: i)
    }
}
