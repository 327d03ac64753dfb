// The questions of str: isalpha, isdigit, islower, …
//
// Each is true for a non-empty string whose characters all qualify; isascii, isprintable hold for the empty one too, and the
// case questions ask for at least one cased character.

import CGild

@inline(__always) private func all(_ a: Arguments, empty: Bool = false, _ test: (UInt32) -> Bool) -> Value {
    let string = a[0].cast(StringObject.self)
    let count = string.pointee.count
    if count == 0 { return Value(empty) }
    for i in 0..<count where !test(string[codePoint: i]) { return .false }
    return .true
}

let strPredicateMethods: [NativeDefinition] = [
    NativeDefinition("isalnum", 0, 0) { _, a, _, _ in all(a, StrCharacters.isAlphanumeric) },
    NativeDefinition("isalpha", 0, 0) { _, a, _, _ in all(a, StrCharacters.isAlpha) },
    NativeDefinition("isascii", 0, 0) { _, a, _, _ in Value(a[0].cast(StringObject.self).isASCII || a[0].cast(StringObject.self).pointee.count == 0) },
    NativeDefinition("isdecimal", 0, 0) { _, a, _, _ in all(a, StrCharacters.isDecimal) },
    NativeDefinition("isdigit", 0, 0) { _, a, _, _ in all(a, StrCharacters.isDigit) },
    NativeDefinition("isnumeric", 0, 0) { _, a, _, _ in all(a, StrCharacters.isNumeric) },
    NativeDefinition("isprintable", 0, 0) { _, a, _, _ in all(a, empty: true, StrCharacters.isPrintable) },
    NativeDefinition("isspace", 0, 0) { _, a, _, _ in all(a, StrCharacters.isSpace) },
    NativeDefinition("isidentifier", 0, 0) { _, a, _, _ in
        let string = a[0].cast(StringObject.self)
        if string.pointee.count == 0 || !StrCharacters.isIdentifierStart(string[codePoint: 0]) { return .false }
        return all(a, StrCharacters.isIdentifierContinue)
    },
    NativeDefinition("islower", 0, 0) { _, a, _, _ in
        hasOnlyCase(a[0].cast(StringObject.self), StrCharacters.isLower) { StrCharacters.isUpper($0) || StrCharacters.isTitle($0) }
    },
    NativeDefinition("isupper", 0, 0) { _, a, _, _ in
        hasOnlyCase(a[0].cast(StringObject.self), StrCharacters.isUpper) { StrCharacters.isLower($0) || StrCharacters.isTitle($0) }
    },
    NativeDefinition("istitle", 0, 0) { _, a, _, _ in
        let string = a[0].cast(StringObject.self)
        var cased = false
        var previousIsCased = false
        for i in 0..<string.pointee.count {
            let c = string[codePoint: i]
            if StrCharacters.isUpper(c) || StrCharacters.isTitle(c) {
                if previousIsCased { return .false }
                previousIsCased = true
                cased = true
            } else if StrCharacters.isLower(c) {
                if !previousIsCased { return .false }
                cased = true
            } else {
                previousIsCased = false
            }
        }
        return Value(cased)
    },
]

private func hasOnlyCase(_ string: StringPointer, _ wanted: (UInt32) -> Bool, _ refused: (UInt32) -> Bool) -> Value {
    var cased = false
    for i in 0..<string.pointee.count {
        let c = string[codePoint: i]
        if refused(c) { return .false }
        if !cased && wanted(c) { cased = true }
    }
    return Value(cased)
}
