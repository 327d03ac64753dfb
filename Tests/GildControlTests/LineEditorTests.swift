import Testing

@testable import gilctl

/// Keys to text.
@Suite struct LineEditorTests {
    /// What the editor holds after these bytes; `|` marks the cursor.
    func typed(_ text: String, history: [String] = []) -> String {
        var decoder = KeyDecoder()
        decoder.add(Array(text.utf8))
        var editor = LineEditor(history: history)
        while let key = decoder.next(isFinal: true) { _ = editor.press(key) }
        var characters = editor.characters
        characters.insert("|", at: editor.cursor)
        return String(characters)
    }

    @Test func textIsInsertedAtTheCursor() {
        #expect(typed("abc") == "abc|")
        #expect(typed("ac\u{1B}[Db") == "ab|c")
        #expect(typed("größe 日本") == "größe 日本|")
        #expect(typed("\t") == "    |")
        #expect(typed("a\t") == "a   |")
    }

    @Test func keysMoveTheCursor() {
        #expect(typed("abc\u{01}") == "|abc")
        #expect(typed("abc\u{01}\u{05}") == "abc|")
        #expect(typed("abc\u{1B}[H\u{1B}[C") == "a|bc")
        #expect(typed("abc\u{1B}OH\u{1B}OF") == "abc|")
        #expect(typed("abc\u{1B}[1~\u{1B}[4~") == "abc|")
        #expect(typed("\u{1B}[D\u{1B}[Ca") == "a|")
        #expect(typed("one two.three\u{1B}b") == "one two.|three")
        #expect(typed("one two.three\u{1B}b\u{1B}b") == "one |two.three")
        #expect(typed("one two\u{01}\u{1B}f") == "one| two")
        #expect(typed("one two\u{1B}[1;5D") == "one |two")
    }

    @Test func keysRemoveAndYank() {
        #expect(typed("abc\u{7F}") == "ab|")
        #expect(typed("\u{7F}") == "|")
        #expect(typed("abc\u{01}\u{1B}[3~") == "|bc")
        #expect(typed("abc\u{01}\u{04}") == "|bc")
        #expect(typed("one two\u{17}") == "one |")
        #expect(typed("one two\u{17}\u{19}\u{19}") == "one twotwo|")
        #expect(typed("one two\u{1B}b\u{0B}\u{01}\u{19}") == "two|one ")
        #expect(typed("one two\u{15}x\u{19}") == "xone two|")
        #expect(typed("one two\u{01}\u{1B}d") == "| two")
        #expect(typed("ab\u{14}") == "ba|")
    }

    @Test func aCombiningMarkJoinsTheLetterBeforeIt() {
        var editor = LineEditor(history: [])
        for scalar in "e\u{301}x".unicodeScalars { _ = editor.press(.character(Character(scalar))) }
        #expect(editor.characters.count == 2)
        #expect(editor.cursor == 2)
        _ = editor.press(.backspace)
        _ = editor.press(.backspace)
        #expect(editor.text.isEmpty)
    }

    @Test func theHistoryIsRecalledAndTheDraftIsKept() {
        let history = ["first", "second"]
        #expect(typed("\u{1B}[A", history: history) == "second|")
        #expect(typed("\u{1B}[A\u{1B}[A\u{1B}[A", history: history) == "first|")
        #expect(typed("dra\u{10}\u{0E}ft", history: history) == "draft|")
        #expect(typed("\u{10}\u{10}x\u{0E}\u{0E}", history: history) == "|")
    }

    @Test func searchFindsTheNewestLineAndGoesOn() {
        let history = ["print(1)", "x = 2", "print(3)"]
        #expect(typed("\u{12}pri", history: history) == "|print(3)")
        #expect(typed("\u{12}pri\u{12}", history: history) == "|print(1)")
        #expect(typed("\u{12}= 2", history: history) == "x |= 2")
        #expect(typed("ab\u{12}x\u{07}", history: history) == "ab|")
        #expect(typed("\u{12}x =\u{05}!", history: history) == "x = 2!|")
    }

    @Test func linesEndAndInputEnds() {
        var editor = LineEditor(history: [])
        #expect(editor.press(.endOfInput) == .end)
        _ = editor.press(.character("a"))
        #expect(editor.press(.endOfInput) == .editing)
        #expect(editor.press(.enter) == .line("a"))
        #expect(editor.press(.interrupt) == .interrupted)
    }

    @Test func bytesArriveInAnyPieces() {
        for split in 1..<8 {
            var decoder = KeyDecoder()
            var keys: [Key] = []
            let bytes = Array("日\u{1B}[1;5Cé".utf8)
            for start in stride(from: 0, to: bytes.count, by: split) {
                decoder.add(bytes[start..<min(start + split, bytes.count)])
                while let key = decoder.next() { keys.append(key) }
            }
            #expect(keys == [.character("日"), .wordRight, .character("é")], "\(split)")
        }
    }

    @Test func anythingCanBeTyped() {
        let seed = UInt64.random(in: 0 ... .max)
        var random = OutputPieceTests.Generator(state: seed)
        var decoder = KeyDecoder()
        var editor = LineEditor(history: ["a", "bb b"])
        for _ in 0..<20_000 {
            let byte = Bool.random(using: &random) ? UInt8.random(in: 0...255, using: &random) : UInt8.random(in: 0...0x1F, using: &random)
            decoder.add([byte])
            while let key = decoder.next(isFinal: Int.random(in: 0..<4, using: &random) == 0) { _ = editor.press(key) }
            #expect((0...editor.characters.count).contains(editor.cursor), "seed \(seed)")
        }
    }

    @Test func longLinesAreWrappedAtTheWidth() {
        let layout = Prompt.layout(">>> ", Array("abcdefgh"), cursor: 8, columns: 6)
        #expect(layout.rows == [">>> ab", "cdefgh", ""])
        #expect(layout.cursorRow == 2 && layout.cursorColumn == 0)
        let middle = Prompt.layout(">>> ", Array("abcdefgh"), cursor: 2, columns: 6)
        #expect(middle.cursorRow == 1 && middle.cursorColumn == 0)
        // A wide character does not fit into the last column.
        let wide = Prompt.layout("> ", Array("a日b"), cursor: 3, columns: 4)
        #expect(wide.rows == ["> a", "日b"])
        #expect(wide.cursorRow == 1 && wide.cursorColumn == 3)
    }
}
