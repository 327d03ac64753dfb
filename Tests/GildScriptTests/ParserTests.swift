import Foundation
import Testing

@testable import GildScript

/// Parses on a thread with the stack that a main thread has, and gives what CPython would print.
private func messages(for text: String) -> String {
    func run() -> String {
        do {
            let tree = try parse(SourceFile(name: "x.py", text: text))
            return tree.warnings.map { $0.rendered() }.joined()
        } catch {
            return error.warnings.map { $0.rendered() }.joined() + error.rendered()
        }
    }
    return onMainSizedStack(run)
}

/// Runs `body` on a thread with an 8 MiB stack.
func onMainSizedStack<Result: Sendable>(_ body: @escaping () -> Result) -> Result {
    nonisolated(unsafe) let body = body
    nonisolated(unsafe) var result: Result?
    let done = DispatchSemaphore(value: 0)
    let thread = Thread {
        result = body()
        done.signal()
    }
    thread.stackSize = 8 << 20
    thread.start()
    done.wait()
    return result!
}

@Suite struct ParserMessageTests {
    /// Every message, place and caret of the collected cases is CPython's own.
    @Test func messagesAreThoseOfCPython() {
        let cases = syntaxErrorCases.components(separatedBy: "%%%\n")
        #expect(cases.count > 500)
        for text in cases {
            let parts = text.components(separatedBy: "--->\n")
            let script = parts[0]
            let expected = parts.count > 1 ? parts[1] : ""
            #expect(
                messages(for: script).trimmingCharacters(in: .newlines)
                    == expected.trimmingCharacters(in: .newlines), "\(script)")
        }
    }

    @Test func unsupportedSyntaxSaysSo() {
        #expect(
            messages(for: "try:\n    pass\nexcept* A:\n    pass\n") == """
                  File "x.py", line 3
                    except* A:
                    ^^^^^^^
                SyntaxError: gild does not support except* (exception groups) yet \
                (catch the exceptions with a plain except)

                """)
    }

    @Test func sourceThatIsNotUTF8IsRefused() {
        let source = SourceFile(name: "x.py", text: [0x78, 0x3D, 0x22, 0xFF, 0x22])
        #expect(throws: Diagnostic.self) { try parse(source) }
        let cookie = SourceFile(name: "x.py", text: "# coding: latin-1\n")
        #expect(throws: Diagnostic.self) { try parse(cookie) }
        #expect(messages(for: "# coding: utf-8\nx = 1\n") == "")
    }

    @Test func nestingIsLimitedAsInCPython() {
        #expect(
            messages(for: String(repeating: "(", count: 201)).contains(
                "SyntaxError: too many nested parentheses"))
        let accepted = String(repeating: "(", count: 200) + String(repeating: ")", count: 200)
        #expect(messages(for: accepted) == "")
        func ifs(_ count: Int) -> String {
            (0..<count).map { String(repeating: " ", count: $0) + "if x:\n" }.joined()
                + String(repeating: " ", count: count) + "pass\n"
        }
        #expect(messages(for: ifs(99)) == "")
        #expect(
            messages(for: ifs(100)).hasSuffix(
                "IndentationError: too many levels of indentation\n"))
        func loops(_ count: Int) -> String {
            (0..<count).map { String(repeating: " ", count: $0) + "for x in y:\n" }.joined()
                + String(repeating: " ", count: count) + "pass\n"
        }
        #expect(messages(for: loops(21)) == "")
        #expect(
            messages(for: loops(22)).hasSuffix("SyntaxError: too many statically nested blocks\n"))
    }
}

@Suite struct ParserDepthTests {
    struct Input: Sendable {
        let piece: String
        let count: Int
        let end: String
    }

