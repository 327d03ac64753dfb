// How the end of a run is classified, told and logged.

import GildControl
import GildReport
import GildSession
import GildWorkload

extension RunEnd {
    /// Of a run that was executed.
    init(_ outcome: RunOutcome, run: Int, hasTimeLimit: Bool) {
        let status = outcome.killedBySignal.map { 128 + Int($0) } ?? Int(outcome.exitStatus)
        let result: Lifecycle.Result = status == 0 ? .succeeded : status == 124 && hasTimeLimit ? .timedOut : .failed
        self.init(run: run, exitStatus: status, result: result, report: outcome.report)
    }

    /// Of a run that never began.
    init(notStarted error: any Error, run: Int) {
        switch error {
        case let error as SessionError:
            self.init(
                run: run, exitStatus: Int(error.exitStatus), result: .failed, message: error.message, problems: [error.problem])
        case let error as HostError:
            self.init(run: run, exitStatus: 1, result: .failed, message: error.message)
        default:
            self.init(run: run, exitStatus: 1, result: .failed, message: "\(error)")
        }
    }

    /// One sentence for people.
    var sentence: String {
        switch result {
        case .succeeded: return "run \(run) ended with status 0"
        case .stopped: return "run \(run) was stopped"
        case .timedOut: return "run \(run) was stopped at its time limit"
        case .failed:
            if report == nil { return "run \(run) could not be started: \(message?.lastLine ?? "no reason given")" }
            return "run \(run) failed with status \(exitStatus)" + (exitStatus > 128 ? " (signal \(exitStatus - 128))" : "")
        }
    }
}

extension SessionError {
    /// A diagnostic as CPython prints it, `  File "x.py", line 3` first and the error's name last, as a problem with a place.
    var problem: Problem {
        let lines = message.split(separator: "\n", omittingEmptySubsequences: true)
        guard code == .invalidScript, let first = lines.first, let range = first.range(of: "\", line ") else {
            return Problem(file: place, message: message)
        }
        let line = Int(first[range.upperBound...].prefix { $0.isASCII && $0.isNumber })
        return Problem(file: place, line: line, message: message.lastLine)
    }
}

extension String {
    var lastLine: String { split(separator: "\n", omittingEmptySubsequences: true).last.map(String.init) ?? self }
}

extension Substring {
    fileprivate func range(of text: String) -> Range<Substring.Index>? {
        var start = startIndex
        while start < endIndex {
            if self[start...].hasPrefix(text) { return start..<index(start, offsetBy: text.count) }
            start = index(after: start)
        }
        return nil
    }
}

/// The records of a run's end: how it ended, its report, what it left behind.
func logEnd(_ end: RunEnd, workload: String, runtime: String, regime: String?, to log: EventLog) {
    let kind: EventKind =
        switch end.result {
        case .succeeded: .workloadEnded
        case .stopped: .workloadStopped
        case .failed, .timedOut: .workloadFailed
        }
    var fields = [LogField("run", end.run), LogField("exit_status", end.exitStatus), LogField("result", end.result.rawValue)]
    if let report = end.report { fields.append(LogField("wall_ns", report.wallNanoseconds)) }
    log.emit(kind, LogText(end.sentence), runtime: runtime, workload: workload, regime: regime, fields: fields)
    guard let report = end.report else { return }
    log.emit(MetricsRecords.record(of: report, runtime: runtime, workload: workload, run: UInt64(end.run)))
}

extension Supervisor {
    /// Warns of what a run has left behind, unless it is in `gild.shared`, where it may be on purpose. That is a question to the
    /// runtime, asked on a thread that may wait; where there is no answer, everything that is alive is told.
    /// - Parameter hosted: the runtime's number of the run; nil where it is not known.
    func warnOfLeaks(_ end: RunEnd, workload: String, hosted: UInt64?, in entry: HostedEntry?) {
        guard let entry, let whole = end.report, !whole.heap.leaked.isEmpty else { return }
        let (log, name) = (self.log, entry.name)
        _ = executor.submit {
            var report = whole
            if let leaks = try? entry.hosting.leaks(timeoutNanoseconds: 2_000_000_000) {
                report.heap.leaked = leaks.filter { !$0.isShared && (hosted == nil ? $0.workload == workload : $0.run == hosted) }
                    .map { .init(type: $0.type, count: $0.count, refcount: $0.references, site: $0.site) }
            }
            for record in MetricsRecords.leakRecords(of: report, runtime: name, workload: workload, run: UInt64(end.run)) { log.emit(record) }
        }
    }
}
