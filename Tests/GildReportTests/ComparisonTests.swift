// Verdicts on made-up figures: each promise names the figures it follows from.

import Foundation
import Testing

@testable import GildReport

private let ms = 1_000_000

/// A run of `wall` milliseconds in which the lock was held for `held` parts and threads waited for `waited`.
private func lockedReport(wall: Int, held: Double, waited: Double = 0, futile: Int = 0, contended: Int = 10, handoffs: Int = 10) -> RunReport {
    func times(_ part: Double) -> TimeDistribution {
        let sum = Int(part * Double(wall * ms))
        return TimeDistribution(count: 100, sum: sum, minimum: 0, p50: sum / 100, p90: sum / 50, p99: sum / 20, p999: sum / 20, maximum: sum / 20)
    }
    return RunReport(
        script: "x.py", wallNanoseconds: wall * ms,
        lock: LockReport(
            acquisitions: 100, contendedAcquisitions: contended, drops: 100, handoffs: .init(interval: handoffs), futileWakeups: futile,
            hold: times(held), wait: times(waited)))
}

/// Milliseconds of the runs for each subject and thread count.
private func comparison(
    _ times: [(subject: Comparison.Subject, threads: Int, milliseconds: [Int], report: RunReport?)], work: Comparison.Work = .total, processors: Int = 4,
    repetitions: Int = 3
) -> Comparison {
    var subjects: [Comparison.Subject] = []
    for entry in times where !subjects.contains(entry.subject) { subjects.append(entry.subject) }
    return Comparison(
        script: "x.py", work: work, repetitions: repetitions, processors: processors, threadCounts: Set(times.map(\.threads)).sorted(), subjects: subjects,
        configurations: times.map {
            .init(subject: $0.subject.name, threads: $0.threads, runs: $0.milliseconds.map { .init(wallNanoseconds: $0 * ms) }, report: $0.report)
        })
}

private let gil = Comparison.Subject(regime: "gil", hasOneLock: true)
private let biased = Comparison.Subject(regime: "biased", hasOneLock: false)
private let python = Comparison.Subject(
    .init(path: "/p", implementation: "CPython", version: "3.13.0", isFreeThreadedBuild: false, isGILEnabled: true))

@Suite struct VerdictTests {
    @Test func fourFifthsOfWhatTheProcessorsAllowScales() {
        let result = comparison([(biased, 1, [400, 402, 404], nil), (biased, 4, [120, 121, 122], nil)])
        #expect(result.verdicts[0].findings == [.scales])
        #expect(result.verdicts[0].text == "biased: 4 threads are 3.33 times as fast as one: it scales (4 processors).")
        let fewer = comparison([(biased, 1, [400, 402, 404], nil), (biased, 4, [240, 241, 242], nil)])
        #expect(fewer.verdicts[0].findings == [.scalesPartly])
        #expect(fewer.verdicts[0].text.contains("1.67 times as fast as one, of 4.00 that 4 processors allow"))
        // The same times on two processors are four fifths of what is allowed.
        #expect(comparison([(biased, 1, [400, 402, 404], nil), (biased, 4, [240, 241, 242], nil)], processors: 2).verdicts[0].findings == [.scales])
    }

    @Test func aDifferenceWithinTheSpreadIsNone() {
        let noisy = comparison([(gil, 1, [100, 110, 180], nil), (gil, 4, [106, 107, 108], nil)])
        #expect(noisy.verdicts[0].findings == [.noMeasurableDifference])
        #expect(noisy.verdicts[0].text == "gil: 4 threads take 1.06 times as long as one: no measurable difference (repeated runs differ by 10 %).")
        let quiet = comparison([(gil, 1, [100, 101, 180], nil), (gil, 4, [106, 107, 108], nil)])
        #expect(quiet.verdicts[0].findings == [.slower])
        #expect(quiet.verdicts[0].text.contains("it gets slower with threads"))
        let equal = comparison([(gil, 1, [1000, 1000, 1000], nil), (gil, 4, [1019, 1019, 1019], nil)])
        #expect(equal.verdicts[0].findings == [.noMeasurableDifference], "below 2 % nothing is a difference, however quiet the runs")
    }

    @Test func aSingleRunIsNotJudged() {
        let result = comparison([(gil, 1, [100], nil), (gil, 4, [900], nil)], repetitions: 1)
        #expect(result.verdicts[0].findings == [.notJudged])
        #expect(result.verdicts[0].text.contains("9.00 times as long as one, in one run each: too few to judge"))
        #expect(result.notes.contains { $0.hasPrefix("Each configuration ran once") })
    }

