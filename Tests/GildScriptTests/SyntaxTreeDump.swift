// A syntax tree as text, one node a line, in the form that `oracleDumpProgram` prints for CPython's own
// tree of the same source. Equal texts mean equal trees.

@testable import GildScript

/// The Python program that dumps `ast.parse` of each file named on its command line.
let oracleDumpProgram = #"""
    import ast, json, struct, sys

    def scalar(value):
        if isinstance(value, str): return json.dumps(value)
        if isinstance(value, bytes): return "bytes:" + value.hex()
        if isinstance(value, float): return "float:" + struct.pack(">d", value).hex()
        if isinstance(value, complex): return "imaginary:" + struct.pack(">d", value.imag).hex()
        return repr(value)

    hidden = {"ctx", "type_comment", "type_ignores"}
    # Before 3.12 the places inside f-strings were wrong.
    exact = sys.version_info >= (3, 12)

    def dump(node, depth, label, placed, out):
        line = "  " * depth + label
        if node is None:
            out.append(line + "None")
            return
        line += type(node).__name__
        if hasattr(node, "lineno") and placed:
            line += " %d:%d-%d:%d" % (
                node.lineno, node.col_offset, node.end_lineno, node.end_col_offset)
        if isinstance(node, ast.JoinedStr) and not exact: placed = False
        children = []
        for field, value in ast.iter_fields(node):
            if field in hidden: continue
            if isinstance(value, ast.AST):
                if isinstance(value, (ast.operator, ast.unaryop, ast.boolop)):
                    line += " %s=%s" % (field, type(value).__name__)
                else:
                    children.append((field + " ", value))
            elif isinstance(value, list):
                if value and isinstance(value[0], ast.cmpop):
                    line += " ops=" + ",".join(type(v).__name__ for v in value)
                elif value and isinstance(value[0], str):
                    line += " %s=%s" % (field, ",".join(value))
                else:
                    children += [("%s[%d] " % (field, i), v) for i, v in enumerate(value)]
            elif value is None and not (field == "value" and isinstance(node, (ast.Constant, ast.MatchSingleton))):
                continue
            elif field == "conversion" and value == -1:
                continue
            else:
                line += " %s=%s" % (field, scalar(value))
        out.append(line)
        for name, child in children: dump(child, depth + 1, name, placed, out)

    sys.setrecursionlimit(100000)
    if hasattr(sys, "set_int_max_str_digits"): sys.set_int_max_str_digits(0)
    for path in sys.argv[1:]:
        out = []
        with open(path, "rb") as file: dump(ast.parse(file.read()), 0, "", True, out)
        print("#", path)
        print("\n".join(out))
    """#

struct SyntaxTreeDump {
    let tree: SyntaxTree
    /// Whether places inside f-strings are shown.
    let placesInFormattedStrings: Bool
    private var lines: [String] = []
    private var depth = 0
    private var hidesPlaces = false

    init(_ tree: SyntaxTree, placesInFormattedStrings: Bool = true) {
        self.tree = tree
        self.placesInFormattedStrings = placesInFormattedStrings
    }

    static func text(of tree: SyntaxTree, placesInFormattedStrings: Bool = true) -> String {
        var dump = SyntaxTreeDump(tree, placesInFormattedStrings: placesInFormattedStrings)
        dump.lines.append("Module")
        dump.children { $0.nodes("body", tree.body) }
        return dump.lines.joined(separator: "\n")
    }

    private mutating func open(_ label: String, _ type: String, _ range: SourceRange?, _ fields: String = "") {
        var line = String(repeating: "  ", count: depth) + label + type
        if let range, !hidesPlaces {
            line += " \(range.line):\(range.column)-\(range.endLine):\(range.endColumn)"
        }
        lines.append(line + fields)
    }

    private mutating func children(_ body: (inout SyntaxTreeDump) -> Void) {
        depth += 1
        body(&self)
        depth -= 1
    }

    private mutating func nodes(_ field: String, _ ids: [NodeID?]) {
        for (index, id) in ids.enumerated() {
            if let id {
                node("\(field)[\(index)] ", id)
            } else {
                lines.append(String(repeating: "  ", count: depth) + "\(field)[\(index)] None")
            }
        }
    }

    private mutating func node(_ field: String, optional id: NodeID?) {
        if let id { node(field + " ", id) }
    }

    private mutating func node(_ label: String, _ id: NodeID) {
        let range = tree.range(id)
        switch tree.nodes[Int(id.rawValue)].content {
        case .expression(let expression): dump(expression, label, range)
        case .statement(let statement): dump(statement, label, range)
        case .pattern(let pattern): dump(pattern, label, range)
        }
    }

    // MARK: Names and values

    static func quoted(_ points: [UInt32]) -> String {
        var result = "\""
        func escape(_ unit: UInt32) {
            let digits = String(unit, radix: 16)
            result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
        }
        for point in points {
            switch point {
            case 0x22: result += "\\\""
            case 0x5C: result += "\\\\"
            case 0x0A: result += "\\n"
            case 0x0D: result += "\\r"
            case 0x09: result += "\\t"
            case 0x08: result += "\\b"
            case 0x0C: result += "\\f"
            case 0x20...0x7E: result.unicodeScalars.append(Unicode.Scalar(point)!)
            case 0x10000...:
                escape(0xD800 + (point - 0x10000) >> 10)
                escape(0xDC00 + (point - 0x10000) & 0x3FF)
            default: escape(point)
            }
        }
        return result + "\""
    }

    private static func quoted(_ text: String) -> String { quoted(text.unicodeScalars.map(\.value)) }

    private static func hexadecimal(_ bytes: [UInt8]) -> String {
        bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }

    private static func hexadecimal(_ value: Double) -> String {
        let digits = String(value.bitPattern, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }

    private func value(_ constant: Constant) -> String {
        switch constant {
        case .noneValue: "None"
        case .bool(let value): value ? "True" : "False"
        case .ellipsis: "Ellipsis"
        case .integer(let value): value.description
        case .float(let value): "float:" + Self.hexadecimal(value)
        case .imaginary(let value): "imaginary:" + Self.hexadecimal(value)
        case .string(.text(let text)): Self.quoted(text)
        case .string(.codePoints(let points)): Self.quoted(points)
        case .bytes(let bytes): "bytes:" + Self.hexadecimal(bytes)
        }
    }

    private func name(_ operation: BinaryOperator) -> String {
        switch operation {
        case .add: "Add"
        case .subtract: "Sub"
        case .multiply: "Mult"
        case .matrixMultiply: "MatMult"
        case .divide: "Div"
        case .modulo: "Mod"
        case .power: "Pow"
        case .leftShift: "LShift"
        case .rightShift: "RShift"
        case .bitOr: "BitOr"
        case .bitXor: "BitXor"
        case .bitAnd: "BitAnd"
        case .floorDivide: "FloorDiv"
        }
    }

    private func name(_ operation: ComparisonOperator) -> String {
        switch operation {
        case .equal: "Eq"
        case .notEqual: "NotEq"
        case .less: "Lt"
        case .lessOrEqual: "LtE"
        case .greater: "Gt"
        case .greaterOrEqual: "GtE"
        case .identical: "Is"
        case .notIdentical: "IsNot"
        case .contained: "In"
        case .notContained: "NotIn"
        }
    }

    private func name(_ operation: UnaryOperator) -> String {
        switch operation {
        case .not: "Not"
        case .negate: "USub"
        case .positive: "UAdd"
        case .invert: "Invert"
        }
    }

    // MARK: Expressions

    private mutating func dump(_ expression: Expression, _ label: String, _ range: SourceRange) {
        func single(_ type: String, _ field: String, _ child: NodeID?) {
            open(label, type, range)
            children { $0.node(field, optional: child) }
        }
        switch expression {
        case .constant(let constant, let isUnicodePrefixed):
            open(
                label, "Constant", range,
                " value=\(value(constant))" + (isUnicodePrefixed ? " kind=\"u\"" : ""))
        case .name(let name): open(label, "Name", range, " id=\(Self.quoted(name))")
        case .formattedString(let parts):
            open(label, "JoinedStr", range)
            let before = hidesPlaces
            if !placesInFormattedStrings { hidesPlaces = true }
            children { $0.nodes("values", parts) }
            hidesPlaces = before
        case .formattedValue(let value, let conversion, let specification):
            open(
                label, "FormattedValue", range,
                conversion == .none ? "" : " conversion=\(conversion.rawValue)")
            children {
                $0.node("value ", value)
                $0.node("format_spec", optional: specification)
            }
        case .attribute(let value, let name):
            open(label, "Attribute", range, " attr=\(Self.quoted(name))")
            children { $0.node("value ", value) }
        case .subscripted(let value, let index):
            open(label, "Subscript", range)
            children {
                $0.node("value ", value)
                $0.node("slice ", index)
            }
        case .slice(let lower, let upper, let step):
            open(label, "Slice", range)
            children {
                $0.node("lower", optional: lower)
                $0.node("upper", optional: upper)
                $0.node("step", optional: step)
            }
        case .call(let function, let arguments, let keywords):
            open(label, "Call", range)
            children {
                $0.node("func ", function)
                $0.nodes("args", arguments)
                $0.dump(keywords)
            }
        case .unary(let operation, let operand):
            open(label, "UnaryOp", range, " op=\(name(operation))")
            children { $0.node("operand ", operand) }
        case .binary(let left, let operation, let right):
            open(label, "BinOp", range, " op=\(name(operation))")
            children {
                $0.node("left ", left)
                $0.node("right ", right)
            }
        case .boolean(let operation, let operands):
            open(label, "BoolOp", range, " op=\(operation == .and ? "And" : "Or")")
            children { $0.nodes("values", operands) }
        case .comparison(let first, let operators, let comparators):
            let names = operators.map { name($0) }.joined(separator: ",")
            open(label, "Compare", range, " ops=\(names)")
            children {
                $0.node("left ", first)
                $0.nodes("comparators", comparators)
            }
        case .conditional(let condition, let body, let otherwise):
            open(label, "IfExp", range)
            children {
                $0.node("test ", condition)
                $0.node("body ", body)
                $0.node("orelse ", otherwise)
            }
        case .lambda(let parameters, let body):
            open(label, "Lambda", range)
            children {
                $0.dump(parameters)
                $0.node("body ", body)
            }
        case .assignment(let target, let value):
            open(label, "NamedExpr", range)
            children {
                $0.node("target ", target)
                $0.node("value ", value)
            }
        case .list(let items):
            open(label, "List", range)
            children { $0.nodes("elts", items) }
        case .tuple(let items):
            open(label, "Tuple", range)
            children { $0.nodes("elts", items) }
        case .set(let items):
            open(label, "Set", range)
            children { $0.nodes("elts", items) }
        case .dictionary(let entries):
            open(label, "Dict", range)
            children {
                $0.nodes("keys", entries.map(\.key))
                $0.nodes("values", entries.map(\.value))
            }
        case .listComprehension(let element, let clauses):
            open(label, "ListComp", range)
            children {
                $0.node("elt ", element)
                $0.dump(clauses)
            }
        case .setComprehension(let element, let clauses):
            open(label, "SetComp", range)
            children {
                $0.node("elt ", element)
                $0.dump(clauses)
            }
        case .dictionaryComprehension(let key, let value, let clauses):
            open(label, "DictComp", range)
            children {
                $0.node("key ", key)
                $0.node("value ", value)
                $0.dump(clauses)
            }
        case .generator(let element, let clauses):
            open(label, "GeneratorExp", range)
            children {
                $0.node("elt ", element)
                $0.dump(clauses)
            }
        case .starred(let value): single("Starred", "value", value)
        case .yield(let value): single("Yield", "value", value)
        case .yieldFrom(let value): single("YieldFrom", "value", value)
        case .await(let value): single("Await", "value", value)
        }
    }

    private mutating func dump(_ keywords: [KeywordArgument]) {
        for (index, keyword) in keywords.enumerated() {
            open(
                "keywords[\(index)] ", "keyword", keyword.range,
                keyword.name.map { " arg=\(Self.quoted($0))" } ?? "")
            children { $0.node("value ", keyword.value) }
        }
    }

    private mutating func dump(_ clauses: [ComprehensionClause]) {
        for (index, clause) in clauses.enumerated() {
            open(
                "generators[\(index)] ", "comprehension", nil,
                " is_async=\(clause.isAsync ? 1 : 0)")
            children {
                $0.node("target ", clause.target)
                $0.node("iter ", clause.iterable)
                $0.nodes("ifs", clause.conditions)
            }
        }
    }

    private mutating func dump(_ label: String, _ parameter: Parameter) {
        open(label, "arg", parameter.range, " arg=\(Self.quoted(parameter.name))")
        children { $0.node("annotation", optional: parameter.annotation) }
    }

    private mutating func dump(_ parameters: Parameters) {
        func list(_ field: String, _ parameters: [Parameter]) {
            for (index, parameter) in parameters.enumerated() {
                dump("\(field)[\(index)] ", parameter)
            }
        }
        open("args ", "arguments", nil)
        depth += 1
        list("posonlyargs", parameters.positionalOnly)
        list("args", parameters.positional)
        if let variadic = parameters.variadic { dump("vararg ", variadic) }
        list("kwonlyargs", parameters.keywordOnly)
        nodes("kw_defaults", parameters.keywordOnlyDefaults)
        if let keywordVariadic = parameters.keywordVariadic { dump("kwarg ", keywordVariadic) }
        nodes("defaults", parameters.defaults)
        depth -= 1
    }

    // MARK: Statements

    private mutating func dump(_ statement: Statement, _ label: String, _ range: SourceRange) {
        func plain(_ type: String, _ fields: String = "") { open(label, type, range, fields) }
        switch statement {
        case .expression(let value):
            plain("Expr")
            children { $0.node("value ", value) }
        case .assign(let targets, let value):
            plain("Assign")
            children {
                $0.nodes("targets", targets)
                $0.node("value ", value)
            }
        case .augmentedAssign(let target, let operation, let value):
            plain("AugAssign", " op=\(name(operation))")
            children {
                $0.node("target ", target)
                $0.node("value ", value)
            }
        case .annotatedAssign(let target, let annotation, let value, let isSimple):
            plain("AnnAssign", " simple=\(isSimple ? 1 : 0)")
            children {
                $0.node("target ", target)
                $0.node("annotation ", annotation)
                $0.node("value", optional: value)
            }
        case .delete(let targets):
            plain("Delete")
            children { $0.nodes("targets", targets) }
        case .pass: plain("Pass")
        case .break: plain("Break")
        case .continue: plain("Continue")
        case .return(let value):
            plain("Return")
            children { $0.node("value", optional: value) }
        case .raise(let exception, let cause):
            plain("Raise")
            children {
                $0.node("exc", optional: exception)
                $0.node("cause", optional: cause)
            }
        case .global(let names): plain("Global", " names=" + names.joined(separator: ","))
        case .nonlocal(let names): plain("Nonlocal", " names=" + names.joined(separator: ","))
        case .assert(let condition, let message):
            plain("Assert")
            children {
                $0.node("test ", condition)
                $0.node("msg", optional: message)
            }
        case .if(let condition, let body, let otherwise):
            plain("If")
            children {
                $0.node("test ", condition)
                $0.nodes("body", body)
                $0.nodes("orelse", otherwise)
            }
        case .while(let condition, let body, let otherwise):
            plain("While")
            children {
                $0.node("test ", condition)
                $0.nodes("body", body)
                $0.nodes("orelse", otherwise)
            }
        case .for(let target, let iterable, let body, let otherwise, let isAsync):
            plain(isAsync ? "AsyncFor" : "For")
            children {
                $0.node("target ", target)
                $0.node("iter ", iterable)
                $0.nodes("body", body)
                $0.nodes("orelse", otherwise)
            }
        case .try(let body, let handlers, let otherwise, let finally):
            plain("Try")
            children {
                $0.nodes("body", body)
                for (index, handler) in handlers.enumerated() {
                    $0.open(
                        "handlers[\(index)] ", "ExceptHandler", handler.range,
                        handler.name.map { " name=\(Self.quoted($0))" } ?? "")
                    $0.children {
                        $0.node("type", optional: handler.type)
                        $0.nodes("body", handler.body)
                    }
                }
                $0.nodes("orelse", otherwise)
                $0.nodes("finalbody", finally)
            }
        case .with(let items, let body, let isAsync):
            plain(isAsync ? "AsyncWith" : "With")
            children {
                for (index, item) in items.enumerated() {
                    $0.open("items[\(index)] ", "withitem", nil)
                    $0.children {
                        $0.node("context_expr ", item.context)
                        $0.node("optional_vars", optional: item.target)
                    }
                }
                $0.nodes("body", body)
            }
        case .function(let function):
            plain(
                function.isAsync ? "AsyncFunctionDef" : "FunctionDef",
                " name=\(Self.quoted(function.name))")
            children {
                $0.dump(function.parameters)
                $0.nodes("body", function.body)
                $0.nodes("decorator_list", function.decorators)
                $0.node("returns", optional: function.returns)
                $0.dump(function.typeParameters)
            }
        case .classDefinition(let definition):
            plain("ClassDef", " name=\(Self.quoted(definition.name))")
            children {
                $0.nodes("bases", definition.bases)
                $0.dump(definition.keywords)
                $0.nodes("body", definition.body)
                $0.nodes("decorator_list", definition.decorators)
                $0.dump(definition.typeParameters)
            }
        case .importModules(let aliases):
            plain("Import")
            children { $0.dump(aliases) }
        case .importFrom(let module, let names, let level):
            plain(
                "ImportFrom",
                (module.map { " module=\(Self.quoted($0))" } ?? "") + " level=\(level)")
            children { $0.dump(names) }
        case .match(let subject, let cases):
            plain("Match")
            children {
                $0.node("subject ", subject)
                for (index, matchCase) in cases.enumerated() {
                    $0.open("cases[\(index)] ", "match_case", nil)
                    $0.children {
                        $0.node("pattern ", matchCase.pattern)
                        $0.node("guard", optional: matchCase.guard)
                        $0.nodes("body", matchCase.body)
                    }
                }
            }
        case .typeAlias(let name, let typeParameters, let value):
            plain("TypeAlias")
            children {
                $0.node("name ", name)
                $0.dump(typeParameters)
                $0.node("value ", value)
            }
        }
    }

    private mutating func dump(_ aliases: [ImportAlias]) {
        for (index, alias) in aliases.enumerated() {
            open(
                "names[\(index)] ", "alias", alias.range,
                " name=\(Self.quoted(alias.name))"
                    + (alias.asName.map { " asname=\(Self.quoted($0))" } ?? ""))
        }
    }

    private mutating func dump(_ parameters: [TypeParameter]) {
        for (index, parameter) in parameters.enumerated() {
            let type =
                switch parameter.kind {
                case .typeVariable: "TypeVar"
                case .typeVariableTuple: "TypeVarTuple"
                case .parameterSpecification: "ParamSpec"
                }
            open(
                "type_params[\(index)] ", type, parameter.range,
                " name=\(Self.quoted(parameter.name))")
            children {
                $0.node("bound", optional: parameter.bound)
                $0.node("default_value", optional: parameter.defaultValue)
            }
        }
    }

    // MARK: Patterns

    private mutating func dump(_ pattern: Pattern, _ label: String, _ range: SourceRange) {
        switch pattern {
        case .value(let value):
            open(label, "MatchValue", range)
            children { $0.node("value ", value) }
        case .singleton(let constant):
            open(label, "MatchSingleton", range, " value=\(value(constant))")
        case .sequence(let patterns):
            open(label, "MatchSequence", range)
            children { $0.nodes("patterns", patterns) }
        case .mapping(let keys, let patterns, let rest):
            open(label, "MatchMapping", range, rest.map { " rest=\(Self.quoted($0))" } ?? "")
            children {
                $0.nodes("keys", keys)
                $0.nodes("patterns", patterns)
            }
        case .instance(let type, let patterns, let names, let keywordPatterns):
            open(
                label, "MatchClass", range,
                names.isEmpty ? "" : " kwd_attrs=" + names.joined(separator: ","))
            children {
                $0.node("cls ", type)
                $0.nodes("patterns", patterns)
                $0.nodes("kwd_patterns", keywordPatterns)
            }
        case .star(let name):
            open(label, "MatchStar", range, name.map { " name=\(Self.quoted($0))" } ?? "")
        case .capture(let pattern, let name):
            open(label, "MatchAs", range, name.map { " name=\(Self.quoted($0))" } ?? "")
            children { $0.node("pattern", optional: pattern) }
        case .alternatives(let patterns):
            open(label, "MatchOr", range)
            children { $0.nodes("patterns", patterns) }
        }
    }
}
