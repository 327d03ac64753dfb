// Text of an interface description to its model.
//
// A scanner over the bytes with a line and a column, a recursive descent over the grammar of
// https://varlink.org/Interface-Definition, then three checks over the whole: member names are used once, every reference has
// its type, and no type contains itself without an optional, an array or a dictionary between (such a value would have no
// end). Nesting is bounded, for the text may come from a peer.

/// Why a text is no interface description, and where.
public struct VarlinkInterfaceError: Error, Sendable, Equatable, CustomStringConvertible {
    public enum Code: String, Sendable {
        case syntax, invalidName, duplicateName, unresolvedReference, endlessType, nestingTooDeep
    }

    public var code: Code
    /// From 1.
    public var line: Int
    /// In bytes, from 1.
    public var column: Int
    public var message: String

    public var description: String { "\(line):\(column): \(message)" }
}

extension VarlinkInterface {
    /// Structs and enumerations inside one another, and `?`, `[]` and `[string]` in a row, together.
    public static let maximumNesting = 32

    public init(parsing text: String) throws(VarlinkInterfaceError) {
        var parser = VarlinkInterfaceParser(text)
        self = try parser.interface()
        try parser.check(self)
    }
}

struct VarlinkInterfaceParser {
    struct Place {
        var line = 1
        var column = 1
    }

    private let bytes: [UInt8]
    private var index = 0
    private var place = Place()
    private var nesting = 0
    /// Comment lines directly above what comes next; a blank line drops them.
    private var comments: [String] = []
    /// Where each reference stands, for the errors that are found at the end.
    private var references: [(name: String, place: Place)] = []
    private var typePlaces: [String: Place] = [:]

    init(_ text: String) {
        bytes = Array(text.utf8)
    }

    private func error(_ code: VarlinkInterfaceError.Code, _ message: String, at place: Place? = nil) -> VarlinkInterfaceError {
        let place = place ?? self.place
        return VarlinkInterfaceError(code: code, line: place.line, column: place.column, message: message)
    }

    // MARK: Scanner

    private var current: UInt8? { index < bytes.count ? bytes[index] : nil }

    private mutating func advance() {
        if bytes[index] == 0x0a {
            place.line += 1
            place.column = 1
        } else {
            place.column += 1
        }
        index += 1
    }

    /// Skips white space and comments and gathers the comments that stand directly above what follows.
    private mutating func skipSpace() {
        comments = []
        var newlines = 0
        while let byte = current {
            switch byte {
            case 0x20, 0x09, 0x0d: advance()
            case 0x0a:
                newlines += 1
                if newlines > 1 { comments = [] }
                advance()
            case UInt8(ascii: "#"):
                let ownLine = newlines > 0 || place.column == 1 || comments.isEmpty && index == 0
                advance()
                if current == 0x20 { advance() }
                let start = index
                while let byte = current, byte != 0x0a { advance() }
                var line = String(decoding: bytes[start..<index], as: UTF8.self)
                while let last = line.unicodeScalars.last, last == " " || last == "\t" || last == "\r" {
                    line.unicodeScalars.removeLast()
                }
                if ownLine { comments.append(line) }
                newlines = 0
            default: return
            }
        }
    }

    private mutating func documentation() -> String {
        defer { comments = [] }
        // Empty lines at either end say nothing, and a comment of nothing else is none.
        let lines = comments.drop { $0.isEmpty }
        return lines.prefix(lines.lastIndex { !$0.isEmpty }.map { $0 - lines.startIndex + 1 } ?? 0).joined(separator: "\n")
    }

    private mutating func take(_ text: StaticString) -> Bool {
        let count = text.utf8CodeUnitCount
        guard index + count <= bytes.count, (0..<count).allSatisfy({ bytes[index + $0] == text.utf8Start[$0] }) else { return false }
        for _ in 0..<count { advance() }
        return true
    }

    private mutating func expect(_ text: StaticString) throws(VarlinkInterfaceError) {
        skipSpace()
        guard take(text) else { throw error(.syntax, "'\(text)' expected\(found)") }
    }

    private var found: String {
        guard let byte = current else { return " at the end of the text" }
        return byte > 0x20 && byte < 0x7f ? ", found '\(Character(Unicode.Scalar(byte)))'" : ", found byte \(byte)"
    }

