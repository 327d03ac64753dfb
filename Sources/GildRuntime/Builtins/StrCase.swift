// Case of strings: lower, upper, capitalize, title, swapcase, casefold.
//
// ASCII strings are mapped byte by byte; others by the full Unicode mappings, which may lengthen the text (ß → SS). A capital
// sigma becomes ς at the end of a word: a cased letter before it and none after, case-ignorable characters not counted.

import CGild

enum StrCase {
    static func appendLower(_ text: [UInt32], _ i: Int, to out: inout [UInt32]) {
        if text[i] != 0x3A3 {
            StrCharacters.appendLower(text[i], to: &out)
            return
        }
        var j = i - 1
        while j >= 0 && StrCharacters.isCaseIgnorable(text[j]) { j -= 1 }
        var isFinal = j >= 0 && StrCharacters.isCased(text[j])
        if isFinal {
            j = i + 1
            while j < text.count && StrCharacters.isCaseIgnorable(text[j]) { j += 1 }
            isFinal = j == text.count || !StrCharacters.isCased(text[j])
        }
        out.append(isFinal ? 0x3C2 : 0x3C3)
    }

    static func lower(_ text: [UInt32]) -> [UInt32] {
        var out: [UInt32] = []
        for i in text.indices { appendLower(text, i, to: &out) }
        return out
    }

    static func upper(_ text: [UInt32]) -> [UInt32] {
        var out: [UInt32] = []
        for c in text { StrCharacters.appendUpper(c, to: &out) }
        return out
    }

    static func capitalize(_ text: [UInt32]) -> [UInt32] {
        var out: [UInt32] = []
        for (i, c) in text.enumerated() {
            if i == 0 { StrCharacters.appendTitle(c, to: &out) } else { appendLower(text, i, to: &out) }
        }
        return out
    }

    static func title(_ text: [UInt32]) -> [UInt32] {
        var out: [UInt32] = []
        var previousIsCased = false
        for (i, c) in text.enumerated() {
            if previousIsCased { appendLower(text, i, to: &out) } else { StrCharacters.appendTitle(c, to: &out) }
            previousIsCased = StrCharacters.isCased(c)
        }
        return out
    }

    static func swap(_ text: [UInt32]) -> [UInt32] {
        var out: [UInt32] = []
        for (i, c) in text.enumerated() {
            if StrCharacters.isUpper(c) {
                appendLower(text, i, to: &out)
            } else if StrCharacters.isLower(c) {
                StrCharacters.appendUpper(c, to: &out)
            } else {
                out.append(c)
            }
        }
        return out
    }

    static func fold(_ text: [UInt32]) -> [UInt32] {
        var out: [UInt32] = []
        for c in text { StrCharacters.appendFolded(c, to: &out) }
        return out
    }
}

/// An ASCII string mapped byte by byte.
@inline(__always) func mapASCII(_ thread: Thread, _ value: Value, _ map: (UInt8) -> UInt8) -> Value {
    let string = value.cast(StringObject.self)
    let count = string.pointee.count
    guard let result = thread.allocateString(count: count, wide: false, isASCII: true) else { return .undefined }
    let source = string.bytes
    let target = result.bytes
    for i in 0..<count { target[i] = map(source[i]) }
    return Value(pointer: result)
}

@inline(__always) func lowerASCII(_ c: UInt8) -> UInt8 { c &- 0x41 < 26 ? c | 0x20 : c }
@inline(__always) func upperASCII(_ c: UInt8) -> UInt8 { c &- 0x61 < 26 ? c & ~0x20 : c }

let strCaseMethods: [NativeDefinition] = [
    NativeDefinition("lower", 0, 0) { thread, a, _, _ in
        if a[0].cast(StringObject.self).isASCII { return mapASCII(thread, a[0], lowerASCII) }
        return thread.makeString(StrCase.lower(thread.codePoints(a[0])))
    },
    NativeDefinition("upper", 0, 0) { thread, a, _, _ in
        if a[0].cast(StringObject.self).isASCII { return mapASCII(thread, a[0], upperASCII) }
        return thread.makeString(StrCase.upper(thread.codePoints(a[0])))
    },
    NativeDefinition("casefold", 0, 0) { thread, a, _, _ in
        if a[0].cast(StringObject.self).isASCII { return mapASCII(thread, a[0], lowerASCII) }
        return thread.makeString(StrCase.fold(thread.codePoints(a[0])))
    },
    NativeDefinition("capitalize", 0, 0) { thread, a, _, _ in thread.makeString(StrCase.capitalize(thread.codePoints(a[0]))) },
    NativeDefinition("title", 0, 0) { thread, a, _, _ in thread.makeString(StrCase.title(thread.codePoints(a[0]))) },
    NativeDefinition("swapcase", 0, 0) { thread, a, _, _ in thread.makeString(StrCase.swap(thread.codePoints(a[0]))) },
]
