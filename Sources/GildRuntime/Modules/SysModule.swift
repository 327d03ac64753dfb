// The module `sys`: what a script may ask of the interpreter and set in it.
//
// Only what gild can answer truthfully. `version_info` is a plain tuple with the values of the Python language version that
// gild follows, so comparisons work. `getrefcount` reads the object's header: the caller's references and the
// argument's own, as in CPython. Integers of up to 63 bits and most floats are values, not objects; they answer 4294967295, which in
// CPython only integers from −5 to 256 do.

import CGild
import Glibc

let sysFunctions: [NativeDefinition] = [
    NativeDefinition("exit", 0, 1, sysExit),
    NativeDefinition("getrefcount", 1, 1, sysGetRefcount),
    NativeDefinition("getswitchinterval", 0, 0, sysGetSwitchInterval),
    NativeDefinition("setswitchinterval", 1, 1, sysSetSwitchInterval),
    NativeDefinition("getrecursionlimit", 0, 0, sysGetRecursionLimit),
    NativeDefinition("setrecursionlimit", 1, 1, sysSetRecursionLimit),
    NativeDefinition("get_int_max_str_digits", 0, 0, sysGetMaxStringDigits),
    NativeDefinition("set_int_max_str_digits", 1, 1, keywords: true, sysSetMaxStringDigits),
    NativeDefinition("exc_info", 0, 0, sysExceptionInfo),
    NativeDefinition("exception", 0, 0, sysException),
    NativeDefinition("intern", 1, 1, sysIntern),
    NativeDefinition("getdefaultencoding", 0, 0, sysGetDefaultEncoding),
    NativeDefinition("is_finalizing", 0, 0, sysIsFinalizing),
    NativeDefinition("_is_gil_enabled", 0, 0, sysIsLockEnabled),
]

/// Set the constants and stream objects of the module.
func populateSys(_ thread: Thread, module: Value) {
    func set(_ name: String, _ value: Value) {
        if value.isUndefined { return }
        thread.setModuleAttribute(module, name: thread.intern(name), value)
    }
    let run = thread.s.pointee.run
    if let list = thread.makeList(capacity: max(1, run.pointee.arguments.count)) {
        let arguments = run.pointee.arguments.isEmpty ? [run.pointee.scriptPath] : run.pointee.arguments
        for argument in arguments {
            let text = thread.makeString(argument)
            if text.isUndefined || !thread.append(list, text) { break }
        }
        set("argv", Value(pointer: list))
    }
    set("maxsize", thread.makeInt(Int.max))
    set("maxunicode", Value(smallInt: 0x10FFFF))
    set("hexversion", Value(smallInt: 0x030D_00F0))
    set("version", thread.makeString("3.13.0 (gild)"))
    set("version_info", versionInformation(thread))
    set("platform", thread.makeString("linux"))
    set("byteorder", thread.makeString(1.littleEndian == 1 ? "little" : "big"))
    set("executable", thread.makeString(executablePath()))
    for (name, descriptor) in [("stdin", 0), ("stdout", 1), ("stderr", 2)] {
        set(name, thread.makeStream(descriptor: descriptor))
        set("__\(name)__", thread.makeStream(descriptor: descriptor))
    }
}

private func versionInformation(_ thread: Thread) -> Value {
    let level = thread.makeString("final")
    guard !level.isUndefined, let tuple = thread.allocateTuple(5) else { return .undefined }
    tuple.items[0] = Value(smallInt: 3)
    tuple.items[1] = Value(smallInt: 13)
    tuple.items[2] = Value(smallInt: 0)
    tuple.items[3] = level
    tuple.items[4] = Value(smallInt: 0)
    return Value(pointer: tuple)
}

