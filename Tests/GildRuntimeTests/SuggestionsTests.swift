import Testing

@testable import GildRuntime

/// Answers of CPython 3.13.0's `_suggestions._generate_suggestions` for the same input.
@Suite struct SuggestionsTests {
    @Test(arguments: [
        ("lenn", ["abs", "len", "list"], "len"),
        ("Len", ["len", "Lex"], "len"),
        ("pritn", ["print", "pint"], "print"),
        ("x", ["y", "z"], nil),
        ("blech", ["bluch", "bleach"], "bluch"),
        ("colour", ["color", "Colour"], "Colour"),
        ("name", ["name"], nil),
        ("é", ["e"], nil),
        ("abcdefghijklmnop", ["qrstuvwxyz"], nil),
    ] as [(String, [String], String?)])
    func closest(name: String, candidates: [String], expected: String?) {
        #expect(Suggestions.closest(to: name, among: candidates) == expected)
    }

    @Test func tooManyCandidatesGiveNothing() {
        let many = (0..<749).map { "candidate_number_\($0)" }
        #expect(Suggestions.closest(to: "lenn", among: many + ["len"]) == nil)
        #expect(Suggestions.closest(to: "lenn", among: many.dropLast() + ["len"]) == "len")
    }

    @Test func longNamesGiveNothing() {
        let name = String(repeating: "a", count: 50)
        #expect(Suggestions.closest(to: "x" + name + "y", among: ["z" + name + "w"]) == nil)
        #expect(Suggestions.closest(to: name + "b", among: [name]) == name)
    }

    @Test func standardModules() {
        #expect(Suggestions.isStandardModule("sys"))
        #expect(Suggestions.isStandardModule("zoneinfo"))
        #expect(!Suggestions.isStandardModule("numpy"))
    }
}
