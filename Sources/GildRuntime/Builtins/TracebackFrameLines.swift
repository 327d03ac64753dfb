// The source lines of one traceback frame, with the markers under them (PEP 657).
//
// Input is the source text and the range of the instruction that raised; output is what CPython 3.13 prints below
// `File "…", line …, in …`. The steps, in order, and what each is for:
//   1. All lines of the range lose their trailing white space and their common indentation: the code is shown as a block.
//   2. Byte columns become character offsets, and those become display columns: wide characters take two.
//   3. The anchors of a binary operation, a subscript or a call split the range: `~` under the operands, `^` under the
//      operator or the brackets.
//   4. Markers are left out when they would say nothing new: the range covers the whole text and has no anchors; or the
//      statement is `return f(…)` or `name = …(…)` and the range is exactly the call.
//   5. Only the first line, the last line and the neighbours of the anchors are shown; three or more lines between two
//      shown ones become `...<N lines>...`.
//   6. The block is dedented once more (the lines left out may have been the least indented ones) and set four columns in.

import GildScript

struct TracebackFrameLines {
    private typealias Line = [Unicode.Scalar]

    /// The lines with their ends, indented by four; empty where there is no source text.
    static func render(source: SourceFile, position: CodePosition) -> String {
        let first = Int(position.line)
        let last = max(Int(position.endLine), first)
        let original = (first...last).map { trimmedEnd(Array(source.line($0).unicodeScalars)) }
        let lines = dedent(original)
        if lines.allSatisfy({ $0.isEmpty }) { return "" }
        if position.column < 0 || position.endColumn < 0 {
            return "    " + text(Array(original[0].drop(while: isSpace))) + "\n"
        }
        return TracebackFrameLines(original: original, lines: lines, position: position).rendered()
    }

    private let original: [Line]
    private let lines: [Line]
    /// Character offsets of the range in the first and the last line.
    private let start: Int
    private let end: Int
    private let startsWithBytesAsCharacters: Bool
    private var anchors: Anchors?
    private let isCall: Bool

    /// The part between two points, by line index and character offset in it.
    private struct Anchors {
        var leftLine: Int
        var leftOffset: Int
        var rightLine: Int
        var rightOffset: Int
    }

    private init(original: [Line], lines: [Line], position: CodePosition) {
        self.original = original
        self.lines = lines
        let dedented = original[0].count - lines[0].count
        let lastLine = lines.count - 1
        let rawStart = TracebackFrameLines.characterOffset(original[0], byte: Int(position.column))
        let rawEnd = TracebackFrameLines.characterOffset(original[lastLine], byte: Int(position.endColumn))
        start = max(0, rawStart - dedented)
        end = max(0, rawEnd - dedented)
        startsWithBytesAsCharacters =
            rawStart == Int(position.column) && rawEnd == Int(position.endColumn)
        func offset(_ line: Int, _ column: Int32) -> Int {
            max(0, TracebackFrameLines.characterOffset(original[line], byte: Int(column)) - dedented)
        }
        func index(_ line: Int32) -> Int? {
            let index = Int(line - position.line)
            return index >= 0 && index <= lastLine ? index : nil
        }
        switch position.anchor {
        case .none:
            isCall = false
        case .binaryOperator(let line, let column, let length):
            isCall = false
            if let line = index(line) {
                let left = offset(line, column)
                anchors = Anchors(leftLine: line, leftOffset: left, rightLine: line, rightOffset: left + Int(length))
                if length == 1 && operatorTouchesGroup(line: line, after: left + 1) { anchors?.rightOffset += 1 }
            }
        case .subscript_(let line, let column):
            isCall = false
            if let line = index(line) {
                anchors = Anchors(leftLine: line, leftOffset: offset(line, column), rightLine: lastLine, rightOffset: end)
            }
        case .call(let line, let column):
            isCall = true
            if let line = index(line) {
                anchors = Anchors(leftLine: line, leftOffset: offset(line, column), rightLine: lastLine, rightOffset: end)
            }
        }
    }

    // MARK: Step 3

