// How a file of up to 1 MiB is parsed within 5 ms, although libyaml needs up to 13 ns for a byte and 300 ns for an event.
//
// What is large in a real configuration is an inline script (a `|` block) or comments. Both are recognised by a scan of the
// lines, at about a nanosecond a byte, and are shortened to a marker before libyaml sees the text; what then remains may
// have `SourceBudget.bytes` bytes and `SourceBudget.events` events, and a file that has more is refused with that reason.
// Files of at most `SourceBudget.bytes` are given to libyaml as they are.
//
//     - name: a                                      - name: a
//       source: |                                      source: |
//         import gild                                    import gild          first line: fixes the indentation
//         while work():                                  <marker 0>           all lines between
//             step()                         becomes
//         print("done")                                  print("done")        last line: fixes the trailing line ends
//     # a comment                                    #<marker>
//     # of several lines
//
// The scan does not know YAML: such lines may also stand in a quoted text of several lines. It is therefore checked
// afterwards, event by event: a block's marker must be exactly one line of a literal scalar and is replaced there by the
// lines it stands for; a marker anywhere else, or a syntax error that a marker may have caused, refuses the file. A marker
// is a private-use character that the file does not contain. Lines keep their numbers through a table of the lines left out.

import Glibc

/// How much libyaml is given at most; both together take it less than 5 ms.
enum SourceBudget {
    static let bytes = 96 << 10
    static let events = 5_000
}

/// A text for libyaml, and what it stands for.
struct CondensedText {
    /// U+10FFFD, the last private-use character.
    static let marker: [UInt8] = [0xF4, 0x8F, 0xBF, 0xBD]

    /// UTF-8.
    fileprivate(set) var bytes: [UInt8] = []
    private(set) var isCondensed = false
    /// The lines that markers stand for, without indentation, each with its LF; and those of the n-th marker.
    fileprivate(set) var blockBytes: [UInt8] = []
    fileprivate(set) var blocks: [Range<Int>] = []
    /// Lines (from 1) of `bytes` with the markers of blocks, and with those of comments; ascending.
    fileprivate(set) var blockLines: [Int] = []
    fileprivate(set) var commentLines: [Int] = []
    /// Line (from 1) of `bytes` from which on `skipped` more lines of the file were left out; ascending.
    fileprivate var omissions: [(line: Int, skipped: Int)] = []
    /// Line of the file at which the budget was used up: `bytes` ends before or in it.
    fileprivate(set) var exhaustedAt: Int?

    /// Of the end of `bytes`, from 1.
    var lastColumn: Int {
        let start = bytes.lastIndex(of: 0x0A).map { $0 + 1 } ?? 0
        return bytes[start...].reduce(1) { $0 + ($1 & 0xC0 == 0x80 ? 0 : 1) }
    }

    /// The file's line of a line of `bytes`; both from 1.
    func originalLine(_ line: Int) -> Int {
        var low = 0
        var high = omissions.count
        while low < high {
            let middle = (low + high) / 2
            if omissions[middle].line <= line { low = middle + 1 } else { high = middle }
        }
        return low == 0 ? line : line + omissions[low - 1].skipped
    }

    /// `text` as it is, or nil where it is larger than the budget.
    init?(unchanged text: [UInt8], budget: Int) {
        if text.count > budget { return nil }
        bytes = text
    }

    /// `text`, UTF-8 with LF line ends and without the marker's character, shortened to at most `budget` bytes.
    init(condensing text: [UInt8], budget: Int) {
        isCondensed = true
        bytes.reserveCapacity(budget + 4_096)
        var condensed = self
        let blockBytes = [UInt8](unsafeUninitializedCapacity: text.count) { buffer, count in
            text.withUnsafeBufferPointer { input in
                guard let base = buffer.baseAddress else { return }
                var scan = LineScan(input: input, budget: budget, output: condensed, text: base)
                scan.run()
                condensed = scan.output
                count = scan.textCount
            }
        }
        self = condensed
        self.blockBytes = blockBytes
    }

