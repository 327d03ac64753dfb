// gild run --runtimes: one script in several runtimes of a process, as a shell sees it.

import Foundation
import GildReport
import Glibc
import Testing

@Suite struct RuntimesTests {
    private func run(_ source: String, _ options: [String], input: String = "", whileRunning: (pid_t) -> Void = { _ in }) throws -> Completed {
        try Slots.shared.occupy {
            try withTemporaryPath(".py") { path in
                try (source + "\n").write(toFile: path, atomically: false, encoding: .utf8)
                return try Gild.run(["run"] + options + [path], input: input, whileRunning: whileRunning)
            }
        }
    }

    @Test func theStatusIsThatOfTheFirstThatFailed() throws {
        let source = "import gild, sys\nsys.exit([0, 0, 5, 7][gild.runtime])"
        #expect(try run(source, ["--runtimes", "2"]).status == 0)
        #expect(try run(source, ["--runtimes", "4"]).status == 5)
        let raising = try run("import gild\nif gild.runtime == 1: raise ValueError('mine')\nprint('fine')", ["--runtimes", "3"])
        #expect(raising.status == 1 && raising.outputText == "fine\nfine\n")
        #expect(raising.errorText.hasSuffix("ValueError: mine\n"))
    }

    @Test(arguments: ["0", "65", "-1", "x"]) func theNumberOfRuntimesIsChecked(_ number: String) throws {
        let result = try run("print('ran')", ["--runtimes", number])
        #expect(result.status == 2 && result.output.isEmpty)
        #expect(result.errorText.contains("--runtimes"))
    }

    @Test func theFirstRuntimeReadsStandardInput() throws {
        let source = """
            import gild
            try:
                print(gild.runtime, input())
            except EOFError:
                print(gild.runtime, "end")
            """
        let result = try run(source, ["--runtimes", "3"], input: "a line\nanother\n")
        #expect(result.outputText.split(separator: "\n").sorted() == ["0 a line", "1 end", "2 end"])
    }

    @Test func theReportCoversAllRuntimes() throws {
        let source = "import gild\nx = [i * 1.5 for i in range(1000 * (1 + gild.runtime))]"
        let result = try run(source, ["--runtimes", "2", "--report", "--report-json", "-"])
        let report = try JSONDecoder().decode(SiblingsReport.self, from: Data(result.output))
        #expect(report.runtimes.count == 2 && report.exitStatus == 0 && report.regime == "gil")
        #expect(report.runtimes.allSatisfy { $0.consistency() == [] && $0.isFreeOfLeaks && $0.notes == [] })
        #expect(report.runtimes.allSatisfy { $0.wallNanoseconds <= report.wallNanoseconds && $0.wallNanoseconds > 0 })
        let instructions = report.runtimes.map { $0.threads.reduce(0) { $0 + $1.instructions } }
        #expect(instructions[1] > instructions[0])
        #expect(report.runtimes.reduce(0) { $0 + $1.cpuNanoseconds } <= report.cpuNanoseconds)
        #expect(result.errorText.contains("Runtime 1  of 2") && result.errorText.contains("2 runtimes in one process"))
    }

    /// Each runtime has its form of the report, also when it is only one.
    @Test func oneRuntimeIsAListOfOne() throws {
        let result = try run("import gild\nassert (gild.runtime, gild.runtimes) == (0, 1)", ["--runtimes", "1", "--report-json", "-"])
        #expect(try JSONDecoder().decode(SiblingsReport.self, from: Data(result.output)).runtimes.count == 1)
    }

    @Test func ctrlCReachesTheMainThreadsOfAllRuntimes() throws {
        // In a channel, in a sleep, and in a loop.
        let source = """
            import gild, time
            try:
                if gild.runtime == 0:
                    gild.channel("never").recv()
                elif gild.runtime == 1:
                    time.sleep(1000)
                else:
                    while True:
                        pass
            except KeyboardInterrupt:
                print("interrupted", gild.runtime)
                raise
            """
        let result = try run(source, ["--runtimes", "3"]) { process in
            sleep(1)
            kill(process, SIGINT)
        }
        #expect(result.outputText.split(separator: "\n").sorted() == ["interrupted 0", "interrupted 1", "interrupted 2"], "\(result.errorText)")
        #expect(result.signal == SIGINT)
    }

    @Test func theTimeLimitEndsAllRuntimes() throws {
        let source = """
            import gild
            print("begun", gild.runtime, flush=True)
            if gild.runtime == 0:
                gild.channel("never").recv()
            while True:
                pass
            """
        let result = try run(source, ["--runtimes", "2", "--time-limit", "300ms"])
        #expect(result.status == 124)
        #expect(result.outputText.split(separator: "\n").sorted() == ["begun 0", "begun 1"])
    }
}
