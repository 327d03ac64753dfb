// The command itself: where options end, what statuses mean, limits, and where reports go.

import Foundation
import GildReport
import Glibc
import Testing

/// Runs `source` as a file; `FILE` in `arguments` stands for its path.
private func runSource(
    _ source: String, _ arguments: [String] = ["run", "FILE"], input: String = "",
    environment: [String: String?] = [:], timeout: Double = programTimeout, whileRunning: (pid_t) -> Void = { _ in }
) throws -> Completed {
    try Slots.shared.occupy {
        try withTemporaryPath(".py") { path in
            try source.write(toFile: path, atomically: false, encoding: .utf8)
            return try Gild.run(
                arguments.map { $0 == "FILE" ? path : $0 }, input: input, environment: environment, timeout: timeout,
                whileRunning: whileRunning)
        }
    }
}

private func reportAfter(_ result: Completed) throws -> RunReport {
    guard let start = result.outputText.range(of: "{\n  \"gild\"") else {
        throw LaunchFailure(description: "no report in: \(result.outputText.suffix(400))\n\(result.errorText.suffix(400))")
    }
    return try JSONDecoder().decode(RunReport.self, from: Data(result.outputText[start.lowerBound...].utf8))
}

@Suite struct CommandLineTests {
    @Test func everythingAfterTheFileBelongsToTheScript() throws {
        let source = "import sys\nprint(sys.argv[1:])\n"
        let result = try runSource(
            source, ["run", "--report", "FILE", "-x", "--report-json", "--help", "--", "-", "--version", "ä b", ""])
        #expect(result.outputText == "['-x', '--report-json', '--help', '--', '-', '--version', 'ä b', '']\n")
        #expect(result.status == 0)
        #expect(result.errorText.contains("regime gil"))
    }

    @Test func argumentZeroIsThePathAsGiven() throws {
        let result = try runSource("import sys\nprint(len(sys.argv), sys.argv[0].endswith('.py'))\n")
        #expect(result.outputText == "1 True\n")
    }

    @Test func aDashReadsTheScriptFromStandardInput() throws {
        let result = try Slots.shared.occupy { try Gild.run(["run", "-", "a"], input: "import sys\nprint(sys.argv)\n") }
        #expect(result.outputText == "['-', 'a']\n")
        let failing = try Slots.shared.occupy { try Gild.run(["run", "-"], input: "1 / 0\n") }
        #expect(failing.status == 1)
        #expect(failing.errorText.contains("File \"<stdin>\", line 1, in <module>"))
    }

    @Test func aMissingFileIsReportedAsPythonDoes() throws {
        let result = try Gild.run(["run", "no/such.py"])
        #expect(result.status == 2)
        let path = Corpus.root + "/no/such.py"
        #expect(result.errorText == "gild: can't open file '\(path)': [Errno 2] No such file or directory\n")
        #expect(result.output.isEmpty)
        #expect(try Gild.run(["check", "no/such.py"]).status == 2)
        #expect(try Gild.run(["disassemble", "no/such.py"]).status == 2)
        #expect(try Gild.run(["run", "."]).status == 1)
    }

    @Test(arguments: [
        (["run", "--switch-interval", "5", "x.py"], "5ms"), (["run", "--switch-interval", "0ns", "x.py"], "at least 1us"),
        (["run", "--time-limit", "soon", "x.py"], "1.5s"), (["run", "--time-limit", "0", "x.py"], "longer than 0"),
        (["run", "--heap-limit", "1XB", "x.py"], "512MiB"), (["run", "--heap-limit", "10", "x.py"], "at least 1MiB"),
        (["run", "--recursion-limit", "0", "x.py"], "between 1 and"), (["run", "--recursion-limit", "x", "x.py"], "invalid"),
        (["run", "--on-deadlock", "hope", "x.py"], "abort"),
        (["run", "--lock-order", "access", "x.py"], "--regime object-lock"),
        (["run", "--regime", "object-lock", "--lock-order", "random", "x.py"], "access"),
        (["run", "--regime", "biased", "--switch-interval", "5ms", "x.py"], "has no switch interval"),
        (["run", "--regime", "gil-ticks", "--switch-interval", "5ms", "x.py"], "has no switch interval"),
        (["run", "--regime", "atomic", "--scheduling", "priority", "x.py"], "for gil and gil-3.2"),
        (["compare", "--regimes", "gil", "--lock-order", "access", "x.py"], "not among the regimes"),
        (["run", "--reprot", "x.py"], "--reprot"), (["run"], "FILE"), (["run", "--report"], "FILE"),
        (["frobnicate"], "frobnicate"), (["check"], "file"), (["disassemble"], "file"),
    ])
    func wrongOptionsAreExplainedWithStatus2(arguments: [String], part: String) throws {
        let result = try Gild.run(arguments)
        #expect(result.status == 2)
        #expect(result.errorText.contains(part), "\(result.errorText)")
        #expect(result.output.isEmpty)
    }

