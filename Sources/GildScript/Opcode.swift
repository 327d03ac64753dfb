/// The instruction set.
///
/// An instruction is one 64-bit word, little end first:
///
///     bits  0-7   opcode
///     bits  8-15  x   flags, a small count, or the register of a local
///     bits 16-31  a   usually the destination register
///     bits 32-47  b
///     bits 48-63  c   often a signed jump offset
///
/// Some instructions are followed by further words (`OpcodeInfo.extraWords`): an inline cache that the runtime fills,
/// or operands that found no room.
///
/// **Registers.** A frame is a window of registers. Parameters come first, then the other named locals, then temporaries,
/// which are allocated like a stack. Every register owns what it holds. Three rules make that cheap and exact:
///
/// 1. *Reading borrows.* An operand is read without touching its count.
/// 2. *A temporary is released by its last reader.* That instruction carries the consume flag for the operand
///    (`Flags.consumeB`, `Flags.consumeC`, `Flags.consumeA` where `a` is a source); the register holds an immediate
///    (non-pointer) value afterwards. So an object that only a temporary held dies exactly where CPython's value stack
///    would have dropped it. Fast paths on immediates ignore the flags: an immediate needs no release.
/// 3. *Writing releases the register's old value*, after the new one is in place.
///
/// Registers above the live temporaries always hold immediates; a call therefore needs no clearing of its window, and
/// unwinding may release any register without knowing which temporaries were live.
///
/// **Jumps.** `c` (or `b:c` read as a signed 32-bit number for `jump` and `jumpBack`) counts words from the *end* of
/// the jumping instruction, its extra words included. A taken jump with a negative offset is a loop's back-edge and
/// tests the eval breaker.
///
/// **Calls.** `regs[base]` is the callable, `regs[base+1…]` are the arguments; the callee's window starts at
/// `base+1`, so arguments become parameters without a copy. A call consumes callable and arguments; of a local callable (`callLocal`)
/// it makes the reference that it needs, which a builtin function does not.
public enum Opcode: UInt8, CaseIterable, Sendable {
    // Data movement
    case nop, move, loadLocal, loadConst, loadInt, undef, release, checkLocal, deleteLocal
    // Variables outside the frame
    case loadGlobal, storeGlobal, deleteGlobal
    case makeCell, loadCell, storeCell, deleteCell, loadFree, storeFree, deleteFree, loadFreeCell
    case loadName, storeName, deleteName, loadNameOrFree
    // Arithmetic: registers, then register with constant
    case add, sub, mul, trueDiv, floorDiv, mod, pow, lshift, rshift, and, or, xor, matMul
    case addK, subK, mulK, trueDivK, floorDivK, modK, powK, lshiftK, rshiftK, andK, orK, xorK
    case neg, pos, invert, not
    // Comparisons that produce a value
    case lt, le, eq, ne, gt, ge, isSame, isNotSame, contains, notContains
    // Fused compare and jump: j<op> jumps when the comparison is true, jn<op> when it is false
    case jlt, jle, jeq, jne, jgt, jge
    case jnlt, jnle, jneq, jnne, jngt, jnge
    case jltK, jleK, jeqK, jneK, jgtK, jgeK
    case jnltK, jnleK, jneqK, jnneK, jngtK, jngeK
    case jis, jnis, jin, jnin, jnone, jnnone
    case jump, jumpBack, jtrue, jfalse
    // Attributes and items
    case getAttr, setAttr, deleteAttr
    case getItem, getItemK, setItem, deleteItem, getSlice, setSlice, deleteSlice, buildSlice
    // Containers
    case buildList, buildTuple, buildSet, buildMap, buildString
    case listAppend, setAdd, mapAdd, listExtend, setUpdate, dictUpdate, dictMerge, listToTuple
    case unpack, unpackEx, formatValue
    // Iteration
    case getIter, forIter
    // Calls
    case call, callLocal, callKw, callEx, callMethod, loadMethod, callLoaded, ret, retNone
    case makeFunction, buildClass
    // Exceptions and with
    case raise, raiseFrom, raiseActive, reraise, excEnter, excLeave, excMatch, loadAssertionError
    case withEnter, withExit, keepLocals
    // Modules
    case importName, importFrom
    /// The end of the table; never emitted.
    case invalid
}

