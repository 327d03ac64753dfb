// Cuts what a run prints into lines, one record each.
//
// A run's threads hand over pieces in order; a line ends at LF (a CR before it belongs to the end). What is longer than the
// limit is cut there and the rest counted until the line ends, so that a script which never ends its line costs at most
// `limit` bytes. A line without an end is written when the run ends.
// `append` never waits for output: it holds a mutex that only the other threads of the same run take.

/// One stream of one run.
public final class OutputLines: Sendable {
    private struct State {
        /// The unfinished line, at most `limit` bytes, and how many bytes of it were thrown away.
        var line: [UInt8] = []
        var cutByteCount = 0
    }
    private let state = Monitor(State())
    private let limit: Int
    private let onLine: @Sendable (LogText) -> Void

    /// - Parameters:
    ///   - limit: bytes of a line that are kept.
    ///   - onLine: called on the thread that printed the line's end, lines in order; must not wait.
    public init(limit: Int = 8192, onLine: @escaping @Sendable (LogText) -> Void) {
        self.limit = max(1, limit)
        self.onLine = onLine
    }

    public func append(_ bytes: [UInt8]) {
        state.withLock { state in
            var start = 0
            while start < bytes.count {
                let end = bytes[start...].firstIndex(of: UInt8(ascii: "\n"))
                let piece = bytes[start..<(end ?? bytes.count)]
                let room = max(0, limit - state.line.count)
                state.line.append(contentsOf: piece.prefix(room))
                state.cutByteCount += max(0, piece.count - room)
                guard let end else { return }
                finishLine(&state)
                start = end + 1
            }
        }
    }

    /// Hands over a line that has no end yet. At the end of the run.
    public func finish() {
        state.withLock { state in
            if !state.line.isEmpty || state.cutByteCount > 0 { finishLine(&state) }
        }
    }

    private func finishLine(_ state: inout State) {
        if state.cutByteCount == 0, state.line.last == UInt8(ascii: "\r") { state.line.removeLast() }
        onLine(LogText(bytes: state.line, cutByteCount: state.cutByteCount))
        state.line = []
        state.cutByteCount = 0
    }
}
