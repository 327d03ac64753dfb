// Types and shapes.
//
// A *type* (class) is an object: its own attributes by name, a base, and two derived tables that make look-ups cheap:
// `lookup` caches what the whole base chain says about a name (an inline cache holds an index into it; entries never
// move), `specials` holds the special methods that the runtime itself calls. Both are refreshed in the type and all its
// subclasses when an attribute of a type changes.
//
// A *shape* (hidden class, as in Self's maps: Chambers, Ungar, Lee, OOPSLA 1989) says which attributes an instance has and
// in which slots. Adding an attribute moves the instance along a transition to the next shape; the same attributes in the
// same order give the same shape, so one 32-bit compare of the header proves type and layout. An instance that deletes an
// attribute or has very many moves to its type's dictionary shape and keeps its attributes in a dict.

import CGild

struct Shape {
    var id: UInt32
    var kind: ObjectKind
    /// Attributes live in a dict (`InstanceObject.overflow`).
    var isDictionary: Bool
    /// The collector must look at objects of this shape.
    var isContainer: Bool
    var type: UnsafeMutablePointer<TypeObject>
    var slotCount: Int
    var inlineCapacity: Int
    /// Name → slot number (small int) of all attributes.
    var slotTable = NameTable()
    /// Name → id of the shape with that attribute added.
    var transitionTable = NameTable()

    /// An instance with more attributes than this goes to the dictionary shape.
    static let maximumSlots = 128
}

struct TypeObject {
    var header: ObjectHeader
    var name: Value
    var qualifiedName: Value
    var module: Value
    var base: UnsafeMutablePointer<TypeObject>?
    /// Kind of this type's instances.
    var instanceKind: ObjectKind
    var flags: UInt32
    /// Shape of a fresh instance (or the one shape of a builtin type).
    var rootShape: UInt32
    /// Dictionary shape, 0 until needed. Guarded by the types' mutex.
    var dictionaryShape: UInt32
    /// Own attributes; values owned. Used as `attributes` of the pointer. Guarded by the types' mutex (TypeTables.swift), but read without it.
    var attributeTable: NameTable
    /// What the base chain says about a name; values borrowed, undefined = found nowhere. Used as `lookup` of the pointer. Guarded likewise.
    var lookupTable: NameTable
    /// Makes instances of a builtin type; nil: instances are InstanceObjects.
    var construct: gild_native?
    /// Borrowed; `SpecialMethod.count` values, undefined = not defined. Guarded by the types' mutex, but read without it.
    var specials: UnsafeMutablePointer<Value>
    /// Borrowed pointers to direct subclasses. Guarded by the types' mutex.
    var subclasses: UnsafeMutablePointer<UnsafeMutablePointer<TypeObject>>?
    var subclassCount: Int
    var subclassCapacity: Int
}

enum TypeFlags {
    static let builtin: UInt32 = 1
    static let exception: UInt32 = 2
    /// May not be a base.
    static let final: UInt32 = 4
    /// Some attributes of instances are properties of the class: they come before the instance's own. Inherited.
    static let hasProperties: UInt32 = 8
    /// Instances have other attributes in every thread. Inherited.
    static let threadLocal: UInt32 = 16
    /// Instances are opaque objects of plugins.
    static let opaque: UInt32 = 32
    /// Looking up an instance's attribute is more than shape and slot.
    static let special = hasProperties | threadLocal
    /// What a subclass has too.
    static let inherited = exception | special
}

/// Special methods that the runtime looks up on a type. The raw value is the index into `TypeObject.specials`.
enum SpecialMethod: Int, CaseIterable {
    case `init`, del, repr, str, eq, ne, lt, le, gt, ge, hash, bool, len
    case getitem, setitem, delitem, contains, iter, next, reversed, enter, exit, call, format
    case index, int, float, abs, round, trunc, floor, ceil, neg, pos, invert
    case add, sub, mul, truediv, floordiv, mod, pow, lshift, rshift, and, or, xor, matmul, divmod
    case radd, rsub, rmul, rtruediv, rfloordiv, rmod, rpow, rlshift, rrshift, rand, ror, rxor, rmatmul, rdivmod
    case iadd, isub, imul, itruediv, ifloordiv, imod, ipow, ilshift, irshift, iand, ior, ixor, imatmul
    case lengthHint

    static let count = allCases.count

    var name: String { self == .lengthHint ? "__length_hint__" : "__\(self)__" }
}

