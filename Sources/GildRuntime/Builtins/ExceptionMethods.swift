// The methods of exceptions: initialisation, text, notes.
//
// Text follows Objects/exceptions.c's rules: no argument gives the empty string, one its `str`, several the tuple's; KeyError shows
// the `repr` of its key, so that an empty key is not an empty message; OSError, SyntaxError and the Unicode errors put
// their slots together.

import CGild

/// Natives of BaseException; subclasses inherit them.
let exceptionMethods: [NativeDefinition] = [
    NativeDefinition("__init__", 0, -1, keywords: true, exceptionInit),
    NativeDefinition("__str__", 0, 0, exceptionStrMethod),
    NativeDefinition("__repr__", 0, 0, exceptionReprMethod),
    NativeDefinition("with_traceback", 1, 1, exceptionWithTraceback),
    NativeDefinition("add_note", 1, 1, exceptionAddNote),
]

/// `BaseException.__init__(self, *args, **keywords)` and what its subclasses add.
func exceptionInit(_ thread: Thread, _ arguments: Arguments, _ count: Int, _ keywordNames: Value) -> Value {
    thread.initializeException(arguments[0], arguments + 1, count - 1, keywordNames) ? .none : .undefined
}

func exceptionStrMethod(_ thread: Thread, _ arguments: Arguments, _ count: Int, _ keywordNames: Value) -> Value {
    thread.exceptionStr(arguments[0])
}

func exceptionReprMethod(_ thread: Thread, _ arguments: Arguments, _ count: Int, _ keywordNames: Value) -> Value {
    thread.exceptionRepr(arguments[0])
}

/// `with_traceback(tb)`: sets `__traceback__` and gives the exception back.
func exceptionWithTraceback(_ thread: Thread, _ arguments: Arguments, _ count: Int, _ keywordNames: Value) -> Value {
    guard arguments[1].isNone || thread.isKind(arguments[1], .traceback) else {
        return thread.raise(.typeError, "__traceback__ must be a traceback or None")
    }
    thread.setExceptionSlot(arguments[0], ExceptionSlot.traceback, arguments[1])
    return thread.newReference(arguments[0])
}

/// `add_note(note)`: appends to `__notes__`, which it makes when there is none (PEP 678).
func exceptionAddNote(_ thread: Thread, _ arguments: Arguments, _ count: Int, _ keywordNames: Value) -> Value {
    guard thread.isKind(arguments[1], .str) else {
        return thread.raise(.typeError, "note must be a str, not '\(thread.typeName(arguments[1]))'")
    }
    // Of two threads that find no list, the second one must find that of the first.
    let notes = thread.guarded(arguments[0]) { thread.notes(of: arguments[0]) }
    if notes.isUndefined { return notes }
    defer { thread.decref(notes) }
    guard thread.isKind(notes, .list) else { return thread.raise(.typeError, "Cannot add note: __notes__ is not a list") }
    let added = thread.guarded(notes) { thread.append(notes.cast(ListObject.self), thread.newReference(arguments[1])) }
    return added ? .none : .undefined
}

extension gild_thread_ref {
    /// The value of `__notes__`, made if there is none: a new reference. Undefined: raised.
    fileprivate func notes(of exception: Value) -> Value {
        let name = intern("__notes__")
        let known = getOptionalAttribute(exception, name: name)
        if !known.isUndefined || isRaising { return known }
        guard let list = makeList(capacity: 1) else { return .undefined }
        if setAttribute(exception, name: name, Value(pointer: list)) { return Value(pointer: list) }
        decref(Value(pointer: list))
        return .undefined
    }

