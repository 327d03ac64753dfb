import GildControl
import GildReport
import Testing

@testable import gilctl

/// The screen of gilctl top, without a terminal.
@Suite struct TopViewTests {
    static func frame(runtimes: Int = 2, workloads: Int = 6) -> TopFrame {
        let names = ["counter", "ring", "producer-and-consumer", "nightly", "evil\u{1B}[2J\nname", "日本語"]
        let runs = (0..<min(3, workloads)).map { Figures.run(names[$0], $0 + 1, instructions: 1_000 * ($0 + 1)) }
        return TopFrame(
            status: .init(
                version: "0.1.0", pid: 4242, state: .running, startedRealtimeNanoseconds: 0, uptimeNanoseconds: 3_600_000_000_000, socket: "/s",
                group: "gild", configuration: [], logLevel: .info, log: .init(written: 0, dropped: 0), clients: 2, runtimes: [],
                workloads: .init(stopped: 0, running: 0, stopping: 0, waiting: 0, finished: 0, failed: 0)),
            atRealtimeNanoseconds: 1_000_000_000,
            runtimes: (0..<runtimes).map { Figures.runtime($0 == 0 ? "main" : "r\($0)", runs: $0 == 0 ? runs : []) },
            workloads: (0..<workloads).map {
                .init(
                    name: names[$0 % names.count], runtime: "main", state: $0 < 3 ? .running : .failed, sinceNanoseconds: 5, run: $0 + 1,
                    threads: 1, runs: 1, failures: 0)
            })
    }

    func lines(_ frame: TopFrame, _ choices: TopChoices = TopChoices(), columns: Int = 80, rows: Int? = 24, failure: String? = nil) -> [String] {
        TopView(frame: frame, choices: choices, style: TextStyle(isColoured: false), columns: columns, rows: rows, failure: failure).lines()
    }

    @Test func everyPictureFitsItsTerminal() {
        for (runtimes, workloads) in [(1, 0), (2, 6), (5, 40), (30, 1), (0, 0)] {
            for columns in [1, 10, 40, 60, 80, 132, 200] {
                for rows in [1, 2, 5, 10, 24, 60] {
                    for isHelpShown in [false, true] {
                        var choices = TopChoices()
                        choices.isHelpShown = isHelpShown
                        let picture = lines(Self.frame(runtimes: runtimes, workloads: workloads), choices, columns: columns, rows: rows)
                        #expect(picture.count == rows, "\(columns)x\(rows)")
                        for line in picture { #expect(displayWidth(line) <= columns, "\(columns)x\(rows): \(line)") }
                    }
                }
            }
        }
    }

    @Test func anOrdinaryTerminalShowsEverything() {
        let picture = lines(Self.frame())
        for part in [
            "gild 0.1.0", "pid 4242", "▸main", "r1", "counter/Thread-1", "97.0 %", "24.5M", "12.3k", "lock of main", "hold", "wait", "handoff",
            "180 interval", "20 blocking", "producer", "running", "failed", "q quit", "h help",
        ] { #expect(picture.contains { $0.contains(part) }, "\(part)") }
    }

    @Test func namesCannotMoveTheCursor() {
        #expect(lines(Self.frame()).allSatisfy { !$0.contains("\u{1B}") && !$0.contains("\n") })
        #expect(lines(Self.frame()).contains { $0.contains("\\x1b") })
    }

    @Test func workloadsAreSorted() {
        func order(_ sort: TopChoices.Column, reversed: Bool = false) -> [String] {
            var choices = TopChoices()
            choices.sort = sort
            choices.isReversed = reversed
            let picture = lines(Self.frame(workloads: 4), choices)
            let start = picture.firstIndex { $0.contains("workload") } ?? 0
            return picture[(start + 1)...].compactMap { $0.split(separator: " ").first.map(String.init) }.filter { ["counter", "ring", "nightly"].contains($0) }
        }
        #expect(order(.name) == ["counter", "nightly", "ring"])
        #expect(order(.name, reversed: true) == ["ring", "nightly", "counter"])
        #expect(order(.instructions) == ["ring", "counter", "nightly"])
        #expect(order(.state) == ["nightly", "counter", "ring"])
    }

    @Test func scriptsOfClientsAreListedToo() {
        var frame = Self.frame(workloads: 1)
        frame.runtimes[0].runs.append(Figures.run("run:77", 77))
        #expect(lines(frame).contains { $0.contains("run:77") })
    }

    @Test func aLostDaemonIsSaidAndTheFiguresStay() {
        let picture = lines(Self.frame(), failure: "cannot connect")
        #expect(picture[1] == "cannot connect")
        #expect(picture.contains { $0.contains("counter/Thread-1") })
    }

    @Test func whatIsNotKnownIsNotZero() {
        var frame = Self.frame(runtimes: 1)
        frame.runtimes[0].isExact = false
        frame.runtimes[0].liveObjects = 0
        let picture = lines(frame)
        #expect(picture.contains { $0.contains("main") && $0.contains("97.0 %") && $0.hasSuffix("–") }, "\(picture)")
        #expect(picture.contains { $0.contains("– allocations") })
    }

    @Test func quantitiesHaveThreeDigits() {
        let cases: [(Double, String)] = [
            (0, "0"), (-1, "0"), (.nan, "0"), (.infinity, "0"), (0.25, "0.25"), (3, "3"), (12.34, "12.3"), (198, "198"), (999.4, "999"),
            (999.6, "1.00k"), (1_234, "1.23k"), (12_345, "12.3k"), (999_600, "1.00M"), (24_600_000, "24.6M"), (3.1e9, "3.10G"), (5e13, "50.0T"),
        ]
        for (value, text) in cases { #expect(formatQuantity(value) == text, "\(value)") }
    }
}
