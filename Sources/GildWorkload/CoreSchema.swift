// Plain scalars by YAML 1.2's core schema (https://yaml.org/spec/1.2.2/#103-core-schema): null, booleans, integers and floats.
//
// Only `true`, `True` and `TRUE` are true: `yes`, `no`, `on` and `off` are strings, unlike in YAML 1.1. Octal is `0o17`; `017`
// is seventeen. Quoted and block scalars are strings always.

enum CoreValue {
    case null
    case boolean(Bool)
    /// Nil beyond 64 bits.
    case integer(Int?)
    case float
    case string

    /// With its article, for "must be …, not …".
    var noun: String {
        switch self {
        case .null: "null"
        case .boolean(let value): value ? "true" : "false"
        case .integer: "the integer"
        case .float: "the number"
        case .string: "the string"
        }
    }

    init(_ scalar: YAMLScalar) {
        if scalar.style != .plain {
            self = .string
            return
        }
        switch scalar.text {
        case "", "~", "null", "Null", "NULL": self = .null
        case "true", "True", "TRUE": self = .boolean(true)
        case "false", "False", "FALSE": self = .boolean(false)
        case ".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF", "-.inf", "-.Inf", "-.INF", ".nan", ".NaN", ".NAN":
            self = .float
        default: self = number(scalar.text)
        }
    }
}

private func number(_ text: String) -> CoreValue {
    let isDigit: (Character) -> Bool = { $0 >= "0" && $0 <= "9" }
    if text.hasPrefix("0o") {
        let digits = text.dropFirst(2)
        return !digits.isEmpty && digits.allSatisfy { $0 >= "0" && $0 <= "7" } ? .integer(Int(digits, radix: 8)) : .string
    }
    if text.hasPrefix("0x") {
        let digits = text.dropFirst(2)
        let isHexadecimal = !digits.isEmpty && digits.utf8.allSatisfy {
            ($0 >= 0x30 && $0 <= 0x39) || ($0 | 0x20 >= 0x61 && $0 | 0x20 <= 0x66)
        }
        return isHexadecimal ? .integer(Int(digits, radix: 16)) : .string
    }
    // [-+]? ( \. [0-9]+ | [0-9]+ ( \. [0-9]* )? ) ( [eE] [-+]? [0-9]+ )?
    var rest = text[...]
    if rest.first == "-" || rest.first == "+" { rest.removeFirst() }
    let whole = rest.prefix(while: isDigit)
    rest = rest[whole.endIndex...]
    if rest.isEmpty { return whole.isEmpty ? .string : .integer(Int(text)) }
    if rest.first == "." {
        let fraction = rest.dropFirst().prefix(while: isDigit)
        if whole.isEmpty && fraction.isEmpty { return .string }
        rest = rest[fraction.endIndex...]
    } else if whole.isEmpty {
        return .string
    }
    if rest.isEmpty { return .float }
    guard rest.first == "e" || rest.first == "E" else { return .string }
    rest.removeFirst()
    if rest.first == "-" || rest.first == "+" { rest.removeFirst() }
    return !rest.isEmpty && rest.allSatisfy(isDigit) ? .float : .string
}
