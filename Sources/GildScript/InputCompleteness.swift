// Whether what was typed so far is a whole input, as an interactive prompt has to know it.
//
// An input is incomplete when more text could make it right: an open bracket, an open triple-quoted string, a backslash at
// its end, a block or a handler that has to follow. A compound statement is complete only with an empty line after it,
// because another line of its block may follow. Everything else is complete, and an error that more text cannot mend is
// one at once. As in CPython's `codeop`.

public enum InputCompleteness: Sendable, Equatable {
    case complete, incomplete
    case invalid(Diagnostic)
}

/// - Parameter text: the lines typed so far; an empty last line ends a block.
public func completeness(ofInput text: String, name: String) -> InputCompleteness {
    let bytes = Array(text.utf8)
    let source = SourceFile(name: name, text: bytes)
    let endsBlock = text.hasSuffix("\n\n") || text == "\n" || text.split(separator: "\n", omittingEmptySubsequences: false).last.map { $0.allSatisfy { $0 == " " || $0 == "\t" } } == true
    if let last = bytes.last(where: { $0 != 0x0A && $0 != 0x0D }), last == 0x5C, !text.hasSuffix("\n\n") { return .incomplete }
    do throws(Diagnostic) {
        let tree = try parse(source)
        guard let last = tree.body.last, tree.isCompound(last) else { return .complete }
        return endsBlock && text.contains("\n") ? .complete : .incomplete
    } catch {
        return mayBeContinued(error, lines: source.lineCount(withText: bytes)) ? .incomplete : .invalid(error)
    }
}

private func mayBeContinued(_ error: Diagnostic, lines: Int) -> Bool {
    if error.message.hasSuffix("was never closed") || error.message.hasPrefix("unterminated triple-quoted")
        || error.message.hasPrefix("unexpected EOF") { return true }
    let isAtEnd = Int(error.range.line) >= lines
    return isAtEnd && (error.message.hasPrefix("expected an indented block") || error.message.hasPrefix("expected 'except' or 'finally'"))
}

extension SyntaxTree {
    fileprivate func isCompound(_ id: NodeID) -> Bool {
        switch statement(id) {
        case .if, .while, .for, .try, .with, .function, .classDefinition, .match: true
        default: false
        }
    }
}

extension SourceFile {
    /// Number of the last line that has any text.
    fileprivate func lineCount(withText bytes: [UInt8]) -> Int {
        var lines = 1
        var last = 1
        for byte in bytes {
            if byte == 0x0A { lines += 1 } else if byte != 0x20 && byte != 0x09 && byte != 0x0D { last = lines }
        }
        return last
    }
}
