// Parameters against their description.
//
// A walk over value and type together; its depth is the value's, which the parser has bounded. The server runs it over every
// call's input, so a handler sees only what its interface allows; tests run it over what handlers answer.
//
// Kept loose in two places, as peers write numbers as they like: an `int` may be written `1.0`, a `float` may be written `1`.
// An `object` is any JSON object. Null and absence are the same for `?T`.

/// A parameter that is missing, unknown or of another type.
public struct VarlinkParameterError: Error, Sendable, Equatable, CustomStringConvertible {
    /// Where: `name`, `limits.time`, `list[2]`.
    public var parameter: String
    public var message: String

    public var description: String { "\(parameter): \(message)" }
}

extension VarlinkInterface {
    /// Holds `parameters` (nil counts as `{}`) against the fields of a method's `input` or `output` or an error's `parameters`.
    public func validate(_ parameters: JSONValue?, against fields: [Field]) throws(VarlinkParameterError) {
        try check(parameters ?? .object([:]), .structure(fields), at: "")
    }

    private func check(_ value: JSONValue, _ type: ValueType, at path: String) throws(VarlinkParameterError) {
        func fail(_ wanted: String) -> VarlinkParameterError {
            VarlinkParameterError(parameter: path, message: "\(wanted) expected, not \(value.kind)")
        }
        switch type {
        case .bool: if value.boolValue == nil { throw fail("a bool") }
        case .int: if value.int64Value == nil { throw fail("an int") }
        case .float: if value.doubleValue == nil { throw fail("a float") }
        case .string: if value.stringValue == nil { throw fail("a string") }
        case .object: if value.objectValue == nil { throw fail("an object") }
        case .optional(let type): if !value.isNull { try check(value, type, at: path) }
        case .array(let type):
            guard case .array(let elements) = value else { throw fail("an array") }
            for (index, element) in elements.enumerated() { try check(element, type, at: "\(path)[\(index)]") }
        case .dictionary(let type):
            guard case .object(let members) = value else { throw fail("an object") }
            for (key, member) in members { try check(member, type, at: path.isEmpty ? key : "\(path).\(key)") }
        case .structure(let fields):
            guard case .object(let members) = value else { throw fail("an object") }
            var seen = 0
            for field in fields {
                let path = path.isEmpty ? field.name : "\(path).\(field.name)"
                guard let member = members[field.name] else {
                    if case .optional = field.type { continue }
                    throw VarlinkParameterError(parameter: path, message: "missing")
                }
                seen += 1
                if member.isNull {
                    if case .optional = field.type { continue }
                    throw VarlinkParameterError(parameter: path, message: "missing (null)")
                }
                try check(member, field.type, at: path)
            }
            if seen < members.count {
                let known = Set(fields.map(\.name))
                let unknown = members.keys.filter { !known.contains($0) }.sorted()[0]
                throw VarlinkParameterError(parameter: path.isEmpty ? unknown : "\(path).\(unknown)", message: "unknown")
            }
        case .enumeration(let cases):
            guard let name = value.stringValue else { throw fail("one of its names") }
            guard cases.contains(where: { $0.name == name }) else {
                let names = cases.map(\.name).joined(separator: ", ")
                throw VarlinkParameterError(parameter: path, message: "one of \(names) expected, not '\(name.prefix(64))'")
            }
        case .reference(let name):
            guard let type = self.type(named: name) else {
                throw VarlinkParameterError(parameter: path, message: "there is no type '\(name)'")
            }
            try check(value, type.type, at: path)
        }
    }
}

extension JSONValue {
    /// What kind of value it is, for messages.
    var kind: String {
        switch self {
        case .null: "null"
        case .bool: "a bool"
        case .integer, .double: "a number"
        case .string: "a string"
        case .array: "an array"
        case .object: "an object"
        }
    }
}