    @Test func aReportThatCannotBeWrittenCostsNoRun() throws {
        let result = try runSource("print('ran')\n", ["run", "--report-json", "/no/such/folder/x.json", "FILE"])
        #expect(result.status == 2)
        #expect(result.output.isEmpty)
        #expect(result.errorText.contains("/no/such/folder/x.json"))
    }

    @Test func helpAndVersion() throws {
        #expect(try Gild.run(["--version"]).outputText == "gild 0.1.0\n")
        let help = try Gild.run(["run", "--help"])
        #expect(help.status == 0)
        for part in ["--switch-interval", "5ms", "512MiB", "--time-limit", "--recursion-limit", "EXIT STATUS"] {
            #expect(help.outputText.contains(part), "\(part)")
        }
        #expect(try Gild.run(["--help"]).outputText.contains("disassemble"))
    }
}

@Suite struct StatusTests {
    @Test(arguments: [
        ("pass", 0), ("import sys\nsys.exit()", 0), ("import sys\nsys.exit(3)", 3), ("import sys\nsys.exit(256 + 7)", 7),
        ("import sys\nsys.exit(-1)", 255), ("import sys\nsys.exit('why')", 1), ("raise SystemExit(4)", 4),
        ("1 / 0", 1), ("x = = 1", 1), ("assert False", 1),
    ] as [(String, Int32)])
    func theStatusIsTheScriptsOwn(source: String, status: Int32) throws {
        #expect(try runSource(source + "\n").status == status)
    }

    @Test func uncaughtExceptionsGoToStandardError() throws {
        let result = try runSource("print('before')\n1 / 0\n")
        #expect(result.outputText == "before\n")
        #expect(result.errorText.hasPrefix("Traceback (most recent call last):\n"))
        #expect(result.errorText.hasSuffix("ZeroDivisionError: division by zero\n"))
    }

    @Test func interruptIsAKeyboardInterruptThatEndsTheProcessBySignal() throws {
        let source = "print('started', flush=True)\ntry:\n    while True: pass\nfinally:\n    print('cleaned up')\n"
        let result = try runSource(source, timeout: 20) { process in
            usleep(700_000)
            kill(process, SIGINT)
        }
        #expect(result.signal == SIGINT)
        #expect(result.outputText == "started\ncleaned up\n")
        #expect(result.errorText.contains("KeyboardInterrupt"))
    }

    @Test func aCaughtInterruptGoesOn() throws {
        let source = "import time\ntry:\n    time.sleep(20)\nexcept KeyboardInterrupt:\n    print('caught')\n"
        let result = try runSource(source, timeout: 20) { process in
            usleep(700_000)
            kill(process, SIGINT)
        }
        #expect(result.status == 0)
        #expect(result.outputText == "caught\n")
    }
}

