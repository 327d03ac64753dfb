// A JSON writer that keeps the order of the keys.
//
// Foundation's JSONEncoder collects an object's members in a dictionary and so loses their order (or sorts them by
// name). A report is read by people too, and its order is part of its documentation. This encoder takes the members in
// the order in which `encode(to:)` hands them over, which for synthesised conformances is the order of declaration.
//
// Two steps: the Encoder protocol fills a tree in a flat array (containers refer to their members by index, so that an
// encoder that fills two containers at once needs no shared references), and `write` prints the tree: two spaces a
// level; an object or array whose members are all plain values stays on one line where it fits.

/// Encodes any `Encodable` made of objects, arrays, strings, booleans, integers and finite floating-point numbers.
public struct OrderedJSONEncoder: Sendable {
    /// Objects and arrays of plain values up to this many columns stay on one line.
    public var lineWidth: Int
    /// Everything on one line, whatever its length.
    public var isCompact: Bool

    public init(lineWidth: Int = 120, isCompact: Bool = false) {
        self.lineWidth = lineWidth
        self.isCompact = isCompact
    }

    /// UTF-8 text without a line end. Throws `EncodingError.invalidValue` for NaN and infinities.
    public func encode(_ value: some Encodable) throws -> String {
        let tree = Tree()
        let root = try tree.node(for: value, path: [])
        if isCompact { return tree.compact(root) }
        var text = ""
        tree.write(root, indentation: 0, lineWidth: lineWidth, prefixWidth: 0, into: &text)
        return text
    }
}

/// The nodes of one document; index = identity.
private final class Tree {
    enum Node {
        case plain(String)
        case object([(key: String, value: Int)])
        case array([Int])
    }
    var nodes: [Node] = []

    func add(_ node: Node) -> Int {
        nodes.append(node)
        return nodes.count - 1
    }

    func node(for value: some Encodable, path: [any CodingKey]) throws -> Int {
        let encoder = NodeEncoder(tree: self, codingPath: path)
        try value.encode(to: encoder)
        return encoder.node ?? add(.object([]))
    }

    func append(_ member: Int, key: String, to object: Int) {
        guard case .object(var members) = nodes[object] else { return }
        nodes[object] = .plain("")  // keep `members` unshared while it grows
        members.append((key, member))
        nodes[object] = .object(members)
    }

    func append(_ element: Int, to array: Int) {
        guard case .array(var elements) = nodes[array] else { return }
        nodes[array] = .plain("")
        elements.append(element)
        nodes[array] = .array(elements)
    }

    func count(of array: Int) -> Int {
        if case .array(let elements) = nodes[array] { elements.count } else { 0 }
    }

    func write(_ index: Int, indentation: Int, lineWidth: Int, prefixWidth: Int, into text: inout String) {
        if let line = oneLine(index), indentation + prefixWidth + line.count <= lineWidth {
            text += line
            return
        }
        let inner = String(repeating: " ", count: indentation + 2)
        let outer = String(repeating: " ", count: indentation)
        switch nodes[index] {
        case .plain(let literal):
            text += literal
        case .object(let members):
            text += "{"
            for (position, member) in members.enumerated() {
                let key = quoted(member.key) + ": "
                text += (position == 0 ? "\n" : ",\n") + inner + key
                write(
                    member.value, indentation: indentation + 2, lineWidth: lineWidth, prefixWidth: key.count,
                    into: &text)
            }
            text += members.isEmpty ? "}" : "\n" + outer + "}"
        case .array(let elements):
            text += "["
            for (position, element) in elements.enumerated() {
                text += (position == 0 ? "\n" : ",\n") + inner
                write(element, indentation: indentation + 2, lineWidth: lineWidth, prefixWidth: 0, into: &text)
            }
            text += elements.isEmpty ? "]" : "\n" + outer + "]"
        }
    }

    /// The node on one line, whatever it holds.
    func compact(_ index: Int) -> String {
        switch nodes[index] {
        case .plain(let literal): literal
        case .object(let members):
            "{" + members.map { quoted($0.key) + ": " + compact($0.value) }.joined(separator: ", ") + "}"
        case .array(let elements): "[" + elements.map(compact).joined(separator: ", ") + "]"
        }
    }

