// Bytes of a script in JSON, which has only texts.
//
// A piece that is UTF-8 on its own goes as `text`, every other one as `base64` (RFC 4648, section 4). A script's output is
// cut anywhere, so that a character may be cut in two: such a piece is sent as base64 too, and nothing is lost.

/// Base64 with padding, without line ends.
public enum Base64 {
    private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

    public static func encode(_ bytes: some Collection<UInt8>) -> String {
        var text: [UInt8] = []
        text.reserveCapacity((bytes.count + 2) / 3 * 4)
        var bits: UInt32 = 0
        var held = 0
        for byte in bytes {
            bits = bits << 8 | UInt32(byte)
            held += 1
            if held == 3 {
                for shift in [18, 12, 6, 0] { text.append(alphabet[Int(bits >> UInt32(shift) & 63)]) }
                bits = 0
                held = 0
            }
        }
        if held > 0 {
            bits <<= UInt32(8 * (3 - held))
            for shift in [18, 12, 6].prefix(held + 1) { text.append(alphabet[Int(bits >> UInt32(shift) & 63)]) }
            for _ in held..<3 { text.append(UInt8(ascii: "=")) }
        }
        return String(decoding: text, as: UTF8.self)
    }

    /// Nil for a text that is not the encoding of any bytes.
    public static func decode(_ text: String) -> [UInt8]? {
        let characters = Array(text.utf8)
        guard characters.count % 4 == 0 else { return nil }
        let padding = characters.reversed().prefix { $0 == UInt8(ascii: "=") }.count
        guard padding <= 2 else { return nil }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(characters.count / 4 * 3)
        var bits: UInt32 = 0
        var held = 0
        for character in characters.dropLast(padding) {
            let value: UInt8
            switch character {
            case UInt8(ascii: "A")...UInt8(ascii: "Z"): value = character - UInt8(ascii: "A")
            case UInt8(ascii: "a")...UInt8(ascii: "z"): value = character - UInt8(ascii: "a") + 26
            case UInt8(ascii: "0")...UInt8(ascii: "9"): value = character - UInt8(ascii: "0") + 52
            case UInt8(ascii: "+"): value = 62
            case UInt8(ascii: "/"): value = 63
            default: return nil
            }
            bits = bits << 6 | UInt32(value)
            held += 6
            if held >= 8 {
                held -= 8
                bytes.append(UInt8(truncatingIfNeeded: bits >> UInt32(held)))
                bits &= (1 << UInt32(held)) - 1
            }
        }
        // Bits beyond the last byte are 0 in every encoding (RFC 4648, section 3.5).
        return bits == 0 ? bytes : nil
    }
}

/// Either form of some bytes.
private func split(_ bytes: [UInt8]) -> (text: String?, base64: String?) {
    if let text = String(validating: bytes, as: UTF8.self) { return (text, nil) }
    return (nil, Base64.encode(bytes))
}

private func joined(text: String?, base64: String?) -> [UInt8]? {
    switch (text, base64) {
    case (let text?, nil): Array(text.utf8)
    case (nil, let base64?): Base64.decode(base64)
    default: nil
    }
}

extension ScriptInterface.Output {
    public init(stream: ScriptInterface.Stream, bytes: [UInt8]) {
        let (text, base64) = split(bytes)
        self.init(stream: stream, text: text, base64: base64)
    }

    /// The piece; nil when the message does not hold exactly one of its forms.
    public var bytes: [UInt8]? { joined(text: text, base64: base64) }
}

extension ScriptInterface.Run.Parameters {
    /// The script's bytes; nil when the message does not hold exactly one of their forms.
    public var bytes: [UInt8]? { joined(text: source, base64: sourceBase64) }

    public init(
        runtime: String? = nil, bytes: [UInt8], name: String, arguments: [String], timeLimitNanoseconds: Int? = nil,
        recursionLimit: Int? = nil
    ) {
        let (text, base64) = split(bytes)
        self.init(
            runtime: runtime, source: text, sourceBase64: base64, name: name, arguments: arguments,
            timeLimitNanoseconds: timeLimitNanoseconds, recursionLimit: recursionLimit)
    }
}

extension WorkloadInterface.LogLine {
    public init(
        atRealtimeNanoseconds: Int, run: Int, stream: WorkloadInterface.Stream, level: String? = nil, bytes: [UInt8]
    ) {
        let (text, base64) = split(bytes)
        self.init(
            atRealtimeNanoseconds: atRealtimeNanoseconds, run: run, stream: stream, level: level, text: text,
            base64: base64)
    }

    /// The line; nil when the message does not hold exactly one of its forms.
    public var bytes: [UInt8]? { joined(text: text, base64: base64) }
}