/// The builtin types, exceptions included. The raw value is the index into `BuiltinTypes`.
enum BuiltinType: Int, CaseIterable {
    case object, type, int, bool, float, str, list, tuple, dict, set, frozenset, range, slice
    case noneType, ellipsisType, notImplementedType
    case function, builtinFunction, method, methodDescriptor, slotWrapper, methodWrapper, cell, `super`, module, traceback
    case rangeIterator, longRangeIterator, listIterator, tupleIterator, strIterator, wideStrIterator, setIterator, sequenceIterator, callableIterator
    case dictKeyIterator, dictValueIterator, dictItemIterator
    case dictReverseKeyIterator, dictReverseValueIterator, dictReverseItemIterator
    case reversed, listReverseIterator, enumerate, zip, map, filter
    case dictKeys, dictValues, dictItems
    case lock, rlock, threadLocal, threadHandle, threadLocalAnchor, property
    case textIOWrapper
    case quarantined
    case channel
    case bytes, bytesIterator
    // Exceptions; `base` gives the hierarchy
    case baseException, systemExit, keyboardInterrupt, generatorExit
    case exception, stopIteration, stopAsyncIteration, arithmeticError, floatingPointError, overflowError, zeroDivisionError
    case assertionError, attributeError, bufferError, eofError, importError, moduleNotFoundError
    case lookupError, indexError, keyError, memoryError, nameError, unboundLocalError
    case osError, blockingIOError, brokenPipeError, fileNotFoundError, timeoutError, interruptedError, permissionError
    case referenceError, runtimeError, notImplementedError, recursionError, deadlockError
    case syntaxError, indentationError, systemError, typeError, valueError, unicodeError, unicodeEncodeError, unicodeDecodeError
    case warning, userWarning, deprecationWarning, runtimeWarning, futureWarning, syntaxWarning
    case channelClosed

    static let count = allCases.count
    static let firstException = BuiltinType.baseException
    var isException: Bool { rawValue >= BuiltinType.firstException.rawValue }

    /// `__name__`.
    var name: String {
        switch self {
        case .noneType: return "NoneType"
        case .ellipsisType: return "ellipsis"
        case .notImplementedType: return "NotImplementedType"
        case .builtinFunction: return "builtin_function_or_method"
        case .methodDescriptor: return "method_descriptor"
        case .slotWrapper: return "wrapper_descriptor"
        case .methodWrapper: return "method-wrapper"
        case .super: return "super"
        case .rangeIterator: return "range_iterator"
        case .longRangeIterator: return "longrange_iterator"
        case .listIterator: return "list_iterator"
        case .tupleIterator: return "tuple_iterator"
        case .strIterator: return "str_ascii_iterator"
        case .wideStrIterator: return "str_iterator"
        case .setIterator: return "set_iterator"
        case .bytesIterator: return "bytes_iterator"
        case .sequenceIterator: return "iterator"
        case .callableIterator: return "callable_iterator"
        case .dictKeyIterator: return "dict_keyiterator"
        case .dictValueIterator: return "dict_valueiterator"
        case .dictItemIterator: return "dict_itemiterator"
        case .dictReverseKeyIterator: return "dict_reversekeyiterator"
        case .dictReverseValueIterator: return "dict_reversevalueiterator"
        case .dictReverseItemIterator: return "dict_reverseitemiterator"
        case .listReverseIterator: return "list_reverseiterator"
        case .dictKeys: return "dict_keys"
        case .dictValues: return "dict_values"
        case .dictItems: return "dict_items"
        case .rlock: return "RLock"
        case .threadLocal: return "_local"
        case .threadHandle: return "_ThreadHandle"
        case .threadLocalAnchor: return "_localdummy"
        case .textIOWrapper: return "TextIOWrapper"
        case .channel: return "Channel"
        case .quarantined: return "freed object"
        case .osError: return "OSError"
        case .eofError: return "EOFError"
        case .blockingIOError: return "BlockingIOError"
        default:
            let text = "\(self)"
            return isException ? text.prefix(1).uppercased() + text.dropFirst() : text
        }
    }

    /// `__module__`; nil: builtins.
    var moduleName: String? {
        switch self {
        case .lock, .rlock, .threadLocal, .threadHandle, .threadLocalAnchor: return "_thread"
        case .channel, .channelClosed: return "gild"
        default: return nil
        }
    }

    var base: BuiltinType? {
        switch self {
        case .object: return nil
        case .bool: return .int
        case .baseException: return .object
        case .systemExit, .keyboardInterrupt, .generatorExit, .exception: return .baseException
        case .floatingPointError, .overflowError, .zeroDivisionError: return .arithmeticError
        case .moduleNotFoundError: return .importError
        case .indexError, .keyError: return .lookupError
        case .unboundLocalError: return .nameError
        case .blockingIOError, .brokenPipeError, .fileNotFoundError, .timeoutError, .interruptedError, .permissionError: return .osError
        case .notImplementedError, .recursionError, .deadlockError: return .runtimeError
        case .indentationError: return .syntaxError
        case .unicodeError: return .valueError
        case .unicodeEncodeError, .unicodeDecodeError: return .unicodeError
        case .userWarning, .deprecationWarning, .runtimeWarning, .futureWarning, .syntaxWarning: return .warning
        default: return isException ? .exception : .object
        }
    }
}

