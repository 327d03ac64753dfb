// The special methods of numbers, strings, None, functions and native objects as attributes: `(1).__add__(2)`,
// `"x".__len__()`, `map(int.__neg__, …)`.
//
// The runtime itself never calls them: operators and protocols go to the builtin types' functions directly. A binary one
// answers NotImplemented for an operand that is not its business, so that a script can delegate to it as in CPython.

import CGild

private func flag(_ result: Int32) -> Value { result < 0 ? .undefined : Value(result > 0) }

/// The receiver's type has an answer for this operand: int for integers, float for all numbers.
private func accepts(_ thread: Thread, _ receiver: Value, _ operand: Value) -> Bool {
    thread.isInteger(operand) || (thread.isFloat(receiver) && thread.isFloat(operand))
}

private func operate(_ thread: Thread, _ op: BinaryOperator, _ receiver: Value, _ left: Value, _ right: Value) -> Value {
    accepts(thread, receiver, receiver == left ? right : left) ? thread.binary(op, left, right) : .notImplemented
}

private func compareNumbers(_ thread: Thread, _ a: Value, _ b: Value, _ op: CompareOperator) -> Value {
    accepts(thread, a, b) ? numericCompare(thread, a, b, op) : .notImplemented
}

private func compareStrings(_ thread: Thread, _ a: Value, _ b: Value, _ op: CompareOperator) -> Value {
    thread.isString(b) ? stringCompare(thread, a, b, op) : .notImplemented
}

/// `__hash__` of any value: its own hash.
private func hashMethod(_ thread: Thread, _ arguments: Arguments, _ count: Int, _ keywordNames: Value) -> Value {
    guard let hash = thread.hash(arguments[0]) else { return .undefined }
    return thread.makeInt(hash)
}

private func reprMethod(_ thread: Thread, _ arguments: Arguments, _ count: Int, _ keywordNames: Value) -> Value { thread.repr(arguments[0]) }

private func boolMethod(_ thread: Thread, _ arguments: Arguments, _ count: Int, _ keywordNames: Value) -> Value { flag(thread.truth(arguments[0])) }

private func formatMethod(_ thread: Thread, _ arguments: Arguments, _ count: Int, _ keywordNames: Value) -> Value {
    guard thread.isString(arguments[1]) else {
        return thread.raise(.typeError, "__format__() argument must be str, not \(thread.typeName(arguments[1]))")
    }
    return thread.format(arguments[0], arguments[1])
}

private func powerMethod(_ thread: Thread, _ base: Value, _ exponent: Value, _ arguments: Arguments, _ count: Int) -> Value {
    let receiver = arguments[0]
    guard accepts(thread, receiver, arguments[1]) else { return .notImplemented }
    if count < 3 || arguments[2].isNone { return thread.binary(.pow, base, exponent) }
    if thread.isFloat(receiver) { return thread.raise(.typeError, "pow() 3rd argument not allowed unless all arguments are integers") }
    return thread.isInteger(arguments[2]) ? numericPowerModulo(thread, base, exponent, arguments[2]) : .notImplemented
}

private let common: [NativeDefinition] = [
    NativeDefinition("__repr__", 0, 0, reprMethod),
    NativeDefinition("__hash__", 0, 0, hashMethod),
]

