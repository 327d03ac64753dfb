// Strings: creation, reading, interning.
//
// A string is an array of code points, one byte each when all are below 256, else four bytes (PEP 393 with two of its
// three widths). Lone surrogates are code points like any other, as in CPython.
//
// Interned strings are found in one table per heap and are immortal: names, constants that look like identifiers, the
// empty string and all one-character Latin-1 strings. Two interned strings are equal exactly when they are the same.

import CGild

/// The heap's table of interned strings: open addressing on the hash, linear probing. Copies denote the same table.
struct InternTable: @unchecked Sendable {
    /// Guarded by `mutex`.
    fileprivate struct State {
        var slots: UnsafeMutablePointer<UnsafeMutablePointer<StringObject>?>
        var mask: Int
        var count = 0
    }
    fileprivate let state: UnsafeMutablePointer<State>
    fileprivate let mutex = LeafMutex()
    /// The one-character strings of Latin-1; filled when the heap is made.
    let single: UnsafeMutablePointer<Value>

    init() {
        state = .allocate(capacity: 1)
        state.initialize(to: State(slots: InternTable.emptySlots(1024), mask: 1023))
        single = .allocate(capacity: 256)
        single.initialize(repeating: .undefined, count: 256)
    }

    private static func emptySlots(_ count: Int) -> UnsafeMutablePointer<UnsafeMutablePointer<StringObject>?> {
        let slots = UnsafeMutablePointer<UnsafeMutablePointer<StringObject>?>.allocate(capacity: count)
        slots.initialize(repeating: nil, count: count)
        return slots
    }

    private func insert(_ string: UnsafeMutablePointer<StringObject>) {
        var i = string.pointee.hash & state.pointee.mask
        while state.pointee.slots[i] != nil { i = (i &+ 1) & state.pointee.mask }
        state.pointee.slots[i] = string
    }

    fileprivate func add(_ string: UnsafeMutablePointer<StringObject>) {
        if state.pointee.count * 2 > state.pointee.mask {
            let old = state.pointee.slots
            let oldCount = state.pointee.mask + 1
            state.pointee.mask = oldCount * 2 - 1
            state.pointee.slots = InternTable.emptySlots(oldCount * 2)
            for i in 0..<oldCount { if let string = old[i] { insert(string) } }
            old.deallocate()
        }
        state.pointee.count += 1
        insert(string)
    }
}

extension gild_thread_ref {
    // MARK: Creation

    /// A string with room for `count` code points, not filled in; or nil with MemoryError raised.
    /// The caller sets ObjectFlags.ascii by `isASCII` when it knows that all are below 128 (never on a wide string).
    @inline(__always) func allocateString(count: Int, wide: Bool, isASCII: Bool) -> UnsafeMutablePointer<StringObject>? {
        let (payload, overflow) = count.multipliedReportingOverflow(by: wide ? 4 : 1)
        if overflow || payload > Int.max >> 2 {
            raiseMemoryError()
            return nil
        }
        guard let object = allocate(bytes: MemoryLayout<StringObject>.size + payload, shape: .str) else { return nil }
        let string = object.cast(StringObject.self)
        object.setOwnFlags((wide ? ObjectFlags.wide : 0) | (isASCII ? ObjectFlags.ascii : 0))
        string.pointee.hash = 0
        string.pointee.count = count
        return string
    }

    /// A string of Latin-1 bytes (copied).
    func makeString(latin1 bytes: UnsafeBufferPointer<UInt8>) -> Value {
        if bytes.count <= 1 {
            return bytes.count == 0 ? heap.pointee.names.empty : heap.pointee.internTable.single[Int(bytes[0])]
        }
        var all: UInt8 = 0
        for byte in bytes { all |= byte }
        guard let string = allocateString(count: bytes.count, wide: false, isASCII: all < 128) else { return .undefined }
        string.bytes.update(from: bytes.baseAddress.unsafelyUnwrapped, count: bytes.count)
        return Value(pointer: string)
    }

    /// A string of code points (copied), in the narrowest width.
    func makeString(codePoints: UnsafeBufferPointer<UInt32>) -> Value {
        var all: UInt32 = 0
        for c in codePoints { all |= c }
        if all < 256 {
            if codePoints.count <= 1 {
                return codePoints.count == 0 ? heap.pointee.names.empty : heap.pointee.internTable.single[Int(codePoints[0])]
            }
            guard let string = allocateString(count: codePoints.count, wide: false, isASCII: all < 128) else { return .undefined }
            let bytes = string.bytes
            for i in 0..<codePoints.count { bytes[i] = UInt8(truncatingIfNeeded: codePoints[i]) }
            return Value(pointer: string)
        }
        guard let string = allocateString(count: codePoints.count, wide: true, isASCII: false) else { return .undefined }
        string.wides.update(from: codePoints.baseAddress.unsafelyUnwrapped, count: codePoints.count)
        return Value(pointer: string)
    }