    /// What the `__init__` of the builtin exception classes does. The values of keyword arguments follow the positional ones.
    /// False: TypeError or MemoryError raised.
    func initializeException(_ exception: Value, _ arguments: Arguments, _ count: Int, _ keywordNames: Value) -> Bool {
        let type = type(of: exception)
        let family = exceptionFamily(of: type)
        if keywordNames.isPointer, keywordNames.cast(TupleObject.self).pointee.count > 0 {
            if !takeKeywords(exception, family, arguments + count, keywordNames.cast(TupleObject.self)) { return false }
        }
        if !checkExceptionArguments(family, arguments, count) { return false }
        if family == .osError, type == heap.pointee.types[.osError], count >= 2, count <= 5, let code = smallInt(arguments[0]) {
            // The subclasses of PEP 3151 have the same slots, so the new instance only changes its shape.
            let shape = heap.pointee.types[BuiltinType(errno: code)].pointee.rootShape
            guarded(exception) { if exception.object.pointee.shape == type.pointee.rootShape { gild_store_release_32(&exception.object.pointee.shape, shape) } }
        }
        let args = makeArgumentTuple(arguments, count)
        if args.isUndefined { return false }
        giveExceptionSlot(exception, ExceptionSlot.args, args)
        let suppresses = lookAtExceptionSlot(exception, ExceptionSlot.suppressContext)
        if suppresses.isNone { setExceptionSlot(exception, ExceptionSlot.suppressContext, .false) }
        endLook(suppresses)
        takeApart(exception, family, arguments, count)
        return true
    }

    /// `exception.args = iterable`: kept as a tuple. False: raised.
    func setExceptionArguments(_ exception: Value, _ value: Value) -> Bool {
        var argument = value
        let tuple = tupleNew(self, &argument, 1, .undefined)
        if tuple.isUndefined { return false }
        giveExceptionSlot(exception, ExceptionSlot.args, tuple)
        return true
    }

    /// Whether a script may set this attribute of an exception; false with TypeError raised. Setting `__cause__` also
    /// suppresses the context (PEP 415).
    func checkExceptionAttribute(_ exception: Value, _ name: Value, _ value: Value) -> Bool {
        let characters = name.cast(StringObject.self)
        if characters.pointee.count < 9 || characters[codePoint: 0] != 0x5F || characters[codePoint: 1] != 0x5F { return true }
        switch string(name) {
        case "__cause__":
            guard value.isNone || (value.isPointer && isInstance(value, of: .baseException)) else {
                raise(.typeError, "exception cause must be None or derive from BaseException")
                return false
            }
            setExceptionSlot(exception, ExceptionSlot.suppressContext, .true)
        case "__context__":
            guard value.isNone || (value.isPointer && isInstance(value, of: .baseException)) else {
                raise(.typeError, "exception context must be None or derive from BaseException")
                return false
            }
        case "__traceback__":
            guard value.isNone || isKind(value, .traceback) else {
                raise(.typeError, "__traceback__ must be a traceback or None")
                return false
            }
        case "__suppress_context__":
            guard value.isBool else {
                raise(.typeError, "attribute value type must be bool")
                return false
            }
        default:
            break
        }
        return true
    }

    /// Code points of a new string, which is released; nil when undefined (raised).
    func text(_ value: Value) -> [UInt32]? {
        if value.isUndefined { return nil }
        defer { decref(value) }
        return codePoints(value)
    }

    /// Keyword arguments of an exception's constructor; false with TypeError raised for those that it does not have.
    fileprivate func takeKeywords(
        _ exception: Value, _ family: ExceptionFamily, _ values: Arguments, _ names: UnsafeMutablePointer<TupleObject>
    ) -> Bool {
        let accepted: [String]
        let function: String
        switch family {
        case .nameError: (accepted, function) = (["name"], "NameError")
        case .attributeError: (accepted, function) = (["name", "obj"], "AttributeError")
        case .importError: (accepted, function) = (["name", "path", "name_from"], "ImportError")
        default:
            raise(.typeError, "\(typeName(exception))() takes no keyword arguments")
            return false
        }
        for i in 0..<names.pointee.count {
            let name = string(names.items[i])
            guard let slot = accepted.firstIndex(of: name) else {
                raise(.typeError, "\(function)() got an unexpected keyword argument '\(name)'")
                return false
            }
            setExceptionSlot(exception, ExceptionSlot.extra + slot, values[i])
        }
        return true
    }

