// gild compare and gild sweep from their command lines: what is run, what is compared, what a wrong call costs.

import Foundation
import GildReport
import Glibc
import Testing

private func withScript<Result>(_ source: String, _ body: (String) throws -> Result) throws -> Result {
    try Slots.shared.occupy {
        try withTemporaryPath(".py") { path in
            try source.write(toFile: path, atomically: false, encoding: .utf8)
            return try body(path)
        }
    }
}

/// Threads that share 20 rounds; prints the same for every count.
private let counting = """
    import sys, threading
    count = int(sys.argv[1])
    rounds = []
    def work(index):
        for number in range(index, 20, count):
            rounds.append(number)
    threads = [threading.Thread(target=work, args=(i,), name='worker-%d' % i) for i in range(count)]
    for t in threads: t.start()
    for t in threads: t.join()
    print(sorted(rounds), sys.argv[2:])

    """

@Suite struct CompareCommandTests {
    private func comparison(_ result: Completed) throws -> Comparison {
        try JSONDecoder().decode(Comparison.self, from: Data(result.output))
    }

    @Test func everyConfigurationRunsInEveryRoundBesideCPython() throws {
        let python = try Oracle.found.get().executable
        let result = try withScript(counting) {
            try Gild.run(["compare", "--regimes", "gil", "--threads", "2,1", "--repeat", "2", "--python", python, "--json", "-", $0, "a", "--", "-b"])
        }
        #expect(result.status == 0, "\(result.errorText)")
        let found = try comparison(result)
        #expect(found.threadCounts == [1, 2])
        #expect(found.arguments == ["a", "-b"])
        #expect(found.configurations.map(\.threads) == [1, 2, 1, 2])
        #expect(found.configurations.allSatisfy { $0.runs.count == 2 && $0.failure == nil && $0.difference == nil })
        #expect(found.configurations.allSatisfy { $0.runs.allSatisfy { $0.wallNanoseconds > 0 } })
        #expect(found.subjects.map(\.regime) == ["gil", nil])
        let probed = try #require(found.subjects[1].python)
        #expect(probed.implementation == "CPython")
        #expect(found.subjects[1].name == "CPython \(probed.version) (GIL)")
        let report = try #require(found.configurations[1].report)
        #expect(report.regime == "gil")
        #expect(report.threads.map(\.name).sorted() == ["MainThread", "worker-0", "worker-1"])
        #expect(report.lock.recentHandoffs?.count == report.lock.handoffs.total)
        #expect(found.configurations[0].report?.lock.recentHandoffs == nil, "the timeline is of the most threads")
        #expect(report.consistency() == [])
        #expect(found.verdicts.map(\.subject) == found.subjects.map(\.name))
    }

    @Test func theTablesGoToStandardOutputAndTheScriptsOutputNowhere() throws {
        let result = try withScript(counting) { try Gild.run(["compare", "--regimes", "gil", "--threads", "1,2", "--repeat", "1", $0]) }
        #expect(result.status == 0)
        #expect(result.errorOutput.isEmpty, "\(result.errorText)")
        for part in ["runs/s  speed-up", "What the figures say", "too few to judge"] {
            #expect(result.outputText.contains(part), "\(part) is missing in\n\(result.outputText)")
        }
        #expect(!result.outputText.contains("[0, 1, 2"))
    }

