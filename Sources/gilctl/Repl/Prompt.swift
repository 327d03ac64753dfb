// The prompt: draws a `LineEditor` on the terminal and reads lines with it.
//
// What is drawn is `prompt` and text, wrapped by hand at the terminal's width, in one write: back to the first row, the rows,
// then the cursor to its place. `row` is where the cursor was left, counted from the first row of the prompt.

import GildReport
import Glibc

struct Prompt {
    enum Input {
        case line(String)
        case interrupted
        case end
    }

    private var row = 0

    /// Reads one line. The terminal is raw only meanwhile.
    mutating func readLine(_ prompt: String, history: [String], decoder: inout KeyDecoder) -> Input {
        guard RawTerminal.enter() else { return .end }
        defer { RawTerminal.leave() }
        var editor = LineEditor(history: history)
        row = 0
        draw(prompt, editor)
        while true {
            while let key = decoder.next() {
                switch editor.press(key) {
                case .editing: continue
                case .clearScreen:
                    Output.print("\u{1B}[H\u{1B}[2J")
                    row = 0
                case .line(let text):
                    finish(prompt, &editor, "\n")
                    return .line(text)
                case .interrupted:
                    finish(prompt, &editor, "^C\n")
                    return .interrupted
                case .end:
                    finish(prompt, &editor, "\n")
                    return .end
                }
            }
            draw(prompt, editor)
            // Escape stands for itself when nothing follows it at once.
            guard let bytes = RawTerminal.read(timeoutMilliseconds: decoder.isIncomplete ? 50 : -1) else { return .end }
            if bytes.isEmpty && decoder.isIncomplete {
                if let key = decoder.next(isFinal: true) { _ = editor.press(key) }
            }
            decoder.add(bytes)
        }
    }

    /// Leaves the line as it is, with the cursor behind it.
    private mutating func finish(_ prompt: String, _ editor: inout LineEditor, _ end: String) {
        _ = editor.press(.end)
        draw(prompt, editor)
        Output.print(end)
        row = 0
    }

    private mutating func draw(_ prompt: String, _ editor: LineEditor) {
        let columns = max(2, Output.terminalWidth(STDOUT_FILENO) ?? 80)
        var prompt = prompt
        if let needle = editor.needle {
            prompt = "(\(editor.isSearchFailing ? "failing " : "")reverse-i-search)'\(escaped(needle))': "
        }
        let drawing = Self.layout(prompt, editor.characters, cursor: editor.cursor, columns: columns)
        var text = row > 0 ? "\u{1B}[\(row)A\r" : "\r"
        text += "\u{1B}[J" + drawing.rows.joined(separator: "\r\n")
        let below = drawing.rows.count - 1 - drawing.cursorRow
        if below > 0 { text += "\u{1B}[\(below)A" }
        text += "\r" + (drawing.cursorColumn > 0 ? "\u{1B}[\(drawing.cursorColumn)C" : "")
        row = drawing.cursorRow
        Output.print(text)
    }

    /// Prompt and text in rows of `columns`, and the cursor's place in them. A full last row is followed by an empty one, so
    /// that there is a place behind it.
    static func layout(
        _ prompt: String, _ characters: [Character], cursor: Int, columns: Int
    ) -> (rows: [String], cursorRow: Int, cursorColumn: Int) {
        var rows = [""]
        var used = 0
        var place = (row: 0, column: 0)
        func add(_ character: Character) {
            let shown = escaped(String(character))
            let width = displayWidth(shown)
            if used + width > columns {
                rows.append("")
                used = 0
            }
            rows[rows.count - 1] += shown
            used += width
        }
        for character in prompt { add(character) }
        for (index, character) in characters.enumerated() {
            if index == cursor { place = used >= columns ? (rows.count, 0) : (rows.count - 1, used) }
            add(character)
        }
        if used >= columns {
            rows.append("")
            used = 0
        }
        if cursor >= characters.count { place = (rows.count - 1, used) }
        return (rows, place.row, place.column)
    }
}