@Suite struct LimitTests {
    @Test(arguments: [
        "while True: pass\n", "def f():\n    while True: pass\nf()\n", "import time\ntime.sleep(30)\n",
        "while True:\n    try:\n        while True: pass\n    except BaseException: pass\n",
        "import threading\nthreading.Event().wait()\n",
        "import threading\nlock = threading.Lock()\nlock.acquire()\nlock.acquire(timeout=1000)\n",
        "import threading\nevent = threading.Event()\nthreading.Thread(target=event.wait, args=(1000,)).start()\n",
        "import threading\ndef f():\n    while True: pass\nfor _ in range(3): threading.Thread(target=f).start()\n",
    ])
    func theTimeLimitEndsWhatNeverEnds(source: String) throws {
        let result = try runSource(source, ["run", "--time-limit", "500ms", "FILE"], timeout: 20)
        #expect(result.status == 124)
        #expect(!result.isTimedOut)
        #expect(result.seconds >= 0.5)
        #expect(result.seconds < 5, "\(result.seconds) s")  // a busy machine, not the limit's precision
        #expect(result.errorText.contains("time limit"), "\(result.errorText)")
    }

    @Test func memoryErrorCanBeCaughtAndTheMemoryComesBack() throws {
        let source = """
            for _ in range(3):
                grown = []
                try:
                    while True:
                        grown.append([0] * 10000)
                except MemoryError:
                    grown = None
                    print('MemoryError')
            print(len([0] * 100000))
            """
        let result = try runSource(source + "\n", ["run", "--heap-limit", "16MiB", "--report-json", "-", "FILE"])
        #expect(result.outputText.hasPrefix("MemoryError\nMemoryError\nMemoryError\n100000\n"), "\(result.errorText)")
        #expect(try reportAfter(result).heap.peakBytes <= 16 << 20)
    }

    @Test(arguments: ["x = [0] * (1 << 40)\n", "x = 'ab' * (1 << 40)\n", "x = 1 << (1 << 45)\n"])
    func hugeRequestsAreMemoryErrors(source: String) throws {
        let result = try runSource("try:\n    \(source)except MemoryError:\n    print('caught')\n")
        #expect(result.outputText == "caught\n", "\(result.errorText)")
        #expect(result.status == 0)
    }

    @Test func recursionEndsInRecursionErrorAtTheLimit() throws {
        let source = "def f(n):\n    global deepest\n    deepest = n\n    f(n + 1)\ntry:\n    f(1)\nexcept RecursionError:\n    print(deepest)\n"
        let low = try runSource(source, ["run", "--recursion-limit", "100", "FILE"])
        let high = try runSource(source, ["run", "--recursion-limit", "100000", "FILE"])
        #expect((90...100).contains(Int(low.outputText.dropLast()) ?? 0), "\(low.outputText)\(low.errorText)")
        #expect((99_900...100_000).contains(Int(high.outputText.dropLast()) ?? 0), "\(high.outputText)\(high.errorText)")
    }
}

@Suite struct ReportOutputTests {
    @Test func tablesGoToStandardErrorAfterTheScriptsOutput() throws {
        let source = "import sys\nprint('out')\nprint('err', file=sys.stderr)\n"
        let result = try runSource(source, ["run", "--report", "FILE"])
        #expect(result.outputText == "out\n")
        #expect(result.errorText.hasPrefix("err\n\ngild 0.1.0 · "))
        #expect(result.errorText.contains("Nothing leaked."))
        #expect(!result.errorText.contains("\u{1B}"))
    }

    @Test func aDashWritesTheJSONAfterTheScriptsOutput() throws {
        let result = try runSource("print('out')\n", ["run", "--report-json", "-", "FILE"])
        #expect(result.outputText.hasPrefix("out\n{\n  \"gild\": \"0.1.0\",\n  \"script\": "))
        let report = try reportAfter(result)
        #expect(report.regime == "gil")
        #expect(report.lock.switchIntervalNanoseconds == 5_000_000)
        #expect(report.threads.map(\.name) == ["MainThread"])
        #expect(report.wallNanoseconds > 0)
        #expect(report.threads.first?.instructions ?? 0 > 0)
        #expect(report.heap.allocatedObjects > 0)
        #expect(report.consistency() == [])
    }

    @Test func theReportComesAfterAnExceptionToo() throws {
        let result = try runSource("import sys\nx = [1]\nsys.exit(3)\n", ["run", "--report-json", "-", "FILE"])
        #expect(result.status == 3)
        let report = try reportAfter(result)
        #expect(report.exitStatus == 3)
        #expect(report.isFreeOfLeaks)
        let raised = try runSource("1 / 0\n", ["run", "--report-json", "-", "FILE"])
        #expect(raised.status == 1)
        #expect(try reportAfter(raised).exitStatus == 1)
    }

