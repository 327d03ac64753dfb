// Bytes that are no text: each is refused at its place, before the YAML parser sees it.

import GildWorkload
import Testing

@Suite struct SourceTextTests {
    private func problem(_ bytes: [UInt8]) -> String? {
        let result = Result { () throws(ConfigurationError) in try ConfigurationLoader.parse(bytes, file: "f") }
        return result.failure?.description
    }

    @Test(arguments: [
        ([0x61, 0x3A, 0x0A, 0x00], "f:2:1: control character U+0000 is not allowed"),
        (Array("é: x\u{1B}".utf8), "f:1:5: control character U+001B is not allowed"),
        (Array("a: \u{7F}".utf8), "f:1:4: control character U+007F is not allowed"),
        (Array("a: \u{85}".utf8), "f:1:4: control character U+0085 is not allowed"),
        (Array("a: b \u{2028}".utf8), "f:1:6: control character U+2028 is not allowed"),
        (Array("aaaaaaaaaaaaaaaa\u{FEFF}".utf8), "f:1:17: control character U+FEFF is not allowed"),
        ([0x61, 0x3A, 0x20, 0xC3], "f:1:4: byte 0xC3 is not UTF-8"),
        ([0x0A, 0xC0, 0x80], "f:2:1: byte 0xC0 is not UTF-8"),
        ([0xED, 0xA0, 0x80], "f:1:1: byte 0xED is not UTF-8"),
        ([0xF4, 0x90, 0x80, 0x80], "f:1:1: byte 0xF4 is not UTF-8"),
        ([0x80], "f:1:1: byte 0x80 is not UTF-8"),
        ([0xFF, 0xFE, 0x61, 0x00], "f:1:1: the file is UTF-16 or UTF-32: save it as UTF-8"),
        ([0x00, 0x61, 0x00, 0x3A], "f:1:1: the file is UTF-16 or UTF-32: save it as UTF-8"),
    ] as [([UInt8], String)])
    func aByteThatIsNoTextIsRefusedAtItsPlace(_ bytes: [UInt8], _ message: String) {
        #expect(problem(bytes) == message)
    }

    @Test func aByteOrderMarkAndForeignLineEndsAreTaken() throws {
        let text = "\u{FEFF}workloads:\r\n  - name: a\r\n    source: |\r\n      x = 1\r\n      y = 2\r\n"
        let workloads = try parsed(text).get().workloads
        #expect(workloads[0].script == .source("x = 1\ny = 2\n", file: "/etc/gild/gild.yaml", line: 4))
        #expect(parsed("daemon:\r  sockt: x\r").failure?.problems.first?.line == 2)
    }

    @Test func everyControlCharacterIsFoundAtEveryOffsetOfAWord() {
        for offset in 0..<24 {
            for code in (0..<0x20).filter({ ![0x09, 0x0A, 0x0D].contains($0) }) + [0x7F] {
                var bytes = [UInt8](repeating: UInt8(ascii: "#"), count: 32)
                bytes[offset] = UInt8(code)
                if offset < 2 && code == 0 { continue }
                #expect(problem(bytes)?.contains("1:\(offset + 1): control character") == true)
            }
        }
    }

    @Test func aFileOfOneMebibyteIsTakenAndOneByteMoreIsNot() {
        let comment = [UInt8](repeating: UInt8(ascii: "#"), count: 1 << 20)
        #expect(problem(comment) == nil)
        var lines = [UInt8](repeating: UInt8(ascii: "#"), count: 1 << 20)
        for index in stride(from: 79, to: lines.count, by: 80) { lines[index] = 0x0A }
        #expect(problem(lines) == nil)
        #expect(problem(lines + [0x0A]) == "f:1:1: the file is over 1 MiB")
    }
}
