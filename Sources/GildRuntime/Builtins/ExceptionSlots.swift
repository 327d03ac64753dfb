// The fixed slots of exception instances: which there are, and what a new exception has in them.
//
// Every exception has the five slots of `ExceptionSlot.names`; a few families have more, which CPython keeps in C
// structs (pyerrors.h). An exception is filled twice, as by CPython's `__new__` and `__init__`: first all arguments become
// `args` and everything else its default, then the family's own initialiser takes the arguments apart. A class of a
// script that defines `__init__` without calling the inherited one therefore has `args`, but no `value`, `code` and so on.
//
// An exception may be raised, caught and changed by several threads at once (a failed future hands one object to all who wait). So a slot
// is a place (Places.swift), and the exception is locked where a value is put instead of another one that was looked at.

import CGild
import Glibc

/// Exceptions that have slots or text of their own, subclasses included.
enum ExceptionFamily {
    case plain, keyError, stopIteration, systemExit, osError, importError, nameError, attributeError, syntaxError
    case unicodeEncodeError, unicodeDecodeError

    /// Names of the slots after the five of every exception.
    var slotNames: [String] {
        switch self {
        case .plain, .keyError: []
        case .stopIteration: ["value"]
        case .systemExit: ["code"]
        case .osError: ["errno", "strerror", "filename", "filename2"]
        case .importError: ["name", "path", "name_from", "msg"]
        case .nameError: ["name"]
        case .attributeError: ["name", "obj"]
        case .syntaxError: ["msg", "filename", "lineno", "offset", "text", "end_lineno", "end_offset", "print_file_and_line"]
        case .unicodeEncodeError, .unicodeDecodeError: ["encoding", "object", "start", "end", "reason"]
        }
    }

    /// Number of `slotNames`.
    var slotCount: Int {
        switch self {
        case .plain, .keyError: 0
        case .stopIteration, .systemExit, .nameError: 1
        case .attributeError: 2
        case .osError, .importError: 4
        case .unicodeEncodeError, .unicodeDecodeError: 5
        case .syntaxError: 8
        }
    }

    /// The family that a builtin class begins.
    init?(beginning type: BuiltinType) {
        switch type {
        case .stopIteration: self = .stopIteration
        case .systemExit: self = .systemExit
        case .keyError: self = .keyError
        case .osError: self = .osError
        case .importError: self = .importError
        case .nameError: self = .nameError
        case .attributeError: self = .attributeError
        case .syntaxError: self = .syntaxError
        case .unicodeEncodeError: self = .unicodeEncodeError
        case .unicodeDecodeError: self = .unicodeDecodeError
        default: return nil
        }
    }

}

/// Names of the fixed slots, from slot 0, of a builtin exception class's instances.
func exceptionSlotNames(for type: BuiltinType) -> [String] {
    var current: BuiltinType? = type
    while let t = current {
        if let family = ExceptionFamily(beginning: t) { return ExceptionSlot.names + family.slotNames }
        current = t.base
    }
    return ExceptionSlot.names
}

/// Inline slots that the root shape of a builtin exception class needs: the fixed ones and a little room for a script's own.
func exceptionInlineCapacity(for type: BuiltinType) -> Int {
    max(ExceptionSlot.inlineCapacity, exceptionSlotNames(for: type).count + 1)
}

extension gild_thread_ref {
    /// The family of an exception class.
    func exceptionFamily(of type: UnsafeMutablePointer<TypeObject>) -> ExceptionFamily {
        let types = heap.pointee.types
        var current: UnsafeMutablePointer<TypeObject>? = type
        while let t = current {
            if t.pointee.flags & TypeFlags.builtin != 0 {
                if t == types[.baseException] || t == types[.exception] { return .plain }
                if t == types[.stopIteration] { return .stopIteration }
                if t == types[.keyError] { return .keyError }
                if t == types[.attributeError] { return .attributeError }
                if t == types[.nameError] { return .nameError }
                if t == types[.osError] { return .osError }
                if t == types[.importError] { return .importError }
                if t == types[.systemExit] { return .systemExit }
                if t == types[.syntaxError] { return .syntaxError }
                if t == types[.unicodeEncodeError] { return .unicodeEncodeError }
                if t == types[.unicodeDecodeError] { return .unicodeDecodeError }
            }
            current = t.pointee.base
        }
        return .plain
    }