extension Opcode {
    /// Bits of an instruction's `x` field, where the opcode's prose says that it holds flags.
    public enum Flags {
        /// Operand `b` is a temporary at its last use.
        public static let consumeB: UInt8 = 1
        /// Operand `c` is a temporary at its last use.
        public static let consumeC: UInt8 = 2
        /// Operand `a`, read as a source, is a temporary at its last use.
        public static let consumeA: UInt8 = 4
        /// Arithmetic stands for an augmented assignment: try `__iadd__` and its kin first.
        public static let inPlace: UInt8 = 8
        /// `makeFunction`: `regs[c]` holds the tuple of positional defaults.
        public static let hasDefaults: UInt8 = 16
        /// `makeFunction`: `regs[c+1]` holds the dict of keyword-only defaults.
        public static let hasKeywordDefaults: UInt8 = 32
        /// `formatValue`: `c` is a register with the format specification.
        public static let hasSpecification: UInt8 = 16
        /// `formatValue`: conversion in bits 6-7 (0 none, 1 `!s`, 2 `!r`, 3 `!a`).
        public static let conversionShift: UInt8 = 6
        /// `callEx`: `regs[base+2]` holds a dict of keyword arguments.
        public static let hasKeywords: UInt8 = 16
        /// `withExit`: leaving normally, call with three Nones.
        public static let leavingNormally: UInt8 = 16
    }
}

/// What an instruction's operand field means.
public enum OperandKind: Sendable, Equatable {
    case unused
    /// A register that is written.
    case destination
    /// A register that is read.
    case source
    /// First of several consecutive registers.
    case base
    /// An index into the code object's constants.
    case constant
    /// An index into the code object's names.
    case name
    /// An index into the module's global slots.
    case global
    /// An index into the function's free variables.
    case free
    /// An index into the module's code objects.
    case code
    /// A plain number.
    case count
    /// A signed offset in words from the end of the instruction.
    case jump16
    /// With `c`: a signed 32-bit offset in words.
    case jump32
    /// With `c`: a signed 32-bit number.
    case integer32
    /// The upper half of a 32-bit operand in `b`.
    case upper
}

/// One row of the table from which the verifier and the disassembler are made.
public struct OpcodeInfo: Sendable {
    public let opcode: Opcode
    public let a: OperandKind
    public let b: OperandKind
    public let c: OperandKind
    /// Words that follow the instruction: an inline cache (zero when emitted) or further operands.
    public let extraWords: Int
    public let mayThrow: Bool
    public let prose: String

    init(_ opcode: Opcode, _ a: OperandKind, _ b: OperandKind, _ c: OperandKind, extra: Int = 0, throws mayThrow: Bool = true, _ prose: String) {
        self.opcode = opcode
        self.a = a
        self.b = b
        self.c = c
        self.extraWords = extra
        self.mayThrow = mayThrow
        self.prose = prose
    }
}

extension Opcode {
    /// The row of this opcode.
    public var info: OpcodeInfo { Opcode.table[Int(rawValue)] }

