// `gild run --trace`: the file is well-formed, its slices and arrows fit together, and its times are those of the report.

import Foundation
import GildReport
import Glibc
import Testing

/// A trace as a reader of the Trace Event Format finds it; times in nanoseconds.
private struct Trace {
    struct Slice {
        var name: String
        var begin: Int
        var end: Int
    }
    struct Arrow {
        var name: String
        var thread: Int
        var time: Int
    }

    var otherData: [String: Any]
    var processName: String?
    var threadNames: [Int: String] = [:]
    var slices: [Int: [Slice]] = [:]
    var starts: [Int: Arrow] = [:]
    var ends: [Int: Arrow] = [:]
    var counters: [String: [Int]] = [:]

    /// Fails the test for every event that is not as the format wants it.
    init(_ text: Data) throws {
        let root = try #require(try JSONSerialization.jsonObject(with: text) as? [String: Any])
        #expect(root["displayTimeUnit"] as? String == "ns")
        otherData = try #require(root["otherData"] as? [String: Any])
        let events = try #require(root["traceEvents"] as? [[String: Any]])
        var last = 0
        for event in events {
            let phase = try #require(event["ph"] as? String)
            let name = try #require(event["name"] as? String)
            let thread = try #require(event["tid"] as? Int)
            #expect(event["pid"] as? Int == 1)
            let arguments = event["args"] as? [String: Any] ?? [:]
            if phase == "M" {
                if name == "thread_name" { threadNames[thread] = arguments["name"] as? String }
                if name == "process_name" { processName = arguments["name"] as? String }
                continue
            }
            let time = Int((try #require(event["ts"] as? Double) * 1000).rounded())
            #expect(time >= last, "an event at \(time) stands behind one at \(last)")
            last = max(last, time)
            switch phase {
            case "X":
                let duration = Int((try #require(event["dur"] as? Double) * 1000).rounded())
                #expect(duration >= 0)
                slices[thread, default: []].append(Slice(name: name, begin: time, end: time + duration))
            case "s", "f":
                let number = try #require(event["id"] as? Int)
                #expect(event["cat"] as? String == "handoff")
                #expect((event["bp"] as? String == "e") == (phase == "f"))
                let arrow = Arrow(name: name, thread: thread, time: time)
                let other = phase == "s" ? starts.updateValue(arrow, forKey: number) : ends.updateValue(arrow, forKey: number)
                #expect(other == nil, "arrow \(number) has two ends of one kind")
            case "C":
                // As Perfetto calls it.
                let (series, value) = try #require(arguments.first)
                counters["\(name) \(series)", default: []].append(try #require(value as? Int))
            default:
                Issue.record("an event of the unknown phase \(phase)")
            }
        }
    }

    func slice(of thread: Int, at time: Int) -> Slice? {
        slices[thread]?.first { $0.begin <= time && (time < $0.end || $0.begin == $0.end && time == $0.begin) }
    }

    func total(_ name: (String) -> Bool) -> Int {
        slices.values.joined().reduce(0) { $0 + (name($1.name) ? $1.end - $1.begin : 0) }
    }

    /// What holds of every trace, whole or not.
    func checkStructure() {
        for (thread, slices) in slices {
            #expect(threadNames[thread] != nil, "thread \(thread) has no name")
            for (slice, next) in zip(slices, slices.dropFirst()) {
                #expect(slice.end == next.begin, "thread \(thread): \(slice) and then \(next)")
                #expect(slice.name != next.name || slice.name == "running", "thread \(thread): \(slice.name) twice at \(next.begin)")
            }
        }
        #expect(Set(starts.keys) == Set(ends.keys), "every arrow has two ends")
        for (number, start) in starts {
            guard let end = ends[number] else { continue }
            #expect(start.name == end.name)
            #expect(start.thread != end.thread)
            #expect(slice(of: start.thread, at: start.time)?.name == "running", "arrow \(number) leaves no slice of a holder")
            #expect(slices[end.thread]?.contains { $0.name == "running" && $0.begin == end.time } == true, "arrow \(number) leads nowhere")
        }
    }
}

private func trace(_ source: String, _ options: [String] = []) throws -> (trace: Trace, report: RunReport, result: Completed) {
    try Slots.shared.occupy {
        try withTemporaryPath(".py") { path in
            try withTemporaryPath(".json") { file in
                try source.write(toFile: path, atomically: false, encoding: .utf8)
                let result = try Gild.run(["run", "--trace", file, "--report-json", "-"] + options + [path])
                let text = try #require(result.outputText.range(of: "{\n  \"gild\""))
                let report = try JSONDecoder().decode(RunReport.self, from: Data(result.outputText[text.lowerBound...].utf8))
                return (try Trace(try Data(contentsOf: URL(fileURLWithPath: file))), report, result)
            }
        }
    }
}

/// Threads that compute, sleep, wait for a lock, print, and end.
private let busy = """
    import threading, time
    lock = threading.Lock()
    start = threading.Barrier(4)
    def work(n):
        start.wait()
        total = 0
        for i in range(4000):
            total += len(str(i))
            if i % 1000 == n:
                with lock:
                    time.sleep(0.001)
        print(n, total)
    threads = [threading.Thread(target=work, args=(n,)) for n in range(3)]
    for t in threads: t.start()
    start.wait()
    for t in threads: t.join()
    """

@Suite struct TraceTests {
    @Test(arguments: [
        [], ["--stress", "switch"], ["--switch-interval", "5us"], ["--regime", "gil-3.2"], ["--regime", "gil-ticks"], ["--scheduling", "priority"],
    ])
    func aTraceIsWholeAndAgreesWithTheReport(options: [String]) throws {
        let (trace, report, result) = try trace(busy, options)
        #expect(result.status == 0)
        trace.checkStructure()
        #expect(trace.otherData["is_complete"] as? Bool == true)
        #expect(trace.otherData["wall_ns"] as? Int == report.wallNanoseconds)
        #expect(trace.threadNames.sorted { $0.key < $1.key }.map(\.value) == report.threads.map(\.name))
        // The main thread's slices are the run; every thread's slices of a state are what the report says of it.
        let main = try #require(trace.slices[1])
        #expect(main.first?.begin == 0)
        #expect(main.last?.end == report.wallNanoseconds)
        for (index, thread) in report.threads.enumerated() {
            let slices = trace.slices[index + 1] ?? []
            func total(_ name: String) -> Int { slices.reduce(0) { $0 + ($1.name.hasPrefix(name) ? $1.end - $1.begin : 0) } }
            #expect(total("running") == thread.holdNanoseconds, "\(thread.name)")
            #expect(total("wants GIL") == thread.waitNanoseconds, "\(thread.name)")
            #expect(total("blocked") == thread.blockedNanoseconds, "\(thread.name)")
            #expect(slices.count { $0.name == "running" } == thread.acquisitions, "\(thread.name)")
        }
        #expect(trace.total { $0 == "running" } == report.lock.hold.sum)
        #expect(trace.starts.count == report.lock.handoffs.total)
        for reason in HandoffReason.allCases {
            #expect(trace.starts.values.count { $0.name == "handoff: \(reason.rawValue)" } == report.lock.handoffs[reason])
        }
        let names = Set(trace.slices.values.joined().map(\.name))
        for name in ["running", "wants GIL", "blocked: sleep", "blocked: join", "blocked: lock", "starting"] { #expect(names.contains(name), "\(name)") }
    }

    @Test func countersFollowWhatIsAlive() throws {
        let (trace, report, _) = try trace("kept = [[] for _ in range(20000)]\nimport time\ntime.sleep(0.001)\ndel kept\ntime.sleep(0.001)\n")
        let objects = try #require(trace.counters["live objects"])
        let bytes = try #require(trace.counters["heap bytes"])
        #expect(objects.count == bytes.count)
        #expect(objects.max()! >= 20000)
        #expect(bytes.max()! >= 20000 * 32 && bytes.max()! <= report.heap.peakBytes)
        #expect(objects.last == report.heap.liveObjects)
        #expect(bytes.last == report.heap.liveBytes)
    }

    /// Without one lock each thread samples what it has made itself; together that is the heap.
    @Test(arguments: ["object-lock", "atomic", "biased"])
    func countersOfThreadsAddUpToTheHeap(regime: String) throws {
        let source = """
            import threading, time
            kept = [[] for _ in range(5000)]
            def work():
                for _ in range(200):
                    lost = [[] for _ in range(20)]
                    time.sleep(0)
            threads = [threading.Thread(target=work) for _ in range(3)]
            for t in threads: t.start()
            for t in threads: t.join()
            time.sleep(0.001)
            """
        let (trace, report, _) = try trace(source, ["--regime", regime])
        trace.checkStructure()
        let objects = try #require(trace.counters["live objects"])
        let bytes = try #require(trace.counters["heap bytes"])
        #expect(objects.last == report.heap.liveObjects)
        #expect(bytes.last == report.heap.liveBytes)
        // From the first thread's start to the last one's end there are 5,000 lists, whoever samples.
        let most = try #require(bytes.max())
        #expect(objects.filter { $0 >= 5000 }.count > 600)
        #expect(bytes.filter { $0 > most * 9 / 10 }.count > 600)
        #expect(trace.processName?.hasSuffix("(\(regime))") == true, "\(trace.processName ?? "")")
    }

    /// One thread that never blocks is sampled all the same.
    @Test func aHolderIsSampledWhileItHolds() throws {
        let (trace, _, _) = try trace("import time\nend = time.monotonic() + 0.1\nwhile time.monotonic() < end: pass\n")
        #expect(trace.slices[1]?.filter { $0.name == "running" }.count == 1)
        #expect(trace.counters["live objects"]!.count > 3)
    }

    @Test func aFullTraceKeepsTheBeginningAndSaysSo() throws {
        let (trace, report, result) = try trace(busy, ["--trace-limit", "4KiB", "--stress", "switch"])
        #expect(result.status == 0)
        trace.checkStructure()
        #expect(trace.otherData["is_complete"] as? Bool == false)
        #expect(trace.processName?.hasSuffix(", cut off)") == true)
        let dropped = try #require(trace.otherData["records_dropped"] as? Int)
        #expect(dropped > 0)
        #expect(trace.slices[1]?.first?.begin == 0)
        #expect(report.notes.contains { $0.contains("first 128 records") && $0.contains("\(dropped) later ones") }, "\(report.notes)")
    }

    @Test func daemonThreadsAreInTheTraceToTheEnd() throws {
        let source = """
            import threading, time
            def sleeper(): time.sleep(1000)
            def spinner():
                while True: pass
            threading.Thread(target=sleeper, daemon=True).start()
            threading.Thread(target=spinner, daemon=True).start()
            time.sleep(0.02)
            """
        let (trace, report, _) = try trace(source)
        trace.checkStructure()
        #expect(trace.slices[2]?.last?.name == "blocked: sleep")
        #expect(["parked", "wants GIL"].contains(trace.slices[3]?.last?.name))
        for thread in 1...3 { #expect(trace.slices[thread]?.last?.end == report.wallNanoseconds) }
    }

    @Test func theNamesOfThreadsAreEscaped() throws {
        let (trace, _, _) = try trace("import threading\nt = threading.Thread(target=print, name='a\"b\\\\c\\n\\u00e4')\nt.start()\nt.join()\n")
        #expect(trace.threadNames[2] == "a\"b\\c\nä")
        #expect(trace.processName?.hasSuffix("(gil, 5 ms)") == true, "\(trace.processName ?? "")")
    }

    /// Perfetto would take the quote behind it for an escaped one.
    @Test func aNameMayEndInABackslash() throws {
        try withTemporaryPath(".json") { file in
            let source = "import threading\nt = threading.Thread(target=print, name='C:' + chr(92))\nt.start()\nt.join()\n"
            try withTemporaryPath(".py") { path in
                try source.write(toFile: path, atomically: false, encoding: .utf8)
                _ = try Gild.run(["run", "--trace", file, path])
            }
            let text = try String(contentsOfFile: file, encoding: .utf8)
            #expect(text.contains(#""name":"C:\u005c""#))
            #expect(try Trace(Data(text.utf8)).threadNames[2] == #"C:\"#)
        }
    }

    @Test func wrongUseIsExplained() throws {
        let limit = try Gild.run(["run", "--trace-limit", "1MiB", "x.py"])
        #expect(limit.status == 2 && limit.errorText.contains("--trace FILE"))
        let small = try Gild.run(["run", "--trace", "/dev/null", "--trace-limit", "1B", "x.py"])
        #expect(small.status == 2 && small.errorText.contains("at least 4KiB"))
        let both = try Gild.run(["run", "--trace", "-", "--report-json", "-", "x.py"])
        #expect(both.status == 2 && both.errorText.contains("standard output"))
        let path = try Gild.run(["run", "--trace", "/no/such/folder/t.json", "examples/study/2_getrefcount.py"])
        #expect(path.status == 2 && path.output.isEmpty && path.errorText.contains("/no/such/folder/t.json"))
    }
}
