// What is wrong with a configuration, and where.
//
// A file is read to its end: everything wrong with it is told in one go, in the order of the lines. A hint (the nearest
// known word) is computed only for the problems that are shown, so that a file of nothing but misspelt keys costs no
// more than a hundred comparisons.

import GildReport

/// One thing wrong, at one place of a file.
public struct ConfigurationProblem: Sendable, Equatable, CustomStringConvertible {
    /// As it was given to the loader.
    public var file: String
    /// From 1; 0 where the problem is the file's as a whole (it cannot be opened).
    public var line: Int
    /// In characters, from 1; 0 where `line` is.
    public var column: Int
    /// The value concerned, from the document's root: `workloads[2].threads`; indices from 0. Empty for the root.
    public var path: String
    public var message: String
    /// The known word nearest to an unknown one.
    public var hint: String?

    public init(file: String, line: Int, column: Int, path: String, message: String, hint: String? = nil) {
        self.file = file
        self.line = line
        self.column = column
        self.path = path
        self.message = message
        self.hint = hint
    }

    /// `file:line:column: path: problem (did you mean 'x'?)`, safe to print: control characters are escaped.
    public var description: String {
        var text = line > 0 ? "\(file):\(line):\(column): " : "\(file): "
        if !path.isEmpty { text += "\(path): " }
        text += message
        if let hint { text += " (did you mean '\(hint)'?)" }
        return escaped(text)
    }
}

/// Why a configuration was refused: every problem of its files, in order of file, line and column.
public struct ConfigurationError: Error, Sendable, Equatable, CustomStringConvertible {
    /// How many problems are listed at most.
    public static let listedProblems = 100

    public enum Code: Sendable, Equatable {
        /// A file cannot be opened or read.
        case unreadable
        /// The files were read, and say something that is not allowed.
        case invalid
    }

    public var code: Code
    /// The first `listedProblems`.
    public var problems: [ConfigurationProblem]
    /// Problems beyond those.
    public var omitted: Int

    public init(code: Code = .invalid, problems: [ConfigurationProblem], omitted: Int = 0) {
        self.code = code
        self.problems = problems
        self.omitted = omitted
    }

    /// One problem a line, without a line end.
    public var description: String {
        var lines = problems.map(\.description)
        if omitted > 0 { lines.append("… and \(omitted) more") }
        return lines.joined(separator: "\n")
    }
}

/// A place in a file of the configuration.
public struct ConfigurationPlace: Sendable, Equatable, CustomStringConvertible {
    public var file: String
    /// From 1.
    public var line: Int
    /// In characters, from 1.
    public var column: Int

    public init(file: String, line: Int, column: Int) {
        self.file = file
        self.line = line
        self.column = column
    }

    public var description: String { "\(file):\(line):\(column)" }
}

/// Problems as they are found; `error` puts them in order.
///
/// Only `kept` problems of a file and pass are kept, the rest is counted: more than are listed, so that a problem found
/// late but standing early still comes first.
struct Findings {
    private struct Finding {
        var order: Int
        var place: ConfigurationPlace
        var path: String
        var message: String
        var word: String?
        var known: [String]
    }

    private static let kept = 2 * ConfigurationError.listedProblems

    private var findings: [Finding] = []
    private var count = 0
    private var room = Findings.kept
    /// Index of the file that is read now.
    private(set) var order = 0

    var isEmpty: Bool { count == 0 }
    /// Whether the next finding would be kept.
    var hasRoom: Bool { room > 0 }

    /// The next findings are of the file with this index.
    mutating func begin(file order: Int) {
        self.order = order
        beginPass()
    }

    /// The next findings may stand before those so far.
    mutating func beginPass() { room = Findings.kept }

    /// - Parameters:
    ///   - word: an unknown word, for which the nearest of `known` is looked up.
    mutating func add(
        _ message: @autoclosure () -> String, at place: @autoclosure () -> ConfigurationPlace,
        path: @autoclosure () -> String, word: String? = nil, known: [String] = []
    ) {
        count += 1
        if room == 0 { return }
        room -= 1
        findings.append(
            Finding(order: order, place: place(), path: path(), message: message(), word: word, known: known))
    }

    /// The error that says it all; nil where nothing was found.
    func error(code: ConfigurationError.Code = .invalid) -> ConfigurationError? {
        if findings.isEmpty { return nil }
        // Stable, so that two problems of one place stay in the order in which they were found.
        let order = findings.indices.sorted { left, right in
            let (a, b) = (findings[left], findings[right])
            return (a.order, a.place.line, a.place.column, left) < (b.order, b.place.line, b.place.column, right)
        }
        let problems = order.prefix(ConfigurationError.listedProblems).map { index in
            let finding = findings[index]
            return ConfigurationProblem(
                file: finding.place.file, line: finding.place.line, column: finding.place.column, path: finding.path,
                message: finding.message, hint: finding.word.flatMap { nearest(to: $0, among: finding.known) })
        }
        return ConfigurationError(code: code, problems: problems, omitted: count - problems.count)
    }
}

/// The word of `known` with the smallest edit distance (insertions, deletions, replacements and swaps of neighbours), if
/// that is at most a third of the longer word's length, or 1.
func nearest(to word: String, among known: [String]) -> String? {
    let letters = Array(word.utf8.prefix(65)).map { $0 >= 0x41 && $0 <= 0x5A ? $0 + 0x20 : $0 }
    if letters.count > 64 { return nil }
    var best: (distance: Int, word: String)?
    for candidate in known {
        let distance = editDistance(letters, Array(candidate.utf8))
        let allowed = max(1, max(letters.count, candidate.utf8.count) / 3)
        if distance <= allowed && distance < best?.distance ?? Int.max { best = (distance, candidate) }
    }
    return best?.word
}

private func editDistance(_ left: [UInt8], _ right: [UInt8]) -> Int {
    var beforeLast: [Int] = []
    var last = Array(0...right.count)
    for (row, letter) in left.enumerated() {
        var current = [row + 1]
        current.reserveCapacity(right.count + 1)
        for (column, other) in right.enumerated() {
            var cost = min(current[column] + 1, last[column + 1] + 1, last[column] + (letter == other ? 0 : 1))
            if row > 0 && column > 0 && letter == right[column - 1] && left[row - 1] == other {
                cost = min(cost, beforeLast[column - 1] + 1)
            }
            current.append(cost)
        }
        beforeLast = last
        last = current
    }
    return last[right.count]
}
