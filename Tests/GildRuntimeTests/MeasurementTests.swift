import CGild
import XCTest

@testable import GildRuntime

final class MeasurementTests: XCTestCase {
    func testDistributionIsExactAtTheEnds() {
        var recorder = TimeRecorder()
        XCTAssertEqual(recorder.distribution, TimeDistribution())
        for value in 1...1000 { recorder.record(UInt64(value) * 1_000_003) }
        let distribution = recorder.distribution
        XCTAssertEqual(distribution.count, 1000)
        XCTAssertEqual(distribution.sum, 500_500 * 1_000_003)
        XCTAssertEqual(distribution.min, 1_000_003)
        XCTAssertEqual(distribution.max, 1_000_003_000)
        XCTAssertEqual(Double(distribution.p50), 500e6, accuracy: 5.1e6)
        XCTAssertEqual(Double(distribution.p90), 900e6, accuracy: 9.1e6)
        XCTAssertEqual(Double(distribution.p99), 990e6, accuracy: 10e6)
        XCTAssertLessThanOrEqual(distribution.p999, distribution.max)
        recorder.record(0)
        XCTAssertEqual(recorder.distribution.min, 0)
        recorder.record(.max)
        XCTAssertEqual(recorder.distribution.count, 1002)
    }

    /// Buckets follow each other without gap or overlap, and none is wider than 1/128 of its values.
    func testBucketsOfTheHistogram() {
        var next: UInt64 = 0
        var index = 0
        while next < 1 << 62 {
            XCTAssertEqual(TimeHistogram.index(of: next), index)
            let end = TimeHistogram.upperEnd(of: index)
            XCTAssertEqual(TimeHistogram.index(of: end), index)
            XCTAssertLessThanOrEqual(end - next, next >> 7)
            next = end + 1
            index += 1
        }
    }