    /// The few constructors that look at their arguments.
    fileprivate func checkExceptionArguments(_ family: ExceptionFamily, _ arguments: Arguments, _ count: Int) -> Bool {
        switch family {
        case .unicodeEncodeError, .unicodeDecodeError:
            if count != 5 {
                raise(.typeError, "function takes exactly 5 arguments (\(count) given)")
                return false
            }
            let isEncode = family == .unicodeEncodeError
            for i in [0, 1, 4] where !(isKind(arguments[i], .str) || (i == 1 && !isEncode)) {
                raise(.typeError, "argument \(i + 1) must be str, not \(argumentTypeName(arguments[i]))")
                return false
            }
            if !isEncode && !isBytes(arguments[1]) {
                raise(.typeError, "a bytes-like object is required, not '\(typeName(arguments[1]))'")
                return false
            }
            for i in 2...3 where smallInt(arguments[i]) == nil {
                raise(.typeError, "'\(typeName(arguments[i]))' object cannot be interpreted as an integer")
                return false
            }
        case .syntaxError where count == 2:
            guard isKind(arguments[1], .tuple) else {
                if isKind(arguments[1], .list) { return true }
                raise(.typeError, "'\(typeName(arguments[1]))' object is not iterable")
                return false
            }
            let given = arguments[1].cast(TupleObject.self).pointee.count
            if given < 4 {
                raise(.typeError, "function takes at least 4 arguments (\(given) given)")
                return false
            }
            if given > 6 {
                raise(.typeError, "function takes at most 6 arguments (\(given) given)")
                return false
            }
            if given == 5 {
                raise(.typeError, "end_offset must be provided when end_lineno is provided")
                return false
            }
        default:
            break
        }
        return true
    }

    /// `str(exception)` as the builtin classes define it; a new reference.
    func exceptionStr(_ exception: Value) -> Value {
        let family = exceptionFamily(of: type(of: exception))
        if family != .plain, let text = ownText(exception, family) { return text }
        let args = lookAtExceptionSlot(exception, ExceptionSlot.args)
        var shown = args
        if isKind(args, .tuple) {
            let tuple = args.cast(TupleObject.self)
            shown = tuple.pointee.count == 0 ? heap.pointee.names.empty : tuple.pointee.count == 1 ? tuple.items[0] : args
            if tuple.pointee.count == 1 && family == .keyError {
                shown = newReference(shown)
                endLook(args)
                defer { decref(shown) }
                return repr(shown)
            }
        }
        shown = newReference(shown)
        endLook(args)
        defer { decref(shown) }
        return str(shown)
    }

    /// What a family puts together of its own slots; nil: it has no text of its own, or not with these.
    private func ownText(_ exception: Value, _ family: ExceptionFamily) -> Value? {
        let held = (0..<family.slotCount).map { lookAtExceptionSlot(exception, ExceptionSlot.extra + $0) }
        defer { held.forEach(endLook) }
        switch family {
        case .importError:
            if isKind(held[3], .str) { return newReference(held[3]) }
        case .osError:
            if !held[2].isNone {
                if !held[3].isNone {
                    return joined([.text("[Errno "), .str(held[0]), .text("] "), .str(held[1]), .text(": "), .repr(held[2]), .text(" -> "), .repr(held[3])])
                }
                return joined([.text("[Errno "), .str(held[0]), .text("] "), .str(held[1]), .text(": "), .repr(held[2])])
            }
            if !held[0].isNone { return joined([.text("[Errno "), .str(held[0]), .text("] "), .str(held[1])]) }
        case .syntaxError:
            return syntaxErrorText(message: held[0], filename: held[1], line: held[2])
        case .unicodeEncodeError:
            return unicodeErrorText(held[0], held[1], held[2], held[3], held[4])
        case .unicodeDecodeError:
            return unicodeDecodeErrorText(held[0], held[1], held[2], held[3], held[4])
        case .plain, .keyError, .stopIteration, .systemExit, .nameError, .attributeError:
            break
        }
        return nil
    }

