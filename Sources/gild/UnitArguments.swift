// Durations and sizes as option values, read with the exact parser, whose errors say what is allowed.

import GildReport

struct DurationArgument: Sendable {
    let nanoseconds: UInt64

    init(nanoseconds: UInt64) { self.nanoseconds = nanoseconds }
    init(_ text: String) throws(UnitError) { nanoseconds = try parseDuration(text) }
}

struct SizeArgument: Sendable {
    let bytes: Int

    init(bytes: Int) { self.bytes = bytes }
    init(_ text: String) throws(UnitError) { bytes = try parseSize(text) }
}