    /// Whether a parenthesised expression (not a tuple or generator) follows the operator without a space and ends the
    /// range. CPython then marks its parenthesis, too: it takes the operator to end where the right operand begins, at two
    /// characters at most, and parentheses of a group do not belong to the operand.
    private func operatorTouchesGroup(line: Int, after column: Int) -> Bool {
        guard column < lines[line].count, lines[line][column] == "(" else { return false }
        var text = Line()
        for i in line..<lines.count {
            let from = i == line ? column : 0
            let to = i == lines.count - 1 ? min(end, lines[i].count) : lines[i].count
            if from < to { text += lines[i][from..<to] }
            text.append("\n")
        }
        text.removeLast()
        var depth = 0
        var i = 0
        var isEmpty = true
        while i < text.count {
            let c = text[i]
            switch c {
            case "(", "[", "{":
                depth += 1
                if i > 0 { isEmpty = false }
            case ")", "]", "}":
                depth -= 1
                if depth == 0 { return i == text.count - 1 && !isEmpty }
            case ",":
                if depth == 1 { return false }
            case "#":
                while i < text.count && text[i] != "\n" { i += 1 }
            case "\"", "'":
                isEmpty = false
                i = TracebackFrameLines.endOfString(text, i)
                continue
            default:
                if !TracebackFrameLines.isSpace(c) { isEmpty = false }
                if depth == 1 && c == "f" && TracebackFrameLines.isWord("for", text, i) { return false }
            }
            i += 1
        }
        return false
    }

    private static func endOfString(_ text: Line, _ start: Int) -> Int {
        let quote = text[start]
        let isTriple = start + 2 < text.count && text[start + 1] == quote && text[start + 2] == quote
        var i = start + (isTriple ? 3 : 1)
        while i < text.count {
            if text[i] == "\\" {
                i += 2
            } else if text[i] == quote && (!isTriple || (i + 2 < text.count && text[i + 1] == quote && text[i + 2] == quote)) {
                return i + (isTriple ? 3 : 1)
            } else {
                i += 1
            }
        }
        return text.count
    }

    private static func isWord(_ word: String, _ text: Line, _ start: Int) -> Bool {
        let scalars = Array(word.unicodeScalars)
        let stop = start + scalars.count
        guard stop < text.count, Array(text[start..<stop]) == scalars else { return false }
        return !isIdentifierPart(text[stop]) && (start == 0 || !isIdentifierPart(text[start - 1]))
    }

    // MARK: Step 4

    private var showsMarkers: Bool {
        if isWholeValueOfStatement { return false }
        if anchors != nil { return true }
        let before = lines[0].prefix(start)
        let after = lines[lines.count - 1].dropFirst(end)
        return !before.allSatisfy(TracebackFrameLines.isSpace) || !after.allSatisfy(TracebackFrameLines.isSpace)
    }

    /// `return name(…)` or `name = anything(…)`, where the range is the call.
    private var isWholeValueOfStatement: Bool {
        guard isCall, let anchors, startsWithBytesAsCharacters || lines[0].allSatisfy({ $0.isASCII }) else { return false }
        // What stands before it.
        var prefix = lines[0][..<start]
        guard let firstCharacter = prefix.first, !TracebackFrameLines.isSpace(firstCharacter) else { return false }
        func dropSpaces() { while let c = prefix.last, TracebackFrameLines.isSpace(c) { prefix.removeLast() } }
        dropSpaces()
        var open = 0
        while prefix.last == "(" {
            prefix.removeLast()
            open += 1
            dropSpaces()
        }
        if prefix.last == "=" {
            prefix.removeLast()
            dropSpaces()
            guard TracebackFrameLines.isIdentifier(prefix) else { return false }
        } else if !prefix.elementsEqual("return".unicodeScalars) || !calleeIsName(anchors) {
            return false
        }
        // What stands behind it: the end of the statement.
        var suffix = lines[lines.count - 1].dropFirst(end)
        while let c = suffix.first, TracebackFrameLines.isSpace(c) || (open > 0 && c == ")") {
            if c == ")" { open -= 1 }
            suffix = suffix.dropFirst()
        }
        return open == 0 && (suffix.isEmpty || suffix.first == "#" || suffix.first == ";")
    }

    /// The callee is a plain name, perhaps in parentheses.
    private func calleeIsName(_ anchors: Anchors) -> Bool {
        guard anchors.leftLine == 0, start <= anchors.leftOffset, anchors.leftOffset <= lines[0].count else { return false }
        var callee = lines[0][start..<anchors.leftOffset]
        while let c = callee.last, TracebackFrameLines.isSpace(c) { callee.removeLast() }
        while callee.first == "(" && callee.last == ")" { callee = callee.dropFirst().dropLast() }
        return TracebackFrameLines.isIdentifier(callee)
    }

