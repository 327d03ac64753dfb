// The JSON Schema (draft-07) of a configuration file, printed from the table of keys.
//
// Editors with a YAML language server check and complete by it. It says all that draft-07 can say of one file; ranges of
// durations and sizes with units, unique names and references between definitions are checked by gild alone.

/// JSON text of the schema, with a line end.
public func configurationSchema() -> String {
    var root = JSONObject()
    root.add("$schema", string: "http://json-schema.org/draft-07/schema#")
    root.add("title", string: "gild configuration")
    root.add("description", string: "gild.yaml, or a file of conf.d. Printed by `gild schema`.")
    root.add("type", json: "[\"object\", \"null\"]")
    root.add("additionalProperties", json: "false")
    var properties = JSONObject()
    properties.add("daemon", json: schema(.section(daemonSection.list), "The daemon, its socket and its logs."))
    properties.add("runtimes", json: schema(.named(runtimeSection.list), "Runtimes by name; `main` exists always."))
    properties.add("workloads", json: schema(.list(workloadSection.list), "What is run."))
    properties.add("plugins", json: schema(.list(pluginSection.list), "Shared libraries whose modules scripts can import."))
    root.add("properties", json: properties.text)
    return indented(root.text) + "\n"
}

/// Every key with its path: `daemon.log.level`, `runtimes.*.regime`, `workloads[].name`.
struct ListedKey {
    var path: String
    var description: KeyDescription
}

func listedKeys() -> [ListedKey] {
    func list(_ keys: KeyList, _ prefix: String) -> [ListedKey] {
        keys.keys.flatMap { key -> [ListedKey] in
            let path = "\(prefix).\(key.name)"
            if case .section(let part) = key.kind { return list(part, path) }
            return [ListedKey(path: path, description: key)]
        }
    }
    return list(daemonSection.list, "daemon") + list(runtimeSection.list, "runtimes.*") + list(workloadSection.list, "workloads[]")
        + list(pluginSection.list, "plugins[]")
}

private let durationPattern = "^(0|[0-9]+(\\.[0-9]+)?(ns|us|µs|μs|ms|s|m|min|h))$"
private let sizePattern = "^[0-9]+(\\.[0-9]+)?(B|KiB|MiB|GiB|TiB|kB|KB|MB|GB|TB)?$"

private func schema(_ kind: ValueKind, _ documentation: String, isOptional: Bool = false, defaultText: String? = nil) -> String {
    var object = JSONObject()
    object.add("description", string: documentation)
    func add(type: String, orNull: Bool) {
        object.add("type", json: orNull ? "[\"\(type)\", \"null\"]" : "\"\(type)\"")
    }
    switch kind {
    case .text(let rule):
        add(type: "string", orNull: isOptional)
        if let pattern = rule.pattern { object.add("pattern", string: pattern) }
        object.add("maxLength", json: String(rule.maximumLength))
        if let defaultText { object.add("default", string: defaultText) }
    case .boolean:
        add(type: "boolean", orNull: false)
        if let defaultText { object.add("default", json: defaultText) }
    case .integer(let range):
        add(type: "integer", orNull: false)
        object.add("minimum", json: String(range.lowerBound))
        object.add("maximum", json: String(range.upperBound))
        if let defaultText { object.add("default", json: defaultText) }
    case .duration(let range, let orZero):
        let bounds = "From \(durationText(range.lowerBound)) to \(durationText(range.upperBound))\(orZero ? ", or 0" : "")."
        object.add("$comment", string: bounds)
        var forms = [
            "{\"type\": \"string\", \"pattern\": \(jsonString(durationPattern))}"
        ]
        if orZero { forms.append("{\"const\": 0}") }
        if isOptional { forms.append("{\"type\": \"null\"}") }
        object.add("anyOf", json: "[\(forms.joined(separator: ", "))]")
        if let defaultText { object.add("default", string: defaultText) }
    case .size(let range):
        object.add("$comment", string: "From \(sizeText(range.lowerBound)) to \(sizeText(range.upperBound)).")
        object.add(
            "anyOf",
            json: """
                [{"type": "string", "pattern": \(jsonString(sizePattern))}, \
                {"type": "integer", "minimum": \(range.lowerBound), "maximum": \(range.upperBound)}]
                """)
        if let defaultText { object.add("default", string: defaultText) }
    case .choice(let values):
        object.add("enum", json: "[\(values.map(jsonString).joined(separator: ", "))]")
        if let defaultText { object.add("default", string: defaultText) }
    case .texts:
        add(type: "array", orNull: true)
        object.add("items", json: "{\"type\": \"string\", \"pattern\": \"^[^\\\\u0000]*$\"}")
        object.add("default", json: "[]")
    case .textMap:
        add(type: "object", orNull: true)
        object.add("additionalProperties", json: "{\"type\": \"string\", \"pattern\": \"^[^\\\\u0000]*$\", \"maxLength\": 4095}")
        object.add("default", json: "{}")
    case .section(let keys):
        add(type: "object", orNull: true)
        addKeys(keys, to: &object)
    case .named(let keys):
        add(type: "object", orNull: true)
        object.add("propertyNames", json: "{\"pattern\": \(jsonString(TextRules.name.pattern ?? ""))}")
        object.add("additionalProperties", json: schema(.section(keys), "One \(keys.title)."))
    case .list(let keys):
        add(type: "array", orNull: true)
        var item = JSONObject()
        item.add("description", string: "One \(keys.title).")
        item.add("type", string: "object")
        addKeys(keys, to: &item)
        object.add("items", json: item.text)
    }
    return object.text
}