    /// The node on one line; nil when a member is itself an object or array with members.
    private func oneLine(_ index: Int) -> String? {
        func plain(_ index: Int) -> String? {
            switch nodes[index] {
            case .plain(let literal): literal
            case .object(let members): members.isEmpty ? "{}" : nil
            case .array(let elements): elements.isEmpty ? "[]" : nil
            }
        }
        switch nodes[index] {
        case .plain(let literal):
            return literal
        case .object(let members):
            var parts: [String] = []
            for member in members {
                guard let value = plain(member.value) else { return nil }
                parts.append(quoted(member.key) + ": " + value)
            }
            return "{" + parts.joined(separator: ", ") + "}"
        case .array(let elements):
            var parts: [String] = []
            for element in elements {
                guard let value = plain(element) else { return nil }
                parts.append(value)
            }
            return "[" + parts.joined(separator: ", ") + "]"
        }
    }
}

/// A JSON string literal (RFC 8259); everything outside ASCII stays as it is, control characters become `\u00XX`.
func quoted(_ string: String) -> String {
    let hexadecimal = Array("0123456789abcdef")
    var text = "\""
    for scalar in string.unicodeScalars {
        switch scalar {
        case "\"": text += "\\\""
        case "\\": text += "\\\\"
        case "\n": text += "\\n"
        case "\r": text += "\\r"
        case "\t": text += "\\t"
        case _ where scalar.value < 0x20 || (0x7F..<0xA0).contains(scalar.value):
            text += "\\u00" + String(hexadecimal[Int(scalar.value >> 4)]) + String(hexadecimal[Int(scalar.value & 15)])
        default: text.unicodeScalars.append(scalar)
        }
    }
    return text + "\""
}

private final class NodeEncoder: Encoder {
    let tree: Tree
    let codingPath: [any CodingKey]
    var userInfo: [CodingUserInfoKey: Any] { [:] }
    var node: Int?

    init(tree: Tree, codingPath: [any CodingKey]) {
        self.tree = tree
        self.codingPath = codingPath
    }

    private func reuse(or make: @autoclosure () -> Int) -> Int {
        let index = node ?? make()
        node = index
        return index
    }

    func container<Key: CodingKey>(keyedBy type: Key.Type) -> KeyedEncodingContainer<Key> {
        KeyedEncodingContainer(
            ObjectContainer(tree: tree, object: reuse(or: tree.add(.object([]))), codingPath: codingPath))
    }

    func unkeyedContainer() -> any UnkeyedEncodingContainer {
        ArrayContainer(tree: tree, array: reuse(or: tree.add(.array([]))), codingPath: codingPath)
    }

    func singleValueContainer() -> any SingleValueEncodingContainer { PlainContainer(encoder: self) }
}

private struct PlainKey: CodingKey {
    var stringValue: String
    var intValue: Int?
    init(stringValue: String) { self.stringValue = stringValue }
    init(intValue: Int) {
        self.intValue = intValue
        stringValue = String(intValue)
    }
    static let superEncoder = PlainKey(stringValue: "super")
}

private struct ObjectContainer<MemberKey: CodingKey>: KeyedEncodingContainerProtocol {
    let tree: Tree
    let object: Int
    let codingPath: [any CodingKey]

    mutating func encodeNil(forKey key: MemberKey) {
        tree.append(tree.add(.plain("null")), key: key.stringValue, to: object)
    }

    mutating func encode(_ value: some Encodable, forKey key: MemberKey) throws {
        tree.append(try tree.node(for: value, path: codingPath + [key]), key: key.stringValue, to: object)
    }

    mutating func nestedContainer<Nested: CodingKey>(
        keyedBy type: Nested.Type, forKey key: MemberKey
    ) -> KeyedEncodingContainer<Nested> {
        let member = tree.add(.object([]))
        tree.append(member, key: key.stringValue, to: object)
        return KeyedEncodingContainer(ObjectContainer<Nested>(tree: tree, object: member, codingPath: codingPath + [key]))
    }

