// The corpus: every .py file under Tests/Scripts and examples, with what its header says.
//
// A header is the run of comment lines at the top of a file. Lines of the form `# key: value` steer the harness:
//
//     # args: a b            arguments of the script, split at spaces
//     # stdin: text          a line of standard input; several lines add up
//     # oracle: none         the output is not deterministic or not CPython's: only run it
//     # requires: 3.13       skipped when the oracle is older
//     # leaks: reason        objects may be alive at the end
//     # inexact: reason      the report may carry notes
//     # options: --x 1       options of `gild run`
//     # status: 1            expected status where there is no oracle (default 0)

import Glibc
import Testing

struct Program: Sendable, CustomTestStringConvertible {
    /// Relative to the root of the repository; scripts are run from there, so that messages show this path.
    let path: String
    let headers: [String: [String]]

    var testDescription: String { path }
    var arguments: [String] { words("args") }
    var options: [String] { words("options") }
    var input: [UInt8] { Array((headers["stdin"] ?? []).map { $0 + "\n" }.joined().utf8) }
    var hasOracle: Bool { headers["oracle"]?.contains { $0.hasPrefix("none") } != true }
    var mayLeak: Bool { headers["leaks"] != nil }
    var mayBeInexact: Bool { headers["inexact"] != nil }
    var expectedStatus: Int32 { headers["status"]?.first.flatMap { Int32($0) } ?? 0 }
    /// Lowest version of the oracle, such as [3, 13].
    var requires: [Int] {
        headers["requires"]?.first?.split(separator: " ").first?.split(separator: ".").compactMap { Int($0) } ?? []
    }

    private func words(_ key: String) -> [String] {
        (headers[key] ?? []).flatMap { $0.split(separator: " ").map(String.init) }
    }

    init(path: String, text: String) {
        self.path = path
        var headers: [String: [String]] = [:]
        for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
            guard line.hasPrefix("#") else { break }
            let content = line.drop { $0 == "#" || $0 == " " }
            guard let colon = content.firstIndex(of: ":") else { continue }
            let value = content[content.index(after: colon)...].drop { $0 == " " }
            headers[String(content[..<colon]), default: []].append(String(value))
        }
        self.headers = headers
    }
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
            } else if Int32(entry.pointee.d_type) == Int32(DT_DIR) {
                collect(path, into: &paths)
            }
        }
    }
}
