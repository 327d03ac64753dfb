// The abstract syntax tree of a script, as the parser hands it to the compiler.
//
// The shape follows Python's own `ast` module (the Python Language Reference, "Abstract Syntax
// Trees", 3.13), so that a tree can be compared node for node with what CPython builds. Three things
// differ on purpose:
//
//  1. The tree is a flat arena. A node names its children by index and owns no other node, so
//     releasing a tree of any depth is one array release and never recurses.
//  2. Children come before their parents in the arena (`child.rawValue < parent.rawValue`). A pass
//     that needs only bottom-up information can therefore be a loop over `nodes`.
//  3. There is no `ctx` (Load, Store, Del): the place of an expression in its parent says it.
//
// Small pieces that are not nodes of their own (a keyword argument, a parameter, a comprehension
// clause, an exception handler) are plain structs inside their parent, with a source range where
// `ast` has one.

import BigInt

/// The index of a node in `SyntaxTree.nodes`.
public struct NodeID: Hashable, Sendable {
    public let rawValue: UInt32

    public init(rawValue: UInt32) { self.rawValue = rawValue }
}

/// A stretch of source text, with the conventions of `ast`: lines count from 1, columns are offsets in
/// UTF-8 bytes from 0, and the end is exclusive.
public struct SourceRange: Hashable, Sendable {
    public var line: UInt32
    public var column: UInt32
    public var endLine: UInt32
    public var endColumn: UInt32

    public init(line: UInt32, column: UInt32, endLine: UInt32, endColumn: UInt32) {
        self.line = line
        self.column = column
        self.endLine = endLine
        self.endColumn = endColumn
    }

    /// From the start of `first` to the end of `last`.
    public init(from first: SourceRange, through last: SourceRange) {
        self.init(
            line: first.line, column: first.column, endLine: last.endLine, endColumn: last.endColumn)
    }
}

/// The value of a string literal. Text is a Swift string unless an escape such as `\ud800` put a lone
/// surrogate in it, which no Swift string can hold; then it is the sequence of code points.
///
/// Literals are equal when their code points are; Swift's own equality of strings would take a
/// composed and a decomposed "é" for the same.
public enum StringLiteral: Sendable {
    case text(String)
    /// Code points 0...0x10FFFF, at least one of them in 0xD800...0xDFFF.
    case codePoints([UInt32])
}

extension StringLiteral: Hashable {
    public static func == (left: StringLiteral, right: StringLiteral) -> Bool {
        switch (left, right) {
        case (.text(let left), .text(let right)): left.utf8.elementsEqual(right.utf8)
        case (.codePoints(let left), .codePoints(let right)): left == right
        default: false
        }
    }

    public func hash(into hasher: inout Hasher) {
        switch self {
        case .text(let text): for byte in text.utf8 { hasher.combine(byte) }
        case .codePoints(let points): hasher.combine(points)
        }
    }
}

/// A literal's value (`ast.Constant`).
public enum Constant: Hashable, Sendable {
    case noneValue
    case bool(Bool)
    case ellipsis
    case integer(BigInt)
    case float(Double)
    /// `2j`: the imaginary part.
    case imaginary(Double)
    /// Adjacent literals are already joined.
    case string(StringLiteral)
    case bytes([UInt8])
}

public enum UnaryOperator: String, Sendable, CaseIterable {
    case not = "not "
    case negate = "-"
    case positive = "+"
    case invert = "~"
}

/// Binary operators; the raw value is the operator's text, to which augmented assignment adds `=`.
public enum BinaryOperator: String, Sendable, CaseIterable {
    case add = "+"
    case subtract = "-"
    case multiply = "*"
    case matrixMultiply = "@"
    case divide = "/"
    case modulo = "%"
    case power = "**"
    case leftShift = "<<"
    case rightShift = ">>"
    case bitOr = "|"
    case bitXor = "^"
    case bitAnd = "&"
    case floorDivide = "//"
}

