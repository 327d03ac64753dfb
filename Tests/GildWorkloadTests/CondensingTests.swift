// Large files: shortened for libyaml, and read as if they had not been.

import Glibc
import Testing

@testable import GildWorkload

@Suite struct CondensingTests {
    private func tree(_ text: String, condensesAbove: Int) -> (YAMLDocument?, String?) {
        var findings = Findings()
        guard let source = SourceText(file: "f", bytes: Array(text.utf8), findings: &findings) else { return (nil, nil) }
        let document = readYAML(source, condensesAbove: condensesAbove, findings: &findings)
        return (document, findings.error()?.description)
    }

    private func listed(_ description: String) -> [Substring] { description.split(separator: "\n").filter { !$0.hasPrefix("… and") } }

    /// Lines that are something else in another place: headers, comments, markers, empty lines, quotes.
    private static let fragments = [
        "a: |", "- |", "- b: |", "c: >", "d: |-", "- e: |+", "f: | # g |", "# comment", "#", "", "  ", "text", "- text", "k: v",
        "k: \"quoted", "end\"", "k: 'quoted", "end'", "x y |", "---", "...", "[a, b]", "{a: b}", "\u{10FFFC}", "# c: |", "! |",
    ]

    @Test func aCondensedTextHasTheSameTreeOrIsRefused() {
        let seed = UInt64.random(in: 1...UInt64.max)
        var generator = SeededGenerator(seed: seed)
        var condensed = 0
        for _ in 0..<3_000 {
            var text = ""
            for _ in 0..<Int.random(in: 1...14, using: &generator) {
                let margin = String(repeating: "  ", count: Int.random(in: 0...3, using: &generator))
                // Blocks are condensed from 256 bytes on.
                let count = Int.random(in: 0...5, using: &generator) == 0 ? 90 : 1
                let fragment = CondensingTests.fragments.randomElement(using: &generator) ?? ""
                for line in 0..<count { text += margin + fragment + (count > 1 ? " \(line)" : "") + "\n" }
            }
            let (plain, plainError) = tree(text, condensesAbove: Int.max)
            let (short, shortError) = tree(text, condensesAbove: 0)
            if shortError?.contains("lines that look like comments or a '|' block inside another text") == true { continue }
            condensed += 1
            #expect(plain == short, "seed \(seed)\n\(text)")
            // libyaml reads ahead: where it gives up, the key before that place may have been read or not. It shows in the number
            // of problems that are not listed.
            #expect(plainError.map(listed) == shortError.map(listed), "seed \(seed)\n\(text)")
        }
        #expect(condensed > 1_000, "seed \(seed)")
    }

    @Test func aScriptOfAlmostOneMebibyteIsReadWhole() throws {
        let source = "import gild\n\n" + String(repeating: "  for i in range(10): print(i)  # |\n\n", count: 24_000) + "print('end')\n"
        let indented = source.split(separator: "\n", omittingEmptySubsequences: false).map { $0.isEmpty ? "" : "      \($0)" }
        let text = "# c\n# d\nworkloads:\n  - name: a\n    source: |\n" + indented.joined(separator: "\n") + "  - {name: b, script: b.py, thread: 1}\n"
        var short = text
        short.removeLast("  - {name: b, script: b.py, thread: 1}\n".count)
        #expect(text.utf8.count < 1 << 20 && text.utf8.count > 900_000)
        #expect(try parsed(short).get().workloads.map(\.script) == [.source(source, file: "/etc/gild/gild.yaml", line: 6)])
        let problem = try #require(parsed(text).failure?.problems.first)
        #expect(problem.line == 6 + 48_003 && problem.column == 29 && problem.hint == "threads")
    }

    @Test func whatIsTooMuchIsRefusedWithWhatWasFoundBefore() throws {
        let keys = (0..<40_000).map { "key\($0): 1\n" }.joined()
        let error = try #require(parsed("deamon: {}\n" + keys).failure)
        #expect(error.problems.count == ConfigurationError.listedProblems && error.omitted > 1_000)
        #expect(error.problems[0].hint == "daemon")
        #expect(error.description.hasSuffix("… and \(error.omitted) more"))
        let deep = try #require(parsed(String(repeating: "[", count: 1 << 20)).failure)
        #expect(deep.description.contains("nested deeper than 32 levels"))
        let list = try #require(parsed("workloads:\n" + String(repeating: "- {}\n", count: 15_000)).failure)
        #expect(list.description.contains("more than 5000 keys, values and lists in one file"))
        let lines = try #require(parsed(String(repeating: "\n", count: 200_000)).failure)
        #expect(lines.description.contains("more than 96 KiB besides comments and the text of '|' blocks"))
    }

    @Test func manyKeysAreRefusedAtTheOneThatIsTooMany() throws {
        let arguments = Array(repeating: "a", count: 6_000).joined(separator: ",")
        let error = try #require(parsed("workloads: [{name: a, script: b, args: [\(arguments)]}]").failure)
        #expect(error.description.contains("more than 5000 keys, values and lists in one file"))
    }
}

@Suite struct HostileInputTests {
    private static let size = 1 << 20

    /// Each would take libyaml by itself from 50 ms to minutes. A debug build is let have ten seconds of CPU time.
    @Test(arguments: [
        "[", "{a: ", "[? ", "- ", "? ", "-\n", "a: &x\n", "a: *x\n", "a: !x\n", "\"", "'", "|\n", "a: |\n", "\t", "%", "%TAG !a! x\n",
        "a: 1\n", "# \n", "\n", " ", ",", ":", ": ", "---\n", "...\n", "[a]: b\n", "x\n", "x ", "a\\", "!", "- |\n   a\n   b\n", "é",
    ])
    func aMebibyteOfAnythingTakesBoundedTime(_ unit: String) {
        let bytes = Array(unit.utf8)
        let text = (0..<HostileInputTests.size / bytes.count).flatMap { _ in bytes }
        let before = processorTime()
        _ = Result { () throws(ConfigurationError) in try ConfigurationLoader.parse(text, file: "f") }
        #expect(processorTime() - before < 10)
    }

    private func processorTime() -> Double {
        var time = timespec()
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }
}
