// An interface description, as https://varlink.org/Interface-Definition defines its text.
//
//     # what the interface is for
//     interface io.example.Name
//
//     type Kind (one, two)
//     # what the method does
//     method Look(kind: Kind, names: []string) -> (found: ?[string]int)
//     error NotFound (name: string)
//
// The model keeps what a reader needs: names, types, and the comment that stands directly above an interface, a member, a
// field or a value of an enumeration. Printing writes one layout for equal descriptions, and parsing what was printed gives an
// equal description; comments anywhere else are not kept.

/// A Varlink interface: types, methods and errors under one name.
public struct VarlinkInterface: Sendable, Equatable {
    /// Reverse-domain name, like `org.varlink.service`.
    public var name: String
    /// The comment above, lines separated by newlines, without `#`.
    public var documentation: String
    public var types: [NamedType]
    public var methods: [Method]
    public var errors: [ErrorCase]
    /// The members' names in the order of the text; printing follows it.
    public internal(set) var order: [String]

    /// A struct or an enumeration that has a name.
    public struct NamedType: Sendable, Equatable {
        public var name: String
        public var documentation: String
        /// `.structure` or `.enumeration`.
        public var type: ValueType
    }

    public struct Method: Sendable, Equatable {
        public var name: String
        public var documentation: String
        public var input: [Field]
        public var output: [Field]
    }

    public struct ErrorCase: Sendable, Equatable {
        public var name: String
        public var documentation: String
        public var parameters: [Field]
    }

    public struct Field: Sendable, Equatable {
        public var name: String
        public var documentation: String
        public var type: ValueType
    }

    public struct EnumerationCase: Sendable, Equatable {
        public var name: String
        public var documentation: String
    }

    public indirect enum ValueType: Sendable, Equatable {
        case bool, int, float, string, object
        case optional(ValueType)
        case array(ValueType)
        /// `[string]T`.
        case dictionary(ValueType)
        case structure([Field])
        case enumeration([EnumerationCase])
        case reference(String)

        /// `[string]()`: an object whose members are empty objects.
        public static var set: ValueType { .dictionary(.structure([])) }
    }

    public func method(named name: String) -> Method? { methods.first { $0.name == name } }
    public func type(named name: String) -> NamedType? { types.first { $0.name == name } }
    public func error(named name: String) -> ErrorCase? { errors.first { $0.name == name } }
}

extension VarlinkInterface: CustomStringConvertible {
    public var description: String { formatted() }

    /// The description's text: two spaces of indentation, one blank line between members, a list of fields on one line when it
    /// fits 100 columns and nothing in it is documented. Ends with a newline.
    public func formatted() -> String {
        var printer = VarlinkInterfacePrinter()
        printer.comment(documentation)
        printer.text += "interface \(name)\n"
        for member in order {
            printer.text += "\n"
            if let type = type(named: member) {
                printer.comment(type.documentation)
                printer.text += "type \(type.name) "
                printer.write(type.type)
            } else if let method = method(named: member) {
                printer.comment(method.documentation)
                printer.text += "method \(method.name)"
                printer.write(fields: method.input)
                printer.text += " -> "
                printer.write(fields: method.output)
            } else if let error = error(named: member) {
                printer.comment(error.documentation)
                printer.text += "error \(error.name) "
                printer.write(fields: error.parameters)
            }
            printer.text += "\n"
        }
        return printer.text
    }
}

struct VarlinkInterfacePrinter {
    static let columns = 100
    var text = ""
    var indentation = 0

    mutating func comment(_ documentation: String) {
        guard !documentation.isEmpty else { return }
        for line in documentation.split(separator: "\n", omittingEmptySubsequences: false) {
            text += String(repeating: " ", count: indentation) + (line.isEmpty ? "#\n" : "# \(line)\n")
        }
    }

    mutating func write(_ type: VarlinkInterface.ValueType) {
        switch type {
        case .bool: text += "bool"
        case .int: text += "int"
        case .float: text += "float"
        case .string: text += "string"
        case .object: text += "object"
        case .reference(let name): text += name
        case .optional(let type):
            text += "?"
            write(type)
        case .array(let type):
            text += "[]"
            write(type)
        case .dictionary(let type):
            text += "[string]"
            write(type)
        case .structure(let fields): write(fields: fields)
        case .enumeration(let cases):
            list(cases, documentation: \.documentation, hasNestedDocumentation: { _ in false }) { printer, item in
                printer.text += item.name
            }
        }
    }

    mutating func write(fields: [VarlinkInterface.Field]) {
        list(fields, documentation: \.documentation, hasNestedDocumentation: { $0.type.isDocumented }) { printer, field in
            printer.text += "\(field.name): "
            printer.write(field.type)
        }
    }

    private mutating func list<Item>(
        _ items: [Item], documentation: (Item) -> String, hasNestedDocumentation: (Item) -> Bool,
        write: (inout VarlinkInterfacePrinter, Item) -> Void
    ) {
        if items.allSatisfy({ documentation($0).isEmpty && !hasNestedDocumentation($0) }) {
            var line = VarlinkInterfacePrinter()
            line.indentation = indentation
            for (index, item) in items.enumerated() {
                line.text += index == 0 ? "" : ", "
                write(&line, item)
            }
            let column = text.utf8.reversed().prefix { $0 != 0x0a }.count
            if items.isEmpty || !line.text.utf8.contains(0x0a) && column + line.text.utf8.count + 2 <= Self.columns {
                text += "(\(line.text))"
                return
            }
        }
        text += "(\n"
        indentation += 2
        for (index, item) in items.enumerated() {
            comment(documentation(item))
            text += String(repeating: " ", count: indentation)
            write(&self, item)
            text += index == items.count - 1 ? "\n" : ",\n"
        }
        indentation -= 2
        text += String(repeating: " ", count: indentation) + ")"
    }
}

extension VarlinkInterface.ValueType {
    var isDocumented: Bool {
        switch self {
        case .bool, .int, .float, .string, .object, .reference: false
        case .optional(let type), .array(let type), .dictionary(let type): type.isDocumented
        case .structure(let fields): fields.contains { !$0.documentation.isEmpty || $0.type.isDocumented }
        case .enumeration(let cases): cases.contains { !$0.documentation.isEmpty }
        }
    }
}
