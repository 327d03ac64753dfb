import Foundation
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

    /// Where counts race, lines need not follow each other; what they changed adds up.
    @Test func theOperationsOfARaceAddUp() {
        func raced(_ references: Int, _ overwrote: Int?) -> RunReport {
            var second = entry(.incref, 1, 2)
            second.overwrote = overwrote
            var report = report([entry(.allocation, 0, 1), entry(.incref, 1, 2), second], references: references)
            report.ledger?.order = .recording
            report.ledger?.stories[0].overwrites = overwrote == nil ? 0 : 1
            report.ledger?.stories[0].trueReferences = 3
            return report
        }
        #expect(raced(2, 2).consistency() == [])
        #expect(raced(3, 2).consistency().contains { $0.contains("add up to 2, the object has 3") })
        #expect(raced(2, nil).consistency().contains { $0.contains("add up to 3, the object has 2") })
        let table = raced(2, 2).table()
        #expect(table.contains("1 → 2 over 2") && table.contains("order of recording"))
        #expect(table.contains("with a count of 2; in truth there are 3 references"))
        var wrong = raced(2, 2)
        wrong.ledger?.stories[0].overwrites = 2
        #expect(wrong.consistency().contains { $0.contains("2 operations stored over others") })
    }

    @Test func theWayOfABiasedReferenceIsConsistent() {
        var handed = entry(.handOver, 1, 1)
        handed.path = .shared
        var last = entry(.decref, 1, 0)
        last.path = .queue
        let told = report([entry(.allocation, 0, 1), handed, entry(.merge, 1, 1), last])
        #expect(told.consistency() == [])
        #expect(told.table().contains("hand over, shared") && told.table().contains("decref, queue, freed"))
        #expect(report([entry(.allocation, 0, 1), entry(.merge, 1, 0)]).consistency().contains { $0.contains("merge, leads from 1 to 0") })
    }

    /// A table shows a lost update with its neighbours, wherever it is in the story.
    @Test func aTableShowsLossesInTheMiddle() {
        var entries = [entry(.allocation, 0, 1)]
        for number in 2...200 { entries.append(number % 2 == 0 ? entry(.incref, 1, 2) : entry(.decref, 2, 1)) }
        entries[99].overwrote = 7
        for index in entries.indices { entries[index].number = index + 1 }
        var report = report(entries)
        report.ledger?.order = .recording
        let lines = report.table().split(separator: "\n").map { $0.trimmingCharacters(in: .whitespaces) }
        #expect(lines.contains { $0.hasPrefix("100 ") && $0.contains("1 → 2 over 7") })
        #expect(lines.contains { $0.hasPrefix("98 ") } && lines.contains { $0.hasPrefix("102 ") })
        #expect(!lines.contains { $0.hasPrefix("97 ") } && !lines.contains { $0.hasPrefix("103 ") })
        #expect(lines.filter { $0.hasPrefix("…") }.count == 2)
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
