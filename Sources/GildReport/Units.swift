// Durations and sizes: as people write them on a command line, and as tables show them.
//
// Reading is done in integers: "1.5s" is 1500000000, and a duration finer than a nanosecond is an error, not a 0; of a
// size, less than a byte is cut off. Writing keeps three significant digits and moves on to the next unit where rounding would
// give 1000 of the smaller one.

/// A duration or a size that cannot be read.
public struct UnitError: Error, Hashable, Sendable, CustomStringConvertible {
    public enum Code: Hashable, Sendable {
        /// Not a number with one of the units.
        case malformed
        /// A number below the unit's resolution, or beyond what 63 bits hold.
        case outOfRange
    }

    public let code: Code
    /// A sentence that names the text and what is allowed.
    public let message: String
    /// The text that was read.
    public let place: String

    public var description: String { message }
}

private struct Unit {
    let name: String
    let factor: Int
}

/// Nanoseconds of a duration such as `5ms`, `10s`, `50us`, `50µs`, `1m`, `1.5s` or `2h`; `0` needs no unit.
public func parseDuration(_ text: String) throws(UnitError) -> UInt64 {
    let units = [
        Unit(name: "ns", factor: 1), Unit(name: "us", factor: 1_000), Unit(name: "µs", factor: 1_000),
        Unit(name: "μs", factor: 1_000), Unit(name: "ms", factor: 1_000_000), Unit(name: "s", factor: 1_000_000_000),
        Unit(name: "m", factor: 60_000_000_000), Unit(name: "min", factor: 60_000_000_000),
        Unit(name: "h", factor: 3_600_000_000_000),
    ]
    let allowed = "a duration is a number with a unit: ns, us, ms, s, m or h, such as 5ms or 1.5s"
    return UInt64(try parse(text, units: units, bare: text == "0" ? 1 : nil, exact: true, allowed: allowed))
}

/// Bytes of a size such as `512MiB`, `64KiB`, `1GiB`, `1.5GB` or plain `4096`. Binary units have an `i`; `kB`, `MB`, `GB`
/// and `TB` are powers of 1000.
public func parseSize(_ text: String) throws(UnitError) -> Int {
    let units = [
        Unit(name: "B", factor: 1), Unit(name: "KiB", factor: 1 << 10), Unit(name: "MiB", factor: 1 << 20),
        Unit(name: "GiB", factor: 1 << 30), Unit(name: "TiB", factor: 1 << 40), Unit(name: "kB", factor: 1_000),
        Unit(name: "KB", factor: 1_000), Unit(name: "MB", factor: 1_000_000), Unit(name: "GB", factor: 1_000_000_000),
        Unit(name: "TB", factor: 1_000_000_000_000),
    ]
    let allowed = "a size is a number of bytes, alone or with a unit: KiB, MiB, GiB, kB, MB or GB, such as 512MiB"
    return try parse(text, units: units, bare: 1, exact: false, allowed: allowed)
}

/// - Parameters:
///   - bare: the factor of a number without a unit; nil where a unit is needed.
///   - exact: whether a fraction below 1 is an error; it is cut off otherwise.
private func parse(
    _ text: String, units: [Unit], bare: Int?, exact: Bool, allowed: String
) throws(UnitError) -> Int {
    let shown = escaped(text)
    let isDigit: (Character) -> Bool = { $0 >= "0" && $0 <= "9" }
    let whole = text.prefix(while: isDigit)
    var rest = text[whole.endIndex...]
    var fraction = ""[...]
    var hasPoint = false
    if rest.first == "." {
        hasPoint = true
        fraction = rest.dropFirst().prefix(while: isDigit)
        rest = rest.dropFirst(1 + fraction.count)
    }
    let factor = rest.isEmpty ? bare : units.first { $0.name == rest }?.factor
    guard !whole.isEmpty, !hasPoint || !fraction.isEmpty, let factor else {
        throw UnitError(code: .malformed, message: "'\(shown)' cannot be read: \(allowed)", place: text)
    }
    let tooLarge = UnitError(code: .outOfRange, message: "'\(shown)' is too large", place: text)
    let tooFine = UnitError(code: .outOfRange, message: "'\(shown)' is finer than can be counted", place: text)

    guard let number = Int(whole) else { throw tooLarge }
    let product = number.multipliedReportingOverflow(by: factor)
    if product.overflow { throw tooLarge }

    while fraction.last == "0" { fraction.removeLast() }
    if fraction.isEmpty { return product.partialValue }
    guard fraction.count <= 18, let numerator = Int(fraction) else { throw tooFine }
    let denominator = fraction.reduce(1) { power, _ in power * 10 }
    let wide = numerator.multipliedFullWidth(by: factor)
    let part = denominator.dividingFullWidth(wide)
    if exact && part.remainder != 0 { throw tooFine }
    let sum = product.partialValue.addingReportingOverflow(part.quotient)
    if sum.overflow { throw tooLarge }
    return sum.partialValue
}

