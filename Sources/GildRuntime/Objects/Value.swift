// Values: one 64-bit word.
//
//     …000  pointer to an object header (8-byte aligned, never null)
//     …xx1  integer, 63 bits, two's complement, shifted left by one
//     …x10  float: the IEEE bits rotated left by 3, for the exponents whose top bits are 011 or 100
//           (magnitudes of about 1e-77 … 1e77, and +0.0 by a reserved word); all others are boxed
//     …100  undefined, None, False, True, NotImplemented, Ellipsis
//
// A zeroed word would be a null pointer, so memory that will be read as values is filled with `undefined`.
// The float scheme is the one of Ruby's flonum (include/ruby/internal/value_type.h), the integer scheme
// Smalltalk's SmallInteger.

import CGild

public typealias Value = gild_value

/// Address of an object's header.
typealias ObjectPointer = UnsafeMutablePointer<ObjectHeader>

extension gild_value {
    /// No value: an unbound variable, an empty slot, or the mark of a raised exception as a native's result.
    @inline(__always) static var undefined: Value { Value(bits: 0x04) }
    @inline(__always) static var none: Value { Value(bits: 0x0C) }
    @inline(__always) static var `false`: Value { Value(bits: 0x14) }
    @inline(__always) static var `true`: Value { Value(bits: 0x1C) }
    @inline(__always) static var notImplemented: Value { Value(bits: 0x24) }
    @inline(__always) static var ellipsis: Value { Value(bits: 0x2C) }

    /// Answer of a call that pushed a frame instead of finishing. Never stored.
    @inline(__always) static var framePushed: Value { Value(bits: 0x34) }

    @inline(__always) var isUndefined: Bool { bits == 0x04 }
    @inline(__always) var isNone: Bool { bits == 0x0C }
    @inline(__always) var isTrue: Bool { bits == 0x1C }
    @inline(__always) var isFalse: Bool { bits == 0x14 }
    @inline(__always) var isBool: Bool { bits | 0x08 == 0x1C }
    @inline(__always) var isNotImplemented: Bool { bits == 0x24 }

    @inline(__always) var isPointer: Bool { bits & 7 == 0 }
    @inline(__always) var isInt: Bool { bits & 1 != 0 }
    /// An immediate float; a boxed one is an object of kind `.float`.
    @inline(__always) var isImmediateFloat: Bool { bits & 3 == 2 }

    @inline(__always) init(_ object: ObjectPointer) { self.init(bits: UInt64(UInt(bitPattern: object))) }
    @inline(__always) init<T>(pointer: UnsafeMutablePointer<T>) { self.init(bits: UInt64(UInt(bitPattern: pointer))) }
    @inline(__always) init(_ flag: Bool) { self.init(bits: flag ? 0x1C : 0x14) }

    /// The header of the object; only when `isPointer`.
    @inline(__always) var object: ObjectPointer {
        ObjectPointer(bitPattern: UInt(bits)).unsafelyUnwrapped
    }

    /// The object as one of the layouts of `ObjectLayouts.swift`; only when its kind says so.
    @inline(__always) func cast<T>(_: T.Type) -> UnsafeMutablePointer<T> {
        UnsafeMutablePointer<T>(bitPattern: UInt(bits)).unsafelyUnwrapped
    }

    /// Shape number of the object; only when `isPointer`.
    @inline(__always) var shapeOfPointer: UInt32 { object.shapeNumber }

    /// True for an object of exactly this builtin shape.
    @inline(__always) func hasShape(_ shape: BuiltinShape) -> Bool {
        isPointer && object.shapeNumber == shape.rawValue
    }

    // MARK: Integers

    static let smallIntMax = Int.max >> 1
    static let smallIntMin = Int.min >> 1

    /// The integer; only when `isInt`.
    @inline(__always) var int: Int { Int(bitPattern: UInt(bits)) >> 1 }
    /// An integer that is known to fit 63 bits.
    @inline(__always) init(smallInt value: Int) { self.init(bits: UInt64(bitPattern: Int64(value)) << 1 | 1) }
    /// An integer if it fits 63 bits.
    @inline(__always) init?(fitting value: Int) {
        let (shifted, overflow) = value.addingReportingOverflow(value)
        if overflow { return nil }
        self.init(bits: UInt64(bitPattern: Int64(shifted)) | 1)
    }

    // MARK: Floats

    private static var zeroFloat: UInt64 { 0x8000_0000_0000_0002 }

    /// The float; only when `isImmediateFloat`.
    @inline(__always) var immediateFloat: Double {
        if bits == Value.zeroFloat { return 0.0 }
        let top = bits >> 63
        let rotated = (2 &- top) | (bits & ~3)
        return Double(bitPattern: rotated >> 3 | rotated << 61)
    }

    /// The immediate float, or nil when the exponent needs a box.
    @inline(__always) init?(immediate value: Double) {
        let pattern = value.bitPattern
        let top = Int((pattern >> 60) & 7)
        if (top &- 3) & ~1 == 0 {
            let rotated = pattern << 3 | pattern >> 61
            self.init(bits: (rotated & ~3) | 2)
        } else if pattern == 0 {
            self.init(bits: Value.zeroFloat)
        } else {
            return nil
        }
    }
}

extension gild_value: @retroactive Equatable {
    @inline(__always) public static func == (a: Value, b: Value) -> Bool { a.bits == b.bits }
}

extension gild_value: @unchecked @retroactive Sendable {}