    func makeString(_ codePoints: [UInt32]) -> Value { codePoints.withUnsafeBufferPointer { makeString(codePoints: $0) } }

    func makeString(_ bytes: [UInt8]) -> Value { bytes.withUnsafeBufferPointer { makeString(latin1: $0) } }

    /// A string from Swift text.
    func makeString(_ text: String) -> Value {
        var text = text
        return text.withUTF8 { utf8 in
            if utf8.allSatisfy({ $0 < 128 }) { return makeString(latin1: utf8) }
            return makeString(String(decoding: utf8, as: UTF8.self).unicodeScalars.map { $0.value })
        }
    }

    /// The one-character string of a code point.
    func makeString(codePoint: UInt32) -> Value {
        if codePoint < 256 { return heap.pointee.internTable.single[Int(codePoint)] }
        guard let string = allocateString(count: 1, wide: true, isASCII: false) else { return .undefined }
        string.wides[0] = codePoint
        return Value(pointer: string)
    }

    // MARK: Reading

    /// The text of a str object; lone surrogates become U+FFFD. For messages and other cold uses.
    func string(_ value: Value) -> String {
        let string = value.cast(StringObject.self)
        let count = string.pointee.count
        if string.isASCII {
            return String(decoding: UnsafeBufferPointer(start: string.bytes, count: count), as: UTF8.self)
        }
        var scalars = String.UnicodeScalarView()
        for i in 0..<count { scalars.append(Unicode.Scalar(string[codePoint: i]) ?? "\u{FFFD}") }
        return String(scalars)
    }

    /// The code points of a str object.
    func codePoints(_ value: Value) -> [UInt32] {
        let string = value.cast(StringObject.self)
        let count = string.pointee.count
        return [UInt32](unsafeUninitializedCapacity: count) { buffer, initialized in
            for i in 0..<count { buffer[i] = string[codePoint: i] }
            initialized = count
        }
    }

    @inline(__always) func isString(_ value: Value) -> Bool { value.hasShape(.str) }

    // MARK: Hash and equality

    /// Hash of a string: FNV-1a over the code points with a final mix; never 0 but for "". (CPython's is randomised.)
    func hash(string: UnsafeMutablePointer<StringObject>) -> Int {
        let known = string.knownHash
        if known != 0 { return known }
        let count = string.pointee.count
        if count == 0 { return 0 }
        var h: UInt64 = 0xCBF2_9CE4_8422_2325
        if string.isWide {
            let p = string.wides
            for i in 0..<count { h = (h ^ UInt64(p[i])) &* 0x100_0000_01B3 }
        } else {
            let p = string.bytes
            var i = 0
            while i &+ 8 <= count {
                let word = UnsafeRawPointer(p + i).loadUnaligned(as: UInt64.self)
                h = (h ^ word) &* 0x9E37_79B9_7F4A_7C15
                h ^= h >> 32
                i &+= 8
            }
            while i < count {
                h = (h ^ UInt64(p[i])) &* 0x100_0000_01B3
                i &+= 1
            }
        }
        h ^= h >> 29
        h = h &* 0xBF58_476D_1CE4_E5B9
        h ^= h >> 32
        var result = Int(truncatingIfNeeded: h)
        if result == 0 || result == -1 { result = -2 }
        string.knownHash = result
        return result
    }

    func equalStrings(_ a: UnsafeMutablePointer<StringObject>, _ b: UnsafeMutablePointer<StringObject>) -> Bool {
        if a == b { return true }
        let count = a.pointee.count
        if count != b.pointee.count || a.isWide != b.isWide { return false }
        if a.asObject.flags & b.asObject.flags & ObjectFlags.interned != 0 { return false }
        return gild_memory_equal(a.bytes, b.bytes, a.isWide ? count * 4 : count)
    }

    // MARK: Interning

    /// The interned string equal to this one. Consumes `value`; the result is immortal.
    ///
    /// Where threads run at the same time the table has a mutex, and a string that others may have a reference to is not marked: they would
    /// see its count and its flags change. Then a copy takes its place.
    func intern(_ value: Value) -> Value { intern(value, isFresh: false) }

