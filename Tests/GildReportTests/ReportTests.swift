import Foundation
import GildReport
import Testing

/// Two threads that took turns; every identity holds.
func exampleReport() -> RunReport {
    let hold = TimeDistribution(
        count: 10, sum: 9_000_000, minimum: 100, p50: 900_000, p90: 1_000_000, p99: 1_100_000, p999: 1_100_000,
        maximum: 1_100_000)
    let wait = TimeDistribution(count: 4, sum: 400, minimum: 100, p50: 100, p90: 100, p99: 100, p999: 100, maximum: 100)
    return RunReport(
        script: "race.py", wallNanoseconds: 10_000_000, cpuNanoseconds: 9_500_000,
        lock: LockReport(
            acquisitions: 10, contendedAcquisitions: 4, drops: 10,
            handoffs: .init(blocking: 1, interval: 2, finish: 1), dropRequests: 3, futileWakeups: 0, hold: hold,
            wait: wait, handoff: wait, idleNanoseconds: 999_000, unaccountedNanoseconds: 1_000,
            handoffPairs: [
                .init(from: "MainThread", to: "Thread-1", reason: .blocking, count: 1),
                .init(from: "Thread-1", to: "MainThread", reason: .interval, count: 2),
                .init(from: "Thread-1", to: "MainThread", reason: .finish, count: 1),
            ]),
        threads: [
            ThreadReport(
                name: "MainThread", holdNanoseconds: 4_000_000, acquisitions: 6, instructions: 100, increfs: 50,
                decrefs: 40, allocations: 7),
            ThreadReport(
                name: "Thread-1", holdNanoseconds: 5_000_000, acquisitions: 4, instructions: 200, increfs: 50,
                decrefs: 58, allocations: 3),
        ],
        refcounts: RefcountReport(increfs: 100, decrefs: 98, liveReferences: 2),
        heap: HeapReport(
            allocatedObjects: 10, freedObjects: 9, liveObjects: 1, allocatedBytes: 640, freedBytes: 576, liveBytes: 64,
            peakBytes: 320, cyclesCollected: 2, leaked: [.init(type: "list", count: 1, refcount: 2, site: "race.py:12")],
            live: [.init(type: "list", count: 1, bytes: 64)]))
}

@Suite struct ConsistencyTests {
    @Test func anExactReportHasNoViolation() {
        #expect(exampleReport().consistency() == [])
        #expect(RunReport(script: "empty.py").consistency() == [])
    }

    static let breakages: [(@Sendable (inout RunReport) -> Void, String)] = [
        ({ $0.lock.idleNanoseconds += 20_000 }, "hold + idle = wall"),
        ({ $0.lock.unaccountedNanoseconds = 0 }, "unaccounted"),
        ({ $0.lock.drops -= 1 }, "acquisitions = drops"),
        ({ $0.lock.handoffPairs.removeLast() }, "finish handoffs"),
        ({ $0.refcounts.decrefs += 1 }, "live references"),
        ({ $0.heap.freedObjects += 1 }, "live objects"),
        ({ $0.heap.freedBytes += 1 }, "live bytes"),
        ({ $0.heap.leaked = [] }, "sum of leaks"),
        ({ $0.heap.peakBytes = 63 }, "peak"),
        ({ $0.threads[1].increfs += 1 }, "increfs of the threads"),
        ({ $0.threads.removeLast() }, "acquisitions of the threads"),
        ({ $0.lock.hold.p90 = 1 }, "hold times are not in order"),
        ({ $0.refcounts.increfs = .max }, "live references"),
    ]

    @Test(arguments: breakages.indices)
    func everyBrokenIdentityIsNamed(index: Int) {
        let (breakIt, name) = Self.breakages[index]
        var report = exampleReport()
        breakIt(&report)
        #expect(report.consistency().contains { $0.contains(name) }, "\(report.consistency())")
    }

    @Test func wallMayDifferByOnePartInAThousand() {
        var report = exampleReport()
        report.lock.idleNanoseconds = 990_000
        report.lock.unaccountedNanoseconds = 10_000
        #expect(report.consistency() == [])
        report.lock.idleNanoseconds -= 1
        report.lock.unaccountedNanoseconds += 1
        #expect(report.consistency().count == 1)
    }