    mutating func nestedUnkeyedContainer(forKey key: MemberKey) -> any UnkeyedEncodingContainer {
        let member = tree.add(.array([]))
        tree.append(member, key: key.stringValue, to: object)
        return ArrayContainer(tree: tree, array: member, codingPath: codingPath + [key])
    }

    mutating func superEncoder() -> any Encoder { makeSuperEncoder(PlainKey.superEncoder) }
    mutating func superEncoder(forKey key: MemberKey) -> any Encoder { makeSuperEncoder(key) }

    private func makeSuperEncoder(_ key: any CodingKey) -> any Encoder {
        let encoder = NodeEncoder(tree: tree, codingPath: codingPath + [key])
        let member = tree.add(.object([]))
        encoder.node = member
        tree.append(member, key: key.stringValue, to: object)
        return encoder
    }
}

private struct ArrayContainer: UnkeyedEncodingContainer {
    let tree: Tree
    let array: Int
    let codingPath: [any CodingKey]
    var count: Int { tree.count(of: array) }
    private var elementPath: [any CodingKey] { codingPath + [PlainKey(intValue: count)] }

    mutating func encodeNil() { tree.append(tree.add(.plain("null")), to: array) }

    mutating func encode(_ value: some Encodable) throws {
        tree.append(try tree.node(for: value, path: elementPath), to: array)
    }

    mutating func nestedContainer<Nested: CodingKey>(keyedBy type: Nested.Type) -> KeyedEncodingContainer<Nested> {
        let path = elementPath
        let element = tree.add(.object([]))
        tree.append(element, to: array)
        return KeyedEncodingContainer(ObjectContainer<Nested>(tree: tree, object: element, codingPath: path))
    }

    mutating func nestedUnkeyedContainer() -> any UnkeyedEncodingContainer {
        let path = elementPath
        let element = tree.add(.array([]))
        tree.append(element, to: array)
        return ArrayContainer(tree: tree, array: element, codingPath: path)
    }

    mutating func superEncoder() -> any Encoder {
        let encoder = NodeEncoder(tree: tree, codingPath: elementPath)
        let element = tree.add(.object([]))
        encoder.node = element
        tree.append(element, to: array)
        return encoder
    }
}

private struct PlainContainer: SingleValueEncodingContainer {
    let encoder: NodeEncoder
    var codingPath: [any CodingKey] { encoder.codingPath }

    private func set(_ literal: String) { encoder.node = encoder.tree.add(.plain(literal)) }

    mutating func encodeNil() { set("null") }
    mutating func encode(_ value: Bool) { set(value ? "true" : "false") }
    mutating func encode(_ value: String) { set(quoted(value)) }
    mutating func encode(_ value: Int) { set(String(value)) }
    mutating func encode(_ value: Int8) { set(String(value)) }
    mutating func encode(_ value: Int16) { set(String(value)) }
    mutating func encode(_ value: Int32) { set(String(value)) }
    mutating func encode(_ value: Int64) { set(String(value)) }
    mutating func encode(_ value: UInt) { set(String(value)) }
    mutating func encode(_ value: UInt8) { set(String(value)) }
    mutating func encode(_ value: UInt16) { set(String(value)) }
    mutating func encode(_ value: UInt32) { set(String(value)) }
    mutating func encode(_ value: UInt64) { set(String(value)) }
    mutating func encode(_ value: Float) throws { try encode(Double(value)) }
    mutating func encode(_ value: Double) throws {
        guard value.isFinite else {
            throw EncodingError.invalidValue(
                value, .init(codingPath: codingPath, debugDescription: "JSON has no \(value)"))
        }
        set("\(value)")
    }

    mutating func encode(_ value: some Encodable) throws {
        encoder.node = try encoder.tree.node(for: value, path: codingPath)
    }
}

extension SiblingsReport {
    /// As `RunReport.json`.
    public func json() -> String { ((try? OrderedJSONEncoder().encode(self)) ?? "{}") + "\n" }
}

extension RunReport {
    /// The JSON form, keys in the documented order, with a line end.
    public func json() -> String {
        // A report holds no floating-point number, the only thing that cannot be encoded.
        ((try? OrderedJSONEncoder().encode(self)) ?? "{}") + "\n"
    }
}
