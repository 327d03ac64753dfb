// What one run prints: into the workload's history, and line by line into the log.
//
// Called on the run's threads, which do not wait for anything here: the history drops its oldest lines, the log's queue
// refuses records. A run's records in the log end after `logLimit` bytes, with one record that says so; the history goes on.
// Standard output is logged at level info and standard error at notice, so that `log.level: notice` keeps tracebacks
// without the rest. gild.log() has the level that the script chose and no limit of its own: each call is meant for the log.
// A line that is longer than the history's limit goes on as another line there, and is cut in the log.

import CGild
import NIOConcurrencyHelpers

final class RunOutput: Sendable {
    let workload: String
    let runtime: String
    let regime: String
    let run: Int
    private let history: OutputHistory
    private let log: EventLog

    private struct Splitters: Sendable {
        var standardOutput = LineSplitter()
        var standardError = LineSplitter()
    }

    private struct Logged: Sendable {
        var bytes = 0
        var isCut = false
    }

    private let splitters = NIOLockedValueBox(Splitters())
    private let standardOutput: OutputLines
    private let standardError: OutputLines

    init(workload: String, runtime: String, regime: String, run: Int, history: OutputHistory, log: EventLog, logLimit: Int) {
        self.workload = workload
        self.runtime = runtime
        self.regime = regime
        self.run = run
        self.history = history
        self.log = log
        // Both streams count against one limit.
        let logged = NIOLockedValueBox(Logged())
        func lines(_ stream: OutputHistory.Stream, _ level: LogLevel) -> OutputLines {
            OutputLines { text in
                guard log.isEnabled(level) else { return }
                let (isWritten, isLast) = logged.withLockedValue { logged in
                    if logged.isCut { return (false, false) }
                    logged.bytes += text.byteCount + 1
                    logged.isCut = logged.bytes > logLimit
                    return (!logged.isCut, logged.isCut)
                }
                guard isWritten || isLast else { return }
                let shown = isWritten ? text : "run \(run) has printed \(logLimit) bytes: the rest is not logged"
                var fields = [LogField("stream", stream.rawValue), LogField("run", run)]
                if isWritten && text.cutByteCount > 0 { fields.append(LogField("cut_bytes", text.cutByteCount)) }
                log.emit(.output, level: isWritten ? level : .notice, shown, runtime: runtime, workload: workload, regime: regime, fields: fields)
            }
        }
        standardOutput = lines(.standardOutput, .info)
        standardError = lines(.standardError, .notice)
    }

    func write(_ stream: OutputHistory.Stream, _ piece: [UInt8]) {
        // The lock is held across both so that the history's order is the order of the stream.
        splitters.withLockedValue { splitters in
            let isError = stream == .standardError
            add(isError ? splitters.standardError.append(piece) : splitters.standardOutput.append(piece), stream)
            (isError ? standardError : standardOutput).append(piece)
        }
    }

    /// A call of gild.log().
    func write(level: String, _ message: String) {
        let level = LogLevel(name: level) ?? .info
        history.append([line(.log, Array(message.utf8), level: level.rawValue)])
        log.emit(
            .scriptLog, level: level, LogText(message), runtime: runtime, workload: workload, regime: regime, fields: [LogField("run", run)])
    }

    /// Text of the daemon itself, such as why the script could not be compiled; into the history only.
    func note(_ text: String) {
        let lines = text.split(separator: "\n", omittingEmptySubsequences: true)
        history.append(lines.map { line(.standardError, Array($0.utf8)) })
    }

    /// The run has ended: what has no line end is a line too.
    func finish() {
        splitters.withLockedValue { splitters in
            if let rest = splitters.standardOutput.finish() { add([rest], .standardOutput) }
            if let rest = splitters.standardError.finish() { add([rest], .standardError) }
            standardOutput.finish()
            standardError.finish()
        }
    }

    private func line(_ stream: OutputHistory.Stream, _ bytes: [UInt8], level: String? = nil) -> OutputHistory.Line {
        OutputHistory.Line(
            realtimeNanoseconds: Int(currentRealtimeNanoseconds()), run: run, stream: stream, level: level, bytes: bytes)
    }

    private func add(_ lines: [[UInt8]], _ stream: OutputHistory.Stream) {
        if !lines.isEmpty { history.append(lines.map { line(stream, $0) }) }
    }
}
