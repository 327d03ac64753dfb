// Reads of a list or dict that several threads read: without its lock byte, and looked at again afterwards.
//
// Two threads that only read one table would take its lock byte from each other for every read. So in the regimes `atomic` and `biased` a read of an item by its
// index, of a value by its key, or of the length first goes without:
//
//     the reader                                          who changes the container
//     its byte is free, and it is marked; else lock       lock its byte
//     version := sections about it that have ended        change it; what was a reader's may be a reader's still:
//     read where its parts are (buffer, size)                 words are stored one by one, with release;
//     unchanged? else lock                                    a buffer that is given up goes to limbo
//     read the parts; a reference to the value, if        sections += 1
//         its count is not zero                           unlock the byte
//     unchanged? else give it back, and lock
//
//     unchanged: the byte is free; then: as many sections have ended as before
//
// It is a sequence lock (as Linux' seqlock_t) whose writers are the critical sections that there are anyhow: what a reader returns is what the container held at the
// moment of the last look, and no half of an operation can be seen, be it `sort`, `insert` or `update`. Nothing else needs to be argued about a value; what needs to be is that a
// reader whose read is in vain does no harm before it knows.
//
// What the steps prevent:
//
// - *An index beyond the buffer.* Buffer and size are read one after the other, perhaps of two different states. Only when nothing has changed since do they belong together, and the buffer
//   is read: it stays as large as it was, because a buffer given up keeps its content in limbo (Heap/Limbo.swift) until all threads have been stopped,
//   and a read contains no checkpoint. For the same reason marked lists are not sorted in their buffer, but in another one.
// - *A word that is no value.* The places that were in use at the first look hold values from then on: a place is written by one store (`setItem`, `moveItems`). A dict's reader
//   finds an entry by an index, which is stored after the entry.
// - *A value that has been freed.* As in Places.swift: the memory of an object stays an object's memory, and a count of zero is not incremented.
// - *A change that has ended between two looks.* The byte is free again, but the number has grown. It grows before the byte is freed, and the byte is looked at before it: a change
//   that the first look missed because it was over is seen by the second.
// - *A change that is going on.* Who has read what it stored finds the byte locked: the store released it.
//
// **Marks.** A container is marked (`ObjectFlags.readUnlocked`) by the first read that locks its byte, under the byte. Those that nobody reads in this way are changed as ever:
// their buffers grow in place and are freed at once. An object with a biased byte (LockBias.swift) is never marked, so its owner changes nothing about how it works on it: a
// stranger's first read revokes the bias. The mark is never taken away: readers do not ask for the byte any more, and nobody could tell when the last has gone.
//
// **Giving up.** A read that was in vain locks the byte; one that tried again would meet the same writer. To give the value back may free it, and run a finaliser:
// after a read in vain the caller takes nothing for granted that it holds no reference to.
//
// Keys are compared only as far as no code of a script is needed: the same word, or two strings. Any other candidate with the same hash is left to the locked search.
//
// Not read in this way: sets, iterators of dicts, and operations on more than one item, which lock the byte once for many. `object-lock` is to show what the textbook's
// mutexes cost, and `unsynchronized` what happens without; there nothing is marked.
//
// Sources: PEP 703, "Optimistically Avoiding Locking"; H. Boehm, "Can Seqlocks Get Along with Programming Language Memory Models?", MSPC 2012 (acquire loads, release stores); decision 0019.

import CGild
import Glibc

private enum ReadState {
    /// Lock byte and mark in the header's word of owner, lock byte and flags.
    static let mask: UInt32 = 0x00FF_0000 | UInt32(ObjectFlags.readUnlocked) << 24
    static let free = UInt32(LockByte.free) << 16 | UInt32(ObjectFlags.readUnlocked) << 24
}

extension UnsafeMutablePointer where Pointee == ObjectHeader {
    /// A list or dict that others may be reading although its byte is locked.
    @inline(__always) var isReadUnlocked: Bool { flags & ObjectFlags.readUnlocked != 0 }

