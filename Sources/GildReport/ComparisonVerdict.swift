// What the figures of a comparison say, one sentence for each subject.
//
// A sentence is put together from findings, and a finding is made only where its figures are there:
//
//   1. Threads against one thread, at the largest count: the times differ only when their ratio is beyond the tolerance, the larger of
//      the spreads of both and 2 %. Within it there is "no measurable difference"; with one run each there is no spread and so no
//      judgement, only the ratio. Without a run at one thread nothing is said about scaling.
//   2. Faster is "scales" from four fifths of what the processors allow, min(threads, processors); below, it is a part of it.
//   3. Why: only where one lock guards the heap, and from that lock's own books: the share of the run in which it was held, and the
//      share of their running time that threads spent waiting for it.
//   4. Beside the first subject, at one thread: what this subject costs where nothing is contended, by the rule of 1.
//   5. What is wrong: failures, deadlocks, leaks, another output.

/// What a subject's figures say.
public struct Verdict: Codable, Sendable, Equatable {
    public var subject: String
    /// One sentence.
    public var text: String
    /// The same for programs, in the order of the sentence.
    public var findings: [Finding]

    public enum Finding: String, Codable, Sendable {
        case scales
        case scalesPartly = "scales-partly"
        case noMeasurableDifference = "no-measurable-difference"
        case slower
        /// One run each: the ratio is told and not judged.
        case notJudged = "not-judged"
        case oneThreadAtATime = "one-thread-at-a-time"
        case waitsDominate = "waits-dominate"
        case futileWakeups = "futile-wakeups"
        case leaks
        case deadlocks
        case differingOutput = "differing-output"
        case failed
    }

    public init(subject: String, text: String, findings: [Finding]) {
        self.subject = subject
        self.text = text
        self.findings = findings
    }
}

/// The limits that the findings are drawn at.
enum Threshold {
    /// Differences of time below this are never called one, however small the spread: where the kernel puts a process alone moves it as
    /// much.
    static let leastDifference = 0.02
    /// Part of what the processors allow.
    static let scales = 0.8
    /// Part of the run in which the lock was held.
    static let saturated = 0.9
    /// Part of holding and waiting that was waiting.
    static let waiting = 0.5
    /// Part of a process's time that lies outside the run.
    static let startUp = 0.2
    /// Futile wakeups are called many from here, when there are as many as contended acquisitions too.
    static let futileWakeups = 100
}

/// How the least of some times compares with the least of others.
enum TimeChange: Equatable {
    case faster, slower, alike(within: Double)
    /// Too few repetitions to tell.
    case unknown

    init(from old: [Int], to new: [Int], workRatio: Double = 1) {
        guard let before = old.min(), let after = new.min(), let first = repetitionSpread(old), let second = repetitionSpread(new), before > 0
        else {
            self = .unknown
            return
        }
        let ratio = Double(after) / (Double(before) * workRatio)
        let tolerance = max(Threshold.leastDifference, first, second)
        self = ratio > 1 + tolerance ? .slower : ratio * (1 + tolerance) < 1 ? .faster : .alike(within: tolerance)
    }
}

extension Comparison {
    func verdict(_ subject: Subject) -> Verdict {
        var parts: [String] = []
        var findings: [Verdict.Finding] = []
        func add(_ finding: Verdict.Finding?, _ part: String) {
            if let finding { findings.append(finding) }
            parts.append(part)
        }
        let own = configurations(of: subject)
        let good = own.filter { $0.fastest != nil }
        if let largest = good.last, let one = good.first(where: { $0.threads == 1 }), largest.threads > 1 {
            scaling(from: one, to: largest, add)
            lockFindings(subject, largest, add)
        } else if let only = good.last {
            let measured = only.crowd
            add(nil, good.count == 1 ? "measured with \(measured) only: nothing to compare" : "not measured with one \(only.runtimes == nil ? "thread" : "runtime"): no speed-up can be told")
            if only.threads > 1 { lockFindings(subject, only, add) }
        }
        if let one = good.first(where: { $0.threads == 1 }) { cost(of: one, add) }
        for configuration in own {
            guard let failure = configuration.failure else { continue }
            add(.failed, "\(configuration.crowd) failed: \(failure.reason)")
        }
        let deadlocks = own.compactMap(\.deadlocks)
        let deadlocked = deadlocks.reduce(0) { $0 + $1.runs }
        if deadlocked > 0 {
            add(.deadlocks, "\(countOf(deadlocks.reduce(0) { $0 + $1.count }, "deadlock")) in \(countOf(deadlocked, "run"))")
        }
        let leaking = own.filter { ($0.leaks?.runs ?? 0) > 0 }
        if !leaking.isEmpty {
            let runs = leaking.reduce(0) { $0 + ($1.leaks?.runs ?? 0) }
            let all = own.reduce(0) { $0 + $1.runs.count }
            let most = leaking.compactMap { $0.leaks?.most }.max() ?? 0
            add(.leaks, "\(formatCount(runs)) of \(countOf(all, "run")) leaked, up to \(countOf(most, "object"))")
        }
        if let differing = own.first(where: { $0.difference != nil }), let difference = differing.difference {
            add(
                .differingOutput,
                "with \(differing.crowd) it printed something else than \(difference.reference) from line \(difference.line) on")
        }
        if parts.isEmpty { parts = ["nothing was measured"] }
        return Verdict(subject: subject.name, text: "\(subject.name): " + parts.joined(separator: "; ") + ".", findings: findings)
    }

