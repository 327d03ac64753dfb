// What is particular about regimes whose threads run at the same time, as a user sees it.

import Foundation
import GildReport
import GildSession
import Testing

@Suite struct FreeRegimeTests {
    private static let study = Corpus.root + "/examples/study/"

    private func report(_ regime: String, _ program: String, _ arguments: [String] = []) throws -> RunReport {
        try withTemporaryPath(".json") { json in
            let result = try runProgram(
                [Gild.executable, "run", "--regime", regime, "--report-json", json, program] + arguments, environment: Oracle.environment)
            #expect(result.status == 0, "\(result.errorText)")
            return try JSONDecoder().decode(RunReport.self, from: Data(contentsOf: URL(fileURLWithPath: json)))
        }
    }

    /// Two threads that count references to one object: only without any synchronisation is an update lost.
    @Test(arguments: RegimeName.allCases.filter(\.isSafe))
    func noUpdateIsLost(under regime: RegimeName) throws {
        let report = try report(regime.rawValue, Self.study + "lost_update.py", ["2000"])
        #expect(report.isFreeOfLeaks)
        #expect(report.heap.lostUpdates == nil)
        #expect(report.consistency().isEmpty, "\(report.consistency())")
    }

    /// Each loss names the object's class, the line that made it, and the operation that overwrote another one. Two threads may always miss each other, so
    /// several runs are made.
    @Test func theRaceIsTold() throws {
        for _ in 0..<20 {
            let report = try report("unsynchronized", Self.study + "lost_update.py")
            let races = try #require(report.heap.lostUpdates)
            #expect(report.heap.prematureFrees != nil)
            guard let race = races.first.first(where: { $0.type == "Foo" }) else { continue }
            #expect(races.count >= races.first.count)
            #expect(race.site.hasSuffix("lost_update.py:36"))
            #expect(["incref", "decref"].contains(race.winner.operation))
            #expect(race.winner.site.contains("lost_update.py:"))
            return
        }
        Issue.record("no update was lost in twenty runs of 160,000 operations")
    }

    /// Every regime tells how often it met an immortal object; a loop over interned strings meets them, and counts none.
    @Test(arguments: RegimeName.allCases) func operationsOnImmortalObjectsAreTold(regime: RegimeName) throws {
        func paths(_ rounds: Int) throws -> CountingPaths {
            try withTemporaryPath(".py") { path in
                try "def f():\n    names = ['a', 'b']\n    for i in range(\(rounds)):\n        names[0] = names[1]\nf()\n".write(toFile: path, atomically: false, encoding: .utf8)
                return try #require(try report(regime.rawValue, path).refcounts.paths)
            }
        }
        let few = try paths(1000)
        let many = try paths(2000)
        // Each round takes a reference to the string and drops one; without one lock the looking takes some, too.
        #expect(try #require(many.immortal) - (try #require(few.immortal)) >= 2000)
    }

    /// The paths add up to what was counted.
    @Test func biasedCountsAreToldByPath() throws {
        let report = try report("biased", Self.study + "lost_update.py", ["2000"])
        let paths = try #require(report.refcounts.paths)
        let operations = report.refcounts.increfs - report.heap.allocatedObjects + report.refcounts.decrefs
        #expect(try #require(paths.biasedOwner) + (try #require(paths.biasedShared)) + (try #require(paths.biasedSpread)) == operations)
        #expect(try #require(paths.biasedShared) > 4000)
    }
}
