// A YAML text as a tree with places, through libyaml's events.
//
// The events are walked once, by recursion that follows the document's nesting and ends at a depth of 32. What this
// configuration does without is a finding at its place: anchors, aliases, tags, merge keys, keys that are no plain text,
// duplicate keys, more than one document. The walk goes on after each, so that all are told.
//
// libyaml 0.2.5 takes quadratic time on two things, each of which is cut off before it costs anything:
// - deep nesting: its scanner looks through all open simple keys, one a level, at every token. The walk stops at depth
//   32; a scanner that looks ahead for a simple key is at most 1024 characters further.
// - %TAG directives, each compared with all before: a text that begins with directives is refused before it is parsed.
//   Between documents there is none: the parser is not asked for more than one.
// Nothing else is more than linear, but slow: see SourceCondensing.swift for how the text becomes small.

import CYAML

/// A node and where it begins.
struct YAMLNode: Equatable {
    enum Content: Equatable {
        case scalar(YAMLScalar)
        case sequence([YAMLNode])
        case mapping([YAMLEntry])
        /// Something about it was found wrong already: nothing more is said about its content.
        case invalid
    }

    var content: Content
    var place: ConfigurationPlace
}

struct YAMLEntry: Equatable {
    var key: String
    var place: ConfigurationPlace
    var value: YAMLNode
}

struct YAMLScalar: Equatable {
    enum Style { case plain, quoted, literal, folded }
    var text: String
    var style: Style
    /// Line on which the text begins: after the indicator of a block scalar.
    var firstLine: Int
}

/// One document.
struct YAMLDocument: Equatable {
    /// Nil where the text is empty.
    var root: YAMLNode?
    /// Whether the walk ended early: what is missing then may stand in the rest.
    var isTruncated = false
}

/// Reads the only document of `source`. What is wrong goes to `findings`.
///
/// - Parameters:
///   - condensesAbove: bytes beyond which comments and block texts are kept away from libyaml.
func readYAML(
    _ source: SourceText, condensesAbove: Int = SourceBudget.bytes, findings: inout Findings
) -> YAMLDocument {
    let budget = SourceBudget.bytes
    let refused = YAMLDocument(root: nil, isTruncated: true)
    if let place = firstTagDirective(source) {
        findings.add("directives are not supported", at: place, path: "")
        return refused
    }
    let text: CondensedText
    if let unchanged = CondensedText(unchanged: source.bytes, budget: condensesAbove) {
        text = unchanged
    } else {
        if let place = source.firstMarker() {
            findings.add("U+10FFFD is not allowed in a file of over \(budget >> 10) KiB", at: place, path: "")
            return refused
        }
        text = CondensedText(condensing: source.bytes, budget: budget)
    }
    var walk = EventWalk(file: source.file, text: text, findings: findings)
    var document = text.bytes.withUnsafeBufferPointer { walk.document($0) }
    findings = walk.findings
    if let line = text.exhaustedAt {
        document.isTruncated = true
        findings.add(
            """
            more than \(budget >> 10) KiB besides comments and the text of '|' blocks: spread it over several files in \
            conf.d
            """, at: ConfigurationPlace(file: source.file, line: line, column: text.lastColumn), path: "")
    }
    return document
}

/// A `%TAG` (or any other directive but `%YAML`) before the document begins.
private func firstTagDirective(_ source: SourceText) -> ConfigurationPlace? {
    var line = 1
    var index = 0
    let bytes = source.bytes
    while index < bytes.count {
        let end = bytes[index...].firstIndex(of: 0x0A) ?? bytes.count
        let text = bytes[index..<end]
        if text.first == UInt8(ascii: "%") {
            if !text.starts(with: "%YAML ".utf8) { return ConfigurationPlace(file: source.file, line: line, column: 1) }
        } else if let first = text.first(where: { $0 != 0x20 && $0 != 0x09 }), first != UInt8(ascii: "#") {
            return nil
        }
        line += 1
        index = end + 1
    }
    return nil
}

/// The state of one walk: the parser, and what was found.
private struct EventWalk {
    static let maximumDepth = 32

    let file: String
    let text: CondensedText
    var findings: Findings
    var events = 0
    /// Of `text`, where it was cut off.
    let characters: Int
    /// Blocks of `text` that were found in their scalars.
    var blocks = 0
    /// From the root to the node at hand; as text only where something is wrong.
    var path = YAMLPath()
    let parser = UnsafeMutablePointer<yaml_parser_t>.allocate(capacity: 1)
    let event = UnsafeMutablePointer<yaml_event_t>.allocate(capacity: 1)

    /// The walk cannot go on; what was found says why.
    struct Stop: Error {}