public enum BooleanOperator: String, Sendable, CaseIterable {
    case and
    case or
}

public enum ComparisonOperator: String, Sendable, CaseIterable {
    case equal = "=="
    case notEqual = "!="
    case less = "<"
    case lessOrEqual = "<="
    case greater = ">"
    case greaterOrEqual = ">="
    case identical = "is"
    case notIdentical = "is not"
    case contained = "in"
    case notContained = "not in"
}

/// `!r`, `!s`, `!a` in a replacement field.
public enum FormatConversion: UInt8, Sendable {
    case none = 0
    case repr = 0x72
    case str = 0x73
    case ascii = 0x61
}

/// One entry of a dict display: `key: value`, or `**value` where there is no key.
public struct DictionaryEntry: Hashable, Sendable {
    public var key: NodeID?
    public var value: NodeID
}

/// `name=value` in a call or in the bases of a class, or `**value` where there is no name.
public struct KeywordArgument: Hashable, Sendable {
    public var name: String?
    public var value: NodeID
    public var range: SourceRange
}

/// `for target in iterable if c1 if c2`, one clause of a comprehension.
public struct ComprehensionClause: Hashable, Sendable {
    public var target: NodeID
    public var iterable: NodeID
    public var conditions: [NodeID]
    public var isAsync: Bool
}

/// One parameter of a function.
public struct Parameter: Hashable, Sendable {
    public var name: String
    public var annotation: NodeID?
    public var range: SourceRange
}

/// The parameters of a function (`ast.arguments`).
public struct Parameters: Hashable, Sendable {
    /// Before `/`.
    public var positionalOnly: [Parameter] = []
    /// Positional or keyword.
    public var positional: [Parameter] = []
    /// Defaults of the last `defaults.count` of `positionalOnly + positional`.
    public var defaults: [NodeID] = []
    /// `*args`.
    public var variadic: Parameter?
    /// After `*` or `*args`.
    public var keywordOnly: [Parameter] = []
    /// As many as `keywordOnly`; nil where there is no default.
    public var keywordOnlyDefaults: [NodeID?] = []
    /// `**kwargs`.
    public var keywordVariadic: Parameter?

    public init() {}
}

/// `T`, `T: bound`, `*Ts`, `**P` of PEP 695, each with an optional default (PEP 696).
public struct TypeParameter: Hashable, Sendable {
    public enum Kind: Hashable, Sendable { case typeVariable, typeVariableTuple, parameterSpecification }
    public var kind: Kind
    public var name: String
    public var bound: NodeID?
    public var defaultValue: NodeID?
    public var range: SourceRange
}

/// An expression. Every `NodeID` in a payload is an expression node.
public enum Expression: Hashable, Sendable {
    /// `isUnicodePrefixed`: the first piece was written `u"..."`.
    case constant(Constant, isUnicodePrefixed: Bool = false)
    case name(String)
    /// An f-string (`ast.JoinedStr`): string constants and `formattedValue` nodes in order. Also the
    /// format specification of a `formattedValue`.
    case formattedString([NodeID])
    /// `{value!conversion:specification}`. The `=` form is already expanded: its text stands in the
    /// string constant before this node, as in `ast`. `formatSpecification` is a `formattedString`.
    case formattedValue(value: NodeID, conversion: FormatConversion, formatSpecification: NodeID?)
    case attribute(value: NodeID, name: String)
    /// `value[index]`; `index` may be a `slice`, or a `tuple` that holds slices and starred items.
    case subscripted(value: NodeID, index: NodeID)
    /// Only as (part of) the index of a `subscripted`.
    case slice(lower: NodeID?, upper: NodeID?, step: NodeID?)
    /// `arguments` may hold `starred` nodes.
    case call(function: NodeID, arguments: [NodeID], keywords: [KeywordArgument])
    case unary(UnaryOperator, NodeID)
    case binary(left: NodeID, BinaryOperator, right: NodeID)
    /// `a and b and c`: at least two operands, flat.
    case boolean(BooleanOperator, [NodeID])
    /// `first op0 c0 op1 c1 ...`: as many operators as comparators, at least one.
    case comparison(first: NodeID, operators: [ComparisonOperator], comparators: [NodeID])
    /// `body if condition else otherwise`.
    case conditional(condition: NodeID, body: NodeID, otherwise: NodeID)
    case lambda(Parameters, body: NodeID)
    /// `target := value`; the target is a `name`.
    case assignment(target: NodeID, value: NodeID)
    case list([NodeID])
    case tuple([NodeID])
    case set([NodeID])
    case dictionary([DictionaryEntry])
    case listComprehension(element: NodeID, clauses: [ComprehensionClause])
    case setComprehension(element: NodeID, clauses: [ComprehensionClause])
    case dictionaryComprehension(key: NodeID, value: NodeID, clauses: [ComprehensionClause])
    case generator(element: NodeID, clauses: [ComprehensionClause])
    /// `*value` in a display, a call, a subscript or an assignment target.
    case starred(NodeID)
    case yield(NodeID?)
    case yieldFrom(NodeID)
    case await(NodeID)
}

