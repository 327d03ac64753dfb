// A line of input being edited: a pure state machine from keys to text, without any terminal.
//
// `bytes` of the terminal become keys in `KeyDecoder`; keys change `LineEditor`, whose `text` and `cursor` the prompt draws.
// The keys are those of readline(3)'s emacs mode. Indices count characters (grapheme clusters), so that a letter and its
// combining marks are one step. A recalled line of the history is a copy: edits to it are forgotten on the way to another
// one, the line that was being written before is not.

/// What a terminal sends for a key, decoded.
enum Key: Equatable {
    case character(Character)
    case enter, tab, backspace, delete, left, right, up, down, home, end
    case wordLeft, wordRight, deleteWordLeft, deleteWordRight, wordRubout
    case killToEnd, killToStart, yank, transpose, clearScreen
    /// Ctrl-C, Ctrl-D and Ctrl-R.
    case interrupt, endOfInput, search
    /// Ctrl-G, or Escape on its own.
    case cancel
    /// A sequence that means nothing here.
    case unknown
}

/// Bytes to keys. UTF-8 is put together; sequences are those of xterm and the Linux console.
struct KeyDecoder {
    private var pending: [UInt8] = []

    /// Whether the bytes so far are the start of something longer.
    var isIncomplete: Bool { !pending.isEmpty }

    mutating func add(_ bytes: some Sequence<UInt8>) { pending += bytes }

    /// The next key; nil when more bytes are needed.
    /// - Parameter isFinal: that no more bytes have come for a while, so that Escape stands for itself.
    mutating func next(isFinal: Bool = false) -> Key? {
        guard let first = pending.first else { return nil }
        if first == 0x1B { return escape(isFinal: isFinal) }
        if first < 0x20 || first == 0x7F {
            pending.removeFirst()
            return control(first)
        }
        let length = first < 0x80 ? 1 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4
        if pending.count < length && !isFinal { return nil }
        let bytes = pending.prefix(length)
        guard let text = String(validating: bytes, as: UTF8.self), let character = text.first else {
            pending.removeFirst()
            return .unknown
        }
        pending.removeFirst(bytes.count)
        return .character(character)
    }

    private func control(_ byte: UInt8) -> Key {
        switch byte {
        case 0x01: .home
        case 0x02: .left
        case 0x03: .interrupt
        case 0x04: .endOfInput
        case 0x05: .end
        case 0x06: .right
        case 0x07: .cancel
        case 0x08, 0x7F: .backspace
        case 0x09: .tab
        case 0x0A, 0x0D: .enter
        case 0x0B: .killToEnd
        case 0x0C: .clearScreen
        case 0x0E: .down
        case 0x10: .up
        case 0x12: .search
        case 0x14: .transpose
        case 0x15: .killToStart
        case 0x17: .wordRubout
        case 0x19: .yank
        default: .unknown
        }
    }

    private mutating func escape(isFinal: Bool) -> Key? {
        guard pending.count > 1 else {
            if !isFinal { return nil }
            pending.removeFirst()
            return .cancel
        }
        switch pending[1] {
        case UInt8(ascii: "["), UInt8(ascii: "O"):
            // Parameters, then one final byte (ECMA-48, 5.4).
            guard let end = pending.dropFirst(2).firstIndex(where: { (0x40...0x7E).contains($0) }) else {
                if isFinal || pending.count > 32 { pending.removeAll() }
                return isFinal ? .unknown : nil
            }
            let parameters = String(decoding: pending[2..<end], as: UTF8.self)
            let final = pending[end]
            pending.removeSubrange(...end)
            return sequence(parameters, final)
        case UInt8(ascii: "b"): return two(.wordLeft)
        case UInt8(ascii: "f"): return two(.wordRight)
        case UInt8(ascii: "d"): return two(.deleteWordRight)
        case 0x08, 0x7F: return two(.deleteWordLeft)
        case 0x1B:
            pending.removeFirst()
            return .cancel
        default: return two(.unknown)
        }
    }

    private mutating func two(_ key: Key) -> Key {
        pending.removeFirst(2)
        return key
    }

    private func sequence(_ parameters: String, _ final: UInt8) -> Key {
        let isModified = parameters.hasSuffix(";5") || parameters.hasSuffix(";3")
        switch final {
        case UInt8(ascii: "A"): return .up
        case UInt8(ascii: "B"): return .down
        case UInt8(ascii: "C"): return isModified ? .wordRight : .right
        case UInt8(ascii: "D"): return isModified ? .wordLeft : .left
        case UInt8(ascii: "H"): return .home
        case UInt8(ascii: "F"): return .end
        case UInt8(ascii: "~"):
            switch parameters {
            case "1", "7": return .home
            case "4", "8": return .end
            case "3": return .delete
            default: return .unknown
            }
        default: return .unknown
        }
    }
}

struct LineEditor {
    enum Outcome: Equatable {
        case editing
        /// The line is done.
        case line(String)
        /// Ctrl-C: the line is thrown away.
        case interrupted
        /// Ctrl-D on an empty line.
        case end
        /// Ctrl-L.
        case clearScreen
    }