    init(file: String, text: CondensedText, findings: Findings) {
        self.file = file
        self.text = text
        characters = text.exhaustedAt == nil ? 0 : text.bytes.reduce(0) { $0 + ($1 & 0xC0 == 0x80 ? 0 : 1) }
        self.findings = findings
    }

    mutating func document(_ bytes: UnsafeBufferPointer<UInt8>) -> YAMLDocument {
        defer {
            parser.deallocate()
            event.deallocate()
        }
        event.initialize(to: yaml_event_t())
        guard yaml_parser_initialize(parser) == 1 else { fatalError("out of memory") }
        defer {
            yaml_event_delete(event)
            yaml_parser_delete(parser)
        }
        yaml_parser_set_input_string(parser, bytes.baseAddress, bytes.count)

        var result = YAMLDocument()
        do throws(Stop) {
            try advance()  // the stream's start
            try advance()
            if event.pointee.type == YAML_STREAM_END_EVENT { return result }
            try advance()
        } catch {
            result.isTruncated = true
            return result
        }
        var isStopped = false
        result.root = node(depth: 0, isStopped: &isStopped)
        result.isTruncated = isStopped
        if isStopped { return result }
        do throws(Stop) {
            try advance()  // the document's end
        } catch {
            result.isTruncated = true
            return result
        }
        if blocks != text.blocks.count && text.exhaustedAt == nil { refuseMarker() }
        let end = event.pointee.data.document_end.implicit == 1 ? event.pointee.start_mark : event.pointee.end_mark
        refuseMore(bytes, from: end)
        return result
    }

    /// Only comments and a `...` may follow the document.
    private mutating func refuseMore(_ bytes: UnsafeBufferPointer<UInt8>, from mark: yaml_mark_t) {
        // The mark counts characters, and the text is clean UTF-8: count the same way.
        var index = 0
        var line = 0
        while line < mark.line, index < bytes.count {
            if bytes[index] == 0x0A { line += 1 }
            index += 1
        }
        var column = 0
        while column < mark.column, index < bytes.count {
            index += 1
            while index < bytes.count, bytes[index] & 0xC0 == 0x80 { index += 1 }
            column += 1
        }
        var isComment = false
        while index < bytes.count {
            switch bytes[index] {
            case 0x0A:
                line += 1
                column = -1
                isComment = false
            case 0x20, 0x09: break
            case UInt8(ascii: "#"): isComment = true
            default:
                if isComment { break }
                let rest = UnsafeBufferPointer(rebasing: bytes[index...])
                if column == 0 && rest.starts(with: "...".utf8) && (rest.count == 3 || rest[3] <= 0x20) {
                    index += 2
                    column += 2
                    break
                }
                let isDocument = column == 0 && rest.starts(with: "---".utf8)
                refuse(
                    isDocument ? "only one document is allowed in a file" : "nothing may follow the end of the document",
                    at: ConfigurationPlace(file: file, line: text.originalLine(line + 1), column: column + 1), isWhole: true)
                return
            }
            index += 1
            column += 1
        }
    }

    /// The node whose first event is the current one. After a stop: what was read of it.
    private mutating func node(depth: Int, isStopped: inout Bool) -> YAMLNode {
        let place = place(event.pointee.start_mark)
        var result = YAMLNode(content: .invalid, place: place)
        let isRefused = refuseProperties()
        do throws(Stop) {
            switch event.pointee.type {
            case YAML_SCALAR_EVENT:
                result.content = .scalar(try scalar())
            case YAML_SEQUENCE_START_EVENT:
                try checkDepth(depth + 1, at: place)
                result.content = .sequence(elements(depth: depth + 1, isStopped: &isStopped))
            case YAML_MAPPING_START_EVENT:
                try checkDepth(depth + 1, at: place)
                result.content = .mapping(entries(depth: depth + 1, isStopped: &isStopped))
            default: break
            }
        } catch {
            isStopped = true
        }
        if isRefused { result.content = .invalid }
        return result
    }

    private mutating func elements(depth: Int, isStopped: inout Bool) -> [YAMLNode] {
        var elements: [YAMLNode] = []
        do throws(Stop) {
            while true {
                try advance()
                if event.pointee.type == YAML_SEQUENCE_END_EVENT { return elements }
                path.append(index: elements.count)
                elements.append(node(depth: depth, isStopped: &isStopped))
                path.removeLast()
                if isStopped { return elements }
            }
        } catch {
            isStopped = true
        }
        return elements
    }