    static let inputs: [Input] = [
        Input(piece: "(", count: 1_048_576, end: ""),
        Input(piece: "[", count: 1_048_576, end: ""),
        Input(piece: "{", count: 1_048_576, end: ""),
        Input(piece: "-", count: 1_048_576, end: ""),
        Input(piece: "-", count: 1_048_576, end: "x"),
        Input(piece: "not ", count: 262_144, end: ""),
        Input(piece: "not ", count: 262_144, end: "x"),
        Input(piece: "a.", count: 100_000, end: "b"),
        Input(piece: "x**", count: 100_000, end: "x"),
        Input(piece: "x**", count: 100_000, end: ""),
        Input(piece: "1+", count: 100_000, end: "1"),
        Input(piece: "1+", count: 100_000, end: ""),
        Input(piece: "lambda:", count: 100_000, end: "1"),
        Input(piece: "lambda x=", count: 100_000, end: "1"),
        Input(piece: "1 if x else ", count: 100_000, end: "1"),
        Input(piece: "1 if ", count: 100_000, end: "1"),
        Input(piece: "f(", count: 199, end: "1 1"),
        Input(piece: "f(a=", count: 199, end: "1 1"),
        Input(piece: "{1:", count: 199, end: "1 1"),
        Input(piece: "x[", count: 199, end: "1 1"),
        Input(piece: "(lambda:", count: 199, end: "1 1"),
        Input(piece: "f'{", count: 140, end: "1 1"),
        Input(piece: "f'{a:{", count: 1000, end: ""),
        Input(piece: "x and ", count: 100_000, end: "x"),
        Input(piece: "x < ", count: 100_000, end: "x"),
        Input(piece: "x,", count: 100_000, end: ""),
        Input(piece: "x=", count: 100_000, end: "1"),
        Input(piece: "'a' ", count: 100_000, end: ""),
        Input(piece: "x;", count: 100_000, end: ""),
        Input(piece: "@x\n", count: 100_000, end: ""),
        Input(piece: "await ", count: 100_000, end: "x"),
        Input(piece: "(yield ", count: 199, end: "1"),
        Input(piece: "[x for x in ", count: 199, end: "y y"),
        Input(piece: "if x: pass\nel", count: 100_000, end: "se: pass\n"),
        Input(piece: "\\\n", count: 100_000, end: "x"),
        Input(piece: "x:=", count: 100_000, end: "1"),
    ]

    /// None of these may end the process, whatever they are told.
    @Test(arguments: inputs)
    func longInputsAreHarmless(input: Input) {
        let count = input.count
        var text = String(repeating: input.piece, count: count) + input.end
        let closers: [Character: Character] = ["(": ")", "[": "]", "{": "}"]
        if count < 200 {
            for character in text.reversed() {
                if let closer = closers[character] { text.append(closer) }
            }
        }
        _ = messages(for: text)
    }

    @Test func chainsOfModestLengthAreAccepted() {
        #expect(messages(for: "1" + String(repeating: "+1", count: 1900)) == "")
        #expect(messages(for: "x" + String(repeating: ".a", count: 1900)) == "")
        #expect(
            messages(for: "if x: pass\n" + String(repeating: "elif x: pass\n", count: 1500)) == "")
    }
}

@Suite struct ParserTreeTests {
    private func dump(_ text: String) throws -> String {
        SyntaxTreeDump.text(of: try parse(SourceFile(name: "x.py", text: text)))
    }

    @Test func rangesIncludeBracketsAroundTheLeftOperand() throws {
        #expect(
            try dump("(a + 1) * -b ** 2\n") == """
                Module
                  body[0] Expr 1:0-1:17
                    value BinOp 1:0-1:17 op=Mult
                      left BinOp 1:1-1:6 op=Add
                        left Name 1:1-1:2 id="a"
                        right Constant 1:5-1:6 value=1
                      right UnaryOp 1:10-1:17 op=USub
                        operand BinOp 1:11-1:17 op=Pow
                          left Name 1:11-1:12 id="b"
                          right Constant 1:16-1:17 value=2
                """)
    }

    @Test func columnsCountBytes() throws {
        #expect(
            try dump("é = 'ü'; x\n") == """
                Module
                  body[0] Assign 1:0-1:9
                    targets[0] Name 1:0-1:2 id="\\u00e9"
                    value Constant 1:5-1:9 value="\\u00fc"
                  body[1] Expr 1:11-1:12
                    value Name 1:11-1:12 id="x"
                """)
    }

    @Test func loneSurrogatesAreCodePoints() throws {
        let tree = try parse(SourceFile(name: "x.py", text: #"'a\ud800b'"#))
        guard case .expression(let id) = tree.statement(tree.body[0]),
            case .constant(.string(let literal), _) = tree.expression(id)
        else {
            Issue.record("not a string")
            return
        }
        #expect(literal == .codePoints([0x61, 0xD800, 0x62]))
    }

    @Test func canonicallyEqualLiteralsDiffer() {
        #expect(StringLiteral.text("\u{E9}") != StringLiteral.text("e\u{301}"))
    }

    @Test func childrenComeBeforeTheirParents() throws {
        let tree = try parse(SourceFile(name: "x.py", text: everySyntax))
        for index in tree.nodes.indices {
            tree.forEachChild(of: NodeID(rawValue: UInt32(index))) { child in
                #expect(child.rawValue < index)
            }
        }
    }

    @Test func identifiersAreNormalized() throws {
        #expect(try dump("ｘ").contains(#"id="x""#))
        #expect(try dump("𝐱").contains(#"id="x""#))
    }
}