/// `0`, `812 ns`, `12.3 µs`, `4.56 ms`, `1.20 s`, `2 min 5 s`, `3 h 12 min`.
public func formatDuration(_ nanoseconds: Int) -> String {
    let sign = nanoseconds < 0 ? "-" : ""
    let magnitude = nanoseconds.magnitude
    if magnitude == 0 { return "0" }
    if magnitude < 1_000 { return "\(sign)\(magnitude) ns" }
    if magnitude < 59_950_000_000 {
        return sign + threeDigits(magnitude, step: 1_000, units: ["ns", "µs", "ms", "s"])
    }
    let seconds = (magnitude + 500_000_000) / 1_000_000_000
    if seconds < 3_600 { return "\(sign)\(seconds / 60) min \(seconds % 60) s" }
    let minutes = (seconds + 30) / 60
    return "\(sign)\(minutes / 60) h \(minutes % 60) min"
}

/// `5 ms`, `50 ms` and `1 h`, not `5.00 ms`, `50.0 ms` and `1 h 0 min`: for a duration that was set, not measured.
public func formatSetting(_ nanoseconds: Int) -> String {
    let text = formatDuration(nanoseconds).replacing(".00 ", with: " ").replacing(".0 ", with: " ")
    for zero in [" 0 min", " 0 s"] where text.hasSuffix(zero) { return String(text.dropLast(zero.count)) }
    return text
}

/// `0`, `512 B`, `1.50 KiB`, `64.0 MiB`.
public func formatSize(_ bytes: Int) -> String {
    let sign = bytes < 0 ? "-" : ""
    let magnitude = bytes.magnitude
    if magnitude == 0 { return "0" }
    if magnitude < 1_024 { return "\(sign)\(magnitude) B" }
    return sign + threeDigits(magnitude, step: 1_024, units: ["B", "KiB", "MiB", "GiB", "TiB", "PiB"])
}

/// Digits in groups of three: `1,234,567`.
public func formatCount(_ count: Int) -> String {
    let digits = Array(String(count.magnitude))
    var text = count < 0 ? "-" : ""
    for (index, digit) in digits.enumerated() {
        if index > 0 && (digits.count - index) % 3 == 0 { text.append(",") }
        text.append(digit)
    }
    return text
}

/// `part` of `whole` with one decimal; `–` where there is no whole.
public func formatShare(_ part: Int, of whole: Int) -> String {
    if whole <= 0 { return "–" }
    let tenths = Int((Double(part) / Double(whole) * 1_000).rounded())
    return "\(tenths < 0 ? "-" : "")\(tenths.magnitude / 10).\(tenths.magnitude % 10) %"
}

/// Three significant digits in the largest unit that leaves at least 1, where rounding may move one unit up.
private func threeDigits(_ magnitude: UInt, step: UInt, units: [String]) -> String {
    var index = 0
    var scale: UInt = 1
    while index + 1 < units.count && magnitude / scale >= step {
        scale *= step
        index += 1
    }
    let value = Double(magnitude) / Double(scale)
    for decimals in [2, 1, 0] {
        let power: UInt = decimals == 2 ? 100 : decimals == 1 ? 10 : 1
        let rounded = UInt((value * Double(power)).rounded())
        // 9.995 is 10.0, not 10.00; 99.95 is 100.
        if rounded < 1_000 || decimals == 0 {
            if decimals == 0 {
                if rounded >= step && index + 1 < units.count { return "1.00 \(units[index + 1])" }
                return "\(rounded) \(units[index])"
            }
            let fraction = String(rounded % power)
            let zeros = String(repeating: "0", count: decimals - fraction.count)
            return "\(rounded / power).\(zeros)\(fraction) \(units[index])"
        }
    }
    return "\(magnitude)"
}
