// The table of keys: one entry says a key's name, kind, range, default and documentation, and where its value goes.
//
// The validator walks a mapping by it, the JSON Schema and the documentation are printed from it, and the defaults are
// read from the model's initial values. A key therefore exists in one place.

/// What a key's value must be.
indirect enum ValueKind: Sendable {
    case text(TextRule)
    case boolean
    case integer(ClosedRange<Int>)
    /// Nanoseconds; `orZero`: 0 is allowed although the range begins above.
    case duration(ClosedRange<UInt64>, orZero: Bool)
    /// Bytes.
    case size(ClosedRange<Int>)
    case choice([String])
    /// A list of texts.
    case texts
    /// A mapping from names to texts.
    case textMap
    /// A mapping with these keys.
    case section(KeyList)
    /// A mapping from names to mappings with these keys.
    case named(KeyList)
    /// A list of mappings with these keys.
    case list(KeyList)
}

/// Which texts are allowed.
struct TextRule: Sendable {
    /// Completes "must be …".
    var description: String
    /// The same as a regular expression of ECMA 262, for the schema; nil where it has no such form.
    var pattern: String?
    /// In bytes.
    var maximumLength: Int
    var isAllowed: @Sendable (String) -> Bool
}

/// One key of a section that is read into a `Target`.
struct Key<Target>: Sendable {
    var description: KeyDescription
    /// Puts a value that was found; what is wrong with it goes to the validation.
    var assign: @Sendable (inout Target, YAMLEntry, String, inout Validation) -> Void
}

/// The part of a key that does not depend on where its value goes.
struct KeyDescription: Sendable {
    var name: String
    var kind: ValueKind
    /// YAML of the default; nil where there is none: the key is required, or absent means off.
    var defaultText: String?
    /// Whether null stands for leaving it out.
    var isOptional = false
    var documentation: String
}

/// A section without its target: for the schema and the documentation.
struct KeyList: Sendable {
    var keys: [KeyDescription]
    var required: [String] = []
    /// Exactly one of these must be there.
    var exclusive: [String] = []
    /// Name shown for the section in the schema.
    var title: String
}

/// A section: its keys, by name.
struct Section<Target>: Sendable {
    let keys: [Key<Target>]
    let list: KeyList
    let names: [String]
    private let byName: [String: Int]

    init(_ title: String, required: [String] = [], exclusive: [String] = [], _ keys: [Key<Target>]) {
        self.keys = keys
        names = keys.map(\.description.name)
        list = KeyList(keys: keys.map(\.description), required: required, exclusive: exclusive, title: title)
        byName = Dictionary(uniqueKeysWithValues: names.enumerated().map { ($1, $0) })
    }

    func key(named name: String) -> Key<Target>? { byName[name].map { keys[$0] } }
}

typealias SendablePath<Root, Value> = WritableKeyPath<Root, Value> & Sendable

extension Key {
    static func text(
        _ name: String, _ path: SendablePath<Target, String>, _ defaults: Target?, _ rule: TextRule, _ documentation: String
    ) -> Key {
        let text = defaults.map { quotedIfNeeded($0[keyPath: path]) }
        return Key(description: KeyDescription(name: name, kind: .text(rule), defaultText: text, documentation: documentation)) {
            if let value = $3.text($1.value, rule, path: $2) { $0[keyPath: path] = value }
        }
    }

    static func optionalText(
        _ name: String, _ path: SendablePath<Target, String?>, _ rule: TextRule, _ documentation: String
    ) -> Key {
        let description = KeyDescription(name: name, kind: .text(rule), isOptional: true, documentation: documentation)
        return Key(description: description) {
            if isNull($1.value) { return }
            if let value = $3.text($1.value, rule, path: $2) { $0[keyPath: path] = value }
        }
    }

    static func boolean(
        _ name: String, _ path: SendablePath<Target, Bool>, _ defaults: Target, _ documentation: String
    ) -> Key {
        let description = KeyDescription(
            name: name, kind: .boolean, defaultText: String(defaults[keyPath: path]), documentation: documentation)
        return Key(description: description) {
            if let value = $3.boolean($1.value, path: $2) { $0[keyPath: path] = value }
        }
    }

    static func integer(
        _ name: String, _ path: SendablePath<Target, Int>, _ defaults: Target, _ range: ClosedRange<Int>,
        _ documentation: String
    ) -> Key {
        let description = KeyDescription(
            name: name, kind: .integer(range), defaultText: String(defaults[keyPath: path]), documentation: documentation)
        return Key(description: description) {
            if let value = $3.integer($1.value, range, path: $2) { $0[keyPath: path] = value }
        }
    }

    static func duration(
        _ name: String, _ path: SendablePath<Target, UInt64>, _ defaults: Target, _ range: ClosedRange<UInt64>,
        orZero: Bool = false, _ documentation: String
    ) -> Key {
        let description = KeyDescription(
            name: name, kind: .duration(range, orZero: orZero), defaultText: durationText(defaults[keyPath: path]),
            documentation: documentation)
        return Key(description: description) {
            if let value = $3.duration($1.value, range, orZero: orZero, path: $2) { $0[keyPath: path] = value }
        }
    }