    @inline(__always) fileprivate var canBeRead: Bool { gild_load_acquire_32(ownerLockFlagsWord) & ReadState.mask == ReadState.free }
    @inline(__always) fileprivate var version: UInt32 { gild_load_acquire_32(sectionsWord) }
    /// What has been loaded since `version` was read is one state, the present one.
    @inline(__always) fileprivate func isUnchanged(since version: UInt32) -> Bool { canBeRead && self.version == version }
}

extension gild_thread_ref {
    /// A read has locked the container: the next ones need not.
    @inline(__always) func markRead(_ object: ObjectPointer) {
        if object.isReadUnlocked || isBiased(object) { return }
        var counting = s.pointee.counting
        if counting == .ledgered { counting = scheme }
        if counting == .atomic || counting == .biased { object.setFlags(ObjectFlags.readUnlocked) }
    }

    // MARK: Lists

    /// The item at an index, which counts from the end when it is negative: a new reference; undefined: there is none. False: the list has to be locked for it.
    @inline(__always) func readItem(_ list: ListPointer, _ position: Int, into item: inout Value) -> Bool {
        let object = header(of: list)
        if !object.canBeRead { return false }
        let version = object.version
        let items = list.sharedItems
        let count = list.sharedCount
        if !object.isUnchanged(since: version) { return false }
        let index = position < 0 ? position &+ count : position
        if UInt(bitPattern: index) >= UInt(bitPattern: count) {
            item = .undefined
            return true
        }
        return readPlace(items.unsafelyUnwrapped + index, of: object, version, into: &item)
    }

    /// Number of items. Nil: the list has to be locked for it.
    @inline(__always) func readCount(_ list: ListPointer) -> Int? {
        let object = header(of: list)
        if !object.canBeRead { return nil }
        let version = object.version
        let count = list.sharedCount
        return object.isUnchanged(since: version) ? count : nil
    }

    /// What a place holds, a new reference, if the container is what it was. False: it is not.
    @inline(__always) private func readPlace(
        _ place: UnsafeMutablePointer<Value>, of object: ObjectPointer, _ version: UInt32, into item: inout Value
    ) -> Bool {
        let value = peek(place)
        if !value.isPointer {
            item = value
            return object.isUnchanged(since: version)
        }
        if !tryIncref(value.object) { return false }
        if object.isUnchanged(since: version) {
            item = value
            return true
        }
        decref(value)
        return false
    }

    // MARK: Dicts

    enum DictReading {
        case found, absent
        /// The dict has to be locked for it.
        case undecided
    }

    /// Look a key up; its value, if `wantsValue`, is a new reference.
    @inline(never) func readEntry(_ dict: DictPointer, _ key: Value, _ hash: Int, wantsValue: Bool, into value: inout Value) -> DictReading {
        let object = header(of: dict)
        if !object.canBeRead { return .undecided }
        let version = object.version
        let table = dict.sharedTable
        if !object.isUnchanged(since: version) { return .undecided }
        guard let entries = table.entries else { return .absent }
        var perturb = UInt(bitPattern: hash)
        var slot = hash & table.mask
        while true {
            let index = table.index(slot)
            if index >= 0 {
                let entry = DictEntryPlaces(entries + index)
                let candidate = peek(entry.key)
                let isHit: Bool
                if candidate == key {
                    isHit = true
                } else if gild_load_relaxed_int(entry.hash) != hash || key.isInt && candidate.isInt {
                    isHit = false
                } else {
                    guard let isEqual = isEqualKey(candidate, key, in: object, version) else { return .undecided }
                    isHit = isEqual
                }
                if isHit {
                    if wantsValue { return readPlace(entry.value, of: object, version, into: &value) ? .found : .undecided }
                    return object.isUnchanged(since: version) ? .found : .undecided
                }
            } else if index == -1 {
                return object.isUnchanged(since: version) ? .absent : .undecided
            }
            perturb >>= 5
            slot = (slot &* 5 &+ Int(bitPattern: perturb) &+ 1) & table.mask
        }
    }

