// Durations and sizes as option values.

import ArgumentParser
import GildReport

struct DurationArgument: ExpressibleByArgument {
    let nanoseconds: UInt64

    init(nanoseconds: UInt64) { self.nanoseconds = nanoseconds }
    init?(argument: String) { nil }
    var defaultValueDescription: String {
        formatDuration(Int(clamping: nanoseconds)).replacing(".00", with: "").replacing(" ", with: "")
    }
}

struct SizeArgument: ExpressibleByArgument {
    let bytes: Int

    init(bytes: Int) { self.bytes = bytes }
    init?(argument: String) { nil }
    var defaultValueDescription: String {
        formatSize(bytes).replacing(".00", with: "").replacing(" ", with: "")
    }
}