    /// A fixed slot of an exception: a new reference; None where it holds nothing.
    func loadExceptionSlot(_ exception: Value, _ slot: Int) -> Value {
        if !shape(exception.object).pointee.isDictionary {
            let value = load(exception.cast(InstanceObject.self).slots + slot)
            if !value.isUndefined { return value }
            // It holds nothing, or has become a dictionary since.
            if !shape(exception.object).pointee.isDictionary { return .none }
        }
        let value = loadOwnAttribute(exception, exceptionSlotName(exception, slot))
        return value.isUndefined ? .none : value
    }

    /// The same for a short look, during which no code of a script runs: under one lock the value is borrowed. `endLook` ends it.
    @inline(__always) func lookAtExceptionSlot(_ exception: Value, _ slot: Int) -> Value {
        if s.pointee.isFreeThreaded { return loadExceptionSlot(exception, slot) }
        let value =
            shape(exception.object).pointee.isDictionary
            ? ownAttribute(exception, exceptionSlotName(exception, slot)) : exception.cast(InstanceObject.self).slots[slot]
        return value.isUndefined ? .none : value
    }

    @inline(__always) func endLook(_ value: Value) {
        if s.pointee.isFreeThreaded { decref(value) }
    }

    /// Set a fixed slot; the value is borrowed.
    func setExceptionSlot(_ exception: Value, _ slot: Int, _ value: Value) { giveExceptionSlot(exception, slot, newReference(value)) }

    /// Set a fixed slot; the reference is taken over.
    func giveExceptionSlot(_ exception: Value, _ slot: Int, _ value: Value) {
        let instance = exception.cast(InstanceObject.self)
        // It becomes a dictionary only while it is locked.
        let old: Value? = guarded(exception) {
            shape(exception.object).pointee.isDictionary ? nil : exchange(instance.slots + slot, value)
        }
        if let old {
            decref(old)
            return
        }
        // The few bytes of a key that was deleted may pass.
        let ignored = s.pointee.ignoresHeapLimit
        s.pointee.ignoresHeapLimit = true
        defer { s.pointee.ignoresHeapLimit = ignored }
        let attributes = UnsafeMutableRawPointer(instance.pointee.overflow.unsafelyUnwrapped).assumingMemoryBound(to: DictObject.self)
        let name = exceptionSlotName(exception, slot)
        _ = guarded(Value(pointer: attributes)) { dictSet(self, attributes, name, value) }
        decref(value)
    }

    /// Under which an exception that has lost an attribute keeps a fixed slot.
    private func exceptionSlotName(_ exception: Value, _ slot: Int) -> Value {
        let names = ExceptionSlot.names + exceptionFamily(of: type(of: exception)).slotNames
        return intern(names[slot])
    }

    /// Give a new exception, whose `args` are set, its other slots: defaults, and the family's from the arguments.
    func fillExceptionExtras(_ exception: Value) {
        let family = exceptionFamily(of: type(of: exception))
        fillExceptionDefaults(exception, family)
        if family == .plain { return }
        let args = lookAtExceptionSlot(exception, ExceptionSlot.args)
        if isKind(args, .tuple) { takeApart(exception, family, args.cast(TupleObject.self).items, args.cast(TupleObject.self).pointee.count) }
        endLook(args)
    }

    private func fillExceptionDefaults(_ exception: Value, _ family: ExceptionFamily) {
        let slots = exception.cast(InstanceObject.self).slots
        slots[ExceptionSlot.traceback] = .none
        slots[ExceptionSlot.cause] = .none
        slots[ExceptionSlot.context] = .none
        slots[ExceptionSlot.suppressContext] = .false
        for i in 0..<family.slotCount { slots[ExceptionSlot.extra + i] = .none }
    }

