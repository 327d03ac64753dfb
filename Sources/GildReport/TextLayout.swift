// Text in columns: how wide a string is on a terminal, what of it may be shown, and tables that fit.
//
// Names of threads, types and files are chosen by the script. A control character in one could move the cursor, change
// colours or hide what follows; a bidirectional override could reorder the line. Both are shown as the escape that
// Python's repr() would use. Width is counted in columns: East Asian wide characters and emoji take two
// (Unicode Standard Annex 11), combining marks none.
//
// A table that is wider than the terminal first shortens its text columns in the middle; if that is not enough, rows and
// columns change places; and if that is still too wide, each row becomes a small block of `heading value` lines.

/// `text` with everything that a terminal would act on replaced by an escape: `\n`, `\x1b`, `\u202e`.
public func escaped(_ text: String) -> String {
    var result = ""
    for scalar in text.unicodeScalars {
        switch scalar {
        case "\n": result += "\\n"
        case "\r": result += "\\r"
        case "\t": result += "\\t"
        case "\u{200D}": result.unicodeScalars.append(scalar)  // joins emoji
        default:
            switch scalar.properties.generalCategory {
            case .control, .format, .lineSeparator, .paragraphSeparator:
                let digits = String(scalar.value, radix: 16)
                let (prefix, count) = scalar.value < 0x100 ? ("x", 2) : scalar.value < 0x10000 ? ("u", 4) : ("U", 8)
                result += "\\" + prefix + String(repeating: "0", count: count - digits.count) + digits
            default: result.unicodeScalars.append(scalar)
            }
        }
    }
    return result
}

/// Columns that `text` takes on a terminal.
public func displayWidth(_ text: some StringProtocol) -> Int {
    text.reduce(0) { $0 + columns(of: $1) }
}

private func columns(of character: Character) -> Int {
    guard let first = character.unicodeScalars.first else { return 0 }
    if first.value < 0x300 { return 1 }
    switch first.properties.generalCategory {
    case .nonspacingMark, .enclosingMark, .format, .control: return 0
    default: break
    }
    if first.properties.isEmojiPresentation || character.unicodeScalars.contains("\u{FE0F}") { return 2 }
    return isWide(first.value) ? 2 : 1
}

/// The ranges of East_Asian_Width W and F, joined over unassigned gaps.
private func isWide(_ value: UInt32) -> Bool {
    switch value {
    case 0x1100...0x115F, 0x2E80...0x303E, 0x3041...0x4DBF, 0x4E00...0xA4CF, 0xA960...0xA97C, 0xAC00...0xD7A3,
        0xF900...0xFAFF, 0xFE10...0xFE19, 0xFE30...0xFE6B, 0xFF01...0xFF60, 0xFFE0...0xFFE6, 0x16FE0...0x18DFF,
        0x1AFF0...0x1B2FF, 0x1F200...0x1F265, 0x20000...0x3FFFD:
        true
    default: false
    }
}

/// `text` shortened in the middle to at most `width` columns.
public func shortened(_ text: String, to width: Int) -> String {
    if displayWidth(text) <= width { return text }
    if width <= 1 { return width == 1 ? "…" : "" }
    let room = width - 1
    let (headRoom, tailRoom) = (room - room / 2, room / 2)
    var head = ""
    var used = 0
    for character in text {
        if used + columns(of: character) > headRoom { break }
        head.append(character)
        used += columns(of: character)
    }
    var tail: [Character] = []
    used = 0
    for character in text.reversed() {
        if used + columns(of: character) > tailRoom { break }
        tail.append(character)
        used += columns(of: character)
    }
    return head + "…" + String(tail.reversed())
}

/// `text` broken at spaces into lines of at most `width` columns; a longer word has a line to itself.
public func wrapped(_ text: String, width: Int) -> [String] {
    var lines: [String] = []
    var line = ""
    var used = 0
    for word in text.split(separator: " ") {
        let size = displayWidth(word)
        if used > 0 && used + 1 + size > width {
            lines.append(line)
            line = ""
            used = 0
        }
        if used > 0 {
            line += " "
            used += 1
        }
        line += word
        used += size
    }
    if used > 0 { lines.append(line) }
    return lines
}

/// Rows under headings. Text columns are set left, figures right.
public struct TextTable {
    enum Alignment { case left, right }
    struct Column {
        let heading: String
        let alignment: Alignment
    }

    static let gap = 2
    /// A text column is not shortened below this.
    static let narrowest = 10

    let columns: [Column]
    /// Cells, escaped.
    public private(set) var rows: [[String]] = []

    /// - Parameter headings: a leading `<` sets the column left.
    public init(_ headings: [String]) {
        columns = headings.map {
            $0.hasPrefix("<")
                ? Column(heading: String($0.dropFirst()), alignment: .left) : Column(heading: $0, alignment: .right)
        }
    }