private func executablePath() -> String {
    var buffer = [UInt8](repeating: 0, count: 4096)
    let count = buffer.withUnsafeMutableBytes { bytes -> Int in
        guard let start = bytes.baseAddress else { return 0 }
        return readlink("/proc/self/exe", start.assumingMemoryBound(to: CChar.self), bytes.count)
    }
    return count > 0 ? String(decoding: buffer[..<count], as: UTF8.self) : ""
}

/// `exit([status])`: raises SystemExit.
func sysExit(_ thread: Thread, _ arguments: Arguments, _ count: Int, _ keywordNames: Value) -> Value {
    let status = count > 0 ? arguments[0] : .none
    if status.isPointer && thread.isInstance(status, of: .systemExit) { return thread.raise(thread.newReference(status)) }
    return thread.raise(.systemExit, argument: status.isNone ? .undefined : status)
}

/// References that a class has in CPython from objects that gild does without: the tuples of bases and of the method
/// resolution order, its own and its subclasses', and the descriptors of `__dict__` and `__weakref__`.
private func ownReferences(_ type: UnsafeMutablePointer<TypeObject>) -> Int {
    func descendants(_ type: UnsafeMutablePointer<TypeObject>) -> Int {
        (0..<type.pointee.subclassCount).reduce(type.pointee.subclassCount) { $0 + descendants(type.pointee.subclasses.unsafelyUnwrapped[$1]) }
    }
    var count = 1 + type.pointee.subclassCount + descendants(type)
    if let base = type.pointee.base, base.pointee.flags & TypeFlags.builtin != 0 {
        count += base.pointee.flags & TypeFlags.exception != 0 ? 1 : 2
    }
    return count
}

func sysGetRefcount(_ thread: Thread, _ arguments: Arguments, _ count: Int, _ keywordNames: Value) -> Value {
    let value = arguments[0]
    if !value.isPointer || value.object.isImmortal { return Value(smallInt: 4_294_967_295) }
    if thread.isKind(value, .type) {
        let own = thread.exclusively { ownReferences(value.cast(TypeObject.self)) }
        return Value(smallInt: Int(thread.references(of: value.object)) + own)
    }
    return Value(smallInt: Int(thread.references(of: value.object)))
}

// MARK: - Switch interval

/// Seconds, a multiple of a microsecond.
func sysGetSwitchInterval(_ thread: Thread, _ arguments: Arguments, _ count: Int, _ keywordNames: Value) -> Value {
    thread.makeFloat(1e-6 * Double(thread.s.pointee.runtime.pointee.lock.switchInterval / 1000))
}

func sysSetSwitchInterval(_ thread: Thread, _ arguments: Arguments, _ count: Int, _ keywordNames: Value) -> Value {
    let seconds: Double
    if thread.isFloat(arguments[0]) {
        seconds = thread.float(arguments[0])
    } else if thread.isInteger(arguments[0]) {
        guard let integer = thread.smallInt(arguments[0]) else { return thread.raise(.overflowError, "int too large to convert to float") }
        seconds = Double(integer)
    } else {
        return thread.raise(.typeError, "must be real number, not \(thread.typeName(arguments[0]))")
    }
    if !(seconds > 0) { return thread.raise(.valueError, "switch interval must be strictly positive") }
    let microseconds = UInt64(min(seconds * 1e6, 1e15))
    thread.s.pointee.runtime.pointee.lock.switchInterval = microseconds * 1000
    return .none
}

// MARK: - Limits

extension gild_thread_ref {
    /// An int argument in the range of C's int; nil with TypeError or OverflowError raised.
    func integerArgument(_ value: Value) -> Int? {
        if value.isInt, let small = Int32(exactly: value.int) { return Int(small) }
        let integer = index(value)
        if integer.isUndefined { return nil }
        defer { decref(integer) }
        if let small = smallInt(integer).flatMap(Int32.init(exactly:)) { return Int(small) }
        raise(.overflowError, "Python int too \(isNegativeInteger(integer) ? "small" : "large") to convert to C int")
        return nil
    }
}

