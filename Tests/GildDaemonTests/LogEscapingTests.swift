import Foundation
import Testing

@testable import GildDaemon

@Suite struct LogEscapingTests {
    @Test(arguments: [
        ("two\nlines", "two\\nlines"), ("a\tb\rc", "a\\tb\\rc"), ("\u{1B}[31m", "\\x1b[31m"), ("\u{7F}", "\\x7f"),
        ("back\\slash", "back\\\\slash"), ("\u{85}", "\\u{85}"), ("\u{202E}evil", "\\u{202e}evil"), ("\u{2028}", "\\u{2028}"),
        ("\u{FEFF}", "\\u{feff}"), ("\u{3164}", "\\u{3164}"), ("\u{E0041}", "\\u{e0041}"), ("\u{FFFE}", "\\u{fffe}"), ("\u{200D}", "\\u{200d}"),
        ("naïve ☃ 日本 🙂 ❤\u{FE0F}", "naïve ☃ 日本 🙂 ❤\u{FE0F}"), ("\"quoted\" = '", "\"quoted\" = '"),
    ])
    func aTextShowsWhatItIs(_ text: String, _ shown: String) { #expect(LogText(text).description == shown) }

    @Test func bytesThatAreNotUTF8ShowAsBytes() {
        #expect(LogText(bytes: [0x41, 0xFF, 0xC3, 0x28, 0xE2, 0x82]).description == "A\\xff\\xc3(\\xe2\\x82")
    }

    @Test(arguments: hostileTexts.indices)
    func escapesAreUnambiguous(_ index: Int) {
        let bytes = hostileTexts[index]
        #expect(unescaped(LogText(bytes: bytes).description) == bytes)
    }

    @Test func randomBytesAreHarmlessAndUnambiguous() {
        var generator = LogTestGenerator(seed: logTestSeed())
        for _ in 0..<3000 {
            let bytes = randomHostileText(using: &generator)
            let shown = LogText(bytes: bytes).description
            #expect(!shown.unicodeScalars.contains(where: isDangerous), "\(bytes)")
            #expect(unescaped(shown) == bytes, "\(bytes)")
        }
    }

    @Test func aLongTextIsCutBetweenCharactersAndSaysSo() {
        var output: [UInt8] = []
        TextEscaping.append("aa☃bb", as: .plain, limit: 4, to: &output)
        #expect(String(decoding: output, as: UTF8.self) == "aa… [5 bytes cut]")
        output = []
        TextEscaping.append("aa☃bb", as: .plain, limit: 5, to: &output)
        #expect(String(decoding: output, as: UTF8.self) == "aa☃… [2 bytes cut]")
    }

    @Test func whatWasCutBeforeIsCountedToo() {
        let text = LogText(bytes: Array("abc".utf8), cutByteCount: 1000)
        #expect(text.description == "abc… [1000 bytes cut]")
    }

    @Test func aJSONDocumentBecomesOneLineWithHarmlessStrings() throws {
        let document = "{\n  \"na\\nme\" : [1, -2.5e3, true, null],\n  \"text\": \"\\u202e\\u001b \\ud83d\\ude42 \\\\ \\\"\u{2066}\"\n}\n"
        var output: [UInt8] = []
        TextEscaping.appendCompactJSON(document, to: &output)
        let line = String(decoding: output, as: UTF8.self)
        #expect(!line.unicodeScalars.contains(where: isDangerous))
        let object = try #require(try JSONSerialization.jsonObject(with: Data(output)) as? [String: Any])
        #expect(object["text"] as? String == "\\u{202e}\\x1b 🙂 \\\\ \"\\u{2066}")
        #expect((object["na\\nme"] as? [Any])?.count == 4)
    }
}

/// Up to 60 bytes: random ones, random characters, and pieces of the hostile texts.
func randomHostileText(using generator: inout LogTestGenerator) -> [UInt8] {
    var bytes: [UInt8] = []
    for _ in 0..<Int.random(in: 0...12, using: &generator) {
        switch Int.random(in: 0..<4, using: &generator) {
        case 0: bytes.append(UInt8.random(in: 0...255, using: &generator))
        case 1:
            if let scalar = Unicode.Scalar(UInt32.random(in: 0...0x10FFFF, using: &generator)) { bytes += Array(String(scalar).utf8) }
        case 2:
            if let scalar = Unicode.Scalar(UInt32.random(in: 0x2000...0x2070, using: &generator)) { bytes += Array(String(scalar).utf8) }
        default: bytes += hostileTexts.randomElement(using: &generator)!.prefix(20)
        }
    }
    return bytes
}
