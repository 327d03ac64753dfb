import Foundation
import Testing

@testable import GildDaemon

@Suite struct LogDocumentTests {
    /// Rows of the table of events in docs/logging.md.
    private func rows() throws -> [String] {
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        let text = try String(contentsOf: root.appendingPathComponent("docs/logging.md"), encoding: .utf8)
        return text.split(separator: "\n").map(String.init).filter { $0.hasPrefix("| `") && $0.split(separator: "|").count >= 4 && $0.contains(/`[0-9a-f]{32}`/) }
    }

    @Test func theTableOfEventsIsThatOfTheCode() throws {
        let expected = EventKind.allCases.map { "| `\($0.rawValue)` | \($0.level.rawValue) | `\($0.messageID)` | \($0.summary) |" }
        #expect(try rows() == expected)
    }

    @Test func everyEventHasAnIdentifierOfItsOwn() {
        let identifiers = EventKind.allCases.map(\.messageID)
        #expect(Set(identifiers).count == EventKind.allCases.count)
        for identifier in identifiers { #expect(identifier.wholeMatch(of: /[0-9a-f]{32}/) != nil) }
    }

    @Test func namesOfEventsAreLowerCaseWithHyphens() {
        for kind in EventKind.allCases { #expect(kind.rawValue.wholeMatch(of: /[a-z]+(-[a-z]+)*/) != nil) }
    }
}
