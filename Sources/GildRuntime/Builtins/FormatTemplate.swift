// str.format and str.format_map: templates with replacement fields.
//
// A field is name[!conversion][:specification]. The name's first part is a number, a keyword or nothing (the next number);
// ".attribute" and "[index]" parts follow. A specification may hold fields of its own, one level deep. Messages are those
// of CPython 3.13.

import CGild

private struct TemplateFormatter {
    let thread: Thread
    /// Positional arguments; nil for format_map.
    let arguments: Arguments?
    let count: Int
    /// Names of keyword arguments (their values follow the positional ones), or undefined.
    let keywordNames: Value
    /// format_map's mapping, or undefined.
    let mapping: Value
    var nextIndex = 0
    /// 0 undecided, 1 automatic, 2 manual.
    var numbering = 0

    /// Nil: raised.
    mutating func format(_ text: [UInt32], depth: Int) -> [UInt32]? {
        if depth < 0 { return fail("Max string recursion exceeded") }
        var out: [UInt32] = []
        var i = 0
        while i < text.count {
            let c = text[i]
            i += 1
            if c != 0x7B && c != 0x7D {
                out.append(c)
                continue
            }
            if i < text.count && text[i] == c {
                out.append(c)
                i += 1
                continue
            }
            if c == 0x7D { return fail("Single '}' encountered in format string") }
            if i == text.count { return fail("Single '{' encountered in format string") }
            guard let field = parseField(text, &i) else { return nil }
            guard appendField(field, depth, &out) else { return nil }
        }
        return out
    }

    private struct Field {
        var name: ArraySlice<UInt32>
        var conversion: UInt32 = 0
        var specification: ArraySlice<UInt32> = []
        var isNested = false
    }

    private func fail<T>(_ message: String, _ type: BuiltinType = .valueError) -> T? {
        thread.raise(type, message)
        return nil
    }

    private func parseField(_ text: [UInt32], _ i: inout Int) -> Field? {
        let start = i
        var c: UInt32 = 0
        scan: while i < text.count {
            c = text[i]
            i += 1
            switch c {
            case 0x7B: return fail("unexpected '{' in field name")
            case 0x5B: while i < text.count && text[i] != 0x5D { i += 1 }
            case 0x7D, 0x3A, 0x21: break scan
            default: break
            }
        }
        if c != 0x7D && c != 0x3A && c != 0x21 { return fail("expected '}' before end of string") }
        var field = Field(name: text[start..<(i - 1)])
        if c == 0x7D { return field }
        if c == 0x21 {
            if i >= text.count { return fail("end of string while looking for conversion specifier") }
            field.conversion = text[i]
            i += 1
            if i < text.count {
                c = text[i]
                i += 1
                if c == 0x7D { return field }
                if c != 0x3A { return fail("expected ':' after conversion specifier") }
            }
        }
        let first = i
        var depth = 1
        while i < text.count {
            c = text[i]
            i += 1
            if c == 0x7B {
                field.isNested = true
                depth += 1
            } else if c == 0x7D {
                depth -= 1
                if depth == 0 {
                    field.specification = text[first..<(i - 1)]
                    return field
                }
            }
        }
        return fail("unmatched '{' in format spec")
    }

    private mutating func appendField(_ field: Field, _ depth: Int, _ out: inout [UInt32]) -> Bool {
        var value = lookUp(field.name)
        if value.isUndefined { return false }
        if field.conversion != 0 {
            let converted: Value
            switch field.conversion {
            case 0x72: converted = thread.repr(value)
            case 0x73: converted = thread.str(value)
            case 0x61: converted = thread.asciiRepr(value)
            default:
                let c = field.conversion
                let shown = c > 32 && c < 127 ? FormatSpecification.text([c]) : "\\x\(String(c, radix: 16))"
                converted = thread.raise(.valueError, "Unknown conversion specifier \(shown)")
            }
            thread.decref(value)
            if converted.isUndefined { return false }
            value = converted
        }
        defer { thread.decref(value) }
        var specification = Array(field.specification)
        if field.isNested {
            guard let expanded = format(specification, depth: depth - 1) else { return false }
            specification = expanded
        }
        let spec = thread.makeString(specification)
        if spec.isUndefined { return false }
        defer { thread.decref(spec) }
        let text = formatValue(thread, value, spec: spec)
        if text.isUndefined { return false }
        defer { thread.decref(text) }
        let string = text.cast(StringObject.self)
        for k in 0..<string.pointee.count { out.append(string[codePoint: k]) }
        return true
    }

