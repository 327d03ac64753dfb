// The figures of several runtimes together.

import GildReport
import Testing

@Suite struct SiblingsTests {
    private func report(_ scale: Int) -> RunReport {
        var report = RunReport(script: "x.py", wallNanoseconds: 1000 * scale, cpuNanoseconds: 900 * scale)
        report.lock.acquisitions = 3 * scale
        report.lock.wait = TimeDistribution(count: scale, sum: 10 * scale, minimum: 5 - scale, p50: 7 * scale, p90: 8, p99: 9 * scale, p999: 9, maximum: 10 * scale)
        report.threads = [ThreadReport(name: "MainThread", instructions: scale)]
        report.refcounts = RefcountReport(increfs: 5 * scale, decrefs: 4 * scale, liveReferences: scale)
        report.heap.peakBytes = 100 * scale
        report.notes = ["common", "own \(scale)"]
        return report
    }

    @Test func countsAddUpAndPercentilesAreTheLargest() {
        let together = SiblingsReport(script: "x.py", wallNanoseconds: 5000, cpuNanoseconds: 6000, runtimes: [report(1), report(3)]).together
        #expect(together.wallNanoseconds == 5000 && together.cpuNanoseconds == 6000)
        #expect(together.lock.acquisitions == 12 && together.threads.count == 2)
        #expect(together.lock.wait == TimeDistribution(count: 4, sum: 40, minimum: 2, p50: 21, p90: 8, p99: 27, p999: 9, maximum: 30))
        #expect(together.refcounts == RefcountReport(increfs: 20, decrefs: 16, liveReferences: 4))
        #expect(together.heap.peakBytes == 400)
        #expect(together.notes.dropLast() == ["common", "own 1", "own 3"])
    }

    /// Of one runtime nothing is a sum, and there is nothing to explain.
    @Test func oneRuntimeIsItself() {
        var alone = report(1)
        let together = SiblingsReport(script: "x.py", wallNanoseconds: 5000, cpuNanoseconds: 6000, runtimes: [alone]).together
        (alone.wallNanoseconds, alone.cpuNanoseconds) = (5000, 6000)
        #expect(together == alone)
    }

    @Test func aRuntimeWithoutWaitsLeavesTheOthersLeast() {
        var idle = report(1)
        idle.lock.wait = TimeDistribution()
        let together = SiblingsReport(script: "x.py", wallNanoseconds: 1, cpuNanoseconds: 1, runtimes: [idle, report(2)]).together
        #expect(together.lock.wait == report(2).lock.wait)
    }
}