    /// Offset of the first marker.
    static func firstMarker(in bytes: UnsafeBufferPointer<UInt8>) -> Int? {
        guard let start = bytes.baseAddress else { return nil }
        var offset = 0
        while let found = memchr(start + offset, Int32(marker[0]), bytes.count - offset) {
            offset = UnsafeRawPointer(start).distance(to: UnsafeRawPointer(found))
            if bytes[offset...].starts(with: marker) { return offset }
            offset += 1
        }
        return nil
    }
}

private struct LineScan {
    let input: UnsafeBufferPointer<UInt8>
    let budget: Int
    var output: CondensedText
    /// What was copied of blocks: room for all of `input`.
    let text: UnsafeMutablePointer<UInt8>
    var textCount = 0
    /// Line numbers from 1 of the line at hand.
    var inputLine = 1
    var outputLine = 1
    /// Lines of the input that are to be copied, before anything else is.
    var pending = 0..<0

    static let space = UInt8(ascii: " ")
    static let newline = UInt8(ascii: "\n")

    init(input: UnsafeBufferPointer<UInt8>, budget: Int, output: CondensedText, text: UnsafeMutablePointer<UInt8>) {
        self.input = input
        self.budget = budget
        self.output = output
        self.text = text
    }

    var isExhausted: Bool { output.bytes.count + pending.count > budget }

    mutating func run() {
        var index = 0
        while index < input.count {
            if isExhausted { break }
            let start = index
            while index < input.count, input[index] == LineScan.space { index += 1 }
            if index < input.count, input[index] == UInt8(ascii: "#") {
                index = comments(start: start, hash: index)
                continue
            }
            let end = lineEnd(from: index)
            copy(start, end)
            index = end
            if let block = blockHeader(start, end) { index = self.block(block, from: end) }
        }
        flush()
        if output.bytes.count > budget {
            var end = budget
            while end > 0, output.bytes[end] & 0xC0 == 0x80 { end -= 1 }
            output.bytes.removeLast(output.bytes.count - end)
            output.exhaustedAt = inputLine - 1
        }
    }

    /// The offset after the line's LF, or the end.
    private func lineEnd(from index: Int) -> Int {
        guard index < input.count, let base = input.baseAddress else { return input.count }
        // Short lines first: a call costs more than a few bytes.
        let near = min(index + 16, input.count)
        var index = index
        while index < near {
            index += 1
            if input[index - 1] == LineScan.newline { return index }
        }
        guard let found = memchr(base + index, Int32(LineScan.newline), input.count - index) else { return input.count }
        return UnsafeRawPointer(base).distance(to: UnsafeRawPointer(found)) + 1
    }

    /// A whole line, copied at the next `flush`.
    private mutating func copy(_ start: Int, _ end: Int) {
        if pending.upperBound != start {
            flush()
            pending = start..<end
        } else {
            pending = pending.lowerBound..<end
        }
        inputLine += 1
        outputLine += 1
    }

    private mutating func flush() {
        // Of a line of 1 MiB no more is wanted than shows that it is too long.
        let end = min(pending.upperBound, pending.lowerBound + max(0, budget + 1 - output.bytes.count))
        if end > pending.lowerBound {
            output.bytes.append(contentsOf: UnsafeBufferPointer(rebasing: input[pending.lowerBound..<end]))
        }
        pending = pending.upperBound..<pending.upperBound
    }

    /// The line just written stands for `lines` more of the input.
    private mutating func omitted(lines: Int) {
        inputLine += lines
        if lines > 0 { output.omissions.append((outputLine, inputLine - outputLine)) }
    }

    /// A run of comments and empty lines that begins with a comment: one short comment with the same indentation.
    private mutating func comments(start: Int, hash: Int) -> Int {
        var index = hash
        var end = hash
        var lines = 0
        while true {
            end = lineEnd(from: index)
            lines += 1
            index = end
            while index < input.count, input[index] == LineScan.space { index += 1 }
            if index == input.count || (input[index] != UInt8(ascii: "#") && input[index] != LineScan.newline) { break }
        }
        output.commentLines.append(outputLine)
        copy(start, hash + 1)
        flush()
        output.bytes.append(contentsOf: CondensedText.marker)
        output.bytes.append(LineScan.newline)
        omitted(lines: lines - 1)
        return end
    }