func sysGetRecursionLimit(_ thread: Thread, _ arguments: Arguments, _ count: Int, _ keywordNames: Value) -> Value {
    Value(smallInt: thread.s.pointee.run.pointee.settings.recursionLimit)
}

func sysSetRecursionLimit(_ thread: Thread, _ arguments: Arguments, _ count: Int, _ keywordNames: Value) -> Value {
    guard let limit = thread.integerArgument(arguments[0]) else { return .undefined }
    if limit < 1 { return thread.raise(.valueError, "recursion limit must be greater or equal than 1") }
    let depth = thread.s.pointee.frame - thread.s.pointee.frameBase
    if depth >= limit {
        return thread.raise(.recursionError, "cannot set the recursion limit to \(limit) at the recursion depth \(depth): the limit is too low")
    }
    thread.s.pointee.run.pointee.settings.recursionLimit = limit
    // All threads have the new limit, up to the room that their frames have. Each reads its own at every call, so none may run meanwhile.
    thread.exclusively { thread.updateFrameLimits() }
    return .none
}

func sysGetMaxStringDigits(_ thread: Thread, _ arguments: Arguments, _ count: Int, _ keywordNames: Value) -> Value {
    Value(smallInt: thread.s.pointee.run.pointee.settings.maxStringDigits)
}

func sysSetMaxStringDigits(_ thread: Thread, _ arguments: Arguments, _ count: Int, _ keywordNames: Value) -> Value {
    var digits = Value.undefined
    guard
        thread.bind(
            "set_int_max_str_digits", arguments, count, keywordNames, parameters: ["maxdigits"], required: 1, into: &digits),
        let limit = thread.integerArgument(digits)
    else { return .undefined }
    if limit != 0 && limit < 640 { return thread.raise(.valueError, "maxdigits must be 0 or larger than 640") }
    thread.s.pointee.run.pointee.settings.maxStringDigits = limit
    return .none
}

// MARK: - Exceptions

/// `(type, value, traceback)` of the exception being handled, or three times None.
func sysExceptionInfo(_ thread: Thread, _ arguments: Arguments, _ count: Int, _ keywordNames: Value) -> Value {
    guard let tuple = thread.allocateTuple(3) else { return .undefined }
    let handled = thread.s.pointee.handled
    if handled.isUndefined {
        for i in 0..<3 { tuple.items[i] = .none }
    } else {
        tuple.items[0] = thread.newReference(Value(pointer: thread.type(of: handled)))
        tuple.items[1] = thread.newReference(handled)
        tuple.items[2] = thread.loadExceptionSlot(handled, ExceptionSlot.traceback)
    }
    return Value(pointer: tuple)
}

func sysException(_ thread: Thread, _ arguments: Arguments, _ count: Int, _ keywordNames: Value) -> Value {
    let handled = thread.s.pointee.handled
    return handled.isUndefined ? .none : thread.newReference(handled)
}

// MARK: - Others

func sysIntern(_ thread: Thread, _ arguments: Arguments, _ count: Int, _ keywordNames: Value) -> Value {
    guard thread.isKind(arguments[0], .str) else {
        return thread.raise(.typeError, "intern() argument must be str, not \(thread.argumentTypeName(arguments[0]))")
    }
    return thread.intern(thread.newReference(arguments[0]))
}

func sysGetDefaultEncoding(_ thread: Thread, _ arguments: Arguments, _ count: Int, _ keywordNames: Value) -> Value {
    thread.makeString("utf-8")
}

func sysIsFinalizing(_ thread: Thread, _ arguments: Arguments, _ count: Int, _ keywordNames: Value) -> Value {
    Value(thread.s.pointee.run.pointee.settings.isFinalizing)
}

func sysIsLockEnabled(_ thread: Thread, _ arguments: Arguments, _ count: Int, _ keywordNames: Value) -> Value {
    Value(thread.s.pointee.runtime.pointee.regime.hasOneLock)
}