    /// A decimal number, nil when the text is none. -1: raised.
    private func number(_ text: ArraySlice<UInt32>) -> Int? {
        if text.isEmpty { return nil }
        var result = 0
        for c in text {
            guard let digit = StrCharacters.decimalValue(c) else { return nil }
            let (scaled, overflow) = result.multipliedReportingOverflow(by: 10)
            let (sum, overflow2) = scaled.addingReportingOverflow(digit)
            if overflow || overflow2 {
                thread.raise(.valueError, "Too many decimal digits in format string")
                return -1
            }
            result = sum
        }
        return result
    }

    /// The value that a field name stands for: a new reference, or undefined (raised).
    private mutating func lookUp(_ name: ArraySlice<UInt32>) -> Value {
        let end = name.firstIndex { $0 == 0x2E || $0 == 0x5B } ?? name.endIndex
        let first = name[..<end]
        var index = number(first)
        if index == -1 { return .undefined }
        if first.isEmpty || index != nil {
            let wanted = first.isEmpty ? 1 : 2
            if numbering == 0 { numbering = wanted }
            if numbering != wanted {
                return thread.raise(
                    .valueError,
                    wanted == 2
                        ? "cannot switch from automatic field numbering to manual field specification"
                        : "cannot switch from manual field specification to automatic field numbering")
            }
            if first.isEmpty {
                index = nextIndex
                nextIndex += 1
            }
        }
        var value: Value
        if let index {
            guard let arguments else { return thread.raise(.valueError, "Format string contains positional fields") }
            if index >= count { return thread.raise(.indexError, "Replacement index \(index) out of range for positional args tuple") }
            value = thread.newReference(arguments[index])
        } else {
            value = keyword(Array(first))
        }
        var i = end
        while !value.isUndefined && i < name.endIndex {
            let c = name[i]
            i += 1
            let start = i
            let next: Value
            if c == 0x2E {
                while i < name.endIndex && name[i] != 0x2E && name[i] != 0x5B { i += 1 }
                if i == start {
                    next = thread.raise(.valueError, "Empty attribute in format string")
                } else {
                    let attribute = thread.makeString(Array(name[start..<i]))
                    next = attribute.isUndefined ? attribute : thread.getAttribute(value, name: thread.intern(attribute))
                }
            } else if c == 0x5B {
                while i < name.endIndex && name[i] != 0x5D { i += 1 }
                if i == name.endIndex {
                    next = thread.raise(.valueError, "Missing ']' in format string")
                } else {
                    let part = name[start..<i]
                    i += 1
                    next = element(of: value, part)
                }
            } else {
                next = thread.raise(.valueError, "Only '.' or '[' may follow ']' in format field specifier")
            }
            thread.decref(value)
            value = next
        }
        return value
    }

    private func element(of value: Value, _ part: ArraySlice<UInt32>) -> Value {
        if part.isEmpty { return thread.raise(.valueError, "Empty attribute in format string") }
        if let position = number(part) { return position < 0 ? .undefined : thread.getItem(value, Value(smallInt: position)) }
        let key = thread.makeString(Array(part))
        if key.isUndefined { return key }
        defer { thread.decref(key) }
        return thread.getItem(value, key)
    }

    private func keyword(_ name: [UInt32]) -> Value {
        let key = thread.makeString(name)
        if key.isUndefined { return key }
        defer { thread.decref(key) }
        if !mapping.isUndefined { return thread.getItem(mapping, key) }
        if keywordNames.isPointer, let arguments {
            let names = keywordNames.cast(TupleObject.self)
            for k in 0..<names.pointee.count
            where thread.equalStrings(names.items[k].cast(StringObject.self), key.cast(StringObject.self)) {
                return thread.newReference(arguments[count + k])
            }
        }
        return thread.raise(.keyError, argument: key)
    }
}

let strFormatMethods: [NativeDefinition] = [
    NativeDefinition("format", 0, -1, keywords: true) { thread, a, count, keywordNames in
        var formatter = TemplateFormatter(thread: thread, arguments: a + 1, count: count - 1, keywordNames: keywordNames, mapping: .undefined)
        guard let text = formatter.format(thread.codePoints(a[0]), depth: 2) else { return .undefined }
        return thread.makeString(text)
    },
    NativeDefinition("format_map", 1, 1) { thread, a, _, _ in
        var formatter = TemplateFormatter(thread: thread, arguments: nil, count: 0, keywordNames: .undefined, mapping: a[1])
        guard let text = formatter.format(thread.codePoints(a[0]), depth: 2) else { return .undefined }
        return thread.makeString(text)
    },
]