    @Test func fairnessIndexIsJains() {
        #expect(RunReport(script: "").fairnessIndex() == 1)
        #expect(abs(exampleReport().fairnessIndex() - 81.0 / 82.0) < 1e-12)
        #expect(exampleReport().fairnessIndex { $0.name == "Thread-1" } == 1)
    }
}

@Suite struct JSONTests {
    @Test func theKeysAreTheDocumentedOnesInTheirOrder() {
        let text = exampleReport().json()
        let keys = text.matches(of: /"([a-z0-9_]+)":/).map { String($0.1) }
        let distribution = ["count", "sum", "min", "p50", "p90", "p99", "p999", "max"]
        let thread = [
            "name", "hold_ns", "wait_ns", "blocked_ns", "acquisitions", "instructions", "increfs", "decrefs",
            "allocations",
        ]
        let pair = ["from", "to", "reason", "count"]
        let start = ["gild", "script", "regime", "exit_status", "wall_ns", "cpu_ns", "lock", "switch_interval_ns"]
        let counts = [
            "acquisitions", "contended_acquisitions", "drops", "handoffs", "blocking", "interval", "finish",
            "drop_requests", "futile_wakeups",
        ]
        let times = ["hold_ns"] + distribution + ["wait_ns"] + distribution + ["handoff_ns"] + distribution
        let lockEnd = ["idle_ns", "held_by_others_ns", "unaccounted_ns", "handoff_pairs"] + pair + pair + pair
        let heap = [
            "heap", "allocated_objects", "freed_objects", "live_objects", "allocated_bytes", "freed_bytes", "live_bytes",
            "peak_bytes", "exchanged_objects", "exchanged_bytes", "cycles_collected", "leaked", "type", "count", "refcount", "site", "live", "type", "count",
            "bytes",
        ]
        let end = ["refcounts", "increfs", "decrefs", "live_references", "exchanged_references"] + heap + ["deadlocks", "count", "list", "notes"]
        #expect(keys == start + counts + times + lockEnd + ["threads"] + thread + thread + end)
    }

    @Test func decodingGivesTheSameReport() throws {
        var report = exampleReport()
        report.notes = ["two \"daemon\" threads\u{1B}\u{7F}\u{2028}\\ were running 🧵\n"]
        report.script = "日本語.py"
        let data = Data(report.json().utf8)
        #expect(try JSONDecoder().decode(RunReport.self, from: data) == report)
    }

    @Test func handoffsOneByOneAreThereOnlyWhereTheyWereAskedFor() throws {
        var report = exampleReport()
        #expect(!report.json().contains("recent_handoffs"))
        report.lock.recentHandoffs = [.init(atNanoseconds: 5, from: 0, to: 1, reason: .interval, gapNanoseconds: 2, takerWaited: false)]
        #expect(
            report.json().contains(#"{"at_ns": 5, "from": 0, "to": 1, "reason": "interval", "gap_ns": 2, "taker_waited": false}"#))
        #expect(try JSONDecoder().decode(RunReport.self, from: Data(report.json().utf8)) == report)
    }

    @Test func plainObjectsStayOnOneLineAndTheRestIsIndentedByTwo() {
        let lines = exampleReport().json().split(separator: "\n", omittingEmptySubsequences: false)
        #expect(lines[0] == "{")
        #expect(lines[1] == #"  "gild": "0.1.0","#)
        #expect(lines.contains(#"    "handoffs": {"blocking": 1, "interval": 2, "finish": 1},"#))
        #expect(lines.contains(#"      {"type": "list", "count": 1, "refcount": 2, "site": "race.py:12"}"#))
        #expect(lines.contains(#"  "notes": []"#))
        #expect(lines.last == "")
        #expect(lines.allSatisfy { $0.count <= 121 })
    }

    @Test func otherEncodablesWorkToo() throws {
        struct Mixed: Encodable {
            var empty: [Int] = []
            var nested: [[Int]] = [[1, 2], []]
            var optional: Int?
            var real = 1.5
            var map = ["k": true]
        }
        #expect(
            try OrderedJSONEncoder(lineWidth: 20).encode(Mixed())
                == "{\n  \"empty\": [],\n  \"nested\": [\n    [1, 2],\n    []\n  ],\n  \"real\": 1.5,\n  \"map\": {\"k\": true}\n}")
        #expect(throws: EncodingError.self) { try OrderedJSONEncoder().encode([Double.nan]) }
    }
}