    private(set) var characters: [Character] = []
    /// Number of characters before it.
    private(set) var cursor = 0
    /// Oldest first.
    let history: [String]
    /// Index into `history`; its count: the line that is being written.
    private var position: Int
    /// The line that was being written before the history was looked at.
    private var draft: [Character] = []
    private var killed: [Character] = []
    /// What Ctrl-R looks for; nil outside of a search.
    private(set) var needle: String?
    /// The search has found nothing.
    private(set) var isSearchFailing = false

    init(history: [String]) {
        self.history = history
        position = history.count
    }

    var text: String { String(characters) }

    mutating func press(_ key: Key) -> Outcome {
        if needle != nil, let outcome = search(key) { return outcome }
        switch key {
        case .character(let character): insert([character])
        case .tab: insert(Array(repeating: " ", count: 4 - cursor % 4))
        case .enter: return .line(text)
        case .interrupt: return .interrupted
        case .clearScreen: return .clearScreen
        case .endOfInput:
            if characters.isEmpty { return .end }
            remove(cursor..<min(cursor + 1, characters.count))
        case .backspace: remove(max(0, cursor - 1)..<cursor)
        case .delete: remove(cursor..<min(cursor + 1, characters.count))
        case .left: cursor = max(0, cursor - 1)
        case .right: cursor = min(characters.count, cursor + 1)
        case .home: cursor = 0
        case .end: cursor = characters.count
        case .wordLeft: cursor = wordStart
        case .wordRight: cursor = wordEnd
        case .deleteWordLeft: kill(wordStart..<cursor)
        case .deleteWordRight: kill(cursor..<wordEnd)
        case .wordRubout: kill(spaceStart..<cursor)
        case .killToEnd: kill(cursor..<characters.count)
        case .killToStart: kill(0..<cursor)
        case .yank: insert(killed)
        case .transpose: transpose()
        case .up: recall(position - 1)
        case .down: recall(position + 1)
        case .search:
            needle = ""
            isSearchFailing = false
        case .cancel, .unknown: break
        }
        return .editing
    }

    // MARK: Editing

    private mutating func insert(_ new: [Character]) {
        characters.insert(contentsOf: new, at: cursor)
        // A combining mark joins the character before it.
        let joined = Array(String(characters))
        cursor += new.count + joined.count - characters.count
        characters = joined
        cursor = max(0, min(cursor, characters.count))
    }

    private mutating func remove(_ range: Range<Int>) {
        characters.removeSubrange(range)
        cursor = range.lowerBound
    }

    private mutating func kill(_ range: Range<Int>) {
        if range.isEmpty { return }
        killed = Array(characters[range])
        remove(range)
    }

    private mutating func transpose() {
        guard cursor > 0, characters.count > 1 else { return }
        let right = min(cursor, characters.count - 1)
        characters.swapAt(right - 1, right)
        cursor = right + 1
    }

    private func isWord(_ character: Character) -> Bool { character.isLetter || character.isNumber || character == "_" }

    private var wordStart: Int {
        var index = cursor
        while index > 0 && !isWord(characters[index - 1]) { index -= 1 }
        while index > 0 && isWord(characters[index - 1]) { index -= 1 }
        return index
    }

    private var wordEnd: Int {
        var index = cursor
        while index < characters.count && !isWord(characters[index]) { index += 1 }
        while index < characters.count && isWord(characters[index]) { index += 1 }
        return index
    }

    private var spaceStart: Int {
        var index = cursor
        while index > 0 && characters[index - 1] == " " { index -= 1 }
        while index > 0 && characters[index - 1] != " " { index -= 1 }
        return index
    }

    // MARK: History

    private mutating func recall(_ index: Int) {
        guard (0...history.count).contains(index) else { return }
        if position == history.count { draft = characters }
        position = index
        characters = index == history.count ? draft : Array(history[index])
        cursor = characters.count
    }

    /// A key during a search; nil when it ends the search and has its usual meaning.
    private mutating func search(_ key: Key) -> Outcome? {
        switch key {
        case .character(let character):
            needle = (needle ?? "") + String(character)
            find(from: min(position, history.count - 1))
        case .backspace:
            needle = String((needle ?? "").dropLast())
            find(from: history.count - 1)
        case .search: find(from: position - 1)
        case .cancel:
            needle = nil
            recall(history.count)
        default:
            needle = nil
            return nil
        }
        return .editing
    }

    private mutating func find(from start: Int) {
        guard let needle, !needle.isEmpty else { return isSearchFailing = false }
        var index = min(start, history.count - 1)
        while index >= 0 {
            if let range = Self.offset(of: needle, in: history[index]) {
                recall(index)
                cursor = range
                isSearchFailing = false
                return
            }
            index -= 1
        }
        isSearchFailing = true
    }

    /// Characters before the first occurrence.
    private static func offset(of needle: String, in text: String) -> Int? {
        let (needle, text) = (Array(needle), Array(text))
        guard needle.count <= text.count else { return nil }
        return (0...(text.count - needle.count)).first { Array(text[$0..<($0 + needle.count)]) == needle }
    }
}