    /// Against the sorted values themselves.
    func testPercentilesOfTheHistogram() {
        let seed = UInt64.random(in: 1 ... .max)
        var state = seed
        var values: [UInt64] = []
        var histogram = TimeHistogram()
        var earlier = TimeHistogram()
        for number in 0..<5000 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            let value = state >> (20 + (state >> 33) % 40)
            values.append(value)
            histogram.record(value)
            if number == 1999 { earlier = histogram }
        }
        func check(_ histogram: TimeHistogram, _ values: [UInt64]) {
            let sorted = values.sorted()
            for percentage in [1.0, 50, 90, 99, 99.9, 100] {
                let exact = sorted[Int((percentage / 100 * Double(sorted.count)).rounded(.up)) - 1]
                let found = histogram.percentile(percentage)
                XCTAssertTrue(found >= exact && found - exact <= exact >> 7, "\(percentage) %: \(found) for \(exact), seed \(seed)")
            }
        }
        check(histogram, values)
        let difference = histogram.since(earlier, sum: values[2000...].reduce(0, &+))
        XCTAssertEqual(difference.count, 3000)
        check(difference, Array(values[2000...]))
        var sum = earlier
        sum.add(difference)
        check(sum, values)
    }

    /// The greatest value of an interval is known to the width of its bucket only, but it is no greater than the sum.
    func testTheGreatestOfAnIntervalIsNoGreaterThanItsSum() {
        var recorder = TimeRecorder()
        recorder.record(50_000_000)
        let earlier = recorder
        for time: UInt64 in [1383, 551, 34_300_000] { recorder.record(time) }
        let interval = recorder.since(earlier).distribution
        XCTAssertEqual(interval.sum, 34_301_934)
        XCTAssertTrue(interval.max >= 34_300_000 && interval.max <= interval.sum, "\(interval)")
        var one = recorder
        one.record(777)
        let last = one.since(recorder).distribution
        XCTAssertTrue(last.min == 777 && last.max == 777, "\(last)")
    }

    func testDistributionsMerge() {
        var left = TimeRecorder()
        var right = TimeRecorder()
        left.record(10)
        right.record(1_000_000_000)
        right.record(5)
        left.add(right)
        left.add(TimeRecorder())
        XCTAssertEqual(left.distribution.count, 3)
        XCTAssertEqual(left.distribution.sum, 1_000_000_015)
        XCTAssertEqual(left.distribution.min, 5)
        XCTAssertEqual(left.distribution.max, 1_000_000_000)
    }

    /// Hold, idle and blocked times of a schedule that is known.
    ///
    ///     main    hold 20 ms | blocked 10 ms | hold 5 ms, finish
    ///     lock    held       | idle          | held
    func testTimesOfOneThread() {
        let gil = GlobalInterpreterLock()
        let thread = gil.register(evalBreaker: makeEvalBreaker(), name: "MainThread")
        gil.startMeasuring()
        gil.take(thread)
        usleep(20_000)
        gil.drop(thread, .blocking)
        usleep(10_000)
        gil.take(thread)
        usleep(5_000)
        let inside = gil.report()
        XCTAssertEqual(inside.hold.count, 2)
        XCTAssertEqual(inside.unaccountedNanoseconds, 0)
        gil.drop(thread, .finish)
        let report = gil.stopMeasuring()
        usleep(1000)
        XCTAssertEqual(gil.report(), report, "measuring has stopped")
        XCTAssertEqual(report.hold.count, 2)
        XCTAssertGreaterThanOrEqual(report.hold.sum, 25_000_000)
        XCTAssertGreaterThanOrEqual(report.hold.max, 20_000_000)
        XCTAssertGreaterThanOrEqual(report.hold.min, 5_000_000)
        XCTAssertGreaterThanOrEqual(report.idleNanoseconds, 10_000_000)
        XCTAssertEqual(report.blocked.count, 1)
        XCTAssertGreaterThanOrEqual(report.blocked.sum, 10_000_000)
        XCTAssertEqual(report.wait.count, 2)
        XCTAssertEqual(report.contendedAcquisitions, 0)
        XCTAssertEqual(report.unaccountedNanoseconds, 0)
        XCTAssertEqual(report.threads.first?.name, "MainThread")
        gil.retire(thread)
        XCTAssertTrue(gil.destroy())
    }

    /// Who gave to whom, and why.
    ///
    ///     A  take      …  drop (blocking)            take … drop (finish)
    ///     B       take?   takes  …  drop (finish)
    func testHandoffsNameBothSides() {
        let gil = GlobalInterpreterLock()
        gil.switchInterval = 1_000_000_000
        let a = gil.register(evalBreaker: makeEvalBreaker(), name: "A")
        gil.take(a)
        let words = makeWords(1)
        let threads = startThreads(1) { _ in
            let b = gil.register(evalBreaker: makeEvalBreaker(), name: "B")
            gild_store_release_32(words[0], 1)
            gil.take(b)
            usleep(2000)
            gil.drop(b, .finish)
            gil.retire(b)
        }
        while gild_load_acquire_32(words[0]) == 0 { usleep(100) }
        // B is inside `take` once its wait is in progress.
        while gil.report().threads.last?.wait.count == 0 { usleep(100) }
        usleep(3000)
        gil.drop(a, .blocking)
        joinThreads(threads)
        gil.take(a)
        gil.drop(a, .finish)
        let report = gil.stopMeasuring()
        XCTAssertEqual(
            report.pairs,
            [
                HandoffPair(from: 1, to: 2, counts: DropCounts(blocking: 1)),
                HandoffPair(from: 2, to: 1, counts: DropCounts(finish: 1)),
            ])
        XCTAssertEqual(report.handoffs, DropCounts(blocking: 1, finish: 1))
        XCTAssertEqual(report.recentHandoffs.map(\.from), [1, 2])
        XCTAssertEqual(report.recentHandoffs.map(\.takerWaited), [true, false])
        XCTAssertEqual(report.handoff.count, 1)
        XCTAssertGreaterThanOrEqual(report.threads[1].wait.sum, 3_000_000)
        XCTAssertEqual(report.threads[1].contendedAcquisitions, 1)
        XCTAssertGreaterThanOrEqual(report.threads[0].blocked.sum, 2_000_000)
        XCTAssertEqual(report.unaccountedNanoseconds, 0)
        gil.retire(a)
        XCTAssertTrue(gil.destroy())
    }

    /// The last thread of a run may still be on its way out when the run's main thread closes and frees the account.
    ///
    ///     late            drop …                          retire (books into the account)
    ///     main                   closeAccount freeAccount?                               frees
    func testAnAccountStaysUntilItsLastThreadIsRetired() {
        for number in UInt64(1)...50 {
            let gil = GlobalInterpreterLock()
            nonisolated(unsafe) let account = gil.openAccount(number)
            let late = gil.register(evalBreaker: makeEvalBreaker(), name: "late", account: account)
            gil.take(late)
            gil.drop(late, .finish)
            let words = makeWords(2)
            let threads = startThreads(1) { _ in
                _ = gil.closeAccount(account)
                gil.freeAccount(number)
                // Whether the thread had come to its last step by then.
                gild_store_release_32(words[1], gild_load_acquire_32(words[0]) + 1)
            }
            // From here on the other thread waits, or has not waited and is about to say so.
            while gil.measurements(ofRun: number) != nil { sched_yield() }
            for _ in 0..<20 { sched_yield() }
            gild_store_release_32(words[0], 1)
            gil.retire(late)
            joinThreads(threads)
            XCTAssertEqual(gild_load_acquire_32(words[1]), 2, "the account was freed before its thread was retired")
            XCTAssertTrue(gil.destroy())
        }
    }

    /// The ring keeps the latest handoffs, the totals keep them all, and finished threads leave only their summaries.
    func testManyThreads() {
        let gil = GlobalInterpreterLock()
        for index in 0..<3000 {
            let thread = gil.register(evalBreaker: makeEvalBreaker(), name: "Thread-\(index)")
            gil.take(thread)
            gil.drop(thread, .finish)
            gil.retire(thread)
        }
        let report = gil.stopMeasuring()
        XCTAssertEqual(report.handoffs, DropCounts(finish: 2999))
        XCTAssertEqual(report.recentHandoffs.count, LockLedger.recentCapacity)
        XCTAssertEqual(report.recentHandoffs.last?.to, 3000)
        XCTAssertEqual(report.recentHandoffs.map(\.time), report.recentHandoffs.map(\.time).sorted())
        XCTAssertEqual(report.threads.count, 3000)
        XCTAssertEqual(report.hold.count, 3000)
        XCTAssertEqual(report.unaccountedNanoseconds, 0)
        XCTAssertTrue(gil.destroy())
    }
}
