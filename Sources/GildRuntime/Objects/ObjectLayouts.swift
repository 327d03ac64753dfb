// Every object's memory, field by field.
//
// An object pointer addresses its `ObjectHeader`. The eight bytes before it are the `ObjectPrefix`. The kind of an
// object, and with it the layout of what follows the header, is `shapes[header.shape].kind`; builtin types have one
// fixed shape each (`BuiltinShape`), every user class has as many as its instances have attribute sets.

import CGild

/// Eight bytes before every object; the link of a free list while the slot is free.
struct ObjectPrefix {
    /// Where the object was allocated: the low 32 bits of the instruction's address in the code arena, 0 = by the runtime.
    var site: UInt32
    /// Scratch of the cycle collector: references not yet explained by other containers. Only while it has stopped all threads; between two stops
    /// the word grows with every section about the object (`sectionsWord`, OptimisticReads.swift).
    var collectorCount: UInt32
}

/// Sixteen bytes at the start of every object.
struct ObjectHeader {
    /// References to the object; under the GIL guarded by it. Negative as a signed number: immortal, or followed by the ledger, which
    /// may have the count instead (LedgeredReferences.swift).
    var count: UInt32
    /// biased: references that other threads than the owner counted; object-lock: the mutex of `count`; unsynchronized: the true count; one lock: the
    /// number of an object that the ledger follows. 0 in free memory.
    var sharedCount: UInt32
    /// Slot of the thread that made the object (ThreadSlots.swift), with `ThreadSlots.merged` when it is nobody's own any more.
    var owner: UInt16
    /// Lock byte of the regimes without one lock.
    var lock: UInt8
    /// `ObjectFlags`.
    var flags: UInt8
    /// Index into the heap's shape table; 0 marks free memory.
    var shape: UInt32

    /// From here on nobody counts; biased: from `SpreadCounts.first` on, the threads' tables do.
    static let immortalCount: UInt32 = 0xC000_0000
}

/// Bits of `ObjectHeader.flags`.
enum ObjectFlags {
    /// Strings: four bytes a code point instead of one (Latin-1).
    static let wide: UInt8 = 1
    /// Lists and dicts: several threads read it, without locking it (OptimisticReads.swift). For ever.
    static let readUnlocked: UInt8 = 1
    /// Strings: all code points below 128.
    static let ascii: UInt8 = 2
    /// Strings: in the intern table, so equal exactly when the same.
    static let interned: UInt8 = 4
    /// Instances: `__del__` has run.
    static let finalized: UInt8 = 8
    /// Collector: reached from outside, or found unreachable. Only while it runs.
    static let collectorReached: UInt8 = 16
    static let collectorCandidate: UInt8 = 32
    /// Deallocation has begun.
    static let dying: UInt8 = 64
    /// Not in a page of a size class but allocated on its own.
    static let large: UInt8 = 128
}

/// What follows an object's header.
enum ObjectKind: UInt8 {
    case free = 0
    case str, bigInt, float
    case list, tuple, dict, set, frozenSet
    case range, slice
    /// Everything that `next()` advances natively: state words as in `IteratorObject`.
    case iterator
    case dictView
    case function, native, boundMethod, cell
    case type, instance, superObject
    case module, namespace
    case traceback
    /// An object that a native module defines (locks and the like): `NativeObject`.
    case nativeObject
    /// Freed too early by a race; whatever it was lies behind the header.
    case quarantined
    /// As a str of one byte each.
    case bytes
}

/// Shape numbers of the builtin types. Instance shapes follow from `firstDynamic`.
enum BuiltinShape: UInt32, CaseIterable {
    case free = 0
    case str, bigInt, float
    case list, tuple, dict, set, frozenSet
    case range, slice
    case rangeIterator, longRangeIterator, listIterator, tupleIterator, strIterator, setIterator
    case dictKeyIterator, dictValueIterator, dictItemIterator, sequenceIterator, callableIterator
    case reversedIterator, listReverseIterator, dictReverseKeyIterator, dictReverseValueIterator, dictReverseItemIterator
    case enumerate, zip, map, filter
    case dictKeys, dictValues, dictItems
    case function, native, boundMethod, cell
    case type, superObject
    case namespace
    case traceback
    case bytes, bytesIterator
    /// Immediates have no header; these numbers stand for them where a shape is asked for.
    case intImmediate, floatImmediate, noneImmediate, boolImmediate, notImplementedImmediate, ellipsisImmediate

