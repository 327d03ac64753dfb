// What the lexer, the parser and the compiler say about a script, rendered as CPython renders it.
//
// A SyntaxError that ends a CPython script prints (traceback.py, `_format_syntax_error`):
//
//       File "x.py", line 3
//         a = = 1
//             ^
//     SyntaxError: invalid syntax
//
// The source line loses its leading spaces (not tabs) and is set four columns in. The carets cover the
// range when it ends on the same line and everything up to the end of the line when it does not. A
// range that begins in the leading spaces has no caret line.

/// A problem that keeps a script from running.
public struct Diagnostic: Error, Hashable, Sendable {
    public enum Kind: Hashable, Sendable {
        case syntaxError
        case indentationError
        case tabError
        /// Python that gild does not run yet; shown as a SyntaxError.
        case unsupported
    }

    public let kind: Kind
    /// One line, without the class name. For `unsupported` the whole sentence, such as
    /// `gild does not support async functions yet`.
    public let message: String
    /// The name of the source file as messages show it.
    public let file: String
    /// Columns are UTF-8 byte offsets from 0, as everywhere.
    public let range: SourceRange
    /// The text of line `range.line` without its end.
    public let sourceLine: String
    /// False where CPython shows neither source line nor caret.
    public let showsSource: Bool
    /// False where CPython shows the source line alone.
    public let showsCaret: Bool
    /// What CPython warned about before it came to this problem, and prints before it.
    public internal(set) var warnings: [SyntaxWarning] = []

    public init(
        kind: Kind, message: String, source: SourceFile, range: SourceRange, showsSource: Bool = true,
        showsCaret: Bool = true
    ) {
        self.kind = kind
        self.message = message
        self.file = source.name
        self.range = range
        self.sourceLine = source.line(Int(range.line))
        self.showsSource = showsSource
        self.showsCaret = showsCaret
    }

    /// An `unsupported` diagnostic: `gild does not support FEATURE yet`, and after it ` (HINT)` where
    /// there is a way round.
    public static func unsupported(
        _ feature: String, hint: String? = nil, source: SourceFile, range: SourceRange
    ) -> Diagnostic {
        let hintText = hint.map { " (\($0))" } ?? ""
        return Diagnostic(
            kind: .unsupported, message: "gild does not support \(feature) yet\(hintText)",
            source: source, range: range)
    }

    /// The Python class that the message carries.
    public var className: String {
        switch kind {
        case .syntaxError, .unsupported: "SyntaxError"
        case .indentationError: "IndentationError"
        case .tabError: "TabError"
        }
    }

    /// The lines that CPython prints on standard error, each with its line end.
    public func rendered() -> String {
        var result = "  File \"\(file)\", line \(range.line)\n"
        if showsSource { result += renderedSource() }
        return result + "\(className): \(message)\n"
    }

    private func renderedSource() -> String {
        let scalars = Array(sourceLine.unicodeScalars)
        let leading = scalars.prefix { $0 == " " || $0 == "\u{C}" }.count
        let shown = scalars[leading...]
        let text = "    " + String(String.UnicodeScalarView(shown)) + "\n"
        if !showsCaret { return text }

        let limit = scalars.count
        let start = min(scalarOffset(ofByte: Int(range.column)), limit)
        var end = min(
            range.endLine == range.line ? scalarOffset(ofByte: Int(range.endColumn)) : limit, limit)
        if end <= start { end = start + 1 }
        if start < leading { return text }
        let padding = (leading..<start).map { index -> Character in
            index < limit && scalars[index].properties.isWhitespace ? Character(scalars[index]) : " "
        }
        return text + "    " + String(padding) + String(repeating: "^", count: end - start) + "\n"
    }

    private func scalarOffset(ofByte offset: Int) -> Int {
        var bytes = 0
        var count = 0
        for scalar in sourceLine.unicodeScalars {
            if bytes >= offset { return count }
            bytes += UTF8.width(scalar)
            count += 1
        }
        return count + max(0, offset - bytes)
    }
}

/// What CPython reports while compiling without stopping (category SyntaxWarning).
public struct SyntaxWarning: Hashable, Sendable {
    public let message: String
    public let file: String
    /// From 1.
    public let line: UInt32
    public let sourceLine: String

    public init(message: String, source: SourceFile, line: UInt32) {
        self.message = message
        self.file = source.name
        self.line = line
        self.sourceLine = source.line(Int(line))
    }

    /// The lines that CPython prints on standard error, each with its line end.
    public func rendered() -> String {
        let blank: (Character) -> Bool = { $0 == " " || $0 == "\t" || $0 == "\u{C}" }
        var text = sourceLine[...].drop(while: blank)
        while let last = text.last, blank(last) { text.removeLast() }
        let shown = text.isEmpty ? "" : "  \(text)\n"
        return "\(file):\(line): SyntaxWarning: \(message)\n" + shown
    }
}
