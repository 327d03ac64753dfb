import Foundation
import Testing

@testable import GildDaemon

/// An interpreter with `prometheus_client`, named by GILD_TEST_PYTHON. Continuous integration must have one.
private let python = ProcessInfo.processInfo.environment["GILD_TEST_PYTHON"]
private let isRequired = ProcessInfo.processInfo.environment["CI"] != nil

@Suite struct LogOpenMetricsTests {
    private func render(name: String = "main") -> String {
        let (runtime, workload) = sampleFigures(name: name)
        return OpenMetricsText.render(
            [runtime], [workload],
            DaemonFigures(
                version: "0.1.0", startRealtimeNanoseconds: 1_769_903_999_500_000_000,
                runs: [.init(runtime: name, workload: "web", result: "failed", count: 2)],
                workloads: [.init(runtime: name, workload: "web", running: 1)], clients: 4,
                log: EventLog.Statistics(written: 10, dropped: [.output: 3], pending: 0)))
    }

    @Test func theFamiliesOfTheLockAreThere() {
        let text = render()
        for line in [
            "# TYPE gild_gil_hold_seconds summary", "# UNIT gild_gil_hold_seconds seconds",
            "gild_gil_hold_seconds{runtime=\"main\",quantile=\"0.99\"} 0.000000004", "gild_gil_hold_seconds_sum{runtime=\"main\"} 5",
            "gild_gil_hold_seconds_count{runtime=\"main\"} 103", "gild_gil_wait_seconds_count{runtime=\"main\"} 101",
            "gild_gil_handoffs_total{runtime=\"main\",kind=\"interval\"} 105", "gild_gil_acquisitions_total{runtime=\"main\"} 101",
            "gild_gil_idle_seconds_total{runtime=\"main\"} 5.000000001",
            "gild_refcount_operations_total{runtime=\"main\",op=\"decref\"} 202", "gild_heap_objects{runtime=\"main\"} 208",
            "gild_heap_limit_bytes{runtime=\"main\"} 211", "gild_info{version=\"0.1.0\"} 1",
            "gild_workload_runs_total{runtime=\"main\",workload=\"web\",result=\"failed\"} 2",
            "gild_log_records_dropped_total{event=\"output\"} 3", "gild_start_time_seconds 1769903999.5",
        ] { #expect(text.split(separator: "\n").contains(Substring(line)), "\(line)") }
        #expect(text.hasSuffix("\n# EOF\n"))
    }

    @Test func anEmptyDistributionHasNoQuantiles() {
        #expect(!render().contains("gild_gil_handoff_seconds{"))
        #expect(render().contains("gild_gil_handoff_seconds_count{runtime=\"main\"} 0"))
    }

    @Test(arguments: [(0, "0"), (5_000, "0.000005"), (12_500_000_000, "12.5"), (3_000_000_000, "3"), (1, "0.000000001")])
    func secondsAreExact(_ nanoseconds: Int, _ seconds: String) { #expect(OpenMetricsText.seconds(nanoseconds) == seconds) }

    @Test(.enabled(if: python != nil || isRequired, "GILD_TEST_PYTHON names no interpreter with prometheus_client"), arguments: [
        "main", "qu\"ote", "back\\slash", "line\nfeed", "\\n", "日本 🙂 {} , = #",
    ])
    func prometheusReadsIt(_ name: String) throws {
        let python = try #require(python)
        let directory = makeLogTestDirectory()
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let file = directory + "/metrics.txt"
        try render(name: name).write(toFile: file, atomically: false, encoding: .utf8)
        let program = """
            import json, sys
            from prometheus_client.openmetrics.parser import text_string_to_metric_families
            families = list(text_string_to_metric_families(open(sys.argv[1], encoding="utf-8", newline="").read()))
            print(json.dumps({
                "families": {f.name: [f.type, f.unit, len(f.samples)] for f in families},
                "runtimes": sorted({s.labels["runtime"] for f in families for s in f.samples if "runtime" in s.labels}),
                "hold": [s.value for f in families for s in f.samples if s.name == "gild_gil_hold_seconds_sum"],
            }))
            """
        let process = Process()
        process.executableURL = URL(fileURLWithPath: python)
        process.arguments = ["-c", program, file]
        let output = Pipe()
        process.standardOutput = output
        try process.run()
        let data = try output.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        #expect(process.terminationStatus == 0)
        let object = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
        #expect(object["runtimes"] as? [String] == [name])
        #expect(object["hold"] as? [Double] == [5])
        let families = try #require(object["families"] as? [String: [Any]])
        #expect(families["gild_gil_hold_seconds"]?[0] as? String == "summary")
        #expect(families["gild_gil_hold_seconds"]?[1] as? String == "seconds")
        #expect(families["gild_heap_bytes"]?[1] as? String == "bytes")
        #expect(families.count > 30)
    }

    @Test func theTextfileIsReplacedAsAWhole() throws {
        let directory = makeLogTestDirectory()
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let sink = CollectingSink()
        let writer = TextfileWriter(path: directory + "/gild.prom", log: EventLog(sink: sink))
        #expect(writer.write("one\n"))
        let before = try FileManager.default.attributesOfItem(atPath: writer.path)[.systemFileNumber] as? Int
        let reader = try #require(FileHandle(forReadingAtPath: writer.path))
        #expect(writer.write("two\n"))
        // A reader of the old file still sees all of it: the new one is another file.
        #expect(try reader.readToEnd() == Data("one\n".utf8))
        #expect(try String(contentsOfFile: writer.path, encoding: .utf8) == "two\n")
        #expect(try FileManager.default.attributesOfItem(atPath: writer.path)[.systemFileNumber] as? Int != before)
        #expect(try FileManager.default.contentsOfDirectory(atPath: directory) == ["gild.prom"])
    }

    @Test func aDaemonThatStopsTakesItsTextfileAlong() throws {
        let directory = makeLogTestDirectory()
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let writer = TextfileWriter(path: directory + "/gild.prom", log: EventLog(sink: CollectingSink()))
        #expect(writer.write("one\n"))
        writer.remove()
        #expect(try FileManager.default.contentsOfDirectory(atPath: directory).isEmpty)
    }

    @Test func aFailureOfTheTextfileIsToldOnceUntilItWorksAgain() throws {
        let directory = makeLogTestDirectory()
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let sink = CollectingSink()
        let log = EventLog(sink: sink)
        let writer = TextfileWriter(path: directory + "/sub/gild.prom", log: log)
        for _ in 0..<3 { #expect(!writer.write("x")) }
        try FileManager.default.createDirectory(atPath: directory + "/sub", withIntermediateDirectories: false)
        for _ in 0..<2 { #expect(writer.write("x")) }
        try FileManager.default.removeItem(atPath: directory + "/sub")
        #expect(!writer.write("x"))
        log.flush(deadline: deadlineFromNow())
        #expect(sink.all.map(\.kind) == [.textfileFailed, .textfileRecovered, .textfileFailed])
    }
}
