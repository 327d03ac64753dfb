// Short cuts of formatting: small ints, floats in fixed notation and Latin-1 strings, in bytes and without arrays.
//
// Every function answers nil (or false) when a specification or a value is beyond it; the caller then takes the general way
// from the start. That is safe because nothing here runs a script or raises. Fixed notation is exact: a double is m · 2^-k, so
// m · 10^p, at most 83 bits, shifted right by k and rounded half to even is what the C library prints.

import CGild
import Glibc

/// Bytes under construction. The first 240 lie on the heap of the C library, as does what they grow to.
struct ByteBuffer: ~Copyable {
    private(set) var bytes: UnsafeMutablePointer<UInt8>
    private(set) var count = 0
    private var capacity: Int

    init() {
        capacity = 240
        bytes = .allocate(capacity: capacity)
    }

    deinit { bytes.deallocate() }

    /// The place of `extra` bytes at the end, which `advance` makes part of the text.
    @inline(__always) mutating func room(_ extra: Int) -> UnsafeMutablePointer<UInt8> {
        if count &+ extra > capacity { grow(extra) }
        return bytes + count
    }

    @inline(__always) mutating func advance(_ n: Int) { count &+= n }

    @inline(never) private mutating func grow(_ extra: Int) {
        let larger = max(capacity * 2, count + extra)
        let fresh = UnsafeMutablePointer<UInt8>.allocate(capacity: larger)
        fresh.update(from: bytes, count: count)
        bytes.deallocate()
        bytes = fresh
        capacity = larger
    }

    @inline(__always) mutating func append(_ byte: UInt8) {
        room(1).pointee = byte
        count &+= 1
    }

    @inline(__always) mutating func append(_ source: UnsafePointer<UInt8>, _ n: Int) {
        room(n).update(from: source, count: n)
        count &+= n
    }

    @inline(__always) mutating func append(_ byte: UInt8, times n: Int) {
        if n <= 0 { return }
        room(n).update(repeating: byte, count: n)
        count &+= n
    }
}

/// What both languages of specifications say about one field, in ASCII.
private struct QuickField {
    var fill: UInt8 = 0x20
    /// "<", ">", "^", "=" or 0: the kind's own.
    var align: UInt8 = 0
    /// "+", " " or 0.
    var sign: UInt8 = 0
    var width = 0
    /// -1: none.
    var precision = -1
    /// "," or "_" or 0.
    var grouping: UInt8 = 0
    var type: UInt8 = 0

    /// Parse decimal digits; false: more than a short cut takes.
    @inline(__always) static func number(_ text: UnsafePointer<UInt8>, _ count: Int, _ i: inout Int, _ value: inout Int) -> Bool {
        while i < count, text[i] &- 0x30 < 10 {
            value = value &* 10 &+ Int(text[i] &- 0x30)
            if value > 1000 { return false }
            i &+= 1
        }
        return true
    }

    /// Append text of which `head` bytes (sign) stay before zeros that align "=" fills in.
    @inline(__always) func append(_ text: UnsafePointer<UInt8>, _ count: Int, head: Int, defaultAlign: UInt8, to out: inout ByteBuffer) {
        let padding = width &- count
        if padding <= 0 { return out.append(text, count) }
        let align = align == 0 ? defaultAlign : align
        let left = align == 0x3E ? padding : align == 0x5E ? padding / 2 : 0
        out.append(fill, times: left)
        out.append(text, head)
        if align == 0x3D { out.append(fill, times: padding) }
        out.append(text + head, count &- head)
        if align != 0x3D { out.append(fill, times: padding &- left) }
    }

