import Foundation
import GildReport
import Testing

@testable import GildDaemon

/// Figures with a different number in every place.
func sampleFigures(name: String = "main") -> (RuntimeFigures, WorkloadFigures) {
    let lock = LockReport(
        acquisitions: 101, contendedAcquisitions: 102, drops: 103, handoffs: .init(blocking: 104, interval: 105, finish: 106),
        dropRequests: 107, futileWakeups: 108,
        hold: TimeDistribution(count: 103, sum: 5_000_000_000, minimum: 1, p50: 2, p90: 3, p99: 4, p999: 5, maximum: 1_000_000_000),
        wait: TimeDistribution(count: 101, sum: 12, minimum: 0, p50: 1, p90: 2, p99: 3, p999: 3, maximum: 4),
        handoff: TimeDistribution(), idleNanoseconds: 5_000_000_001)
    let runtime = RuntimeFigures(
        name: name, isExact: false, nanoseconds: 10_000_000_000, lock: lock, holder: "web/main", waiting: 2, threads: 3, runs: 1,
        increfs: 201, decrefs: 202, liveReferences: 203, allocations: 204, frees: 205, allocatedBytes: 206, freedBytes: 207,
        liveObjects: 208, liveBytes: 209, peakBytes: 210, heapLimitBytes: 211, collections: 212, cyclesCollected: 213)
    let workload = WorkloadFigures(
        runtime: name, workload: "web", run: 7, nanoseconds: 10_000_000_000, lock: lock, threads: 3, increfs: 301, decrefs: 302,
        allocations: 303, frees: 304, allocatedBytes: 305, freedBytes: 306, instructions: 307)
    return (runtime, workload)
}

@Suite struct LogMetricsTests {
    private func integers(_ record: LogRecord) -> [String: Int] {
        Dictionary(uniqueKeysWithValues: record.fields.compactMap { field in
            if case .int(let value) = field.value { (field.name, value) } else { nil }
        })
    }

