// format(value, specification) for str, int, bool and float, and `__format__` of everything else.

import BigInt
import CGild

/// `format(value, spec)`; `spec` a str or undefined (= empty). The short cuts here keep common templates cheap.
func formatValue(_ thread: Thread, _ value: Value, spec: Value) -> Value {
    let isEmpty = spec.isUndefined || spec.cast(StringObject.self).pointee.count == 0
    if thread.isString(value) && isEmpty { return thread.newReference(value) }
    if thread.isNumber(value) && isEmpty { return numericRepr(thread, value) }
    return thread.format(value, spec)
}

/// `format(value, spec)` of an object without a `__format__` of its own; `spec` is a str that is not empty.
func formatBuiltin(_ thread: Thread, _ value: Value, _ spec: Value) -> Value {
    if let text = quickFormat(thread, value, spec) { return text }
    let typeName = thread.typeName(value)
    guard thread.isString(value) || thread.isNumber(value) else {
        return thread.raise(.typeError, "unsupported format string passed to \(typeName).__format__")
    }
    do throws(FormatSpecification.Failure) {
        let text = thread.codePoints(spec)
        let isString = thread.isString(value)
        let defaultType: UInt32 = isString ? 0x73 : thread.isFloat(value) ? 0 : 0x64
        let parsed = try FormatSpecification(text, defaultType: defaultType, defaultAlign: isString ? 0x3C : 0x3E, typeName: typeName)
        if parsed.width > 0 && parsed.width > thread.heap.pointee.quota.limitBytes { return thread.raiseMemoryError() }
        if parsed.precision > Int(Int32.max) { return thread.raise(.valueError, "precision too big") }
        if isString {
            if parsed.type != 0x73 { throw FormatSpecification.unknownType(parsed.type, typeName) }
            return thread.makeString(try parsed.render(string: thread.codePoints(value), typeName: typeName))
        }
        if thread.isFloat(value) { return try formatFloat(thread, thread.float(value), parsed, typeName) }
        return try formatInteger(thread, value, parsed, typeName)
    } catch {
        return thread.raise(.valueError, error.message)
    }
}

private func formatFloat(
    _ thread: Thread, _ value: Double, _ spec: FormatSpecification, _ typeName: String
) throws(FormatSpecification.Failure) -> Value {
    guard let text = FloatFormatting.text(value, spec) else { throw FormatSpecification.unknownType(spec.type, typeName) }
    return thread.makeString(text)
}

private func formatInteger(
    _ thread: Thread, _ value: Value, _ spec: FormatSpecification, _ typeName: String
) throws(FormatSpecification.Failure) -> Value {
    switch spec.type {
    case 0x65, 0x45, 0x66, 0x46, 0x67, 0x47, 0x25:
        guard let number = toDouble(thread, value) else { return .undefined }
        return try formatFloat(thread, number, spec, typeName)
    case 0x62, 0x63, 0x64, 0x6F, 0x78, 0x58, 0x6E: break
    default: throw FormatSpecification.unknownType(spec.type, typeName)
    }
    if spec.precision >= 0 { throw FormatSpecification.Failure(message: "Precision not allowed in integer format specifier") }
    if spec.coercesNegativeZero { throw FormatSpecification.Failure(message: "Negative zero coercion (z) not allowed in integer format specifier") }
    if spec.type == 0x63 {
        if spec.sign != 0 { throw FormatSpecification.Failure(message: "Sign not allowed with integer format specifier 'c'") }
        if spec.alternate { throw FormatSpecification.Failure(message: "Alternate form (#) not allowed with integer format specifier 'c'") }
        guard let point = thread.smallInt(value) else { return thread.raise(.overflowError, "Python int too large to convert to C long") }
        guard (0...0x10FFFF).contains(point) else {
            return thread.raise(.overflowError, "%c arg not in range(0x110000)")
        }
        var plain = spec
        if plain.align == 0x3D { plain.align = 0x3E }
        plain.sign = 0
        return thread.makeString(try plain.render(string: [UInt32(point)], typeName: typeName))
    }
    let isNegative = thread.isNegativeInteger(value)
    var base = 10
    var prefix: [UInt8] = []
    switch spec.type {
    case 0x62: (base, prefix) = (2, [0x30, 0x62])
    case 0x6F: (base, prefix) = (8, [0x30, 0x6F])
    case 0x78: (base, prefix) = (16, [0x30, 0x78])
    case 0x58: (base, prefix) = (16, [0x30, 0x58])
    default: break
    }
    var digits: [UInt8]
    if base == 10 {
        guard let text = integerDigits(thread, value) else { return .undefined }
        digits = isNegative ? Array(text.dropFirst()) : text
    } else {
        digits = IntText.digits(thread.bigInt(value).magnitude, base: base, uppercase: spec.type == 0x58)
    }
    return thread.makeString(
        spec.render(isNegative: isNegative, prefix: spec.alternate ? prefix : [], digits: digits, digitCount: digits.count, groupSize: base == 10 ? 3 : 4))
}

enum FloatFormatting {
    /// A double by a specification, or nil when its type code is not one of float's.
    static func text(_ value: Double, _ spec: FormatSpecification) -> [UInt32]? {
        var type = spec.type
        var precision = spec.precision
        var number = value
        if type == 0x6E { type = 0x67 }
        let isPercent = type == 0x25
        if isPercent {
            type = 0x66
            number *= 100
        }
        let uppercase = type == 0x45 || type == 0x46 || type == 0x47
        var body: [UInt8]
        switch type | (type == 0 ? 0 : 0x20) {
        case 0 where spec.type == 0:
            if precision < 0 {
                body = FloatText.repr(number)
            } else {
                body = number.isFinite ? FloatText.general(number, precision: precision, keepsZeros: spec.alternate) : FloatText.repr(number)
            }
            if spec.alternate, number.isFinite, !body.contains(0x2E), let mark = body.firstIndex(of: 0x65) { body.insert(0x2E, at: mark) }
        case 0x65, 0x66, 0x67:
            if type < 0x20 || !(spec.type == 0x25 || spec.type == 0x6E || [0x65, 0x66, 0x67, 0x45, 0x46, 0x47].contains(spec.type)) { return nil }
            if precision < 0 { precision = 6 }
            body = number.isFinite ? FloatText.printf(number, UInt8(type | 0x20), precision: precision, alternate: spec.alternate) : FloatText.repr(number)
        default: return nil
        }
        var isNegative = body.first == 0x2D
        if isNegative { body.removeFirst() }
        if isNegative && spec.coercesNegativeZero && !body.contains(where: { $0 >= 0x31 && $0 <= 0x39 }) { isNegative = false }
        if uppercase { body = body.map(upperASCII) }
        if isPercent { body.append(0x25) }
        let digitCount = body.firstIndex { $0 < 0x30 || $0 > 0x39 } ?? body.count
        return spec.render(isNegative: isNegative, prefix: [], digits: body, digitCount: digitCount)
    }
}