    private static func isLetter(_ byte: UInt8) -> Bool { (0x61...0x7a).contains(byte | 0x20) }
    private static func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }

    /// Letters, digits and what is in `others`.
    private mutating func word(_ others: String = "") -> String {
        let start = index
        while let byte = current, Self.isLetter(byte) || Self.isDigit(byte) || others.utf8.contains(byte) { advance() }
        return String(decoding: bytes[start..<index], as: UTF8.self)
    }

    // MARK: Names

    /// `[A-Za-z](-*[A-Za-z0-9])*(\.[A-Za-z0-9](-*[A-Za-z0-9])*)+`
    private mutating func interfaceName() throws(VarlinkInterfaceError) -> String {
        skipSpace()
        let start = place
        let name = word(".-")
        guard Self.isInterfaceName(name) else {
            throw error(.invalidName, "'\(name)' is no name of an interface, like org.example.Name", at: start)
        }
        return name
    }

    static func isInterfaceName(_ name: String) -> Bool {
        let parts = name.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        guard parts.count >= 2, let first = name.utf8.first, isLetter(first) else { return false }
        return parts.allSatisfy { part in
            guard let first = part.first, let last = part.last else { return false }
            return first != UInt8(ascii: "-") && last != UInt8(ascii: "-")
                && part.allSatisfy { isLetter($0) || isDigit($0) || $0 == UInt8(ascii: "-") }
        }
    }

    /// `[A-Z][A-Za-z0-9]*`
    static func isMemberName(_ name: String) -> Bool {
        guard let first = name.utf8.first, (0x41...0x5a).contains(first) else { return false }
        return name.utf8.allSatisfy { isLetter($0) || isDigit($0) }
    }

    private mutating func memberName(_ what: String) throws(VarlinkInterfaceError) -> String {
        skipSpace()
        let start = place
        let name = word("_-")
        if name.isEmpty { throw error(.invalidName, "the name of \(what) expected\(found)", at: start) }
        guard Self.isMemberName(name) else {
            throw error(.invalidName, "'\(name)' is no name of \(what): a capital letter, then letters and digits", at: start)
        }
        return name
    }

    /// `[A-Za-z](_?[A-Za-z0-9])*`
    private mutating func fieldName() throws(VarlinkInterfaceError) -> String {
        let start = place
        let name = word("_-")
        let bytes = Array(name.utf8)
        let isName = bytes.first.map(Self.isLetter) == true && bytes.last != UInt8(ascii: "_") && !bytes.contains(UInt8(ascii: "-"))
            && !zip(bytes, bytes.dropFirst()).contains { $0 == UInt8(ascii: "_") && $1 == UInt8(ascii: "_") }
        if name.isEmpty { throw error(.invalidName, "the name of a field expected\(found)", at: start) }
        guard isName else {
            let rule = "a letter, then letters, digits and single underscores between them"
            throw error(.invalidName, "'\(name)' is no name of a field: \(rule)", at: start)
        }
        return name
    }

    // MARK: Grammar

    mutating func interface() throws(VarlinkInterfaceError) -> VarlinkInterface {
        if bytes.starts(with: [0xef, 0xbb, 0xbf]) { index = 3 }
        skipSpace()
        let documentation = documentation()
        guard word() == "interface" else { throw error(.syntax, "'interface' expected at the start", at: place) }
        var interface = VarlinkInterface(
            name: try interfaceName(), documentation: documentation, types: [], methods: [], errors: [], order: [])
        var names: Set<String> = []
        while true {
            skipSpace()
            guard current != nil else { break }
            let documentation = self.documentation()
            let start = place
            let keyword = word("_-")
            guard ["type", "method", "error"].contains(keyword) else {
                throw error(.syntax, "'type', 'method' or 'error' expected" + (keyword.isEmpty ? found : ", found '\(keyword)'"), at: start)
            }
            skipSpace()
            let namePlace = place
            let name = try memberName("a \(keyword)")
            guard names.insert(name).inserted else { throw error(.duplicateName, "a second member '\(name)'", at: namePlace) }
            interface.order.append(name)
            switch keyword {
            case "type":
                typePlaces[name] = namePlace
                skipSpace()
                guard current == UInt8(ascii: "(") else { throw error(.syntax, "a type has a list in parentheses\(found)") }
                interface.types.append(.init(name: name, documentation: documentation, type: try list()))
            case "method":
                let input = try fields()
                try expect("->")
                interface.methods.append(.init(name: name, documentation: documentation, input: input, output: try fields()))
            default:
                // The parameters of an error may be left out (as systemd's descriptions do); they are printed as `()`.
                skipSpace()
                let parameters = current == UInt8(ascii: "(") ? try fields() : []
                interface.errors.append(.init(name: name, documentation: documentation, parameters: parameters))
            }
        }
        guard !interface.order.isEmpty else { throw error(.syntax, "an interface has at least one member") }
        return interface
    }

    private mutating func fields() throws(VarlinkInterfaceError) -> [VarlinkInterface.Field] {
        skipSpace()
        let start = place
        guard case .structure(let fields) = try list() else {
            throw error(.syntax, "fields with a type expected, not the values of an enumeration", at: start)
        }
        return fields
    }

    /// What stands in parentheses: a struct when a type follows the first name, else an enumeration.
    private mutating func list() throws(VarlinkInterfaceError) -> VarlinkInterface.ValueType {
        try expect("(")
        try deeper()
        defer { nesting -= 1 }
        skipSpace()
        if take(")") { return .structure([]) }
        var fields: [VarlinkInterface.Field] = []
        var cases: [VarlinkInterface.EnumerationCase] = []
        var names: Set<String> = []
        while true {
            let documentation = documentation()
            let start = place
            let name = try fieldName()
            guard names.insert(name).inserted else { throw error(.duplicateName, "a second '\(name)'", at: start) }
            skipSpace()
            if current == UInt8(ascii: ":"), cases.isEmpty {
                advance()
                fields.append(.init(name: name, documentation: documentation, type: try type()))
            } else if fields.isEmpty {
                cases.append(.init(name: name, documentation: documentation))
            } else {
                throw error(.syntax, "':' expected\(found)")
            }
            skipSpace()
            if take(",") {
                skipSpace()
                continue
            }
            guard take(")") else { throw error(.syntax, "',' or ')' expected\(found)") }
            return fields.isEmpty ? .enumeration(cases) : .structure(fields)
        }
    }

    private mutating func deeper() throws(VarlinkInterfaceError) {
        nesting += 1
        if nesting > VarlinkInterface.maximumNesting {
            throw error(.nestingTooDeep, "more than \(VarlinkInterface.maximumNesting) levels of nesting")
        }
    }

    private mutating func type() throws(VarlinkInterfaceError) -> VarlinkInterface.ValueType {
        skipSpace()
        try deeper()
        defer { nesting -= 1 }
        if current == UInt8(ascii: "?") {
            let start = place
            advance()
            let inner = try type()
            if case .optional = inner { throw error(.syntax, "'?' twice", at: start) }
            return .optional(inner)
        }
        if take("[") {
            skipSpace()
            if take("]") { return .array(try type()) }
            guard take("string") else { throw error(.syntax, "']' or 'string]' expected\(found)") }
            try expect("]")
            return .dictionary(try type())
        }
        if current == UInt8(ascii: "(") { return try list() }
        let start = place
        let name = word("_-")
        switch name {
        case "bool": return .bool
        case "int": return .int
        case "float": return .float
        case "string": return .string
        case "object": return .object
        case "": throw error(.syntax, "a type expected\(found)")
        default:
            guard Self.isMemberName(name) else { throw error(.invalidName, "'\(name)' is no type", at: start) }
            references.append((name, start))
            return .reference(name)
        }
    }

    // MARK: Checks over the whole

    func check(_ interface: VarlinkInterface) throws(VarlinkInterfaceError) {
        let types = Dictionary(uniqueKeysWithValues: interface.types.map { ($0.name, $0.type) })
        for reference in references where types[reference.name] == nil {
            throw error(.unresolvedReference, "there is no type '\(reference.name)'", at: reference.place)
        }
        // A type is endless when the types it needs at once lead back to it: depth first, each type visited once.
        var finished: Set<String> = []
        for type in interface.types {
            var path: [(name: String, needed: [String])] = []
            if finished.contains(type.name) { continue }
            path.append((type.name, type.type.neededAtOnce))
            while let last = path.indices.last {
                guard let next = path[last].needed.popLast() else {
                    finished.insert(path.removeLast().name)
                    continue
                }
                if path.contains(where: { $0.name == next }) {
                    let message = "'\(next)' contains itself without an optional, an array or a dictionary between"
                    throw error(.endlessType, message, at: typePlaces[next])
                }
                if !finished.contains(next), let type = types[next] { path.append((next, type.neededAtOnce)) }
            }
        }
    }
}

extension VarlinkInterface.ValueType {
    /// The named types that every value of this type contains.
    fileprivate var neededAtOnce: [String] {
        switch self {
        case .bool, .int, .float, .string, .object, .optional, .array, .dictionary, .enumeration: []
        case .reference(let name): [name]
        case .structure(let fields): fields.flatMap(\.type.neededAtOnce)
        }
    }
}
