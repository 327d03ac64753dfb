// Every program of the corpus under gild and under CPython: same standard output, same exit status, a report whose
// figures add up, and nothing leaked.

import Foundation
import GildReport
import GildSession
import Testing

@Suite struct CorpusTests {
    @Test func theCorpusIsThere() throws {
        #expect(Corpus.all.count >= 100, "found \(Corpus.all.count) programs under \(Corpus.root)")
        #expect(Corpus.all.filter { $0.path.contains("thread") }.count >= 20)
        print("oracle: \(try Oracle.found.get().name); gild: \(Gild.executable)")
    }

    @Test(arguments: Corpus.programs)
    func program(_ program: Program) throws {
        try Slots.shared.occupy { try compare(program) }
    }

    /// The other regimes, and the rare events made frequent.
    @Test(arguments: Variant.all, Corpus.programs)
    func program(under variant: Variant, _ program: Program) throws {
        guard program.regimes.isEmpty || program.regimes.contains(variant.regime) else { return }
        guard program.lockOrders.isEmpty || program.lockOrders.contains(variant.lockOrder ?? "address") else { return }
        // What it prints is about a lock that is left to itself.
        guard program.stress != ["none"] else { return }
        var variant = variant
        if !program.stress.isEmpty { variant.stress = program.stress.joined(separator: ",") }
        if variant.stress.contains("collect") && !Self.collecting.contains(where: { program.path.contains($0) }) { variant.stress = "switch" }
        try Slots.shared.occupy { try compare(program, variant) }
    }

    /// Where collecting at every checkpoint, which takes as long as the heap is large, finds most: objects that die by surprise.
    private static let collecting = ["/classes/", "/exceptions/", "/refcounts/", "/deadlocks/"]

    struct Variant: Sendable, CustomTestStringConvertible {
        let regime: String
        /// Value of `--stress`.
        var stress: String
        var lockOrder: String?

        var testDescription: String { ([regime] + [lockOrder, stress].compactMap { $0 }.filter { !$0.isEmpty }).joined(separator: ", ") }
        var options: [String] { ["--regime", regime] + (lockOrder.map { ["--lock-order", $0] } ?? []) + (stress.isEmpty ? [] : ["--stress", stress]) }

        static let all =
            [Variant(regime: "gil", stress: "switch,collect")]
            + RegimeName.allCases.filter { $0 != .gil && $0.isSafe }.map { Variant(regime: $0.rawValue, stress: "switch") }
            + [Variant(regime: "object-lock", stress: "switch", lockOrder: "access")]
    }

    private func compare(_ program: Program, _ variant: Variant? = nil) throws {
        let oracle = try Oracle.found.get()
        try withTemporaryPath(".json") { json in
            // The last of two values counts: a program may ask for a report of its own.
            let arguments = ["run"] + (variant?.options ?? []) + program.options + ["--report-json", json, program.path] + program.arguments
            let actual = try runProgram(
                [Gild.executable] + arguments, input: program.input,
                environment: Oracle.environment)
            if actual.isTimedOut {
                Issue.record("gild did not end within \(programTimeout) s\n\(excerpt(actual))")
                return
            }

            if program.hasOracle && !oracle.version.lexicographicallyPrecedes(program.requires) {
                let expected = try OracleOutputs.shared.output(of: program, oracle)
                try #require(!expected.isTimedOut, "the oracle did not end within \(programTimeout) s")
                if actual.output != expected.output || actual.status != expected.status {
                    Issue.record(Comment(rawValue: difference(actual, expected, oracle)))
                }
            } else if !program.hasOracle && actual.status != program.expectedStatus {
                Issue.record("status \(actual.status) instead of \(program.expectedStatus)\n\(excerpt(actual))")
            }
            if let line = program.missingExpectation(in: actual.outputText) {
                Issue.record("standard output lacks the expected line: \(line)\n\(excerpt(actual))")
            }
            try checkReport(json, of: program, status: actual.status)
        }
    }

    private func checkReport(_ path: String, of program: Program, status: Int32) throws {
        let data = Data(try readFile(path))
        guard let report = try? JSONDecoder().decode(RunReport.self, from: data) else {
            Issue.record("no report: \(String(decoding: data.prefix(400), as: UTF8.self))")
            return
        }
        #expect(report.script == program.path)
        #expect(report.exitStatus == Int(status))
        // Without one lock the peak is not exact, and says so.
        let notes = report.notes.filter { !$0.hasPrefix("Threads ran at the same time: peak bytes may be off by ") }
        #expect((notes.count == report.notes.count) == (RegimeName(rawValue: report.regime)?.hasOneLock ?? true))
        if !program.mayBeInexact { #expect(notes == []) }
        guard notes.isEmpty else { return }
        let violations = report.consistency()
        if !violations.isEmpty { Issue.record("the report's figures do not add up:\n\(violations.joined(separator: "\n"))") }
        if !program.mayLeak && !report.isFreeOfLeaks {
            let leaks = report.heap.leaked.prefix(8).map { "\($0.count) \($0.type) (\($0.refcount) references), \($0.site)" }
            Issue.record(
                """
                \(report.heap.liveObjects) objects, \(report.heap.liveBytes) bytes and \
                \(report.refcounts.liveReferences) references are alive at the end
                \(leaks.joined(separator: "\n"))
                """)
        }
    }
}

/// What CPython said of a program, asked once.
private final class OracleOutputs: @unchecked Sendable {
    static let shared = OracleOutputs()
    private let lock = NSLock()
    /// Guarded by `lock`.
    private var outputs: [String: Completed] = [:]

    func output(of program: Program, _ oracle: Oracle) throws -> Completed {
        if let known = lock.withLock({ outputs[program.path] }) { return known }
        let output = try runProgram(
            [oracle.executable, program.path] + program.arguments, input: program.input, environment: Oracle.environment)
        lock.withLock { outputs[program.path] = output }
        return output
    }
}

/// First differing line of standard output, both statuses, and both standard errors.
private func difference(_ actual: Completed, _ expected: Completed, _ oracle: Oracle) -> String {
    var text = ""
    if actual.status != expected.status { text += "status \(actual.status), \(oracle.name) has \(expected.status)\n" }
    let ours = actual.outputText.split(separator: "\n", omittingEmptySubsequences: false)
    let theirs = expected.outputText.split(separator: "\n", omittingEmptySubsequences: false)
    if let line = (0..<max(ours.count, theirs.count)).first(where: { line in
        line >= ours.count || line >= theirs.count || ours[line] != theirs[line]
    }) {
        text += "standard output differs in line \(line + 1):\n"
        text += "  gild:    \(line < ours.count ? ours[line].prefix(300) : "(ended)")\n"
        text += "  CPython: \(line < theirs.count ? theirs[line].prefix(300) : "(ended)")\n"
    } else if actual.output != expected.output {
        text += "standard output differs in its bytes\n"
    }
    text += "standard error of gild:\n\(actual.errorText.suffix(1_000))\n"
    if actual.errorOutput != expected.errorOutput {
        text += "standard error of CPython:\n\(expected.errorText.suffix(1_000))\n"
    }
    return text
}

private func excerpt(_ result: Completed) -> String {
    "standard output ends:\n\(result.outputText.suffix(400))\nstandard error ends:\n\(result.errorText.suffix(1_000))"
}
