// Durations, sizes and places as option values, read with the exact parser, whose errors say what is allowed.

import ArgumentParser
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

/// A line of a script, as tracebacks and reports write it: `file:line`.
struct SiteArgument: Sendable {
    let file: String
    let line: Int

    init(_ text: String) throws {
        guard let colon = text.lastIndex(of: ":"), colon != text.startIndex, let line = Int(text[text.index(after: colon)...]), line > 0 else {
            throw ValidationError("a line of a script is written FILE:LINE, such as x.py:12")
        }
        file = String(text[..<colon])
        self.line = line
    }
}
