// gild sweep: the same script at every switch interval, in turn.

import GildReport
import Glibc

public struct SweepPlan: Sendable {
    public var script: String
    public var arguments: [String]
    public var regime: String
    /// Nanoseconds, without duplicates.
    public var switchIntervals: [UInt64]
    public var repetitions: Int
    /// Of each run.
    public var timeLimitNanoseconds: UInt64

    public init(
        script: String, arguments: [String], regime: String, switchIntervals: [UInt64], repetitions: Int, timeLimitNanoseconds: UInt64
    ) {
        self.script = script
        self.arguments = arguments
        self.regime = regime
        self.switchIntervals = switchIntervals
        self.repetitions = repetitions
        self.timeLimitNanoseconds = timeLimitNanoseconds
    }
}

/// Runs everything. `progress` gets a line before each run.
public func sweep(_ plan: SweepPlan, progress: (String) -> Void = { _ in }) throws(ComparisonError) -> Sweep {
    var runs: [[Sweep.Run]] = plan.switchIntervals.map { _ in [] }
    var failures: [Comparison.Failure?] = plan.switchIntervals.map { _ in nil }
    for round in 1...plan.repetitions {
        for (index, interval) in plan.switchIntervals.enumerated() where failures[index] == nil {
            progress("round \(round) of \(plan.repetitions): \(formatSetting(Int(interval)))")
            let ended = try GildRun(
                options: ["--switch-interval", "\(interval)ns", "--regime", plan.regime], script: plan.script, arguments: plan.arguments,
                timeLimitNanoseconds: plan.timeLimitNanoseconds
            ).run()
            var failure = ended.failure
            // sys.setswitchinterval() would make every row the same, and the advice about nothing.
            if let report = ended.report, UInt64(max(0, report.lock.switchIntervalNanoseconds)) != interval {
                failure = "set the switch interval itself, to \(formatSetting(report.lock.switchIntervalNanoseconds))"
            }
            if let failure {
                failures[index] = ended.failed(failure, round: round)
            } else if let report = ended.report {
                runs[index].append(
                    .init(
                        wallNanoseconds: ended.child.wallNanoseconds, intervalHandoffs: report.lock.handoffs.interval,
                        handoffs: report.lock.handoffs.total, dropRequests: report.lock.dropRequests, wait: report.lock.wait,
                        handoff: report.lock.handoff))
            }
        }
    }
    let points = plan.switchIntervals.indices.map { index in
        Sweep.Point(switchIntervalNanoseconds: Int(plan.switchIntervals[index]), runs: runs[index], failure: failures[index])
    }
    return Sweep(
        script: plan.script, arguments: plan.arguments, regime: plan.regime, repetitions: plan.repetitions, processors: usableProcessors(),
        points: points)
}
