// SyntaxError at the end of a traceback: the place in the text that could not be compiled.
//
// The slots say where: line and column range (columns from 1). The line is shown without its indentation, four columns in,
// with carets from the first column to the last one, or to the line's end when the range ends on another line.

import CGild

extension gild_thread_ref {
    func renderSyntaxError(_ exception: Value, _ typeText: [UInt32], _ output: inout [UInt8]) {
        var held: [Value] = []
        defer { held.forEach(decref) }
        func slot(_ i: Int) -> Value {
            held.append(loadExceptionSlot(exception, ExceptionSlot.extra + i))
            return held[held.count - 1]
        }
        func shown(_ value: Value) -> String {
            let shown = str(value)
            defer { decref(shown) }
            if shown.isUndefined {
                clearException()
                return ""
            }
            return string(shown)
        }
        let (message, filename, line, offset, text, endLine, endOffset) = (slot(0), slot(1), slot(2), slot(3), slot(4), slot(5), slot(6))
        var suffix = ""
        if !line.isNone {
            output += Array("  File \"\(filename.isNone ? "<string>" : shown(filename))\", line \(shown(line))\n".utf8)
        } else if !filename.isNone {
            suffix = " (\(shown(filename)))"
        }
        if isKind(text, .str) {
            let sameLine = shown(line) == shown(endLine)
            renderSyntaxErrorLine(
                Array(string(text).unicodeScalars), offset: smallInt(offset), endOffset: smallInt(endOffset), sameLine: sameLine, &output)
        }
        let words = isKind(message, .str) && message.cast(StringObject.self).pointee.count == 0 || message.isNone ? "<no detail available>" : shown(message)
        let name = String(String.UnicodeScalarView(typeText.map { Unicode.Scalar($0) ?? "\u{FFFD}" }))
        output += Array("\(name): \(words)\(suffix)\n".utf8)
    }

    private func renderSyntaxErrorLine(_ text: [Unicode.Scalar], offset: Int?, endOffset: Int?, sameLine: Bool, _ output: inout [UInt8]) {
        var line = text
        while line.last == "\n" { line.removeLast() }
        let stripped = Array(line.drop { $0 == " " || $0 == "\n" || $0 == "\u{C}" })
        let indentation = line.count - stripped.count
        func put(_ scalars: [Unicode.Scalar]) {
            output += Array(("    " + String(String.UnicodeScalarView(scalars)) + "\n").utf8)
        }
        put(stripped)
        guard var start = offset else { return }
        var end = line.count + 1
        if sameLine {
            if let endOffset, endOffset != 0 { end = endOffset } else { end = start }
        }
        if !text.isEmpty && start > text.count { start = line.count + 1 }
        if !text.isEmpty && end > text.count { end = line.count + 1 }
        if start >= end || end < 0 { end = start + 1 }
        let from = start - 1 - indentation
        let to = end - 1 - indentation
        if from < 0 { return }
        var carets: [Unicode.Scalar] = stripped.prefix(from).map { TracebackFrameLines.isSpace($0) ? $0 : " " }
        for _ in 0..<max(0, to - from) { carets.append("^") }
        put(carets)
    }
}