    static let firstDynamic: UInt32 = 64
}

// MARK: - Layouts

struct StringObject {
    var header: ObjectHeader
    /// 0 until computed.
    var hash: Int
    /// Code points.
    var count: Int
    // code points follow: one byte each (Latin-1) or, with ObjectFlags.wide, four
}

/// An integer beyond 63 bits: sign and magnitude, least significant word first, no leading zero word.
struct BigIntObject {
    var header: ObjectHeader
    var isNegative: Bool
    var count: Int
    // magnitude words (UInt64) follow
}

struct FloatObject {
    var header: ObjectHeader
    var value: Double
}

struct ListObject {
    var header: ObjectHeader
    var items: UnsafeMutablePointer<Value>?
    var count: Int
    var capacity: Int
}

struct TupleObject {
    var header: ObjectHeader
    var count: Int
    // items follow
}

struct RangeObject {
    var header: ObjectHeader
    /// Integers of any size.
    var start: Value
    var stop: Value
    var step: Value
    /// Number of items, of any size.
    var length: Value
}

struct SliceObject {
    var header: ObjectHeader
    var start: Value
    var stop: Value
    var step: Value
}

/// Iterators: one layout for all, so that the collector and the deallocator need no case for each.
struct IteratorObject {
    var header: ObjectHeader
    /// The container or source, or undefined when exhausted.
    var source: Value
    /// A second object where the kind needs one (callable of map, sentinel of iter(callable, sentinel), …).
    var extra: Value
    /// rangeIterator: next value (index is then the step, limit the items left); others: next position.
    var position: Int
    var index: Int
    var limit: Int
}

struct FunctionObject {
    var header: ObjectHeader
    var code: UnsafeMutablePointer<CodeImage>
    /// Cells of the free variables, `code.freeCount` of them; owned.
    var closure: UnsafeMutablePointer<Value>?
    /// Tuple or undefined.
    var defaults: Value
    /// Dict or undefined.
    var keywordDefaults: Value
    /// Namespace object of the module.
    var globals: Value
    var name: Value
    var qualifiedName: Value
    var documentation: Value
    var module: Value
    /// Dict of user-set attributes, or undefined.
    var attributes: Value
}

/// A function written in Swift. Immortal when it belongs to a builtin type or module.
struct NativeFunctionObject {
    var header: ObjectHeader
    var function: gild_native
    var name: Value
    /// Name of the module that defines it, immortal; undefined: builtins.
    var module: Value
    /// Positional arguments, the receiver included for methods; maximum Int32.max: any number.
    var minimum: Int32
    var maximum: Int32
    var flags: UInt32
    /// Type that the method belongs to, or nil for plain functions.
    var owner: UnsafeMutablePointer<TypeObject>?
    /// Bound receiver of module-level natives that need one, or undefined.
    var receiver: Value
    /// Neither owner nor receiver: may be called with no more checks than the number of arguments. Then the least number and how many more there
    /// may be; else a number that no call has.
    var plainMinimum: UInt32
    var plainSpan: UInt32
    /// What the function itself needs to know, for those of plugins; never freed.
    var state: UnsafeMutableRawPointer?
}

extension UnsafeMutablePointer where Pointee == NativeFunctionObject {
    @inline(__always) func isPlain(with count: Int) -> Bool {
        UInt32(truncatingIfNeeded: count) &- pointee.plainMinimum <= pointee.plainSpan
    }
}

enum NativeFlags {
    /// Called with keyword names; without it keywords are refused before the call.
    static let keywords: UInt32 = 1
    /// Not bound when read from an instance.
    static let isStatic: UInt32 = 2
    /// The receiver is locked during the call, where no one lock guards everything (ContainerSections.swift).
    static let locking: UInt32 = 4
    /// The first argument is locked as well.
    static let locksArgument: UInt32 = 8
    /// Called with nothing but the receiver, or with more, it neither calls a script nor waits until it is done with the receiver: the owner of a bias
    /// (LockBias.swift) needs no critical section for it.
    static let briefAlone: UInt32 = 16
    static let briefWithArguments: UInt32 = 32
}

