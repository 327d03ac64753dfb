import Foundation
import Testing

@testable import GildReport

private let ms = 1_000_000

@Suite struct AdviceTests {
    /// An interval in microseconds with the wall times of its runs in milliseconds, and the 99th percentile of its waits in microseconds.
    private func point(_ interval: Int, _ walls: [Int], wait: Int, switches: Int = 100) -> Sweep.Point {
        let times = TimeDistribution(count: 10, sum: wait, minimum: 0, p50: wait * 500, p90: wait * 900, p99: wait * 1000, p999: wait * 1000, maximum: wait * 1000)
        return .init(
            switchIntervalNanoseconds: interval * 1000,
            runs: walls.map { .init(wallNanoseconds: $0 * ms, intervalHandoffs: switches, handoffs: switches, wait: times, handoff: times) })
    }

    private func advice(_ points: [Sweep.Point]) -> Advice {
        Sweep(script: "x.py", regime: "gil", repetitions: 3, processors: 2, points: points).advice
    }

    @Test func theShortestCheapIntervalIsAdvised() {
        let result = advice([
            point(50_000, [1000, 1001, 1002], wait: 90_000), point(50, [1300, 1301, 1302], wait: 200), point(500, [1040, 1041, 1042], wait: 900),
            point(5000, [1005, 1006, 1007], wait: 9000),
        ])
        #expect(result.finding == .advised)
        #expect(result.switchIntervalNanoseconds == 500_000)
        #expect(
            result.text
                == "Take 500 µs: the shortest interval that costs at most 5 % of the throughput (it costs 3.8 % of the best throughput, which 50 ms has); "
                + "99 of 100 waits for the lock end within 900 µs, against 90 ms at 50 ms.".replacing("90 ms", with: "90.0 ms"))
    }

    @Test func theLongestMayBeTheOnlyCheapOne() {
        let result = advice([point(50, [1300, 1301, 1302], wait: 200), point(5000, [1000, 1001, 1002], wait: 9000)])
        #expect(result.switchIntervalNanoseconds == 5_000_000)
        #expect(result.text.contains("it has the best throughput of all") && !result.text.contains("against"))
    }

    @Test func alikeIntervalsGiveNoReasonToChoose() {
        let result = advice([point(50, [1000, 1001, 1002], wait: 1000), point(5000, [1010, 1011, 1012], wait: 1050)])
        #expect(result.finding == .alike)
        #expect(result.switchIntervalNanoseconds == nil)
        // Waits that differ are a reason, though throughput does not.
        #expect(advice([point(50, [1000, 1001, 1002], wait: 1000), point(5000, [1010, 1011, 1012], wait: 1200)]).finding == .advised)
    }

    @Test func noiseChoosesNothing() {
        // The short interval costs 8 %, but its own runs differ by 20 %: it could be cheap.
        let unclear = advice([point(50, [1080, 1300, 1310], wait: 200), point(5000, [1000, 1001, 1002], wait: 9000)])
        #expect(unclear.finding == .tooNoisy)
        #expect(unclear.text.contains("differ by up to 20 %"))
        // It costs 50 %: dear whatever the noise.
        #expect(advice([point(50, [2000, 2300, 2310], wait: 200), point(5000, [1000, 1001, 1002], wait: 9000)]).switchIntervalNanoseconds == 5_000_000)
        // Noise beyond the shortest cheap one does not matter.
        #expect(advice([point(50, [1000, 1001, 1002], wait: 200), point(5000, [1010, 1500, 1501], wait: 9000)]).switchIntervalNanoseconds == 50_000)
    }

    @Test func whereNobodyIsMadeToSwitchTheIntervalDecidesNothing() {
        let result = advice([point(50, [1000, 1001, 1002], wait: 5, switches: 0), point(5000, [1500, 1501, 1502], wait: 5, switches: 0)])
        #expect(result.finding == .noForcedSwitches)
    }

    @Test func tooLittleIsNotJudged() {
        #expect(advice([point(50, [1000], wait: 5), point(5000, [1500], wait: 5)]).finding == .tooFewRuns)
        #expect(advice([point(50, [1000, 1000], wait: 5)]).finding == .tooFewRuns)
        #expect(advice([]).finding == .tooFewRuns)
        let failed = Sweep.Point(switchIntervalNanoseconds: 5, failure: .init(round: 1, reason: "ended with status 1", standardError: "no"))
        #expect(advice([point(50, [1000, 1000], wait: 5), failed]).finding == .tooFewRuns)
    }

    @Test func percentilesAreMediansOfTheRuns() {
        let runs = [5, 900, 7].map { p99 in
            Sweep.Run(wallNanoseconds: 10, wait: TimeDistribution(count: 1, p50: 1, p90: 2, p99: p99))
        }
        let point = Sweep.Point(switchIntervalNanoseconds: 5, runs: runs)
        #expect(point.wait == .init(p50: 1, p90: 2, p99: 7))
        #expect(point.handoff == nil, "no handoff was waited for")
    }

    @Test func tableAndJSONHaveTheFigures() throws {
        var failed = point(5000, [1200], wait: 9)
        failed = .init(switchIntervalNanoseconds: 5_000_000, runs: failed.runs, failure: .init(round: 2, reason: "ended with status 1", standardError: "a\u{1B}b\n"))
        let sweep = Sweep(
            script: "x.py", arguments: ["2"], regime: "gil", repetitions: 2, processors: 2,
            points: [point(50, [1000, 1001], wait: 200), point(500, [1010, 1011], wait: 400), failed])
        let text = sweep.table()
        for part in ["x.py 2 · regime gil", "50 µs", "500 µs", "99 %", "5 ms", "failed", "a\\x1bb", "handoff p99", "wait: from asking", "Take 50 µs"] {
            #expect(text.contains(part), "\(part) is missing in\n\(text)")
        }
        #expect(!text.contains("\u{1B}"))
        #expect(try JSONDecoder().decode(Sweep.self, from: Data(sweep.json().utf8)) == sweep)
        #expect(sweep.json().contains("\"advice\": {"))
    }
}