    // MARK: Steps 5 and 6

    private func rendered() -> String {
        let last = lines.count - 1
        let shows = showsMarkers
        var shown: Set<Int> = [0, last]
        if let anchors {
            shown.formUnion(anchors.leftLine - 1...anchors.leftLine + 1)
            shown.formUnion(anchors.rightLine - 1...anchors.rightLine + 1)
        }
        let significant = shown.filter { $0 >= 0 && $0 <= last }.sorted()
        var block: [Line] = []
        func add(_ line: Int) {
            block.append(lines[line])
            if shows { block.append(markers(line)) }
        }
        for (i, line) in significant.enumerated() {
            if i > 0 {
                let gap = line - significant[i - 1]
                if gap == 2 { add(line - 1) }
                if gap > 2 { block.append(Array("...<\(gap - 1) lines>...".unicodeScalars)) }
            }
            add(line)
        }
        return TracebackFrameLines.dedent(block).map { "    " + TracebackFrameLines.text($0) + "\n" }.joined()
    }

    private func markers(_ line: Int) -> Line {
        let content = lines[line]
        let last = lines.count - 1
        let indentation = content.prefix(while: TracebackFrameLines.isSpace).count
        let from = TracebackWidths.columns(of: lines[0][...], count: start)
        let to = TracebackWidths.columns(of: content[...], count: line == last ? end : nil)
        var left = 0
        var right = 0
        if let anchors {
            left = TracebackWidths.columns(of: lines[anchors.leftLine][...], count: anchors.leftOffset)
            right = TracebackWidths.columns(of: lines[anchors.rightLine][...], count: anchors.rightOffset)
        }
        var result = Line()
        for column in 0..<max(0, to) {
            if column < indentation || (line == 0 && column < from) {
                result.append(" ")
            } else if let anchors {
                let isAfterLeft = line > anchors.leftLine || (line == anchors.leftLine && column >= left)
                let isBeforeRight = line < anchors.rightLine || (line == anchors.rightLine && column < right)
                result.append(isAfterLeft && isBeforeRight ? "^" : "~")
            } else {
                result.append("^")
            }
        }
        return result
    }

    // MARK: Text

    /// Lines without their common leading spaces and tabs; lines of white space alone become empty and do not count.
    private static func dedent(_ lines: [Line]) -> [Line] {
        func isBlank(_ c: Unicode.Scalar) -> Bool { c == " " || c == "\t" }
        var margin: ArraySlice<Unicode.Scalar>?
        for line in lines {
            let indentation = line.prefix(while: isBlank)
            if indentation.count == line.count { continue }
            if let current = margin {
                var common = 0
                while common < current.count && common < indentation.count && current[current.startIndex + common] == indentation[common] {
                    common += 1
                }
                margin = current.prefix(common)
            } else {
                margin = indentation
            }
        }
        let count = margin?.count ?? 0
        return lines.map { line in line.allSatisfy(isBlank) ? [] : Array(line.dropFirst(count)) }
    }

    private static func trimmedEnd(_ line: Line) -> Line {
        var line = line
        while let c = line.last, isSpace(c) { line.removeLast() }
        return line
    }

    /// How many characters the first `byte` bytes hold; a character cut in the middle counts.
    private static func characterOffset(_ line: Line, byte: Int) -> Int {
        var bytes = 0
        for (count, scalar) in line.enumerated() {
            if bytes >= byte { return count }
            bytes += UTF8.width(scalar)
        }
        return line.count
    }

    private static func isIdentifierPart(_ c: Unicode.Scalar) -> Bool {
        c == "_" || (c.isASCII ? c.properties.isAlphabetic || (c >= "0" && c <= "9") : c.properties.isXIDContinue)
    }

    private static func isIdentifier(_ text: ArraySlice<Unicode.Scalar>) -> Bool {
        guard let first = text.first, !(first >= "0" && first <= "9") else { return false }
        return text.allSatisfy(isIdentifierPart)
    }

    /// `str.isspace` of one character.
    static func isSpace(_ c: Unicode.Scalar) -> Bool {
        switch c.value {
        case 9...13, 28...32, 0x85, 0xA0, 0x1680, 0x2000...0x200A, 0x2028, 0x2029, 0x202F, 0x205F, 0x3000: true
        default: false
        }
    }

    private static func text(_ line: Line) -> String { String(String.UnicodeScalarView(line)) }
}