    @Test func cyclesAtTheEndDoNotSpoilTheBooks() throws {
        let source = "import gc\ngc.disable()\nx = []\nx.append(x)\nx = None\n"
        let result = try runSource(source, ["run", "--report-json", "-", "FILE"])
        let report = try reportAfter(result)
        #expect(report.consistency() == [])
        #expect(report.heap.leaked.allSatisfy { $0.site.contains(".py:") })
    }

    @Test func theLatestHandoffsAreListedOneByOne() throws {
        let source = """
            import threading
            first, second = threading.Lock(), threading.Lock()
            second.acquire()
            def left():
                for _ in range(700):
                    first.acquire()
                    second.release()
            def right():
                for _ in range(700):
                    second.acquire()
                    first.release()
            threads = [threading.Thread(target=left), threading.Thread(target=right)]
            for t in threads: t.start()
            for t in threads: t.join()
            """
        let report = try reportAfter(try runSource(source + "\n", ["run", "--recent-handoffs", "--report-json", "-", "FILE"]))
        let recent = try #require(report.lock.recentHandoffs)
        #expect(recent.count == min(1024, report.lock.handoffs.total))
        #expect(recent.allSatisfy { $0.from != $0.to && report.threads.indices.contains($0.from) && report.threads.indices.contains($0.to) })
        // In the order of time, within the run, and every giver is the last taker.
        #expect(zip(recent, recent.dropFirst()).allSatisfy { $0.atNanoseconds <= $1.atNanoseconds - $1.gapNanoseconds && $0.to == $1.from })
        #expect(recent.allSatisfy { $0.atNanoseconds - $0.gapNanoseconds >= 0 && $0.atNanoseconds <= report.wallNanoseconds })
    }

    @Test func forcedSwitchesAreCountedAndExplained() throws {
        let source = """
            import threading
            together = threading.Barrier(2)
            def work():
                together.wait()
                n = 0
                for i in range(3000000):
                    n += i & 3
            threads = [threading.Thread(target=work, name='worker-%d' % i) for i in range(2)]
            for t in threads: t.start()
            for t in threads: t.join()
            """
        let result = try runSource(
            source + "\n", ["run", "--switch-interval", "100us", "--report", "--report-json", "-", "FILE"])
        let report = try reportAfter(result)
        #expect(report.lock.switchIntervalNanoseconds == 100_000)
        #expect(report.lock.handoffs.interval > 0)
        #expect(report.lock.handoffPairs.contains { $0.from != $0.to && $0.from.hasPrefix("worker-") && $0.to.hasPrefix("worker-") && $0.reason == .interval })
        #expect(report.consistency() == [])
        #expect(result.errorText.contains("checkpoints"))
    }
}

@Suite struct CheckTests {
    @Test func goodScriptsAreCheckedInSilence() throws {
        let result = try runSource("def f(x):\n    return x + 1\n", ["check", "FILE"])
        #expect(result.status == 0)
        #expect(result.output.isEmpty && result.errorOutput.isEmpty)
    }

    @Test func aProblemIsShownWithFileLineAndCaret() throws {
        let result = try runSource("x = 1\ny = = 2\n", ["check", "FILE"])
        #expect(result.status == 1)
        #expect(result.errorText.contains(", line 2\n    y = = 2\n        ^\nSyntaxError: invalid syntax\n"))
        let unsupported = try runSource("async def f():\n    pass\n", ["check", "FILE"])
        #expect(unsupported.status == 1)
        #expect(unsupported.errorText.contains("gild does not support async"))
        #expect(unsupported.errorText.contains("^"))
    }

    @Test func checkingRunsNothing() throws {
        #expect(try runSource("print('ran')\n", ["check", "FILE"]).output.isEmpty)
    }

    @Test func disassemblyShowsEveryCodeObject() throws {
        let result = try runSource("def double(x):\n    return x + x\nprint(double(2))\n", ["disassemble", "FILE"])
        #expect(result.status == 0)
        #expect(result.outputText.contains("<module>"))
        #expect(result.outputText.contains("double"))
    }
}