    /// Append an int by this field; false: the general way.
    func append(int value: Int, to out: inout ByteBuffer) -> Bool {
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 96) { buffer in
            let start = buffer.baseAddress.unsafelyUnwrapped
            let end = 96
            var at = end
            var rest = value.magnitude
            switch type {
            case 0x64:
                let digits = start + 24
                let count = IntText.writeDecimal(rest, digits)
                var group = 0
                var i = count
                at = end
                while i > 0 {
                    if grouping != 0 && group == 3 {
                        at &-= 1
                        start[at] = grouping
                        group = 0
                    }
                    i &-= 1
                    at &-= 1
                    start[at] = digits[i]
                    group &+= 1
                }
            case 0x78, 0x58, 0x6F, 0x62:
                if grouping != 0 { return false }
                let bits: UInt = type == 0x6F ? 3 : type == 0x62 ? 1 : 4
                let letter: UInt8 = type == 0x58 ? 0x37 : 0x57
                repeat {
                    let digit = UInt8(truncatingIfNeeded: rest & ((1 << bits) - 1))
                    at &-= 1
                    start[at] = digit < 10 ? 0x30 &+ digit : letter &+ digit
                    rest >>= bits
                } while rest != 0
            default: return false
            }
            var head = 0
            if value < 0 || sign != 0 {
                at &-= 1
                start[at] = value < 0 ? 0x2D : sign
                head = 1
            }
            append(start + at, end &- at, head: head, defaultAlign: 0x3E, to: &out)
            return true
        }
    }

    /// Append a float in fixed notation by this field; false: the general way.
    func append(fixed value: Double, to out: inout ByteBuffer) -> Bool {
        let places = precision < 0 ? 6 : precision
        if grouping != 0 || places > 9 || !value.isFinite { return false }
        let exponent = value.isNormal ? Int(value.exponent) : -1022
        let shift = 52 &- exponent
        if value != 0 && (shift < 0 || shift > 120) { return false }
        let significand = value == 0 ? 0 : UInt(value.significandBitPattern) | (value.isNormal ? 1 << 52 : 0)
        var scale: UInt = 1
        for _ in 0..<places { scale &*= 10 }
        let product = UInt128(significand) &* UInt128(scale)
        var scaled = product
        if value != 0 && shift > 0 {
            scaled = product >> UInt128(shift)
            let rest = product &- scaled << UInt128(shift)
            let half = UInt128(1) << UInt128(shift &- 1)
            if rest > half || (rest == half && scaled & 1 == 1) { scaled &+= 1 }
        }
        if scaled >> 63 != 0 { return false }
        let whole = UInt(truncatingIfNeeded: scaled) / scale
        var fraction = UInt(truncatingIfNeeded: scaled) % scale
        return withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 48) { buffer in
            let start = buffer.baseAddress.unsafelyUnwrapped
            var n = 0
            if value.sign == .minus || sign != 0 {
                start[0] = value.sign == .minus ? 0x2D : sign
                n = 1
            }
            let head = n
            n &+= IntText.writeDecimal(whole, start + n)
            if places > 0 {
                start[n] = 0x2E
                var i = n &+ places
                while i > n {
                    start[i] = 0x30 &+ UInt8(truncatingIfNeeded: fraction % 10)
                    fraction /= 10
                    i &-= 1
                }
                n &+= places &+ 1
            }
            append(start, n, head: head, defaultAlign: 0x3E, to: &out)
            return true
        }
    }
}

/// A str of Latin-1 bytes that may or may not be ASCII.
@inline(__always) private func finished(_ thread: Thread, _ out: borrowing ByteBuffer) -> Value {
    thread.makeString(latin1: UnsafeBufferPointer(start: out.bytes, count: out.count))
}

/// `format(value, spec)` of a small int, a float or a Latin-1 str by a plain specification that is not empty; nil: not here.
func quickFormat(_ thread: Thread, _ value: Value, _ spec: Value) -> Value? {
    let specification = spec.cast(StringObject.self)
    if !specification.isASCII { return nil }
    let text = UnsafePointer(specification.bytes)
    let count = specification.pointee.count
    func isAlignment(_ c: UInt8) -> Bool { c == 0x3C || c == 0x3E || c == 0x3D || c == 0x5E }
    var field = QuickField()
    var i = 0
    var fillGiven = false
    if count >= 2 && isAlignment(text[1]) {
        field.fill = text[0]
        field.align = text[1]
        fillGiven = true
        i = 2
    } else if count >= 1 && isAlignment(text[0]) {
        field.align = text[0]
        i = 1
    }
    let isString = thread.isString(value)
    if i < count && (text[i] == 0x2B || text[i] == 0x2D || text[i] == 0x20) {
        if isString { return nil }
        field.sign = text[i] == 0x2D ? 0 : text[i]
        i += 1
    }
    if !fillGiven && i < count && text[i] == 0x30 {
        if isString { return nil }
        field.fill = 0x30
        if field.align == 0 { field.align = 0x3D }
        i += 1
    }
    if !QuickField.number(text, count, &i, &field.width) { return nil }
    if i < count && (text[i] == 0x2C || text[i] == 0x5F) {
        // Zeros that fill a grouped number are grouped too.
        if field.align == 0x3D || isString { return nil }
        field.grouping = text[i]
        i += 1
    }
    if i < count && text[i] == 0x2E {
        i += 1
        if i == count || text[i] &- 0x30 >= 10 { return nil }
        field.precision = 0
        if !QuickField.number(text, count, &i, &field.precision) { return nil }
    }
    if count - i > 1 { return nil }
    if i < count { field.type = text[i] }
    var out = ByteBuffer()
    if isString {
        let string = value.cast(StringObject.self)
        if string.isWide || field.align == 0x3D || (field.type != 0 && field.type != 0x73) { return nil }
        let shown = field.precision >= 0 ? min(field.precision, string.pointee.count) : string.pointee.count
        field.append(string.bytes, shown, head: 0, defaultAlign: 0x3C, to: &out)
        return finished(thread, out)
    }
    if value.isInt {
        if field.precision >= 0 {
            if field.type != 0x66 || value.int.magnitude > 1 << 53 { return nil }
            return field.append(fixed: Double(value.int), to: &out) ? finished(thread, out) : nil
        }
        if field.type == 0 { field.type = 0x64 }
        return field.append(int: value.int, to: &out) ? finished(thread, out) : nil
    }
    if thread.isFloat(value) && field.type == 0x66 && field.append(fixed: thread.float(value), to: &out) { return finished(thread, out) }
    return nil
}