/// `context as target` of a `with` statement.
public struct WithItem: Hashable, Sendable {
    public var context: NodeID
    public var target: NodeID?
}

/// `except type as name:` and its body. `type` is nil in a bare `except:`.
public struct ExceptionHandler: Hashable, Sendable {
    public var type: NodeID?
    public var name: String?
    public var body: [NodeID]
    public var range: SourceRange
}

/// `name as asName` of an import; `name` is dotted in `import a.b`, and `*` in `from m import *`.
public struct ImportAlias: Hashable, Sendable {
    public var name: String
    public var asName: String?
    public var range: SourceRange
}

/// What `def` and `async def` share.
public struct FunctionDefinition: Hashable, Sendable {
    public var name: String
    public var typeParameters: [TypeParameter] = []
    public var parameters: Parameters
    public var body: [NodeID]
    /// In source order.
    public var decorators: [NodeID]
    /// The annotation after `->`.
    public var returns: NodeID?
    public var isAsync: Bool
}

public struct ClassDefinition: Hashable, Sendable {
    public var name: String
    public var typeParameters: [TypeParameter] = []
    /// May hold `starred` nodes.
    public var bases: [NodeID]
    public var keywords: [KeywordArgument]
    public var body: [NodeID]
    public var decorators: [NodeID]
}

/// One `case pattern if guard:` block; `pattern` is a pattern node.
public struct MatchCase: Hashable, Sendable {
    public var pattern: NodeID
    public var `guard`: NodeID?
    public var body: [NodeID]
}

/// A pattern of a `case`. Every `NodeID` is a pattern node unless the text says that it is an
/// expression.
public enum Pattern: Hashable, Sendable {
    /// The payload is an expression.
    case value(NodeID)
    /// None, True or False.
    case singleton(Constant)
    case sequence([NodeID])
    /// `keys` are expressions; `rest` is the name after `**`.
    case mapping(keys: [NodeID], patterns: [NodeID], rest: String?)
    /// `type` is an expression.
    case instance(
        type: NodeID, patterns: [NodeID], keywordNames: [String], keywordPatterns: [NodeID])
    /// `*name`, or `*_` where the name is nil.
    case star(String?)
    /// `pattern as name`; a bare capture has no pattern; the wildcard `_` has neither.
    case capture(pattern: NodeID?, name: String?)
    case alternatives([NodeID])
}