struct BoundMethodObject {
    var header: ObjectHeader
    var function: Value
    var receiver: Value
}

struct CellObject {
    var header: ObjectHeader
    var content: Value
}

/// An instance of a user class or an exception. Slots 0 ..< shape.inlineCapacity lie in the object, the others in `overflow`.
struct InstanceObject {
    var header: ObjectHeader
    /// Order of creation, for finalisers of a dead cycle.
    var serial: UInt32
    var inlineCapacity: UInt32
    /// Slots beyond the inline ones (malloc), or the attribute dict when the shape is a dictionary shape. InstanceSlots.swift says who may read it.
    var overflow: UnsafeMutablePointer<Value>?
    // inline slots follow
    static let slotsOffset = 32
}

struct SuperObject {
    var header: ObjectHeader
    var startType: Value
    var receiver: Value
}

struct ModuleObject {
    var header: ObjectHeader
    var name: Value
    /// Used as `attributes` of the pointer. Guarded by the types' mutex, but read without it.
    var attributeTable: NameTable
}

/// The global variables of one loaded module: a slot per name that the file uses.
struct NamespaceObject {
    var header: ObjectHeader
    /// Owned; undefined = not bound.
    var values: UnsafeMutablePointer<Value>
    /// Borrowed from the builtins module; undefined = no such builtin.
    var builtins: UnsafeMutablePointer<Value>
    /// Interned names of the slots.
    var names: UnsafeMutablePointer<Value>
    /// Slots in the order in which they were bound first: the order of a module's dict. Guarded by the object's lock byte, as `orderCount`.
    var order: UnsafeMutablePointer<Int32>
    var orderCount: Int
    var count: Int
    /// `__name__` of the module; owned.
    var moduleName: Value
}

/// One frame's part of a traceback; `next` is the frame that it called.
struct TracebackObject {
    var header: ObjectHeader
    /// TracebackObject or None.
    var next: Value
    var code: UnsafeMutablePointer<CodeImage>
    /// Word index of the instruction.
    var instruction: Int
    /// Number of locals of a frame that was unwound, kept alive as CPython's frame object does.
    var count: Int
    // values follow
}

/// An object of a native module: two counted references and room for native state.
struct NativeObject {
    var header: ObjectHeader
    var first: Value
    var second: Value
    /// Called once before the memory goes; nil when there is nothing to do.
    var destroy: (@convention(c) (UnsafeMutableRawPointer) -> Void)?
    var state: UnsafeMutableRawPointer?
    var word0: Int
    var word1: Int
}

extension UnsafeMutablePointer where Pointee == ObjectHeader {
    @inline(__always) var prefix: UnsafeMutablePointer<ObjectPrefix> {
        (UnsafeMutableRawPointer(self) - 8).assumingMemoryBound(to: ObjectPrefix.self)
    }
    @inline(__always) func cast<T>(_: T.Type) -> UnsafeMutablePointer<T> {
        UnsafeMutableRawPointer(self).assumingMemoryBound(to: T.self)
    }
    @inline(__always) var isImmortal: Bool {
        let count = gild_load_relaxed_32(countWord)
        return count >= ObjectHeader.immortalCount && count < SpreadCounts.first
    }

    // MARK: Words of the header that other threads may read or change at the same time, for atomic access

    @inline(__always) private func word<T>(_ offset: Int, _: T.Type) -> UnsafeMutablePointer<T> {
        (UnsafeMutableRawPointer(self) + offset).assumingMemoryBound(to: T.self)
    }
    @inline(__always) var countWord: UnsafeMutablePointer<UInt32> { word(0, UInt32.self) }
    @inline(__always) var sharedCountWord: UnsafeMutablePointer<UInt32> { word(4, UInt32.self) }
    @inline(__always) var ownerWord: UnsafeMutablePointer<UInt16> { word(8, UInt16.self) }
    /// Owner, lock byte and flags together.
    @inline(__always) var ownerLockFlagsWord: UnsafeMutablePointer<UInt32> { word(8, UInt32.self) }
    @inline(__always) var lockByte: UnsafeMutablePointer<UInt8> { word(10, UInt8.self) }
    @inline(__always) var flagsByte: UnsafeMutablePointer<UInt8> { word(11, UInt8.self) }
    @inline(__always) var shapeWord: UnsafeMutablePointer<UInt32> { word(12, UInt32.self) }

