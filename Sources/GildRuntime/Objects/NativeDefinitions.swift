// How functions written in Swift become callable.
//
// A native receives borrowed arguments and returns a new reference, or `undefined` with the thread's exception set. The
// caller checks the number of arguments against the definition, refuses keywords unless the definition takes them, and
// gives methods their receiver as the first argument, already checked to be of the owner's kind.

import CGild

/// One row of a type's or module's table of natives.
struct NativeDefinition {
    let name: String
    /// Positional arguments, the receiver of a method not counted; `maximum` -1: any number.
    let minimum: Int
    let maximum: Int
    let flags: UInt32
    let function: gild_native

    init(_ name: String, _ minimum: Int, _ maximum: Int, keywords: Bool = false, isStatic: Bool = false, _ function: @escaping gild_native) {
        self.name = name
        self.minimum = minimum
        self.maximum = maximum
        self.flags = (keywords ? NativeFlags.keywords : 0) | (isStatic ? NativeFlags.isStatic : 0)
        self.function = function
    }

    /// The same native with other flags.
    init(_ definition: NativeDefinition, flags: UInt32) {
        name = definition.name
        minimum = definition.minimum
        maximum = definition.maximum
        function = definition.function
        self.flags = flags
    }
}

/// The arguments of a native: `a[0]` is the first positional one (a method's receiver).
typealias Arguments = UnsafeMutablePointer<Value>

extension gild_thread_ref {
    /// Sort positional and keyword arguments into parameters, for natives with the keywords flag.
    ///
    /// - Parameters:
    ///   - function: name for messages, without parentheses.
    ///   - parameters: names in order; the first `positionalOnly` cannot be given by name (write "" for them),
    ///     those from `keywordOnlyFrom` on cannot be given by position.
    ///   - result: as many places as parameters, filled with borrowed values, `undefined` where absent.
    /// - Returns: false with TypeError raised in CPython's words.
    func bind(
        _ function: String, _ arguments: Arguments, _ count: Int, _ keywordNames: Value, parameters: [String], positionalOnly: Int = 0,
        keywordOnlyFrom: Int = Int.max, required: Int, into result: UnsafeMutablePointer<Value>
    ) -> Bool {
        let positionalLimit = min(parameters.count, keywordOnlyFrom)
        if count > positionalLimit {
            let s = positionalLimit == 1 ? "" : "s"
            raise(.typeError, "\(function)() takes at most \(positionalLimit) \(keywordOnlyFrom < parameters.count ? "positional " : "")argument\(s) (\(count) given)")
            return false
        }
        for i in 0..<parameters.count { result[i] = i < count ? arguments[i] : .undefined }
        if keywordNames.isPointer {
            let names = keywordNames.cast(TupleObject.self)
            for k in 0..<names.pointee.count {
                let name = string(names.items[k])
                guard let i = parameters.firstIndex(of: name), i >= positionalOnly else {
                    raise(.typeError, "\(function)() got an unexpected keyword argument '\(name)'")
                    return false
                }
                if !result[i].isUndefined {
                    raise(.typeError, "argument for \(function)() given by name ('\(name)') and position (\(i + 1))")
                    return false
                }
                result[i] = arguments[count + k]
            }
        }
        for i in 0..<required where result[i].isUndefined {
            if i < positionalOnly {
                raise(.typeError, "\(function)() takes at least \(required) positional argument\(required == 1 ? "" : "s") (\(count) given)")
            } else {
                raise(.typeError, "\(function)() missing required argument '\(parameters[i])' (pos \(i + 1))")
            }
            return false
        }
        return true
    }
}