    @Test func onlyALockThatIsHeldMostOfTheTimeIsTheReason() {
        let full = comparison([(gil, 1, [100, 100, 101], nil), (gil, 4, [102, 102, 103], lockedReport(wall: 100, held: 0.97, waited: 2.9))])
        #expect(full.verdicts[0].findings == [.noMeasurableDifference, .oneThreadAtATime, .waitsDominate])
        #expect(full.verdicts[0].text.contains("one thread runs at a time (the lock was held 97.0 % of the run)"))
        #expect(full.verdicts[0].text.contains("waited for the lock 75 % of that time"))
        let idle = comparison([(gil, 1, [100, 100, 101], nil), (gil, 4, [102, 102, 103], lockedReport(wall: 100, held: 0.3, waited: 0.1))])
        #expect(idle.verdicts[0].findings == [.noMeasurableDifference])
        // The same figures under a regime without one lock say nothing about a reason.
        let other = comparison([(biased, 1, [100, 100, 101], nil), (biased, 4, [102, 102, 103], lockedReport(wall: 100, held: 0.97, waited: 2.9))])
        #expect(other.verdicts[0].findings == [.noMeasurableDifference])
    }

    @Test(arguments: [(99, 10, false), (100, 100, true), (500, 501, false)])
    func futileWakeupsAreToldWhereThereAreMany(futile: Int, contended: Int, told: Bool) {
        let report = lockedReport(wall: 100, held: 0.5, futile: futile, contended: contended)
        let result = comparison([(gil, 1, [100, 100, 101], nil), (gil, 4, [102, 102, 103], report)])
        #expect(result.verdicts[0].findings.contains(.futileWakeups) == told)
    }

    @Test func workPerThreadIsComparedByThroughput() {
        let result = comparison([(gil, 1, [100, 100, 101], nil), (gil, 4, [400, 400, 401], nil)], work: .perThread)
        #expect(result["gil", 4]?.speedUp == 1)
        #expect(result["gil", 4]?.throughput == 10)
        #expect(result.verdicts[0].text.contains("4 threads do 1.00 times the work of one in the same time: no measurable difference"))
        let scaling = comparison([(gil, 1, [100, 100, 101], nil), (gil, 4, [104, 104, 105], nil)], work: .perThread)
        #expect(scaling.verdicts[0].findings == [.scales])
    }

    @Test func theFirstSubjectIsTheMeasureOfOneThread() {
        let result = comparison([
            (gil, 1, [100, 100, 101], nil), (biased, 1, [130, 130, 131], nil), (python, 1, [50, 50, 51], nil),
        ])
        #expect(result.verdicts[0].text == "gil: measured with 1 thread only: nothing to compare.")
        #expect(result.verdicts[1].text.hasSuffix("one thread takes 1.30 times as long as under gil."))
        #expect(result.verdicts[2].text.hasPrefix("CPython 3.13.0 (GIL): "))
        #expect(result.verdicts[2].text.hasSuffix("one thread is 2.00 times as fast as under gil."))
    }

    @Test func withoutOneThreadThereIsNoSpeedUp() {
        let result = comparison([(gil, 2, [100, 100, 101], nil), (gil, 4, [50, 50, 51], nil)])
        #expect(result["gil", 4]?.speedUp == nil)
        #expect(result.verdicts[0].text == "gil: not measured with one thread: no speed-up can be told.")
        #expect(result.verdicts[0].findings == [])
    }