/// Pointers to the builtin types; filled once when the heap is made.
struct BuiltinTypes {
    private let table: UnsafeMutablePointer<UnsafeMutablePointer<TypeObject>>
    private let specialNames: UnsafeMutablePointer<Value>

    /// Set when all types exist.
    var isReady = false

    init() {
        table = .allocate(capacity: BuiltinType.count)
        specialNames = .allocate(capacity: SpecialMethod.count)
    }

    /// Number of the special method of this (interned) name, or -1.
    func special(named name: Value) -> Int {
        for i in 0..<SpecialMethod.count where specialNames[i] == name { return i }
        return -1
    }

    subscript(_ type: BuiltinType) -> UnsafeMutablePointer<TypeObject> {
        @inline(__always) get { table[type.rawValue] }
        nonmutating set { table[type.rawValue] = newValue }
    }

    /// The interned name of a special method.
    subscript(_ special: SpecialMethod) -> Value {
        @inline(__always) get { specialNames[special.rawValue] }
        nonmutating set { specialNames[special.rawValue] = newValue }
    }
}

extension gild_thread_ref {
    /// The type of any value, borrowed.
    @inline(__always) func type(of value: Value) -> UnsafeMutablePointer<TypeObject> {
        if value.isPointer { return shape(value.object).pointee.type }
        return typeOfImmediate(value)
    }

    func typeOfImmediate(_ value: Value) -> UnsafeMutablePointer<TypeObject> {
        let types = heap.pointee.types
        if value.isInt { return types[.int] }
        if value.isImmediateFloat { return types[.float] }
        if value.isNone { return types[.noneType] }
        if value.isBool { return types[.bool] }
        if value.isNotImplemented { return types[.notImplementedType] }
        return types[.ellipsisType]
    }

    /// `type(value).__name__`, as error messages show it.
    func typeName(_ value: Value) -> String { string(shownType(of: value).pointee.name) }

    /// The type that scripts see: natives and bound natives share their shapes but not their types.
    func shownType(of value: Value) -> UnsafeMutablePointer<TypeObject> {
        if value.hasShape(.boundMethod) && value.cast(BoundMethodObject.self).pointee.function.hasShape(.native) {
            let name = string(value.cast(BoundMethodObject.self).pointee.function.cast(NativeFunctionObject.self).pointee.name)
            return heap.pointee.types[isSlotName(name) && !isOrdinaryMethod(name) ? .methodWrapper : .builtinFunction]
        }
        if value.hasShape(.native) && value.cast(NativeFunctionObject.self).pointee.owner != nil
            && value.cast(NativeFunctionObject.self).pointee.flags & NativeFlags.isStatic == 0 {
            let name = string(value.cast(NativeFunctionObject.self).pointee.name)
            return heap.pointee.types[isSlotName(name) && !isOrdinaryMethod(name) ? .slotWrapper : .methodDescriptor]
        }
        if value.hasShape(.strIterator) {
            let source = value.cast(IteratorObject.self).pointee.source
            if source.isPointer && source.object.pointee.flags & ObjectFlags.ascii == 0 { return heap.pointee.types[.wideStrIterator] }
        }
        return type(of: value)
    }

    /// As argument errors of natives show a type: None by its own name.
    func argumentTypeName(_ value: Value) -> String { value.isNone ? "None" : typeName(value) }

    /// A special method of the value's type, borrowed, or undefined. Builtin types answer undefined: their behaviour is the
    /// runtime's own.
    @inline(__always) func special(_ value: Value, _ method: SpecialMethod) -> Value {
        peek(type(of: value).pointee.specials + method.rawValue)
    }

    /// Whether `type` is `other` or derives from it.
    func isSubtype(_ type: UnsafeMutablePointer<TypeObject>, of other: UnsafeMutablePointer<TypeObject>) -> Bool {
        var current: UnsafeMutablePointer<TypeObject>? = type
        while let t = current {
            if t == other { return true }
            current = t.pointee.base
        }
        return false
    }

    func isInstance(_ value: Value, of type: BuiltinType) -> Bool {
        isSubtype(self.type(of: value), of: heap.pointee.types[type])
    }
}