    static func optionalDuration(
        _ name: String, _ path: SendablePath<Target, UInt64?>, _ range: ClosedRange<UInt64>, _ documentation: String
    ) -> Key {
        let description = KeyDescription(
            name: name, kind: .duration(range, orZero: false), isOptional: true, documentation: documentation)
        return Key(description: description) {
            if isNull($1.value) { return }
            if let value = $3.duration($1.value, range, orZero: false, path: $2) { $0[keyPath: path] = value }
        }
    }

    static func size(
        _ name: String, _ path: SendablePath<Target, Int>, _ defaults: Target, _ range: ClosedRange<Int>,
        _ documentation: String
    ) -> Key {
        let description = KeyDescription(
            name: name, kind: .size(range), defaultText: sizeText(defaults[keyPath: path]), documentation: documentation)
        return Key(description: description) {
            if let value = $3.size($1.value, range, path: $2) { $0[keyPath: path] = value }
        }
    }

    static func choice<Choice: RawRepresentable & CaseIterable & Sendable>(
        _ name: String, _ path: SendablePath<Target, Choice>, _ defaults: Target, _ documentation: String
    ) -> Key where Choice.RawValue == String {
        let values = Choice.allCases.map(\.rawValue)
        let description = KeyDescription(
            name: name, kind: .choice(values), defaultText: defaults[keyPath: path].rawValue, documentation: documentation)
        return Key(description: description) {
            if let value = $3.choice($1.value, values, path: $2), let choice = Choice(rawValue: value) {
                $0[keyPath: path] = choice
            }
        }
    }

    static func texts(_ name: String, _ path: SendablePath<Target, [String]>, _ documentation: String) -> Key {
        Key(description: KeyDescription(name: name, kind: .texts, defaultText: "[]", documentation: documentation)) {
            if let values = $3.texts($1.value, path: $2) { $0[keyPath: path] = values }
        }
    }

    static func textMap(_ name: String, _ path: SendablePath<Target, [String: String]>, _ documentation: String) -> Key {
        Key(description: KeyDescription(name: name, kind: .textMap, defaultText: "{}", documentation: documentation)) {
            if let values = $3.textMap($1.value, path: $2) { $0[keyPath: path] = values }
        }
    }

    static func section<Part>(
        _ name: String, _ path: SendablePath<Target, Part>, _ section: Section<Part>, _ documentation: String
    ) -> Key {
        let description = KeyDescription(name: name, kind: .section(section.list), documentation: documentation)
        return Key(description: description) { target, entry, entryPath, validation in
            validation.section(entry.value, section, into: &target[keyPath: path], path: entryPath)
        }
    }
}

func isNull(_ node: YAMLNode) -> Bool {
    guard case .scalar(let scalar) = node.content, case .null = CoreValue(scalar) else { return false }
    return true
}

/// A duration as the parser of durations reads it back, in the largest unit that has no fraction: `5ms`.
func durationText(_ nanoseconds: UInt64) -> String {
    if nanoseconds == 0 { return "0" }
    let units: [(UInt64, String)] = [
        (3_600_000_000_000, "h"), (60_000_000_000, "m"), (1_000_000_000, "s"), (1_000_000, "ms"), (1_000, "us"), (1, "ns"),
    ]
    let (factor, unit) = units.first { nanoseconds % $0.0 == 0 } ?? (1, "ns")
    return "\(nanoseconds / factor)\(unit)"
}

/// A size as the parser of sizes reads it back, in the largest binary unit that has no fraction: `64MiB`.
func sizeText(_ bytes: Int) -> String {
    let units = [(1 << 40, "TiB"), (1 << 30, "GiB"), (1 << 20, "MiB"), (1 << 10, "KiB")]
    if bytes > 0, let (factor, unit) = units.first(where: { bytes % $0.0 == 0 }) { return "\(bytes / factor)\(unit)" }
    return String(bytes)
}

/// A text as a YAML scalar: plain where that is read back as the same string, else in double quotes.
func quotedIfNeeded(_ text: String) -> String {
    let isSafe = !text.isEmpty
        && text.utf8.allSatisfy { byte in
            (byte | 0x20 >= 0x61 && byte | 0x20 <= 0x7A) || (byte >= 0x30 && byte <= 0x39) || "/._-+".utf8.contains(byte)
        } && text.utf8.first != UInt8(ascii: "-") && text != "..."
    if isSafe, case .string = CoreValue(YAMLScalar(text: text, style: .plain, firstLine: 0)) { return text }
    return quoted(text)
}

/// In double quotes, with escapes for all that a YAML file may not contain.
func quoted(_ text: String) -> String {
    var result = "\""
    for scalar in text.unicodeScalars {
        switch scalar {
        case "\"": result += "\\\""
        case "\\": result += "\\\\"
        case "\n": result += "\\n"
        case "\t": result += "\\t"
        default:
            if scalar.value < 0x20 || (0x7F...0x9F).contains(scalar.value) {
                result += "\\x" + hexadecimal(scalar.value, digits: 2)
            } else if [0x2028, 0x2029, 0xFEFF, 0xFFFE, 0xFFFF].contains(scalar.value) {
                result += "\\u" + hexadecimal(scalar.value, digits: 4)
            } else {
                result.unicodeScalars.append(scalar)
            }
        }
    }
    return result + "\""
}