    /// What calling an exception class does before `__init__`: a new instance with the positional arguments as `args`.
    /// `OSError(errno, text…)` gives the subclass that PEP 3151 names for the error number.
    ///
    /// - Parameter type: an exception class. The arguments are borrowed; keywords are `__init__`'s business.
    /// - Returns: a new reference, or undefined with MemoryError raised.
    func makeException(calling type: UnsafeMutablePointer<TypeObject>, _ arguments: Arguments, _ count: Int) -> Value {
        var type = type
        var count = count
        let family = exceptionFamily(of: type)
        if family == .osError {
            if type == heap.pointee.types[.osError], count >= 2, count <= 5, let code = smallInt(arguments[0]) {
                type = heap.pointee.types[BuiltinType(errno: code)]
            }
            // A script's own __init__ decides which arguments the exception has.
            if !type.pointee.specials[SpecialMethod.`init`.rawValue].isUndefined { count = 0 }
        }
        let exception = makeInstance(type)
        if exception.isUndefined { return exception }
        fillExceptionDefaults(exception, family)
        let args = makeArgumentTuple(arguments, count)
        if args.isUndefined {
            exception.cast(InstanceObject.self).slots[ExceptionSlot.args] = newReference(heap.pointee.emptyTuple)
            decref(exception)
            return .undefined
        }
        exception.cast(InstanceObject.self).slots[ExceptionSlot.args] = args
        return exception
    }

    /// A tuple of borrowed values.
    func makeArgumentTuple(_ arguments: Arguments, _ count: Int) -> Value {
        if count == 0 { return newReference(heap.pointee.emptyTuple) }
        guard let tuple = allocateTuple(count) else { return .undefined }
        for i in 0..<count { tuple.items[i] = newReference(arguments[i]) }
        return Value(pointer: tuple)
    }

    /// Set the family's slots from positional arguments. Raises nothing: what does not fit stays None.
    func takeApart(_ exception: Value, _ family: ExceptionFamily, _ arguments: Arguments, _ count: Int) {
        func set(_ slot: Int, _ value: Value) { setExceptionSlot(exception, ExceptionSlot.extra + slot, value) }
        switch family {
        case .plain, .keyError, .nameError, .attributeError:
            break
        case .stopIteration:
            if count > 0 { set(0, arguments[0]) }
        case .systemExit:
            if count == 1 { set(0, arguments[0]) }
            if count > 1 {
                let args = lookAtExceptionSlot(exception, ExceptionSlot.args)
                set(0, args)
                endLook(args)
            }
        case .osError:
            guard count >= 2 && count <= 5 else { return }
            set(0, arguments[0])
            set(1, arguments[1])
            if count >= 3 && !arguments[2].isNone {
                let filename = newReference(arguments[2])
                let filename2 = newReference(count == 5 ? arguments[4] : .none)
                // The file name is not among the arguments that the exception shows.
                let args = makeArgumentTuple(arguments, 2)
                if !args.isUndefined { giveExceptionSlot(exception, ExceptionSlot.args, args) }
                set(2, filename)
                set(3, filename2)
                decref(filename)
                decref(filename2)
            }
        case .importError:
            if count == 1 { set(3, arguments[0]) }
        case .syntaxError:
            if count > 0 { set(0, arguments[0]) }
            if count == 2, isKind(arguments[1], .tuple) {
                let details = arguments[1].cast(TupleObject.self)
                if details.pointee.count == 4 || details.pointee.count == 6 {
                    for i in 0..<details.pointee.count { set(1 + i, details.items[i]) }
                }
            }
        case .unicodeEncodeError, .unicodeDecodeError:
            if count == 5 { for i in 0..<5 { set(i, arguments[i]) } }
        }
    }
}

extension BuiltinType {
    /// The class of PEP 3151 for an error number.
    init(errno code: Int) {
        switch Int32(truncatingIfNeeded: code) {
        case EAGAIN, EALREADY, EINPROGRESS: self = .blockingIOError
        case EPIPE, ESHUTDOWN: self = .brokenPipeError
        case ENOENT: self = .fileNotFoundError
        case EINTR: self = .interruptedError
        case EACCES, EPERM: self = .permissionError
        case ETIMEDOUT: self = .timeoutError
        default: self = .osError
        }
    }
}

extension gild_thread_ref {
    /// Raise the OSError of an error number of the system, as `PyErr_SetFromErrno` does. Returns undefined.
    @discardableResult
    func raiseOSError(_ code: Int32) -> Value {
        let text = makeString(String(cString: strerror(code)))
        if text.isUndefined { return .undefined }
        var arguments = [Value(smallInt: Int(code)), text]
        let exception = arguments.withUnsafeMutableBufferPointer { buffer -> Value in
            let exception = makeException(calling: heap.pointee.types[.osError], buffer.baseAddress.unsafelyUnwrapped, 2)
            if !exception.isUndefined { takeApart(exception, .osError, buffer.baseAddress.unsafelyUnwrapped, 2) }
            return exception
        }
        decref(text)
        return exception.isUndefined ? .undefined : raise(exception)
    }
}