@Suite struct TableTests {
    private func plain(_ text: String) -> String { text.replacing(/\u{1B}\[[0-9]*m/, with: "") }

    @Test func theTableNamesEveryFigureAndExplainsForcedSwitches() {
        let text = exampleReport().table()
        for part in [
            "race.py · regime gil · exit status 0", "10.0 ms", "90.0 %", "switch interval 5 ms", "MainThread", "Thread-1",
            "p99.9", "900 µs", "live", "race.py:12", "checkpoints", "`n += int(1)` can", "freed 2 objects",
        ] {
            #expect(text.contains(part), "\(part) is missing in\n\(text)")
        }
        #expect(!text.contains("\u{1B}"))
        #expect(!text.contains("Nothing leaked"))
        #expect(text.split(separator: "\n").allSatisfy { !$0.hasSuffix(" ") })
    }

    @Test func checkpointsAreExplainedOnlyAfterForcedSwitches() {
        var report = exampleReport()
        report.lock.handoffs.interval = 0
        report.lock.dropRequests = 0
        #expect(!report.table().contains("checkpoint"))
        #expect(report.table().contains("No thread was made to give the lock up"))
        report.lock.handoffs = .init()
        #expect(!report.table().contains("Why"))
    }

    @Test func coloursChangeNothingButColours() {
        let report = exampleReport()
        #expect(report.table(isColoured: true).contains("\u{1B}["))
        #expect(plain(report.table(isColoured: true)) == report.table())
    }

    @Test(arguments: [20, 40, 60, 80, 100])
    func noLineIsWiderThanTheTerminal(width: Int) {
        var report = exampleReport()
        report.threads[1].name = "a thread with a very long name that says all about it"
        report.heap.leaked[0].site = "examples/study/some/long/path/to/a/script.py:1234"
        let head = 1
        for line in report.table(width: width).split(separator: "\n").dropFirst(head) where width >= 60 {
            #expect(line.count <= width, "\(line)")
        }
        #expect(report.table(width: width).contains("900 µs"))
    }

    @Test func wideNamesKeepTheColumns() {
        var report = exampleReport()
        report.threads[0].name = "主线程"
        report.threads[1].name = "🧵 e\u{301}"
        let lines = report.table().split(separator: "\n").map(String.init)
        let first = lines.first { $0.contains("主线程") && $0.contains("4.00 ms") }
        let second = lines.first { $0.contains("🧵") && $0.contains("5.00 ms") }
        // Three characters of two columns against one of two and two of one: two characters of difference.
        let start = { (line: String?, part: String) -> Int in
            guard let line, let range = line.range(of: part) else { return -1 }
            return line.distance(from: line.startIndex, to: range.lowerBound)
        }
        #expect(start(first, "4.00 ms") > 0)
        #expect(start(first, "4.00 ms") + 3 == start(second, "5.00 ms") + 1)
    }

    @Test func namesCannotSteerTheTerminal() {
        var report = exampleReport()
        report.threads[0].name = "evil\u{1B}[2J\n\u{202E}\u{7}"
        report.script = "a\u{1B}b"
        report.heap.leaked[0].type = "\u{9B}31m"
        report.notes = ["line\nbreak"]
        let text = report.table()
        #expect(text.contains(#"evil\x1b[2J\n\u202e\x07"#))
        #expect(text.contains(#"a\x1bb"#))
        #expect(text.contains(#"\x9b31m"#))
        #expect(text.contains(#"line\nbreak"#))
        #expect(text.unicodeScalars.allSatisfy { $0 == "\n" || $0.properties.generalCategory != .control })
    }

    @Test func notesSayWhatIsNotExact() {
        var report = exampleReport()
        report.notes = ["1 daemon thread was still running."]
        #expect(report.table().contains("Not exact\n  - 1 daemon thread was still running.\n"))
        var clean = RunReport(script: "x.py")
        #expect(clean.table().contains("Nothing leaked."))
        clean.notes = ["1 daemon thread was still running."]
        #expect(!clean.table().contains("Nothing leaked."))
    }
}