private let numbers: [NativeDefinition] = common + [
    NativeDefinition("__add__", 1, 1) { thread, a, _, _ in operate(thread, .add, a[0], a[0], a[1]) },
    NativeDefinition("__radd__", 1, 1) { thread, a, _, _ in operate(thread, .add, a[0], a[1], a[0]) },
    NativeDefinition("__sub__", 1, 1) { thread, a, _, _ in operate(thread, .sub, a[0], a[0], a[1]) },
    NativeDefinition("__rsub__", 1, 1) { thread, a, _, _ in operate(thread, .sub, a[0], a[1], a[0]) },
    NativeDefinition("__mul__", 1, 1) { thread, a, _, _ in operate(thread, .mul, a[0], a[0], a[1]) },
    NativeDefinition("__rmul__", 1, 1) { thread, a, _, _ in operate(thread, .mul, a[0], a[1], a[0]) },
    NativeDefinition("__truediv__", 1, 1) { thread, a, _, _ in operate(thread, .trueDiv, a[0], a[0], a[1]) },
    NativeDefinition("__rtruediv__", 1, 1) { thread, a, _, _ in operate(thread, .trueDiv, a[0], a[1], a[0]) },
    NativeDefinition("__floordiv__", 1, 1) { thread, a, _, _ in operate(thread, .floorDiv, a[0], a[0], a[1]) },
    NativeDefinition("__rfloordiv__", 1, 1) { thread, a, _, _ in operate(thread, .floorDiv, a[0], a[1], a[0]) },
    NativeDefinition("__mod__", 1, 1) { thread, a, _, _ in operate(thread, .mod, a[0], a[0], a[1]) },
    NativeDefinition("__rmod__", 1, 1) { thread, a, _, _ in operate(thread, .mod, a[0], a[1], a[0]) },
    NativeDefinition("__divmod__", 1, 1) { thread, a, _, _ in accepts(thread, a[0], a[1]) ? numericDivmod(thread, a[0], a[1]) : .notImplemented },
    NativeDefinition("__rdivmod__", 1, 1) { thread, a, _, _ in accepts(thread, a[0], a[1]) ? numericDivmod(thread, a[1], a[0]) : .notImplemented },
    NativeDefinition("__pow__", 1, 2) { thread, a, count, _ in powerMethod(thread, a[0], a[1], a, count) },
    NativeDefinition("__rpow__", 1, 2) { thread, a, count, _ in powerMethod(thread, a[1], a[0], a, count) },
    NativeDefinition("__neg__", 0, 0) { thread, a, _, _ in numericNegate(thread, a[0]) },
    NativeDefinition("__pos__", 0, 0) { thread, a, _, _ in numericPositive(thread, a[0]) },
    NativeDefinition("__abs__", 0, 0) { thread, a, _, _ in numericAbsolute(thread, a[0]) },
    NativeDefinition("__bool__", 0, 0, boolMethod),
    NativeDefinition("__int__", 0, 0) { thread, a, _, _ in numericTruncate(thread, a[0]) },
    NativeDefinition("__trunc__", 0, 0) { thread, a, _, _ in numericTruncate(thread, a[0]) },
    NativeDefinition("__float__", 0, 0) { thread, a, _, _ in
        guard let value = toDouble(thread, a[0]) else { return .undefined }
        return thread.makeFloat(value)
    },
    NativeDefinition("__round__", 0, 1) { thread, a, count, _ in numericRound(thread, a[0], digits: count > 1 ? a[1] : .undefined) },
    NativeDefinition("__format__", 1, 1, formatMethod),
    NativeDefinition("__eq__", 1, 1) { thread, a, _, _ in compareNumbers(thread, a[0], a[1], .eq) },
    NativeDefinition("__ne__", 1, 1) { thread, a, _, _ in compareNumbers(thread, a[0], a[1], .ne) },
    NativeDefinition("__lt__", 1, 1) { thread, a, _, _ in compareNumbers(thread, a[0], a[1], .lt) },
    NativeDefinition("__le__", 1, 1) { thread, a, _, _ in compareNumbers(thread, a[0], a[1], .le) },
    NativeDefinition("__gt__", 1, 1) { thread, a, _, _ in compareNumbers(thread, a[0], a[1], .gt) },
    NativeDefinition("__ge__", 1, 1) { thread, a, _, _ in compareNumbers(thread, a[0], a[1], .ge) },
    NativeDefinition("__floor__", 0, 0) { thread, a, _, _ in roundedToInteger(thread, a[0], .down) },
    NativeDefinition("__ceil__", 0, 0) { thread, a, _, _ in roundedToInteger(thread, a[0], .up) },
]

private func roundedToInteger(_ thread: Thread, _ value: Value, _ rule: FloatingPointRoundingRule) -> Value {
    thread.isFloat(value) ? integerFromDouble(thread, thread.float(value).rounded(rule)) : numericPositive(thread, value)
}