private func addKeys(_ keys: KeyList, to object: inout JSONObject) {
    object.add("additionalProperties", json: "false")
    if !keys.required.isEmpty { object.add("required", json: "[\(keys.required.map(jsonString).joined(separator: ", "))]") }
    if !keys.exclusive.isEmpty {
        let alternatives = keys.exclusive.map { "{\"required\": [\(jsonString($0))]}" }
        object.add("oneOf", json: "[\(alternatives.joined(separator: ", "))]")
    }
    if keys.keys.contains(where: { $0.name == "threads" }) && keys.keys.contains(where: { $0.name == "entry" }) {
        object.add("if", json: "{\"properties\": {\"threads\": {\"minimum\": 2}}, \"required\": [\"threads\"]}")
        object.add(
            "then",
            json: "{\"anyOf\": [{\"properties\": {\"entry\": {\"type\": \"string\"}}, \"required\": [\"entry\"]}, {\"required\": [\"plugin\"]}]}")
    }
    if keys.keys.contains(where: { $0.name == "lock_order" }) {
        let switching = "{\"properties\": {\"regime\": {\"enum\": [\(regimesWithSwitchInterval.map(jsonString).joined(separator: ", "))]}}}"
        let locking = "{\"properties\": {\"regime\": {\"const\": \(jsonString(regimeWithLockOrder))}}, \"required\": [\"regime\"]}"
        func when(_ key: String, _ value: String, _ then: String) -> String {
            "{\"if\": {\"properties\": {\"\(key)\": {\"const\": \"\(value)\"}}, \"required\": [\"\(key)\"]}, \"then\": \(then)}"
        }
        object.add("dependencies", json: "{\"switch_interval\": \(switching)}")
        object.add("allOf", json: "[\(when("scheduling", "priority", switching)), \(when("lock_order", "access", locking))]")
    }
    var properties = JSONObject()
    for key in keys.keys {
        properties.add(
            key.name,
            json: schema(key.kind, key.documentation, isOptional: key.isOptional, defaultText: key.defaultText))
    }
    object.add("properties", json: properties.text)
}

/// Members in the order in which they are added.
private struct JSONObject {
    private var members: [String] = []
    mutating func add(_ name: String, json: String) { members.append("\(jsonString(name)): \(json)") }
    mutating func add(_ name: String, string: String) { add(name, json: jsonString(string)) }
    var text: String { "{\(members.joined(separator: ", "))}" }
}

private func jsonString(_ text: String) -> String {
    var result = "\""
    for scalar in text.unicodeScalars {
        switch scalar {
        case "\"": result += "\\\""
        case "\\": result += "\\\\"
        default:
            if scalar.value < 0x20 {
                result += "\\u" + hexadecimal(scalar.value, digits: 4)
            } else {
                result.unicodeScalars.append(scalar)
            }
        }
    }
    return result + "\""
}

/// JSON on several lines: two spaces a level; what fits on a line stays there.
private func indented(_ json: String) -> String {
    var result = ""
    let bytes = Array(json.utf8)
    write(bytes[...], level: 0, column: 0, into: &result)
    return result
}

private func write(_ value: ArraySlice<UInt8>, level: Int, column: Int, into result: inout String) {
    let opening = value.first
    guard opening == UInt8(ascii: "{") || opening == UInt8(ascii: "["), value.count + column + level * 2 > 100 else {
        result += String(decoding: value, as: UTF8.self)
        return
    }
    let parts = members(of: value.dropFirst().dropLast())
    let margin = String(repeating: "  ", count: level + 1)
    result += opening == UInt8(ascii: "{") ? "{\n" : "[\n"
    for (index, part) in parts.enumerated() {
        result += margin
        let name = opening == UInt8(ascii: "{") ? nameLength(part) : 0
        result += String(decoding: part.prefix(name), as: UTF8.self)
        write(part.dropFirst(name), level: level + 1, column: name + 1, into: &result)
        result += index + 1 < parts.count ? ",\n" : "\n"
    }
    result += String(repeating: "  ", count: level) + (opening == UInt8(ascii: "{") ? "}" : "]")
}

/// The members of an object or array, split at the commas that are not within one.
private func members(of inner: ArraySlice<UInt8>) -> [ArraySlice<UInt8>] {
    var parts: [ArraySlice<UInt8>] = []
    var start = inner.startIndex
    var depth = 0
    var isString = false
    var index = inner.startIndex
    while index < inner.endIndex {
        let byte = inner[index]
        if isString {
            if byte == UInt8(ascii: "\\") { index += 1 } else if byte == UInt8(ascii: "\"") { isString = false }
        } else {
            switch byte {
            case UInt8(ascii: "\""): isString = true
            case UInt8(ascii: "{"), UInt8(ascii: "["): depth += 1
            case UInt8(ascii: "}"), UInt8(ascii: "]"): depth -= 1
            case UInt8(ascii: ",") where depth == 0:
                parts.append(inner[start..<index])
                start = index + 2
            default: break
            }
        }
        index += 1
    }
    if start < inner.endIndex { parts.append(inner[start...]) }
    return parts
}

/// Bytes of `"name": ` at the start of a member.
private func nameLength(_ member: ArraySlice<UInt8>) -> Int {
    var index = member.startIndex + 1
    while index < member.endIndex, member[index] != UInt8(ascii: "\"") {
        index += member[index] == UInt8(ascii: "\\") ? 2 : 1
    }
    return index + 3 - member.startIndex
}