    private func scaling(from one: Configuration, to many: Configuration, _ add: (Verdict.Finding?, String) -> Void) {
        guard let speedUp = many.speedUp, speedUp > 0 else { return }
        let isShared = work == .total && many.runtimes == nil
        let workRatio = Double(workUnits(of: many))
        let slower =
            isShared ? "\(many.crowd) take \(formatRatio(1 / speedUp)) times as long as one" : "\(many.crowd) do \(formatRatio(speedUp)) times the work of one in the same time"
        let faster = isShared ? "\(many.crowd) are \(formatRatio(speedUp)) times as fast as one" : slower
        switch TimeChange(from: one.runs.map(\.wallNanoseconds), to: many.runs.map(\.wallNanoseconds), workRatio: workRatio) {
        case .unknown:
            add(.notJudged, (speedUp > 1 ? faster : slower) + ", in one run each: too few to judge")
        case .alike(let tolerance):
            add(
                .noMeasurableDifference,
                slower + ": no measurable difference (\(tolerance > Threshold.leastDifference ? "repeated runs differ by" : "less than") \(formatPercent(tolerance)))")
        case .slower:
            add(.slower, slower + ": it gets slower with \(many.runtimes == nil ? "threads" : "runtimes")")
        case .faster:
            let allowed = Double(min(many.threads, processors))
            if speedUp >= Threshold.scales * allowed {
                add(.scales, faster + ": it scales (\(countOf(processors, "processor")))")
            } else {
                add(.scalesPartly, faster + ", of \(formatRatio(allowed)) that \(countOf(processors, "processor")) allow")
            }
        }
    }

    private func lockFindings(_ subject: Subject, _ configuration: Configuration, _ add: (Verdict.Finding?, String) -> Void) {
        guard subject.hasOneLock == true, let report = configuration.report, report.wallNanoseconds > 0, report.lock.acquisitions > 0 else { return }
        let lock = report.lock
        let held = Double(lock.hold.sum) / Double(report.wallNanoseconds)
        if held >= Threshold.saturated {
            add(.oneThreadAtATime, "one thread runs at a time (the lock was held \(formatShare(lock.hold.sum, of: report.wallNanoseconds)) of the run)")
        }
        let wanted = lock.hold.sum + lock.wait.sum
        if wanted > 0, Double(lock.wait.sum) / Double(wanted) > Threshold.waiting {
            let share = Double(lock.wait.sum) / Double(wanted)
            add(.waitsDominate, "threads that could run waited for the lock \(formatPercent(share)) of that time")
        }
        if lock.futileWakeups >= max(Threshold.futileWakeups, lock.contendedAcquisitions) {
            add(
                .futileWakeups,
                "\(formatCount(lock.futileWakeups)) wakeups found the lock taken, beside \(countOf(lock.contendedAcquisitions, "contended acquisition"))")
        }
    }

    /// One thread against one thread of the first subject.
    private func cost(of one: Configuration, _ add: (Verdict.Finding?, String) -> Void) {
        guard let first = subjects.first, first.name != one.subject, let base = self[first.name, 1], let least = base.fastest, let own = one.fastest
        else { return }
        let ratio = Double(own) / Double(least)
        switch TimeChange(from: base.runs.map(\.wallNanoseconds), to: one.runs.map(\.wallNanoseconds)) {
        case .faster: add(nil, "one thread is \(formatRatio(1 / ratio)) times as fast as under \(first.name)")
        case .slower: add(nil, "one thread takes \(formatRatio(ratio)) times as long as under \(first.name)")
        case .alike: add(nil, "one thread takes as long as under \(first.name), as far as can be measured")
        case .unknown: add(nil, "one thread takes \(formatRatio(ratio)) times as long as under \(first.name), in one run each")
        }
    }

    /// What keeps the figures from being taken at their word.
    func limits() -> [String] {
        var notes: [String] = []
        if repetitions < 3 {
            notes.append(
                repetitions == 1
                    ? "Each configuration ran once: no spread is known, so no difference is judged. --repeat 5 tells noise from effect."
                    : "Each configuration ran twice: the spread is what these two differ by. --repeat 5 tells noise from effect better.")
        }
        let short = configurations.compactMap { configuration -> (name: String, share: Double)? in
            guard let report = configuration.report, let wall = configuration.fastest, wall > 0 else { return nil }
            return (configuration.name, 1 - Double(report.wallNanoseconds) / Double(wall))
        }.max { $0.share < $1.share }
        if let short, short.share > Threshold.startUp {
            notes.append(
                "The runs are short: of \(short.name), \(formatPercent(short.share)) of the wall time is start-up and report of the process. "
                    + "Speed-ups are smaller than those of the script itself; give the script more work.")
        }
        if let largest = threadCounts.max(), largest > processors {
            notes.append(
                "Up to \(countOf(largest, "thread")) ran on \(countOf(processors, "processor")): no more than \(countOf(processors, "thread")) "
                    + "can run at once.")
        }
        return notes
    }
}

/// Two decimals below 10, one above: `0.98`, `1.90`, `12.3`.
func formatRatio(_ ratio: Double) -> String {
    let scale = ratio < 9.995 ? 100 : 10
    let scaled = Int((ratio * Double(scale)).rounded())
    let fraction = String(scaled % scale)
    let zeros = String(repeating: "0", count: (scale == 100 ? 2 : 1) - fraction.count)
    return "\(formatCount(scaled / scale)).\(zeros)\(fraction)"
}

/// `97 %`; one decimal below 10 %.
func formatPercent(_ part: Double) -> String {
    let tenths = Int((part * 1_000).rounded())
    return tenths < 100 && tenths % 10 != 0 ? "\(tenths / 10).\(tenths % 10) %" : "\(Int((part * 100).rounded())) %"
}
