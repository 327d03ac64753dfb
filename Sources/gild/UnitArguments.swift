// Durations and sizes as option values: read with the exact parser, shown in help as people would type them.

import GildReport

struct DurationArgument: CustomStringConvertible, Sendable {
    let nanoseconds: UInt64

    init(nanoseconds: UInt64) { self.nanoseconds = nanoseconds }
    init(_ text: String) throws(UnitError) { nanoseconds = try parseDuration(text) }

    var description: String { compact(formatDuration(Int(clamping: nanoseconds))) }
}

struct SizeArgument: CustomStringConvertible, Sendable {
    let bytes: Int

    init(bytes: Int) { self.bytes = bytes }
    init(_ text: String) throws(UnitError) { bytes = try parseSize(text) }

    var description: String { compact(formatSize(bytes)) }
}

/// `5.00 ms` → `5ms`, which can be typed.
private func compact(_ text: String) -> String {
    String(text.replacing(".00", with: "").filter { $0 != " " })
}
