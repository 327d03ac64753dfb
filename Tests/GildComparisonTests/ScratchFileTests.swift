import Glibc
import Testing

@testable import GildComparison

@Suite struct ScratchFileTests {
    private func file(_ text: String) throws -> ScratchFile {
        let file = try ScratchFile()
        #expect(write(file.descriptor, text, text.utf8.count) == text.utf8.count)
        return file
    }

    static let cases: [(String, String, Int?, String?, String?)] = [
        ("", "", nil, nil, nil),
        ("same\nlines\n", "same\nlines\n", nil, nil, nil),
        ("a\nb\nc\n", "a\nB\nc\n", 2, "b", "B"),
        ("a\n", "a\nmore\n", 2, nil, "more"),
        ("a\nb", "a\n", 2, "b", nil),
        ("a", "a\n", 1, "a", "a"),
        ("12345678\n12345678\nx\n", "12345678\n12345678\ny\n", 3, "x", "y"),
        ("123456789", "12345678", 1, "123456789", "12345678"),
    ]

    /// Blocks of eight bytes, so that lines cross from one to the next.
    @Test(arguments: cases)
    func theFirstDifferingLineIsFound(expected: String, found: String, line: Int?, left: String?, right: String?) throws {
        let difference = firstDifference(expected: try file(expected), found: try file(found), blockSize: 8)
        #expect(difference?.line == line)
        #expect(difference?.expected == left)
        #expect(difference?.found == right)
    }

    @Test func aLongLineIsCut() throws {
        let long = String(repeating: "x", count: 500)
        let difference = firstDifference(expected: try file(long + "a"), found: try file(long + "b"))
        #expect(difference?.line == 1)
        #expect(difference?.expected == String(repeating: "x", count: 200) + "…")
    }

    @Test func theTailBeginsAtALine() throws {
        let text = try file("first line\nsecond line\nthird\n")
        #expect(text.tail(12) == "third\n")
        #expect(text.tail(1000) == "first line\nsecond line\nthird\n")
    }
}
