// The parser's frame: tokens, backtracking, and the two passes that make good error messages.
//
// It is a recursive-descent parser over the grammar of the Python Language Reference (3.13). It works
// as CPython's does where the user can see it:
//
//  1. The first pass accepts or rejects, and remembers the furthest token it looked at in vain.
//  2. Only after a rejection, a second pass parses the failing statement again with the checks for
//     well-known mistakes switched on (`isErrorPass`; they are the places that raise a message of their
//     own). If none of them raises, the message is "invalid syntax" at the furthest token of pass one.
//  3. Whatever the parser says, an error of the lexer anywhere later in the file takes precedence.
//
// The second pass tries many alternatives at the same place, so its rules are memoized, which keeps it
// linear. The first pass hardly backtracks and pays for none of this.
//
// Stack: chains of left-associative, prefix and right-associative operators are loops. What recurses
// (brackets, lambda, conditional, nested f-strings) is counted by `nested`, which raises long before an
// 8 MiB stack ends.

/// Parses a script.
///
/// - Throws: the first problem, with the message and place that CPython 3.13 gives.
public func parse(_ source: SourceFile) throws(Diagnostic) -> SyntaxTree {
    let parser = Parser(source: source)
    var tree = try parser.parseModule()
    try checkSyntax(&tree)
    return tree
}

/// Thrown inside the parser. Where `Parser.raised` is set it ends the parse, else it only says that the
/// rule does not match here.
struct ParseFailure: Error {}

enum MemoizedRule: UInt8 {
    case expression, disjunction, conditional, bitwiseOr, starExpressions, starNamedExpression
    case namedExpression, primary, arguments
}

final class Parser {
    /// Depth of rules that recurse: brackets are limited to 200 by the lexer, and what else nests
    /// (lambda, conditional expressions, f-strings) shares this limit with them.
    static let maximumDepth = 400
    /// Depth beyond which the error pass no longer looks for mistakes, which needs several times the
    /// stack of plain parsing.
    static let maximumMistakeDepth = 40
    /// Height of a tree, so that every later pass may recurse over it.
    static let maximumHeight = 2000

    struct MemoKey: Hashable {
        var rule: MemoizedRule
        var callsInvalid: Bool
        var position: Int
    }

    let source: SourceFile
    let tokens: [Token]
    let lexed: LexedSource
    var position = 0
    /// Index of the furthest token at which a rule failed.
    var furthest = 0
    var tree: SyntaxTree
    var isErrorPass = false
    /// Whether rules for mistakes apply; off while the error pass parses what follows a mistake.
    var callsInvalid = false
    var raised: Diagnostic?
    var depth = 0
    var memo: [MemoKey: (node: NodeID, end: Int)?] = [:]
    /// First token of the current statement of the module: where the error pass starts.
    var statementStart = 0
    /// String tokens already warned about, since `attempt` may parse a token twice.
    var warnedTokens: Set<Int> = []

    init(source: SourceFile) {
        self.source = source
        lexed = Lexer.lex(source)
        tokens = lexed.tokens
        tree = SyntaxTree(source: source)
        tree.warnings = lexed.warnings
    }

    func parseModule() throws(Diagnostic) -> SyntaxTree {
        do {
            tree.body = try parseStatements(until: .endMarker)
            tree.warnings.sort { $0.line < $1.line }
            return tree
        } catch {
            let warnings = tree.warnings
            var problem = diagnose()
            let last = tokens[min(furthest, tokens.count - 1)].range.endLine
            problem.warnings = warnings.filter { $0.line <= last }.sorted { $0.line < $1.line }
            throw problem
        }
    }

    /// The second pass, and the choice between what it raised and what the lexer has to say.
    private func diagnose() -> Diagnostic {
        let last = furthest
        var secondFurthest = furthest
        if raised == nil {
            isErrorPass = true
            callsInvalid = true
            position = statementStart
            depth = 0
            do { _ = try parseStatements(until: .endMarker) } catch {}
            secondFurthest = max(furthest, position)
        }
        let isIndentation = tokens[last].kind == .indent || tokens[last].kind == .dedent
        if let failure = lexed.failure, raised != nil || !isIndentation {
            guard let line = lexed.unclosedBracketLine, raised != failure else { return failure }
            let current = tokens[min(secondFurthest, tokens.count - 1)].range.line
            if current > line { return failure }
        }
        if let raised { return raised }
        switch tokens[last].kind {
        case .indent: return diagnostic("unexpected indent", at: last, kind: .indentationError)
        case .dedent: return diagnostic("unexpected unindent", at: last, kind: .indentationError)
        default: return diagnostic("invalid syntax", at: last, kind: .syntaxError)
        }
    }

    // MARK: Tokens

    var kind: TokenKind { tokens[position].kind }

    func peek(_ offset: Int) -> TokenKind {
        let index = position + offset
        return index < tokens.count ? tokens[index].kind : .endMarker
    }

    func advance() { position += 1 }

    func accept(_ wanted: TokenKind) -> Bool {
        if kind == wanted {
            position += 1
            return true
        }
        return false
    }

    func expect(_ wanted: TokenKind) throws(ParseFailure) {
        if kind != wanted { throw fail() }
        position += 1
    }

    /// The token must be `wanted`, or the parse ends with `expected 'text'` here.
    func force(_ wanted: TokenKind, _ text: String) throws(ParseFailure) {
        if kind != wanted {
            if kind == .error { throw fail() }
            throw raise("expected '\(text)'", at: position)
        }
        position += 1
    }

    func text(_ index: Int) -> String {
        let token = tokens[index]
        return String(decoding: source.text[token.start..<token.end], as: UTF8.self)
    }