    private mutating func entries(depth: Int, isStopped: inout Bool) -> [YAMLEntry] {
        var entries: [YAMLEntry] = []
        var lines: [String: Int] = [:]
        do throws(Stop) {
            while true {
                try advance()
                if event.pointee.type == YAML_MAPPING_END_EVENT { return entries }
                let keyPlace = place(event.pointee.start_mark)
                let key = node(depth: depth, isStopped: &isStopped)
                if isStopped { return entries }
                try advance()
                guard case .scalar(let name) = key.content else {
                    if case .invalid = key.content {} else {
                        refuse("a key must be a word", at: keyPlace)
                    }
                    _ = node(depth: depth, isStopped: &isStopped)
                    if isStopped { return entries }
                    continue
                }
                path.append(key: name.text)
                defer { path.removeLast() }
                let value = node(depth: depth, isStopped: &isStopped)
                if name.text == "<<" && name.style == .plain {
                    refuse("merge keys are not supported: repeat the values", at: keyPlace)
                } else if let line = lines[name.text] {
                    refuse("duplicate key, first in line \(line)", at: keyPlace)
                } else {
                    lines[name.text] = keyPlace.line
                    entries.append(YAMLEntry(key: name.text, place: keyPlace, value: value))
                }
                if isStopped { return entries }
            }
        } catch {
            isStopped = true
        }
        return entries
    }

    /// Whether the current event is an alias, or has an anchor or a tag; each is a finding.
    private mutating func refuseProperties() -> Bool {
        var anchor: UnsafeMutablePointer<yaml_char_t>?
        var tag: UnsafeMutablePointer<yaml_char_t>?
        switch event.pointee.type {
        case YAML_ALIAS_EVENT:
            let alias = event.pointee.data.alias.anchor
            refuse(
                "aliases are not supported: repeat the value instead of '*\(shortened(alias))'",
                at: place(event.pointee.start_mark))
            return true
        case YAML_SCALAR_EVENT:
            (anchor, tag) = (event.pointee.data.scalar.anchor, event.pointee.data.scalar.tag)
        case YAML_SEQUENCE_START_EVENT:
            (anchor, tag) = (event.pointee.data.sequence_start.anchor, event.pointee.data.sequence_start.tag)
        case YAML_MAPPING_START_EVENT:
            (anchor, tag) = (event.pointee.data.mapping_start.anchor, event.pointee.data.mapping_start.tag)
        default: break
        }
        if let anchor {
            refuse("anchors are not supported: remove '&\(shortened(anchor))'", at: place(event.pointee.start_mark))
        }
        if let tag {
            refuse("tags are not supported: remove the tag '\(shortened(tag))'", at: place(event.pointee.start_mark))
        }
        return anchor != nil || tag != nil
    }

    /// - Parameter isWhole: the problem is the document's, not the node's at hand.
    private mutating func refuse(_ message: @autoclosure () -> String, at place: ConfigurationPlace, isWhole: Bool = false) {
        let path = findings.hasRoom && !isWhole ? path.text : ""
        findings.add(message(), at: place, path: path)
    }

    private mutating func checkDepth(_ depth: Int, at place: ConfigurationPlace) throws(Stop) {
        if depth <= EventWalk.maximumDepth { return }
        refuse("nested deeper than \(EventWalk.maximumDepth) levels", at: place)
        throw Stop()
    }

    private mutating func scalar() throws(Stop) -> YAMLScalar {
        let data = event.pointee.data.scalar
        let bytes = UnsafeBufferPointer(start: data.value, count: data.length)
        let line = text.originalLine(Int(event.pointee.start_mark.line) + 1)
        if text.isCondensed, let marker = CondensedText.firstMarker(in: bytes) {
            return YAMLScalar(
                text: try expanded(bytes, marker: marker, isLiteral: data.style == YAML_LITERAL_SCALAR_STYLE), style: .literal,
                firstLine: line + 1)
        }
        let string = String(decoding: bytes, as: UTF8.self)
        return switch data.style {
        case YAML_LITERAL_SCALAR_STYLE: YAMLScalar(text: string, style: .literal, firstLine: line + 1)
        case YAML_FOLDED_SCALAR_STYLE: YAMLScalar(text: string, style: .folded, firstLine: line + 1)
        case YAML_PLAIN_SCALAR_STYLE: YAMLScalar(text: string, style: .plain, firstLine: line)
        default: YAMLScalar(text: string, style: .quoted, firstLine: line)
        }
    }