    /// Cells are escaped here, so that no table can be drawn with raw names.
    public mutating func add(_ cells: [String]) { rows.append(cells.map(escaped)) }

    /// Lines without an end, indented by two columns.
    /// - Parameter decorate: gives a cell, shortened already, its attributes; column, then text.
    public func lines(
        width: Int?, style: TextStyle, decorate: (Int, String) -> String = { _, cell in cell }
    ) -> [String] {
        var widths = columns.indices.map { index in
            max(displayWidth(columns[index].heading), rows.map { displayWidth($0[index]) }.max() ?? 0)
        }
        func total() -> Int { widths.reduce(2) { $0 + $1 } + Self.gap * (columns.count - 1) }
        if let width {
            for index in columns.indices where columns[index].alignment == .left {
                let excess = total() - width
                let floor = max(Self.narrowest, displayWidth(columns[index].heading))
                if excess > 0 && widths[index] > floor { widths[index] = max(floor, widths[index] - excess) }
            }
            if total() > width { return narrowLines(width: width, style: style) }
        }
        func line(_ cells: [String], _ decorate: (Int, String) -> String) -> String {
            var text = ""
            for index in columns.indices {
                let cell = shortened(cells[index], to: widths[index])
                let padding = String(repeating: " ", count: widths[index] - displayWidth(cell))
                let isLast = index == columns.count - 1
                text += index == 0 ? "  " : String(repeating: " ", count: Self.gap)
                switch columns[index].alignment {
                case .left: text += decorate(index, cell) + (isLast ? "" : padding)
                case .right: text += padding + decorate(index, cell)
                }
            }
            while text.last == " " { text.removeLast() }
            return text
        }
        return [line(columns.map(\.heading)) { style.faint($1) }] + rows.map { line($0, decorate) }
    }

    /// Columns of the terminal that the table takes where nothing is shortened, without some of its columns.
    public func width(without hidden: Set<Int>) -> Int {
        let shown = columns.indices.filter { !hidden.contains($0) }
        return shown.reduce(2 + Self.gap * max(0, shown.count - 1)) { total, index in
            total + max(displayWidth(columns[index].heading), rows.map { displayWidth($0[index]) }.max() ?? 0)
        }
    }

    /// `lines` without some of the columns; `decorate` gets the numbers that the columns have in the whole table.
    public func lines(
        without hidden: Set<Int>, width: Int?, style: TextStyle, decorate: (Int, String) -> String = { _, cell in cell }
    ) -> [String] {
        let shown = columns.indices.filter { !hidden.contains($0) }
        var table = TextTable(shown.map { (columns[$0].alignment == .left ? "<" : "") + columns[$0].heading })
        table.rows = rows.map { row in shown.map { row[$0] } }
        return table.lines(width: width, style: style) { decorate(shown[$0], $1) }
    }

    /// Columns and rows exchanged where that fits, blocks where it does not.
    private func narrowLines(width: Int, style: TextStyle) -> [String] {
        guard let first = columns.first else { return [] }
        var exchanged = TextTable(["<" + first.heading] + rows.map { $0[0] })
        for index in columns.indices.dropFirst() {
            exchanged.rows.append([columns[index].heading] + rows.map { $0[index] })
        }
        // A table with a second text column is a list of things, not a comparison.
        let isComparison = columns.dropFirst().allSatisfy { $0.alignment == .right } && first.alignment == .left
        let lines = isComparison ? exchanged.lines(width: nil, style: TextStyle(isColoured: false)) : []
        let fits = lines.allSatisfy { displayWidth($0) <= width }
        return isComparison && fits ? exchanged.lines(width: nil, style: style) : blocks(width: width, style: style)
    }

    private func blocks(width: Int, style: TextStyle) -> [String] {
        let label = columns.map { displayWidth($0.heading) }.max() ?? 0
        var lines: [String] = []
        for (number, row) in rows.enumerated() {
            if number > 0 { lines.append("") }
            for (column, cell) in zip(columns, row) where !cell.isEmpty {
                let padding = String(repeating: " ", count: label - displayWidth(column.heading))
                let room = max(1, width - label - 4)
                lines.append("  " + style.faint(column.heading) + padding + "  " + shortened(cell, to: room))
            }
        }
        return lines
    }
}

/// Terminal attributes (ECMA-48 SGR), or none.
public struct TextStyle: Sendable {
    public let isColoured: Bool

    public init(isColoured: Bool) { self.isColoured = isColoured }

    /// Headings.
    public func bold(_ text: String) -> String { paint(text, "1") }
    /// What is read last.
    public func faint(_ text: String) -> String { paint(text, "2") }
    /// What is as it should be.
    public func good(_ text: String) -> String { paint(text, "32") }
    /// What failed.
    public func bad(_ text: String) -> String { paint(text, "31") }

    private func paint(_ text: String, _ code: String) -> String {
        isColoured && !text.isEmpty ? "\u{1B}[\(code)m\(text)\u{1B}[0m" : text
    }
}
