import GildVarlink
import Testing

@Suite struct JSONTests {
    private func failure(_ bytes: [UInt8], maximumDepth: Int = 64, maximumMemory: Int = .max) -> JSONError? {
        do throws(JSONError) {
            _ = try JSONValue.parse(bytes, maximumDepth: maximumDepth, maximumMemory: maximumMemory)
            return nil
        } catch {
            return error
        }
    }

    private func failure(_ text: String) -> JSONError? { failure(Array(text.utf8)) }

    @Test func everyKindOfValueIsRead() throws {
        let text = #" {"a": [null, true, false, -12, 9223372036854775807, 1.5e2, "x\u00e9\ud83d\ude00\n\/"], "b": {}, "c": []} "#
        let value = try JSONValue.parse(text)
        #expect(
            value == [
                "a": [.null, true, false, -12, .integer(.max), 150.0, "xé😀\n/"], "b": [:], "c": [],
            ])
    }

    @Test func integersBeyondSixtyFourBitsAreDoubles() throws {
        #expect(try JSONValue.parse("9223372036854775808") == .double(9_223_372_036_854_775_808))
        #expect(try JSONValue.parse("-9223372036854775808") == .integer(.min))
        #expect(try JSONValue.parse("1.0").intValue == 1)
        #expect(try JSONValue.parse("1.5").intValue == nil)
    }

    @Test(arguments: [
        (#"{"a":1,"a":2}"#, JSONError.Code.duplicateKey, 7),
        (#"{"a":1,"\u0061":2}"#, .duplicateKey, 7),
        (#"["\ud800"]"#, .loneSurrogate, 2),
        (#"["\ud800\u0041"]"#, .loneSurrogate, 2),
        (#"["\udc00"]"#, .loneSurrogate, 2),
        (#"["\x"]"#, .invalidEscape, 2),
        (#"["\u12g4"]"#, .unexpectedByte, 6),
        ("[\"a\u{01}\"]", .controlCharacter, 3),
        ("[1] 2", .trailingData, 4),
        ("[01]", .invalidNumber, 1),
        ("[1.]", .unexpectedByte, 3),
        ("[-]", .unexpectedByte, 2),
        ("[1e999]", .numberOutOfRange, 1),
        ("[1,]", .unexpectedByte, 3),
        (#"{"a":1,}"#, .unexpectedByte, 7),
        (#"{"a" 1}"#, .unexpectedByte, 5),
        ("[nul]", .unexpectedByte, 4),
        ("NaN", .unexpectedByte, 0),
        ("", .unexpectedEnd, 0),
        ("[\"abc", .unexpectedEnd, 5),
        ("\u{feff}[]", .unexpectedByte, 0),
    ])
    func whatIsNotJSONIsAnErrorWithItsOffset(text: String, code: JSONError.Code, offset: Int) {
        let error = failure(text)
        #expect(error?.code == code)
        #expect(error?.offset == offset)
    }

    @Test(arguments: [
        ([0x80], 0), ([0x61, 0xc0, 0x80], 1), ([0xe0, 0x80, 0x80], 0), ([0xed, 0xa0, 0x80], 0), ([0xf4, 0x90, 0x80, 0x80], 0),
        ([0xc3], 0), ([0xc3, 0xa9, 0xff], 2),
    ] as [([UInt8], Int)])
    func invalidUTF8IsAnErrorWithItsOffset(bytes: [UInt8], offset: Int) {
        let error = failure([0x22] + bytes + [0x22])
        #expect(error?.code == .invalidUTF8)
        #expect(error?.offset == offset + 1)
        #expect(failure([0x22, 0x5c, 0x6e] + bytes + [0x22])?.offset == offset + 3)
    }

    @Test func tenThousandLevelsAreAnErrorNotACrash() {
        #expect(failure(Array(repeating: UInt8(ascii: "["), count: 10_000))?.code == .nestingTooDeep)
        #expect(failure(Array(repeating: UInt8(ascii: "["), count: 10_000), maximumDepth: .max)?.offset == JSONValue.greatestDepth)
        #expect(failure(Array(String(repeating: #"{"a":"#, count: 10_000).utf8))?.code == .nestingTooDeep)
        #expect(failure("[[]]".utf8.map { $0 }, maximumDepth: 2) == nil)
        #expect(failure("[[]]".utf8.map { $0 }, maximumDepth: 1)?.offset == 1)
    }

    @Test func theMemoryOfAValueIsBounded() {
        let many = Array("[\(Array(repeating: "[]", count: 100_000).joined(separator: ","))]".utf8)
        #expect(failure(many, maximumMemory: 1 << 20)?.code == .tooMuchMemory)
        #expect(failure(many) == nil)
        let long = Array("\"\(String(repeating: "x", count: 1 << 20))\"".utf8)
        #expect(failure(long, maximumMemory: 1 << 20 + 1000) == nil)
    }

    @Test func whatIsWrittenHasNoNulAndIsReadBack() throws {
        let value: JSONValue = ["k\u{0}": [.string("\u{0}\u{1f}\"\\\n\r\t\u{7f}é😀"), 1, -0.5, 1e300, .bool(true), .null, [:], []]]
        let bytes = value.serialized()
        #expect(!bytes.contains(0))
        #expect(try JSONValue.parse(bytes) == value)
    }

    @Test func keysAreWrittenInOrderAndDoublesThatAreNoNumbersAreNull() {
        let value: JSONValue = ["b": 1, "a": .double(.infinity), "c": .double(.nan)]
        #expect(value.description == #"{"a":null,"b":1,"c":null}"#)
    }

    @Test func everyPrefixOfATextIsAnError() {
        let text = Array(#"{"a":[1,2.5e-3,"x\u00e9\ud83d\ude00",true,false,null,{"b":-7}]}"#.utf8)
        for count in 0..<text.count { #expect(failure(Array(text[..<count]))?.code == .unexpectedEnd, "\(count) bytes") }
        #expect(failure(text) == nil)
    }

    @Test func randomValuesAreReadBackAsTheyWere() throws {
        let seed = UInt64.random(in: 0 ... .max)
        print("random JSON values: seed \(seed)")
        var random = SplitMix(state: seed)
        for _ in 0..<2000 {
            let value = randomValue(&random, depth: 5)
            #expect(try JSONValue.parse(value.serialized()) == value, "seed \(seed)")
        }
    }

    @Test func randomDamageNeverCrashesAndNeverPassesUnnoticed() throws {
        let seed = UInt64.random(in: 0 ... .max)
        print("random damage: seed \(seed)")
        var random = SplitMix(state: seed)
        for _ in 0..<2000 {
            var bytes = randomValue(&random, depth: 4).serialized()
            for _ in 0...Int.random(in: 0..<3, using: &random) {
                bytes[Int.random(in: 0..<bytes.count, using: &random)] = UInt8.random(in: 0...255, using: &random)
            }
            // What is still accepted is written and read back as the same value.
            if let value = try? JSONValue.parse(bytes) { #expect(try JSONValue.parse(value.serialized()) == value, "seed \(seed)") }
        }
    }

    private struct Message: Codable, Equatable {
        var name: String
        var count: Int?
        var ratio: Double
        var tags: [String: Bool]
        var extra: JSONValue
    }

    @Test func codableTypesGoThroughValues() throws {
        let message = Message(name: "é", count: nil, ratio: 0.5, tags: ["a": true], extra: ["x": [1, "y", 2.5, .null]])
        let value = try JSONValue(encoding: message)
        #expect(value == ["name": "é", "ratio": 0.5, "tags": ["a": true], "extra": ["x": [1, "y", 2.5, .null]]])
        #expect(try value.decode(as: Message.self) == message)
        #expect(throws: DecodingError.self) { try JSONValue.object(["name": 1]).decode(as: Message.self) }
    }
}

/// SplitMix64 (Steele, Lea, Flood 2014), for tests that print their seed.
struct SplitMix: RandomNumberGenerator {
    var state: UInt64
    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var z = state
        z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
        z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
        return z ^ (z >> 31)
    }
}

func randomText(_ random: inout SplitMix) -> String {
    let scalars: [Unicode.Scalar] = ["a", "\"", "\\", "\n", "\u{0}", "\u{1f}", "é", "\u{fffd}", "😀", "\u{10ffff}", " ", "/"]
    var text = ""
    for _ in 0..<Int.random(in: 0..<20, using: &random) { text.unicodeScalars.append(scalars.randomElement(using: &random)!) }
    return text
}

func randomValue(_ random: inout SplitMix, depth: Int) -> JSONValue {
    switch Int.random(in: 0..<(depth > 0 ? 8 : 6), using: &random) {
    case 0: return .null
    case 1: return .bool(.random(using: &random))
    case 2: return .integer(Int64.random(in: .min ... .max, using: &random))
    case 3: return .integer(Int64.random(in: -9...9, using: &random))
    case 4: return .double(Double.random(in: -1e6...1e6, using: &random))
    case 5: return .string(randomText(&random))
    case 6: return .array((0..<Int.random(in: 0..<5, using: &random)).map { _ in randomValue(&random, depth: depth - 1) })
    default:
        var members: [String: JSONValue] = [:]
        for _ in 0..<Int.random(in: 0..<5, using: &random) { members[randomText(&random)] = randomValue(&random, depth: depth - 1) }
        return .object(members)
    }
}
