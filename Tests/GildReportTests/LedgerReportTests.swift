import GildReport
import Testing

private func entry(_ operation: LedgerReport.Operation, _ before: Int, _ after: Int, line: Int = 1) -> LedgerReport.Entry {
    .init(operation: operation, site: "x.py:\(line)", thread: "MainThread", before: before, after: after)
}

private func report(_ entries: [LedgerReport.Entry], references: Int = 0, omitted: Int = 0, omittedAfter: Int = 0, dropped: Int = 0) -> RunReport {
    var report = RunReport(script: "x.py")
    report.ledger = LedgerReport(
        objects: 1, operations: entries.count, droppedOperations: dropped,
        stories: [
            .init(
                object: 3, type: "list", site: "x.py:1", thread: "MainThread", references: references, omitted: omitted, omittedAfter: omittedAfter,
                entries: entries)
        ])
    return report
}

@Suite struct LedgerReportTests {
    @Test func aStoryWhoseCountsFollowEachOtherIsConsistent() {
        #expect(report([entry(.allocation, 0, 1), entry(.incref, 1, 2), entry(.decref, 2, 1)], references: 1).consistency() == [])
        #expect(report([entry(.allocation, 0, 1), entry(.immortal, 1, 1)], references: 1).consistency() == [])
        // What is left out in the middle, or at the end of a full ledger, is not held against the story.
        #expect(report([entry(.allocation, 0, 1), entry(.decref, 7, 6)], references: 6, omitted: 5, omittedAfter: 1).consistency() == [])
        #expect(report([entry(.allocation, 0, 1)], references: 9, dropped: 8).consistency() == [])
    }

    @Test(arguments: [
        ([entry(.allocation, 0, 1), entry(.incref, 2, 3)], "begins with 2, after 1"),
        ([entry(.allocation, 0, 1), entry(.incref, 1, 3)], "incref, leads from 1 to 3"),
        ([entry(.allocation, 0, 1), entry(.decref, 1, 1)], "decref, leads from 1 to 1"),
        ([entry(.allocation, 0, 1)], "leaves 1, the object has 0"),
    ])
    func aLostOperationIsAViolation(entries: [LedgerReport.Entry], part: String) {
        let violations = report(entries).consistency()
        #expect(violations.contains { $0.hasPrefix("list #3: ") && $0.contains(part) }, "\(violations)")
    }

    @Test func aTableShowsTheEndsOfALongStory() {
        var entries = [entry(.allocation, 0, 1)]
        for line in 1...50 { entries.append(entry(.incref, line, line + 1, line: line + 1)) }
        let table = report(entries, references: 51).table()
        #expect(table.contains("list #3 allocated at x.py:1 by MainThread, alive at the end with 51 references"))
        #expect(table.contains("11 operations"))
        #expect(table.contains("20 → 21") == false && table.contains("19 → 20") && table.contains("31 → 32") && !table.contains("30 → 31"))
        #expect(report([entry(.allocation, 0, 1), entry(.decref, 1, 0)]).table().contains("decref, freed"))
    }

    @Test func namesInATableAreEscaped() {
        var report = report([entry(.allocation, 0, 1)], references: 1)
        report.ledger?.stories[0].type = "a\u{1B}[31m"
        #expect(!report.table().contains("\u{1B}"))
    }
}
