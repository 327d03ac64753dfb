import Testing

@testable import GildWorkload

@Suite struct NearestTests {
    @Test(arguments: [
        ("deamon", "daemon"), ("Daemon", "daemon"), ("daemon-", "daemon"), ("runtime", "runtimes"), ("workload", "workloads"),
        ("xyz", nil), ("", nil), ("d", nil),
    ])
    func theNearestWordIsTheOneWithTheFewestEdits(_ word: String, _ expected: String?) {
        #expect(nearest(to: word, among: ["daemon", "runtimes", "workloads"]) == expected)
    }

    @Test func aWordOfAMebibyteIsComparedWithNothing() {
        #expect(nearest(to: String(repeating: "a", count: 1 << 20), among: ["aaaa"]) == nil)
    }

    @Test func whatAFileSaysCannotForgeALine() throws {
        let error = try #require(parsed("\"a\\nb\\e[31m\": 1\n").failure)
        #expect(error.description == "/etc/gild/gild.yaml:1:1: ['a\\nb\\x1b[31m']: unknown key")
    }
}
