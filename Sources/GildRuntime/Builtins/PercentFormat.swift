// The % operator of str: printf-style formatting.
//
// %[(key)][flags][width][.precision][length]type. The right operand is a tuple of arguments, one argument, or a mapping when
// keys are used. Messages are those of CPython 3.13.

import BigInt
import CGild

func percentFormat(_ thread: Thread, _ format: Value, _ args: Value) -> Value {
    if let text = quickPercent(thread, format, args) { return text }
    var formatter = PercentFormatter(thread, args)
    guard let text = formatter.run(thread.codePoints(format)) else { return .undefined }
    return thread.makeString(text)
}

private struct PercentFormatter {
    let thread: Thread
    let args: Value
    /// Arguments in order: of a tuple, or the one value.
    let tuple: UnsafeMutablePointer<TupleObject>?
    var used = 0
    /// The right operand can be asked for keys, and need not be used up.
    let isMapping: Bool
    /// A key was used: there is no next argument.
    var keyed = false

    struct Directive {
        var left = false
        var plus = false
        var space = false
        var alternate = false
        var zero = false
        var width = -1
        var precision = -1
        var type: UInt32 = 0
    }

    init(_ thread: Thread, _ args: Value) {
        self.thread = thread
        self.args = args
        tuple = args.hasShape(.tuple) ? args.cast(TupleObject.self) : nil
        isMapping =
            tuple == nil && !thread.isString(args)
            && (args.hasShape(.dict) || args.hasShape(.list) || args.hasShape(.range) || !thread.special(args, .getitem).isUndefined)
    }

    private func fail<T>(_ type: BuiltinType, _ message: String) -> T? {
        thread.raise(type, message)
        return nil
    }

    /// The next argument, borrowed. Nil: raised.
    private mutating func next() -> Value? {
        if let tuple {
            if used < tuple.pointee.count {
                used += 1
                return tuple.items[used - 1]
            }
        } else if !keyed && used == 0 {
            used = 1
            return args
        }
        return fail(.typeError, "not enough arguments for format string")
    }

    /// Width or precision: digits or "*". Nil: raised; -1: absent.
    private mutating func size(_ text: [UInt32], _ i: inout Int, _ name: String) -> Int? {
        if i < text.count && text[i] == 0x2A {
            guard let value = next() else { return nil }
            guard thread.isInteger(value) else { return fail(.typeError, "* wants int") }
            guard let number = thread.smallInt(value), number.magnitude <= Int32.max else {
                return fail(.overflowError, name == "width" ? "Python int too large to convert to C ssize_t" : "Python int too large to convert to C int")
            }
            i += 1
            if i == text.count { return fail(.valueError, "incomplete format") }
            return number < 0 ? number - 1 : number
        }
        var result = -1
        while i < text.count && text[i] &- 0x30 < 10 {
            result = max(result, 0) * 10 + Int(text[i] - 0x30)
            if result > Int(Int32.max) { return fail(.valueError, "\(name) too big") }
            i += 1
        }
        return result
    }

    mutating func run(_ text: [UInt32]) -> [UInt32]? {
        var out: [UInt32] = []
        var i = 0
        while i < text.count {
            let c = text[i]
            i += 1
            if c != 0x25 {
                out.append(c)
                continue
            }
            if i < text.count && text[i] == 0x25 {
                out.append(0x25)
                i += 1
                continue
            }
            guard convert(text, &i, &out) else { return nil }
        }
        if !isMapping && !keyed {
            let available = tuple?.pointee.count ?? 1
            if used < available { return fail(.typeError, "not all arguments converted during string formatting") }
        }
        return out
    }

    private mutating func convert(_ text: [UInt32], _ i: inout Int, _ out: inout [UInt32]) -> Bool {
        var directive = Directive()
        var keyedValue = Value.undefined
        defer { thread.decref(keyedValue) }
        if i < text.count && text[i] == 0x28 {
            if !isMapping {
                thread.raise(.typeError, "format requires a mapping")
                return false
            }
            i += 1
            let start = i
            var depth = 1
            while i < text.count {
                if text[i] == 0x29 { depth -= 1 } else if text[i] == 0x28 { depth += 1 }
                i += 1
                if depth == 0 { break }
            }
            if depth > 0 {
                thread.raise(.valueError, "incomplete format key")
                return false
            }
            let key = thread.makeString(Array(text[start..<(i - 1)]))
            if key.isUndefined { return false }
            keyedValue = thread.getItem(args, key)
            thread.decref(key)
            if keyedValue.isUndefined { return false }
            keyed = true
        }
        flags: while i < text.count {
            switch text[i] {
            case 0x2D: directive.left = true
            case 0x2B: directive.plus = true
            case 0x20: directive.space = true
            case 0x23: directive.alternate = true
            case 0x30: directive.zero = true
            default: break flags
            }
            i += 1
        }
        guard let width = size(text, &i, "width") else { return false }
        directive.width = width
        if width < -1 {
            directive.left = true
            directive.width = -(width + 1)
        }
        if i < text.count && text[i] == 0x2E {
            i += 1
            guard let precision = size(text, &i, "precision") else { return false }
            directive.precision = max(precision, 0)
        }
        if i < text.count && (text[i] == 0x68 || text[i] == 0x6C || text[i] == 0x4C) { i += 1 }
        if i >= text.count {
            thread.raise(.valueError, "incomplete format")
            return false
        }
        directive.type = text[i]
        let position = i
        i += 1
        var value = keyedValue
        if value.isUndefined {
            guard let argument = next() else { return false }
            value = argument
        }
        guard directive.width <= thread.heap.pointee.quota.limitBytes else {
            thread.raiseMemoryError()
            return false
        }
        return render(directive, value, position, &out)
    }