    /// A literal scalar with its marker's lines: the marker must be the next one, and a line by itself.
    private mutating func expanded(
        _ bytes: UnsafeBufferPointer<UInt8>, marker: Int, isLiteral: Bool
    ) throws(Stop) -> String {
        let line = CondensedText.marker + Array(String(blocks).utf8) + [0x0A]
        let rest = UnsafeBufferPointer(rebasing: bytes[marker...])
        let isOwnLine = marker > 0 && bytes[marker - 1] == 0x0A && rest.starts(with: line)
        guard isLiteral, isOwnLine, blocks < text.blocks.count else {
            refuseMarker()
            throw Stop()
        }
        let after = UnsafeBufferPointer(rebasing: rest[line.count...])
        if CondensedText.firstMarker(in: after) != nil {
            refuseMarker()
            throw Stop()
        }
        let block = text.blockBytes[text.blocks[blocks]]
        blocks += 1
        return String(decoding: bytes[..<marker] + block + after, as: UTF8.self)
    }

    /// Line of the marker that may have caused the parser's error: of a block whose scalar has not come, or of a comment
    /// in a quoted text that does not end.
    private func doubtfulMarker() -> Int? {
        guard text.isCondensed else { return nil }
        let last = Int(parser.pointee.problem_mark.line) + 1
        if blocks < text.blockLines.count, text.blockLines[blocks] <= last { return text.blockLines[blocks] }
        guard let context = parser.pointee.context, String(cString: context) == "while scanning a quoted scalar" else { return nil }
        let first = Int(parser.pointee.context_mark.line) + 1
        return text.commentLines.first { $0 > first && $0 <= last }
    }

    /// Lines of a quoted text were taken for comments or a block.
    private mutating func refuseMarker(at place: ConfigurationPlace? = nil) {
        refuse(
            "lines that look like comments or a '|' block inside another text are not supported in a file of this size",
            at: place ?? self.place(event.pointee.start_mark))
    }

    /// The next event.
    private mutating func advance() throws(Stop) {
        yaml_event_delete(event)
        if yaml_parser_parse(parser, event) == 1 {
            events += 1
            if events <= SourceBudget.events { return }
            refuse(
                "more than \(SourceBudget.events) keys, values and lists in one file: spread them over several in conf.d",
                at: place(event.pointee.start_mark), isWhole: true)
            throw Stop()
        }
        // At the end of a text that was cut off, what is missing is no mistake.
        if text.exhaustedAt != nil && parser.pointee.problem_mark.index + 4 >= characters { throw Stop() }
        if let line = doubtfulMarker() {
            refuseMarker(at: ConfigurationPlace(file: file, line: text.originalLine(line), column: 1))
            throw Stop()
        }
        let problem = parser.pointee.problem.map { String(cString: $0) } ?? "it cannot be read"
        if parser.pointee.error == YAML_MEMORY_ERROR { fatalError("out of memory") }
        var message = "not YAML: \(problem)"
        if let context = parser.pointee.context.map({ String(cString: $0) }) {
            message += ", \(context)"
            // The context begins where the mistake often is: a quote that is never closed.
            if parser.pointee.context_mark.line != parser.pointee.problem_mark.line {
                message += " that begins in line \(text.originalLine(Int(parser.pointee.context_mark.line) + 1))"
            }
        }
        refuse(message, at: place(parser.pointee.problem_mark), isWhole: true)
        throw Stop()
    }

    private func place(_ mark: yaml_mark_t) -> ConfigurationPlace {
        ConfigurationPlace(file: file, line: text.originalLine(Int(mark.line) + 1), column: Int(mark.column) + 1)
    }
}

private func shortened(_ text: UnsafeMutablePointer<yaml_char_t>?) -> String {
    guard let text else { return "" }
    return excerpt(String(cString: text))
}

/// A path from the root whose text is made on demand.
struct YAMLPath {
    private enum Component {
        case key(String)
        case index(Int)
    }
    private var components: [Component] = []

    mutating func append(key: String) { components.append(.key(key)) }
    mutating func append(index: Int) { components.append(.index(index)) }
    mutating func removeLast() { components.removeLast() }

    /// `workloads[2].threads`
    var text: String {
        components.reduce("") { text, component in
            switch component {
            case .key(let key): joined(text, key)
            case .index(let index): "\(text)[\(index)]"
            }
        }
    }
}

/// `daemon` + `log` = `daemon.log`; a key that is no word is shown in brackets.
func joined(_ path: String, _ key: String) -> String {
    let isWord = !key.isEmpty && key.utf8.count <= 64
        && key.utf8.allSatisfy { byte in
            (byte | 0x20 >= 0x61 && byte | 0x20 <= 0x7A) || (byte >= 0x30 && byte <= 0x39) || byte == 0x5F || byte == 0x2D
        }
    if !isWord { return "\(path)['\(excerpt(key))']" }
    return path.isEmpty ? key : "\(path).\(key)"
}

/// At most 40 characters of a text, for a message.
func excerpt(_ text: String) -> String {
    let start = text.unicodeScalars.prefix(41)
    return start.count <= 40 ? text : String(String.UnicodeScalarView(start.prefix(39))) + "…"
}
