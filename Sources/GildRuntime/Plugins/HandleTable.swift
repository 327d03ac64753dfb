// Handles: the numbers by which a plugin's call knows objects.
//
//     63        40 39        24   23   22        0
//    | generation | context    | 0 | entry        |      what the plugin owns; entry ≥ 4, and 1, 2, 3 are None, False, True
//    | call       | context    | 1 | position     |      an argument of the call
//
// What is counted lies on top: the next call's number is one addition, which may overflow.
//
// **What the plugin owns** has an entry in the thread's table, which holds the whole handle while it is open. So one comparison finds out a
// handle that was closed (the generation has moved on), one of another thread (the context's number differs), and a number that never was a
// handle. Which call opened a handle is in the entry, too: it means nothing in any other call.
//
// **Arguments** have none: a call's frame says where they lie (in the caller's registers, which hold the objects for as long as the call
// lasts) and which handle the first one has; the others follow. So a call makes the handles of its arguments by counting and closes them by
// ending, and a handle less the first one is its position: below the number of arguments, or the handle is not one of this call's.
//
// Generations and calls have 24 bits: a handle that was closed is taken for an open one again after its entry was used 16 million times
// more, by the same call; one of an earlier call's argument in the call that comes 16 million calls later.
//
// Owner thread only, with the lock: closing may free the object.

import CGild
import CGildPlugin

struct HandleEntry {
    /// The handle while it is open; 0 while the entry is free.
    var bits: UInt64
    var value: Value
    /// The call that opened it, by the handle of its first argument.
    var call: UInt64
    /// Next free entry, 0: none.
    var next: UInt32
    /// Of the next handle of this entry.
    var generation: UInt32
    /// Where the plugin opened it (return address), if checks are on.
    var site: UInt
}

struct HandleTable {
    /// Handles open at a time, of one thread.
    static let greatestCount = 1 << 20

    private(set) var entries: UnsafeMutablePointer<HandleEntry>
    /// Entries that have been used; the others are not initialised.
    private(set) var used = 4
    private var capacity = 64
    private var firstFree: UInt32 = 0
    /// What all its handles have in `contextMask`; not 0.
    let context: UInt64
    static let contextMask: UInt64 = 0xFFFF << 24
    /// Set in the handles of arguments.
    static let argument: UInt64 = 1 << 23

    init(context number: UInt32) {
        entries = .allocate(capacity: capacity)
        // Never 0, so that no handle is a small number.
        context = UInt64(number % 0xFFFF + 1) << 24
        let constants = [Value.undefined, .none, .false, .true]
        for i in 0..<4 {
            (entries + i).initialize(to: HandleEntry(bits: UInt64(i), value: constants[i], call: 0, next: 0, generation: 0, site: 0))
        }
    }

    func destroy() { entries.deallocate() }

    /// The handle of the first argument of the call after the one whose first argument had this one.
    @inline(__always) static func next(after call: UInt64) -> UInt64 { call &+ 1 << 40 }

    /// The handle that the first argument of call number 0 would have.
    var zeroth: UInt64 { context | Self.argument }

    /// The object of a handle that this call owns, borrowed; undefined: it does not.
    @inline(__always) func value(_ handle: gild_handle, call: UInt64) -> Value {
        let index = Int(handle.bits & 0xFF_FFFF)
        if index < used {
            let entry = entries + index
            if entry.pointee.bits == handle.bits && (entry.pointee.call == call || index < 4) { return entry.pointee.value }
        }
        return .undefined
    }

    /// A handle for a value, whose reference the entry takes over. GILD_NULL: there are too many.
    @inline(__always) mutating func open(_ value: Value, call: UInt64, site: UInt) -> gild_handle {
        var index = Int(firstFree)
        if index == 0 {
            index = used
            if index == capacity && !grow() { return gild_handle(bits: 0) }
            used = index &+ 1
            (entries + index).initialize(to: HandleEntry(bits: 0, value: .undefined, call: 0, next: 0, generation: 0, site: 0))
        } else {
            firstFree = entries[index].next
        }
        let entry = entries + index
        let bits = UInt64(entry.pointee.generation) << 40 | context | UInt64(index)
        entry.pointee.bits = bits
        entry.pointee.value = value
        entry.pointee.call = call
        entry.pointee.site = site
        return gild_handle(bits: bits)
    }

    /// Free the entry of an open handle, and return what it held.
    @inline(__always) mutating func release(_ index: Int) -> Value {
        let entry = entries + index
        let value = entry.pointee.value
        entry.pointee.bits = 0
        entry.pointee.value = .undefined
        entry.pointee.generation &+= 1
        entry.pointee.next = firstFree
        firstFree = UInt32(truncatingIfNeeded: index)
        return value
    }

    /// What is wrong with a handle that `value` does not know.
    func complaint(_ handle: gild_handle) -> String {
        if handle.bits == 0 { return "is GILD_NULL" }
        let index = Int(handle.bits & 0xFF_FFFF)
        let owner = handle.bits & Self.contextMask
        if owner != context { return owner == 0 ? "is not a handle" : "belongs to another thread" }
        if index < 4 || index >= used { return "is not a handle" }
        if entries[index].bits == handle.bits { return "belongs to another call" }
        return "was closed"
    }

    @inline(never) private mutating func grow() -> Bool {
        if capacity >= Self.greatestCount { return false }
        let larger = UnsafeMutablePointer<HandleEntry>.allocate(capacity: capacity * 2)
        larger.moveInitialize(from: entries, count: used)
        entries.deallocate()
        entries = larger
        capacity *= 2
        return true
    }
}