    /// Whether a key of the dict is the same string as another one. Nil: not two strings, or the dict has changed.
    private func isEqualKey(_ candidate: Value, _ key: Value, in object: ObjectPointer, _ version: UInt32) -> Bool? {
        if !candidate.isPointer || !key.hasShape(.str) || !tryIncref(candidate.object) { return nil }
        // Before it is looked at: it may have become another object.
        let isString = object.isUnchanged(since: version) && candidate.hasShape(.str)
        let isEqual = isString && equalStrings(candidate.cast(StringObject.self), key.cast(StringObject.self))
        decref(candidate)
        return isString ? isEqual : nil
    }

    /// Number of entries. Nil: the dict has to be locked for it.
    @inline(__always) func readCount(_ dict: DictPointer) -> Int? {
        let object = header(of: dict)
        if !object.canBeRead { return nil }
        let version = object.version
        let count = dict.sharedUsed
        return object.isUnchanged(since: version) ? count : nil
    }
}

// MARK: - Words that are read without the lock

extension UnsafeMutablePointer where Pointee == Value {
    /// Store a part of a container, whose old value is somebody else's already.
    @inline(__always) func setItem(_ value: Value) { withMemoryRebound(to: UInt64.self, capacity: 1) { gild_store_release_64($0, value.bits) } }
}

extension UnsafeMutablePointer where Pointee == ListObject {
    @inline(__always) private func word<T>(_ offset: Int, _: T.Type) -> UnsafeMutablePointer<T> {
        (UnsafeMutableRawPointer(self) + offset).assumingMemoryBound(to: T.self)
    }
    @inline(__always) private var itemsWord: UnsafeMutablePointer<UInt64> { word(16, UInt64.self) }
    @inline(__always) private var countWord: UnsafeMutablePointer<Int> { word(24, Int.self) }

    @inline(__always) fileprivate var sharedItems: UnsafeMutablePointer<Value>? { UnsafeMutablePointer<Value>(bitPattern: UInt(gild_load_acquire_64(itemsWord))) }
    @inline(__always) fileprivate var sharedCount: Int { gild_load_acquire_int(countWord) }
    @inline(__always) func setItems(_ items: UnsafeMutablePointer<Value>?) { gild_store_release_64(itemsWord, UInt64(UInt(bitPattern: items))) }
    @inline(__always) func setCount(_ count: Int) { gild_store_release_int(countWord, count) }

    /// Its buffers may be read by others while and after it is changed.
    @inline(__always) var isReadUnlocked: Bool { UnsafeMutableRawPointer(self).assumingMemoryBound(to: ObjectHeader.self).isReadUnlocked }

    /// `memmove` of items within the list's buffer, or into it.
    @inline(__always) func moveItems(to: UnsafeMutablePointer<Value>, from: UnsafeMutablePointer<Value>, count: Int) {
        if isReadUnlocked { moveWords(to, from, count) } else { memmove(to, from, count &* 8) }
    }

    /// Turn the items round.
    func reverseItems() {
        guard let items = pointee.items else { return }
        if !isReadUnlocked { return reverseValues(items, pointee.count) }
        var low = 0
        var high = pointee.count - 1
        while low < high {
            let value = items[low]
            (items + low).setItem(items[high])
            (items + high).setItem(value)
            low &+= 1
            high &-= 1
        }
    }
}

@inline(never) private func moveWords(_ to: UnsafeMutablePointer<Value>, _ from: UnsafeMutablePointer<Value>, _ count: Int) {
    if to < from {
        for i in 0..<count { (to + i).setItem(from[i]) }
    } else {
        for i in stride(from: count - 1, through: 0, by: -1) { (to + i).setItem(from[i]) }
    }
}