    /// Every opcode in the order of its number.
    public static let table: [OpcodeInfo] = [
        .init(.nop, .unused, .unused, .unused, throws: false, "Nothing."),
        .init(.move, .destination, .source, .unused, throws: false, "a = b; with consumeB the reference moves and b is left an immediate."),
        .init(.loadLocal, .destination, .source, .unused, throws: false, "a = local b; a is a new temporary, which holds an immediate."),
        .init(.loadConst, .destination, .constant, .unused, throws: false, "a = constants[b]."),
        .init(.loadInt, .destination, .integer32, .upper, throws: false, "a = the signed 32-bit integer b:c."),
        .init(.undef, .base, .count, .unused, throws: false, "Registers a ..< a+b become unbound (function entry, for locals not definitely assigned)."),
        .init(.release, .destination, .unused, .unused, throws: false, "Drop what temporary a holds."),
        .init(.checkLocal, .source, .unused, .unused, "UnboundLocalError when local a is unbound."),
        .init(.deleteLocal, .destination, .unused, .unused, "Unbind local a; UnboundLocalError when it is unbound already."),

        .init(.loadGlobal, .destination, .global, .unused, "a = global b, else the builtin of that name, else NameError."),
        .init(.storeGlobal, .source, .global, .unused, throws: false, "global b = a (consumeA moves)."),
        .init(.deleteGlobal, .unused, .global, .unused, "Unbind global b; NameError when it is unbound."),
        .init(.makeCell, .destination, .unused, .unused, "Wrap what register a holds (perhaps nothing) in a new cell; a then holds the cell."),
        .init(.loadCell, .destination, .source, .unused, "a = content of the cell in register b; NameError or UnboundLocalError when empty."),
        .init(.storeCell, .source, .source, .unused, throws: false, "content of the cell in register a = b (consumeB moves)."),
        .init(.deleteCell, .source, .unused, .unused, "Empty the cell in register a; error when empty already."),
        .init(.loadFree, .destination, .free, .unused, "a = content of free variable b."),
        .init(.storeFree, .unused, .free, .source, throws: false, "free variable b = c (consumeC moves)."),
        .init(.deleteFree, .unused, .free, .unused, "Empty free variable b."),
        .init(.loadFreeCell, .destination, .free, .unused, throws: false, "a = the cell itself of free variable b."),
        .init(.loadName, .destination, .name, .global, "Class body: a = namespace[b], else global c, else builtin."),
        .init(.storeName, .source, .name, .unused, "Class body: namespace[b] = a (consumeA moves)."),
        .init(.deleteName, .unused, .name, .unused, "Class body: del namespace[b]."),
        .init(.loadNameOrFree, .destination, .name, .free, "Class body: a = namespace[b], else free variable c."),

        .init(.add, .destination, .source, .source, "a = b + c."),
        .init(.sub, .destination, .source, .source, "a = b - c."),
        .init(.mul, .destination, .source, .source, "a = b * c."),
        .init(.trueDiv, .destination, .source, .source, "a = b / c."),
        .init(.floorDiv, .destination, .source, .source, "a = b // c."),
        .init(.mod, .destination, .source, .source, "a = b % c."),
        .init(.pow, .destination, .source, .source, "a = b ** c."),
        .init(.lshift, .destination, .source, .source, "a = b << c."),
        .init(.rshift, .destination, .source, .source, "a = b >> c."),
        .init(.and, .destination, .source, .source, "a = b & c."),
        .init(.or, .destination, .source, .source, "a = b | c."),
        .init(.xor, .destination, .source, .source, "a = b ^ c."),
        .init(.matMul, .destination, .source, .source, "a = b @ c."),
        .init(.addK, .destination, .source, .constant, "a = b + constants[c]."),
        .init(.subK, .destination, .source, .constant, "a = b - constants[c]."),
        .init(.mulK, .destination, .source, .constant, "a = b * constants[c]."),
        .init(.trueDivK, .destination, .source, .constant, "a = b / constants[c]."),
        .init(.floorDivK, .destination, .source, .constant, "a = b // constants[c]."),
        .init(.modK, .destination, .source, .constant, "a = b % constants[c]."),
        .init(.powK, .destination, .source, .constant, "a = b ** constants[c]."),
        .init(.lshiftK, .destination, .source, .constant, "a = b << constants[c]."),
        .init(.rshiftK, .destination, .source, .constant, "a = b >> constants[c]."),
        .init(.andK, .destination, .source, .constant, "a = b & constants[c]."),
        .init(.orK, .destination, .source, .constant, "a = b | constants[c]."),
        .init(.xorK, .destination, .source, .constant, "a = b ^ constants[c]."),
        .init(.neg, .destination, .source, .unused, "a = -b."),
        .init(.pos, .destination, .source, .unused, "a = +b."),
        .init(.invert, .destination, .source, .unused, "a = ~b."),
        .init(.not, .destination, .source, .unused, "a = not b."),

        .init(.lt, .destination, .source, .source, "a = b < c."),
        .init(.le, .destination, .source, .source, "a = b <= c."),
        .init(.eq, .destination, .source, .source, "a = b == c."),
        .init(.ne, .destination, .source, .source, "a = b != c."),
        .init(.gt, .destination, .source, .source, "a = b > c."),
        .init(.ge, .destination, .source, .source, "a = b >= c."),
        .init(.isSame, .destination, .source, .source, throws: false, "a = b is c."),
        .init(.isNotSame, .destination, .source, .source, throws: false, "a = b is not c."),
        .init(.contains, .destination, .source, .source, "a = b in c."),
        .init(.notContains, .destination, .source, .source, "a = b not in c."),

        .init(.jlt, .source, .source, .jump16, "Jump if a < b. Flags consumeA, consumeB, here and in all that follow."),
        .init(.jle, .source, .source, .jump16, "Jump if a <= b."),
        .init(.jeq, .source, .source, .jump16, "Jump if a == b."),
        .init(.jne, .source, .source, .jump16, "Jump if a != b."),
        .init(.jgt, .source, .source, .jump16, "Jump if a > b."),
        .init(.jge, .source, .source, .jump16, "Jump if a >= b."),
        .init(.jnlt, .source, .source, .jump16, "Jump unless a < b."),
        .init(.jnle, .source, .source, .jump16, "Jump unless a <= b."),
        .init(.jneq, .source, .source, .jump16, "Jump unless a == b."),
        .init(.jnne, .source, .source, .jump16, "Jump unless a != b."),
        .init(.jngt, .source, .source, .jump16, "Jump unless a > b."),
        .init(.jnge, .source, .source, .jump16, "Jump unless a >= b."),
        .init(.jltK, .source, .constant, .jump16, "Jump if a < constants[b]."),
        .init(.jleK, .source, .constant, .jump16, "Jump if a <= constants[b]."),
        .init(.jeqK, .source, .constant, .jump16, "Jump if a == constants[b]."),
        .init(.jneK, .source, .constant, .jump16, "Jump if a != constants[b]."),
        .init(.jgtK, .source, .constant, .jump16, "Jump if a > constants[b]."),
        .init(.jgeK, .source, .constant, .jump16, "Jump if a >= constants[b]."),
        .init(.jnltK, .source, .constant, .jump16, "Jump unless a < constants[b]."),
        .init(.jnleK, .source, .constant, .jump16, "Jump unless a <= constants[b]."),
        .init(.jneqK, .source, .constant, .jump16, "Jump unless a == constants[b]."),
        .init(.jnneK, .source, .constant, .jump16, "Jump unless a != constants[b]."),
        .init(.jngtK, .source, .constant, .jump16, "Jump unless a > constants[b]."),
        .init(.jngeK, .source, .constant, .jump16, "Jump unless a >= constants[b]."),
        .init(.jis, .source, .source, .jump16, throws: false, "Jump if a is b."),
        .init(.jnis, .source, .source, .jump16, throws: false, "Jump if a is not b."),
        .init(.jin, .source, .source, .jump16, "Jump if a in b."),
        .init(.jnin, .source, .source, .jump16, "Jump if a not in b."),
        .init(.jnone, .source, .unused, .jump16, throws: false, "Jump if a is None."),
        .init(.jnnone, .source, .unused, .jump16, throws: false, "Jump if a is not None."),
        .init(.jump, .unused, .jump32, .upper, throws: false, "Jump forward by b:c words."),
        .init(.jumpBack, .unused, .jump32, .upper, "Jump back by b:c (negative) words; tests the eval breaker."),
        .init(.jtrue, .source, .unused, .jump16, "Jump if a is true."),
        .init(.jfalse, .source, .unused, .jump16, "Jump if a is false."),

        .init(.getAttr, .destination, .source, .name, extra: 1, "a = b.names[c]; one cache word."),
        .init(.setAttr, .source, .source, .name, extra: 1, "a.names[c] = b (consumeA, consumeB); one cache word."),
        .init(.deleteAttr, .source, .unused, .name, "del a.names[c]."),
        .init(.getItem, .destination, .source, .source, "a = b[c]."),
        .init(.getItemK, .destination, .source, .constant, "a = b[constants[c]]."),
        .init(.setItem, .source, .source, .source, "a[b] = c (consumeA, consumeB, consumeC)."),
        .init(.deleteItem, .source, .source, .unused, "del a[b]."),
        .init(.getSlice, .destination, .source, .base, "a = b[regs[c]:regs[c+1]] (None where absent); the two bounds are temporaries, always consumed."),
        .init(.setSlice, .source, .source, .base, "a[regs[c]:regs[c+1]] = b; the bounds are always consumed."),
        .init(.deleteSlice, .source, .unused, .base, "del a[regs[c]:regs[c+1]]; the bounds are always consumed."),
        .init(.buildSlice, .destination, .base, .unused, "a = slice(regs[b], regs[b+1], regs[b+2]); all three consumed."),

        .init(.buildList, .destination, .base, .count, "a = list of regs[b ..< b+c], consumed."),
        .init(.buildTuple, .destination, .base, .count, "a = tuple of regs[b ..< b+c], consumed."),
        .init(.buildSet, .destination, .base, .count, "a = set of regs[b ..< b+c], consumed."),
        .init(.buildMap, .destination, .base, .count, "a = dict of c pairs key, value from regs[b…], consumed."),
        .init(.buildString, .destination, .base, .count, "a = concatenation of the c strings from regs[b…], consumed."),
        .init(.listAppend, .source, .source, .unused, "Append b to list a (comprehension)."),
        .init(.setAdd, .source, .source, .unused, "Add b to set a (comprehension)."),
        .init(.mapAdd, .source, .source, .source, "dict a[b] = c (comprehension)."),
        .init(.listExtend, .source, .source, .unused, "Extend list a by iterable b (`[*x]`, `f(*x)`)."),
        .init(.setUpdate, .source, .source, .unused, "Update set a by iterable b."),
        .init(.dictUpdate, .source, .source, .unused, "Update dict a by mapping b (`{**x}`)."),
        .init(.dictMerge, .source, .source, .source, "Update dict a by mapping b for a call of c (borrowed): TypeError on a repeated or non-string key."),
        .init(.listToTuple, .destination, .source, .unused, "a = tuple(list b)."),
        .init(.unpack, .base, .source, .count, "regs[a ..< a+c] = the c items of iterable b; ValueError on another length."),
        .init(.unpackEx, .base, .source, .count, "As unpack with a starred target: c = items before | items after << 8; the list stands between them."),
        .init(.formatValue, .destination, .source, .source, "a = format(b, spec c); conversion and presence of c in the flags."),

        .init(.getIter, .destination, .source, .unused, "a = iter(b)."),
        .init(.forIter, .destination, .source, .jump16, "a = next item of iterator b and jump; when exhausted drop b and fall through."),

        .init(.call, .destination, .base, .count, "a = call regs[b] with c positional arguments."),
        .init(.callLocal, .destination, .base, .count, "a = call local x with the c arguments in regs[b+1…]; regs[b] is free for the runtime."),
        .init(.callKw, .destination, .base, .count, extra: 1, "a = call regs[b] with c arguments of which the last ones are named by the tuple constants[extra word]."),
        .init(.callEx, .destination, .base, .unused, "a = call regs[b] with the items of regs[b+1] and, by flag, dict regs[b+2]. regs[b+1] is a tuple or, for a sole `*x`, any object: TypeError when it is not iterable."),
        .init(.callMethod, .destination, .base, .name, extra: 1, "a = regs[b+1].names[c](x arguments from regs[b+2…]); regs[b] is free for the runtime; one cache word."),
        .init(.loadMethod, .base, .unused, .name, extra: 1, "The callable names[c] of receiver regs[a+1] goes to regs[a]; regs[a+1] stays where it is to be passed first, else it is released; one cache word. Where arguments may run code: the look-up comes before them."),
        .init(.callLoaded, .destination, .base, .count, "a = call of what loadMethod left in regs[b], regs[b+1] with c arguments from regs[b+2…]."),
        .init(.ret, .source, .unused, .unused, throws: false, "Return a (consumeA moves; a local is moved too). No temporary is live but a."),
        .init(.retNone, .unused, .unused, .unused, throws: false, "Return None. No temporary is live."),
        .init(.makeFunction, .destination, .code, .base, "a = function of code b; defaults by flags in regs[c], regs[c+1], consumed; captures as the code says."),
        .init(.buildClass, .destination, .base, .count, "a = class: regs[b] body function, regs[b+1] name, then c bases; consumed."),

        .init(.raise, .source, .unused, .unused, "raise a."),
        .init(.raiseFrom, .source, .source, .unused, "raise a from b."),
        .init(.raiseActive, .unused, .unused, .unused, "raise, without operand."),
        .init(.reraise, .source, .unused, .unused, "Go on raising exception a (consumed) with its traceback as it is."),
        .init(.excEnter, .base, .unused, .unused, throws: false, "Handler entry: regs[a] = exception handled so far, regs[a+1] = the raised one, which is now the one handled."),
        .init(.excLeave, .base, .unused, .unused, throws: false, "Handler exit: the exception handled is regs[a] again; drops both registers."),
        .init(.excMatch, .source, .source, .jump16, "Jump unless exception a is an instance of class or tuple b (consumeB)."),
        .init(.loadAssertionError, .destination, .unused, .unused, throws: false, "a = AssertionError, whatever the name is bound to."),
        .init(.withEnter, .destination, .source, .destination, "c = b.__exit__, bound; a = b.__enter__(). Flags consumeB."),
        .init(.withExit, .destination, .source, .source, "a = b(type, value, traceback) of exception c, or b(None, None, None) by flag (then c is unused); b is always consumed, c never."),
        .init(.keepLocals, .count, .unused, .unused, throws: false, "Before a return: when an exception that was handled in this frame is still referred to, its traceback takes over the locals (register a, which is returned, is copied; 65535 = none)."),

        .init(.importName, .destination, .name, .unused, "a = module named names[b]."),
        .init(.importFrom, .destination, .source, .name, "a = attribute names[c] of module b; ImportError when it has none."),
        .init(.invalid, .unused, .unused, .unused, "Never emitted."),
    ]
}

