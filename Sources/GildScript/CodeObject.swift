import BigInt

/// What a compiled script is made of: plain data that the runtime loads into raw memory.
///
/// A `CompiledModule` holds the code objects of a whole file in one array (index 0 is the module's body), so that code
/// objects refer to each other by number and nothing nests. Global variables are numbered once per file: the runtime
/// gives every module a table of slots, and `loadGlobal` is one indexed load.
public struct CompiledModule: Sendable {
    /// The file's name as messages show it.
    public var fileName: String
    /// The source, for tracebacks.
    public var source: SourceFile
    /// Index 0 is the module's body.
    public var codes: [CodeObject]
    /// Slot number → name, for every name that the file uses as a global or builtin.
    public var globalNames: [String]
    /// Warnings of the compiler, already rendered as CPython prints them.
    public var warnings: [String]

    public init(fileName: String, source: SourceFile, codes: [CodeObject], globalNames: [String], warnings: [String] = []) {
        self.fileName = fileName
        self.source = source
        self.codes = codes
        self.globalNames = globalNames
        self.warnings = warnings
    }
}

/// A constant of a code object. Strings are code points, because a literal may hold lone surrogates.
public enum CodeConstant: Sendable, Hashable {
    case none, `true`, `false`, ellipsis
    case int(Int)
    case bigInt(BigInt)
    case float(UInt64)  // bit pattern, so that 0.0 and -0.0 and NaNs stay apart
    case string([UInt32])
    case bytes([UInt8])
    /// Indices into the same constants array, each smaller than this constant's own.
    case tuple([Int])
    /// A frozenset of constants (`x in {1, 2}`), indices as for `tuple`.
    case frozenSet([Int])
}

/// Where a closure's cell comes from when its function is made.
public enum Capture: Sendable, Hashable {
    /// The cell in this register of the enclosing frame.
    case register(Int)
    /// This free variable of the enclosing function.
    case free(Int)
}

/// A range of instructions guarded by a handler. Inner ranges come first in the table; the first match wins.
public struct ExceptionRange: Sendable, Hashable {
    /// First guarded word.
    public var start: Int
    /// First word that is no longer guarded.
    public var end: Int
    /// Where to go on; the handler starts with `excEnter` (or is one that the compiler made for cleaning up).
    public var handler: Int
    /// Registers from here up are released before the handler runs.
    public var liveRegisters: Int
}

/// Source range of an instruction, as PEP 657: lines from 1, columns in UTF-8 bytes from 0.
public struct CodePosition: Sendable, Hashable {
    public var line: Int32
    public var endLine: Int32
    public var column: Int32
    public var endColumn: Int32
    /// What CPython's traceback splits the range by (`~~~^^^~~~`).
    public var anchor: Anchor

    public enum Anchor: Sendable, Hashable {
        case none
        /// A binary operator: its position (line, byte column) and length in bytes (CPython marks one column, two for two-character operators).
        case binaryOperator(line: Int32, column: Int32, length: Int32)
        /// A subscript: position of `[` (line, column); it ends at the range's end.
        case subscript_(line: Int32, column: Int32)
        /// A call: position of `(`; it ends at the range's end.
        case call(line: Int32, column: Int32)
    }

    public init(line: Int32, endLine: Int32, column: Int32, endColumn: Int32, anchor: Anchor = .none) {
        self.line = line
        self.endLine = endLine
        self.column = column
        self.endColumn = endColumn
        self.anchor = anchor
    }
}

/// One function, class body or module body.
public struct CodeObject: Sendable {
    /// `__name__`: `<module>` and `<lambda>` included.
    public var name: String
    /// `__qualname__` (PEP 3155).
    public var qualifiedName: String
    public var firstLine: Int
    public var words: [UInt64] = []
    public var constants: [CodeConstant] = []
    /// Attribute, module and class-namespace names.
    public var names: [String] = []

    /// Registers 0 ..< `positionalCount` + `keywordOnlyCount` (+1 for *args, +1 for **kwargs) are the parameters:
    /// positional, then keyword-only, then *args, then **kwargs, as in CPython's co_varnames.
    public var positionalCount = 0
    public var positionalOnlyCount = 0
    public var keywordOnlyCount = 0
    public var hasVariadic = false
    public var hasVariadicKeywords = false
    /// Names of registers 0 ..< localNames.count; temporaries follow.
    public var localNames: [String] = []
    /// Size of the register window.
    public var registerCount = 0
    /// Registers (below `localNames.count`) that hold cells after the function's prologue.
    public var cellRegisters: [Int] = []
    /// Names of the free variables, in the order of `captures`.
    public var freeNames: [String] = []
    public var captures: [Capture] = []
    /// The body of a class: names live in a namespace dict.
    public var isClassBody = false
    /// The function's docstring is `constants[0]`.
    public var hasDocstring = false
    public var exceptionTable: [ExceptionRange] = []
    /// One entry per word of `words`: index into `positions`.
    public var positionIndex: [UInt32] = []
    public var positions: [CodePosition] = []

    public init(name: String, qualifiedName: String, firstLine: Int) {
        self.name = name
        self.qualifiedName = qualifiedName
        self.firstLine = firstLine
    }

    public var parameterCount: Int {
        positionalCount + keywordOnlyCount + (hasVariadic ? 1 : 0) + (hasVariadicKeywords ? 1 : 0)
    }
}