/// Where the parts of a dict's table are: one state of it, if the dict has not changed since.
private struct DictReadTable {
    let indices: UnsafeMutableRawPointer
    let entries: UnsafeMutablePointer<DictEntry>?
    let mask: Int
    let width: UInt8

    /// The entry number in a slot; the entry is written.
    @inline(__always) func index(_ slot: Int) -> Int {
        if width == 0 { return Int(Int8(bitPattern: gild_load_acquire_8((indices + slot).assumingMemoryBound(to: UInt8.self)))) }
        if width == 1 { return Int(Int16(bitPattern: gild_load_acquire_16((indices + slot &<< 1).assumingMemoryBound(to: UInt16.self)))) }
        return Int(Int32(bitPattern: gild_load_acquire_32((indices + slot &<< 2).assumingMemoryBound(to: UInt32.self))))
    }
}

/// The words of an entry.
struct DictEntryPlaces {
    private let base: UnsafeMutableRawPointer
    @inline(__always) init(_ entry: UnsafeMutablePointer<DictEntry>) { base = UnsafeMutableRawPointer(entry) }
    @inline(__always) var hash: UnsafeMutablePointer<Int> { base.assumingMemoryBound(to: Int.self) }
    @inline(__always) var key: UnsafeMutablePointer<Value> { (base + 8).assumingMemoryBound(to: Value.self) }
    @inline(__always) var value: UnsafeMutablePointer<Value> { (base + 16).assumingMemoryBound(to: Value.self) }

    /// Write an entry that is a hole, or new; its index follows.
    @inline(__always) func set(hash newHash: Int, key newKey: Value, value newValue: Value) {
        gild_store_relaxed_int(hash, newHash)
        key.setItem(newKey)
        value.setItem(newValue)
    }
}

extension UnsafeMutablePointer where Pointee == DictObject {
    @inline(__always) private func word<T>(_ offset: Int, _: T.Type) -> UnsafeMutablePointer<T> {
        (UnsafeMutableRawPointer(self) + offset).assumingMemoryBound(to: T.self)
    }
    @inline(__always) private var indicesWord: UnsafeMutablePointer<UInt64> { word(16, UInt64.self) }
    @inline(__always) private var entriesWord: UnsafeMutablePointer<UInt64> { word(24, UInt64.self) }
    @inline(__always) private var maskWord: UnsafeMutablePointer<Int> { word(32, Int.self) }
    @inline(__always) private var usedWord: UnsafeMutablePointer<Int> { word(40, Int.self) }
    @inline(__always) private var widthByte: UnsafeMutablePointer<UInt8> { word(64, UInt8.self) }

    @inline(__always) fileprivate var sharedTable: DictReadTable {
        DictReadTable(
            indices: UnsafeMutableRawPointer(bitPattern: UInt(gild_load_acquire_64(indicesWord))).unsafelyUnwrapped,
            entries: UnsafeMutablePointer<DictEntry>(bitPattern: UInt(gild_load_acquire_64(entriesWord))),
            mask: gild_load_acquire_int(maskWord), width: gild_load_acquire_8(widthByte))
    }
    @inline(__always) fileprivate var sharedUsed: Int { gild_load_acquire_int(usedWord) }

    @inline(__always) func setTable(indices: UnsafeMutableRawPointer, entries: UnsafeMutablePointer<DictEntry>?, mask: Int, width: UInt8) {
        gild_store_release_64(indicesWord, UInt64(UInt(bitPattern: indices)))
        gild_store_release_64(entriesWord, UInt64(UInt(bitPattern: entries)))
        gild_store_release_int(maskWord, mask)
        gild_store_release_8(widthByte, width)
    }
    @inline(__always) func setUsed(_ used: Int) { gild_store_release_int(usedWord, used) }

    /// Its tables may be read by others while and after it is changed.
    @inline(__always) var isReadUnlocked: Bool { UnsafeMutableRawPointer(self).assumingMemoryBound(to: ObjectHeader.self).isReadUnlocked }
}