    @Test func aRuntimesRecordHasEveryFigureOfTheInterval() {
        let record = MetricsRecords.record(of: sampleFigures().0)
        let figures = integers(record)
        #expect(record.kind == .runtimeMetrics && record.runtime == "main" && record.regime == "gil" && record.workload == nil)
        let expected = [
            "interval_ns": 10_000_000_000, "acquisitions": 101, "contended_acquisitions": 102, "drops": 103,
            "handoffs_blocking": 104, "handoffs_interval": 105, "handoffs_finish": 106, "drop_requests": 107,
            "futile_wakeups": 108, "hold_count": 103, "hold_sum_ns": 5_000_000_000, "hold_p50_ns": 2, "hold_p90_ns": 3,
            "hold_p99_ns": 4, "hold_max_ns": 1_000_000_000, "wait_count": 101, "wait_sum_ns": 12, "wait_p50_ns": 1,
            "wait_p90_ns": 2, "wait_p99_ns": 3, "wait_max_ns": 4, "handoff_count": 0, "handoff_sum_ns": 0, "handoff_p50_ns": 0,
            "handoff_p90_ns": 0, "handoff_p99_ns": 0, "handoff_max_ns": 0, "idle_ns": 5_000_000_001, "increfs": 201,
            "decrefs": 202, "live_references": 203, "allocations": 204, "frees": 205, "allocated_bytes": 206, "freed_bytes": 207,
            "live_objects": 208, "live_bytes": 209, "peak_bytes": 210, "heap_limit_bytes": 211, "collections": 212,
            "cycles_collected": 213, "waiting": 2, "threads": 3, "runs": 1,
        ]
        #expect(figures == expected)
        #expect(record.fields.contains(LogField("exact", false)))
        #expect(
            record.message.description
                == "lock held 50.0 % of 10.0 s by 1 run: 101 acquisitions, 315 handoffs, wait p99 3 ns, 208 live objects")
    }

    @Test func aRunsRecordHasEveryFigureOfTheInterval() {
        let record = MetricsRecords.record(of: sampleFigures().1)
        #expect(record.kind == .workloadMetrics && record.runtime == "main" && record.workload == "web" && record.regime == "gil")
        var figures = integers(record)
        // The lock's figures have the names that they have for a runtime.
        let lock = integers(MetricsRecords.record(of: sampleFigures().0)).filter { name, _ in
            name.hasPrefix("h") && name != "heap_limit_bytes" || name.hasPrefix("wait_")
                || ["acquisitions", "contended_acquisitions", "drops", "drop_requests", "futile_wakeups"].contains(name)
        }
        for (name, value) in lock { #expect(figures.removeValue(forKey: name) == value, "\(name)") }
        #expect(figures == [
            "run": 7, "interval_ns": 10_000_000_000, "threads": 3, "increfs": 301, "decrefs": 302, "allocations": 303, "frees": 304,
            "allocated_bytes": 305, "freed_bytes": 306, "instructions": 307,
        ])
        #expect(
            record.message.description
                == "held the lock 50.0 % of 10.0 s on 3 threads: 101 acquisitions, wait p99 3 ns, 303 allocations")
    }

    @Test func aLongHoldNamesTheScriptsLine() {
        let record = MetricsRecords.longHold(
            runtime: "main", regime: "gil", workload: "web", thread: "main", nanoseconds: 212_000_000,
            thresholdNanoseconds: 100_000_000, place: "job.py:12")
        #expect(record.kind == .longHold && record.level == .warning && record.workload == "web")
        #expect(record.message.description == "thread main held the lock for 212 ms, longer than 100 ms, at job.py:12")
        #expect(record.fields.contains(LogField("place", "job.py:12")) && record.fields.contains(LogField("hold_ns", 212_000_000)))
    }

    @Test func aDeadlockNamesVictimAndCycle() throws {
        let deadlock = DeadlockReport.Deadlock(
            isCycle: true,
            threads: [
                .init(thread: "T\u{202E}", holds: .init(what: "Lock", sinceNanoseconds: 5, takenAt: "a.py:1"), wants: .init(what: "RLock", at: "a.py:2"))
            ],
            victim: "T")
        let record = MetricsRecords.deadlock(deadlock, sentence: "T wants RLock", runtime: "main", regime: "gil", workload: "web")
        #expect(record.kind == .deadlock && record.level == .error && record.workload == "web")
        #expect(record.message.description == "deadlock: T wants RLock")
        #expect(record.fields.contains(LogField("victim", "T")) && record.fields.contains(LogField("threads", 1)))
        var line: [UInt8] = []
        LineForm.json.append(record, to: &line)
        let object = try #require(try JSONSerialization.jsonObject(with: Data(line)) as? [String: Any])
        let whole = try #require((object["fields"] as? [String: Any])?["deadlock"])
        let decoded = try JSONDecoder().decode(DeadlockReport.Deadlock.self, from: JSONSerialization.data(withJSONObject: whole))
        #expect(decoded.threads.first?.thread == "T\\u{202e}" && decoded.threads.first?.holds?.takenAt == "a.py:1")
    }

    @Test func aReportIsSearchableAndComplete() throws {
        let report = RunReport(
            script: "a\u{202E}.py", exitStatus: 3, wallNanoseconds: 1_500_000_000, lock: sampleFigures().0.lock,
            heap: HeapReport(allocatedObjects: 5, freedObjects: 3, liveObjects: 2, leaked: [.init(type: "list", count: 2, refcount: 4, site: "a.py:1")]))
        let record = MetricsRecords.record(of: report, runtime: "main", workload: "web", run: 9)
        #expect(integers(record)["exit_status"] == 3)
        #expect(integers(record)["live_objects"] == 2)
        #expect(record.message.description.contains("status 3 after 1.50 s"))
        var line: [UInt8] = []
        LineForm.json.append(record, to: &line)
        let object = try #require(try JSONSerialization.jsonObject(with: Data(line)) as? [String: Any])
        let whole = try #require((object["fields"] as? [String: Any])?["report"])
        var decoded = try JSONDecoder().decode(RunReport.self, from: JSONSerialization.data(withJSONObject: whole))
        #expect(decoded.script == "a\\u{202e}.py")
        decoded.script = report.script
        #expect(decoded == report)
    }

    @Test func leaksAreToldByTypeAndPlaceUpToALimit() {
        let leaks = (0..<5).map { HeapReport.Leak(type: "T\($0)", count: $0 + 1, refcount: 1, site: "a.py:\($0)") }
        let report = RunReport(script: "a.py", heap: HeapReport(leaked: leaks))
        let records = MetricsRecords.leakRecords(of: report, runtime: "main", workload: "web", run: 1, limit: 3)
        #expect(records.map(\.message.description) == [
            "1 object of type T0 leaked, allocated at a.py:0", "2 objects of type T1 leaked, allocated at a.py:1",
            "3 objects of type T2 leaked, allocated at a.py:2",
            "9 objects of further types and places leaked; the report has them all",
        ])
        #expect(records.allSatisfy { $0.level == .warning && $0.kind == .leak })
    }
}