    /// `isFresh`: nobody else has seen the string.
    private func intern(_ value: Value, isFresh: Bool) -> Value {
        let string = value.cast(StringObject.self)
        if string.asObject.flags & ObjectFlags.interned != 0 { return value }
        let h = hash(string: string)
        let isFree = s.pointee.isFreeThreaded
        let mutex = heap.pointee.internTable.mutex
        if isFree { mutex.lock() }
        let known = interned(string, hash: h)
        let isEntered = known == nil && (!isFree || isFresh || isUniquelyReferenced(string.asObject))
        if isEntered { enterName(string) }
        if isFree { mutex.unlock() }
        if isEntered { return value }
        if let known {
            decref(value)
            return Value(pointer: known)
        }
        // The copy is made without the mutex, as every allocation; meanwhile another thread may enter the same text.
        let copy = copyOfName(string)
        decref(value)
        return copy.isUndefined ? copy : intern(copy, isFresh: true)
    }

    /// The string of this text in the table. With the table's mutex.
    private func interned(_ string: UnsafeMutablePointer<StringObject>, hash: Int) -> UnsafeMutablePointer<StringObject>? {
        let state = heap.pointee.internTable.state
        var i = hash & state.pointee.mask
        while let candidate = state.pointee.slots[i] {
            if candidate.knownHash == hash && equalStrings(candidate, string) { return candidate }
            i = (i &+ 1) & state.pointee.mask
        }
        return nil
    }

    /// Enter a string that the table does not have. With the table's mutex.
    private func enterName(_ string: UnsafeMutablePointer<StringObject>) {
        string.asObject.setFlags(ObjectFlags.interned)
        makeImmortal(Value(pointer: string))
        heap.pointee.internTable.add(string)
    }

    /// A string of the same text; names may pass the heap's limit.
    private func copyOfName(_ string: UnsafeMutablePointer<StringObject>) -> Value {
        let ignored = s.pointee.ignoresHeapLimit
        s.pointee.ignoresHeapLimit = true
        defer { s.pointee.ignoresHeapLimit = ignored }
        let count = string.pointee.count
        guard let copy = allocateString(count: count, wide: string.isWide, isASCII: string.isASCII) else { return .undefined }
        if string.isWide { copy.wides.update(from: string.wides, count: count) } else { copy.bytes.update(from: string.bytes, count: count) }
        return Value(pointer: copy)
    }

    func intern(_ text: String) -> Value {
        // Names are immortal and few: the heap's limit is not for them, and callers need not think of it.
        let ignored = s.pointee.ignoresHeapLimit
        s.pointee.ignoresHeapLimit = true
        defer { s.pointee.ignoresHeapLimit = ignored }
        // Not through makeString: its short cuts need names that this function makes.
        var text = text
        let value: Value = text.withUTF8 { utf8 in
            if utf8.count > 0, utf8.allSatisfy({ $0 < 128 }) {
                guard let string = allocateString(count: utf8.count, wide: false, isASCII: true) else { return .undefined }
                string.bytes.update(from: utf8.baseAddress.unsafelyUnwrapped, count: utf8.count)
                return Value(pointer: string)
            }
            let points = String(decoding: utf8, as: UTF8.self).unicodeScalars.map { $0.value }
            guard let string = allocateString(count: points.count, wide: true, isASCII: false) else { return .undefined }
            if points.allSatisfy({ $0 < 256 }) {
                string.pointee.header.flags = points.isEmpty ? ObjectFlags.ascii : 0
                for (i, c) in points.enumerated() { string.bytes[i] = UInt8(c) }
            } else {
                for (i, c) in points.enumerated() { string.wides[i] = c }
            }
            return Value(pointer: string)
        }
        return value.isUndefined ? value : intern(value)
    }

    /// Exempt an object from counting for good.
    func makeImmortal(_ value: Value) {
        guard value.isPointer, !value.object.isImmortal else { return }
        s.pointee.decrefs &+= UInt64(references(of: value.object))
        noteImmortal(value.object)
        value.object.pointee.count = ObjectHeader.immortalCount
        // It no longer counts as an object of the run: as if it had been freed.
        let object = value.object
        let bytes = object.pointee.flags & ObjectFlags.large != 0
            ? object.largeHeader.total : Int(object.page.pointee.slotSize)
        s.pointee.frees &+= 1
        s.pointee.freedBytes &+= UInt64(bytes)
        countLive(shrunkBy: bytes)
    }
}

/// Interned strings that the runtime itself needs.
struct WellKnownNames {
    var empty: Value = .undefined
    var name: Value = .undefined
    var main: Value = .undefined
    var builtins: Value = .undefined
    var module: Value = .undefined
    var qualname: Value = .undefined
    var args: Value = .undefined
}
