// The corpus: every .py file under Tests/Scripts and examples, with what its header says. Those of examples/plugins need plugins: PluginTests.
//
// Comment lines of the form `# key: value`, anywhere in the file, steer the harness (scripts/oracle reads the same):
//
//     # args: a 'b c'        arguments of the script, split and unquoted as a shell does
//     # stdin: text\n        standard input, with the escapes \n, \t and \\; several of them add up
//     # expect: 3            a line of standard output, also behind code; in the order of the file
//     # requires: 3.13       compared only where the oracle is at least this new
//     # oracle: none         the output is not deterministic, or not CPython's: only run it
//     # status: 1            the expected status where there is no oracle (default 0)
//     # leaks: reason        objects may be alive at the end
//     # inexact: reason      the report may carry notes
//     # options: --x 1       options of `gild run`
//     # stress: switch       the only `--stress` that it is run with: collecting all the time takes too long, or it counts collections; none: not at all
//     # lock-order: address  it does what its oracle does only in this lock order of object-lock
//     # regimes: gil         the only regimes under which the program does what its oracle does (default: all)

import Glibc
import Testing

struct Program: Sendable, CustomTestStringConvertible {
    /// Relative to the root of the repository; scripts are run from there, so that messages show this path.
    let path: String
    let directives: [String: [String]]
    /// Lines of standard output, in their order; others may lie between them.
    let expectations: [String]

    var testDescription: String { path }
    var arguments: [String] { (directives["args"] ?? []).flatMap(shellWords) }
    var options: [String] { (directives["options"] ?? []).flatMap(shellWords) }
    var input: [UInt8] { Array((directives["stdin"] ?? []).map(unescaped).joined().utf8) }
    var hasOracle: Bool { directives["oracle"]?.contains { $0.hasPrefix("none") } != true }
    var mayLeak: Bool { directives["leaks"] != nil }
    var mayBeInexact: Bool { directives["inexact"] != nil }
    /// Names of regimes; empty: all.
    var regimes: [String] { (directives["regimes"] ?? []).flatMap(shellWords) }
    /// Lock orders; empty: all.
    var lockOrders: [String] { (directives["lock-order"] ?? []).compactMap { shellWords($0).first } }
    /// Kinds of stress; empty: all.
    var stress: [String] { (directives["stress"] ?? []).flatMap(shellWords) }
    var expectedStatus: Int32 { directives["status"]?.first.flatMap { Int32($0) } ?? 0 }
    /// Lowest version of the oracle, such as [3, 13].
    var requires: [Int] { directives["requires"]?.first?.split(separator: ".").compactMap { Int($0) } ?? [] }

    private static let keys = ["args", "stdin", "requires", "oracle", "status", "leaks", "inexact", "options", "regimes", "lock-order", "stress"]

    init(path: String, text: String) {
        self.path = path
        var directives: [String: [String]] = [:]
        var expectations: [String] = []
        let mark = "# expect: "
        for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
            if let start = line.ranges(of: mark).last { expectations.append(String(line[start.upperBound...])) }
            let comment = line.drop { $0 == " " }
            guard comment.hasPrefix("# "), let colon = comment.firstIndex(of: ":") else { continue }
            let key = String(comment[..<colon].dropFirst(2))
            if Self.keys.contains(key) {
                directives[key, default: []].append(String(comment[colon...].dropFirst().drop { $0 == " " }))
            }
        }
        self.directives = directives
        self.expectations = expectations
    }

    /// The first expectation that `output` does not fulfil; nil when it fulfils all.
    func missingExpectation(in output: String) -> String? {
        var lines = output.split(separator: "\n", omittingEmptySubsequences: false)[...]
        for expectation in expectations {
            guard let index = lines.firstIndex(where: { $0 == expectation }) else { return expectation }
            lines = lines[(index + 1)...]
        }
        return nil
    }
}

/// Words between blanks; single and double quotes keep blanks together.
private func shellWords(_ text: String) -> [String] {
    var words: [String] = []
    var word: String?
    var quote: Character?
    for character in text {
        if let open = quote {
            if character == open { quote = nil } else { word?.append(character) }
        } else if character == "'" || character == "\"" {
            quote = character
            word = word ?? ""
        } else if character == " " {
            if let finished = word { words.append(finished) }
            word = nil
        } else {
            word = (word ?? "") + String(character)
        }
    }
    if let finished = word { words.append(finished) }
    return words
}

private func unescaped(_ text: String) -> String {
    var result = ""
    var isEscaped = false
    for character in text {
        if isEscaped {
            result.append(character == "n" ? "\n" : character == "t" ? "\t" : character)
            isEscaped = false
        } else if character == "\\" {
            isEscaped = true
        } else {
            result.append(character)
        }
    }
    return result
}

enum Corpus {
    static let root: String = {
        // Tests/ScriptTests/Programs.swift, three levels down.
        let parts = #filePath.split(separator: "/", omittingEmptySubsequences: false)
        return parts.dropLast(3).joined(separator: "/")
    }()

    /// Makes the root the working directory of the tests, and so of everything that they start.
    static let isWorkingDirectory = chdir(root) == 0

    /// Sorted by path.
    static let all: [Program] = {
        var paths: [String] = []
        for folder in ["Tests/Scripts", "examples"] { collect(folder, into: &paths) }
        return paths.sorted().compactMap { path in
            (try? readFile(root + "/" + path)).map { Program(path: path, text: String(decoding: $0, as: UTF8.self)) }
        }
    }()

    /// The programs to run: all, or those whose path contains GILD_CORPUS.
    static let programs: [Program] = {
        guard let part = environmentVariable("GILD_CORPUS") else { return all }
        return all.filter { $0.path.contains(part) }
    }()

    private static func collect(_ folder: String, into paths: inout [String]) {
        guard let directory = opendir(root + "/" + folder) else { return }
        defer { closedir(directory) }
        while let entry = readdir(directory) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name.hasPrefix(".") || name == "__pycache__" { continue }
            let path = folder + "/" + name
            if name.hasSuffix(".py") {
                paths.append(path)
            } else if Int32(entry.pointee.d_type) == Int32(DT_DIR) && path != "examples/plugins" {
                collect(path, into: &paths)
            }
        }
    }
}
