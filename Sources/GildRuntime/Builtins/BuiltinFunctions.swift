// The builtin functions: objects, attributes, types, numbers. Iteration and printing have files of their own.

import BigInt
import CGild

/// The functions of the builtins module, constructors of types excepted.
let builtinFunctions: [NativeDefinition] = objectFunctions + numberFunctions + iterationFunctions + inputOutputFunctions

extension gild_thread_ref {
    /// The interned form of an attribute's name, or undefined with TypeError raised.
    func attributeName(_ value: Value) -> Value {
        guard isString(value) else { return raise(.typeError, "attribute name must be string, not '\(typeName(value))'") }
        return intern(newReference(value))
    }

    /// Whether a value can be called.
    func isCallable(_ value: Value) -> Bool {
        guard value.isPointer else { return false }
        switch kind(value) {
        case .function, .native, .boundMethod, .type: return true
        case .instance, .quarantined: return !special(value, .call).isUndefined
        default: return false
        }
    }

    /// `id(value)`: the address of an object, the word itself of an immediate.
    func identity(_ value: Value) -> Value { makeInt(isNegative: false, low: UInt(value.bits), high: 0) }
}

/// What a class test says: 1, 0, -1 raised.
private func testClass(_ thread: Thread, _ type: UnsafeMutablePointer<TypeObject>, _ classes: Value, _ message: String) -> Int32 {
    if thread.isKind(classes, .type) {
        return thread.isSubtype(type, of: classes.cast(TypeObject.self)) ? 1 : 0
    }
    if thread.isKind(classes, .tuple) {
        if !thread.enterNative() { return -1 }
        defer { thread.leaveNative() }
        let tuple = classes.cast(TupleObject.self)
        for i in 0..<tuple.pointee.count {
            let result = testClass(thread, type, tuple.items[i], message)
            if result != 0 { return result }
        }
        return 0
    }
    thread.raise(.typeError, message)
    return -1
}

private func flag(_ result: Int32) -> Value { result < 0 ? .undefined : Value(result > 0) }

private let objectFunctions: [NativeDefinition] = [
    NativeDefinition("len", 1, 1) { thread, args, _, _ in
        let length = thread.length(args[0])
        return length < 0 ? .undefined : thread.makeInt(length)
    },
    NativeDefinition("repr", 1, 1) { thread, args, _, _ in thread.repr(args[0]) },
    NativeDefinition("ascii", 1, 1) { thread, args, _, _ in thread.asciiRepr(args[0]) },
    NativeDefinition("hash", 1, 1) { thread, args, _, _ in
        guard let hash = thread.hash(args[0]) else { return .undefined }
        return thread.makeInt(hash)
    },
    NativeDefinition("id", 1, 1) { thread, args, _, _ in thread.identity(args[0]) },
    NativeDefinition("callable", 1, 1) { thread, args, _, _ in Value(thread.isCallable(args[0])) },
    NativeDefinition("format", 1, 2) { thread, args, count, _ in
        if count > 1 && !thread.isString(args[1]) {
            return thread.raise(.typeError, "format() argument 2 must be str, not \(thread.argumentTypeName(args[1]))")
        }
        return thread.format(args[0], count > 1 ? args[1] : .undefined)
    },
    NativeDefinition("getattr", 2, 3) { thread, args, count, _ in
        let name = thread.attributeName(args[1])
        if name.isUndefined { return name }
        if count < 3 { return thread.getAttribute(args[0], name: name) }
        let value = thread.getOptionalAttribute(args[0], name: name)
        if !value.isUndefined { return value }
        if thread.isRaising {
            if !thread.isRaising(.attributeError) { return .undefined }
            thread.clearException()
        }
        return thread.newReference(args[2])
    },
    NativeDefinition("hasattr", 2, 2) { thread, args, _, _ in
        let name = thread.attributeName(args[1])
        if name.isUndefined { return name }
        let value = thread.getOptionalAttribute(args[0], name: name)
        if value.isUndefined {
            if !thread.isRaising { return .false }
            if !thread.isRaising(.attributeError) { return .undefined }
            thread.clearException()
            return .false
        }
        thread.decref(value)
        return .true
    },
    NativeDefinition("setattr", 3, 3) { thread, args, _, _ in
        let name = thread.attributeName(args[1])
        if name.isUndefined { return name }
        return thread.setAttribute(args[0], name: name, args[2]) ? .none : .undefined
    },
    NativeDefinition("delattr", 2, 2) { thread, args, _, _ in
        let name = thread.attributeName(args[1])
        if name.isUndefined { return name }
        return thread.deleteAttribute(args[0], name: name) ? .none : .undefined
    },
    NativeDefinition("isinstance", 2, 2) { thread, args, _, _ in
        flag(testClass(thread, thread.type(of: args[0]), args[1], "isinstance() arg 2 must be a type, a tuple of types, or a union"))
    },
    NativeDefinition("issubclass", 2, 2) { thread, args, _, _ in
        guard thread.isKind(args[0], .type) else { return thread.raise(.typeError, "issubclass() arg 1 must be a class") }
        return flag(
            testClass(thread, args[0].cast(TypeObject.self), args[1], "issubclass() arg 2 must be a class, a tuple of classes, or a union"))
    },
    NativeDefinition("chr", 1, 1) { thread, args, _, _ in
        let number = thread.index(args[0])
        if number.isUndefined { return number }
        defer { thread.decref(number) }
        guard let code = thread.smallInt(number), code >= 0, code < 0x110000 else {
            return thread.raise(.valueError, "chr() arg not in range(0x110000)")
        }
        return thread.makeString(codePoint: UInt32(code))
    },
    NativeDefinition("ord", 1, 1) { thread, args, _, _ in
        guard thread.isString(args[0]) else {
            return thread.raise(.typeError, "ord() expected string of length 1, but \(thread.typeName(args[0])) found")
        }
        let string = args[0].cast(StringObject.self)
        guard string.pointee.count == 1 else {
            return thread.raise(.typeError, "ord() expected a character, but string of length \(string.pointee.count) found")
        }
        return Value(smallInt: Int(string[codePoint: 0]))
    },
]