    /// The indentation that a block's text must exceed, where the line ends with `|` or `>` and perhaps a `-` or `+`.
    private func blockHeader(_ start: Int, _ end: Int) -> (parent: Int, isLiteral: Bool)? {
        var last = end - 1
        while last > start, input[last] == LineScan.newline || input[last] == LineScan.space { last -= 1 }
        if last > start, input[last] == UInt8(ascii: "-") || input[last] == UInt8(ascii: "+") { last -= 1 }
        guard last > start, input[last] == UInt8(ascii: "|") || input[last] == UInt8(ascii: ">"),
            input[last - 1] == LineScan.space
        else { return nil }
        var index = start
        var dash = start
        while index < last, input[index] == LineScan.space || input[index] == UInt8(ascii: "-") {
            if input[index] == UInt8(ascii: "-") { dash = index }
            index += 1
        }
        let parent = index == last ? dash : index
        // In a comment at the line's end it would be no header.
        if input[start..<last].contains(UInt8(ascii: "#")) { return nil }
        return (parent - start, input[last] == UInt8(ascii: "|"))
    }

    /// Copies a block's first and last line, and leaves the lines between to a marker. Returns the offset after the block.
    private mutating func block(_ header: (parent: Int, isLiteral: Bool), from start: Int) -> Int {
        var index = start
        var indentation = 0
        var widestEmpty = 0
        // Empty lines before the text: copied; the first line of text fixes the indentation.
        while true {
            let line = index
            while index < input.count, input[index] == LineScan.space { index += 1 }
            if index == input.count || isExhausted { return line }
            indentation = index - line
            if input[index] != LineScan.newline {
                // libyaml takes the widest of these lines for the indentation.
                if indentation <= header.parent || widestEmpty > indentation { return line }
                index = lineEnd(from: index)
                copy(line, index)
                break
            }
            widestEmpty = max(widestEmpty, indentation)
            index += 1
            copy(line, index)
        }
        // The lines between the first and the last that has text.
        let first = index
        let firstText = textCount
        var lines = 0
        var last = (start: index, lines: 0, text: textCount)
        while index < input.count {
            let line = index
            let margin = min(index + indentation, input.count)
            while index < margin, input[index] == LineScan.space { index += 1 }
            if index < margin && input[index] != LineScan.newline {
                index = line
                break
            }
            var count = textCount
            if index == margin {
                let content = index
                let end = lineEnd(from: index)
                index = end > content && input[end - 1] == LineScan.newline ? end - 1 : end
                if let base = input.baseAddress { (text + count).update(from: base + content, count: index - content) }
                count += index - content
                if input[content..<index].contains(where: { $0 != LineScan.space }) { last = (line, lines, textCount) }
            }
            // The last line of a file may have no line end, and no room for one; it is not among those left out.
            if index < input.count {
                text[count] = LineScan.newline
                textCount = count + 1
                index += 1
            }
            lines += 1
        }
        // A few lines cost libyaml less than a marker costs.
        if header.isLiteral && last.lines >= 2 && last.text - firstText >= 256 {
            textCount = last.text
            flush()
            output.bytes.append(contentsOf: repeatElement(LineScan.space, count: indentation))
            output.bytes.append(contentsOf: CondensedText.marker)
            output.bytes.append(contentsOf: String(output.blocks.count).utf8)
            output.bytes.append(LineScan.newline)
            output.blocks.append(firstText..<textCount)
            output.blockLines.append(outputLine)
            inputLine += 1
            outputLine += 1
            omitted(lines: last.lines - 1)
        } else {
            textCount = firstText
            last.start = first
        }
        // The rest as it is, line by line for the counts.
        var rest = last.start
        while rest < index, !isExhausted {
            let end = lineEnd(from: rest)
            copy(rest, end)
            rest = end
        }
        return index
    }
}
