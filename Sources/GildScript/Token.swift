// The tokens of the Python language as the lexer gives them to the parser.
//
// Kinds are single bytes, keywords have kinds of their own, and a token holds offsets into the source
// text rather than text, so that a script of any size costs one array. Soft keywords (match, case,
// type, _) are names: only the parser can tell.

enum TokenKind: UInt8, Sendable {
    case endMarker, newline, indent, dedent
    case name, number, string
    case formattedStart, formattedMiddle, formattedEnd
    /// The place where the lexer gave up; always the last token.
    case error

    case leftParenthesis, rightParenthesis, leftBracket, rightBracket, leftBrace, rightBrace
    case comma, colon, semicolon, dot, ellipsis, arrow, exclamation, colonEqual, equal
    case plus, minus, star, slash, verticalBar, ampersand, percent, at, caret, tilde
    case doubleStar, doubleSlash, leftShift, rightShift
    case less, greater, equalEqual, notEqual, lessEqual, greaterEqual
    case plusEqual, minusEqual, starEqual, slashEqual, verticalBarEqual, ampersandEqual
    case percentEqual, atEqual, caretEqual, doubleStarEqual, doubleSlashEqual, leftShiftEqual
    case rightShiftEqual
    /// A character that no token begins with, such as `$`.
    case unknown

    case keywordFalse, keywordNone, keywordTrue, and, `as`, assert, async, await, `break`, `class`
    case `continue`, def, del, elif, `else`, except, finally, `for`, from, global, `if`, `import`
    case `in`, `is`, lambda, nonlocal, not, or, pass, raise, `return`, `try`, `while`, with, yield

    static let keywords: [String: TokenKind] = [
        "False": .keywordFalse, "None": .keywordNone, "True": .keywordTrue, "and": .and, "as": .as,
        "assert": .assert, "async": .async, "await": .await, "break": .break, "class": .class,
        "continue": .continue, "def": .def, "del": .del, "elif": .elif, "else": .else,
        "except": .except, "finally": .finally, "for": .for, "from": .from, "global": .global,
        "if": .if, "import": .import, "in": .in, "is": .is, "lambda": .lambda,
        "nonlocal": .nonlocal, "not": .not, "or": .or, "pass": .pass, "raise": .raise,
        "return": .return, "try": .try, "while": .while, "with": .with, "yield": .yield,
    ]

    /// Line ends, indentation and the end of the file.
    var isLayout: Bool { rawValue <= TokenKind.dedent.rawValue }

    /// The operator of `target op= value`.
    var augmentedOperator: BinaryOperator? {
        switch self {
        case .plusEqual: .add
        case .minusEqual: .subtract
        case .starEqual: .multiply
        case .slashEqual: .divide
        case .verticalBarEqual: .bitOr
        case .ampersandEqual: .bitAnd
        case .percentEqual: .modulo
        case .atEqual: .matrixMultiply
        case .caretEqual: .bitXor
        case .doubleStarEqual: .power
        case .doubleSlashEqual: .floorDivide
        case .leftShiftEqual: .leftShift
        case .rightShiftEqual: .rightShift
        default: nil
        }
    }

    /// Left-associative binary operators, and how tightly they bind (`|` 1 ... `*` 6).
    var binaryOperator: (operation: BinaryOperator, precedence: Int)? {
        switch self {
        case .verticalBar: (.bitOr, 1)
        case .caret: (.bitXor, 2)
        case .ampersand: (.bitAnd, 3)
        case .leftShift: (.leftShift, 4)
        case .rightShift: (.rightShift, 4)
        case .plus: (.add, 5)
        case .minus: (.subtract, 5)
        case .star: (.multiply, 6)
        case .slash: (.divide, 6)
        case .doubleSlash: (.floorDivide, 6)
        case .percent: (.modulo, 6)
        case .at: (.matrixMultiply, 6)
        default: nil
        }
    }
}

struct Token: Sendable {
    var kind: TokenKind
    /// How many brackets are open after this token.
    var level: UInt16
    /// Byte offsets in the source text, end exclusive.
    var start: Int
    var end: Int
    var range: SourceRange
}
