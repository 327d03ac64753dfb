// A script's output as lines.
//
// Pieces come as the script's buffers are flushed, cut anywhere. A line is passed on when its end has come, when it has
// grown to `limit` bytes (it then goes on as another line), or when the run has ended. A carriage return before the line
// feed goes with it.

/// The unfinished line of one stream of one run. A value: whoever owns it guards it.
struct LineSplitter: Sendable {
    static let limit = 16 << 10
    private var rest: [UInt8] = []

    /// The lines that `piece` ends, without their ends.
    mutating func append(_ piece: [UInt8]) -> [[UInt8]] {
        var lines: [[UInt8]] = []
        var start = 0
        piece.withUnsafeBufferPointer { bytes in
            while start < bytes.count {
                let end = bytes[start...].firstIndex(of: UInt8(ascii: "\n")) ?? bytes.count
                let room = LineSplitter.limit - rest.count
                if end - start > room {
                    lines.append(rest + bytes[start..<start + room])
                    rest = []
                    start += room
                } else if end < bytes.count {
                    var line = rest.isEmpty ? Array(bytes[start..<end]) : rest + bytes[start..<end]
                    if line.last == UInt8(ascii: "\r") { line.removeLast() }
                    lines.append(line)
                    rest = []
                    start = end + 1
                } else {
                    rest += bytes[start..<end]
                    start = end
                }
            }
        }
        return lines
    }

    /// The last line, where it has no end.
    mutating func finish() -> [UInt8]? {
        defer { rest = [] }
        return rest.isEmpty ? nil : rest
    }
}
