import GildReport
import Testing

@testable import GildComparison

@Suite(.serialized) struct ComparePlanTests {
    private func python(_ path: String, freeThreaded: Bool = false, gil: Bool = true) -> Comparison.Subject.Python {
        .init(path: path, implementation: "CPython", version: "3.13.0", isFreeThreadedBuild: freeThreaded, isGILEnabled: gil)
    }

    private func names(_ pythons: [Comparison.Subject.Python]) -> [String] {
        ComparePlan(
            script: "x.py", arguments: [], regimes: [("gil", true), ("biased", false)], pythons: pythons, threadCounts: [1], repetitions: 1,
            timeLimitNanoseconds: 1
        ).subjects.map(\.name)
    }

    @Test func anInterpreterIsNamedByItsVersionAndItsLock() {
        #expect(
            names([python("/a"), python("/b", freeThreaded: true, gil: false), python("/c", freeThreaded: true)]) == [
                "gil", "biased", "CPython 3.13.0 (GIL)", "CPython 3.13.0 (free-threaded)", "CPython 3.13.0 (free-threaded build, GIL on)",
            ])
    }

    @Test func equalNamesAreToldApartByTheirPaths() {
        #expect(names([python("/a"), python("/b")]) == ["gil", "biased", "CPython 3.13.0 (GIL) /a", "CPython 3.13.0 (GIL) /b"])
    }

    @Test func whatIsNoInterpreterOrGivenTwiceIsRefused() throws {
        #expect(throws: ComparisonError(code: .notPython, message: "--python 'true' is no Python interpreter")) { try probePythons(["true"]) }
        #expect(throws: ComparisonError(code: .notPython, message: "--python '/dev/null': no such program")) { try probePythons(["/dev/null"]) }
        #expect(throws: ComparisonError(code: .notPython, message: "--python 'python3' is given twice")) { try probePythons(["python3", "python3"]) }
    }

    @Test func aChildIsStoppedAtItsDeadline() throws {
        let result = try runChild("/bin/sh", ["sh", "-c", "echo out; echo err >&2; sleep 20 & sleep 20"], deadlineNanoseconds: 300_000_000)
        #expect(result.end == .deadline)
        #expect(result.wallNanoseconds >= 300_000_000)
        #expect(result.wallNanoseconds < 15_000_000_000, "its children are killed with it")
        #expect(result.standardOutput.tail(100) == "out\n")
        #expect(result.standardError.tail(100) == "err\n")
    }

    @Test(arguments: [("exit 0", ChildResult.End.status(0)), ("exit 7", .status(7)), ("kill -9 $$", .signal(9))])
    func theEndOfAChildIsTold(program: String, end: ChildResult.End) throws {
        let result = try runChild("/bin/sh", ["sh", "-c", program], deadlineNanoseconds: 20_000_000_000)
        #expect(result.end == end)
        #expect(result.wallNanoseconds < 15_000_000_000, "its end is seen, not waited for to the deadline")
        #expect(throws: ChildError.cannotStart("No such file or directory")) { try runChild("/no/such", ["x"], deadlineNanoseconds: 1_000_000_000) }
    }

    @Test func theThirdDescriptorIsTheExtraFile() throws {
        let extra = try ScratchFile()
        let result = try runChild("/bin/sh", ["sh", "-c", "echo report > /proc/self/fd/3"], extra: extra, deadlineNanoseconds: 20_000_000_000)
        #expect(result.end == .status(0))
        #expect(extra.tail(100) == "report\n")
    }
}