    private func render(_ directive: Directive, _ value: Value, _ position: Int, _ out: inout [UInt32]) -> Bool {
        switch directive.type {
        case 0x73, 0x72, 0x61:
            let text = directive.type == 0x73 ? thread.str(value) : directive.type == 0x72 ? thread.repr(value) : thread.asciiRepr(value)
            if text.isUndefined { return false }
            var points = thread.codePoints(text)
            thread.decref(text)
            if directive.precision >= 0 && points.count > directive.precision { points.removeLast(points.count - directive.precision) }
            pad(directive, points, &out)
        case 0x63:
            if thread.isString(value), value.cast(StringObject.self).pointee.count == 1 {
                pad(directive, thread.codePoints(value), &out)
            } else if thread.isInteger(value) {
                guard let point = thread.smallInt(value), (0...0x10FFFF).contains(point) else {
                    thread.raise(.overflowError, "%c arg not in range(0x110000)")
                    return false
                }
                pad(directive, [UInt32(point)], &out)
            } else {
                thread.raise(.typeError, "%c requires int or char")
                return false
            }
        case 0x64, 0x69, 0x75, 0x6F, 0x78, 0x58:
            guard let (isNegative, prefix, digits) = integerParts(directive, value) else { return false }
            number(directive, isNegative, prefix, digits, &out)
        case 0x65, 0x45, 0x66, 0x46, 0x67, 0x47:
            guard let x = realNumber(thread, value) else { return false }
            let precision = directive.precision < 0 ? 6 : directive.precision
            var text = x.isFinite
                ? FloatText.printf(x, UInt8(directive.type | 0x20), precision: precision, alternate: directive.alternate) : FloatText.repr(x)
            let isNegative = text.first == 0x2D
            if isNegative { text.removeFirst() }
            if directive.type < 0x60 { text = text.map(upperASCII) }
            number(directive, isNegative, [], text, &out)
        default:
            let c = directive.type
            let shown = FormatSpecification.text([c > 31 && c < 128 ? c : 0x3F])
            thread.raise(.valueError, "unsupported format character '\(shown)' (0x\(String(c, radix: 16))) at index \(position)")
            return false
        }
        return true
    }

    /// Sign, prefix and digits (with the zeros that the precision asks for). Nil: raised.
    private func integerParts(_ directive: Directive, _ value: Value) -> (Bool, [UInt8], [UInt8])? {
        let type = directive.type
        let isDecimal = type == 0x64 || type == 0x69 || type == 0x75
        var integer = Value.undefined
        if thread.isInteger(value) {
            integer = thread.newReference(value)
        } else if thread.isFloat(value) && isDecimal {
            integer = numericTruncate(thread, value)
            if integer.isUndefined { return nil }
        } else {
            for method in isDecimal ? [SpecialMethod.int, .index] : [.index] {
                let function = thread.special(value, method)
                if function.isUndefined { continue }
                integer = thread.call(function, value)
                if integer.isUndefined { return nil }
                break
            }
        }
        defer { thread.decref(integer) }
        guard !integer.isUndefined, thread.isInteger(integer) else {
            let wanted = isDecimal ? "a real number" : "an integer"
            return fail(.typeError, "%\(FormatSpecification.text([type])) format: \(wanted) is required, not \(thread.typeName(value))")
        }
        let isNegative = thread.isNegativeInteger(integer)
        var digits: [UInt8]
        var prefix: [UInt8] = []
        if isDecimal {
            guard let text = integerDigits(thread, integer) else { return nil }
            digits = isNegative ? Array(text.dropFirst()) : text
        } else {
            digits = IntText.digits(thread.bigInt(integer).magnitude, base: type == 0x6F ? 8 : 16, uppercase: type == 0x58)
            if directive.alternate { prefix = [0x30, UInt8(type)] }
        }
        if digits.count < directive.precision { digits = [UInt8](repeating: 0x30, count: directive.precision - digits.count) + digits }
        return (isNegative, prefix, digits)
    }

    private func number(_ directive: Directive, _ isNegative: Bool, _ prefix: [UInt8], _ digits: [UInt8], _ out: inout [UInt32]) {
        var head: [UInt8] = isNegative ? [0x2D] : directive.plus ? [0x2B] : directive.space ? [0x20] : []
        head += prefix
        let padding = max(0, directive.width - head.count - digits.count)
        if !directive.left && !directive.zero { out.append(contentsOf: repeatElement(0x20, count: padding)) }
        for c in head { out.append(UInt32(c)) }
        if !directive.left && directive.zero { out.append(contentsOf: repeatElement(0x30, count: padding)) }
        for c in digits { out.append(UInt32(c)) }
        if directive.left { out.append(contentsOf: repeatElement(0x20, count: padding)) }
    }

    private func pad(_ directive: Directive, _ text: [UInt32], _ out: inout [UInt32]) {
        let padding = max(0, directive.width - text.count)
        if !directive.left { out.append(contentsOf: repeatElement(0x20, count: padding)) }
        out += text
        if directive.left { out.append(contentsOf: repeatElement(0x20, count: padding)) }
    }
}
