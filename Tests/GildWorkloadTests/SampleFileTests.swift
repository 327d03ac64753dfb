// Files with their expectation inside: good ones load, bad ones have exactly the problems that their comments tell.

import GildWorkload
import Testing

@Suite struct SampleFileTests {
    @Test(arguments: samples("good"))
    func aGoodFileLoads(_ path: String) {
        let result = Result { () throws(ConfigurationError) in try ConfigurationLoader.load(file: path) }
        #expect(result.failure == nil)
    }

    @Test(arguments: samples("bad"))
    func aBadFileHasExactlyTheProblemsThatItTells(_ path: String) throws {
        let result = Result { () throws(ConfigurationError) in try ConfigurationLoader.load(file: path) }
        let error = try #require(result.failure)
        let found = error.description.split(separator: "\n").map { $0.dropFirst(path.count + 1) }
        let expected = lines(contents(path)).filter { $0.hasPrefix("# expect: ") }.map {
            $0.dropFirst("# expect: ".count).split(separator: "FILE", omittingEmptySubsequences: false).joined(separator: path)
        }
        #expect(!expected.isEmpty)
        #expect(found.count == expected.count, "\(error)")
        for (problem, expectation) in zip(found, expected) { #expect(problem.hasPrefix(expectation)) }
    }

    @Test func thereAreSamples() {
        #expect(samples("good").count >= 6 && samples("bad").count >= 20)
    }
}