    /// How many sections about the object have ended, for those who read it without locking it. Written by who has its lock byte.
    @inline(__always) var sectionsWord: UnsafeMutablePointer<UInt32> { word(-4, UInt32.self) }

    /// The object's shape number; it may change while others look, for instances. Whoever sees a number sees the shape that it stands for.
    @inline(__always) var shapeNumber: UInt32 { gild_load_acquire_32(shapeWord) }
    /// `ObjectFlags`, of an object that others may be marking.
    @inline(__always) var flags: UInt8 { gild_load_relaxed_8(flagsByte) }

    /// Set flags of an object that other threads may be marking, too.
    @inline(__always) func setFlags(_ flags: UInt8) { gild_fetch_or_8(flagsByte, flags) }
    /// Set and clear flags of an object that nobody else marks now: it is new, or its count is zero, or no other thread runs. Others may read them.
    @inline(__always) func setOwnFlags(_ flags: UInt8) { gild_store_relaxed_8(flagsByte, gild_load_relaxed_8(flagsByte) | flags) }
    @inline(__always) func clearOwnFlags(_ flags: UInt8) { gild_store_relaxed_8(flagsByte, gild_load_relaxed_8(flagsByte) & ~flags) }
}

extension UnsafeMutablePointer where Pointee == StringObject {
    @inline(__always) var asObject: ObjectPointer { UnsafeMutableRawPointer(self).assumingMemoryBound(to: ObjectHeader.self) }
    @inline(__always) var isWide: Bool { asObject.flags & ObjectFlags.wide != 0 }
    @inline(__always) var isASCII: Bool { asObject.flags & ObjectFlags.ascii != 0 }
    /// The cached hash; 0: not computed, or that of "". Threads that compute it at the same time store the same.
    @inline(__always) var knownHash: Int {
        get { gild_load_relaxed_int(hashWord) }
        nonmutating set { gild_store_relaxed_int(hashWord, newValue) }
    }
    @inline(__always) private var hashWord: UnsafeMutablePointer<Int> { (UnsafeMutableRawPointer(self) + 16).assumingMemoryBound(to: Int.self) }
    @inline(__always) var bytes: UnsafeMutablePointer<UInt8> {
        (UnsafeMutableRawPointer(self) + MemoryLayout<StringObject>.size).assumingMemoryBound(to: UInt8.self)
    }
    @inline(__always) var wides: UnsafeMutablePointer<UInt32> {
        (UnsafeMutableRawPointer(self) + MemoryLayout<StringObject>.size).assumingMemoryBound(to: UInt32.self)
    }
    /// Code point at index `i` (unchecked).
    @inline(__always) subscript(codePoint i: Int) -> UInt32 { isWide ? wides[i] : UInt32(bytes[i]) }
}

extension UnsafeMutablePointer where Pointee == TupleObject {
    @inline(__always) var items: UnsafeMutablePointer<Value> {
        (UnsafeMutableRawPointer(self) + MemoryLayout<TupleObject>.size).assumingMemoryBound(to: Value.self)
    }
}

extension UnsafeMutablePointer where Pointee == BigIntObject {
    @inline(__always) var words: UnsafeMutablePointer<UInt> {
        (UnsafeMutableRawPointer(self) + MemoryLayout<BigIntObject>.size).assumingMemoryBound(to: UInt.self)
    }
}

extension UnsafeMutablePointer where Pointee == InstanceObject {
    @inline(__always) var slots: UnsafeMutablePointer<Value> {
        (UnsafeMutableRawPointer(self) + InstanceObject.slotsOffset).assumingMemoryBound(to: Value.self)
    }
}

extension UnsafeMutablePointer where Pointee == TracebackObject {
    @inline(__always) var values: UnsafeMutablePointer<Value> {
        (UnsafeMutableRawPointer(self) + MemoryLayout<TracebackObject>.size).assumingMemoryBound(to: Value.self)
    }
}