/// `format % args` of small ints, floats and Latin-1 strings by plain directives; nil: not here.
func quickPercent(_ thread: Thread, _ format: Value, _ args: Value) -> Value? {
    let template = format.cast(StringObject.self)
    if template.isWide { return nil }
    let text = UnsafePointer(template.bytes)
    let count = template.pointee.count
    var single = args
    return withUnsafeMutablePointer(to: &single) { place in
        let isTuple = args.hasShape(.tuple)
        let items = isTuple ? args.cast(TupleObject.self).items : place
        let available = isTuple ? args.cast(TupleObject.self).pointee.count : 1
        var used = 0
        var out = ByteBuffer()
        var i = 0
        while i < count {
            let start = i
            while i < count && text[i] != 0x25 { i &+= 1 }
            if i > start { out.append(text + start, i &- start) }
            if i == count { break }
            i &+= 1
            var field = QuickField()
            var left = false
            flags: while i < count {
                switch text[i] {
                case 0x2D: left = true
                case 0x2B: field.sign = 0x2B
                case 0x20: if field.sign == 0 { field.sign = 0x20 }
                case 0x30: field.fill = 0x30
                default: break flags
                }
                i &+= 1
            }
            if !QuickField.number(text, count, &i, &field.width) { return nil }
            if i < count && text[i] == 0x2E {
                i &+= 1
                field.precision = 0
                if !QuickField.number(text, count, &i, &field.precision) { return nil }
            }
            if i == count { return nil }
            let type = text[i]
            i &+= 1
            if type == 0x25 {
                // Only "%%" itself is a per cent sign.
                if text[i &- 2] != 0x25 { return nil }
                out.append(0x25)
                continue
            }
            if used == available { return nil }
            let value = items[used]
            used &+= 1
            if left {
                field.align = 0x3C
                field.fill = 0x20
            } else {
                field.align = field.fill == 0x30 ? 0x3D : 0x3E
            }
            switch type {
            case 0x73:
                if value.isInt && field.precision < 0 {
                    if field.align == 0x3D { (field.fill, field.align) = (0x20, 0x3E) }
                    field.sign = 0
                    field.type = 0x64
                    if !field.append(int: value.int, to: &out) { return nil }
                } else if value.hasShape(.str) {
                    let string = value.cast(StringObject.self)
                    if string.isWide { return nil }
                    if field.align == 0x3D { (field.fill, field.align) = (0x20, 0x3E) }
                    let shown = field.precision >= 0 ? min(field.precision, string.pointee.count) : string.pointee.count
                    field.append(string.bytes, shown, head: 0, defaultAlign: 0x3E, to: &out)
                } else {
                    return nil
                }
            case 0x64, 0x69, 0x75, 0x78, 0x58, 0x6F:
                if !value.isInt || field.precision >= 0 { return nil }
                field.type = type == 0x69 || type == 0x75 ? 0x64 : type
                if !field.append(int: value.int, to: &out) { return nil }
            case 0x66, 0x46:
                let number: Double
                if value.isImmediateFloat {
                    number = value.immediateFloat
                } else if value.isInt && value.int.magnitude <= 1 << 53 {
                    number = Double(value.int)
                } else {
                    return nil
                }
                if !field.append(fixed: number, to: &out) { return nil }
            default: return nil
            }
        }
        return used == available ? finished(thread, out) : nil
    }
}