// MARK: - Numbers

private func radixText(_ thread: Thread, _ value: Value, _ radix: Int, _ prefix: String) -> Value {
    let number = thread.index(value)
    if number.isUndefined { return number }
    defer { thread.decref(number) }
    if let small = thread.smallInt(number) {
        return thread.makeString((small < 0 ? "-" : "") + prefix + String(small.magnitude, radix: radix))
    }
    let big = thread.bigInt(number)
    return thread.makeString((big.sign == .minus ? "-" : "") + prefix + String(big.magnitude, radix: radix))
}

/// A binary operation that only special methods can answer: the reflected one first when the right operand's class derives
/// from the left one's.
private func specialBinary(_ thread: Thread, _ a: Value, _ b: Value, _ method: SpecialMethod, _ reflected: SpecialMethod) -> Value {
    let left = thread.special(a, method)
    let leftType = thread.type(of: a)
    let rightType = thread.type(of: b)
    let right = leftType == rightType ? Value.undefined : thread.special(b, reflected)
    func attempt(_ method: Value, _ receiver: Value, _ other: Value) -> Value {
        method.isUndefined ? .notImplemented : thread.call(method, receiver, other)
    }
    if !right.isUndefined && thread.isSubtype(rightType, of: leftType) {
        let result = attempt(right, b, a)
        return result.isNotImplemented ? attempt(left, a, b) : result
    }
    let result = attempt(left, a, b)
    return result.isNotImplemented ? attempt(right, b, a) : result
}

private let numberFunctions: [NativeDefinition] = [
    NativeDefinition("abs", 1, 1) { thread, args, _, _ in
        let result = numericAbsolute(thread, args[0])
        if !result.isNotImplemented { return result }
        let method = thread.special(args[0], .abs)
        if !method.isUndefined { return thread.call(method, args[0]) }
        return thread.raise(.typeError, "bad operand type for abs(): '\(thread.typeName(args[0]))'")
    },
    NativeDefinition("bin", 1, 1) { thread, args, _, _ in radixText(thread, args[0], 2, "0b") },
    NativeDefinition("oct", 1, 1) { thread, args, _, _ in radixText(thread, args[0], 8, "0o") },
    NativeDefinition("hex", 1, 1) { thread, args, _, _ in radixText(thread, args[0], 16, "0x") },
    NativeDefinition("divmod", 2, 2) { thread, args, _, _ in
        let result = numericDivmod(thread, args[0], args[1])
        if !result.isNotImplemented { return result }
        let special = specialBinary(thread, args[0], args[1], .divmod, .rdivmod)
        if !special.isNotImplemented { return special }
        return thread.raise(
            .typeError, "unsupported operand type(s) for divmod(): '\(thread.typeName(args[0]))' and '\(thread.typeName(args[1]))'")
    },
    NativeDefinition("pow", 0, -1, keywords: true) { thread, args, count, keywordNames in
        withUnsafeTemporaryAllocation(of: Value.self, capacity: 3) { places in
            let bound = places.baseAddress.unsafelyUnwrapped
            if !thread.bind("pow", args, count, keywordNames, parameters: ["base", "exp", "mod"], required: 2, into: bound) { return .undefined }
            if bound[2].isUndefined || bound[2].isNone { return thread.binary(.pow, bound[0], bound[1]) }
            let result = numericPowerModulo(thread, bound[0], bound[1], bound[2])
            if !result.isNotImplemented { return result }
            let method = thread.special(bound[0], .pow)
            if !method.isUndefined {
                let special = thread.call(method, arguments: bound, count: 3, keywordNames: .undefined)
                if !special.isNotImplemented { return special }
            }
            return thread.raise(
                .typeError,
                "unsupported operand type(s) for ** or pow(): '\(thread.typeName(bound[0]))', '\(thread.typeName(bound[1]))', '\(thread.typeName(bound[2]))'")
        }
    },
    NativeDefinition("round", 0, -1, keywords: true) { thread, args, count, keywordNames in
        withUnsafeTemporaryAllocation(of: Value.self, capacity: 2) { places in
            let bound = places.baseAddress.unsafelyUnwrapped
            if !thread.bind("round", args, count, keywordNames, parameters: ["number", "ndigits"], required: 1, into: bound) { return .undefined }
            var digits = bound[1]
            if !digits.isUndefined && !digits.isNone && thread.isNumber(bound[0]) {
                digits = thread.index(digits)
                if digits.isUndefined { return digits }
            } else {
                thread.incref(digits)
            }
            defer { thread.decref(digits) }
            let result = numericRound(thread, bound[0], digits: digits)
            if !result.isNotImplemented { return result }
            let method = thread.special(bound[0], .round)
            if method.isUndefined { return thread.raise(.typeError, "type \(thread.typeName(bound[0])) doesn't define __round__ method") }
            return bound[1].isUndefined || bound[1].isNone ? thread.call(method, bound[0]) : thread.call(method, bound[0], bound[1])
        }
    },
]

