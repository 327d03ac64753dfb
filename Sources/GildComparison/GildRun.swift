// One `gild run` in a process of its own.
//
// A run in this process would inherit what the runs before it left behind: a grown heap, warm caches, threads that are going. A child
// starts like any run does, and one that crashes or hangs takes nothing with it. The child is the very executable that compares
// (/proc/self/exe, also when the file has been replaced since), and its report comes through a file that it opens as descriptor 3.

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif
import GildReport
import Glibc

struct GildRun {
    /// Options of `gild run`, before the script.
    var options: [String]
    var script: String
    var arguments: [String]
    var timeLimitNanoseconds: UInt64
    /// The options ask for several runtimes, so the report is that of several.
    var isInRuntimes = false
}

/// A run that ended: a child, and the report where it was gild's and left one.
struct EndedRun {
    var child: ChildResult
    var report: RunReport?
    /// Nil when the run ended well.
    var failure: String?

    func failed(_ reason: String, round: Int) -> Comparison.Failure {
        .init(round: round, reason: reason, standardError: child.standardError.tail(4096), deadlocks: report?.deadlocks.count)
    }
}

extension GildRun {
    /// The run ends itself at its time limit and reports; a child that does not even do that is killed this much later.
    private static let grace: UInt64 = 5_000_000_000

    func run() throws(ComparisonError) -> EndedRun {
        let file: ScratchFile
        do throws(ScratchError) { file = try ScratchFile() } catch { throw ComparisonError(code: .cannotStart, message: error.message) }
        let child: ChildResult
        do throws(ChildError) {
            child = try runChild(
                "/proc/self/exe",
                ["gild", "run", "--report-json", "/proc/self/fd/3", "--time-limit", "\(timeLimitNanoseconds)ns"] + options + ["--", script] + arguments,
                extra: file, deadlineNanoseconds: timeLimitNanoseconds + Self.grace)
        } catch {
            throw ComparisonError(error, what: "gild run")
        }
        // A run that fails reports too, unless it was killed.
        let text = Data(file.bytes(at: 0, count: file.size))
        let report =
            isInRuntimes ? (try? JSONDecoder().decode(SiblingsReport.self, from: text))?.together : try? JSONDecoder().decode(RunReport.self, from: text)
        let failure = child.failure(timeLimit: timeLimitNanoseconds) ?? (report == nil ? "ended without a report" : nil)
        return EndedRun(child: child, report: report, failure: failure)
    }
}

extension ChildResult {
    /// What was wrong with how it ended; nil for status 0.
    func failure(timeLimit: UInt64) -> String? {
        let late = "did not end within \(formatSetting(Int(timeLimit)))"
        switch end {
        case .status(0): return nil
        case .status(124) where wallNanoseconds >= Int(timeLimit): return late
        case .status(let status): return "ended with status \(status)"
        case .signal(let number): return "was ended by signal \(number) (\(String(cString: strsignal(number))))"
        case .deadline: return late
        }
    }
}