private let integers: [NativeDefinition] = [
    NativeDefinition("__lshift__", 1, 1) { thread, a, _, _ in operate(thread, .lshift, a[0], a[0], a[1]) },
    NativeDefinition("__rlshift__", 1, 1) { thread, a, _, _ in operate(thread, .lshift, a[0], a[1], a[0]) },
    NativeDefinition("__rshift__", 1, 1) { thread, a, _, _ in operate(thread, .rshift, a[0], a[0], a[1]) },
    NativeDefinition("__rrshift__", 1, 1) { thread, a, _, _ in operate(thread, .rshift, a[0], a[1], a[0]) },
    NativeDefinition("__and__", 1, 1) { thread, a, _, _ in operate(thread, .and, a[0], a[0], a[1]) },
    NativeDefinition("__rand__", 1, 1) { thread, a, _, _ in operate(thread, .and, a[0], a[1], a[0]) },
    NativeDefinition("__or__", 1, 1) { thread, a, _, _ in operate(thread, .or, a[0], a[0], a[1]) },
    NativeDefinition("__ror__", 1, 1) { thread, a, _, _ in operate(thread, .or, a[0], a[1], a[0]) },
    NativeDefinition("__xor__", 1, 1) { thread, a, _, _ in operate(thread, .xor, a[0], a[0], a[1]) },
    NativeDefinition("__rxor__", 1, 1) { thread, a, _, _ in operate(thread, .xor, a[0], a[1], a[0]) },
    NativeDefinition("__invert__", 0, 0) { thread, a, _, _ in numericInvert(thread, a[0]) },
    NativeDefinition("__index__", 0, 0) { thread, a, _, _ in numericPositive(thread, a[0]) },
]

private let strings: [NativeDefinition] = common + [
    NativeDefinition("__str__", 0, 0) { thread, a, _, _ in thread.newReference(a[0]) },
    NativeDefinition("__len__", 0, 0) { thread, a, _, _ in thread.makeInt(thread.length(a[0])) },
    NativeDefinition("__iter__", 0, 0) { thread, a, _, _ in nativeIterator(thread, a[0]) },
    NativeDefinition("__contains__", 1, 1) { thread, a, _, _ in flag(stringContains(thread, a[0], a[1])) },
    NativeDefinition("__getitem__", 1, 1) { thread, a, _, _ in thread.getItem(a[0], a[1]) },
    NativeDefinition("__add__", 1, 1) { thread, a, _, _ in thread.binary(.add, a[0], a[1]) },
    NativeDefinition("__mul__", 1, 1) { thread, a, _, _ in repeatString(thread, a[0], a[1]) },
    NativeDefinition("__rmul__", 1, 1) { thread, a, _, _ in repeatString(thread, a[0], a[1]) },
    NativeDefinition("__mod__", 1, 1) { thread, a, _, _ in percentFormat(thread, a[0], a[1]) },
    NativeDefinition("__rmod__", 1, 1) { thread, a, _, _ in thread.isString(a[1]) ? percentFormat(thread, a[1], a[0]) : .notImplemented },
    NativeDefinition("__format__", 1, 1, formatMethod),
    NativeDefinition("__eq__", 1, 1) { thread, a, _, _ in compareStrings(thread, a[0], a[1], .eq) },
    NativeDefinition("__ne__", 1, 1) { thread, a, _, _ in compareStrings(thread, a[0], a[1], .ne) },
    NativeDefinition("__lt__", 1, 1) { thread, a, _, _ in compareStrings(thread, a[0], a[1], .lt) },
    NativeDefinition("__le__", 1, 1) { thread, a, _, _ in compareStrings(thread, a[0], a[1], .le) },
    NativeDefinition("__gt__", 1, 1) { thread, a, _, _ in compareStrings(thread, a[0], a[1], .gt) },
    NativeDefinition("__ge__", 1, 1) { thread, a, _, _ in compareStrings(thread, a[0], a[1], .ge) },
]

private func repeatString(_ thread: Thread, _ text: Value, _ times: Value) -> Value {
    let number = thread.index(times) as Value
    if number.isUndefined { return number }
    defer { thread.decref(number) }
    return stringRepeat(thread, text, number)
}

private let callables: [NativeDefinition] = common + [
    NativeDefinition("__call__", 0, -1, keywords: true) { thread, a, count, names in
        // Callable and arguments move to a call of their own.
        thread.call(a[0], arguments: a + 1, count: count - 1, keywordNames: names)
    }
]

/// Special methods of each builtin type that is no container.
enum BuiltinSpecialMethods {
    static let int = numbers + integers
    static let float = numbers
    static let str = strings
    static let none: [NativeDefinition] = common + [NativeDefinition("__bool__", 0, 0, boolMethod)]
    static let callable = callables
    static let iterator: [NativeDefinition] = [
        NativeDefinition("__iter__", 0, 0) { thread, a, _, _ in thread.newReference(a[0]) }
    ]
    static let hashable = common
}