    @Test func aDifferenceIsToldWithItsFirstLine() throws {
        let source = "import sys\nprint('head')\nprint('count', sys.argv[1])\nprint('end')\n"
        let result = try withScript(source) { try Gild.run(["compare", "--regimes", "gil", "--threads", "1,2", "--repeat", "2", "--json", "-", $0]) }
        #expect(result.status == 1)
        #expect(
            try comparison(result).configurations.map(\.difference)
                == [nil, .init(reference: "gil, 1 thread", line: 2, expected: "count 1", found: "count 2")])
        // Where each thread does its own work, only runs of one count have to agree.
        let each = try withScript(source) {
            try Gild.run(["compare", "--regimes", "gil", "--threads", "1,2", "--repeat", "2", "--work", "per-thread", "--json", "-", $0])
        }
        #expect(each.status == 0, "\(each.errorText)")
        #expect(try comparison(each).configurations.allSatisfy { $0.difference == nil })
    }

    @Test func aFailureIsToldAndTheOthersGoOn() throws {
        let source = "import sys\nif sys.argv[1] == '2':\n    raise ValueError('two is wrong')\nprint('fine')\n"
        let result = try withScript(source) { try Gild.run(["compare", "--regimes", "gil", "--threads", "1,2,3", "--repeat", "2", "--json", "-", $0]) }
        #expect(result.status == 1)
        let found = try comparison(result).configurations
        #expect(found.map(\.runs.count) == [2, 0, 2])
        #expect(found[1].failure?.round == 1)
        #expect(found[1].failure?.reason == "ended with status 1")
        #expect(found[1].failure?.standardError.hasSuffix("ValueError: two is wrong\n") == true)
        let table = try withScript(source) { try Gild.run(["compare", "--regimes", "gil", "--threads", "1,2", "--repeat", "1", $0]) }
        #expect(table.outputText.contains("gil, 2 threads ended with status 1 in round 1"))
        #expect(table.outputText.contains("ValueError: two is wrong"))
    }

    /// As many runtimes as threads, and the most; what they print mixes and is not held against anything.
    @Test func runtimesStandBesideThreads() throws {
        let source = "import sys\nimport gild\nkept = [object() for i in range(100)]\nprint(sys.argv[1:], gild.runtime)\n"
        try withTemporaryPath(".html") { page in
            let result = try withScript(source) {
                try Gild.run([
                    "compare", "--regimes", "gil,biased", "--runtimes", "3", "--threads", "1,2,8", "--work", "per-thread", "--repeat", "1", "--json", "-", "--html", page, $0, "a",
                ])
            }
            #expect(result.status == 0, "\(result.errorText)")
            let found = try comparison(result)
            #expect(found.subjects.map(\.name) == ["gil", "biased", "gil per runtime"])
            #expect(found.subjects.map(\.isInRuntimes) == [nil, nil, true])
            #expect(found.threadCounts == [1, 2, 3, 8])
            let apart = found.configurations.filter { $0.subject == "gil per runtime" }
            #expect(apart.map(\.runtimes) == [1, 2, 3] && apart.map(\.threads) == [1, 2, 3])
            #expect(found.configurations.filter { $0.runtimes == nil }.map(\.threads) == [1, 2, 8, 1, 2, 8])
            #expect(apart.allSatisfy { $0.failure == nil && $0.difference == nil && $0.speedUp != nil })
            // A main thread for each of them, and everything as often as there are runtimes.
            let reports = try apart.map { try #require($0.report) }
            #expect(reports.map { $0.threads.count { $0.name == "MainThread" } } == [1, 2, 3])
            let made = reports.map(\.heap.allocatedObjects)
            #expect(made[1] == 2 * made[0] && made[2] == 3 * made[0])
            #expect(reports[0].notes == [] && reports[2].notes.contains { $0.hasPrefix("The figures of 3 runtimes together") })
            #expect(found.verdicts[2].text.hasPrefix("gil per runtime: 3 runtimes do "))
            let text = try String(contentsOfFile: page, encoding: .utf8)
            #expect(text.contains("gil per runtime, 3 runtimes") && text.contains("each runtime has a lock of its own"))
        }
    }

    @Test func aFailureInOneRuntimeIsOneOfTheRow() throws {
        let source = "import gild\nif gild.runtime == 1:\n    raise ValueError('the second')\n"
        let result = try withScript(source) {
            try Gild.run(["compare", "--regimes", "gil", "--runtimes", "2", "--threads", "1", "--repeat", "2", "--json", "-", $0])
        }
        #expect(result.status == 1)
        let found = try comparison(result)
        #expect(found.configurations.map { $0.failure?.reason } == [nil, nil, "ended with status 1"])
        #expect(found.verdicts[1].text.contains("2 runtimes failed: ended with status 1"))
    }

    /// The order is part of the name, and only of the regime that has one.
    @Test func theLockOrderIsNamed() throws {
        let result = try withScript(counting) {
            try Gild.run(["compare", "--regimes", "gil,object-lock", "--lock-order", "access", "--threads", "1", "--repeat", "1", "--json", "-", $0])
        }
        #expect(result.status == 0, "\(result.errorText)")
        let found = try comparison(result)
        #expect(found.subjects.map(\.name) == ["gil", "object-lock (access)"])
        #expect(found.subjects.map(\.lockOrder) == [nil, "access"])
        #expect(found.configurations.map { $0.report?.lockOrder } == [nil, "access"])
    }

    @Test func aDeadlockIsToldOfARunThatFailed() throws {
        let source = "import threading\nlock = threading.Lock()\nlock.acquire()\nlock.acquire()\n"
        let result = try withScript(source) { try Gild.run(["compare", "--regimes", "gil", "--threads", "1", "--repeat", "3", "--json", "-", $0]) }
        #expect(result.status == 1)
        let found = try comparison(result)
        #expect(found.configurations[0].failure?.deadlocks == 1)
        #expect(found.configurations[0].failure?.standardError.contains("DeadlockError") == true)
        #expect(found.verdicts[0].findings == [.failed, .deadlocks])
    }

    @Test func aRunThatDoesNotEndIsStopped() throws {
        let result = try withScript("while True: pass\n") {
            try Gild.run(["compare", "--regimes", "gil", "--threads", "1", "--time-limit", "300ms", "--json", "-", $0])
        }
        #expect(result.status == 1)
        #expect(try comparison(result).configurations[0].failure?.reason == "did not end within 300 ms")
    }

    @Test func theFileOfThePageIsWritten() throws {
        try withTemporaryPath(".html") { page in
            let result = try withScript(counting) { try Gild.run(["compare", "--regimes", "gil", "--threads", "1,2", "--repeat", "1", "--html", page, $0]) }
            #expect(result.status == 0, "\(result.errorText)")
            let text = try String(contentsOfFile: page, encoding: .utf8)
            #expect(text.hasPrefix("<!DOCTYPE html>"))
            #expect(text.contains("worker-1") && text.hasSuffix("</html>\n"))
        }
    }

    @Test func anInterruptEndsTheRunsAndTheCommand() throws {
        let source = "import time\ntime.sleep(30)\n"
        let result = try withScript(source) { path in
            try Gild.run(["compare", "--regimes", "gil", "--threads", "1", path], timeout: 20) { process in
                usleep(700_000)
                kill(process, SIGINT)
            }
        }
        #expect(result.signal == SIGINT)
        #expect(result.seconds < 10)
        #expect(result.output.isEmpty)
    }

    @Test(arguments: [
        (["compare"], "file"), (["compare", "-"], "only once"), (["compare", "--regimes", "none", "x.py"], "choose among gil"),
        (["compare", "--regimes", "gil,gil", "x.py"], "stands twice"), (["compare", "--regimes", "", "x.py"], "no regime ''"),
        (["compare", "--threads", "1,0", "x.py"], "'0' is no thread count"), (["compare", "--threads", "2,2", "x.py"], "stands twice"),
        (["compare", "--threads", "1,", "x.py"], "no thread count"), (["compare", "--repeat", "0", "x.py"], "between 1 and 1000"),
        (["compare", "--work", "half", "x.py"], "per-thread"), (["compare", "--time-limit", "0", "x.py"], "longer than 0"),
        (["compare", "--runtimes", "1", "x.py"], "between 2 and 64"), (["compare", "--runtimes", "2", "--regimes", "biased", "x.py"], "regimes with one lock"),
        (["compare", "--html", "-", "x.py"], "name of a file"), (["compare", "no/such.py"], "No such file"),
        (["compare", "--python", "/no/such/python", "examples/hello.py"], "--python '/no/such/python': no such program"),
        (["compare", "--python", "true", "examples/hello.py"], "is no Python interpreter"),
        (["compare", "--json", "/no/such/x.json", "examples/hello.py"], "/no/such/x.json"),
        (["sweep"], "file"), (["sweep", "--switch-interval", "5", "x.py"], "5ms"), (["sweep", "--switch-interval", "5ms,5000us", "x.py"], "stands twice"),
        (["sweep", "--switch-interval", "1ns", "x.py"], "at least 1us"), (["sweep", "--repeat", "x", "x.py"], "invalid"),
        (["sweep", "--regime", "none", "x.py"], "none"), (["sweep", "--regime", "gil-ticks", "x.py"], "has no switch interval"),
    ])
    func aWrongCallCostsNoRun(arguments: [String], part: String) throws {
        let result = try Gild.run(arguments)
        #expect(result.status == 2)
        #expect(result.errorText.contains(part), "\(result.errorText)")
        #expect(result.output.isEmpty)
    }

    @Test func aScriptThatDoesNotCompileCostsNoRun() throws {
        let result = try withScript("x = = 1\n") { try Gild.run(["compare", $0]) }
        #expect(result.status == 1)
        #expect(result.errorText.contains("SyntaxError: invalid syntax"))
        #expect(result.output.isEmpty)
    }
}