/// A 64-bit instruction word and its fields.
public struct Instruction: Sendable, Equatable {
    public var word: UInt64

    @inlinable public init(word: UInt64) { self.word = word }

    public init(_ opcode: Opcode, x: UInt8 = 0, a: Int = 0, b: Int = 0, c: Int = 0) {
        word = UInt64(opcode.rawValue) | UInt64(x) << 8 | UInt64(UInt16(truncatingIfNeeded: a)) << 16
            | UInt64(UInt16(truncatingIfNeeded: b)) << 32 | UInt64(UInt16(truncatingIfNeeded: c)) << 48
    }

    /// An instruction whose `b:c` is one signed 32-bit number.
    public init(_ opcode: Opcode, x: UInt8 = 0, a: Int = 0, wide: Int32) {
        word = UInt64(opcode.rawValue) | UInt64(x) << 8 | UInt64(UInt16(truncatingIfNeeded: a)) << 16
            | UInt64(UInt32(bitPattern: wide)) << 32
    }

    public var opcode: Opcode? { Opcode(rawValue: UInt8(truncatingIfNeeded: word)) }
    public var x: UInt8 { UInt8(truncatingIfNeeded: word >> 8) }
    public var a: Int { Int(UInt16(truncatingIfNeeded: word >> 16)) }
    public var b: Int { Int(UInt16(truncatingIfNeeded: word >> 32)) }
    public var c: Int { Int(UInt16(truncatingIfNeeded: word >> 48)) }
    /// `c` as a signed jump offset in words.
    public var jump16: Int { Int(Int16(truncatingIfNeeded: word >> 48)) }
    /// `b:c` as a signed 32-bit number.
    public var wide: Int { Int(Int32(truncatingIfNeeded: word >> 32)) }
}