    @Test func whatWentWrongIsPartOfTheSentence() {
        var runs = [Comparison.Run(wallNanoseconds: ms, leakedObjects: 0), .init(wallNanoseconds: 2 * ms, leakedObjects: 7)]
        let leaking = Comparison.Configuration(subject: "biased", threads: 1, runs: runs)
        runs.removeLast()
        let failing = Comparison.Configuration(
            subject: "biased", threads: 2, runs: runs, failure: .init(round: 2, reason: "ended with status 1", standardError: "oops", deadlocks: 2))
        let differing = Comparison.Configuration(
            subject: "biased", threads: 4, runs: runs, difference: .init(reference: "gil, 1 thread", line: 3, expected: "a", found: nil))
        let result = Comparison(
            script: "x.py", repetitions: 2, processors: 4, threadCounts: [1, 2, 4], subjects: [biased], configurations: [leaking, failing, differing])
        #expect(result.verdicts[0].findings == [.notJudged, .failed, .deadlocks, .leaks, .differingOutput])
        for part in [
            "2 threads failed: ended with status 1", "2 deadlocks in 1 run", "1 of 4 runs leaked, up to 7 objects",
            "with 4 threads it printed something else than gil, 1 thread from line 3 on",
        ] { #expect(result.verdicts[0].text.contains(part), "\(result.verdicts[0].text)") }
        #expect(result["biased", 2]?.fastest == nil, "a configuration that failed has no time")
        let nothing = Comparison(
            script: "x.py", repetitions: 2, processors: 4, threadCounts: [1], subjects: [gil], configurations: [.init(subject: "gil", threads: 1)])
        #expect(nothing.verdicts[0].text == "gil: nothing was measured.")
    }

    @Test func shortRunsAreALimit() {
        let short = comparison([(gil, 1, [100, 100, 101], lockedReport(wall: 70, held: 1))])
        #expect(short.notes.contains { $0.contains("of gil, 1 thread, 30 % of the wall time is start-up") })
        let long = comparison([(gil, 1, [100, 100, 101], lockedReport(wall: 95, held: 1))])
        #expect(long.notes == [])
        #expect(comparison([(gil, 8, [100, 100, 101], nil)], processors: 2).notes.contains { $0.contains("8 threads ran on 2 processors") })
    }

    @Test func theSpreadIsTheMediansDistanceAndOneOutlierIsNothing() {
        #expect(repetitionSpread([100]) == nil)
        #expect(repetitionSpread([100, 150]) == 0.5)
        #expect(abs((repetitionSpread([300, 100, 101]) ?? 0) - 0.01) < 1e-9)
        #expect(formatRatio(9.994) == "9.99")
        #expect(formatRatio(9.996) == "10.0")
        #expect(formatRatio(0.0049) == "0.00")
        #expect(formatPercent(0.0213) == "2.1 %")
        #expect(formatPercent(0.974) == "97 %")
    }

    @Test(arguments: [(0.5123, "0.512"), (5.123, "5.12"), (51.23, "51.2"), (512.3, "512"), (5123, "5,123"), (9.996, "10.0"), (0, "0"), (0.01234, "0.0123")])
    func ratesHaveThreeDigits(rate: Double, text: String) { #expect(formatRate(rate) == text) }
}

@Suite struct ComparisonRenderingTests {
    static func example() -> Comparison {
        var report = lockedReport(wall: 100, held: 0.97, waited: 2.9)
        report.threads = [ThreadReport(name: "MainThread"), ThreadReport(name: "<script>alert('1')</script>&\"")]
        report.lock.handoffs = .init(blocking: 1, interval: 1)
        report.lock.recentHandoffs = [
            .init(atNanoseconds: 40 * ms, from: 0, to: 1, reason: .blocking, gapNanoseconds: 3 * ms),
            .init(atNanoseconds: 70 * ms, from: 1, to: 0, reason: .interval, gapNanoseconds: 5 * ms),
        ]
        var result = comparison([
            (gil, 1, [100, 100, 101], lockedReport(wall: 99, held: 1)), (gil, 4, [102, 103, 104], report), (python, 1, [50, 51, 52], nil),
            (python, 4, [49, 50, 51], nil),
        ])
        result.script = "<b>.py"
        result.configurations[3].difference = .init(reference: "gil, 1 thread", line: 2, expected: "<i>\u{1B}[2J", found: nil)
        return result
    }

    @Test func theTableHasEveryFigure() {
        let text = Self.example().table()
        for part in [
            "<b>.py THREADS", "runs/s", "speed-up", "100 ms", "+0.98 %".replacing("0.98", with: "1"), "97.0 %", "CPython 3.13.0 (GIL)", "What the figures say",
            "expected  <i>\\x1b[2J", "found     (the end of the output)", "wait p99", "futile wakeups", "increfs",
        ] { #expect(text.contains(part), "\(part) is missing in\n\(text)") }
        #expect(!text.contains("\u{1B}"))
        #expect(text.split(separator: "\n").allSatisfy { !$0.hasSuffix(" ") })
        #expect(Self.example().table(isColoured: true).replacing(/\u{1B}\[[0-9]*m/, with: "") == text)
    }

    @Test func theJSONKeepsTheModel() throws {
        let example = Self.example()
        let text = example.json()
        #expect(try JSONDecoder().decode(Comparison.self, from: Data(text.utf8)) == example)
        let keys = text.matches(of: /\n  "([a-z_]+)":/).map { String($0.1) }
        #expect(
            keys == [
                "gild", "script", "arguments", "work", "repeat", "processors", "thread_counts", "subjects", "configurations", "verdicts", "notes",
            ])
        for key in ["speed_up", "throughput", "wall_ns", "recent_handoffs", "one_lock", "findings", "difference"] {
            #expect(text.contains("\"\(key)\":"), "\(key)")
        }
    }

    @Test func noNameBecomesMarkup() {
        let page = Self.example().page()
        #expect(!page.contains("<script"))
        #expect(!page.contains("<b>"))
        #expect(!page.contains("<i>"))
        #expect(page.contains("&lt;script&gt;alert(&#39;1&#39;)&lt;/script&gt;&amp;&quot;"))
        #expect(!page.contains("\u{1B}"))
        // A page that loads nothing: the only addresses are the empty icon and the names in the policy.
        #expect(page.components(separatedBy: "href=").count == 2 && page.contains(#"href="data:,""#))
        #expect(!page.contains("src=") && !page.contains("url("))
        #expect(!page.contains("http://") && !page.contains("https://"))
    }

    @Test func everyChartHasATitleADescriptionAndATable() {
        let page = Self.example().page()
        for id in ["speed-up", "waits", "timeline-0"] {
            #expect(page.contains("<svg id=\"\(id)\" class=\"chart\" role=\"img\" aria-labelledby=\"\(id)-title \(id)-desc\""), "\(id)")
            #expect(page.contains("<title id=\"\(id)-title\">") && page.contains("<desc id=\"\(id)-desc\">"), "\(id)")
        }
        #expect(page.components(separatedBy: "<svg").count == 1 + 3)
        #expect(page.components(separatedBy: "<caption>").count == 1 + 4)
        #expect(page.contains("The whole run: 2 handoffs in 100 ms."))
    }

    @Test func chartsThatCannotBeDrawnSayWhy() {
        let page = comparison([(biased, 1, [100, 100, 101], nil), (gil, 1, [100, 100, 101], lockedReport(wall: 99, held: 1))]).page()
        for part in [
            "No speed-up can be drawn", "No waits to draw", "there is no lock that all threads share", "with 1 thread the lock never changed hands",
        ] { #expect(page.contains(part), "\(part)") }
        #expect(!page.contains("<svg"))
    }

    @Test func coordinatesAreShort() {
        #expect(coordinate(12) == "12")
        #expect(coordinate(12.34) == "12.3")
        #expect(coordinate(-0.25) == "-0.3")
        #expect(coordinate(-3) == "-3")
    }
}

@Suite struct LockTimelineTests {
    private func report(_ handoffs: [LockReport.RecentHandoff], all: Int) -> RunReport {
        RunReport(script: "x.py", wallNanoseconds: 100, lock: LockReport(handoffs: .init(interval: all), recentHandoffs: handoffs))
    }

    private let handoffs: [LockReport.RecentHandoff] = [
        .init(atNanoseconds: 40, from: 0, to: 1, reason: .blocking, gapNanoseconds: 3), .init(atNanoseconds: 70, from: 1, to: 0, reason: .interval, gapNanoseconds: 5),
    ]

    @Test func turnsLieBetweenHandoffs() throws {
        let timeline = try #require(LockTimeline(report(handoffs, all: 2)))
        #expect(timeline.isWhole)
        #expect(
            timeline.turns == [
                .init(thread: 0, start: 0, end: 37, ending: .blocking), .init(thread: 1, start: 40, end: 65, ending: .interval),
                .init(thread: 0, start: 70, end: 100, ending: nil),
            ])
        #expect(
            timeline.shares == [
                .init(thread: 0, turns: 2, nanoseconds: 67, longest: 37), .init(thread: 1, turns: 1, nanoseconds: 25, longest: 25),
            ])
    }

    @Test func whatWasForgottenIsNotDrawn() throws {
        let timeline = try #require(LockTimeline(report(handoffs, all: 3)))
        #expect(!timeline.isWhole)
        #expect(timeline.start == 40)
        #expect(timeline.turns.map(\.start) == [40, 70])
        let page = Comparison(
            script: "x.py", repetitions: 1, processors: 2, threadCounts: [2], subjects: [gil],
            configurations: [.init(subject: "gil", threads: 2, runs: [.init(wallNanoseconds: 100)], report: report(handoffs, all: 3))]
        ).page()
        #expect(page.contains("Not the whole run: the latest 2 of 3 handoffs, the last 60 ns of 100 ns."))
        #expect(LockTimeline(report([], all: 0)) == nil)
    }
}
