// What gild does not run yet, refused by name at compile time instead of failing in some other way later.

/// Special methods that the runtime calls.
private let dispatchedMethods: Set<String> = {
    var result: Set<String> = [
        "init", "del", "repr", "str", "eq", "ne", "lt", "le", "gt", "ge", "hash", "bool", "len", "getitem", "setitem",
        "delitem", "contains", "iter", "next", "reversed", "enter", "exit", "call", "format", "index", "int", "float", "abs",
        "round", "trunc", "floor", "ceil", "neg", "pos", "invert", "divmod", "rdivmod", "length_hint",
    ]
    for name in ["add", "sub", "mul", "matmul", "truediv", "floordiv", "mod", "pow", "lshift", "rshift", "and", "or", "xor"] {
        result.formUnion([name, "r" + name, "i" + name])
    }
    return Set(result.map { "__\($0)__" })
}()

/// Attributes of a class body that mean nothing special to gild but do no harm.
private let plainClassAttributes: Set<String> = ["__doc__", "__module__", "__qualname__", "__name__", "__version__", "__author__", "__all__"]

private let refusedAttributes: Set<String> = [
    "__dict__", "__slots__", "__annotations__", "__code__", "__closure__", "__globals__", "__defaults__", "__kwdefaults__",
    "__weakref__", "__getattribute__", "__getattr__", "__setattr__", "__delattr__", "__new__", "__subclasses__", "__reduce__",
    "__reduce_ex__", "__getstate__", "__setstate__", "__getnewargs__", "__init_subclass__",
    "__subclasshook__", "__class_getitem__", "__get__", "__set__", "__delete__", "__set_name__", "__missing__", "__dir__",
    "__sizeof__", "__wrapped__", "__builtins__", "__type_params__", "tb_frame", "tb_next", "tb_lineno", "f_locals",
    "f_globals", "f_back",
]

private let refusedBuiltins: Set<String> = [
    "open", "eval", "exec", "compile", "globals", "locals", "vars", "property", "classmethod", "staticmethod", "memoryview",
    "bytearray", "complex", "__import__", "breakpoint", "aiter", "anext", "help", "dir",
]

private let importableModules: Set<String> = ["sys", "time", "threading", "math", "gc", "gild"]

private let futureFeatures: Set<String> = [
    "nested_scopes", "generators", "division", "absolute_import", "with_statement", "print_function", "unicode_literals",
    "barry_as_FLUFL", "generator_stop", "annotations",
]

extension Compiler {
    private func isSpecial(_ name: String) -> Bool { name.count > 4 && name.hasPrefix("__") && name.hasSuffix("__") }

    /// A literal that did not fold.
    func rejectLiteral(_ constant: Constant, _ id: NodeID) throws(Diagnostic) {
        switch constant {
        case .imaginary: throw unsupported("complex numbers", id)
        default: break
        }
    }

    /// Reading a builtin that gild lacks, unless the file binds the name itself.
    func checkBuiltin(_ name: String, _ id: NodeID) throws(Diagnostic) {
        if refusedBuiltins.contains(name) && !boundGlobals.contains(name) { throw unsupported("the builtin '\(name)'", id) }
    }

    func checkAttribute(_ name: String, _ id: NodeID) throws(Diagnostic) {
        if refusedAttributes.contains(name) { throw unsupported("the attribute '\(name)'", id) }
    }

    /// A function definition in a class body.
    func checkMethodName(_ name: String, _ id: NodeID) throws(Diagnostic) {
        if isSpecial(name) && !dispatchedMethods.contains(name) { throw unsupported("the special method '\(name)'", id) }
    }

    /// An assignment to a name, which in a class body makes an attribute of the class.
    func checkClassAttribute(_ name: String, _ id: NodeID) throws(Diagnostic) {
        guard symbols.scopes[currentScope].kind == .classBody, isSpecial(name) else { return }
        if !dispatchedMethods.contains(name) && !plainClassAttributes.contains(name) {
            throw unsupported("the class attribute '\(name)'", id)
        }
    }

    func checkModule(_ name: String, _ range: SourceRange) throws(Diagnostic) {
        if name.contains(".") { throw unsupported("importing a submodule ('\(name)')", range) }
        if !importableModules.contains(name) && !modules.contains(name) {
            let plugins = modules.isEmpty ? "" : ", and from plugins \(modules.sorted().joined(separator: ", "))"
            throw unsupported("the module '\(name)'", hint: "it has gc, gild, math, sys, threading and time\(plugins)", range)
        }
    }

    /// The `from __future__` imports at the head of the file, after the docstring.
    func readFutureImports() throws(Diagnostic) {
        var statements = tree.body[...]
        if docstring(of: tree.body) != nil { statements = statements.dropFirst() }
        for id in statements {
            guard case .importFrom(module: "__future__", names: let aliases, level: 0) = tree.statement(id) else { return }
            for alias in aliases where !futureFeatures.contains(alias.name) {
                let message = alias.name == "braces" ? "not a chance" : "future feature \(alias.name) is not defined"
                var range = tree.range(id)
                (range.endLine, range.endColumn) = (range.line, range.column + 1)
                throw Diagnostic(kind: .syntaxError, message: message, source: source, range: range)
            }
            if aliases.contains(where: { $0.name == "annotations" }) { hasFutureAnnotations = true }
            lastFutureLine = tree.range(id).line
        }
    }
}