    /// `repr(exception)`: `TypeName(argument, …)`; a new reference.
    func exceptionRepr(_ exception: Value) -> Value {
        var result = codePoints(type(of: exception).pointee.name)
        let args = loadExceptionSlot(exception, ExceptionSlot.args)
        defer { decref(args) }
        if isKind(args, .tuple), args.cast(TupleObject.self).pointee.count == 1 {
            guard let shown = text(repr(args.cast(TupleObject.self).items[0])) else { return .undefined }
            result.append(0x28)
            result += shown
            result.append(0x29)
        } else {
            guard let shown = text(repr(args)) else { return .undefined }
            result += shown
        }
        return makeString(result)
    }

    private enum TextPart {
        case text(String)
        case str(Value)
        case repr(Value)
    }

    /// One string of several parts; the values are borrowed.
    private func joined(_ parts: [TextPart]) -> Value {
        let values = parts.map { part -> Value in
            switch part {
            case .text: .none
            case .str(let value), .repr(let value): newReference(value)
            }
        }
        defer { values.forEach(decref) }
        var result: [UInt32] = []
        for part in parts {
            switch part {
            case .text(let text):
                result += text.unicodeScalars.map { $0.value }
            case .str(let value):
                guard let shown = text(str(value)) else { return .undefined }
                result += shown
            case .repr(let value):
                guard let shown = text(repr(value)) else { return .undefined }
                result += shown
            }
        }
        return makeString(result)
    }

    private func syntaxErrorText(message: Value, filename: Value, line: Value) -> Value {
        let number = smallInt(line)
        if isKind(filename, .str) {
            var base = string(filename)
            if let slash = base.lastIndex(of: "/") { base = String(base[base.index(after: slash)...]) }
            if let number { return joined([.str(message), .text(" (\(base), line \(number))")]) }
            return joined([.str(message), .text(" (\(base))")])
        }
        if let number { return joined([.str(message), .text(" (line \(number))")]) }
        return str(message)
    }

    /// nil when the slots do not hold what they should.
    private func unicodeErrorText(_ encoding: Value, _ object: Value, _ start: Value, _ end: Value, _ reason: Value) -> Value? {
        guard isKind(object, .str), let from = smallInt(start), let to = smallInt(end) else { return nil }
        let points = codePoints(object)
        if from >= 0 && from < points.count && to == from + 1 {
            let c = points[from]
            let digits = String(c, radix: 16)
            let (prefix, width) = c <= 0xFF ? ("\\x", 2) : c <= 0xFFFF ? ("\\u", 4) : ("\\U", 8)
            let shown = prefix + String(repeating: "0", count: max(0, width - digits.count)) + digits
            return joined([.text("'"), .str(encoding), .text("' codec can't encode character '\(shown)' in position \(from): "), .str(reason)])
        }
        return joined([.text("'"), .str(encoding), .text("' codec can't encode characters in position \(from)-\(to - 1): "), .str(reason)])
    }

    private func unicodeDecodeErrorText(_ encoding: Value, _ object: Value, _ start: Value, _ end: Value, _ reason: Value) -> Value? {
        guard isBytes(object), let from = smallInt(start), let to = smallInt(end) else { return nil }
        let bytes = byteBuffer(object)
        if from >= 0 && from < bytes.count && to == from + 1 {
            let digits = String(bytes[from], radix: 16)
            let shown = "0x" + (digits.count < 2 ? "0" : "") + digits
            return joined([.text("'"), .str(encoding), .text("' codec can't decode byte \(shown) in position \(from): "), .str(reason)])
        }
        return joined([.text("'"), .str(encoding), .text("' codec can't decode bytes in position \(from)-\(to - 1): "), .str(reason)])
    }
}