/// A statement. `body`, `otherwise` and `finally` hold statement nodes, every other `NodeID` an
/// expression node.
public enum Statement: Hashable, Sendable {
    case expression(NodeID)
    /// `t1 = t2 = value`.
    case assign(targets: [NodeID], value: NodeID)
    case augmentedAssign(target: NodeID, BinaryOperator, value: NodeID)
    /// `target: annotation = value`; `isSimple` where the target is a name without parentheses.
    case annotatedAssign(target: NodeID, annotation: NodeID, value: NodeID?, isSimple: Bool)
    case delete([NodeID])
    case pass
    case `break`
    case `continue`
    case `return`(NodeID?)
    case raise(exception: NodeID?, cause: NodeID?)
    case global([String])
    case nonlocal([String])
    case assert(condition: NodeID, message: NodeID?)
    /// `elif` is an `if` as the only statement of `otherwise`, as in `ast`.
    case `if`(condition: NodeID, body: [NodeID], otherwise: [NodeID])
    case `while`(condition: NodeID, body: [NodeID], otherwise: [NodeID])
    case `for`(
        target: NodeID, iterable: NodeID, body: [NodeID], otherwise: [NodeID], isAsync: Bool)
    case `try`(
        body: [NodeID], handlers: [ExceptionHandler], otherwise: [NodeID], finally: [NodeID])
    case with(items: [WithItem], body: [NodeID], isAsync: Bool)
    case function(FunctionDefinition)
    case classDefinition(ClassDefinition)
    case importModules([ImportAlias])
    /// `from ..module import names`: `level` counts the leading dots.
    case importFrom(module: String?, names: [ImportAlias], level: Int)
    case match(subject: NodeID, cases: [MatchCase])
    /// `type name[typeParameters] = value`.
    case typeAlias(name: NodeID, typeParameters: [TypeParameter], value: NodeID)
}

/// One element of the arena.
public struct Node: Hashable, Sendable {
    public enum Content: Hashable, Sendable {
        case expression(Expression)
        case statement(Statement)
        case pattern(Pattern)
    }

    public var content: Content
    public var range: SourceRange
}

/// A parsed script.
public struct SyntaxTree: Sendable {
    /// The text that the ranges refer to.
    public let source: SourceFile
    public private(set) var nodes: [Node] = []
    /// The statements of the module, in order.
    public internal(set) var body: [NodeID] = []
    /// What CPython would print on standard error while compiling, in its order.
    public internal(set) var warnings: [SyntaxWarning] = []

    init(source: SourceFile) { self.source = source }

    /// The source range of any node.
    public func range(_ id: NodeID) -> SourceRange { nodes[Int(id.rawValue)].range }

    /// The expression at `id`, which must be an expression node.
    public func expression(_ id: NodeID) -> Expression {
        guard case .expression(let expression) = nodes[Int(id.rawValue)].content else {
            preconditionFailure("node \(id.rawValue) is not an expression")
        }
        return expression
    }

    /// The statement at `id`, which must be a statement node.
    public func statement(_ id: NodeID) -> Statement {
        guard case .statement(let statement) = nodes[Int(id.rawValue)].content else {
            preconditionFailure("node \(id.rawValue) is not a statement")
        }
        return statement
    }

    /// The pattern at `id`, which must be a pattern node.
    public func pattern(_ id: NodeID) -> Pattern {
        guard case .pattern(let pattern) = nodes[Int(id.rawValue)].content else {
            preconditionFailure("node \(id.rawValue) is not a pattern")
        }
        return pattern
    }

    /// Calls `body` for every node right below `id`, in source order as far as it matters.
    public func forEachChild(of id: NodeID, _ body: (NodeID) -> Void) {
        switch nodes[Int(id.rawValue)].content {
        case .expression(let expression): expression.forEachChild(body)
        case .statement(let statement): statement.forEachChild(body)
        case .pattern(let pattern): pattern.forEachChild(body)
        }
    }

    mutating func add(_ content: Node.Content, _ range: SourceRange) -> NodeID {
        nodes.append(Node(content: content, range: range))
        return NodeID(rawValue: UInt32(nodes.count - 1))
    }

    /// Drops what a failed attempt of the parser appended after the arena had `count` nodes.
    mutating func truncate(to count: Int) { nodes.removeLast(nodes.count - count) }

    mutating func setRange(_ id: NodeID, _ range: SourceRange) {
        nodes[Int(id.rawValue)].range = range
    }
}