@Suite struct SweepCommandTests {
    @Test func everyIntervalRunsInEveryRound() throws {
        let result = try withScript(counting) {
            try Gild.run(["sweep", "--switch-interval", "5ms,100us", "--repeat", "2", "--json", "-", $0, "2"])
        }
        #expect(result.status == 0, "\(result.errorText)")
        let sweep = try JSONDecoder().decode(Sweep.self, from: Data(result.output))
        #expect(sweep.points.map(\.switchIntervalNanoseconds) == [100_000, 5_000_000])
        #expect(sweep.points.allSatisfy { $0.runs.count == 2 && $0.failure == nil && $0.throughput ?? 0 > 0 })
        #expect(sweep.regime == "gil")
        let table = try withScript(counting) { try Gild.run(["sweep", "--switch-interval", "5ms,100us", "--repeat", "1", $0, "2"]) }
        #expect(table.outputText.contains("100 µs") && table.outputText.contains("No advice: one run each"), "\(table.outputText)")
    }

    @Test func aScriptThatSetsItsOwnIntervalCannotBeSwept() throws {
        let result = try withScript("import sys\nsys.setswitchinterval(0.002)\n") {
            try Gild.run(["sweep", "--switch-interval", "2ms,1ms", "--repeat", "1", "--json", "-", $0])
        }
        #expect(result.status == 1)
        let sweep = try JSONDecoder().decode(Sweep.self, from: Data(result.output))
        #expect(sweep.points.map { $0.failure?.reason } == ["set the switch interval itself, to 2 ms", nil])
    }
}
