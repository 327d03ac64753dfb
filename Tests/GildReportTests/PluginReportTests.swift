import Foundation
import GildReport
import Testing

@Suite struct PluginReportTests {
    private let violation = PluginViolationReport(
        plugin: "p", function: "f", place: "try+0x1 (p.so+0x2)",
        message: "plugin 'p', function 'f', at try+0x1 (p.so+0x2): gild_int_get got a bad handle: object was closed", count: 1200)

    @Test func brokenRulesAreListedWhereThereAreSome() {
        var report = RunReport(script: "x.py")
        #expect(!report.table(width: 200).contains("Broken rules"))
        report.pluginViolations = [violation]
        let lines = report.table(width: 200).split(separator: "\n").map(String.init)
        let start = lines.firstIndex(of: "Broken rules")
        #expect(start != nil)
        let text = lines[(start ?? 0)...].dropFirst().prefix { $0.hasPrefix("  ") }.map { $0.trimmingCharacters(in: .whitespaces) }.joined(separator: " ")
        #expect(text == "- \(violation.message) (1,200 times)")
    }

    @Test func theirKeysAreThere() throws {
        var report = RunReport(script: "x.py")
        report.pluginViolations = [violation]
        let object = try JSONSerialization.jsonObject(with: try JSONEncoder().encode(report)) as? [String: Any]
        let listed = object?["plugin_violations"] as? [[String: Any]]
        #expect(listed?.count == 1 && Set(listed?.first.map { Array($0.keys) } ?? []) == ["plugin", "function", "place", "message", "count"])
    }
}