    func expectName() throws(ParseFailure) -> String {
        if kind != .name { throw fail() }
        position += 1
        return identifier(position - 1)
    }

    /// The name at a token, in the normal form that makes equal names equal (PEP 3131).
    func identifier(_ index: Int) -> String {
        let name = text(index)
        return name.utf8.allSatisfy { $0 < 0x80 } ? name : compatibilityComposed(name)
    }

    func isSoftKeyword(_ word: StaticString, at index: Int) -> Bool {
        let token = tokens[index]
        guard token.kind == .name, token.end - token.start == word.utf8CodeUnitCount else {
            return false
        }
        return source.text[token.start..<token.end].elementsEqual(
            UnsafeBufferPointer(start: word.utf8Start, count: word.utf8CodeUnitCount))
    }

    // MARK: Failing

    /// The rule does not match at the current token.
    func fail() -> ParseFailure {
        if position > furthest { furthest = position }
        if kind == .error && raised == nil { raised = lexed.failure }
        return ParseFailure()
    }

    /// Ends the parse.
    func raise(
        _ message: String, _ range: SourceRange, kind: Diagnostic.Kind = .syntaxError
    ) -> ParseFailure {
        if raised == nil {
            raised = Diagnostic(kind: kind, message: message, source: source, range: range)
        }
        if position > furthest { furthest = min(position, tokens.count - 1) }
        return ParseFailure()
    }

    /// Ends the parse with a caret at a token.
    func raise(
        _ message: String, at index: Int, kind: Diagnostic.Kind = .syntaxError
    ) -> ParseFailure {
        if raised == nil { raised = diagnostic(message, at: index, kind: kind) }
        if position > furthest { furthest = min(position, tokens.count - 1) }
        return ParseFailure()
    }

    /// A diagnostic at a token. Indentation tokens stand, as in CPython, on the column before the
    /// line's first character, and the end of the file on the last line, without a caret.
    private func diagnostic(_ message: String, at index: Int, kind: Diagnostic.Kind) -> Diagnostic {
        let token = tokens[index]
        var range = token.range
        var showsCaret = true
        if token.kind == .endMarker || (token.kind == .dedent && token.start == source.text.count) {
            range.line = UInt32(source.lineCount)
            range.endLine = range.line
            showsCaret = false
        } else if token.kind == .indent || token.kind == .dedent {
            showsCaret = range.endColumn > 0
            range.column = max(range.endColumn, 1) - 1
        }
        return Diagnostic(
            kind: kind, message: message, source: source, range: range, showsCaret: showsCaret)
    }

    func raise(_ message: String, from first: NodeID, through last: NodeID) -> ParseFailure {
        raise(message, SourceRange(from: tree.range(first), through: tree.range(last)))
    }

    func unsupported(_ feature: String, hint: String? = nil, _ range: SourceRange)
        -> ParseFailure
    {
        if raised == nil {
            raised = .unsupported(feature, hint: hint, source: source, range: range)
        }
        return ParseFailure()
    }

    /// Runs a rule; where it does not match, goes back to where it began and gives nil.
    func attempt<Result>(
        _ rule: (Parser) throws(ParseFailure) -> Result
    ) throws(ParseFailure) -> Result? {
        let start = position
        let nodeCount = tree.nodes.count
        let depth = depth
        do {
            return try rule(self)
        } catch {
            if raised != nil { throw error }
            position = start
            self.depth = depth
            if !isErrorPass { tree.truncate(to: nodeCount) }
            return nil
        }
    }

    /// Runs a rule without consuming anything: whether it matches.
    func matches<Result>(
        _ rule: (Parser) throws(ParseFailure) -> Result
    ) throws(ParseFailure) -> Bool {
        let start = position
        let result = try attempt(rule)
        position = start
        return result != nil
    }

    /// In the error pass, remembers what a rule gave at each place.
    func memoized(
        _ rule: MemoizedRule, _ body: (Parser) throws(ParseFailure) -> NodeID
    ) throws(ParseFailure) -> NodeID {
        if !isErrorPass { return try body(self) }
        let key = MemoKey(rule: rule, callsInvalid: callsInvalid, position: position)
        if let known = memo[key] {
            guard let known else { throw ParseFailure() }
            position = known.end
            return known.node
        }
        do {
            let node = try body(self)
            memo[key] = .some((node, position))
            return node
        } catch {
            if raised == nil { memo[key] = .some(nil) }
            throw error
        }
    }

    /// Counts one level of nesting around a rule that recurses.
    func nested<Result>(
        _ body: (Parser) throws(ParseFailure) -> Result
    ) throws(ParseFailure) -> Result {
        depth += 1
        if depth > Parser.maximumDepth {
            throw raise("too many nested expressions", tokens[position].range)
        }
        let before = callsInvalid
        if depth > Parser.maximumMistakeDepth { callsInvalid = false }
        defer { callsInvalid = before }
        let result = try body(self)
        depth -= 1
        return result
    }

    // MARK: Nodes

    /// From the start of token `start` to the end of the last token consumed that is not mere layout.
    func range(from start: Int) -> SourceRange {
        var last = position - 1
        while last > start && tokens[last].kind.isLayout { last -= 1 }
        return SourceRange(from: tokens[start].range, through: tokens[last].range)
    }

    func add(_ expression: Expression, from start: Int) -> NodeID {
        tree.add(.expression(expression), range(from: start))
    }

    func add(_ expression: Expression, _ range: SourceRange) -> NodeID {
        tree.add(.expression(expression), range)
    }

    func add(_ statement: Statement, from start: Int) -> NodeID {
        tree.add(.statement(statement), range(from: start))
    }
}
